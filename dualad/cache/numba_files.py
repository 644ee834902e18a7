"""Numba's own cache: `@njit(cache=True)` functions that call ours are loaded without us, and need what our code takes from outside.

The linker ends the process when it misses a symbol. So before Numba links code from its cache, the symbols that the code
names are defined.
"""

from __future__ import annotations

from typing import Any

from numba.core.codegen import Codegen

from .symbols import PREFIX, define

__all__ = ["watch_numba_files"]


def watch_numba_files() -> None:
    """Look at what Numba loads from its cache from now on."""
    if getattr(Codegen.unserialize_library, "__dualad__", False):
        return
    original = Codegen.unserialize_library

    def unserialize_library(self: Any, serialized: Any) -> Any:
        _, kind, data = serialized
        code = data[0] if kind == "object" else data
        if PREFIX in code:
            define(code)
        return original(self, serialized)

    unserialize_library.__dualad__ = True  # type: ignore[attr-defined]
    Codegen.unserialize_library = unserialize_library
