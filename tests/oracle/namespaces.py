"""Stand-ins for numpy, math, cmath and the builtins, under which a user's function runs on `Number`s.

The rule is one: *every float array is an object array*. So a buffer made by ``np.zeros`` can hold a `Number`
like any other value, and the arithmetic of object arrays is the arithmetic of their elements.
"""

import builtins
import cmath
import math
import types

import numpy as np

from tests.oracle import elementary
from tests.oracle.number import OPERATORS, Number, apply, primal

ELEMENTWISE = (
    (
        set(elementary.SMOOTH)
        | set(elementary.ALIASES)
        | set(elementary.PAIRS)
        | elementary.STEPS
        | elementary.PREDICATES
    )
    | {"absolute", "conjugate", "maximum", "minimum", "fmax", "fmin", "remainder", "mod", "fmod", "copysign"}
    | set(OPERATORS)
)


class NumberArray(np.ndarray):
    """Object array of numbers with the methods that NumPy's object arrays lack."""

    def __array_wrap__(self, array, context=None, return_scalar=False):
        return array[()] if array.ndim == 0 else array.view(NumberArray)

    @property
    def real(self):
        return _elementwise("real", self)

    @property
    def imag(self):
        return _elementwise("imag", self)

    def conj(self):
        return _elementwise("conjugate", self)

    conjugate = conj

    def __imul__(self, other):
        self[...] = self * other
        return self

    def astype(self, dtype, **_):
        if _is_float(dtype):
            return self.copy()
        return np.asarray(np.vectorize(lambda x: int(primal(x)))(self), dtype=dtype)

    def var(self, axis=None):
        mean = self.mean(axis=axis, keepdims=True)
        return ((self - mean) * (self - mean)).mean(axis=axis)

    def std(self, axis=None):
        return NUMPY.sqrt(self.var(axis))


class IntegerArray(np.ndarray):
    """Integer array whose float results can hold a `Number`."""

    def __array_wrap__(self, array, context=None, return_scalar=False):
        return numbers(array[()] if array.ndim == 0 else array)


def numbers(array):
    """A float or complex array as an array of numbers; anything else unchanged."""
    if isinstance(array, np.ndarray) and array.dtype.kind in "fcO":
        return array.astype(object).view(NumberArray)
    if isinstance(array, np.ndarray) and array.dtype.kind == "i":
        return array.view(IntegerArray)
    if isinstance(array, np.floating | np.complexfloating):
        return array.item()
    if isinstance(array, tuple) and type(array) is tuple:
        return tuple(numbers(a) for a in array)
    return array


class FloatType:
    """Stand-in for ``np.float64`` and its kin: a dtype and a conversion that keeps derivatives."""

    def __init__(self, conversion):
        self.conversion = conversion

    def __call__(self, x=0.0):
        if isinstance(x, np.ndarray):
            return numbers(x)
        return x if isinstance(x, Number) else self.conversion(x)


FLOAT, COMPLEX = FloatType(float), FloatType(complex)


def _is_float(dtype):
    return isinstance(dtype, FloatType) or dtype in (float, complex) or np.dtype(dtype).kind in "fcO"


def _elementwise(name, *arguments, out=None):
    arguments, positional = arguments[: elementary.arity(name)], arguments[elementary.arity(name) :]
    out = positional[0] if positional else out

    def one(*elements):
        if name in ("real", "imag"):
            return getattr(elements[0], name)
        return apply(name, *elements)

    if out is None and not any(isinstance(a, np.ndarray | list | tuple) for a in arguments):
        return one(*arguments)
    result = np.asarray(np.frompyfunc(one, len(arguments), 1)(*arguments))
    if name in elementary.PREDICATES:
        result = result.astype(bool)
    result = result if result.dtype == bool else result.view(NumberArray)
    if out is None:
        return result
    out[...] = result
    return out


def _creation(fill):
    def create(shape, dtype=float):
        if not _is_float(dtype):
            return np.full(shape, fill or 0, dtype=dtype)
        return np.full(shape, fill, dtype=object).view(NumberArray)

    return create


def _creation_like(fill):
    def create(array, dtype=None):
        array = np.asarray(array)
        return _creation(fill)(array.shape, array.dtype if dtype is None else dtype)

    return create


