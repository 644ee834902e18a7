"""Functions that choose among numbers, element by element: `where` and `clip`.

What is chosen depends on the primals alone, so Numba's own function finds it on the primals and the chosen numbers come
along with their derivatives: a selection never multiplies by zero (CONVENTIONS).
"""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.extending import overload

from .broadcasting import is_mixable, joint_dtype, plain, spread
from .parts import with_primal
from .primals import is_dual_array, primals
from .types import DualType, carries_duals


@overload(np.where, target="cpu")
def _positions(condition):
    return (lambda condition: np.where(primals(condition))) if is_dual_array(condition) else None


@overload(np.where, target="cpu")
def _where(condition, x, y):
    if not any(map(carries_duals, (condition, x, y))) or not all(map(is_mixable, (condition, x, y))):
        return None

    def where(condition, x, y):
        chosen = plain(condition)
        values = np.where(chosen, plain(x), plain(y))
        result = values.astype(joint_dtype(values, (x, y)))
        conditions = spread(chosen, values.shape)
        if_true, if_false = spread(x, values.shape), spread(y, values.shape)
        for index in np.ndindex(values.shape):
            if conditions[index]:
                result[index] = if_true[index]
            else:
                result[index] = if_false[index]
        return result

    return where


# clip: on its closed interval it is the identity (CONVENTIONS)


def _above(x, bound):
    """`x`, or the bound where that is larger; `None` is no bound."""
    raise NotImplementedError("only inside compiled code")


def _below(x, bound):
    """`x`, or the bound where that is smaller; `None` is no bound."""
    raise NotImplementedError("only inside compiled code")


def _is_none(type_) -> bool:
    return type_ is None or isinstance(type_, types.NoneType) or getattr(type_, "value", 0) is None


@overload(_above)
def _choose_above(x, bound):
    return (lambda x, bound: x) if _is_none(bound) else (lambda x, bound: bound if bound > x else x)


@overload(_below)
def _choose_below(x, bound):
    return (lambda x, bound: x) if _is_none(bound) else (lambda x, bound: bound if bound < x else x)


def _bound_at(bounds, index):
    raise NotImplementedError("only inside compiled code")


@overload(_bound_at)
def _choose_bound_at(bounds, index):
    return (lambda bounds, index: bounds) if _is_none(bounds) else (lambda bounds, index: bounds[index])


def _spread_bound(bound, shape):
    raise NotImplementedError("only inside compiled code")


@overload(_spread_bound)
def _choose_spread_bound(bound, shape):
    return (lambda bound, shape: None) if _is_none(bound) else (lambda bound, shape: spread(bound, shape))


@overload(np.clip, target="cpu")
def _clip(a, a_min, a_max, out=None):
    given = [x for x in (a, a_min, a_max) if not _is_none(x)]
    if not any(map(carries_duals, given)) or not all(map(is_mixable, given)) or not isinstance(a, types.Array):
        return None
    into = not _is_none(out)

    def clip(a, a_min, a_max, out=None):
        values = np.clip(plain(a), plain(a_min), plain(a_max))
        result = values.astype(joint_dtype(values, (a, a_min, a_max)))
        x = spread(a, values.shape)
        low, high = _spread_bound(a_min, values.shape), _spread_bound(a_max, values.shape)
        for index in np.ndindex(values.shape):
            chosen = _below(_above(x[index], _bound_at(low, index)), _bound_at(high, index))
            result[index] = _put_primal(values[index], chosen)
        return result

    if not into:
        return clip

    def clip_into(a, a_min, a_max, out=None):
        result = np.clip(a, a_min, a_max)
        if out.shape != result.shape:
            raise ValueError("clip: the shape of the 'out' array does not match the shape of the result")
        for index in np.ndindex(out.shape):
            out[index] = result[index]
        return out

    return clip_into


def _put_primal(value, x):
    """`with_primal`, for what may turn out to be a plain value."""
    raise NotImplementedError("only inside compiled code")


@overload(_put_primal)
def _choose_put_primal(value, x):
    return (lambda value, x: with_primal(value, x)) if isinstance(x, DualType) else (lambda value, x: value)
