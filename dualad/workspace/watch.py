"""Where a checkpointed loop is, for those outside of it: words that compiled code writes, a row for each thread.

A step that fails leaves its number there when its exception passes through; a state that is not finite leaves the steps
between which it became so; and a loop that shows its progress calls back from time to time. A word costs one store.

A row is found by a hash of the thread's number, which stands in its first word. Two threads that share a row at the same time
may lose what it says, or read what the other one wrote; what they compute is not touched. In plain Python these functions
do nothing.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

__all__ = [
    "Level",
    "called_back",
    "define",
    "entered",
    "holds_lock",
    "is_lost",
    "levels",
    "note",
    "note_lost",
    "on_call_back",
    "read",
]

ROWS, LEVELS = 64, 3
WORDS = 4  # of a level
#: Words: address of what the loop is called; one more than the number of the step that is under way, 0 if none is; between
#: which steps the state ceases to be finite, the latter -1 if it does not.
TEXT, STEP, GOOD, BAD = range(WORDS)
_HASH = 0x9E3779B97F4A7C15
ENDLESS = 2**62  # a number of steps that no loop comes to
STOPPED = "stopped from the keyboard"  # of the InterruptedError that stands for a KeyboardInterrupt in compiled code

_Row = ctypes.c_int64 * (1 + LEVELS * WORDS)
_rows = (_Row * ROWS)()
_lost = ctypes.c_int64()
_kept: list[Any] = []  # what compiled code points to
_CallBack = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
_receivers: list[Callable[[str, int, int, int], int]] = []


class Level:
    """What this thread's compiled code left of a loop; level 0 is the outermost one.

    Attributes
    ----------
    text : str
        What the loop is called; empty where there was none.
    step : int
        Number of the step that was under way, counted from 0; -1 if none was.
    good, bad : int
        Steps between which the state ceased to be finite; the latter -1 if it did not.
    """

    def __init__(self, words: list[int]) -> None:
        address, self.step, self.good, self.bad = words
        self.text = ctypes.string_at(address).decode() if address else ""
        self.step -= 1


def levels() -> list[Level]:
    """What this thread's compiled code has left since this was asked last."""
    thread = threading.get_ident()
    row = _rows[thread * _HASH % 2**64 >> 58]
    words, row[:] = row[:], [0] * len(row)
    _lost.value = 0
    if words[0] % 2**64 != thread:
        return []
    return [Level(words[1 + k * WORDS : 1 + (k + 1) * WORDS]) for k in range(LEVELS)]


def is_lost() -> int:
    """Whether the state of any loop has not been finite."""
    return _lost.value


def on_call_back(receiver: Callable[[str, int, int, int], int]) -> None:
    """Say what `called_back` calls."""
    _receivers[:] = [receiver]


def define() -> None:
    """Define the symbols that compiled code finds these words by, once in a process."""
    if _kept:
        return
    windows = sys.platform == "win32"
    thread = ctypes.windll.kernel32.GetCurrentThreadId if windows else ctypes.CDLL(None).pthread_self  # type: ignore[attr-defined]
    holds = ctypes.pythonapi.PyGILState_Check

    @_CallBack
    def call_back(row: int, sweep: int, done: int, total: int, answer: int) -> None:
        # an interrupt from the keyboard is raised here, mostly before the first line: then there is no answer
        text = ctypes.string_at(ctypes.c_int64.from_address(row + 8 * TEXT).value).decode()
        found = _receivers[-1](text, sweep, done, total) if _receivers else total
        ctypes.c_int64.from_address(answer).value = min(found, ENDLESS) + 1

    llvm.add_symbol("dualad_watch_rows", ctypes.addressof(_rows))
    llvm.add_symbol("dualad_watch_lost", ctypes.addressof(_lost))
    for name, function in (("thread", thread), ("holds", holds), ("call_back", call_back)):
        llvm.add_symbol(f"dualad_watch_{name}", ctypes.cast(function, ctypes.c_void_p).value)
    _kept.extend((thread, holds, call_back))


# what compiled code calls


def entered(text: str, level: int) -> int:
    """The row of a loop, cleared; both arguments have to be known when compiling."""
    return 0


def note(row: int, word: int, value: int) -> None:
    """Write a word, which others may read at any time."""


