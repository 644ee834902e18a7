"""Functions that call each other: what a call is taken to return must be what it returns.

While Numba infers a function, a call of it further in has the type of those returns that are known by then. In
`return 1.0 if n == 0 else x * other(x, n - 1)` that is a plain float, though the function returns a number with
derivatives; `other`, which calls it back, is compiled for the float, and would read the wrong memory. Calls of a function in
itself are inferred to the end; those from others are compared here.
"""

from __future__ import annotations

from typing import Any

from numba.core import ir, types
from numba.core.compiler_machinery import AnalysisPass, register_pass

from ..errors import UnsupportedError
from ..program.locate import Location

__all__ = ["CheckRecursion"]


#: ((function, argument types), result) of calls of functions whose inference has not ended, or ended otherwise: the
#: functions that assumed it stay compiled. Changed under Numba's compiler lock only.
_assumed: list[tuple[tuple[Any, Any], Any]] = []


@register_pass(mutates_CFG=False, analysis_only=True)
class CheckRecursion(AnalysisPass):
    """After the inference of types."""

    _name = "dualad_check_recursion"

    def __init__(self) -> None:
        AnalysisPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Note what is assumed of functions further out, and compare what was assumed of this one.

        Raises
        ------
        UnsupportedError
            Another function was compiled for a type that this one does not return.
        """
        own = state.func_id.func, tuple(state.args)
        for expr, signature in state.calltypes.items():
            if isinstance(expr, ir.Expr) and expr.op == "call":
                callee = state.typemap[expr.func.name]
                if isinstance(callee, types.RecursiveCall):
                    called = callee.dispatcher_type.dispatcher.py_func, tuple(map(types.unliteral, signature.args))
                    _assumed.append((called, signature.return_type))
        if any(called == own and result != state.return_type for called, result in _assumed):
            name = own[0].__name__
            raise UnsupportedError(
                f"`{name}` and functions that it calls, which call it back,",
                "the first way out of it returns a plain number, and the others are compiled for that type",
                "return a number that depends on an argument (`1.0 + 0.0 * x`), or make one function of them",
                Location.of_function(own[0]).show(),
            )
        _assumed[:] = [entry for entry in _assumed if entry[0] != own]
        return False
