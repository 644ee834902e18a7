"""States that are written where they are stored: edges, that no other array is written, and programs whose states are copied."""

import functools

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.errors import NotFiniteWarning
from dualad.reverse import adjoint
from dualad.reverse.plans import aimed
from tests.reverse.judge import plain
from tests.reverse.rollouts import complex_steps, variant
from tests.sampling import some

START = np.linspace(0.4, 0.9, 5)


def plate(x, n, option):
    """Edges of the two buffers differ, and are read; the last row is never read."""
    u, new = np.zeros((x.size, x.size)), np.zeros((x.size, x.size))
    u += x
    new += np.cos(x)
    for _ in ad.checkpointed(range(n), snapshots=option):
        for i in range(1, u.shape[0] - 1):
            for j in range(2, u.shape[1]):
                new[i, j] = u[i, j] + 0.1 * u[i - 1, j] * u[i, j - 2] * u[i, j]
        u, new = new, u
    return np.sum(u * u * new)


def block(x, n, option):
    """Three axes, and complex numbers beside them."""
    u, new = np.zeros((x.size, x.size, x.size)), np.zeros((x.size, x.size, x.size))
    u += x[0]
    new += 0.5
    u[:, :, 1] += x[3]
    z, new_z = np.zeros(x.size, np.complex128), np.zeros(x.size, np.complex128)
    z += x * 1j
    new_z += x * 2j
    for k in ad.checkpointed(range(n), snapshots=option):
        for i in range(x.size):
            for j in range(1, x.size):
                for m in range(1, x.size - 1):
                    new[i, j, m] = u[i, j, m] * (1.0 + 0.01 * k * u[i, j - 1, m + 1]) + 0.1 * u[i, j, m - 1]
        for j in range(x.size - 1, 0, -1):
            new_z[j] = z[j] * (1.0 + 0.1 * z[j - 1]) + u[0, j, 0]
        u, new = new, u
        z, new_z = new_z, z
    return np.sum(u * u) + np.sum((z * z.conjugate()).real) + new[0, 0, 0] * u[2, 4, 3]


def shifted(x, n, option):
    """What is written lies elsewhere than the index."""
    u, new, t = x.copy(), np.zeros_like(x), 1.0
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(x.size - 2):
            new[j + 2] = u[j] * u[j + 1] + 0.3 * u[j + 2] * t
        t = t * 0.9 + 0.1 * u[0]
        u, new = new, u
    return np.sum(u * u) * t


def nothing_is_written(x, n, option):
    """Inner loops have no iterations."""
    u, new = x.copy(), np.cos(x)
    new = new.copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(x.size, 3):
            new[j] = u[j] * u[j]
        u, new = new, u
    return np.sum(u * x)


def also_outside(x, n, option):
    """The buffers are read and written before the loop, and read after it."""
    u, new = x.copy(), np.zeros_like(x)
    u[0] = x[1] * x[2]
    new += u * u
    before = np.sum(new * u)
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1] * before
        u, new = new, u
    return np.sum(u * u * new) * before + u[0] * new[1]


IN_PLACE = [plate, block, shifted, nothing_is_written, also_outside]


def triangle(x, n, option):
    """How far a row is written depends on the row."""
    u, new = np.zeros((x.size, x.size)), np.zeros((x.size, x.size))
    u += x
    new += np.cos(x)
    for _ in ad.checkpointed(range(n), snapshots=option):
        for i in range(1, u.shape[0]):
            for j in range(1, i):
                new[i, j] = u[i, j] + 0.1 * u[i - 1, j] * u[i, j - 1] * u[i, j]
        u, new = new, u
    return np.sum(u * u * new)


def repeated(x, n, option):
    """An inner loop that may have no iterations is around what is written."""
    u, new = x.copy(), np.cos(x)
    new = new.copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for _k in range(n - 5):
            for j in range(1, x.size):
                new[j] = u[j] + 0.1 * u[j] * u[j - 1]
        u, new = new, u
    return np.sum(u * u)


def every_other(x, n, option):
    u, new = x.copy(), np.cos(x)
    new = new.copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size, 2):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1]
        u, new = new, u
    return np.sum(u * u)


