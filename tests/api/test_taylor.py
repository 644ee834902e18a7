"""`taylor` of programs: against closed forms, series arithmetic, nested derivatives, and JAX's own series."""

import math
import pickle
from collections import namedtuple

import mpmath as mp
import numpy as np
import pytest
from numba import njit

import dualad as ad
from dualad.errors import ArgumentError, UnsupportedError
from dualad.numbers.orders import WRITTEN_OUT

FACTORIALS = np.array([float(math.factorial(k)) for k in range(31)])


def wave(x):
    return math.exp(x) * math.sin(2.0 * x) / (1.0 + x * x)


def wave_by_mpmath(x, order):
    with mp.workdps(60):
        found = mp.taylor(lambda t: mp.exp(t) * mp.sin(2 * t) / (1 + t * t), mp.mpf(x), order)
        return np.array([float(c) for c in found])


@pytest.mark.parametrize("order", [0, 1, 2, WRITTEN_OUT, WRITTEN_OUT + 1, 30])
def test_orders(order):
    got, want = ad.taylor(wave, order)(0.4, 1.0), wave_by_mpmath(0.4, order)
    assert got.shape == (order + 1,)
    assert got[0] == wave(0.4)
    assert np.allclose(got, want, rtol=1e-12, atol=1e-14 * np.abs(want).max())


def test_the_direction_scales_the_variable():
    plain, double = ad.taylor(wave, 5)(0.4, 1.0), ad.taylor(wave, 5)(0.4, -2.0)
    assert np.allclose(double, plain * (-2.0) ** np.arange(6), rtol=1e-14)


def test_loops_buffers_and_branches():
    """Coefficients of 1 / (1 - x) by a loop that fills an array in place and leaves it early."""

    def geometric(x, tolerance):
        powers = np.zeros(200)
        powers[0] = 1.0
        for i in range(1, powers.size):
            powers[i] = powers[i - 1] * x
            if powers[i] < tolerance:
                break
        return powers.sum()

    got = ad.taylor(geometric, 4)(0.3, 1e-60, 1.0)
    assert np.allclose(got, 0.7 ** -np.arange(1.0, 6.0), rtol=1e-13)


@njit
def continued(x, depth):
    if depth == 0:
        return x
    return x + 1.0 / continued(x, depth - 1)


def test_recursion():
    """Deep continued fractions tend to x / 2 + sqrt(x * x / 4 + 1)."""
    want = ad.taylor(lambda x: x / 2.0 + math.sqrt(x * x / 4.0 + 1.0), 4)(1.5, 1.0)
    assert np.allclose(ad.taylor(continued, 4)(1.5, 60, 1.0), want, rtol=1e-12)


def series_product(a, b):
    """Of two matrix series, along their first axis."""
    return np.array([sum(a[j] @ b[k - j] for j in range(k + 1)) for k in range(len(a))])


@pytest.mark.parametrize("order", [3, pytest.param(10, marks=pytest.mark.full)])
def test_products_of_matrices(order):
    """Where both factors move, all products of coefficients count; one constant factor is a linear map."""
    rng = np.random.default_rng(1)
    a, v, b = rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), rng.normal(size=(2, 3))
    line = np.zeros((order + 1, 3, 2))
    line[0], line[1] = a, v
    both = series_product(line, line.transpose(0, 2, 1))
    square, linear, dot = ad.taylor(lambda a, b: (a @ a.T, b @ a, np.dot(a[:, 0], a[:, 1])), order)(a, b, v)
    assert np.allclose(square, both, atol=1e-13)
    assert np.allclose(linear, b @ line, atol=1e-13)
    columns = series_product(line[:, :, 0][:, None, :], line[:, :, 1][:, :, None])
    assert np.allclose(dot, columns[:, 0, 0], atol=1e-13)


Point = namedtuple("Point", ["place", "speed"])


