"""Arrays for records: `empty_record(shape, dtype)` is `np.empty`, with memory that is kept between calls (`allocator`).

They begin with a cache line, and large ones at different lines of a page.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import impl_ret_new_ref, lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.np.arrayobj import make_array, populate_array

from .allocator import ALLOCATOR, define

__all__ = ["LINE", "PAGE", "empty_record", "register"]

LINE, PAGE = 64, 4096  # bytes; accesses across cache lines take twice the time
#: Lines of a page between arrays: processors take a load for one of what was stored just before at the same place of a page.
APART = 5


def empty_record(shape: Any, dtype: Any = np.float64) -> Any:
    """A new array whose memory may be that of an earlier one.

    Parameters
    ----------
    shape : int or tuple of int
    dtype : NumPy type of numbers
    """
    return np.empty(shape, dtype)


empty_record.__dualad_stands_for__ = np.empty  # type: ignore[attr-defined]  # what passes over programs take it for


def _lower(lead: int) -> Any:
    """Lowering of an array of which element `lead` of the last axis begins a cache line."""

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
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
        allocator = _allocator(builder)
        # arrays of a page and more begin in different lines of one, in turn
        turn = builder.atomic_rmw("add", cgutils.gep_inbounds(builder, allocator, 4), intp(APART * LINE), "monotonic")
        fills_page = builder.icmp_unsigned(">=", nbytes, intp(PAGE))
        mask = builder.select(fills_page, intp(PAGE - 1), intp(LINE - 1))
        meminfo = _allocate(context, builder, allocator, builder.add(nbytes, builder.add(mask, intp(1))))
        address = builder.ptrtoint(context.nrt.meminfo_data(builder, meminfo), intp)
        begin = builder.sub(turn, intp(lead * itemsize.constant))
        address = builder.add(address, builder.and_(builder.sub(begin, address), mask))
        array = make_array(kind)(context, builder)
        populate_array(
            array,
            data=builder.inttoptr(address, element.as_pointer()),
            shape=shape,
            strides=strides,
            itemsize=itemsize,
            meminfo=meminfo,
        )
        return impl_ret_new_ref(context, builder, kind, array._getvalue())

    return lower


def _allocator(builder: Any) -> Any:
    """The allocator of records, and the word behind it."""
    if ALLOCATOR not in builder.module.globals:
        kind = ir.LiteralStructType([cgutils.voidptr_t] * 4 + [cgutils.intp_t])
        ir.GlobalVariable(builder.module, kind, ALLOCATOR)
    return builder.module.globals[ALLOCATOR]


def _allocate(context: Any, builder: Any, allocator: Any, nbytes: Any) -> Any:
    """Memory by the allocator of records."""
    word, intp = cgutils.voidptr_t, context.get_value_type(types.intp)
    # the second entry of Numba's table for other languages (`nrt_external.h`): allocate with an allocator of one's own
    table = builder.bitcast(context.nrt.get_nrt_api(builder), word.as_pointer())
    entry = builder.load(cgutils.gep_inbounds(builder, table, 1))
    function = builder.bitcast(entry, ir.FunctionType(word, [intp, word]).as_pointer())
    meminfo = builder.call(function, [nbytes, builder.bitcast(allocator, word)])
    with builder.if_then(cgutils.is_null(builder, meminfo), likely=False):
        context.call_conv.return_user_exc(builder, MemoryError, ("no memory for a record",))
    return meminfo


class _EmptyRecord(AbstractTemplate):
    def generic(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        shape = args[0]
        ndim = 1 if isinstance(shape, types.Integer) else len(shape) if isinstance(shape, types.BaseTuple) else 0
        dtype = args[1].dtype if len(args) > 1 else types.float64
        return signature(types.Array(dtype, ndim, "C"), *args) if ndim and not kws else None


def register(function: Any, lead: int) -> None:
    """Let compiled code call a function of shape and dtype for an array of which element `lead` begins a cache line."""
    infer_global(function)(type(f"_{function.__name__}", (_EmptyRecord,), {}))
    lower = _lower(lead)
    lower_builtin(function, types.Any)(lower)
    lower_builtin(function, types.Any, types.Any)(lower)


register(empty_record, 0)


def _sizes(shape: Any) -> Any:
    return shape.types if isinstance(shape, types.BaseTuple) else [shape]
