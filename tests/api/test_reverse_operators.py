"""Reverse mode as users meet it: the operators agree with forward mode and closed forms, wherever they are called from."""

import functools
import linecache
import math
import threading
import traceback
from typing import NamedTuple

import numba
import numpy as np
import pytest
from numba import njit, prange

import dualad as ad
from dualad.errors import ArgumentError, CompilationError, OutputError, UnsupportedError

RTOL = 1e-13
X = np.array([0.3, -1.2, 2.0])


def wave(x, a):
    total = 0.0
    for i in range(x.size):
        total += math.sin(a * x[i]) * x[i]
    return total


def wave_slopes(x, a):
    """Closed form of the gradient by both arguments."""
    return np.sin(a * x) + a * x * np.cos(a * x), np.sum(x * x * np.cos(a * x))


def wave_hessian(x, a):
    """Closed form of the second derivatives by `x`: a diagonal matrix."""
    return np.diag(2 * a * np.cos(a * x) - a * a * x * np.sin(a * x))


def products(x, scale):
    """Several outputs: an array, a float and a count."""
    out = np.empty(x.size - 1)
    total = 0.0
    for i in range(x.size - 1):
        out[i] = scale * x[i] * x[i + 1]
        total += x[i]
    return out, total, x.size


def products_jacobian(x, scale):
    """Closed form of the derivatives of the array by both arguments."""
    rows = np.zeros((x.size - 1, x.size))
    for i in range(x.size - 1):
        rows[i, i], rows[i, i + 1] = scale * x[i + 1], scale * x[i]
    return rows, x[:-1] * x[1:]


def rhs(t, y, dy):
    dy[0] = y[1]
    dy[1] = 4.0 * t * y[0] * y[0]


slopes = ad.grad(wave, argnums=(0, 1), mode="reverse")


# values


def test_gradient_of_all_arguments():
    for found, exact in zip(slopes(X, 0.5), wave_slopes(X, 0.5), strict=True):
        np.testing.assert_allclose(found, exact, rtol=RTOL)


def test_value_and_grad_gives_the_bits_of_the_function():
    value, gradient = ad.value_and_grad(wave, mode="reverse")(X, 0.5)
    assert value == njit(error_model="numpy")(wave)(X, 0.5)
    np.testing.assert_allclose(gradient, wave_slopes(X, 0.5)[0], rtol=RTOL)


@pytest.mark.parametrize("operator", [ad.jacrev, functools.partial(ad.jacobian, mode="reverse")])
def test_jacobian_of_several_outputs(operator):
    by_array, by_total, by_count = operator(products, argnums=(0, 1))(X, 2.0)
    for found, exact in zip(by_array, products_jacobian(X, 2.0), strict=True):
        np.testing.assert_allclose(found, exact, rtol=RTOL)
    np.testing.assert_array_equal(by_total[0], np.ones(3) - [0, 0, 1])
    assert by_total[1] == 0.0
    np.testing.assert_array_equal(by_count[0], np.zeros(3))  # a whole number beside floats does not move


def test_value_and_jacobian_of_output_arguments():
    y, dy = np.array([2.0, 3.0]), np.full(2, 7.0)
    value, jacobian = ad.value_and_jacobian(rhs, argnums=(0, 1), out_argnums=2, mode="reverse")(0.5, y, dy)
    np.testing.assert_array_equal(value, [3.0, 8.0])
    np.testing.assert_array_equal(jacobian[0], [0.0, 16.0])
    np.testing.assert_array_equal(jacobian[1], [[0.0, 1.0], [8.0, 0.0]])
    np.testing.assert_array_equal(dy, [7.0, 7.0])


def test_complex_outputs_and_inputs_follow_forward_mode():
    cube, turn = (lambda z: z * z * z), (lambda a: np.exp(1j * a))
    assert ad.jacrev(cube)(1 + 2j) == pytest.approx(3 * (1 + 2j) ** 2, rel=RTOL)
    assert ad.jacrev(turn)(0.5) == pytest.approx(1j * np.exp(0.5j), rel=RTOL)


def test_int_is_taken_as_a_float_and_float32_stays():
    assert ad.grad(lambda x: x * x, mode="reverse")(3) == 6.0
    single = ad.grad(wave, mode="reverse")(X.astype(np.float32), np.float32(0.5))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, wave_slopes(X, 0.5)[0], rtol=1e-6)


