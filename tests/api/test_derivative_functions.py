"""What a derivative function can be used for besides being called from Python."""

import functools
import math
import threading
from typing import NamedTuple

import numba
import numpy as np
import pytest
from numba import njit, prange

import dualad as ad


def wave(x, a):
    total = 0.0
    for i in range(x.size):
        total += math.sin(a * x[i]) * x[i]
    return total


def wave_slopes(x, a):
    """Closed form of the gradient by both arguments."""
    return np.sin(a * x) + a * x * np.cos(a * x), np.sum(x * x * np.cos(a * x))


slopes = ad.grad(wave, argnums=(0, 1))
slope_by_a = ad.derivative(wave, argnums=1)
X = np.array([0.3, -1.2, 2.0])


def test_called_from_jitted_code():
    @njit
    def use(x, a):
        by_x, by_a = slopes(x, a)
        return by_x[1] + by_a

    by_x, by_a = wave_slopes(X, 0.5)
    assert use(X, 0.5) == pytest.approx(by_x[1] + by_a, rel=1e-14)


def test_called_inside_prange():
    @njit(parallel=True)
    def rows(points, a, out):
        for i in prange(points.shape[0]):
            out[i] = slopes(points[i], a)[0]

    points = np.random.default_rng(0).random((40, 3))
    out = np.empty_like(points)
    rows(points, 0.7, out)
    np.testing.assert_allclose(out, np.array([wave_slopes(p, 0.7)[0] for p in points]), rtol=1e-14)


def test_called_through_cfunc():
    slope = ad.derivative(lambda x: x * math.exp(x))

    @numba.cfunc("float64(float64)")
    def callback(x):
        return slope(x)

    assert callback.ctypes(0.5) == pytest.approx(1.5 * math.exp(0.5), rel=1e-15)


def test_passed_as_an_argument_to_jitted_code():
    apply = njit(lambda function, x: function(x) + 1.0)
    assert apply(ad.derivative(lambda x: x * x), 3.0) == 7.0


def test_derivative_of_a_function_that_calls_a_derivative():
    def outer(x):
        return slope_by_a(np.ones(3) * x, x * x)

    # d/da of 3 x sin(a x) is 3 x^2 cos(a x), at a = x^2: h(x) = 3 x^2 cos(x^3)
    x = 0.7
    exact = 6 * x * math.cos(x**3) - 9 * x**4 * math.sin(x**3)
    assert ad.derivative(outer)(x) == pytest.approx(exact, rel=1e-13)


def test_hessian_of_a_derivative():
    hessian = ad.hessian(lambda x: slope_by_a(x, 2.0))(X)
    # h = sum x^2 cos(2 x)
    exact = np.diag(2 * np.cos(2 * X) - 8 * X * np.sin(2 * X) - 4 * X**2 * np.cos(2 * X))
    np.testing.assert_allclose(hessian, exact, rtol=1e-12, atol=1e-13)


def test_three_nested_derivatives():
    third = ad.derivative(ad.derivative(ad.derivative(lambda x: math.exp(x * x))))
    x = 0.5
    assert third(x) == pytest.approx((12 * x + 8 * x**3) * math.exp(x * x), rel=1e-13)


inner = ad.derivative(lambda y, x: x + y)
inner_product = ad.derivative(lambda y, x: x * y)


@pytest.mark.parametrize(
    ("function", "exact"),
    [
        (lambda x: x * inner(1.0, x), 1.0),
        (lambda x: x * inner_product(x, x), 6.0),
        (lambda x: inner_product(2.0, x * x), 6.0),
    ],
)
def test_no_perturbation_confusion(function, exact):
    assert ad.derivative(function)(3.0) == exact


