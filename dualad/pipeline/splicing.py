"""Puts the body of a function into those that call it, in Numba's untyped IR.

For generated functions that are called in one place, which are compiled with their caller in half the time, and for small ones: a
function of one line takes fifty milliseconds to compile. Numba's own `inline="always"` copies each block of the body twice, and
with each block all names of the function, a time that grows with the square of its length; here each call has a body of its own.
"""

from __future__ import annotations

from typing import Any

from numba.core import ir
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.inline_closurecall import inline_closure_call
from numba.core.ir_utils import get_definition, guard, rename_labels, simplify_CFG

__all__ = ["Splice", "spliced"]


def spliced(dispatcher: Any) -> Any:
    """Mark a dispatcher whose body is to become part of its caller; the dispatcher."""
    dispatcher.is_spliced = True
    return dispatcher


@register_pass(mutates_CFG=True, analysis_only=False)
class Splice(FunctionPass):
    """Puts the bodies of marked functions in the place of their calls."""

    _name = "dualad_splice"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Whether there were any."""
        changed = False
        while calls := _calls(state.func_ir):  # what was put in may call others
            for block, position, function in reversed(
                calls
            ):  # a call cuts its block: those before it stay where they are
                inline_closure_call(state.func_ir, {}, block, position, function)
            changed = True
        if changed:  # in the order of the program again, in which Numba looks for types
            state.func_ir.blocks = rename_labels(simplify_CFG(state.func_ir.blocks))
        return changed


def _calls(func_ir: Any) -> list[tuple[Any, int, Any]]:
    """Calls of marked functions: block, position in it, function."""
    return [
        (block, position, function)
        for block in func_ir.blocks.values()
        for position, statement in enumerate(block.body)
        if (function := _marked(func_ir, statement)) is not None
    ]


def _marked(func_ir: Any, statement: Any) -> Any:
    """The Python function that a statement calls, if it is marked."""
    if not (isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Expr) and statement.value.op == "call"):
        return None
    callee = guard(get_definition, func_ir, statement.value.func)
    value = callee.value if isinstance(callee, (ir.Global, ir.FreeVar)) else None
    return value.py_func if value is not None and getattr(value, "is_spliced", False) else None
