"""Output arguments that sparse Jacobians leave unset: only where the function writes all of their elements, whatever they hold."""

import numpy as np
import pytest

import dualad as ad
from tests.sampling import some

POINT, HELD = np.linspace(1.0, 2.0, 7), np.full(7, 3.0)


def all_of_them(y, dy):
    for i in range(y.size):
        dy[i] = y[i] ** 2


def zeros_at_first(y, dy):
    dy[:] = 0.0
    for i in range(y.size):
        dy[i] += y[i] * y[i - 1]


def some_of_them(y, dy):
    for i in range(y.size - 1):
        dy[i] = y[i] ** 2


def adds(y, dy):
    for i in range(y.size):
        dy[i] += y[i] ** 2


def where_positive(y, dy):
    for i in range(y.size):
        if y[i] > 0.0:
            dy[i] = y[i] ** 2


def reads_one(y, dy):
    first = dy[0]
    for i in range(y.size):
        dy[i] = y[i] ** 2
    dy[0] = dy[0] + 0.0 * first


def steered_by_one(y, dy):
    scale = 1.0 if dy[0] > 0.0 else 2.0
    for i in range(y.size):
        dy[i] = scale * y[i] ** 2


def only_so_many(y, n, dy):
    for i in range(n):
        dy[i] = y[i] ** 3


OVERWRITE, OTHERS = [all_of_them, zeros_at_first], [some_of_them, adds, where_positive, reads_one, steered_by_one]


@pytest.mark.parametrize("function", some([*OVERWRITE, *OTHERS], 2))
def test_unset_where_nothing_of_it_remains(function):
    jacobian = ad.jacobian(function, out_argnums=1, sparsity="auto")
    assert jacobian.structure(POINT, HELD).forward.overwrites == (function in OVERWRITE)
    for y in (POINT, -POINT, POINT):
        for held in (HELD, -HELD, np.full(7, np.nan)):
            expected = ad.jacobian(function, out_argnums=1)(y, held)
            np.testing.assert_array_equal(jacobian(y, held).toarray(), expected)


def test_with_other_whole_numbers_it_is_not_known():
    jacobian = ad.value_and_jacobian(only_so_many, out_argnums=2, sparsity="auto")
    for n in (7, 4, 7, 5):
        value, matrix = jacobian(POINT, n, HELD)
        np.testing.assert_allclose(value, np.where(np.arange(7) < n, POINT**3, HELD), rtol=1e-15)
        expected = np.diag(np.where(np.arange(7) < n, 3.0 * POINT**2, 0.0))
        np.testing.assert_allclose(matrix.toarray(), expected, rtol=1e-15)


def test_jitted_code_with_other_whole_numbers_finds_what_they_held():
    jacobian = ad.jacobian(only_so_many, out_argnums=2, sparsity="auto")
    fill, structure = jacobian.refill(POINT, 7, HELD), jacobian.structure(POINT, 7, HELD)
    assert structure.forward.overwrites
    data = np.empty(7)
    for n in (7, 4, 7, 5):
        fill(data, structure, POINT, n, HELD)
        np.testing.assert_array_equal(data, np.where(np.arange(7) < n, 3.0 * POINT**2, 0.0))


def so_many_in_the_grid(y, counts, out):
    for i in range(counts[0]):
        out[i // out.shape[1], i % out.shape[1]] = y[i] ** 3


def test_arrays_of_whole_numbers_are_not_looked_at_in_jitted_code():
    held = np.zeros((3, 4))[:, ::2]  # six elements that do not lie side by side
    jacobian = ad.jacobian(so_many_in_the_grid, out_argnums=2, sparsity="auto")
    args = POINT, np.array([6]), held
    fill, structure = jacobian.refill(*args), jacobian.structure(*args)
    assert not structure.forward.overwrites
    data = np.empty(6)
    for n in (6, 3):
        expected = np.where(np.arange(6) < n, 3.0 * POINT[:6] ** 2, 0.0)
        fill(data, structure, POINT, np.array([n]), held)
        np.testing.assert_array_equal(data, expected)
        matrix = jacobian(POINT, np.array([n]), held)
        np.testing.assert_array_equal(matrix.toarray()[:, :6], np.diag(expected))


def test_of_large_results_the_memory_serves_again():
    def square(y, dy):
        for i in range(y.size):
            dy[i] = y[i] * y[i]

    y = np.linspace(0.0, 1.0, 30_000)
    jacobian = ad.jacobian(square, out_argnums=1, sparsity="auto")
    first, second = jacobian(y, y.copy()), jacobian(2.0 * y, y.copy())
    np.testing.assert_array_equal(first.data, 2.0 * y)
    np.testing.assert_array_equal(second.data, 4.0 * y)
    first.indices[:] = 0  # what a caller does to a matrix changes no other
    del second
    third = jacobian(3.0 * y, y.copy())
    np.testing.assert_array_equal(third.data, 6.0 * y)
    np.testing.assert_array_equal(third.indices, np.arange(y.size))
    np.testing.assert_array_equal(first.data, 2.0 * y)
