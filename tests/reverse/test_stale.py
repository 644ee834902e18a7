"""Cotangents of buffers that change places, which steps leave stale: where that is done, and where it must not be."""

import functools

import numba as nb
import numpy as np
import pytest

import dualad as ad
from tests.reverse.judge import plain
from tests.reverse.random_steps import check, with_stale
from tests.reverse.rollouts import complex_steps, variant
from tests.sampling import some

START = np.linspace(0.4, 0.9, 6)


def heat(x, n, option):
    """Edges differ, and keep what they are given over all steps."""
    u, new = x.copy(), np.cos(x).copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size - 1):
            new[j] = u[j] + 0.1 * (u[j - 1] - 2.0 * u[j] * u[j] + u[j + 1])
        u, new = new, u
    return np.sum(u * u * x)


def grid(x, n, option):
    u, new = np.zeros((x.size, x.size)), np.zeros((x.size, x.size))
    u += x
    new += 0.5 * x
    for _ in ad.checkpointed(range(n), snapshots=option):
        for i in range(1, x.size - 1):
            for j in range(2, x.size):
                near = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j - 2]
                new[i, j] = u[i, j] * (1.0 - 0.1 * u[i, j]) + 0.1 * near
        u, new = new, u
    return np.sum(u * u * x)


def two_fields(x, n, option):
    """The one reaches farther than the other; both are read by both."""
    u, v, new_u, new_v = x.copy(), (0.5 * x).copy(), x.copy(), x.copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(2, x.size - 2):
            new_u[j] = u[j] + 0.1 * u[j] * v[j] + 0.1 * (u[j - 1] + u[j + 1])
            new_v[j] = v[j] - 0.1 * u[j] * u[j] * v[j] + 0.1 * (v[j - 2] + v[j + 2])
        u, new_u = new_u, u
        v, new_v = new_v, v
    return np.sum(u * v)


def no_neighbours(x, n, option):
    """With the loop over columns outside."""
    u, new = np.zeros((x.size, 3)), np.zeros((x.size, 3))
    u += x[0]
    u[:, 1] += x
    new += 0.25
    for i in ad.checkpointed(range(n), snapshots=option):
        for j in range(3):
            for k in range(1, x.size):
                new[k, j] = u[k, j] * (1.0 + 0.01 * i * u[k, j])
        u, new = new, u
    return np.sum(u * u)


def three_axes(x, n, option):
    u, new = np.zeros((4, 5, 6)), np.zeros((4, 5, 6))
    u += x
    new += x * x
    for _ in ad.checkpointed(range(n), snapshots=option):
        for i in range(1, 3):
            for j in range(1, 4):
                for k in range(1, 5):
                    new[i, j, k] = u[i, j, k] * (1.0 - 0.1 * u[i, j, k]) + 0.1 * (
                        u[i - 1, j, k]
                        + u[i + 1, j, k]
                        + u[i, j - 1, k]
                        + u[i, j + 1, k]
                        + u[i, j, k - 1]
                        + u[i, j, k + 1]
                    )
        u, new = new, u
    return np.sum(u * u)


def moved(x, n, option):
    """What is written lies elsewhere than the index, but where it is read."""
    u, new = x.copy(), (x * x).copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(x.size - 2):
            here = u[j + 2]
            new[j + 2] = here * (1.0 - 0.1 * here) + 0.1 * x[j]
        u, new = new, u
    return np.sum(u * u)


def nothing_in_the_box(x, n, option):
    """Of the inner loops the outer one has iterations, the inner one has none."""
    u, new = np.zeros((x.size, 2)), np.zeros((x.size, 2))
    u[:, 0] += x
    new[:, 1] += x * x
    for _ in ad.checkpointed(range(n), snapshots=option):
        for i in range(1, x.size - 1):
            for j in range(1, x.size - 5):
                new[i, j] = u[i, j] * (1.0 + u[i, j]) + 0.1 * (u[i, j - 1] + u[i, j + 1])
        u, new = new, u
    return np.sum(u * u * u)


def in_another_loop(x, n, option):
    total = 0.0
    for k in range(3):
        u, new = (x * (k + 1.0)).copy(), np.zeros_like(x)
        for _ in ad.checkpointed(range(n), snapshots=option):
            for j in range(1, x.size - 1):
                new[j] = u[j] + 0.1 * (u[j - 1] - 2.0 * u[j] * u[j] + u[j + 1])
            u, new = new, u
        total += np.sum(u * u)
    return total


