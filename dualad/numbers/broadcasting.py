"""Helpers of array functions that mix numbers with plain values, arrays with scalars."""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.extending import intrinsic, overload

from .parts import of_primal
from .primals import is_dual_array, primals
from .types import DualType, dual_type, levels_in


@intrinsic
def joint_dtype(typingctx, like, given):
    """Elements of the plain array `like` over the levels of everything in the tuple `given`, as a dtype."""
    dtype = types.DType(dual_type(like.dtype, levels_in([given])))
    return dtype(like, given), lambda context, builder, sig, args: context.get_dummy_value()


@intrinsic
def scalar_dtype(typingctx, x):
    """Type of a scalar, as a dtype."""
    dtype = types.DType(types.unliteral(x))
    return dtype(x), lambda context, builder, sig, args: context.get_dummy_value()


def is_scalar(type_) -> bool:
    return isinstance(type_, (DualType, types.Number, types.Boolean))


def is_mixable(type_) -> bool:
    """Whether `plain` and `spread` know what to do with it."""
    return is_scalar(type_) or isinstance(type_, types.Array)


def plain(x):
    """What the user's own function has in place of `x`: its primal, or primals."""
    raise NotImplementedError("only inside compiled code")


@overload(plain)
def _plain(x):
    if isinstance(x, DualType):
        return lambda x: of_primal(x)
    return (lambda x: primals(x)) if is_dual_array(x) else (lambda x: x)


def spread(x, shape):
    """`x`, a scalar or an array, as an array of the given shape that is only read."""
    raise NotImplementedError("only inside compiled code")


@overload(spread)
def _spread(x, shape):
    if isinstance(x, types.Array):
        return (lambda x, shape: np.broadcast_to(x, shape)) if shape.count else (lambda x, shape: x)
    flat = shape.count == 0

    def spread_scalar(x, shape):
        one = np.empty((), scalar_dtype(x))
        one[()] = x
        return one if flat else np.broadcast_to(one, shape)

    return spread_scalar
