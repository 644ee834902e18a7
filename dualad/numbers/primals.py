"""Plain arrays in the memory of arrays of numbers: their primals, and all their reals.

A number is its primal followed by its derivatives (see `model`), so the primals of an array are a strided
array in the same memory, and a C-contiguous array of numbers over real values is a C-contiguous array of
reals, wider in its last dimension. The first hands whatever depends on the primals alone to Numba's own
function, the second hands arrays to BLAS.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import cgutils, types
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic, overload, register_jitable
from numba.np.arrayobj import make_array, populate_array

from .model import element_dtype
from .sets import reveals
from .types import CompactType, DualType, NotCompactError, dual_type

#: `np.nditer` as Numba has it: it gives views, not what its annotation in NumPy says.
nditer: Any = np.nditer


def is_dual_array(type_) -> bool:
    """Whether `type_` is an array of numbers that carry derivatives."""
    return isinstance(type_, types.Array) and isinstance(type_.dtype, DualType)


def _reinterpreted(context, builder, source, target, value, widen: int):
    """The array `value` as an array of `target`, its last dimension `widen` times as long."""
    given = make_array(source)(context, builder, value)
    made = make_array(target)(context, builder)
    itemsize = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(target.dtype)))
    shape = cgutils.unpack_tuple(builder, given.shape)
    strides = cgutils.unpack_tuple(builder, given.strides)
    if widen > 1:
        shape[-1] = builder.mul(shape[-1], context.get_constant(types.intp, widen))
        strides[-1] = itemsize
    populate_array(
        made,
        data=builder.bitcast(given.data, made.data.type),
        shape=shape,
        strides=strides,
        itemsize=itemsize,
        meminfo=given.meminfo,
        parent=given.parent,
    )
    return impl_ret_borrowed(context, builder, target, made._getvalue())


@intrinsic
def primal_view(typingctx, a):
    """The primals of an array of numbers, in its own memory."""
    if not is_dual_array(a):
        return None
    target = types.Array(a.dtype.value, a.ndim, "A" if a.ndim else "C", readonly=not a.mutable, aligned=a.aligned)

    def codegen(context, builder, sig, args):
        reveals(builder, a.dtype)
        return _reinterpreted(context, builder, a, target, args[0], 1)

    return target(a), codegen


def reals_per_number(dual: DualType) -> int:
    """How many reals one number is in memory."""
    dtype = element_dtype(dual)
    return dtype.itemsize // dtype["value"].base.itemsize


@intrinsic
def raw_view(typingctx, a):
    """All reals of a C-contiguous array of real numbers, those of one number side by side."""
    if not is_dual_array(a) or a.layout != "C" or a.dtype.is_complex or not a.ndim:
        return None
    if isinstance(a.dtype, CompactType):
        raise NotCompactError
    target = types.Array(a.dtype.value, a.ndim, "C", readonly=not a.mutable, aligned=a.aligned)

    def codegen(context, builder, sig, args):
        return _reinterpreted(context, builder, a, target, args[0], reals_per_number(a.dtype))

    return target(a), codegen


def _dtype_of(choose):
    """An intrinsic that gives a type made from the elements of an array of numbers, as a dtype."""

    @intrinsic
    def dtype(typingctx, a):
        if not is_dual_array(a):
            return None
        return types.DType(choose(a.dtype))(a), lambda context, builder, sig, args: context.get_dummy_value()

    return dtype


#: Type of the primals.
value_dtype = _dtype_of(lambda dual: dual.value)

#: Type of the real parts.
real_dtype = _dtype_of(lambda dual: dual_type(getattr(dual.value, "underlying_float", dual.value), dual.levels))


@intrinsic
def retyped_dtype(typingctx, a, dtype):
    """The numbers of array `a` over another float or complex type, as a dtype."""
    target = types.DType(dual_type(dtype.dtype, a.dtype.levels))
    return target(a, dtype), lambda context, builder, sig, args: context.get_dummy_value()


def primals(a):
    """A plain array of the primals of `a`, in the layout of the user's own; `a` itself if it is plain."""
    raise NotImplementedError("only inside compiled code")


@overload(primals)
def _primals(a):
    if not is_dual_array(a):
        return lambda a: a
    if a.layout == "F" and a.ndim > 1:
        return lambda a: primal_view(a).T.copy().T
    return lambda a: primal_view(a).copy()


@register_jitable
def put_primals(values, a):
    """Make the plain array `values` the primals of `a`."""
    view = primal_view(a)
    for index in np.ndindex(values.shape):
        view[index] = values[index]