class Model(NamedTuple):
    rate: float
    weights: np.ndarray
    inner: tuple


def test_gradient_by_a_named_tuple_is_that_named_tuple():
    def loss(model, x):
        total = model.inner[0] ** 2 * model.inner[1]
        for i in range(x.size):
            total += model.rate * model.weights[i] * x[i]
        return total

    found = ad.grad(loss, mode="reverse")(Model(2.0, np.array([1.0, 3.0]), (0.5, 4.0)), np.array([5.0, 7.0]))
    assert isinstance(found, Model)
    assert found.rate == 26.0
    np.testing.assert_array_equal(found.weights, [10.0, 14.0])
    assert found.inner == (4.0, 0.25)


def test_strided_and_read_only_arguments():
    frozen = X.copy()
    frozen.flags.writeable = False
    for x in (np.repeat(X, 2)[::2], frozen):
        np.testing.assert_allclose(ad.grad(wave, mode="reverse")(x, 0.5), wave_slopes(X, 0.5)[0], rtol=RTOL)


def test_keywords_defaults_partials_and_star_arguments():
    def power(x, p=3.0):
        return x**p

    def squares(*xs):
        return xs[0] * xs[0] + xs[1] * xs[1] + xs[2] * xs[2]

    assert ad.grad(power, mode="reverse")(2.0) == pytest.approx(12.0)
    assert ad.grad(power, mode="reverse")(p=2.0, x=5.0) == pytest.approx(10.0)
    assert ad.grad(squares, argnums=(0, 2), mode="reverse")(1.0, 2.0, 3.0) == (2.0, 6.0)
    bound = functools.partial(wave, X)
    assert ad.grad(bound, mode="reverse")(0.5) == pytest.approx(wave_slopes(X, 0.5)[1], rel=RTOL)


# vjp, hvp, linearize


def test_vjp_is_the_transpose_of_jvp():
    random = np.random.default_rng(0)
    x_dot, scale_dot = random.standard_normal(3), random.standard_normal()
    y_bar = (random.standard_normal(2), random.standard_normal(), None)
    _, (out_dot, total_dot, _) = ad.jvp(products)((X, 2.0), (x_dot, scale_dot))
    y, (x_bar, scale_bar) = ad.vjp(products)((X, 2.0), y_bar)
    assert y[2] == 3
    along = x_bar @ x_dot + scale_bar * scale_dot
    assert along == pytest.approx(y_bar[0] @ out_dot + y_bar[1] * total_dot, rel=RTOL)


def test_vjp_of_several_cotangents_at_once():
    bars = (np.eye(2), np.zeros(2), None)
    y, (x_bars, scale_bars) = ad.vjp(products)((X, 2.0), bars)
    exact = products_jacobian(X, 2.0)
    np.testing.assert_allclose(x_bars, exact[0], rtol=RTOL)
    np.testing.assert_allclose(scale_bars, exact[1], rtol=RTOL)
    np.testing.assert_array_equal(y[0], 2.0 * X[:-1] * X[1:])


def test_vjp_leaves_out_what_has_no_derivative():
    def power(x, n, name, scale):
        return scale * x**n if name == "up" else x

    value, bars = ad.vjp(power)((2.0, 3, "up", 0.5), 2)
    assert value == 4.0
    assert bars == (12.0, None, None, 16.0)


def test_vjp_by_chosen_arguments_defaults_and_output_arguments():
    def shifted(x, a, b=1.0):
        return x * a + b

    assert ad.vjp(shifted, argnums=1)((2, 3.0), 1.0) == (7.0, (None, 2.0))
    assert ad.vjp(shifted)((2.0, 3.0, 4.0), 1.0) == (10.0, (3.0, 2.0, 1.0))
    out, bars = ad.vjp(rhs, out_argnums=2)((0.5, np.array([2.0, 3.0]), np.zeros(2)), np.array([1.0, 10.0]))
    np.testing.assert_array_equal(out, [3.0, 8.0])
    assert bars[0] == 160.0 and bars[2] is None
    np.testing.assert_array_equal(bars[1], [80.0, 1.0])


