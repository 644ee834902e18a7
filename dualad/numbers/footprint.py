"""Sizes and strides in bytes, as the user's own arrays have them.

A number takes more memory than its primal, so all strides of an array of numbers are the same multiple of
those of the plain array. Programs that compute with bytes (`as_strided`, `x.strides[0]`) see and give those
of the plain array. What would hand out the memory itself is refused.
"""

from __future__ import annotations

from numba.core import cgutils, types
from numba.core.imputils import builtin_registry as lowering
from numba.np import arrayobj
from numba.np.arrayobj import make_array

from .primals import is_dual_array

#: Attributes that hand out memory.
REFUSED = {
    "ctypes": "the address of an array of numbers that carry derivatives cannot be given away",
    "tobytes": "the bytes of numbers that carry derivatives are not those of plain ones",
}


def _sizes(context, array: types.Array):
    """Bytes of one number and of its primal."""
    return (
        context.get_abi_sizeof(context.get_data_type(array.dtype)),
        context.get_abi_sizeof(context.get_data_type(array.dtype.value)),
    )


def _constant(context, value: int):
    return context.get_constant(types.intp, value)


def _strides(context, builder, typ, value):
    number, primal = _sizes(context, typ)
    strides = cgutils.unpack_tuple(builder, make_array(typ)(context, builder, value).strides)
    factor = _constant(context, number // primal)
    return cgutils.pack_array(builder, [builder.sdiv(stride, factor) for stride in strides], factor.type)


def _itemsize(context, builder, typ, value):
    return _constant(context, _sizes(context, typ)[1])


def _nbytes(context, builder, typ, value):
    return builder.mul(make_array(typ)(context, builder, value).nitems, _itemsize(context, builder, typ, value))


def _register_attribute(name: str, of_numbers, of_others) -> None:
    # Numba finds this lowering by the class of the type alone, so other arrays are handed on
    @lowering.lower_getattr(types.Array, name)
    def attribute(context, builder, typ, value):
        chosen = of_numbers if is_dual_array(typ) else of_others
        return chosen(context, builder, typ, value)


def _register_reshape() -> None:
    """`as_strided` and `sliding_window_view` are made of this one function."""
    original = arrayobj.impl_shape_unchecked

    @lowering.lower(arrayobj.reshape_unchecked, types.Array, types.BaseTuple, types.BaseTuple)
    def reshape_unchecked(context, builder, sig, args):
        if is_dual_array(sig.args[0]):
            number, primal = _sizes(context, sig.args[0])
            factor = _constant(context, number // primal)
            strides = [
                builder.mul(context.cast(builder, stride, kind, types.intp), factor)
                for stride, kind in zip(cgutils.unpack_tuple(builder, args[2]), sig.args[2].types, strict=True)
            ]
            packed = types.UniTuple(types.intp, len(strides))
            sig = sig.replace(args=(*sig.args[:2], packed))
            args = (*args[:2], context.make_tuple(builder, packed, strides))
        return original(context, builder, sig, args)


def register_footprint() -> None:
    """Register the attributes and the function."""
    _register_attribute("strides", _strides, arrayobj.array_strides)
    _register_attribute("itemsize", _itemsize, arrayobj.array_itemsize)
    _register_attribute("nbytes", _nbytes, arrayobj.array_nbytes)
    _register_reshape()
