"""Numba's typed intermediate representation of a function, without any code being made for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numba.core import compiler
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, PassManager, register_pass
from numba.core.dispatcher import Dispatcher
from numba.core.errors import NumbaRuntimeError
from numba.core.registry import cpu_target
from numba.core.typed_passes import NopythonTypeInference

__all__ = ["Capture", "capture"]


@dataclass(frozen=True)
class Capture:
    """What Numba knows of a function for given argument types.

    Parameters
    ----------
    function : function
    ir : numba FunctionIR
        Blocks of statements in static single assignment form.
    types : dict
        {name of a variable: its type}.
    calls : dict
        {expression: signature of the function it calls}.
    arg_types : tuple of numba types
    result_type : numba type
    """

    function: Callable[..., Any]
    ir: Any
    types: dict[str, Any]
    calls: dict[Any, Any]
    arg_types: tuple[Any, ...]
    result_type: Any


@register_pass(mutates_CFG=False, analysis_only=True)
class KeepTyped(FunctionPass):
    """Ends the pipeline. Numba makes one object of a pass for all compilations, so it holds no state."""

    _name = "dualad_keep_typed"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state) -> bool:
        """Put what is known where the compiler looks for its result."""
        function = state.func_id.func
        state.cr = Capture(
            function, state.func_ir, state.typemap, state.calltypes, tuple(state.args), state.return_type
        )
        return False


class TypedCompiler(CompilerBase):
    """Numba's pipeline up to type inference."""

    def define_pipelines(self):
        """Numba's passes, then the end."""
        manager = PassManager("dualad_typed")
        manager.passes.extend(DefaultPassBuilder.define_untyped_pipeline(self.state).passes)
        manager.add_pass(NopythonTypeInference, "infer types")
        manager.add_pass(KeepTyped, "keep the typed representation")
        manager.finalize()
        return [manager]


def capture(function: Callable[..., Any], arg_types: tuple[Any, ...]) -> Capture:
    """Type a Python function.

    Raises
    ------
    numba.core.errors.NumbaError
        The function has no types that Numba can infer.
    """
    try:
        return _captured(function, arg_types)
    except NumbaRuntimeError:  # it calls itself: Numba must know the type of the inner call before
        dispatcher = _dispatcher_of(function)
        if dispatcher is None:
            raise
        dispatcher.compile(tuple(arg_types))
        return _captured(function, arg_types)


def _dispatcher_of(function: Callable[..., Any]) -> Any:
    """The jitted function that a function calls itself by."""
    cells = [cell.cell_contents for cell in function.__closure__ or () if cell]
    named = [function.__globals__.get(name) for name in function.__code__.co_names]
    found = (v for v in (*cells, *named, *function.__globals__.values()) if isinstance(v, Dispatcher))
    return next((dispatcher for dispatcher in found if dispatcher.py_func is function), None)


def _captured(function: Callable[..., Any], arg_types: tuple[Any, ...]) -> Capture:
    flags = compiler.Flags()
    flags.nrt = True
    flags.error_model = "numpy"
    return compiler.compile_extra(
        cpu_target.typing_context,
        cpu_target.target_context,
        function,
        tuple(arg_types),
        None,
        flags,
        {},
        pipeline_class=TypedCompiler,
    )