def test_whole_numbers_inside_a_tuple_stay_whole_in_vjp():
    def total(model):
        s = 0.0
        for i in range(model[1]):
            s += model[0][i] ** 2
        return s

    value, ((x_bar, n_bar),) = ad.vjp(total)(((X, 2),), 1.0)
    np.testing.assert_allclose(x_bar, [0.6, -2.4, 0.0], rtol=RTOL)
    assert n_bar == 0.0


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_hvp_is_the_hessian_times_a_vector(mode):
    h, v = ad.hvp(wave, mode=mode), np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(h(X, 0.5, v), wave_hessian(X, 0.5) @ v, rtol=1e-12)
    np.testing.assert_allclose(h(X, 0.5, np.eye(3)), wave_hessian(X, 0.5), rtol=1e-12, atol=1e-15)


def test_hvp_of_several_arguments_takes_a_tuple():
    def f(x, y, a):
        return a * x * x * y

    assert ad.hvp(f, argnums=(0, 1))(2.0, 3.0, 1.0, (1.0, 10.0)) == (46.0, 4.0)
    assert ad.hvp(f, argnums=1)(2.0, 3.0, 1.0, 5.0) == 0.0


def test_hvp_falls_back_to_forward_mode_where_reverse_mode_is_refused():
    curvature = ad.second_derivative(lambda x, a: x * x * x * a)  # numbers with tangents, which have no adjoint

    def f(x):
        return curvature(x[0], x[1]) * x[1]

    x, v = np.array([3.0, 2.0]), np.array([1.0, 1.0])
    np.testing.assert_allclose(ad.hvp(f)(x, v), ad.hessian(f)(x) @ v, rtol=RTOL)


def test_linearize_keeps_the_point():
    x = X.copy()
    y, pushforward, pullback = ad.linearize(wave)(x, 0.5)
    x[:] = 0.0
    by_x, by_a = wave_slopes(X, 0.5)
    assert y == wave(X, 0.5)
    assert pushforward(np.array([1.0, 0.0, 0.0]), 2.0) == pytest.approx(by_x[0] + 2 * by_a, rel=RTOL)
    np.testing.assert_allclose(pullback(3.0)[0], 3 * by_x, rtol=RTOL)


# where they are called from


def test_called_from_jitted_code_and_passed_as_an_argument():
    pull, curve = ad.vjp(products), ad.hvp(wave)

    @njit
    def use(gradient, x, a):
        by_x, by_a = gradient(x, a)
        _, bars = pull((x, a), (np.ones(x.size - 1), 1.0, 0))
        return by_x[1] + by_a + bars[1] + curve(x, a, x)[0]

    by_x, by_a = wave_slopes(X, 0.5)
    exact = by_x[1] + by_a + np.sum(X[:-1] * X[1:]) + wave_hessian(X, 0.5)[0] @ X
    assert use(slopes, X, 0.5) == pytest.approx(exact, rel=1e-12)


def test_called_inside_prange_and_through_cfunc():
    @njit(parallel=True)
    def rows(points, a, out):
        for i in prange(points.shape[0]):
            out[i] = slopes(points[i], a)[0]

    points = np.random.default_rng(0).random((40, 3))
    out = np.empty_like(points)
    rows(points, 0.7, out)
    np.testing.assert_allclose(out, np.array([wave_slopes(p, 0.7)[0] for p in points]), rtol=RTOL)

    slope = ad.grad(lambda x: x * math.exp(x), mode="reverse")
    callback = numba.cfunc("float64(float64)")(lambda x: slope(x))
    assert callback.ctypes(0.5) == pytest.approx(1.5 * math.exp(0.5), rel=1e-14)


