"""Products with the result of a singular function: an exact zero beats an infinite slope."""

import math

import numpy as np
import pytest

import dualad as ad


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (lambda x: x * math.log(x), -math.inf),
        (lambda x: x * math.sqrt(x), 0.0),
        (lambda x: math.sqrt(x) * x, 0.0),
        (lambda x: x * x**0.5, 0.0),
    ],
)
def test_scalars_at_zero(function, slope):
    assert ad.derivative(function)(0.0) == slope


def test_arrays_and_mixed_operands():
    def entropy(p, w):
        return np.sum(p * np.log(p)) + np.sum(w * np.sqrt(p)) + np.sum(np.sqrt(p) * p)

    p = np.array([0.25, 1.0, 4.0])
    by_p, by_w = ad.grad(entropy, argnums=(0, 1))(p, 3.0)
    np.testing.assert_allclose(by_p, np.log(p) + 1 + 1.5 / np.sqrt(p) + 1.5 * np.sqrt(p), rtol=1e-14)
    assert by_w == np.sum(np.sqrt(p))
    at_zero = ad.grad(lambda p: np.sum(p * np.log(p)))(np.array([0.0, 0.5]))
    assert at_zero[0] == -np.inf
    assert at_zero[1] == pytest.approx(1 + math.log(0.5))


def test_second_derivative_is_unchanged_elsewhere():
    assert ad.second_derivative(lambda x: x * math.log(x))(0.5) == pytest.approx(2.0, rel=1e-15)
