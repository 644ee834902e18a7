"""`second_jvp`: against closed forms and against other routes to the same numbers."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from numba import njit

import dualad as ad
from dualad.errors import ArgumentError, OutputError

X, V, W = np.random.default_rng(3).random((3, 4))


@njit
def several(x, k):
    """Outputs of every kind: an array, a float, and what does not move."""
    out = np.empty((2, x.size))
    for i in range(x.size):
        out[0, i] = math.sin(x[i]) * x[i - 1]
        out[1, i] = k * x[i] * x[i] * x[i]
    return out, x[0] * x[1], k, np.arange(3), np.ones(2)


def test_every_kind_of_output():
    value, (by_v, by_w), second = ad.second_jvp(several)((X, 2), (V, None), (W, 0))
    for found, exact in zip(value, several(X, 2), strict=True):
        np.testing.assert_array_equal(found, exact)
    before = np.roll(np.arange(4), 1)
    for found, d in ((by_v, V), (by_w, W)):
        np.testing.assert_allclose(found[0][0], np.cos(X) * d * X[before] + np.sin(X) * d[before], rtol=1e-14)
        np.testing.assert_allclose(found[0][1], 6.0 * X**2 * d, rtol=1e-14)
        assert found[1] == pytest.approx(d[0] * X[1] + X[0] * d[1], rel=1e-15)
    curved = -np.sin(X) * V * W * X[before] + np.cos(X) * (V * W[before] + W * V[before])
    np.testing.assert_allclose(second[0][0], curved, rtol=1e-13)
    np.testing.assert_allclose(second[0][1], 12.0 * X * V * W, rtol=1e-14)
    assert second[1] == pytest.approx(V[0] * W[1] + V[1] * W[0], rel=1e-15)
    for parts in (by_v, by_w, second):
        assert parts[2] == 0.0
        np.testing.assert_array_equal(parts[3], np.zeros(3))
        np.testing.assert_array_equal(parts[4], np.zeros(2))


def energy(x):
    total = 0.0
    for i in range(x.size):
        total += math.exp(x[i] * x[i - 1])
    return total


def test_it_is_the_hessian_between_two_vectors():
    """By the adjoint on numbers with tangents, which shares no driver with hyper-dual numbers."""
    _, _, found = ad.second_jvp(energy)((X,), (V,), (W,))
    assert found == pytest.approx(V @ ad.hvp(energy, mode="reverse")(X, W), rel=1e-13)


@pytest.mark.parametrize("v", [(1.0, None), (1.0, 0.0)])
def test_mixed_partial_derivative(v):
    found = ad.second_jvp(lambda x, y: x * x * y)((3.0, 5.0), v, (None, 1.0))
    assert found == (45.0, (30.0, 9.0), 6.0)


class Line(NamedTuple):
    weights: np.ndarray
    bias: float


def test_named_tuples():
    def scaled(s):
        return Line(s.weights * s.bias, s.bias**3)

    point, v, w = Line(np.ones(2), 2.0), Line(np.array([1.0, 2.0]), 1.0), Line(np.array([1.0, 0.0]), 0.5)
    _, (by_v, by_w), second = ad.second_jvp(scaled)((point,), (v,), (w,))
    assert isinstance(second, Line)
    assert (by_v.weights.tolist(), by_v.bias) == ([3.0, 5.0], 12.0)
    assert (by_w.weights.tolist(), by_w.bias) == ([2.5, 0.5], 6.0)
    assert (second.weights.tolist(), second.bias) == ([1.5, 1.0], 6.0)


power = ad.second_jvp(lambda x: x**4)


def test_single_precision_and_empty_arrays():
    """Empty, and of single precision: the second derivative of x^4 along v and w is 12 x^2 v w."""
    x = np.arange(3, dtype=np.float32)
    assert power((x[:0],), (x[:0],), (x[:0],))[2].shape == (0,)
    value, (by_v, _), second = power((x,), (np.ones(3, np.float32),), (x,))
    assert value.dtype == by_v.dtype == second.dtype == np.float32
    np.testing.assert_array_equal(second, 12 * x**3)


@pytest.mark.full
def test_derivatives_of_it():
    by_point = ad.derivative(lambda a: power((a,), (1.0,), (1.0,))[2])
    by_direction = ad.derivative(lambda a: power((2.0,), (a,), (a,))[2])
    assert by_point(2.0) == pytest.approx(48.0, rel=1e-15)
    assert by_direction(1.0) == pytest.approx(96.0, rel=1e-15)


@pytest.mark.full
def test_many_pairs_by_vmap():
    """All pairs of unit vectors: the Hessian."""
    pairs = ad.vmap(ad.second_jvp(energy), in_axes=(None, 0, 0), parallel=False)
    rows, columns = np.repeat(np.eye(4), 4, axis=0), np.tile(np.eye(4), (4, 1))
    _, _, second = pairs((X,), (rows,), (columns,))
    np.testing.assert_allclose(second.reshape(4, 4), ad.hessian(energy)(X), rtol=1e-13)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: power(2.0, 1.0, 1.0), ArgumentError, ["`primals`", "tuple"]),
        (lambda: power((2.0,), (1.0, 1.0), (1.0,)), ArgumentError, ["1 entries", "`v` has 2"]),
        (lambda: power((2.0,), (1.0,), (None,)), ArgumentError, ["no argument", "`w`"]),
        (lambda: power((X,), (1.0,), (X,)), ArgumentError, ["axes"]),
        (lambda: power((X,), (np.eye(4),), (np.eye(4),)), ArgumentError, ["ad.vmap"]),
        (lambda: power((X,), (X[:2],), (X,)), ValueError, ["another shape"]),
        (lambda: power((1j,), (1.0,), (1.0,)), ArgumentError, ["complex"]),
        (lambda: power((2.0,), (1.0,)), ArgumentError, ["missing", "'w'"]),
        (lambda: ad.second_jvp(lambda x: 1)((2.0,), (1.0,), (1.0,)), OutputError, ["int64"]),
    ],
)
def test_mistakes_are_named(make, error, words):
    with pytest.raises(error) as caught:
        make()
    for word in words:
        assert word in str(caught.value)
