"""Corners of the language: function values, generators, exceptions, object mode, random numbers, threads."""

import ctypes
import ctypes.util
import math

import numba as nb
import numpy as np
from numba.extending import overload, register_jitable

from tests.scenarios.corpus import attack

V3 = np.array([0.3, -1.2, 2.5])
LIBM = ctypes.CDLL(ctypes.util.find_library("m"))
c_cosh = LIBM.cosh
c_cosh.restype, c_cosh.argtypes = ctypes.c_double, [ctypes.c_double]
STATE = np.zeros(3)


@nb.njit("float64(float64)")
def _square(x):
    return x * x


@nb.njit("float64(float64)")
def _cube(x):
    return x * x * x


@nb.cfunc("float64(float64)")
def _compiled_square(x):
    return x * x


@nb.vectorize
def _vectorized_square(x):
    return x * x


@nb.vectorize(["float64(float64)"])
def _declared_vectorized_square(x):
    return x * x


@nb.guvectorize(["(float64[:], float64[:])"], "(n)->(n)")
def _running_sum(v, out):
    s = 0.0
    for i in range(v.size):
        s += v[i]
        out[i] = s


@nb.stencil
def _neighbours(a):
    return 0.5 * (a[-1] + a[1])


@register_jitable
def _registered(x):
    return x * x


def _overloaded(x):
    raise NotImplementedError


@overload(_overloaded)
def _overload_for_floats(x):
    if isinstance(x, nb.types.Float):
        return lambda x: x * x
    return lambda x: 0.0 * x


@attack(1.3, 1, reference=lambda x, k: 3 * x**2)
def tuple_of_functions_indexed(x, k):
    return (_square, _cube)[k](x)


@attack(1.3, reference=lambda x: 2 * x + 3 * x**2)
def list_of_functions(x):
    s = 0.0
    for f in [_square, _cube]:
        s += f(x)
    return s


@attack(1.3, True, reference=lambda x, c: 2 * x)
def function_chosen_by_branch(x, c):
    f = _square if c else _cube
    return f(x)


@attack(_square, 1.3, argnums=1, reference=lambda f, x: 2 * x)
def declared_function_argument(f, x):
    return f(x)


@attack(1.3, reference=lambda x: 2 * x)
def c_callback_object(x):
    return _compiled_square(x)


@attack(1.3, reference=lambda x: math.sinh(x))
def foreign_function(x):
    return c_cosh(x)


@attack(1.3, reference=lambda x: 2 * x)
def object_mode(x):
    with nb.objmode(y="float64"):
        y = x * x
    return y


@nb.njit
def _multiples(x):
    for i in range(4):
        yield x * i


@nb.njit
def _running_product(x):
    p = 1.0
    for _ in range(3):
        p *= x
        yield p


@attack(1.3, reference=lambda x: 6.0)
def generator(x):
    s = 0.0
    for y in _multiples(x):
        s += y
    return s


@attack(1.3, reference=lambda x: 1 + 2 * x + 3 * x**2)
def generator_with_state(x):
    s = 0.0
    for y in _running_product(x):
        s += y
    return s


@attack(1.3, reference=lambda x: 10.0)
def exception_in_the_middle(x):
    y = x
    try:
        y = y * 2.0
        if x > 1.0:
            raise ValueError("too large")
        y = y * 3.0
    except Exception:
        y = y * 5.0
    return y


@nb.njit
def _checked(x):
    if x > 1.0:
        raise ValueError("too large")
    return x


@attack(1.3, reference=lambda x: 7.0)
def exception_from_helper(x):
    y = 0.0
    try:
        y = _checked(x)
    except Exception:
        y = 7.0 * x
    return y


@attack(1.3, reference=lambda x: 2 * x)
def buffer_written_before_exception(x):
    a = np.zeros(2)
    try:
        a[0] = x
        _checked(x)
        a[0] = 0.0
    except Exception:
        a[1] = 1.0
    return a[0] * x * a[1]


def _random_reference(x):
    @nb.njit
    def draw():
        np.random.seed(3)
        return np.random.random() + np.random.standard_normal()

    return draw()


@attack(1.3, reference=_random_reference)
def random_factor(x):
    np.random.seed(3)
    return x * np.random.random() + x * np.random.standard_normal()


@attack(1.3, 0.5, argnums=(0, 1), reference=lambda m, s: (1.0, _normal_draw()))
def random_normal_with_active_parameters(m, s):
    np.random.seed(3)
    return np.random.normal(m, s)


@nb.njit
def _normal_draw():
    np.random.seed(3)
    return np.random.normal(0.0, 1.0)


@attack(1.3, reference=lambda x: 2 * x)
def vectorized_function(x):
    return _vectorized_square(x)


@attack(V3, reference=lambda v: 2 * v)
def declared_vectorized_function_on_array(v):
    return _declared_vectorized_square(v).sum()


@attack(V3, reference=lambda v: np.tril(np.ones((3, 3))))
def generalized_vectorized_function(v):
    out = np.zeros(3)
    _running_sum(v, out)
    return out


@attack(V3, reference=lambda v: np.array([[0, 0, 0], [0.5, 0, 0.5], [0, 0, 0]]))
def stencil(v):
    return _neighbours(v)


@attack(1.3, reference=lambda x: 2 * x)
def registered_function(x):
    return _registered(x)


@attack(1.3, reference=lambda x: 2 * x)
def overload_that_asks_for_the_type(x):
    return _overloaded(x)


@nb.njit(parallel=True)
def _parallel_squares(v):
    out = np.zeros(v.size)
    s = 0.0
    for i in nb.prange(v.size):
        out[i] = v[i] * v[i]
        s += v[i]
    return out.sum() + s


@attack(V3, reference=lambda v: 2 * v + 1)
def parallel_helper(v):
    return _parallel_squares(v)


@nb.njit
def _find(values, limit):
    for x in values:
        if x > limit:
            return x
    return None


@attack(V3, 1.0, reference=lambda v, limit: np.array([0.0, 0.0, 2.0]))
def value_or_none(v, limit):
    found = _find(v, limit)
    if found is None:
        return 0.0
    return found * 2.0


@attack(1.3, reference=lambda x: 2.0)
def tuples_of_different_members(x):
    if x > 1.0:
        t = (x, 1.0)
    else:
        t = (1.0, x)
    return 2.0 * t[0] + t[1]


@attack(1.3, reference=lambda x: 2.0)
def optional_flag_decides(x, factor=None):
    return 2.0 * x if factor is None else factor * x


@attack(1.3, reference=lambda x: 1.0)
def membership(x):
    if x in (1.3, 2.0):
        return x
    return 5.0 * x


@attack(1.3, reference=lambda x: 2 * x)
def identity_and_truth(x):
    y = x or 3.0
    z = x and 2.0 * x
    return y * z * 0.5 if x else 0.0


@attack(1.3, reference=lambda x: 1.0)
def global_array_of_constants_read_only(x):
    return STATE.sum() + x