def test_threads_share_a_derivative_function():
    fresh = ad.grad(wave, mode="reverse")
    results = []
    threads = [threading.Thread(target=lambda: results.append(fresh(X, 0.3))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    for result in results:
        np.testing.assert_allclose(result, wave_slopes(X, 0.3)[0], rtol=RTOL)


# nesting


def by_x(x, a):
    return ad_grad(x, a)[1]


ad_grad = ad.grad(wave, mode="reverse")


@pytest.mark.parametrize(
    "outer",
    [
        lambda f: ad.jacfwd(f),  # forward over reverse
        lambda f: ad.jacrev(f),  # reverse over reverse
        lambda f: lambda *args: ad.jvp(f)(args, (np.eye(3), np.zeros(3)))[1].T,
    ],
    ids=["forward", "reverse", "jvp"],
)
def test_second_derivatives_through_the_adjoint(outer):
    np.testing.assert_allclose(outer(ad_grad)(X, 0.5), wave_hessian(X, 0.5), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_derivative_of_a_function_that_calls_a_reverse_derivative(mode):
    found = ad.grad(by_x, mode=mode)(X, 0.5)
    np.testing.assert_allclose(found, wave_hessian(X, 0.5)[1], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("outer", [ad.jacfwd, ad.jacrev])
def test_second_derivatives_with_a_work_array(outer):
    def scaled_squares(x, work):
        for i in range(x.size):
            work[i] = x[i] * x[i] * x[0]
        total = 0.0
        for i in range(x.size):
            total += work[i] * work[0]
        return total

    inner = ad.grad(scaled_squares, mode="reverse")
    exact = ad.hessian(scaled_squares)(X, np.zeros(3))
    np.testing.assert_allclose(outer(inner)(X, np.zeros(3)), exact, rtol=1e-12, atol=1e-14)


def test_third_derivative():
    third = ad.derivative(ad.grad(ad.grad(lambda x: math.exp(x * x), mode="reverse"), mode="reverse"))
    x = 0.5
    assert third(x) == pytest.approx((12 * x + 8 * x**3) * math.exp(x * x), rel=1e-12)


def test_derivatives_by_an_argument_that_the_inner_one_leaves_out():
    # d/da of the gradient by x: only `a` carries tangents through the adjoint
    _, cross = ad.jvp(ad_grad)((X, 0.5), (None, 1.0))
    np.testing.assert_allclose(cross, 2 * X * np.cos(0.5 * X) - 0.5 * X * X * np.sin(0.5 * X), rtol=1e-12)


# the choice of the mode


def test_auto_takes_reverse_mode_for_many_inputs():
    gradient, x = ad.grad(wave), np.linspace(-1.0, 1.0, 100)
    assert "adjoint" in gradient.source(x, 0.5) and "adjoint" not in gradient.source(X, 0.5)
    np.testing.assert_allclose(gradient(x, 0.5), wave_slopes(x, 0.5)[0], rtol=RTOL)
    np.testing.assert_allclose(njit(lambda x, a: gradient(x, a))(x, 0.5), wave_slopes(x, 0.5)[0], rtol=RTOL)


def test_auto_falls_back_to_forward_mode_where_reverse_mode_is_refused():
    curvature = ad.second_derivative(lambda x: x**4 / 4.0)  # numbers with tangents, which have no adjoint

    def f(x):
        return curvature(x[0]) * x[1]

    x = np.ones(60) * 2.0
    with pytest.raises(UnsupportedError):
        ad.grad(f, mode="reverse")(x)
    exact = np.array([24.0, 12.0] + [0.0] * 58)
    np.testing.assert_allclose(ad.grad(f)(x), exact, rtol=RTOL)
    gradient = ad.grad(f)
    np.testing.assert_allclose(njit(lambda x: gradient(x))(x), exact, rtol=RTOL)


# arguments are not damaged


def test_an_overwritten_argument_is_not_damaged():
    def consume(x):
        for i in range(x.size):
            x[i] = x[i] * x[i]
        return x[0] + x[1]

    x = np.array([2.0, 3.0])
    np.testing.assert_array_equal(ad.grad(consume, mode="reverse")(x), [4.0, 6.0])
    np.testing.assert_array_equal(ad.jacrev(consume)(x), [4.0, 6.0])
    np.testing.assert_array_equal(ad.vjp(consume)((x,), 1.0)[1][0], [4.0, 6.0])
    np.testing.assert_array_equal(x, [2.0, 3.0])


def test_arguments_that_share_memory_are_refused_only_where_one_is_written():
    def writes(x, work):
        for i in range(x.size):
            work[i] = x[i] * x[i]
        return work[0] + x[1]

    def reads(x, y):
        return x[0] * y[1]

    x = np.array([2.0, 3.0])
    np.testing.assert_array_equal(ad.grad(writes, mode="reverse")(x, np.zeros(2)), [4.0, 1.0])
    with pytest.raises(UnsupportedError, match="share memory"):
        ad.grad(writes, mode="reverse")(x, x)
    np.testing.assert_array_equal(ad.grad(reads, mode="reverse")(x, x), [3.0, 0.0])


# source


def test_source_is_the_adjoint():
    source = ad_grad.source(X, 0.5)
    assert source.startswith("def wave_adjoint(x, a):") and "x_bar" in source
    assert repr(source) == str(source)
    assert ad.hvp(wave).source(X, 0.5, X) == source
    assert "adjoint" in ad.vjp(products).source((X, 2.0), (np.ones(2), 1.0, 0))
    assert ad.grad(wave).source(X, 0.5).startswith("def grad(")
    assert ad_grad.source(numba.float64[::1], numba.float64) == source


# mistakes


def square(x):
    return x * x


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: ad.grad(square, mode="reverse")(np.ones(3)), OutputError, ["grad", "array", "`jacobian`"]),
        (lambda: ad.grad(lambda x: (x, x), mode="reverse")(1.0), OutputError, ["a tuple of 2"]),
        (lambda: ad.jacrev(lambda x: None)(1.0), OutputError, ["None", "out_argnums"]),
        (lambda: ad.grad(square, mode="reverse")("a"), ArgumentError, ["`x`", "unicode"]),
        (lambda: ad.vjp(square)(1.0, 1.0), ArgumentError, ["`primals`", "tuple"]),
        (lambda: ad.vjp(square)((X,), 1.0), ArgumentError, ["1 axes", "0"]),
        (lambda: ad.vjp(square)((X,), (1.0, 1.0)), ArgumentError, ["1 outputs", "2"]),
        (lambda: ad.vjp(square)((X,), 1j * X), ArgumentError, ["complex"]),
        (lambda: ad.vjp(square)((3,), 1.0), ArgumentError, ["no argument holds a float"]),
        (lambda: ad.hvp(square)(1.0), ArgumentError, ["missing", "'v'"]),
        (lambda: ad.hvp(square)(1.0, np.ones((2, 2))), ArgumentError, ["axes"]),
        (lambda: ad.hvp(lambda x, y: x * y, argnums=(0, 1))(1.0, 2.0, 3.0), ArgumentError, ["tuple of 2"]),
        (lambda: ad.hvp(square)(1j, 1j), ArgumentError, ["complex"]),
        (lambda: ad.hvp(lambda *x: x[0]), ArgumentError, ["`*x`"]),
        (lambda: ad.hvp(lambda x: np.array([x, x]))(1.0, 1.0), OutputError, ["array"]),
        (lambda: ad.grad(lambda x: x.nothing, mode="reverse")(1.0), CompilationError, ["njit"]),
    ],
)
def test_mistakes_are_named(make, kind, words):
    with pytest.raises(kind) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


def test_wrong_shapes_are_found_at_run_time():
    with pytest.raises(ValueError, match="another shape"):
        ad.vjp(square)((X,), np.ones(4))
    with pytest.raises(ValueError, match="another shape"):
        ad.vjp(square)((X,), np.ones((2, 4)))
    with pytest.raises(ValueError, match="another shape"):
        ad.vjp(rhs, out_argnums=2)((0.5, np.ones(2), np.zeros(2)), np.ones(1))
    with pytest.raises(ValueError, match="different numbers"):
        ad.vjp(products)((X, 2.0), (np.eye(2), np.zeros(3), None))
    with pytest.raises(ValueError, match="another shape"):
        ad.hvp(wave)(X, 0.5, np.ones(4))


@njit
def _root(v):
    if v < 0.0:
        raise ValueError("negative")  # where the error is
    return np.sqrt(v)


def _sum_of_roots(x):
    s = 0.0
    for i in range(x.size):
        s += _root(x[i])
    return s


def test_errors_while_running_point_to_the_users_line():
    with pytest.raises(ValueError, match="negative") as caught:
        ad.grad(_sum_of_roots, mode="reverse")(np.array([1.0, -1.0]))
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert frame.filename == __file__
    assert "where the error is" in linecache.getline(__file__, frame.lineno)


def test_an_error_in_another_file_points_to_the_call():
    space = {"np": np}
    exec(compile("def checked(v):\n    assert v > 0.0\n    return np.sqrt(v)\n", "<elsewhere>", "exec"), space)
    checked = njit(space["checked"])

    def total(x):
        return checked(x[0]) + checked(x[1])  # the call

    with pytest.raises(AssertionError) as caught:
        ad.grad(total, mode="reverse")(np.array([1.0, -1.0]))
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert frame.filename == __file__
    assert "# the call" in linecache.getline(__file__, frame.lineno)