def test_tuples_arguments_and_outputs():
    def f(scale, state, n):
        return state.place * state.place * scale, state.speed**n, n, 2.5

    state = Point(np.array([1.0, 2.0]), 3.0)
    along = Point(np.array([1.0, 0.0]), -1.0)
    places, power, count, constant = ad.taylor(f, 2, argnums=1)(2.0, state, 3, along)
    assert np.array_equal(places, [[2.0, 8.0], [4.0, 0.0], [2.0, 0.0]])
    assert np.allclose(power, [27.0, -27.0, 9.0], rtol=1e-15)
    assert np.array_equal(count, [3, 0, 0]) and np.array_equal(constant, [2.5, 0.0, 0.0])
    both = ad.taylor(lambda x, y: x * y, 2, argnums=(0, 1))(2.0, 3.0, (1.0, 10.0))
    assert np.array_equal(both, [6.0, 23.0, 10.0])


def test_results_written_into_an_argument():
    """The habit of solvers; neither the argument nor what was in it is touched."""

    def rhs(t, y, dy):
        dy[0] = y[1] * t
        dy[1] = -y[0] * y[0]

    rates = ad.taylor(rhs, 2, argnums=1, out_argnums=2)
    y, dy = np.array([2.0, 3.0]), np.full(2, 7.0)
    assert np.array_equal(rates(0.5, y, dy, y), [[1.5, -4.0], [1.5, -8.0], [0.0, -4.0]])
    assert np.array_equal(y, [2.0, 3.0]) and np.array_equal(dy, [7.0, 7.0])


def test_overwritten_arguments_are_the_functions_own():
    def f(x):
        x[0] = x[0] * x[1]
        x[1] += x[0]
        return x

    x = np.array([2.0, 3.0])
    assert np.array_equal(ad.taylor(f, 2)(x, x), [[6.0, 9.0], [12.0, 15.0], [6.0, 6.0]])
    assert np.array_equal(x, [2.0, 3.0])


def test_shapes_types_and_views():
    square = ad.taylor(lambda x: x * x, 2)
    assert square(np.zeros((0, 3)), np.zeros((0, 3))).shape == (3, 0, 3)
    assert square(np.array(3.0), np.array(1.0)).tolist() == [9.0, 6.0, 1.0]
    assert square(3, 1).tolist() == [9.0, 6.0, 1.0]
    got = square(np.arange(6.0)[::2], np.arange(6.0)[::-2])
    assert np.array_equal(got, [[0.0, 4.0, 16.0], [0.0, 12.0, 8.0], [25.0, 9.0, 1.0]])
    single = square(np.ones(2, np.float32), np.ones(2, np.float32))
    assert single.dtype == np.float32 and np.array_equal(single, [[1, 1], [2, 2], [1, 1]])
    assert square(np.float32(1.0), np.float32(1.0)).dtype == np.float32


@pytest.mark.parametrize("order", [3, 10])
def test_complex_numbers_inside(order):
    def f(x):
        z = np.exp(1j * x) / (x + 2j) + np.sqrt(x + 1j)
        return z, np.conj(z), abs(z)

    with mp.workdps(40):
        exact = mp.taylor(lambda x: mp.exp(1j * x) / (x + 2j) + mp.sqrt(x + 1j), mp.mpf(0.7), order)
        want = np.array([complex(c) for c in exact])
    z, conjugate, modulus = ad.taylor(f, order)(0.7, 1.0)
    assert np.allclose(z, want, rtol=1e-12, atol=1e-14)
    assert np.array_equal(conjugate, z.conj())
    # |z|**2 = z conj(z), as series
    squares = [sum(want[j] * want[k - j].conjugate() for j in range(k + 1)).real for k in range(order + 1)]
    again = [sum(modulus[j] * modulus[k - j] for j in range(k + 1)) for k in range(order + 1)]
    assert np.allclose(again, squares, rtol=1e-12, atol=1e-13)


# other derivatives inside and outside

third = ad.taylor(wave, 3)
slope_of_wave = ad.derivative(wave)
steep = ad.grad(lambda x: np.sum(x**3) * math.exp(x[0]), mode="reverse")


