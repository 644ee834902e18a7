"""Loops over steps that nobody marked, and whose states are kept all the same: which, and that nothing else changes."""

import functools
import warnings

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.reverse import adjoint
from tests.reverse.buffers import OTHERS, SINGLE, loop_around, three_levels, two_buffers
from tests.reverse.judge import plain
from tests.reverse.rollouts import variant
from tests.sampling import some

START = np.array([0.4, 0.7, 0.3, 0.5, 0.6])
KINDS = nb.typeof(START), nb.int64, nb.int64


@functools.cache
def generated(function, kind):
    return adjoint(variant(function, kind), KINDS, (0,))


@pytest.mark.parametrize("function", [*SINGLE, *OTHERS], ids=lambda function: function.__name__)
def test_the_same_bits_as_with_a_mark(function):
    found = generated(function, "unmarked")
    assert ("_states" in found.source) == (function in SINGLE), found.source
    assert function is loop_around or "at_step" not in found.source
    for steps in (0, 1, 2, 7):
        value, slopes = plain(found.function)(START.copy(), steps, 0)
        expected = plain(generated(function, "snapshots").function)(START.copy(), steps, 50)
        np.testing.assert_array_equal(value, expected[0])
        if function in SINGLE:
            np.testing.assert_array_equal(slopes, expected[1])
        np.testing.assert_allclose(slopes, expected[1], rtol=1e-12, atol=1e-14)


def uneven(x, n):
    """Buffers of different lengths."""
    u, new = x.copy(), np.zeros(x.size + 1)
    for _ in range(n):
        for j in range(1, x.size):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1]
        u, new = new, u
    return np.sum(u * u)


def in_a_loop(x, n):
    u, new, total = x.copy(), np.zeros_like(x), 0.0
    for k in range(2):
        for _ in range(n):
            for j in range(1, x.size):
                new[j] = u[j] + 0.1 * u[j] * u[j - 1]
            u, new = new, u
        total += u[k] * u[1]
    return total


def with_a_list(x, n):
    u, new, sums = x.copy(), np.zeros_like(x), [0.0]
    for _ in range(n):
        for j in range(1, x.size):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1]
        sums.append(new[1] * u[2])
        u, new = new, u
    return np.sum(u * u) + sums[-1]


def two_kinds(x, n):
    """Only one of two loops is reversed from its states."""
    u, new = x.copy(), np.zeros_like(x)
    for _ in range(n):
        for j in range(1, x.size):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1]
        u, new = new, u
    v, other = x.copy(), np.zeros_like(x)
    for _ in range(n):
        total = 0.0
        for j in range(x.size):
            total += v[j]
        for j in range(1, x.size):
            other[j] = v[j] + 0.1 * v[j] * v[j - 1] * total
        v, other = other, v
    return np.sum(u * v)


def not_differentiated(x, n):
    """The derivative does not go through these steps."""
    u, new = np.ones(3), np.zeros(3)
    for _ in range(n):
        for j in range(1, 3):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1]
        u, new = new, u
    return np.sum(x * u[2])


LEFT = [uneven, in_a_loop, with_a_list, two_kinds, not_differentiated]


@pytest.mark.parametrize("function", LEFT, ids=lambda f: f.__name__)
def test_left_as_they_are(function):
    found = adjoint(function, KINDS[:2], (0,))
    assert ("_states" in found.source) == (function is two_kinds)
    for steps in (0, 1, 5):
        slopes = plain(found.function)(START.copy(), steps)[1]
        np.testing.assert_allclose(slopes, ad.grad(function, mode="forward")(START, steps), rtol=1e-12)


def read_before(x, n):
    """What the steps overwrite has been read before them."""
    u, new = x.copy(), np.zeros_like(x)
    u[0] = u[1] * u[2]
    s = np.sum(u * u)
    for _ in range(n):
        for j in range(1, x.size - 1):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1] * s
        u, new = new, u
    return np.sum(u * u) * s + new[2] * u[1]


def read_after(x, n):
    """The index is read after the loop."""
    u, new, i = x.copy(), np.zeros_like(x), 7
    for i in range(2, n):
        for j in range(1, x.size):
            new[j] = u[j] + 0.1 * i * u[j] * u[j - 1]
        u, new = new, u
    return np.sum(u * u) * i


def columns(x, n):
    """Arrays that are not contiguous along the last axis."""
    u = np.outer(x, x).T.copy()
    new = np.zeros_like(u)
    for _ in range(n):
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                new[i, j] = u[i, j] + 0.1 * u[i, j] * (u[i - 1, j] + u[i, j - 1] + u[i, j + 1])
        u, new = new, u
    return np.sum(u * u)


@pytest.mark.parametrize("function", [read_before, read_after, columns], ids=lambda f: f.__name__)
def test_kept_and_right(function):
    found = adjoint(function, KINDS[:2], (0,))
    assert "_states" in found.source
    for steps in (0, 1, 2, 5):
        slopes = plain(found.function)(START.copy(), steps)[1]
        np.testing.assert_allclose(slopes, ad.grad(function, mode="forward")(START, steps), rtol=1e-12)


def test_random_numbers_are_not_drawn_again():
    def noisy(x, n):
        u, new = x.copy(), np.zeros_like(x)
        for _ in range(n):
            for j in range(1, x.size):
                new[j] = u[j] * np.random.random() + u[j] * u[j - 1]
            u, new = new, u
        return np.sum(u)

    assert "_states" not in adjoint(noisy, KINDS[:2], (0,)).source


@pytest.mark.parametrize("function", some([two_buffers, three_levels], 2))
def test_compiled_in_every_order(function):
    program = variant(function, "unmarked")
    gradient, forward = ad.grad(program, mode="reverse"), ad.grad(program, mode="forward")
    for steps in (0, 1, 6):
        np.testing.assert_allclose(gradient(START, steps, 0), forward(START, steps, 0), rtol=1e-12)
    direction = np.cos(np.arange(5.0))
    found, expected = (ad.hvp(program, mode=mode)(START, 6, 0, direction) for mode in ("reverse", "forward"))
    np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_nothing_is_told_of_a_state_that_is_lost():
    gradient = ad.grad(variant(three_levels, "unmarked"), mode="reverse")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(gradient(np.full(5, np.nan), 5, 0)).all()


@nb.njit
def final(x, n):
    u, new = x.copy(), np.zeros_like(x)
    for _ in range(n):
        for j in range(1, x.size - 1):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1] * u[j + 1]
        u, new = new, u
    return u


def energy(x, n):
    return np.sum(final(x, n) ** 2)


@pytest.mark.full
def test_rows_and_patterns():
    np.testing.assert_allclose(ad.jacrev(final)(START, 4), ad.jacfwd(final)(START, 4), rtol=1e-12)
    x, hessian = np.linspace(0.5, 1.0, 12), ad.hessian(energy, sparsity="auto")
    expected = ad.hessian(energy, mode="forward")(x, 2)
    np.testing.assert_allclose(hessian(x, 2).toarray(), expected, rtol=1e-10, atol=1e-12)
    assert "depends on values" not in hessian.plan(x, 2).reason


@pytest.mark.full
def test_reverse_over_reverse():
    def along(x, v):
        return np.sum(ad.grad(energy, mode="reverse")(x, 3) * v)

    v = np.cos(np.arange(5.0))
    found = ad.grad(along, mode="reverse")(START, v)
    np.testing.assert_allclose(found, ad.hvp(energy, mode="forward")(START, 3, v), rtol=1e-11)
