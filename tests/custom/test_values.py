"""`stop_gradient` and `straight_through`: values to the bit, derivatives as stated, in every mode."""

import math

import numpy as np
import pytest
from numba import njit

import dualad as ad
from dualad.errors import ArgumentError, CompilationError

X = np.array([0.5, -1.25, 3.0])
MODES = ["forward", "reverse"]


@pytest.mark.parametrize("mode", MODES)
def test_stop_gradient_of_numbers_and_arrays(mode):
    assert ad.grad(lambda x: x * ad.stop_gradient(x), mode=mode)(3.0) == 3.0
    found = ad.grad(lambda x: np.sum(x * ad.stop_gradient(x * x)), mode=mode)(X)
    np.testing.assert_array_equal(found, X * X)
    np.testing.assert_array_equal(ad.grad(lambda x: np.sum(ad.stop_gradient(x)), mode=mode)(X), np.zeros(3))


def test_stop_gradient_stops_every_order():
    assert ad.derivative(ad.derivative(lambda x: x * x * ad.stop_gradient(x)))(3.0) == 6.0
    assert ad.second_derivative(lambda x: x * x * ad.stop_gradient(x * x))(3.0) == 18.0
    assert ad.derivative(ad.grad(lambda x: x * x * ad.stop_gradient(x), mode="reverse"))(3.0) == 6.0


def test_stop_gradient_is_the_identity_with_memory_of_its_own():
    kept = ad.stop_gradient((1.0, X, "a"))
    assert kept[0] == 1.0 and kept[2] == "a"
    np.testing.assert_array_equal(kept[1], X)
    assert not np.shares_memory(kept[1], X)

    @njit
    def written(x):
        y = ad.stop_gradient(x)
        y[0] = 7.0
        return x[0], ad.stop_gradient((x[1], 2))

    assert written(X) == (0.5, (-1.25, 2))


def test_stop_gradient_as_an_argument():
    @njit
    def apply(function, x):
        return function(x) * x

    assert ad.derivative(lambda x: apply(ad.stop_gradient, x))(3.0) == 3.0


@pytest.mark.parametrize("mode", MODES)
def test_straight_through_of_values(mode):
    value, slope = ad.value_and_grad(lambda x: ad.straight_through(math.floor(x), x * x), mode=mode)(1.4)
    assert (value, slope) == (1.0, 2.8)
    # the derivative of the first one is dropped
    assert ad.grad(lambda x: ad.straight_through(x * x * x, x), mode=mode)(2.0) == 1.0
    found = ad.grad(lambda x: np.sum(ad.straight_through(np.floor(x), x * x) * x), mode=mode)(X)
    np.testing.assert_array_equal(found, 2.0 * X * X + np.floor(X))


def test_straight_through_has_the_bits_of_the_hard_value():
    hard, soft = 0.1, 1e17  # soft + (hard - soft) would round to 0
    assert ad.straight_through(hard, soft) == hard
    assert njit(lambda x: ad.straight_through(0.1, x))(soft) == hard
    assert ad.value_and_grad(lambda x: ad.straight_through(0.1, x))(soft) == (hard, 1.0)


def test_straight_through_of_functions():
    step = ad.straight_through(lambda x: x > 0.0, lambda x: math.tanh(2.0 * x))
    assert step(0.5) == 1.0 and step(-0.5) == 0.0
    for mode in MODES:
        assert ad.grad(lambda x: 3.0 * step(x), mode=mode)(0.0) == 6.0
        assert ad.grad(step, mode=mode)(0.0) == 2.0


def test_straight_through_in_second_order():
    step = ad.straight_through(lambda x: 1.0 if x > 0.0 else 0.0, lambda x: x**3)
    assert ad.second_derivative(lambda x: step(x) * x)(2.0) == 2 * 12.0 + 2.0 * 12.0
    assert ad.derivative(ad.grad(lambda x: step(x) * x, mode="reverse"))(2.0) == 48.0


def test_straight_through_keeps_single_precision():
    x = X.astype(np.float32)
    value, jacobian = ad.value_and_jacobian(lambda x: ad.straight_through(np.floor(x), x))(x)
    assert value.dtype == jacobian.dtype == np.float32
    np.testing.assert_array_equal(jacobian, np.eye(3))


def test_mistakes_are_named():
    with pytest.raises(ArgumentError, match="both functions or both values"):
        ad.straight_through(math.floor, 1.0)
    with pytest.raises(ValueError, match="different shapes"):
        ad.straight_through(X, X[:2])
    with pytest.raises(ValueError, match="different shapes"):
        ad.jacfwd(lambda x: ad.straight_through(x[:1], x))(X)
    with pytest.raises(CompilationError):
        ad.derivative(lambda x: ad.straight_through(x, 1))(2.0)
