"""Functions of functions: closures, partials, callbacks, jitted helpers, all ways of passing arguments."""

import functools
import math

import numba as nb
import numpy as np

from tests.scenarios.corpus import scenario

V3 = np.array([0.3, -1.2, 2.5])


@nb.njit
def square(x):
    return x * x


@nb.njit
def quartic(x):
    return square(square(x)) + 1.0


@nb.njit("float64(float64)")
def declared(x):
    return math.sin(x) * x


@nb.njit(nb.float64(nb.float64[:], nb.int64))
def declared_on_array(v, k):
    return v[k] * v.sum()


@nb.njit(inline="always")
def inlined(x, y):
    return x * y + 1.0


@nb.njit(fastmath=True)
def fast(x):
    return x * x * x


@nb.njit(cache=False, nogil=True, error_model="python")
def divides(x, y):
    return x / y


@scenario(1.3, second_order=True)
def two_levels_of_jitted_functions(x):
    return quartic(x) * square(x + 1.0)


@scenario(1.3, second_order=True)
def explicit_signature(x):
    return declared(x) + declared(2.0)


@scenario(V3, full=True)
def explicit_signature_on_array(v):
    return declared_on_array(v, 1) + declared_on_array(2.0 * v, 2)


@scenario(1.3, 0.4, argnums=(0, 1))
def helpers_with_options(x, y):
    return inlined(x, y) * fast(x) + divides(x, y)


@scenario(1.3, name="jitted_function_itself", full=True, second_order=True)
@nb.njit
def _jitted(x):
    return x * math.exp(-x)


@scenario(1.3, name="jitted_function_with_signature_itself", full=True)
@nb.njit("float64(float64)")
def _jitted_with_signature(x):
    return x * math.exp(-x)


scenario(1.3, name="a_lambda", second_order=True)(lambda x: x * x + math.cos(x))


def _make_polynomial(coefficients, shift):
    def polynomial(x):
        s = 0.0
        for c in coefficients:
            s = s * (x - shift) + c
        return s

    return polynomial


scenario(1.3, name="closure_of_array_and_float")(_make_polynomial(np.array([1.0, -2.0, 0.5]), 0.75))
scenario(1.3, name="closure_of_tuple_and_int", full=True)(_make_polynomial((1.0, -2.0, 0.5), 2))


def _compose(outer, inner):
    return lambda x: outer(inner(x)) + inner(outer(x))


scenario(1.3, name="closure_of_functions")(_compose(square, declared))


def _weighted(a, x, b, scale=2.0):
    return a * x + b * scale


scenario(0.3, 0.7, argnums=(0, 1), name="partial_positional", full=True)(functools.partial(_weighted, 1.5))
scenario(0.3, 0.7, argnums=(0, 1), name="partial_keyword")(functools.partial(_weighted, 1.5, scale=4.0))


@scenario(1.3)
def inner_function(x):
    def inner(y):
        return y * x + 1.0

    return inner(2.0) * inner(x)


@scenario(1.3, full=True)
def inner_lambda(x):
    f = lambda y: y * y + x
    return f(x) + f(0.5)


@scenario(1.3)
def closure_writes_outer_array(x):
    trace = np.zeros(3)

    def record(i, value):
        trace[i] = value * x

    for i in range(3):
        record(i, x + i)
    return trace[0] + trace[1] * trace[2]


@nb.njit
def rk4_step(rhs, t, y, h, p):
    k1 = rhs(t, y, p)
    k2 = rhs(t + h / 2, y + h / 2 * k1, p)
    k3 = rhs(t + h / 2, y + h / 2 * k2, p)
    k4 = rhs(t + h, y + h * k3, p)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


@nb.njit
def decay(t, y, p):
    return -p * y + math.sin(t)


@scenario(1.3, 0.4, argnums=(0, 1), second_order=True)
def function_passed_to_jitted_helper(y, p):
    for i in range(4):
        y = rk4_step(decay, 0.1 * i, y, 0.1, p)
    return y


@scenario(square, 1.3, argnums=1)
def function_argument(f, x):
    return f(x) + f(f(x))


@nb.njit
def _damped(x, rate=0.5, power=2):
    return math.exp(-rate * x) * x**power


@scenario(1.3)
def default_and_keyword_arguments_of_helper(x):
    return _damped(x) + _damped(x, 0.25) + _damped(x, power=3) + _damped(rate=x, x=1.0)


@scenario(1.3)
def default_argument_left_out(x, rate=0.5, n=3):
    return math.exp(-rate * x) * x**n


@scenario(1.3, 0.25, argnums=(0, 1), full=True)
def default_argument_given(x, rate=0.5):
    return math.exp(-rate * x)


@nb.njit
def _total(*terms):
    s = 0.0
    for t in terms:
        s += t * t
    return s


@scenario(1.3, 0.4, argnums=(0, 1))
def star_args_of_helper(x, y):
    return _total(x, y, 2.0) + _total(x) + _total(*(y, y))


@scenario(1.3, 0.4, 0.9, argnums=(0, 2))
def star_args(x, *others):
    return x * others[0] + others[1] ** 2


@nb.njit
def _maybe(x, scale=None):
    if scale is None:
        return x
    return x * scale


@scenario(1.3)
def optional_argument(x):
    return _maybe(x) + _maybe(x, 3.0) + _maybe(2.0, x)


@nb.njit
def _fill(out, x):
    for i in range(out.size):
        out[i] = x * i


@nb.njit
def _fill_twice(out, x):
    _fill(out[:2], x)
    _fill(out[2:], x * x)


@scenario(1.3)
def buffer_filled_two_calls_down(x):
    out = np.empty(5)
    _fill_twice(out, x)
    return out.sum() * out[1]


@scenario(1.3, full=True)
def helper_called_with_active_and_inactive(x):
    a = np.zeros(3)
    b = np.zeros(3)
    _fill(a, x)
    _fill(b, 2.0)
    return a[1] * b[2]


@nb.njit
def _newton(f, df, x, p):
    for _ in range(30):
        x = x - f(x, p) / df(x, p)
    return x


@nb.njit
def _cubic(x, p):
    return x**3 - p


@nb.njit
def _cubic_slope(x, p):
    return 3 * x**2


def _cube_root_slope(p):
    return p ** (-2 / 3) / 3


@scenario(5.0, reference=_cube_root_slope)
def newton_with_callbacks(p):
    return _newton(_cubic, _cubic_slope, 1.0, p)
