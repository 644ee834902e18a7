"""Operators called in jitted code: the derivative is made when that code is compiled."""

import math

import numpy as np
import pytest
from numba import njit

import dualad as ad
from dualad.errors import ArgumentError, UnsupportedError


def product(x):
    total = 0.0
    for i in range(x.size):
        total += math.sin(x[i]) * x[i - 1]
    return total


def gradient(x):
    return np.cos(x) * np.roll(x, 1) + np.roll(np.sin(x), -1)


@njit
def cube(x):
    return x**3


@njit
def net(w, t):
    return w[0] * math.tanh(w[1] * t + w[2])


X = np.array([0.3, 0.7, 1.1, -0.4])


def test_a_plain_function_a_lambda_and_options():
    @njit
    def several(x):
        made = ad.grad(product, mode="reverse")
        value, found = ad.value_and_grad(product, argnums=0)(x)
        return made(x) + found, ad.derivative(lambda y: y * y * y)(value)

    both, slope = several(X)
    np.testing.assert_allclose(both, 2.0 * gradient(X), rtol=1e-14)
    assert slope == pytest.approx(3.0 * product(X) ** 2, rel=1e-14)


def test_a_function_that_is_handed_over_and_operators_of_operators():
    @njit
    def newton(f, x):
        for _ in range(30):
            x -= f(x) / ad.derivative(f)(x)
        return x, ad.derivative(ad.derivative(f))(x)

    root, curvature = newton(njit(lambda x: x * x - 2.0), 1.0)
    assert (root, curvature) == (pytest.approx(math.sqrt(2.0), rel=1e-15), 2.0)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_differentiated_again(mode):
    """The residual of u' = -u, which a small network is to satisfy; the derivative inside is by another variable."""

    def loss(w, ts):
        total = 0.0
        for i in range(ts.size):
            residual = ad.derivative(net, argnums=1)(w, ts[i]) + net(w, ts[i])
            total += residual * residual
        return total

    def by_hand(w, ts):
        z = np.tanh(w[1] * ts + w[2])
        return np.sum((w[0] * w[1] * (1.0 - z * z) + w[0] * z) ** 2)

    w, ts = np.array([0.5, 1.2, -0.3]), np.linspace(0.0, 1.0, 7)
    expected = [by_hand(w + 1e-30j * unit, ts).imag / 1e-30 for unit in np.eye(3)]
    np.testing.assert_allclose(ad.grad(loss, mode=mode)(w, ts), expected, rtol=1e-12)


jacobian_inside = ad.jacfwd(njit(lambda x: np.array([x[0] * x[1], x[1] ** 3])))
gradient_inside = ad.grad(njit(lambda x: x[0] ** 2 * x[1]), mode="forward")
derivatives_inside = ad.derivative(njit(lambda t: np.array([t * t, math.sin(t)])))
second_inside = ad.derivative(ad.derivative(cube))


def of_jacobian(x):
    found = jacobian_inside(x)
    return found[0, 0] * found[1, 1]


def of_gradient(x):
    found = gradient_inside(x)
    return found[0] * found[1]


def of_derivatives(t):
    found = derivatives_inside(t)
    return found[0] * found[1]


def of_second(t):
    return second_inside(t) * t


@pytest.mark.parametrize(
    ("function", "at", "expected"),
    [
        (of_jacobian, np.array([2.0, 3.0]), [0.0, 81.0]),
        (of_gradient, np.array([2.0, 3.0]), [72.0, 16.0]),
        (of_derivatives, 0.7, 2.0 * math.cos(0.7) - 1.4 * math.sin(0.7)),
        (of_second, 3.0, 36.0),
    ],
)
def test_reverse_mode_over_forward_mode(function, at, expected):
    """Numbers with tangents have no adjoint: the derivative inside is taken in reverse mode."""
    np.testing.assert_allclose(ad.grad(function, mode="reverse")(at), expected, rtol=1e-14)


def test_what_has_no_reverse_mode_is_refused():
    curvature = ad.second_derivative(cube)
    with pytest.raises(UnsupportedError, match="in forward mode inside"):
        ad.grad(lambda x: curvature(x) * x, mode="reverse")(1.0)


@njit
def with_option(x, mode):
    return ad.grad(product, mode=mode)(x)


@njit
def with_local(x, c):
    def scaled(y):
        return c * y

    return ad.derivative(scaled)(x)


@njit
def of_no_function(x):
    return ad.grad(x)(x)


@njit
def with_unknown_option(x):
    return ad.grad(product, modus="reverse")(x)


@njit
def with_wrong_option(x):
    return ad.grad(product, mode="backward")(x)


@pytest.mark.parametrize(
    ("function", "args", "words"),
    [
        (with_option, (X, "reverse"), "only known when the code runs"),
        (with_local, (1.0, 2.0), "only known when the code runs"),
        (of_no_function, (X,), "only known when the code runs"),
        (with_unknown_option, (X,), "unexpected keyword argument 'modus'"),
        (with_wrong_option, (X,), "expected 'auto', 'forward' or 'reverse'"),
    ],
)
def test_what_must_be_known_is_asked_for(function, args, words):
    with pytest.raises(ArgumentError, match=words) as caught:
        function(*args)
    assert "test_inside.py, line" in str(caught.value) and "^" in str(caught.value)
