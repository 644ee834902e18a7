"""Functions whose local Jacobian reverse mode takes forward: the same derivatives, of every order and by every operator."""

import math

import numpy as np
import pytest
from numba import njit

import dualad as ad
from dualad.errors import ArgumentError, UnsupportedError


def implicit(state, u, k):
    """One step of two equations by an iteration of unknown length; `k` rides along."""
    a, b = state
    guess = a
    for _ in range(100):
        better = a + 0.1 * math.sin(guess + u) + 0.05 * k * b
        change = abs(better - guess)
        guess = better
        if change < 1e-15:
            break
    return guess, b - 0.1 * guess * guess


def rolled(step):
    """Readings of the last state, with a control for each step."""

    def roll(controls):
        a, b = 0.7, 0.4
        for k in range(controls.size):
            a, b = step((a, b), controls[k], k % 2)
        out = np.empty(3)
        out[0], out[1], out[2] = a, b, a * b
        return out

    return roll


def loss_of(step):
    roll = njit(rolled(step))

    def loss(controls):
        readings = roll(controls)
        return readings[0] * readings[2] + readings[1] ** 2

    return loss


STEP = ad.preaccumulated(implicit)
CONTROLS = np.linspace(-0.3, 0.4, 7)


def test_the_function_stays_the_same():
    assert STEP((0.7, 0.4), 0.1, 1) == njit(implicit)((0.7, 0.4), 0.1, 1)
    assert STEP.__name__ == "implicit"


def test_rows_of_a_rollout():
    jacobian = ad.jacrev(rolled(STEP))
    expected = ad.jacfwd(rolled(njit(implicit)))(CONTROLS)
    np.testing.assert_allclose(jacobian(CONTROLS), expected, rtol=1e-12)
    source = jacobian.source(CONTROLS)
    assert "partials(" in source and "math.sin" not in source, "the reverse sweep does not go into the step"


@pytest.mark.full
def test_gradient_and_second_derivatives():
    plain, kept = loss_of(njit(implicit)), loss_of(STEP)
    for mode in ("forward", "reverse"):
        expected = ad.grad(plain, mode="forward")(CONTROLS)
        np.testing.assert_allclose(ad.grad(kept, mode=mode)(CONTROLS), expected, rtol=1e-12)
        expected = ad.hessian(plain, mode="forward")(CONTROLS)
        np.testing.assert_allclose(ad.hessian(kept, mode=mode)(CONTROLS), expected, rtol=1e-10)


@pytest.mark.full
def test_in_a_checkpointed_loop():
    def roll(u, n):
        a, b = 0.7, 0.4
        for k in ad.checkpointed(range(n), snapshots=3):
            a, b = STEP((a, b), u[k % u.size], 0)
        return a * b

    def plain(u, n):
        a, b = 0.7, 0.4
        for k in range(n):
            a, b = implicit_jitted((a, b), u[k % u.size], 0)
        return a * b

    implicit_jitted = njit(implicit)
    found = ad.grad(roll, mode="reverse")(CONTROLS, 40)
    np.testing.assert_allclose(found, ad.grad(plain, mode="forward")(CONTROLS, 40), rtol=1e-12)


def test_an_infinite_partial_that_nobody_asks_for():
    root = ad.preaccumulated(lambda x, y: (math.sqrt(x), x * y))

    def f(x):
        first, second = root(x[0], x[1])
        return 0.0 * first + second

    np.testing.assert_array_equal(ad.grad(f, mode="reverse")(np.array([0.0, 3.0])), [3.0, 0.0])


def test_reverse_over_reverse_is_refused():
    slope = ad.grad(lambda x: STEP((x, x), x, 1)[0], mode="reverse")
    with pytest.raises(UnsupportedError, match="preaccumulated"):
        ad.grad(lambda x: slope(x) ** 2, mode="reverse")(0.5)


def test_arrays_are_refused_in_reverse_mode():
    total = ad.preaccumulated(lambda x: x[0] * x[1])
    x = np.array([2.0, 3.0])
    np.testing.assert_array_equal(ad.grad(lambda x: total(x), mode="forward")(x), [3.0, 2.0])
    with pytest.raises(UnsupportedError, match="number by number"):
        ad.grad(lambda x: total(x), mode="reverse")(x)
    with pytest.raises(ArgumentError):
        ad.preaccumulated(3.0)
