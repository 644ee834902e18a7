"""First contributions to cotangents that are assigned, where they make the whole array, instead of added to zeros.

The adjoints run by plain Python, whose uninitialised memory is NaN, so that an element that nobody assigns shows.
"""

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.reverse import adjoint
from tests.reverse.judge import plain


def every_element(x, v, n):
    total = 0.0
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            total += np.sin(x[i, j])
    return total


def columns_first(x, v, n):
    total = 0.0
    for j in range(x.shape[1]):
        for i in range(len(x)):
            total += x[i, j] ** 3
    return total


def by_the_length_of_another(x, v, n):
    y = x * v[0]
    total = 0.0
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            total += np.exp(y[i, j])
    return total


def made_by_a_product(x, v, n):
    y = np.dot(x.T, x)
    cube = y.reshape((x.shape[1], 1, x.shape[1]))
    total = 0.0
    for i in range(x.shape[1]):
        for k in range(1):
            for j in range(x.shape[1]):
                total += cube[i, k, j] ** 2
    return total


def in_a_block(x, v, n):
    """The array is made in each iteration of a loop that is repeated."""
    total = 0.0
    for start in range(0, x.shape[0], 2):
        y = np.dot(x[start : start + 2], x.T)
        for i in range(y.shape[0]):
            for j in range(y.shape[1]):
                for _ in range(2):
                    total += np.cos(total + y[i, j])
    return total


WHOLE = [every_element, columns_first, by_the_length_of_another, made_by_a_product]


def to_another_length(x, v, n):
    """The number may be less than the length, or -1 in a reshape."""
    total = 0.0
    row = x[0] * 2.0
    same = row.reshape((n,))
    for i in range(n):
        total += same[i] ** 2
    for i in range(n + 2):
        total += v[i] ** 2
    return total


def all_but_one(x, v, n):
    total = 0.0
    for i in range(1, v.size):
        total += v[i] ** 2
    for i in range(0, x.shape[0], 2):
        for j in range(x.shape[1]):
            total += x[i, j] ** 2
    return total


def under_a_condition(x, v, n):
    total = 0.0
    for i in range(v.size):
        if v[i] > 0.5:
            total += np.sin(v[i]) * x[0, 0]
    for i in range(x.shape[0]):
        if x[i, 0] > 0.5:
            for j in range(x.shape[1]):
                total += x[i, j] ** 2
    return total


def left_early(x, v, n):
    total = 0.0
    for i in range(v.size):
        total += v[i] * x[0, 1]
        if total > 0.5:
            break
    return total


def twice_in_one_loop(x, v, n):
    total = 0.0
    for i in range(v.size):
        total += v[i] * v[v.size - 1 - i]
        total += np.sum(x[i % 3] * v)
    return total


def more_often(x, v, n):
    total = 0.0
    for i in range(v.size):
        for _ in range(2):
            total += np.sin(total + v[i])
    return total


def diagonal(x, v, n):
    y = np.dot(x.T, x)
    total = 0.0
    for i in range(y.shape[0]):
        total += y[i, i]
    return total


def overwritten_in_the_loop(x, v, n):
    y = x * 2.0
    total = 0.0
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            total += np.sin(y[i, j])
            y[i, j] = total
    return total * total


def without_weight(x, v, n):
    """What is read has no influence but on a number that nobody uses."""
    total, unused = 0.0, 0.0
    for i in range(v.size):
        unused += v[i]
        total += x[0, 0]
    return total


def joined(x, v, n):
    y = x * 1.0
    for _ in range(n + 3):
        y = y * 0.5 if y[0, 0] > 0.2 else x[:2] * 0.3
    total = 0.0
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            total += y[i, j] ** 2
    return total


# elementwise expressions


def with_itself(x, v, n):
    y = np.dot(x.T, x)
    z = y * y.T + y
    return np.sum(z * z)


