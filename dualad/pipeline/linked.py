"""Functions that only generated code calls: no code is compiled for calls of them from Python, or through pointers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.core.registry import CPUDispatcher

from .compiler import GeneratedCompiler

__all__ = ["linked"]


class _LinkedDispatcher(CPUDispatcher):
    """Linked into what calls it; called from Python, the function runs as Python."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.py_func(*args, **kwargs)


def linked(function: Callable[..., Any], fastmath: Any = False) -> CPUDispatcher:
    """A function as jitted code calls it.

    Parameters
    ----------
    function : function
    fastmath : bool or set of str
        As for `numba.njit`.
    """
    options = {"nopython": True, "nogil": False, "boundscheck": None, "error_model": "numpy", "fastmath": fastmath}
    options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return _LinkedDispatcher(function, targetoptions=options, pipeline_class=GeneratedCompiler)
