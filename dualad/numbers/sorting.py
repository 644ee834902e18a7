"""Sorting and order statistics of arrays of numbers.

A sort is a permutation, found from the primals and stable; a median or quantile is made of the chosen
elements, with their weights (CONVENTIONS). The primals come from Numba's own functions.
"""

from __future__ import annotations

import math

import numpy as np
from numba.core import types
from numba.core.errors import RequireLiteralValue
from numba.extending import overload, register_jitable

from .array_methods import method
from .broadcasting import joint_dtype, plain
from .entries import is_scalar
from .parts import with_primal
from .primals import is_dual_array, primals, put_primals


@overload(np.argsort, target="cpu")
def _argsort(a, kind="quicksort"):
    if not is_dual_array(a) or a.ndim != 1:
        return None
    if _is_stable(kind):
        return lambda a, kind="quicksort": np.argsort(primals(a), kind="mergesort")
    return lambda a, kind="quicksort": np.argsort(primals(a))


def _is_stable(kind) -> bool:
    if isinstance(kind, types.UnicodeType):
        raise RequireLiteralValue("the kind of a sort must be a constant")
    return getattr(kind, "literal_value", "quicksort") in ("mergesort", "stable")


@register_jitable
def _sort_vector(a, values):
    """Sort `a`, whose primals are `values`, by a stable permutation."""
    order = np.argsort(values, kind="mergesort")
    numbers = a.copy()
    for i in range(a.size):
        a[i] = numbers[order[i]]


@method("sort")
def _sort(a, kind="quicksort"):
    """Where 0. and -0. come in another order than Numba's sort has them, the primals are put as there."""
    if not a.mutable:
        return None
    one_dimensional, stable = a.ndim == 1, _is_stable(kind)

    @register_jitable
    def sort_vector(a):
        values = primals(a)
        _sort_vector(a, values)
        if not stable:
            values.sort()
            put_primals(values, a)

    def sort(a, kind="quicksort"):
        if one_dimensional:
            sort_vector(a)
        else:
            for index in np.ndindex(a.shape[:-1]):
                sort_vector(a[index])

    return sort


# order statistics: weights of the chosen elements


@register_jitable
def _stable_order(a):
    return np.argsort(primals(a), kind="mergesort")


@register_jitable
def _median(a):
    """The median of a vector without nan."""
    order, half = _stable_order(a), a.size >> 1
    if a.size & 1:
        return a[order[half]]
    return (a[order[half - 1]] + a[order[half]]) / 2


@overload(np.median, target="cpu")
def _median_of_all(a):
    if not is_dual_array(a) or a.dtype.is_complex:
        return None
    return lambda a: with_primal(np.median(primals(a)), _median(a.flatten()) if a.size else _nothing(a))


@overload(np.nanmedian, target="cpu")
def _median_without_nan(a):
    if not is_dual_array(a) or a.dtype.is_complex:
        return None

    def nanmedian(a):
        numbers = _without_nan(a)
        return with_primal(np.nanmedian(primals(a)), _median(numbers) if numbers.size else _nothing(a))

    return nanmedian


@register_jitable
def _nothing(a):
    return np.zeros(1, a.dtype)[0]


@register_jitable
def _without_nan(a):
    numbers = a.flatten()
    return numbers[~np.isnan(primals(numbers))]


def _overload_quantile(function, factor):
    @overload(function, target="cpu")
    def quantile(a, q):
        if not is_dual_array(a) or a.dtype.is_complex or not (isinstance(q, types.Array) or is_scalar(q)):
            return None
        of_one = not isinstance(q, types.Array) or q.ndim == 0

        @register_jitable
        def chosen(numbers, order, q):
            rank = 1 + (numbers.size - 1) * (q * factor / 100.0)
            below = max(min(math.floor(rank) - 1, numbers.size - 2), 0)
            above = min(below + 1, numbers.size - 1)
            weight = rank - (below + 1)
            return numbers[order[below]] * (1 - weight) + numbers[order[above]] * weight

        def one_quantile(a, q):
            value = function(primals(a), plain(q))
            numbers = _without_nan(a)
            if numbers.size == 0:
                return with_primal(value, np.zeros(1, joint_dtype(np.zeros(0), (a, q)))[0])
            return with_primal(value, chosen(numbers, _stable_order(numbers), q))

        def quantiles(a, q):
            values = function(primals(a), plain(q))
            result = values.astype(joint_dtype(values, (a, q)))
            numbers = _without_nan(a)
            order = _stable_order(numbers)
            fractions = q.flatten()
            for i in range(values.size if numbers.size else 0):
                result[i] = with_primal(values[i], chosen(numbers, order, fractions[i]))
            return result

        return one_quantile if of_one else quantiles


_overload_quantile(np.percentile, 1.0)
_overload_quantile(np.quantile, 100.0)
_overload_quantile(np.nanpercentile, 1.0)
_overload_quantile(np.nanquantile, 100.0)
