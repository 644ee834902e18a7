"""Memory of records, kept between calls.

The records of an adjoint are as large as its program runs long, and are made anew in each call. Memory that comes fresh from
the system costs more to touch for the first time than most programs take to fill it (a page fault for each 4 KiB). So a
block that a record gives back is kept, up to `KEPT` blocks of at most `LARGEST` bytes in a process, and serves the next
record of its size; larger ones are asked for in huge pages where the system has them.

`empty_record(shape, dtype)` is `np.empty`, with such memory in compiled code. It needs no lock: a slot is emptied and filled by
single atomic exchanges.
"""

from __future__ import annotations

import sys
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import impl_ret_new_ref, lower_builtin
from numba.core.runtime import rtsys
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.np.arrayobj import make_array, populate_array

__all__ = ["ALLOCATOR", "define", "empty_record"]

ALLOCATOR = "dualad_record_allocator"
KEPT = 8
SMALLEST, LARGEST = 2**16, 2**25  # bytes of a block that is kept
HUGE = 2**22  # bytes from which on huge pages are asked for
ALIGNMENT = 64  # bytes; stores across cache lines take twice the time

_IR = f"""
@slots = internal global [{KEPT} x ptr] zeroinitializer
@turn = internal global i64 0
@{ALLOCATOR} = global {{ ptr, ptr, ptr, ptr }} {{ ptr @take, ptr null, ptr @give, ptr null }}
declare ptr @NRT_Allocate(i64)
declare void @NRT_Free(ptr)
declare i32 @madvise(ptr, i64, i32)

; A block starts with 16 bytes that hold its size.
define internal ptr @take(i64 %size, ptr %unused) {{
entry:
  %small = icmp ult i64 %size, {SMALLEST}
  br i1 %small, label %fresh, label %look
look:
  %i = phi i64 [ 0, %entry ], [ %next, %skip ]
  %slot = getelementptr [{KEPT} x ptr], ptr @slots, i64 0, i64 %i
  %kept = atomicrmw xchg ptr %slot, ptr null acq_rel
  %none = icmp eq ptr %kept, null
  br i1 %none, label %skip, label %weigh
weigh:
  %room = load i64, ptr %kept
  %fits = icmp uge i64 %room, %size
  %quarter = lshr i64 %room, 2
  %near = icmp ule i64 %quarter, %size
  %good = and i1 %fits, %near
  br i1 %good, label %done, label %back
back:
  %pair = cmpxchg ptr %slot, ptr null, ptr %kept acq_rel monotonic
  %stays = extractvalue {{ ptr, i1 }} %pair, 1
  br i1 %stays, label %skip, label %drop
drop:
  call void @NRT_Free(ptr %kept)
  br label %skip
skip:
  %next = add i64 %i, 1
  %last = icmp eq i64 %next, {KEPT}
  br i1 %last, label %fresh, label %look
fresh:
  %all = add i64 %size, 16
  %new = call ptr @NRT_Allocate(i64 %all)
  %failed = icmp eq ptr %new, null
  br i1 %failed, label %fail, label %note
note:
  store i64 %size, ptr %new
  %huge = icmp uge i64 %size, {HUGE}
  br i1 %huge, label %advise, label %done
advise:
  %address = ptrtoint ptr %new to i64
  %above = add i64 %address, 4095
  %page = and i64 %above, -4096
  %start = inttoptr i64 %page to ptr
  %length = and i64 %size, -4096
  %whole = sub i64 %length, 4096
  ADVISE
  br label %done
done:
  %block = phi ptr [ %kept, %weigh ], [ %new, %note ], [ %new, %advise ]
  %data = getelementptr i8, ptr %block, i64 16
  ret ptr %data
fail:
  ret ptr null
}}

define internal void @give(ptr %data, ptr %unused) {{
entry:
  %block = getelementptr i8, ptr %data, i64 -16
  %size = load i64, ptr %block
  %small = icmp ult i64 %size, {SMALLEST}
  %large = icmp ugt i64 %size, {LARGEST}
  %other = or i1 %small, %large
  br i1 %other, label %free, label %look
look:
  %i = phi i64 [ 0, %entry ], [ %next, %skip ]
  %slot = getelementptr [{KEPT} x ptr], ptr @slots, i64 0, i64 %i
  %pair = cmpxchg ptr %slot, ptr null, ptr %block acq_rel monotonic
  %put = extractvalue {{ ptr, i1 }} %pair, 1
  br i1 %put, label %end, label %skip
skip:
  %next = add i64 %i, 1
  %last = icmp eq i64 %next, {KEPT}
  br i1 %last, label %replace, label %look
replace:
  %ticket = atomicrmw add ptr @turn, i64 1 monotonic
  %k = urem i64 %ticket, {KEPT}
  %place = getelementptr [{KEPT} x ptr], ptr @slots, i64 0, i64 %k
  %old = atomicrmw xchg ptr %place, ptr %block acq_rel
  %empty = icmp eq ptr %old, null
  br i1 %empty, label %end, label %forget
forget:
  call void @NRT_Free(ptr %old)
  br label %end
free:
  call void @NRT_Free(ptr %block)
  br label %end
end:
  ret void
}}
"""
_MADV_HUGEPAGE = 14  # of Linux
_engines: list[Any] = []  # kept for as long as the process runs


def define() -> None:
    """Define the symbol that compiled code finds the allocator by, once in a process."""
    if _engines:
        return
    from numba.core.registry import cpu_target

    rtsys.initialize(cpu_target.target_context)  # defines NRT_Allocate and NRT_Free
    linux = sys.platform == "linux"
    advise = f"call i32 @madvise(ptr %start, i64 %whole, i32 {_MADV_HUGEPAGE})" if linux else ""
    text = _IR.replace("ADVISE", advise)
    if not linux:
        text = text.replace("declare i32 @madvise(ptr, i64, i32)\n", "")
    module = llvm.parse_assembly(text)
    module.verify()
    engine = llvm.create_mcjit_compiler(module, llvm.Target.from_default_triple().create_target_machine(jit=True))
    engine.finalize_object()
    llvm.add_symbol(ALLOCATOR, engine.get_global_value_address(ALLOCATOR))
    _engines.append(engine)


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