def note_lost() -> None:
    """Make `is_lost` true."""


def read(row: int, word: int) -> int:
    """A word as this thread left it."""
    return 0


def holds_lock() -> int:
    """Whether this thread holds Python's lock: one that does not could wait for ever in a call of Python."""
    return 1


def called_back(row: int, sweep: int, done: int, total: int) -> int:
    """One more than what the receiver answers, which is never negative; 0 after an interrupt from the keyboard.

    Where another thread holds Python's lock it is not asked, since that thread may wait for this one; the answer is `total` then.
    """
    return total


_WORD, _POINTER = ir.IntType(64), ir.IntType(64).as_pointer()
_INT = types.int64


def _typed(function: Callable[..., Any], result: types.Type, count: int) -> None:
    @infer_global(function)
    class _(AbstractTemplate):
        def generic(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
            integers = [isinstance(a, (types.Integer, types.IntegerLiteral)) for a in args]
            return signature(result, *[_INT] * count) if all(integers) and len(args) == count and not kws else None


_typed(note, types.none, 3)
_typed(note_lost, types.none, 0)
_typed(read, _INT, 2)
_typed(holds_lock, _INT, 0)
_typed(called_back, _INT, 4)


@infer_global(entered)
class _Entered(AbstractTemplate):
    def generic(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        known = (
            len(args) == 2 and isinstance(args[0], types.StringLiteral) and isinstance(args[1], types.IntegerLiteral)
        )
        return signature(_INT, *args) if known and not kws else None


@lower_builtin(entered, types.StringLiteral, types.IntegerLiteral)
def _entered(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    define()
    text, level = (kind.literal_value for kind in sig.args)
    thread = builder.call(_function(builder, "thread", _WORD, []), [])
    hashed = builder.lshr(builder.mul(thread, _WORD(_HASH)), _WORD(58))
    start = builder.add(_address(builder, "rows"), builder.mul(hashed, _WORD(ctypes.sizeof(_Row))))
    builder.store(thread, builder.inttoptr(start, _POINTER))
    row = builder.add(start, _WORD(8 * (1 + level * WORDS)))
    address = builder.ptrtoint(context.insert_const_string(builder.module, text), _WORD)
    for word, value in ((TEXT, address), (STEP, _WORD(0)), (GOOD, _WORD(0)), (BAD, _WORD(-1))):
        _write(builder, row, _WORD(word), value)
    return row


@lower_builtin(note, _INT, _INT, _INT)
def _note(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    _write(builder, *args)
    return context.get_dummy_value()


def _write(builder: Any, row: Any, word: Any, value: Any) -> None:
    place = builder.inttoptr(builder.add(row, builder.mul(word, _WORD(8))), _POINTER)
    builder.store_atomic(value, place, "monotonic", 8)  # not to be put off by the optimiser


@lower_builtin(note_lost)
def _note_lost(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    define()
    builder.store(_WORD(1), builder.inttoptr(_address(builder, "lost"), _POINTER))
    return context.get_dummy_value()


@lower_builtin(read, _INT, _INT)
def _read(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.load(builder.inttoptr(builder.add(args[0], builder.mul(args[1], _WORD(8))), _POINTER))


@lower_builtin(holds_lock)
def _holds_lock(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    define()
    return builder.zext(builder.call(_function(builder, "holds", ir.IntType(32), []), []), _WORD)


@lower_builtin(called_back, _INT, _INT, _INT, _INT)
def _called_back(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    answer = cgutils.alloca_once_value(builder, args[3])
    holds = _holds_lock(context, builder, None, ())
    with builder.if_then(builder.icmp_signed("!=", holds, _WORD(0))):
        builder.store(_WORD(0), answer)
        function = _function(builder, "call_back", ir.VoidType(), [_WORD] * 5)
        builder.call(function, [*args, builder.ptrtoint(answer, _WORD)])
    return builder.load(answer)


def _function(builder: Any, name: str, result: Any, parameters: list[Any]) -> Any:
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, parameters), f"dualad_watch_{name}")


def _address(builder: Any, name: str) -> Any:
    symbol = f"dualad_watch_{name}"
    if symbol not in builder.module.globals:
        ir.GlobalVariable(builder.module, ir.IntType(8), symbol)
    return builder.ptrtoint(builder.module.globals[symbol], _WORD)
