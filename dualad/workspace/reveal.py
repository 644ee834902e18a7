"""Whether a program let the value of a number decide anything: one word that compiled code sets.

A program run on index sets (see `numbers.sets`) gives the same sets wherever it is run, unless a value steered it: a
comparison, an index made from a number, a rounding. All of these take the plain value out of a number, and this word tells
whether any did. It is set and never cleared by compiled code, so that threads can only be too careful.
"""

from __future__ import annotations

import ctypes
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir

__all__ = ["define", "emit", "taken"]

_SYMBOL = "dualad_reveal_word"
_WORD = ir.IntType(64)
_word = ctypes.c_int64()


def define() -> None:
    """Define the symbol that compiled code finds the word by."""
    llvm.add_symbol(_SYMBOL, ctypes.addressof(_word))


def emit(builder: Any) -> None:
    """Code that sets the word."""
    define()
    if _SYMBOL not in builder.module.globals:
        ir.GlobalVariable(builder.module, _WORD, _SYMBOL)
    builder.store(_WORD(1), builder.module.globals[_SYMBOL])


def taken() -> bool:
    """Whether the word has been set since this was asked last."""
    was = bool(_word.value)
    _word.value = 0
    return was