STALE = [
    heat,
    grid,
    two_fields,
    no_neighbours,
    three_axes,
    moved,
    nothing_in_the_box,
]


def both_read_after(x, n, option):
    """The last step adds to the cotangent of the state before it."""
    u, new = x.copy(), np.zeros_like(x)
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size - 1):
            new[j] = u[j] + 0.1 * (u[j - 1] - 2.0 * u[j] * u[j] + u[j + 1])
        u, new = new, u
    return np.sum(u * u * new)


def elsewhere(x, n, option):
    """The element that is read is not the one that is written."""
    u, new = x.copy(), (x * x).copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size):
            new[j] = 0.5 * u[j - 1] * u[j - 1]
        u, new = new, u
    return np.sum(u * u)


def twice_in_two_nests(x, n, option):
    """Another loop adds to the same elements, before or after."""
    u, new, s = x.copy(), (x * x).copy(), 0.0
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size):
            s += 0.1 * u[j] * u[j]
        for j in range(1, x.size):
            new[j] = 0.5 * u[j] * u[j]
        for j in range(x.size):
            s += 0.1 * u[j]
        u, new = new, u
    return np.sum(u * u) * s


def one_element_outside(x, n, option):
    u, new, s = x.copy(), (x * x).copy(), 0.0
    for _ in ad.checkpointed(range(n), snapshots=option):
        s += u[2] * u[3]
        for j in range(1, x.size):
            new[j] = 0.5 * u[j] * u[j]
        u, new = new, u
    return np.sum(u * u) * s


def sometimes(x, n, option):
    """Not all elements are read, or not all are written, as the numbers have it."""
    u, new, v, new_v = x.copy(), (x * x).copy(), x.copy(), (x * x).copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size):
            if j % 2 == 0:
                new[j] = 0.5 * u[j] * u[j]
            new_v[j] = 0.1 * j
            if j % 3 == 0:
                new_v[j] = 0.5 * v[j] * v[j]
        u, new = new, u
        v, new_v = new_v, v
    return np.sum(u * u) + np.sum(v * v * v)


def read_sometimes(x, n, option):
    """All elements are written, of which not all are read."""
    u, new = x.copy(), (x * x).copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size):
            here = x[j]
            if j % 2 == 0:
                here = u[j] * u[j]
            new[j] = 0.5 * here
        u, new = new, u
    return np.sum(u * u)


def steps_differ(x, n, option):
    """How far a step goes depends on the step, so that what one leaves another does not assign."""
    u, new = x.copy(), (x * x).copy()
    for i in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size - i % 3):
            new[j] = u[j] * (1.0 - 0.1 * u[j])
        u, new = new, u
    return np.sum(u * u)


def shapes_differ(x, n, option):
    """The longer one has elements that only every other step writes."""
    u, new = x.copy(), np.zeros(x.size + 2)
    new += 0.25 * x[1]
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, min(u.shape[0], new.shape[0])):
            new[j] = u[j] * (1.0 - 0.1 * u[j])
        u, new = new, u
    return np.sum(u * u)


def from_the_end(x, n, option):
    """Indices count from the end of arrays of different lengths."""
    u, new = x.copy(), np.zeros(x.size + 1)
    new += 0.25 * x[1]
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(-3, -1):
            new[j] = u[j] * (1.0 - 0.1 * u[j])
        u, new = new, u
    return np.sum(u * u)


def turned(x, n, option):
    """Rows are read as columns."""
    u, new = np.zeros((x.size, x.size)), np.zeros((x.size, x.size))
    u += x
    new += 0.5 * x
    for _ in ad.checkpointed(range(n), snapshots=option):
        for i in range(1, x.size - 1):
            for j in range(1, x.size - 1):
                new[i, j] = u[i, j] * (1.0 - 0.1 * u[i, j]) + 0.1 * (u[j - 1, i] + u[j + 1, i])
        u, new = new, u
    return np.sum(u * u * x)


def leapfrog(x, n, option):
    """The buffer that is filled is read too."""
    old, now = x.copy(), (x * x).copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size - 1):
            old[j] = 2.0 * now[j] - old[j] + 0.1 * (now[j - 1] - 2.0 * now[j] * now[j] + now[j + 1])
        old, now = now, old
    return np.sum(now * now)


