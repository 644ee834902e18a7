"""Loops that run forwards in the reverse sweep: those that may do so, and none of the others."""

import numba as nb
import numpy as np
import pytest

from dualad.reverse import adjoint
from tests.compare import assert_close
from tests.oracle import differentiate
from tests.reverse.judge import compiled, plain

RANDOM = np.random.default_rng(7)
V, M, C = RANDOM.uniform(0.5, 1.5, 5), RANDOM.uniform(0.5, 1.5, (5, 4)), RANDOM.uniform(0.5, 1.5, (3, 4, 3))


def grid(u, c, steps):
    """Records of the inner loop are found by the indices of both."""
    u = u.copy()
    for _ in range(steps):
        for i in range(1, u.shape[0]):
            for j in range(2, u.shape[1]):
                u[i, j] = u[i, j] + 0.1 * c * u[i, j] * (1.0 - u[i, j])
    return u.sum()


def cube(u, c, steps):
    u = u.copy()
    total = 0.0
    for _ in range(steps):
        for i in range(u.shape[0]):
            for j in range(1, u.shape[1]):
                for k in range(u.shape[2]):
                    u[i, j, k] = np.sin(c * u[i, j, k]) * u[i, j, k]
    for i in range(u.shape[0]):
        for j in range(u.shape[1]):
            for k in range(u.shape[2]):
                total += u[i, j, k] ** 2
    return total


def exchanged(u, c, steps):
    """Five points, on two arrays that change places."""
    u, new = u.copy(), u.copy()
    for _ in range(steps):
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                around = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j]
                new[i, j] = u[i, j] + 0.1 * c * around * u[i, j]
        u, new = new, u
    return u.sum() + new[1, 1]


def triangle(u, c, steps):
    """How many records there are before a row is not known from its index alone."""
    u = u.copy()
    for _ in range(steps):
        for i in range(u.shape[0]):
            for j in range(i, u.shape[1]):
                u[i, j] = np.sin(c * u[i, j]) * u[i, j]
    return u.sum()


def some_rows(u, c, steps):
    """Rows that are left out record nothing."""
    u = u.copy()
    for _ in range(steps):
        for i in range(u.shape[0]):
            if u[i, 0] > 1.0:
                for j in range(u.shape[1]):
                    u[i, j] = np.sin(c * u[i, j]) * u[i, j]
    return u.sum()


def row_after_row(u, c, steps):
    """A row needs the one before it."""
    u = u.copy()
    for _ in range(steps):
        for i in range(1, u.shape[0]):
            for j in range(u.shape[1]):
                u[i, j] = u[i, j] * u[i - 1, j] * c
    return u.sum()


def work_row(u, c, steps):
    """All rows use one buffer."""
    u, row = u.copy(), np.zeros(u.shape[1])
    for _ in range(steps):
        for i in range(u.shape[0]):
            for j in range(u.shape[1]):
                row[j] = c * u[i, j] * u[i, 0]
            for j in range(u.shape[1]):
                u[i, j] = np.sin(row[j]) * row[u.shape[1] - 1 - j]
    return u.sum()


def across(u, c, steps):
    """An element and its mirror image."""
    u = u.copy()
    for _ in range(steps):
        for i in range(3):
            for j in range(3):
                u[i, j] = np.sin(c * u[j, i]) + u[i, j]
    return u.sum()


def from_the_end(u, c, steps):
    """-1 is the last row, which comes again as itself."""
    u = u.copy()
    for _ in range(steps):
        for i in range(-1, u.shape[0]):
            for j in range(u.shape[1]):
                u[i, j] = np.sin(c * u[i, j]) * u[i, j]
    return u.sum()


def folded(u, c, steps):
    """A sum that the inner loop carries on, and the outer one changes."""
    total = 1.0
    for _ in range(steps):
        for i in range(u.shape[0]):
            for j in range(u.shape[1]):
                total += c * u[i, j]
            total *= u[i, 0]
    return total


def read_between(u, c, steps):
    total, other = 0.0, 0.0
    for _ in range(steps):
        for i in range(u.shape[0]):
            for j in range(u.shape[1]):
                total += c * u[i, j]
            other += total * u[i, 0]
    return other


def exchanged_within(u, c, steps):
    u, v = u.copy(), u.copy()
    for _ in range(steps):
        for i in range(u.shape[0]):
            for j in range(u.shape[1]):
                u[i, j] = np.sin(c * v[i, j]) * u[i, j]
            u, v = v, u
    return u.sum()


def no_rows(u, c, steps):
    u = u.copy()
    for _ in range(steps):
        for i in range(3, 1):
            for j in range(u.shape[1]):
                u[i, j] = np.sin(c * u[i, j]) * u[i, j]
        for i in range(u.shape[0]):
            for j in range(2, 2):
                u[i, j] = np.sin(c * u[i, j]) * u[i, j]
    return c * u.sum()


@pytest.mark.parametrize(
    ("function", "forwards"),
    [
        (grid, True),
        (exchanged, True),
        (triangle, False),
        (some_rows, False),
        (row_after_row, False),
        (work_row, False),
        (across, False),
        (from_the_end, False),
        (folded, False),
        (read_between, False),
        (exchanged_within, False),
        (no_rows, True),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_rows_of_a_grid(function, forwards):
    made = adjoint(function, tuple(nb.typeof(a) for a in (M, 1.2, 2)), (0, 1))
    back = made.source[made.source.index("# reverse sweep") :]
    loops = [line for line in back.splitlines() if line.strip().startswith("for i in")]
    assert ("-1" not in loops[-1]) == forwards, back
    for steps in (2, 0):
        _, expected = differentiate(function, (M, 1.2, steps), (0, 1), 1)
        assert_close(plain(made.function)(M, 1.2, steps)[1:], expected, 1e-11)


def test_cube():
    made = adjoint(cube, tuple(nb.typeof(a) for a in (C, 1.2, 2)), (0, 1))
    back = made.source[made.source.index("# reverse sweep") :]
    assert back.count("-1)") == 1, "only the steps run backwards"
    _, expected = differentiate(cube, (C, 1.2, 2), (0, 1), 1)
    assert_close(plain(made.function)(C, 1.2, 2)[1:], expected, 1e-11)


def test_compiled_grid():
    """Vector code and the loop for what is left, on every other column of an array."""
    made = adjoint(exchanged, tuple(nb.typeof(a) for a in (M[:, ::2], 1.2, 2)), (0, 1))
    wide = RANDOM.uniform(0.5, 1.5, (7, 80))
    _, expected = differentiate(exchanged, (wide[:, ::2], 1.2, 2), (0, 1), 1)
    assert_close(compiled(made.function)(wide[:, ::2], 1.2, 2)[1:], expected, 1e-11)


def other_views(a, x):
    """`row[j]` is one element, in each iteration."""
    a = a.copy()
    n = x.size
    for j in range(n):
        row = a[n - j :]
        row[j] = np.sin(row[j] * x[j])
    return a[n]


def either(a, x):
    """Through `z` the loop reads what it writes through one of the other two."""
    b, c = a.copy(), a.copy()
    z = b if a[0] > 0.0 else c
    for j in range(1, x.size):
        b[j] = c[j] * x[j] + z[j - 1]
    return b.sum() + z[2]


@pytest.mark.parametrize("function", [other_views, either])
def test_more_than_one_name(function):
    a = RANDOM.uniform(0.5, 1.5, 12)
    made = adjoint(function, tuple(nb.typeof(x) for x in (a, V)), (0, 1))
    _, expected = differentiate(function, (a, V), (0, 1), 1)
    assert_close(plain(made.function)(a, V)[1:], expected, 1e-11)