def _full(shape, value, dtype=None):
    return numbers(np.full(shape, value, dtype=object)) if dtype is None or _is_float(dtype) else np.full(shape, value)


def _norm(x, order=None):
    if order in (None, 2):
        return NUMPY.sqrt(sum((abs(e) * abs(e) for e in x.ravel()), 0.0))
    if order == 1:
        return sum((abs(e) for e in x.ravel()), 0.0)
    raise NotImplementedError(order)


def _interp(x, xp, fp):
    if isinstance(x, np.ndarray):
        return numbers(np.array([_interp(e, xp, fp) for e in x], dtype=object))
    if x <= xp[0] or x >= xp[-1]:
        return fp[0] if x <= xp[0] else fp[-1]
    k = max(k for k in range(len(xp) - 1) if x >= xp[k])
    return fp[k] + (fp[k + 1] - fp[k]) / (xp[k + 1] - xp[k]) * (x - xp[k])


def _linspace(start, stop, count=50):
    return numbers(np.array([start + (stop - start) * (k / (count - 1)) for k in range(count)], dtype=object))


class Numpy:
    """What the name ``np`` means while the oracle runs a function."""

    float64 = float32 = FLOAT
    complex128 = complex64 = COMPLEX
    zeros, ones, empty = (staticmethod(_creation(fill)) for fill in (0.0, 1.0, None))
    zeros_like, ones_like, empty_like = (staticmethod(_creation_like(fill)) for fill in (0.0, 1.0, None))
    full = staticmethod(_full)
    full_like = staticmethod(lambda array, value: _full(np.shape(array), value))
    array = asarray = staticmethod(lambda values, dtype=None: numbers(_build(values, dtype)))
    interp = staticmethod(_interp)
    linspace = staticmethod(_linspace)
    real = staticmethod(lambda x: x.real)
    imag = staticmethod(lambda x: x.imag)
    linalg = types.SimpleNamespace(norm=_norm)
    std = staticmethod(lambda x: x.std())
    var = staticmethod(lambda x: x.var())

    def __getattr__(self, name):
        if name in ELEMENTWISE:
            return lambda *arguments, **options: _elementwise(name, *arguments, **options)
        attribute = getattr(np, name)
        if not callable(attribute) or isinstance(attribute, type):
            return attribute
        return lambda *arguments, **options: numbers(attribute(*arguments, **options))


def _build(values, dtype):
    if dtype is not None and not _is_float(dtype):
        return np.array(values, dtype=dtype)
    array = np.array(values, dtype=object)
    integral = array.size and all(isinstance(e, int | np.integer) for e in array.flat)
    return np.array(values) if integral and dtype is None else array


class Elementary:
    """What the names ``math`` and ``cmath`` mean while the oracle runs a function."""

    def __init__(self, module):
        self.module = module

    def __getattr__(self, name):
        attribute = getattr(self.module, name)
        if not callable(attribute):
            return attribute

        def dispatch(*arguments):
            if not any(isinstance(x, Number) for x in arguments):
                return attribute(*arguments)
            if name in ("floor", "ceil", "trunc"):
                return attribute(*arguments)
            if self.module is cmath:
                arguments = tuple(x + 0j for x in arguments)
            return apply({"atan2": "arctan2", "pow": "power"}.get(name, name), *arguments)

        return dispatch


def _float(x=0.0):
    return x if isinstance(x, Number) else builtins.float(x)


def _complex(real=0.0, imaginary=0.0):
    if isinstance(real, Number) or isinstance(imaginary, Number):
        return real + imaginary * 1j
    return builtins.complex(real, imaginary)


NUMPY, MATH, CMATH = Numpy(), Elementary(math), Elementary(cmath)
BUILTINS = {"float": _float, "complex": _complex}


def stand_in(value):
    """What a global name bound to `value` means while the oracle runs, or `value` itself."""
    for module, replacement in ((np, NUMPY), (math, MATH), (cmath, CMATH)):
        if value is module:
            return replacement
        name = getattr(value, "__name__", None)
        if callable(value) and name and getattr(module, name, None) is value:
            return getattr(replacement, name)
    return value
