"""Derivatives of functions that call derivative functions: no perturbation is mistaken for another."""

import math

import numba as nb
import numpy as np
import pytest

import dualad as ad
from tests.compare import assert_close


def _sum(x, y):
    return x + y


def _product(x, y):
    return x * y


def _cubic(x, y):
    return x * y * y * y


def _energy(v):
    return (v**4).sum() + v[0] * v[1] * v[2]


def _loss(w, a):
    return (w - a) * (w - a) * w


sum_by_y = ad.derivative(_sum, argnums=1)
product_by_y = ad.derivative(_product, argnums=1)
cubic_by_y = ad.derivative(_cubic, argnums=1)
sine_slope = ad.derivative(lambda x: math.sin(x))
energy_gradient = ad.grad(_energy)
loss_slope = ad.derivative(_loss)
X = np.array([0.3, -0.7, 1.1])


@pytest.mark.parametrize(
    "program, x, slope",
    [
        (lambda x: x * sum_by_y(x, 1.0), 3.0, 1.0),
        (lambda x: x * product_by_y(x, 1.0), 3.0, 6.0),
        (lambda x: product_by_y(x, x), 3.0, 1.0),
        (lambda x: cubic_by_y(2.0, x), 3.0, 36.0),
        (lambda x: cubic_by_y(x, x), 3.0, 81.0),
        (lambda x: sine_slope(x * x), 0.8, -1.6 * math.sin(0.64)),
        (lambda x: x * sine_slope(2.0), 0.8, math.cos(2.0)),
        (lambda x: loss_slope(x, 0.5) ** 2, 2.0, 2 * (3 * 4 - 4 * 0.5 * 2 + 0.25) * (6 * 2 - 4 * 0.5)),
    ],
)
def test_derivative_of_a_program_that_differentiates(program, x, slope):
    assert_close(ad.derivative(program)(x), slope, 1e-14)
    assert_close(ad.grad(program)(x), slope, 1e-14)


def test_inner_step_of_a_learner():
    """d/dw loss(w - 0.1 loss'(w)), by the chain rule."""

    def outer(w):
        return _loss_compiled(w - 0.1 * loss_slope(w, 0.5), 0.5)

    w, a = 1.7, 0.5
    first = lambda w: 3 * w * w - 4 * a * w + a * a
    inner = w - 0.1 * first(w)
    assert_close(ad.derivative(outer)(w), first(inner) * (1 - 0.1 * (6 * w - 4 * a)), 1e-13)


_loss_compiled = nb.njit(_loss)


def test_derivatives_of_derivatives():
    f = lambda x: math.sin(2.0 * x)
    first = ad.derivative(f)
    second = ad.derivative(first)
    third = ad.derivative(second)
    x = 0.4
    exact = (2 * math.cos(0.8), -4 * math.sin(0.8), -8 * math.cos(0.8))
    assert_close((first(x), second(x), third(x)), exact, 1e-14)
    assert_close(ad.second_derivative(first)(x), exact[2], 1e-14)
    assert_close(ad.derivative(ad.second_derivative(f))(x), exact[2], 1e-14)


def _energy_hessian(v):
    cross = np.array([[0.0, v[2], v[1]], [v[2], 0.0, v[0]], [v[1], v[0], 0.0]])
    return 12.0 * np.diag(v**2) + cross


def test_jacobian_of_a_gradient_is_the_hessian():
    assert_close(ad.jacfwd(energy_gradient)(X), _energy_hessian(X), 1e-14)
    assert_close(ad.jacfwd(ad.jacfwd(_energy))(X), _energy_hessian(X), 1e-14)
    assert_close(ad.hessian(_energy)(X), _energy_hessian(X), 1e-14)


def test_gradient_of_a_squared_gradient():
    def program(v):
        g = energy_gradient(v)
        return (g * g).sum()

    assert_close(ad.grad(program)(X), 2.0 * _energy_hessian(X) @ energy_gradient(X), 1e-13)


def test_hessian_of_a_program_that_differentiates():
    """f(x) = x * d/dy (x y**3) at y = x is 3 x**4."""
    assert_close(ad.second_derivative(lambda x: x * cubic_by_y(x, x))(1.5), 36 * 1.5**2, 1e-14)


def test_nested_call_in_a_loop():
    def newton(a):
        x = 1.0
        for _ in range(40):
            x = x - (x * x * x - a) / cube_slope(x)
        return x

    cube_slope = ad.derivative(lambda x: x * x * x)
    assert_close(ad.derivative(newton)(5.0), 5.0 ** (-2 / 3) / 3, 1e-13)


def test_jvp_inside():
    push = ad.jvp(_energy)

    def program(v, direction):
        return push((v,), (direction,))[1]

    direction = np.array([1.0, 0.5, -2.0])
    assert_close(ad.grad(program)(X, direction), _energy_hessian(X) @ direction, 1e-13)
    assert_close(ad.grad(program, argnums=1)(X, direction), energy_gradient(X), 1e-13)


def test_three_levels_in_different_variables():
    """d/dx d/dy d/dz of x y z (x + y + z), mixed, at (2, 3, 5): 2 (x + y + z)."""
    f = lambda x, y, z: x * y * z * (x + y + z)
    mixed = ad.derivative(ad.derivative(ad.derivative(f, argnums=2), argnums=1), argnums=0)
    assert_close(mixed(2.0, 3.0, 5.0), 20.0, 1e-14)