NOT_OF_COMPLEX = [plate, block, triangle]
COPIED = [triangle, repeated, every_other]
KINDS = nb.typeof(START), nb.int64, nb.int64


@functools.cache
def generated(function, kind):
    return adjoint(variant(function, kind), KINDS, (0,))


@pytest.mark.parametrize("kind", ["snapshots", "unmarked"])
@pytest.mark.parametrize("function", some([*IN_PLACE, *COPIED], 2))
def test_right_and_the_same_for_every_schedule(function, kind):
    found = generated(function, kind)
    assert ("aimed(" in found.source) == (function in IN_PLACE)
    for steps in (0, 1, 2, 9):
        runs = [plain(found.function)(START.copy(), steps, option) for option in (1, 2, 4, 20)]
        assert all(np.array_equal(slopes, runs[0][1]) for _, slopes in runs)
        assert all(value == runs[0][0] for value, _ in runs)
        assert runs[0][0] == pytest.approx(function(START.copy(), steps, 1), rel=1e-13)
        if function not in NOT_OF_COMPLEX:
            np.testing.assert_allclose(runs[0][1], complex_steps(function, START, steps, 1), rtol=1e-11, atol=1e-13)
        else:
            expected = ad.grad(variant(function, "unmarked"), mode="forward")(START, steps, 1)
            np.testing.assert_allclose(runs[0][1], expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("function", some([plate, block], 2, first=1))
def test_compiled(function):
    marked, unmarked = variant(function, "snapshots"), variant(function, "unmarked")
    expected = ad.grad(unmarked, mode="forward")(START, 9, 1)
    for option in (1, 3):
        np.testing.assert_allclose(ad.grad(marked, mode="reverse")(START, 9, option), expected, rtol=1e-11)
    if function is plate:
        direction = np.cos(np.arange(5.0))
        found, right = (
            ad.hvp(program, mode=mode)(START, 9, 2, direction)
            for program, mode in ((marked, "reverse"), (unmarked, "forward"))
        )
        np.testing.assert_allclose(found, right, rtol=1e-11)


@pytest.mark.parametrize("jitted", [False, True])
def test_edges_of_a_place(jitted):
    """All that lies outside the box is copied, and nothing in it, wherever it lies."""
    random = np.random.default_rng(1)
    for ndim in (1, 2, 3, 4):
        function = nb.njit(aimed) if jitted else aimed
        for _ in range(25):
            shape = tuple(random.integers(1, 6, ndim))
            ends = tuple((int(random.integers(-1, n + 2)), int(random.integers(-1, n + 2))) for n in shape)
            array, states = random.uniform(size=shape), np.full((3, *shape), np.nan)
            found = function(array, states, 1, True, sum(ends, ()))
            expected = array.copy()
            expected[tuple(slice(max(first, 0), max(end, 0)) for first, end in ends)] = np.nan
            np.testing.assert_array_equal(found, expected)
            np.testing.assert_array_equal(states[1], expected)
            assert np.isnan(states[[0, 2]]).all()
            assert function(array, states, 1, False, sum(ends, ())) is array or jitted


def growing(x, n, option):
    u, new = x.copy(), np.zeros_like(x)
    for i in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size):
            new[j] = u[j] + (1e200 * i) * u[j] * u[j - 1] * (i > 6)
        u, new = new, u
    return np.sum(u)


@pytest.mark.parametrize("snapshots", [2, 5, 50])
def test_where_the_state_is_lost(snapshots):
    """It is stored rarely in the forward sweep; what is run again tells more."""
    gradient = ad.grad(growing, mode="reverse")
    with pytest.warns(NotFiniteWarning, match=r"after (step 8|one of the steps \d to \d) "):
        gradient(START, 40, snapshots)


def test_lost_after_the_last_state():
    def last(x, n):
        u, new = x.copy(), np.zeros_like(x)
        for i in ad.checkpointed(range(n), snapshots=1):
            for j in range(1, x.size):
                new[j] = u[j] * u[j - 1] / (n - 1 - i)
            u, new = new, u
        return np.sum(u)

    with pytest.warns(NotFiniteWarning, match="not finite after"):
        ad.value_and_grad(last, mode="reverse")(START, 9)
