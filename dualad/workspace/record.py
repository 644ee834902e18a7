"""Arrays for records: `empty_record(shape, dtype)` is `np.empty`, with memory that is kept between calls (`allocator`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import impl_ret_new_ref, lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.np.arrayobj import make_array, populate_array

from .allocator import ALLOCATOR, define

__all__ = ["empty_record"]

ALIGNMENT = 64  # bytes; stores across cache lines take twice the time


def empty_record(shape: Any, dtype: Any = np.float64) -> Any:
    """A new array whose memory may be that of an earlier one.

    Parameters
    ----------
    shape : int or tuple of int
    dtype : NumPy type of numbers
    """
    return np.empty(shape, dtype)


empty_record.__dualad_stands_for__ = np.empty  # type: ignore[attr-defined]  # what passes over programs take it for


@infer_global(empty_record)
class _EmptyRecord(AbstractTemplate):
    def generic(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        shape = args[0]
        ndim = 1 if isinstance(shape, types.Integer) else len(shape) if isinstance(shape, types.BaseTuple) else 0
        dtype = args[1].dtype if len(args) > 1 else types.float64
        return signature(types.Array(dtype, ndim, "C"), *args) if ndim and not kws else None


@lower_builtin(empty_record, types.Any)
@lower_builtin(empty_record, types.Any, types.Any)
def _empty_record(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    define()
    kind, intp = sig.return_type, context.get_value_type(types.intp)
    given = cgutils.unpack_tuple(builder, args[0]) if isinstance(sig.args[0], types.BaseTuple) else [args[0]]
    shape = [
        context.cast(builder, size, sig_type, types.intp)
        for size, sig_type in zip(given, _sizes(sig.args[0]), strict=True)
    ]
    element = context.get_data_type(kind.dtype)
    itemsize = intp(context.get_abi_sizeof(element))
    strides = [itemsize]
    for size in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], size))
    nbytes = builder.mul(strides[0], shape[0])
    word = cgutils.voidptr_t
    if ALLOCATOR not in builder.module.globals:
        ir.GlobalVariable(builder.module, ir.IntType(8), ALLOCATOR)
    allocator = builder.bitcast(builder.module.globals[ALLOCATOR], word)
    # the second entry of Numba's table for other languages (`nrt_external.h`): allocate with an allocator of one's own
    table = builder.bitcast(context.nrt.get_nrt_api(builder), word.as_pointer())
    entry = builder.load(cgutils.gep_inbounds(builder, table, 1))
    function = builder.bitcast(entry, ir.FunctionType(word, [intp, word]).as_pointer())
    meminfo = builder.call(function, [builder.add(nbytes, intp(ALIGNMENT)), allocator])
    with builder.if_then(cgutils.is_null(builder, meminfo), likely=False):
        context.call_conv.return_user_exc(builder, MemoryError, ("no memory for a record",))
    address = builder.ptrtoint(context.nrt.meminfo_data(builder, meminfo), intp)
    aligned = builder.and_(builder.add(address, intp(ALIGNMENT - 1)), intp(-ALIGNMENT))
    array = make_array(kind)(context, builder)
    populate_array(
        array,
        data=builder.inttoptr(aligned, element.as_pointer()),
        shape=shape,
        strides=strides,
        itemsize=itemsize,
        meminfo=meminfo,
    )
    return impl_ret_new_ref(context, builder, kind, array._getvalue())


def _sizes(shape: Any) -> Any:
    return shape.types if isinstance(shape, types.BaseTuple) else [shape]