def of_one_element(x, v, n):
    """Arrays of one element may be broadcast."""
    one, y = v[:1] * 2.0, np.zeros_like(v)
    y[:] = one * v
    z = np.zeros_like(x)
    z[1] = one
    z[:, 0] = x[:, 1] * one + z[1, 1]
    return np.sum(y**2) + np.sum(z**3)


def into_parts_of_itself(x, v, n):
    y, z = x * 1.0, v * 1.0
    y[1:] = y[:-1] * y[1:]
    y[0] = np.sin(y[2])
    y[:, 1] = y[:, 0] * v[1]
    z[::-1] = z * 2.0
    z[:] = z * z + v[0]
    return np.sum(y * y) + np.sum(z**3)


def numbers_for_all(x, v, n):
    """Sums over elements into the cotangents of numbers."""
    a, b = v[0] * v[1], np.sin(v[2])
    y = (a * x + b) ** 2 - a
    y[0] = b - 2.0 * a * x[1]
    y[:, 0] = a
    return np.sum(np.exp(y) * b)


def rows_by_rows(x, v, n):
    y = np.empty_like(x)
    for i in range(x.shape[0]):
        squares = np.zeros_like(v)
        for j in range(v.size):
            squares[j] += v[j] ** 2
        y[i] = x[i] * squares[0] - 0.5 * squares[1]
    return np.sum(y**3)


OTHERS = [
    in_a_block, to_another_length, all_but_one, under_a_condition, left_early, twice_in_one_loop, more_often, diagonal,
    overwritten_in_the_loop, without_weight, joined, with_itself, of_one_element, into_parts_of_itself, numbers_for_all,
    rows_by_rows,
]  # fmt: skip
KINDS = nb.float64[:, ::1], nb.float64[::1], nb.int64


def values(program):
    random = np.random.default_rng(3)
    x, v = random.uniform(0.2, 0.9, (3, 2)), random.uniform(0.2, 0.9, 3)
    if program in (twice_in_one_loop, rows_by_rows):
        v = v[:2].copy()
    return x, v, (-1 if program is to_another_length else 1)


def complex_step(program, x, v, n):
    found = []
    for k, array in enumerate((x, v)):
        slopes = np.empty_like(array)
        for place in np.ndindex(array.shape):
            moved = [x.astype(complex), v.astype(complex)]
            moved[k][place] += 1e-30j
            slopes[place] = program(*moved, n).imag / 1e-30
        found.append(slopes)
    return found


@pytest.mark.parametrize("program", [*WHOLE, *OTHERS], ids=lambda program: program.__name__)
def test_every_element_gets_its_cotangent(program):
    made = adjoint(program, KINDS, (0, 1), with_value=False)
    given = values(program)
    for found, expected in zip(plain(made.function)(*given), complex_step(program, *given), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("program", WHOLE, ids=lambda program: program.__name__)
def test_nothing_is_added_to_zeros(program):
    source = adjoint(program, KINDS, (0, 1), with_value=False).source
    assert "np.empty" in source
    assert "] += " not in source.replace("v_bar[0] += ", "")


def test_no_trips():
    gradient = ad.grad(every_element, argnums=(0, 1), mode="reverse")
    for x in (np.ones((0, 2)), np.ones((2, 0))):
        x_bar, v_bar = gradient(x, np.ones(3), 1)
        assert x_bar.shape == x.shape
        np.testing.assert_array_equal(v_bar, np.zeros(3))


@pytest.mark.full
def test_forward_over_reverse():
    x, v, n = values(numbers_for_all)
    found = ad.hvp(numbers_for_all, mode="reverse")(x, v, n, np.ones_like(x))
    slopes = [complex_step(numbers_for_all, x + sign * 1e-6, v, n)[0] for sign in (1, -1)]
    np.testing.assert_allclose(found, (slopes[0] - slopes[1]) / 2e-6, rtol=1e-7, atol=1e-7)
