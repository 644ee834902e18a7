"""Functions that choose among numbers, element by element: `where` and `clip`.

The chosen numbers come along with their derivatives: a selection never multiplies by zero (CONVENTIONS).
"""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.extending import overload, register_jitable
from numba.np.numpy_support import as_dtype, from_dtype

from .broadcasting import dtype_of, elementwise, is_mixable, is_none, plain, value_type
from .parts import with_primal
from .primals import is_dual_array, primals
from .types import DualType, carries_duals, dual_type, levels_in


@overload(np.where, target="cpu")
def _positions(condition):
    return (lambda condition: np.where(primals(condition))) if is_dual_array(condition) else None


@register_jitable
def _choose(condition, x, y):
    return x if condition else y


@overload(np.where, target="cpu")
def _where(condition, x, y):
    given = condition, x, y
    if not any(map(carries_duals, given)) or not all(map(is_mixable, given)):
        return None
    value = from_dtype(np.promote_types(*(as_dtype(value_type(z)) for z in (x, y))))
    layouts = {z.layout for z in given if isinstance(z, types.Array)}
    if not any(getattr(z, "ndim", 0) for z in given):
        dtype = dtype_of(dual_type(value, levels_in((x, y))))

        def where_scalars(condition, x, y):
            result = np.empty((), dtype())
            result[()] = _item(x) if _item(condition) else _item(y)
            return result

        return where_scalars
    both = isinstance(x, types.Array) and isinstance(y, types.Array)
    layout = layouts if both else {getattr(condition, "layout", "C")}
    loop = elementwise(_choose, dual_type(value, levels_in((x, y))), "F" if layout == {"F"} else "C")
    return lambda condition, x, y: loop((condition, x, y))


def _item(x):
    """A scalar, or the element of an array without dimensions."""
    raise NotImplementedError("only inside compiled code")


@overload(_item)
def _choose_item(x):
    return (lambda x: x[()]) if isinstance(x, types.Array) else (lambda x: x)


# clip: on its closed interval it is the identity (CONVENTIONS)


@register_jitable
def _between(x, low, high):
    return _exactly(min(max(plain(x), plain(low)), plain(high)), _at_most(_at_least(x, low), high))


@register_jitable
def _from(x, low):
    return _exactly(max(plain(x), plain(low)), _at_least(x, low))


@register_jitable
def _to(x, high):
    return _exactly(min(plain(x), plain(high)), _at_most(x, high))


@register_jitable
def _at_least(x, low):
    return low if low > x else x


@register_jitable
def _at_most(x, high):
    return high if high < x else x


def _exactly(value, x):
    """`x` with Numba's own result as its primal (nan, signed zeros)."""
    raise NotImplementedError("only inside compiled code")


@overload(_exactly)
def _choose_exactly(value, x):
    return (lambda value, x: with_primal(value, x)) if isinstance(x, DualType) else (lambda value, x: value)


@overload(np.clip, target="cpu")
def _clip(a, a_min, a_max, out=None):
    given = [x for x in (a, a_min, a_max) if not is_none(x)]
    if not any(map(carries_duals, given)) or not all(map(is_mixable, given)) or len(given) == 1:
        return None
    if not isinstance(a, types.Array) or not isinstance(value_type(a), types.Float):
        return None
    if not is_none(out):

        def clip_into(a, a_min, a_max, out=None):
            result = np.clip(a, a_min, a_max)
            if out.shape != result.shape:
                raise ValueError("clip: the shape of the 'out' array does not match the shape of the result")
            for index in np.ndindex(out.shape):
                out[index] = result[index]
            return out

        return clip_into
    function = _to if is_none(a_min) else _from if is_none(a_max) else _between
    loop = elementwise(function, dual_type(value_type(a), levels_in(given)), "F" if a.layout == "F" else "C")
    if is_none(a_min):
        return lambda a, a_min, a_max, out=None: loop((a, a_max))
    if is_none(a_max):
        return lambda a, a_min, a_max, out=None: loop((a, a_min))
    return lambda a, a_min, a_max, out=None: loop((a, a_min, a_max))
