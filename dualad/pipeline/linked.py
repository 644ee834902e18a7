"""Functions that only compiled code calls: what calls them takes them in, and nothing is compiled besides."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_machinery import PassManager
from numba.core.registry import CPUDispatcher

from .compiler import GeneratedCompiler
from .splicing import spliced

__all__ = ["inlined", "kernel", "linked"]

_ENVIRONMENT = "_ZN08NumbaEnv"


class _LinkedLibrary(JITCodeLibrary):
    """Code of a function that is optimised, and becomes machine code, as a part of what calls it.

    Numba does both for each function, and again for each function that calls it.
    """

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._make_room_for_environments()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """None: there is no machine code."""
        self._ensure_finalized()
        return 0

    def _make_room_for_environments(self) -> None:
        """Numba writes down where the constants of a function are, in a variable that all copies of its code share."""
        engine = self._codegen._engine
        names = [v.name for v in self._final_module.global_variables if v.name.startswith(_ENVIRONMENT)]
        missing = [name for name in names if not engine.get_global_value_address(name)]
        if not missing:
            return
        module = ir.Module(f"environments of {self.name}")
        pointer = ir.IntType(8).as_pointer()
        for name in missing:
            variable = ir.GlobalVariable(module, pointer, name)
            variable.linkage, variable.initializer = "common", ir.Constant(pointer, None)
        parsed = llvm.parse_assembly(str(module))
        parsed.data_layout = self._codegen._data_layout
        if cleanup := self._codegen._add_module(parsed):
            weakref.finalize(self, cleanup)
        engine.finalize_object()


class _LinkedCompiler(GeneratedCompiler):
    def define_pipelines(self) -> list[PassManager]:
        """The passes, in one list."""
        state = self.state
        if state.library is None:
            state.library = _LinkedLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
            state.library.enable_object_caching()
        return super().define_pipelines()


class _LinkedDispatcher(CPUDispatcher):
    """Linked into what calls it; called from Python, the function runs as Python."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.py_func(*args, **kwargs)


class _KernelDispatcher(_LinkedDispatcher):
    """Compiled once for whole numbers, and not for each constant."""

    def get_call_template(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        """What Numba asks for the signature of a call."""
        return super().get_call_template(tuple(map(types.unliteral, args)), kws)


def linked(function: Callable[..., Any], fastmath: Any = False) -> CPUDispatcher:
    """A function as jitted code calls it.

    Parameters
    ----------
    function : function
    fastmath : bool or set of str
        As for `numba.njit`.
    """
    return _LinkedDispatcher(function, targetoptions=_options(fastmath), pipeline_class=_LinkedCompiler)


def kernel(function: Callable[..., Any]) -> CPUDispatcher:
    """The same for a function of plain numbers and arrays, to which no argument need be a constant."""
    return _KernelDispatcher(function, targetoptions=_options(False), pipeline_class=_LinkedCompiler)


def inlined(function: Callable[..., Any]) -> CPUDispatcher:
    """A small one, which generated code and kernels take in before their types are found: it costs no compilation of its own."""
    return spliced(kernel(function))  # type: ignore[no-any-return]


def _options(fastmath: Any) -> dict[str, Any]:
    options = {"nopython": True, "nogil": False, "boundscheck": None, "error_model": "numpy", "fastmath": fastmath}
    options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return options