def test_threads_share_a_derivative_function():
    fresh = ad.grad(wave)
    results = []
    threads = [threading.Thread(target=lambda: results.append(fresh(X, 0.3))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    for result in results:
        np.testing.assert_allclose(result, wave_slopes(X, 0.3)[0], rtol=1e-14)


def test_partial_binds_constants():
    assert ad.derivative(functools.partial(wave, X))(0.5) == pytest.approx(wave_slopes(X, 0.5)[1], rel=1e-14)
    np.testing.assert_allclose(ad.grad(functools.partial(wave, a=0.5))(X), wave_slopes(X, 0.5)[0], rtol=1e-14)


def test_keywords_defaults_and_star_arguments():
    def power(x, p=3.0):
        return x**p

    def squares(*xs):
        total = 0.0
        for x in xs:
            total += x * x
        return total

    assert ad.derivative(power)(2.0) == pytest.approx(12.0)
    assert ad.derivative(power)(p=2.0, x=5.0) == pytest.approx(10.0)
    assert ad.grad(squares, argnums=(0, 2))(1.0, 2.0, 3.0) == (2.0, 6.0)


class Model(NamedTuple):
    rate: float
    weights: np.ndarray
    inner: tuple


def test_gradient_by_a_named_tuple_is_that_named_tuple():
    def loss(model, x):
        return model.rate * np.sum(model.weights * x) + model.inner[0] ** 2 * model.inner[1]

    found = ad.grad(loss)(Model(2.0, np.array([1.0, 3.0]), (0.5, 4.0)), np.array([5.0, 7.0]))
    assert isinstance(found, Model)
    assert found.rate == 26.0
    np.testing.assert_array_equal(found.weights, [10.0, 14.0])
    assert found.inner == (4.0, 0.25)


def test_an_overwritten_argument_is_not_damaged():
    def consume(x):
        for i in range(x.size):
            x[i] = x[i] * x[i]
        return x[0] + x[1]

    x = np.array([2.0, 3.0])
    for chunk in (1, 2):  # several sweeps: each must start from the values given
        np.testing.assert_array_equal(ad.grad(consume, chunk=chunk)(x), [4.0, 6.0])
    np.testing.assert_array_equal(x, [2.0, 3.0])
    np.testing.assert_array_equal(ad.hessian(consume, chunk=(1, 1))(x), [[2.0, 0.0], [0.0, 2.0]])


def test_an_overwritten_argument_without_derivatives_is_the_same_for_every_chunk():
    def counted(x, seen):
        seen.counts[0] += 1.0
        return x * seen.counts[0] * seen.weight

    class Seen(NamedTuple):
        counts: np.ndarray
        weight: float

    seen = Seen(np.zeros(1), 2.0)
    np.testing.assert_array_equal(ad.jacfwd(counted, chunk=2)(np.ones(5), seen), 2.0 * np.eye(5))
    np.testing.assert_array_equal(ad.jvp(counted, chunk=2)((np.ones(5), seen), (np.eye(5), None))[1], 2.0 * np.eye(5))
    assert seen.counts[0] == 0.0


def test_an_argument_overwritten_by_a_callee_or_through_a_view():
    @njit
    def square_in_place(v):
        v[:] = v * v

    def by_callee(x):
        square_in_place(x)
        return x.sum()

    def by_view(x):
        row = x[1]
        row[0] = x[0, 0] * x[1, 0]
        return x.sum()

    x = np.array([2.0, 3.0, 5.0])
    np.testing.assert_array_equal(ad.grad(by_callee, chunk=1)(x), 2 * x)
    m = np.array([[2.0, 3.0], [5.0, 7.0]])
    np.testing.assert_array_equal(ad.grad(by_view, chunk=1)(m), [[6.0, 1.0], [2.0, 1.0]])


def test_int_is_taken_as_a_float_and_float32_stays():
    assert ad.grad(lambda x: x * x)(3) == 6.0
    single = ad.jacfwd(lambda x: x * x)(np.array([1, 2], dtype=np.float32))
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, [[2, 0], [0, 4]])


def test_complex_gradient_follows_jax_and_holomorphy_is_checked():
    assert ad.grad(lambda z: (z * z.conjugate()).real)(1 + 2j) == 2 - 4j
    assert ad.derivative(lambda z: z * z * z)(1 + 2j) == 3 * (1 + 2j) ** 2
    with pytest.raises(ValueError, match="not holomorphic"):
        ad.derivative(lambda z: z * z.conjugate())(1 + 2j)


def test_jvp_takes_one_direction_or_several():
    function = ad.jvp(lambda x, y: x * y)
    value, slope = function((np.array([1.0, 2.0]), 0.5), (np.array([1.0, 0.0]), 2.0))
    np.testing.assert_array_equal(value, [0.5, 1.0])
    np.testing.assert_array_equal(slope, [2.5, 4.0])
    _, slopes_ = function((np.array([1.0, 2.0]), 0.5), (np.eye(2), np.zeros(2)))
    np.testing.assert_array_equal(slopes_, 0.5 * np.eye(2))


def test_prepare_compiles_and_types_suffice():
    square = ad.derivative(lambda x: x * x)
    assert square.prepare(1.0) is square
    assert len(square.__dualad_dispatcher__().overloads) == 1
    assert square(3.0) == 6.0
    assert len(square.__dualad_dispatcher__().overloads) == 1
    ad.grad(wave).prepare(numba.float64[:], numba.float64)


def test_recursion_and_explicit_signatures():
    @njit
    def power(x, n):
        if n == 0:
            return 1.0
        return x * power(x, n - 1)

    @njit("float64(float64)")
    def cube(x):
        return x * x * x

    assert ad.derivative(power)(2.0, 5) == 80.0
    assert ad.second_derivative(lambda x: 2.0 * cube(x))(3.0) == 36.0
