"""The allocator of records: a few lines of LLVM's language, compiled once in a process.

Memory that comes fresh from the system costs more to touch for the first time than most programs take to fill it (a page
fault for each 4 KiB). So a block that a record gives back is kept, up to `KEPT` blocks of at most `LARGEST` bytes in a
process, and serves the next record that fills three quarters of it; larger ones are asked for in huge pages where the system
has them. No lock is needed: a slot is emptied and filled by single atomic exchanges.
"""

from __future__ import annotations

import sys
from typing import Any

import llvmlite.binding as llvm
from numba.core.runtime import rtsys

__all__ = ["ALLOCATOR", "LARGEST", "SMALLEST", "define"]

ALLOCATOR = "dualad_record_allocator"
KEPT = 8
SMALLEST, LARGEST = 2**16, 2**25  # bytes of a block that is kept
HUGE = 2**22  # bytes from which on huge pages are asked for

_IR = f"""
@slots = internal global [{KEPT} x ptr] zeroinitializer
@turn = internal global i64 0
; behind what Numba wants to know stands where in a page the next large array begins
@{ALLOCATOR} = global {{ ptr, ptr, ptr, ptr, i64 }} {{ ptr @take, ptr null, ptr @give, ptr null, i64 0 }}
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
  %least = sub i64 %room, %quarter
  %near = icmp ule i64 %least, %size
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
