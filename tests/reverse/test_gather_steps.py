"""Stencils along one axis in steps whose states are stored: they gather and sum in a function of their own, or are left."""

import functools

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.reverse import adjoint
from tests.reverse.judge import compiled, plain
from tests.reverse.rollouts import variant
from tests.sampling import some

RANDOM = np.random.default_rng(5)


def heat(x, c, n, option):
    u, new = x.copy(), x.copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for i in range(1, u.size - 1):
            new[i] = u[i] + c * u[i] * (u[i - 1] - 2.0 * u[i] + u[i + 1])
        u, new = new, u
    return np.sum(u * u) + new[0] * c


def wide(x, c, n, option):
    """Up to three neighbours on one side, two on the other; subtracted, and through an array that is only read."""
    u, new, weights = x.copy(), np.zeros_like(x), np.cos(x)
    for k in ad.checkpointed(range(n), snapshots=option):
        for i in range(3, u.size - 2):
            new[i] = 0.9 * u[i] - c * (u[i - 3] - u[i + 2] + weights[i - 1] + weights[i + 1]) * u[i] + 0.01 * k
        u, new = new, u
    return np.sum(u * u * weights)


def from_a_bound(x, c, n, option):
    """Where the loop ends is told by an argument; two numbers are summed."""
    u, new, last = x.copy(), np.zeros_like(x), x.size - n // 2
    new += np.cos(x)
    d = np.sin(c)
    for _ in ad.checkpointed(range(n), snapshots=option):
        for i in range(2, last - 1):
            new[i] = u[i] * d + c * (u[i - 2] + u[i + 1] + u[i - 1]) * u[i]
        u, new = new, u
    return np.sum(u * new)


def three_arrays(x, c, n, option):
    """A wave: the state is two of three arrays, so that states are copied."""
    old, u, new = x.copy(), x * 0.9, np.zeros_like(x)
    u = u.copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for i in range(1, u.size - 1):
            new[i] = 2.0 * u[i] - old[i] + c * (u[i - 1] - 2.0 * u[i] + u[i + 1]) - 0.1 * u[i] ** 3
        old, u, new = u, new, old
    return np.sum(u * old)


def two_loops(x, c, n, option):
    """The second loop reads what the first one has made, at another place; a number is summed over both."""
    u, flux, new = x.copy(), 0.0 * x, x.copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for i in range(1, u.size):
            flux[i] = c * (u[i] - u[i - 1]) * u[i - 1]
        for i in range(u.size - 1):
            new[i] = u[i] + 0.3 * (flux[i + 1] - flux[i])
        u, new = new, u
    return np.sum(u * u)


def in_place(x, c, n, option):
    """Each iteration reads what the one before has written."""
    u = x.copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for i in range(1, u.size - 1):
            u[i] = 0.5 * u[i] + c * (u[i - 1] + u[i + 1]) * u[i]
    return np.sum(u * u)


def carried(x, c, n, option):
    """A number goes from iteration to iteration beside the stencil."""
    u, new, run = x.copy(), x.copy(), 0.0
    for _ in ad.checkpointed(range(n), snapshots=option):
        for i in range(1, u.size - 1):
            run = 0.5 * run + u[i]
            new[i] = u[i] + c * (u[i - 1] + u[i + 1]) * run
        u, new = new, u
    return np.sum(u * u) * run


def sum_of_all(x, c, n, option):
    """A sum in one loop weighs another one."""
    u, new = x.copy(), x.copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        total = 0.0
        for i in range(u.size):
            total += u[i] * c
        for i in range(1, u.size - 1):
            new[i] = u[i] + 0.01 * (u[i - 1] + u[i + 1]) * u[i] * total
        u, new = new, u
    return np.sum(u * u)


GATHERED = [heat, wide, from_a_bound, three_arrays]
OTHERS = [two_loops, in_place, carried, sum_of_all]
LENGTHS = [12, 6, 5, 4, 3, 2, 1]
KINDS = nb.float64[::1], nb.float64, nb.int64, nb.int64


@functools.cache
def generated(function, kind):
    return adjoint(variant(function, kind), KINDS, (0, 1))


def complex_steps(function, x, c, n):
    points = [(x + 1e-30j * (np.arange(x.size) == k), c) for k in range(x.size)] + [(x + 0j, c + 1e-30j)]
    with np.errstate(all="ignore"):
        found = [np.imag(function(*point, n, 1)) / 1e-30 for point in points]
    return found[:-1], found[-1]


@pytest.mark.parametrize("kind", ["snapshots", "unmarked"])
@pytest.mark.parametrize("function", [*GATHERED, *OTHERS], ids=lambda function: function.__name__)
def test_right_for_every_length(function, kind):
    found = generated(function, kind)
    if function in GATHERED:
        assert "to_u" in found.source
        assert "def nest(" in found.source
    for length in LENGTHS:
        x = RANDOM.uniform(0.5, 1.0, length)
        for steps in (0, 1, 4):
            by_x, by_c = complex_steps(function, x, 0.3, steps)
            runs = [plain(found.function)(x.copy(), 0.3, steps, option) for option in (1, 2, 9)]
            assert all(np.array_equal(run[1], runs[0][1]) and run[2] == runs[0][2] for run in runs)
            np.testing.assert_allclose(runs[0][1], by_x, rtol=1e-11, atol=1e-13)
            np.testing.assert_allclose(runs[0][2], by_c, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("function", some([heat, wide], 2))
def test_compiled(function):
    run = compiled(generated(function, "snapshots").function)
    for length in (1, 2, 7, 8, 9, 40, 1000):
        x = RANDOM.uniform(0.5, 1.0, length)
        found = run(x, 0.3, 6, 2)
        again = run(x, 0.3, 6, 5)
        assert np.array_equal(found[1], again[1])
        assert found[2] == again[2]
        by_x, by_c = complex_steps(function, x, 0.3, 6) if length < 50 else (None, None)
        if by_x is not None:
            np.testing.assert_allclose(found[1], by_x, rtol=1e-11, atol=1e-13)
            np.testing.assert_allclose(found[2], by_c, rtol=1e-11, atol=1e-13)


def test_what_lies_around_is_filled_once():
    """The lengths are known before the steps, since the buffers are of one shape."""
    source = generated(heat, "snapshots").source
    sweep = source[source.index("# reverse sweep") :]
    assert sweep.index("to_u_1[:] = 0.0") < sweep.index("for step in range(blocks - 1")


@pytest.mark.full
def test_second_order():
    program, direction = variant(heat, "snapshots"), np.cos(np.arange(9.0))
    x = RANDOM.uniform(0.5, 1.0, 9)
    found = ad.hvp(program, mode="reverse")(x, 0.3, 5, 2, direction)
    expected = ad.hvp(variant(heat, "unmarked"), mode="forward")(x, 0.3, 5, 2, direction)
    np.testing.assert_allclose(found, expected, rtol=1e-11)

    gradient = ad.grad(variant(heat, "unmarked"), mode="reverse")

    def along(x):
        return np.sum(gradient(x, 0.3, 5, 2) * direction)

    np.testing.assert_allclose(ad.grad(along, mode="reverse")(x), expected, rtol=1e-11)


def test_not_in_short_loops_that_run_often():
    def smoothed(x, c, n):
        total = 0.0
        for k in range(n):
            for i in range(1, x.size - 1):
                total += (x[i - 1] + x[i + 1] - 2.0 * x[i]) ** 2 * c * k
        return total

    assert "to_x" not in adjoint(smoothed, KINDS[:3], (0, 1)).source
