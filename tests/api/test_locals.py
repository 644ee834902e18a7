"""Steps that loop over a few numbers: `mode="auto"` takes their partials forward unasked, and nothing else changes."""

import math
import time

import numpy as np
import pytest
from numba import njit

import dualad as ad
from dualad.api.locals import Locals


@njit
def substeps(x, v, u):
    for _ in range(10):
        x, v = x + 0.01 * v, v - 0.01 * (math.sin(x) - u)
    return x, v


@njit
def root(a, guess, unused):
    """An iteration of unknown length."""
    while abs(guess * guess - a) > 1e-13 * a:
        guess = 0.5 * (guess + a / guess)
    return guess, unused


@njit
def single(x, v, u):
    return x + 0.1 * v, v - 0.1 * (math.sin(x) - u)


@njit
def counts(x, v, u):
    """A whole number comes out."""
    n = 0
    while n < 3:
        x, n = x * math.cos(v) + u, n + 1
    return x, n


@njit
def many(a, b, c, d, e, f, g, h, i):
    for _ in range(5):
        a = math.sin(a + b + c + d + e + f + g + h + i)
    return a, b


@njit
def of_arrays(x, v, u):
    work = np.empty(3)
    for k in range(3):
        work[k] = x * v + k
    return work, v


@njit
def marked(x, v, u):
    for _ in ad.checkpointed(range(10), snapshots=2):
        x, v = x + 0.01 * v, v - 0.01 * (math.sin(x) - u)
    return x, v


@ad.custom_vjp
def ruled(x):
    return x * x


ruled.defvjp(lambda x: (x * x, x), lambda x, y_bar: (2.0 * x * y_bar,))


@njit
def with_a_rule(x, v, u):
    """A part of it has a rule for reverse mode."""
    for _ in range(10):
        x = 0.5 * ruled(x) + 0.1 * v * u
    return x, v


def rolled(step):
    def roll(controls):
        x, v = 0.7, 0.4
        for k in range(controls.size):
            x, v = step(x, v, controls[k])
        return x * x + v

    return njit(roll)


CONTROLS = np.linspace(0.3, 0.9, 60)


@pytest.mark.parametrize("step", [substeps, root, with_a_rule], ids=lambda step: step.__name__)
def test_chosen(step):
    gradient = ad.grad(rolled(step))
    plan = gradient.plan(CONTROLS)
    assert plan.mode == "mixed"
    assert f"`{step.__name__}`" in plan.reason
    assert "partials(" in gradient.source(CONTROLS)
    np.testing.assert_allclose(
        gradient(CONTROLS), ad.grad(rolled(step), mode="forward")(CONTROLS), rtol=1e-11, atol=1e-300
    )


def test_asked_for_reverse_mode_it_stays_in_reverse():
    gradient = ad.grad(rolled(substeps), mode="reverse")
    assert gradient.plan(CONTROLS).mode == "reverse"
    assert "partials(" not in gradient.source(CONTROLS)
    np.testing.assert_allclose(gradient(CONTROLS), ad.grad(rolled(substeps))(CONTROLS), rtol=1e-11)


def nine(controls):
    total = 0.0
    for k in range(controls.size):
        c = controls[k]
        a, b = many(c, c, c, c, c, c, c, c, total)
        total += a * b
    return total


def first_of(controls):
    total = 0.0
    for k in range(controls.size):
        work, v = of_arrays(controls[k], 1.0, total)
        total += work[0] * v
    return total


def counted(controls):
    total = 0.0
    for k in range(controls.size):
        x, n = counts(controls[k], 1.0, total)
        total += 0.1 * x * n
    return total


@pytest.mark.parametrize(
    "program",
    [rolled(single), rolled(marked), njit(nine), njit(first_of), njit(counted)],
    ids=["no loop", "marked", "many numbers", "an array", "a whole number"],
)
def test_left_as_they_are(program):
    gradient = ad.grad(program)
    assert gradient.plan(CONTROLS).mode == "reverse"
    assert "partials(" not in gradient.source(CONTROLS)
    assert np.isfinite(gradient(CONTROLS)).all()