def filled_twice(x, n, option):
    u, new = x.copy(), (x * x).copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size - 1):
            new[j] = u[j] * (1.0 - 0.1 * u[j])
        new[2] = 0.5
        u, new = new, u
    return np.sum(u * u)


ZEROED = [
    in_another_loop,
    both_read_after,
    elsewhere,
    twice_in_two_nests,
    one_element_outside,
    sometimes,
    read_sometimes,
    steps_differ,
    shapes_differ,
    from_the_end,
    turned,
    leapfrog,
    filled_twice,
]
KINDS = nb.typeof(START), nb.int64, nb.int64


@functools.cache
def generated(function, kind):
    return with_stale(variant(function, kind), KINDS)


@functools.cache
def expected(function, steps):
    """By complex steps, or where arrays of floats are made, by forward mode."""
    if "zeros" not in function.__code__.co_names:
        return complex_steps(function, START, steps, 1)
    return ad.grad(variant(function, "unmarked"), mode="forward")(START, steps, 1)


#: All but those whose states are of different shapes, which are not stored.
PROGRAMS = [(function, kind) for function in (*STALE, *ZEROED) for kind in ("snapshots", "unmarked")]
REFUSED = [(function, "snapshots") for function in (shapes_differ, from_the_end)]


@pytest.mark.parametrize("function", [shapes_differ, from_the_end], ids=lambda function: function.__name__)
def test_states_of_different_shapes(function):
    """They are refused where they are to be stored, and right where only those of one shape are."""
    found, refused = generated(function, "snapshots")[0].function, 0
    for steps in (1, 2, 3, 8):
        for option in (1, 2, 4, 20):
            try:
                slopes = plain(found)(START.copy(), steps, option)[1]
            except ValueError as error:
                assert "changes its shape in a checkpointed loop" in str(error)
                refused += 1
            else:
                np.testing.assert_allclose(slopes, expected(function, steps), rtol=1e-11, atol=1e-13)
    assert refused


@pytest.mark.parametrize(("function", "kind"), [case for case in PROGRAMS if case not in REFUSED])
def test_right_and_the_same_for_every_schedule(function, kind):
    found, buffers = generated(function, kind)
    found = found.function
    assert buffers == (function in STALE) * (2 if function is two_fields else 1)
    for steps in (0, 1, 2, 3, 8):
        runs = [plain(found)(START.copy(), steps, option)[1] for option in (1, 2, 4, 20)]
        assert all(np.array_equal(slopes, runs[0]) for slopes in runs)
        np.testing.assert_allclose(runs[0], expected(function, steps), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("function", some([heat, grid, two_fields], 3))
def test_compiled(function):
    """Second derivatives too; no element of what was stale is read, whatever it holds."""
    marked, direction = variant(function, "snapshots"), np.cos(np.arange(6.0))
    for steps in (1, 8):
        for option in (1, 3):
            np.testing.assert_allclose(
                ad.grad(marked, mode="reverse")(START, steps, option), expected(function, steps), rtol=1e-11
            )
    product = ad.hvp(variant(function, "unmarked"), mode="forward")(START, 8, 1, direction)
    np.testing.assert_allclose(ad.hvp(marked, mode="reverse")(START, 8, 2, direction), product, rtol=1e-11)


def test_not_finite_in_one_step():
    """An infinite slope of a late step is not carried to elements of an early one that do not depend on it."""

    def roots(x, n):
        u, new = x.copy(), np.zeros_like(x)
        for i in ad.checkpointed(range(n), snapshots=2):
            for j in range(1, x.size - 1):
                new[j] = np.sqrt(u[j]) if i == 2 else u[j] * (1.0 + 0.1 * u[j])
            u, new = new, u
        return u[1] + u[3]

    x = np.array([1.0, 0.0, 0.5, 0.25, 1.0])
    found = ad.grad(roots, mode="reverse")(x, 5)
    assert found[1] == np.inf
    others = [0, 2, 3, 4]
    np.testing.assert_allclose(found[others], ad.grad(roots, mode="forward")(x, 5)[others], rtol=1e-13)


def test_random_steps():
    """Some of them leave cotangents stale, gather, sum columns, and write states in place."""
    ways = set().union(*map(check, range(30)))
    assert ways == {"stale", "gathers", "in place", "sums of columns"}


@pytest.mark.full
@pytest.mark.parametrize("first", range(1000, 1600, 50))
def test_many_random_steps(first):
    for seed in range(first, first + 50):
        check(seed)