def test_derivatives_of_coefficients():
    want = wave_by_mpmath(0.4, 4)

    def second_coefficient(x):
        return third(x, 1.0)[2]

    def by_the_direction(v):
        return third(0.4, v)[3]

    assert np.isclose(ad.derivative(second_coefficient)(0.4), 3.0 * want[3], rtol=1e-12)
    assert np.isclose(ad.second_derivative(second_coefficient)(0.4), 12.0 * want[4], rtol=1e-12)
    assert np.isclose(ad.derivative(by_the_direction)(2.0), 12.0 * want[3], rtol=1e-12)


def test_coefficients_of_derivatives():
    want = wave_by_mpmath(0.4, 4)
    assert np.allclose(ad.taylor(slope_of_wave, 3)(0.4, 1.0), want[1:] * np.arange(1, 5), rtol=1e-12)
    x, v = np.array([0.7, 0.2]), np.array([1.0, -2.0])
    found = ad.taylor(steep, 2)(x, v)
    assert np.allclose(found[0], steep(x), rtol=1e-14)
    assert np.allclose(found[1], ad.hvp(lambda x: np.sum(x**3) * math.exp(x[0]))(x, v), rtol=1e-13)


def times(x, y):
    return x * y * y


by_y = ad.taylor(times, 1, argnums=1)


def test_no_confusion_of_variables():
    """d/dx of (2 x y at y = x), whose x is no variable of the inner series."""

    def diagonal(x):
        return by_y(x, x, 1.0)[1]

    assert ad.derivative(diagonal)(0.7) == pytest.approx(4 * 0.7, rel=1e-15)
    # a constant series inside another one
    assert np.array_equal(ad.taylor(lambda x: x * by_y(3.0, 2.0, 1.0)[1], 2)(1.0, 1.0), [12.0, 12.0, 0.0])


# what is refused


def coefficient(x):
    return third(x, 1.0)[1]


squares = ad.taylor(lambda x: x * x, 2)


def slopes(x):
    return squares(x, np.ones(3))[1]


@ad.custom_jvp
def cube(x):
    return x * x * x


@cube.defjvp
def cube_jvp(primals, tangents):
    return cube(primals[0]), 3.0 * primals[0] ** 2 * tangents[0]


cubes = ad.taylor(lambda x: cube(x), 2)


def cubic_coefficient(x):
    return cubes(x, 1.0)[2]


@ad.custom_jvp
def half_as_steep(x):
    return abs(x)


@half_as_steep.defjvp
def half_as_steep_jvp(primals, tangents):
    return half_as_steep(primals[0]), 0.5 * tangents[0]


def halved(x):
    return half_as_steep(x * x)


@ad.custom_vjp
def squared(x):
    return x * x


squared.defvjp(lambda x: (x * x, x), lambda x, y_bar: (2.0 * x * y_bar,))


@pytest.mark.full
def test_rule_of_the_user():
    """The rule gives the slope at each order, for its own arguments and inside other derivatives."""
    x, v = np.array([1.0, -2.0]), np.array([2.0, 1.0])
    want = ad.taylor(lambda x: (x * x * x) * np.sin(x), 3)(x, v)
    assert np.allclose(ad.taylor(lambda x: cube(x) * np.sin(x), 3)(x, v), want, rtol=1e-14)
    assert ad.derivative(cubic_coefficient)(0.5) == pytest.approx(3.0, rel=1e-14)
    assert ad.taylor(halved, 3)(2.0, 1.0).tolist() == [4.0, 2.0, 0.5, 0.0]


def test_refusals():
    with pytest.raises(UnsupportedError, match="inside another `taylor`"):
        ad.taylor(coefficient, 2)(0.4, 1.0)
    with pytest.raises(UnsupportedError, match="sparsity of a function that calls `taylor`"):
        ad.jacobian(slopes, sparsity="auto")(np.ones(3))
    with pytest.raises(UnsupportedError, match=r"(?s)Taylor coefficients through `squared`.*custom_vjp"):
        ad.taylor(lambda x: squared(x) + x, 2)(0.4, 1.0)
    with pytest.raises(UnsupportedError, match="Taylor coefficients of order 17 through `cube`"):
        ad.taylor(lambda x: cube(x) + x, 17)(0.4, 1.0)
    with pytest.raises(UnsupportedError, match="no adjoint"):
        ad.grad(coefficient, mode="reverse")(0.4)