def test_rows_and_what_is_called_in_a_marked_loop():
    def readings(controls):
        x, v = 0.7, 0.4
        for k in ad.checkpointed(range(controls.size), snapshots=4):
            x, v = substeps(x, v, controls[k])
        return np.array([x, v, x * v])

    controls = np.linspace(-1.0, 1.0, 200)
    jacobian = ad.jacobian(readings)
    plan = jacobian.plan(controls)
    assert (plan.mode, plan.snapshots) == ("mixed", 4)
    np.testing.assert_allclose(jacobian(controls), ad.jacfwd(readings)(controls), rtol=1e-11, atol=1e-14)


@pytest.mark.full
def test_second_derivatives_in_either_order():
    program, direction = rolled(substeps), np.cos(np.arange(60.0))
    expected = ad.hvp(program, mode="forward")(CONTROLS, direction)
    np.testing.assert_allclose(ad.hvp(program)(CONTROLS, direction), expected, rtol=1e-10)
    gradient = ad.grad(program)

    def along(controls):
        return np.sum(gradient(controls) * direction)

    assert gradient.plan(CONTROLS).mode == "mixed"
    np.testing.assert_allclose(ad.grad(along, mode="reverse")(CONTROLS), expected, rtol=1e-10)


def test_singular_partials_of_what_nothing_depends_on():
    @njit
    def step(x, y):
        total = 0.0
        for k in range(20):
            total += math.sin(x * k) * y
        return total, math.sqrt(x)

    def loss(x):
        total = 0.0
        for k in range(x.size):
            total += step(x[k], 1.0)[0]
        return total

    x = np.linspace(0.0, 1.0, 60)
    gradient = ad.grad(loss)
    assert gradient.plan(x).mode == "mixed"
    np.testing.assert_allclose(gradient(x), ad.grad(loss, mode="reverse")(x), rtol=1e-12)


def test_where_it_cannot_be_compiled_reverse_mode_goes_into_the_function(monkeypatch):
    """The choice asks before whether partials compile; if it is wrong all the same, no more is lost than the choice."""

    @ad.preaccumulated
    def hashed(x, v, u):
        """Refused in forward mode."""
        known = {x: v}
        return known[x] * u, v

    def wrong(self, dispatcher, args, result):
        self.names.append(dispatcher.py_func.__name__)
        return hashed

    monkeypatch.setattr(Locals, "__call__", wrong)
    now = time.time()  # no such function has its derivative on the disk

    def program(controls):
        x, v = 0.7, 0.4 + 0.0 * now
        for k in range(controls.size):
            x, v = substeps(x, v, controls[k])
        return x * x + v

    gradient = ad.grad(program)
    np.testing.assert_allclose(gradient(CONTROLS), ad.grad(program, mode="forward")(CONTROLS), rtol=1e-12)
    assert gradient.plan(CONTROLS).mode == "reverse"


def test_no_partials_of_what_does_not_move():
    """The same function of a moving point, and of one that stands still."""

    def program(controls, y):
        total, still = 0.0, 1.0
        for k in range(controls.size):
            still, other = substeps(still, y, 0.1 * k)
            x, v = substeps(controls[k], y, total)
            total += x * v * still + other
        return total

    gradient = ad.grad(program)
    source = gradient.source(CONTROLS, 0.3)
    assert "= values(" in source
    assert "= partials(" in source
    np.testing.assert_allclose(gradient(CONTROLS, 0.3), ad.grad(program, mode="forward")(CONTROLS, 0.3), rtol=1e-11)
    by_both = ad.grad(program, argnums=(0, 1))
    assert "= values(" not in by_both.source(CONTROLS, 0.3)
    expected = ad.grad(program, argnums=(0, 1), mode="forward")(CONTROLS, 0.3)
    np.testing.assert_allclose(by_both(CONTROLS, 0.3)[0], expected[0], rtol=1e-11)
    np.testing.assert_allclose(by_both(CONTROLS, 0.3)[1], expected[1], rtol=1e-11)
