"""`gauss_newton`: against products with closed-form Jacobians, and as what solvers take."""

from typing import NamedTuple

import numpy as np
import pytest
from numba import njit

import dualad as ad
from dualad.errors import ArgumentError, OutputError, UnsupportedError

T = np.linspace(0.0, 1.0, 9)
SEEN = np.random.default_rng(5).random(9)
P = np.array([1.0, 2.0])
V = np.random.default_rng(6).random((5, 2))


@njit
def decay(p, t, seen):
    out = np.empty(t.size)
    for i in range(t.size):
        out[i] = p[0] * np.exp(-p[1] * t[i]) - seen[i]
    return out


def matrix(p):
    """Closed form of the Jacobian of `decay`."""
    return np.stack([np.exp(-p[1] * T), -p[0] * T * np.exp(-p[1] * T)], axis=1)


@njit
def soft(r):
    return np.sum(np.sqrt(1.0 + r * r))


class Line(NamedTuple):
    weights: np.ndarray
    bias: float


def line(s, x):
    return s.weights * x + s.bias, s.bias**2, 3


product = ad.gauss_newton(decay)
gradient = ad.grad(lambda p, t, seen: 0.5 * np.sum(decay(p, t, seen) ** 2), mode="reverse")
softened = ad.gauss_newton(decay, loss=soft)


def test_against_the_matrix():
    exact = matrix(P).T @ matrix(P)
    np.testing.assert_allclose(product(P, T, SEEN, V[0]), exact @ V[0], rtol=1e-13)
    np.testing.assert_allclose(product(P, T, SEEN, V), V @ exact, rtol=1e-13)  # several at once


def test_with_the_hessian_of_a_loss():
    curvature = (1.0 + decay(P, T, SEEN) ** 2) ** -1.5
    exact = matrix(P).T @ np.diag(curvature) @ matrix(P)
    np.testing.assert_allclose(softened(P, T, SEEN, V[0]), exact @ V[0], rtol=1e-13)
    np.testing.assert_allclose(softened(P, T, SEEN, V), V @ exact, rtol=1e-13)


def test_of_linear_residuals_it_is_the_hessian():
    @njit
    def differences(x):
        out = np.empty(x.size)
        for i in range(x.size):
            out[i] = x[i] - 3.0 * x[i - 1]
        return out

    x, v = np.array([0.2, 1.0, -0.7]), np.array([1.0, -2.0, 0.5])
    curved = ad.hvp(lambda x: soft(differences(x)))(x, v)
    np.testing.assert_allclose(ad.gauss_newton(differences, loss=soft)(x, v), curved, rtol=1e-13)


def test_named_tuples_and_several_arguments():
    """J is by hand: the residuals are (2 w + b, b^2) at x = 2, by w, b and x; a count beside them does not move."""
    j = np.array([[2.0, 0.0, 1.0, 1.0], [0.0, 2.0, 1.0, 1.0], [0.0, 0.0, 6.0, 0.0]])
    v = np.array([1.0, 2.0, 1.0, -1.0])
    s, along = Line(np.ones(2), 3.0), Line(v[:2], v[2])
    found = ad.gauss_newton(line)(s, 2.0, along)
    assert isinstance(found, Line)
    exact = j[:, :3].T @ j[:, :3] @ v[:3]
    np.testing.assert_allclose([*found.weights, found.bias], exact, rtol=1e-14)
    by_s, by_x = ad.gauss_newton(line, argnums=(0, 1))(s, 2.0, (along, v[3]))
    np.testing.assert_allclose([*by_s.weights, by_s.bias, by_x], j.T @ j @ v, rtol=1e-14)


@pytest.mark.parametrize(("x", "v"), [(2.0, 1.0), (2, 1)])
def test_scalars(x, v):
    assert ad.gauss_newton(lambda x: x * x)(x, v) == 16.0


@pytest.mark.full
def test_float32_stays_and_empty_arrays():
    square = ad.gauss_newton(lambda x: x * x)
    found = square(np.full(2, 2, np.float32), np.ones(2, np.float32))
    assert found.dtype == np.float32
    assert found.tolist() == [16.0, 16.0]
    assert square(np.empty(0), np.empty(0)).shape == (0,)


def test_arguments_that_the_residual_overwrites():
    """Both sweeps find what was given."""

    def counted(x, seen):
        seen[0] += 1.0
        return x * seen[0]

    seen = np.zeros(1)
    assert ad.gauss_newton(counted)(np.ones(3), seen, np.ones(3)).tolist() == [1.0, 1.0, 1.0]
    assert seen[0] == 0.0


@pytest.mark.full
def test_derivative_of_a_product():
    """By complex step on the closed form."""
    found = ad.derivative(lambda a: product(a * P, T, SEEN, V[0]))(1.0)
    j = matrix(P * (1.0 + 1e-30j))
    np.testing.assert_allclose(found, (j.T @ (j @ V[0])).imag / 1e-30, rtol=1e-12)


def test_conjugate_gradients_in_jitted_code():
    """A Gauss-Newton step against NumPy's least squares."""

    @njit
    def step(p, t, seen):
        residual, found = -gradient(p, t, seen), np.zeros_like(p)
        direction = residual.copy()
        for _ in range(2):
            curved = product(p, t, seen, direction)
            length = residual @ residual / (direction @ curved)
            found += length * direction
            smaller = residual - length * curved
            direction = smaller + (smaller @ smaller) / (residual @ residual) * direction
            residual = smaller
        return found

    exact = np.linalg.lstsq(matrix(P), -decay(P, T, SEEN))[0]
    np.testing.assert_allclose(step(P, T, SEEN), exact, rtol=1e-10)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: product(P, T, SEEN, np.ones(3)), ValueError, ["gauss_newton", "another shape"]),
        (lambda: product(P, T, SEEN), ArgumentError, ["missing", "'v'"]),
        (lambda: product(P, T, SEEN, 1.0), ArgumentError, ["gauss_newton", "axes"]),
        (lambda: ad.gauss_newton(decay, argnums=(0,))(P, T, SEEN, P), ArgumentError, ["a tuple of 1"]),
        (lambda: ad.gauss_newton(decay, argnums=4)(P, T, SEEN, P), ArgumentError, ["argument number 4"]),
        (lambda: ad.gauss_newton(lambda x: x)(np.arange(3), np.ones(3)), ArgumentError, ["`x`", "astype"]),
        (lambda: ad.gauss_newton(lambda x: 1j * x)(1.0, 1.0), OutputError, ["complex", "conjugate"]),
        (lambda: ad.gauss_newton(lambda x: x)(1j, 1.0), ArgumentError, ["complex", "conjugate"]),
        (lambda: ad.gauss_newton(lambda *x: x[0]), ArgumentError, ["`*x`", "vector"]),
        (lambda: ad.gauss_newton(decay, loss=decay), ArgumentError, ["3 arguments", "`decay` returns"]),
        (lambda: ad.gauss_newton(decay, loss=lambda r: r)(P, T, SEEN, P), OutputError, ["one real float"]),
        (lambda: ad.gauss_newton(decay, loss=3.0), ArgumentError, ["expected a function"]),
        (lambda: ad.gauss_newton(lambda x: np.clip(x, a_min=0.0, a_max=1.0))(P, P), UnsupportedError, ["np.clip"]),
    ],
)
def test_mistakes_are_named(make, error, words):
    with pytest.raises(error) as caught:
        make()
    for word in words:
        assert word in str(caught.value)
