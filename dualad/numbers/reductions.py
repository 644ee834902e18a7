"""Reductions of arrays of numbers: products, moments, extremes.

Each runs Numba's own steps in Numba's own order, so that the primal has the bits of the user's function; sums
and cumulative sums need nothing, as Numba's are generic. Positions (`argmin` ...) are found by Numba on the
primals.
"""

from __future__ import annotations

import numpy as np
from numba.extending import overload, register_jitable
from numba.np.numpy_support import as_dtype

from .parts import of_primal, retyped, with_primal
from .primals import is_dual_array, nditer, primals
from .types import DualType


def constant(a, number):
    """`number` as the value type of array `a` has it; it becomes a number where it meets one."""
    return as_dtype(a.dtype.value).type(number)


@overload(np.sum, target="cpu")
def _sum(a, axis=None, dtype=None):
    return (lambda a, axis=None, dtype=None: a) if isinstance(a, DualType) else None


@overload(np.prod, target="cpu")
def _prod(a):
    if isinstance(a, DualType):
        return lambda a: a
    if not is_dual_array(a):
        return None
    one = constant(a, 1)

    def prod(a):
        c = one
        for v in nditer(a):
            c *= v.item()
        return c

    return prod


@overload(np.cumprod, target="cpu")
def _cumprod(a):
    if not is_dual_array(a):
        return None
    one = constant(a, 1)

    def cumprod(a):
        out = np.empty(a.size, a.dtype)
        c = one
        for idx, v in enumerate(a.flat):
            c *= v
            out[idx] = c
        return out

    return cumprod


@overload(np.mean, target="cpu")
def _mean(a):
    if isinstance(a, DualType):
        return lambda a: a
    if not is_dual_array(a):
        return None
    zero, value = constant(a, 0), as_dtype(a.dtype.value)
    nan = constant(a, complex("nan+nanj") if a.dtype.is_complex else np.nan)

    def mean(a):
        c = zero
        for v in nditer(a):
            c += v.item()
        average = c / a.size if a.size else c * nan
        return retyped(average, value)

    return mean


# extremes: tied elements share the derivative equally (CONVENTIONS), as their average does to every order


@register_jitable
def _less(x, y):
    return x < y


@register_jitable
def _greater(x, y):
    return x > y


@register_jitable
def _complex_less(x, y):
    return x.real < y.real or (x.real == y.real and x.imag < y.imag)


@register_jitable
def _complex_greater(x, y):
    return x.real > y.real or (x.real == y.real and x.imag > y.imag)


@register_jitable
def _ordered(x):
    return False


def _extreme(a, before, message, nan_stops=np.isnan):
    """Implementation for arrays `a`; a number for which `nan_stops` is the result."""

    def extreme(a):
        if a.size == 0:
            raise ValueError(message)
        it = nditer(a)
        best = next(it).item()
        total, count = best, 1
        if nan_stops(of_primal(best)):
            return best
        for view in it:
            v = view.item()
            if nan_stops(of_primal(v)):
                return v
            if before(of_primal(v), of_primal(best)):
                best = v
                total, count = v, 1
            elif of_primal(v) == of_primal(best):
                total = total + v
                count += 1
        return with_primal(of_primal(best), total / count)

    return extreme


def _overload_extreme(functions, before, complex_before, message):
    def choose(a):
        if isinstance(a, DualType):
            return lambda a: a
        if not is_dual_array(a):
            return None
        if a.dtype.is_complex:
            return _extreme(a, complex_before, message, _ordered)
        return _extreme(a, before, message)

    for function in functions:
        overload(function, target="cpu")(choose)


_EMPTY = "zero-size array to reduction operation {} which has no identity"
_overload_extreme((np.min, np.amin), _less, _complex_less, _EMPTY.format("minimum"))
_overload_extreme((np.max, np.amax), _greater, _complex_greater, _EMPTY.format("maximum"))


@overload(np.ptp, target="cpu")
def _ptp(a):
    if not is_dual_array(a) or a.dtype.is_complex:
        return None
    return lambda a: with_primal(np.ptp(primals(a)), np.max(a) - np.min(a))


# positions


def _overload_position(function):
    @overload(function, target="cpu")
    def position(a, axis=None):
        if not is_dual_array(a):
            return None
        return lambda a, axis=None: function(primals(a), axis)


def _overload_position_without_nan(function):
    @overload(function, target="cpu")
    def position(a):
        return (lambda a: function(primals(a))) if is_dual_array(a) else None


_overload_position(np.argmin)
_overload_position(np.argmax)
_overload_position_without_nan(np.nanargmin)
_overload_position_without_nan(np.nanargmax)
