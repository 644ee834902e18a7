"""Jacobians of several arguments and of tuples: a block for each output and each input, in the structure of both."""

from typing import NamedTuple

import numpy as np
import pytest

import dualad as ad
from tests.compare import assert_close
from tests.oracle import differentiate
from tests.sampling import some

MODES = [ad.jacfwd, ad.jacrev]


class Layer(NamedTuple):
    weights: np.ndarray
    bias: float


class Model(NamedTuple):
    layer: Layer
    rates: tuple


class Found(NamedTuple):
    fields: np.ndarray
    size: float
    status: int


def model(p, x, scale):
    fields = np.empty((2, x.size))
    for i in range(x.size):
        fields[0, i] = p.layer.weights[0, 0] * x[i] * p.rates[0] + p.layer.bias
        fields[1, i] = p.layer.weights[1, 0] * x[i] * x[i] * p.rates[1][0]
    total = 0.0
    for row in p.layer.weights:
        total += row[0] * row[1]
    return Found(fields, total * scale * p.layer.bias, 3), (x * p.layer.bias,)


P = Model(Layer(np.array([[1.0, 2.0], [3.0, 4.0]]), 0.5), (2.0, np.array([1.5])))
X = np.array([0.1, 0.2, 0.3])


def leaves(tree):
    """Arrays and numbers of a tree, from left to right."""
    return [leaf for part in tree for leaf in leaves(part)] if isinstance(tree, tuple) else [np.asarray(tree)]


def structure(tree):
    """Classes of tuples inside tuples."""
    return (type(tree), *map(structure, tree)) if isinstance(tree, tuple) else None


by_all = {operator: operator(model, argnums=(0, 1, 2)) for operator in MODES}


@pytest.mark.parametrize("operator", some(MODES, 2))
def test_nested_tuples_against_plain_python(operator):
    blocks = by_all[operator](P, X, 2.0)
    (fields, size, _), other = differentiate(model, (P, X, 2.0), (0, 1, 2))[1]
    assert_close((blocks[0][:2], blocks[1]), ((fields, size), other), 1e-14)
    assert not any(leaf.any() for leaf in leaves(blocks[0].status))
    by_inputs = structure((P, X, 2.0))
    assert structure(blocks) == (tuple, (Found, *[by_inputs] * 3), (tuple, by_inputs))


@pytest.mark.parametrize("operator", MODES)
def test_order_of_argnums(operator):
    by_y, by_x = operator(lambda x, y: x * y * y, argnums=(1, 0))(np.array([3.0]), 5.0)
    assert (by_y.tolist(), by_x.tolist()) == ([30.0], [[25.0]])


@pytest.mark.parametrize("operator", some(MODES, 2))
def test_empty_arrays(operator):
    blocks = by_all[operator](P, X[:0], 2.0)
    assert [leaf.shape for leaf in leaves(blocks[1])] == [(0, 2, 2), (0,), (0,), (0, 1), (0, 0), (0,)]
    assert blocks[0].size[2] == 7.0  # (1 * 2 + 3 * 4) * 0.5


@pytest.mark.parametrize("operator", MODES)
def test_single_precision_in_and_out(operator):
    """Also where the function computes in double precision, and by outputs that are whole numbers."""
    single = Layer(np.ones(2, np.float32), np.float32(0.5))
    blocks = operator(lambda p, scale: (scale * p.weights, p.weights[0] * p.bias * scale, 3))(single, np.float64(2.0))
    assert [leaf.dtype.name for leaf in leaves(blocks) if leaf.ndim] == ["float32"] * 4


@pytest.mark.parametrize("operator", MODES)
def test_whole_numbers_in_a_tuple_are_taken_as_floats(operator):
    (by_first, by_second), _ = operator(lambda t: (t[0] * t[1], t[1]))((2, np.ones(2)))
    np.testing.assert_array_equal(by_first, np.ones(2))
    np.testing.assert_array_equal(by_second, 2.0 * np.eye(2))


def test_fortran_order_in_reverse_mode():
    a = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], order="F")
    squares, transposed = ad.jacrev(lambda a: (a * a, a.T.copy()))(a)
    np.testing.assert_array_equal(squares.reshape(6, 6), np.diag(2.0 * a.reshape(-1)))
    np.testing.assert_array_equal(transposed, np.einsum("ik,jl->jikl", np.eye(3), np.eye(2)))


@pytest.mark.parametrize("operator", some(MODES, 2))
def test_complex_numbers_beside_real_ones(operator):
    z, x = 1.0 + 2.0j, np.array([1.0, 3.0])
    product, size = operator(lambda z, x: (z * x, (z * z.conjugate()).real * x), argnums=(0, 1))(z, x)
    for found, exact in (
        (product, (x, z * np.eye(2))),
        (size, (2.0 * z.conjugate() * x, abs(z) ** 2 * np.eye(2))),
    ):
        for block, by_hand in zip(found, exact, strict=True):
            np.testing.assert_allclose(block, by_hand, rtol=1e-14)
    kinds = [np.asarray(block).dtype.kind for block in size]
    assert kinds == ["c", "f"]  # a real output by a real input


def test_a_function_that_is_not_holomorphic_is_refused_beside_real_inputs():
    with pytest.raises(ValueError, match="holomorphic"):
        ad.jacfwd(lambda z, x: z.conjugate() * x, argnums=(0, 1))(1.0 + 2.0j, 2.0)


def test_results_that_are_views():
    """The sizes of the views are what the reverse sweep needs to find the cotangents of the array behind."""

    def views(x, n):
        squares = np.zeros((2, x.size))
        for i in range(x.size):
            squares[0, i] = x[i] * x[i]
        m = 2 * n - x.size
        return squares[:, 1 : m + 1], squares.reshape((x.shape[0], n)).T

    assert_close(ad.jacrev(views)(X, 2), differentiate(views, (X, 2))[1], 1e-15)


@pytest.mark.full
def test_reverse_over_reverse():
    second = ad.jacrev(ad.jacrev(lambda x: x * x * x))(X)
    exact = np.zeros((3, 3, 3))
    exact[range(3), range(3), range(3)] = 6.0 * X
    np.testing.assert_allclose(second, exact, rtol=1e-15)