@pytest.mark.parametrize("order", [-1, 1.5, True, None])
def test_orders_that_are_none(order):
    with pytest.raises(ArgumentError, match="whole number from 0"):
        ad.taylor(wave, order)


def test_arguments_that_do_not_match():
    with pytest.raises(ArgumentError, match="one direction at a time"):
        squares(np.ones(2), np.ones((3, 2)))
    with pytest.raises(ValueError, match="another shape"):
        squares(np.ones(2), np.ones(3))
    with pytest.raises(ArgumentError, match="missing a required argument: 'v'"):
        ad.taylor(times, 1)(1.0, 2.0)
    with pytest.raises(ArgumentError, match="expected a tuple of 2"):
        ad.taylor(times, 1, argnums=(0, 1))(1.0, 2.0, 1.0)
    with pytest.raises(ArgumentError, match="not built like the argument"):
        ad.taylor(lambda p: p[0] * p[1], 1)((1.0, 2.0), (1.0,))


# as every derivative function


@njit
def third_ones(function, points):
    total = 0.0
    for x in points:
        total += function(x, 1.0)[3]
    return total


def test_in_jitted_code():
    points = np.linspace(0.1, 1.0, 7)
    want = sum(wave_by_mpmath(x, 3)[3] for x in points)
    assert np.isclose(third_ones(third, points), want, rtol=1e-12)


def test_prepared_shown_and_pickled():
    function = ad.taylor(wave, 3).prepare(0.4, 1.0)
    assert "store_series" in function.source(0.4, 1.0)
    assert np.array_equal(pickle.loads(pickle.dumps(third))(0.4, 1.0), function(0.4, 1.0))


def test_conventions_at_kinks_and_singular_points():
    assert ad.taylor(lambda x: abs(x), 2)(0.0, 1.0).tolist() == [0.0, 0.0, 0.0]
    assert ad.taylor(lambda x: np.maximum(x, -x), 2)(0.0, 1.0).tolist() == [0.0, 0.0, 0.0]
    assert ad.taylor(lambda x: np.where(x > 0.0, np.sqrt(x), 0.0), 2)(0.0, 1.0).tolist() == [0.0, 0.0, 0.0]
    assert ad.taylor(lambda x: x**0 + x**2 + x**5, 6)(0.0, 1.0).tolist() == [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0]
    assert ad.taylor(lambda x: np.copysign(2.0, x) * x, 2)(-1.0, 1.0).tolist() == [2.0, -2.0, 0.0]
    power = ad.taylor(lambda x, y: x**y, 4)
    assert power(0.0, 3.0, 1.0).tolist() == [0.0, 0.0, 0.0, 1.0, 0.0]
    assert power(-2.0, 3.0, 1.0).tolist() == [-8.0, 12.0, -6.0, 1.0, 0.0]
    # the root has no series here, and says so from order 1 on; a direction of zeros does not move it
    assert ad.taylor(lambda x: math.sqrt(x), 1)(0.0, 1.0).tolist() == [0.0, math.inf]
    assert ad.taylor(lambda x: math.sqrt(x), 3)(0.0, 0.0).tolist() == [0.0, 0.0, 0.0, 0.0]
    assert not np.isfinite(ad.taylor(lambda x: math.sqrt(x), 3)(0.0, 1.0)[1:]).any()
    assert np.isnan(ad.taylor(lambda x: x * x, 2)(math.nan, 1.0)[0])


def test_solution_of_an_equation_by_its_own_series():
    """Picard's iteration y <- y0 + integral of f(y) gains an order a step: here y' = y**2, y(0) = 2, y = 2 / (1 - 2 t)."""
    order = 8
    rate = ad.taylor(lambda c, t: np.sum(c * t ** np.arange(c.size)) ** 2, order - 1, argnums=1)
    c = np.zeros(order + 1)
    c[0] = 2.0
    for k in range(order):
        c[k + 1] = rate(c, 0.0, 1.0)[k] / (k + 1)
    assert np.allclose(c, 2.0 * 2.0 ** np.arange(order + 1), rtol=1e-13)
