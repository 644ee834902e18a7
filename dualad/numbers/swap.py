"""Replaces every function that the user's function calls by its twin, in Numba's untyped IR.

A twin is the same Python function compiled by `compiler.TwinCompiler`; nested functions, third-party ones, functions
captured by closures and functions handed over as arguments are all reached through the constants of the IR.
"""

from __future__ import annotations

from functools import partial

import numba
import numpy as np
from numba.core import ir, types
from numba.core.ccallback import CFunc
from numba.core.dispatcher import Dispatcher, LiftedCode

from ..errors import UnsupportedError
from ..program.locate import Location
from .foreign import is_foreign, stand_in_for
from .substitutes import SUBSTITUTES


def swap(func_ir, argument_types, twin_of) -> None:
    """Rewrite `func_ir` in place.

    Parameters
    ----------
    func_ir : numba FunctionIR
    argument_types : sequence of numba types
        Arguments that are functions are replaced by their twins.
    twin_of : callable
        The twin of a dispatcher.
    """
    called = {
        assign.value.func.name
        for block in func_ir.blocks.values()
        for assign in block.find_insts(ir.Assign)
        if isinstance(assign.value, ir.Expr) and assign.value.op == "call"
    }
    known: dict[str, object] = {}
    for block in func_ir.blocks.values():
        for assign in block.find_insts(ir.Assign):
            value = _constant(assign.value, argument_types, known)
            if value is None:
                continue
            known[assign.target.name] = value
            replaced = _replacement(value, twin_of, assign.target.name in called, assign.loc)
            if replaced is not None:
                name = getattr(value, "__name__", "function")
                assign.value = ir.Global(name, replaced, assign.loc)


def _constant(value, argument_types, known):
    """The Python object that the right-hand side of an assignment stands for, or None."""
    match value:
        case ir.Global() | ir.FreeVar():
            return value.value
        case ir.Arg() if value.index < len(argument_types):
            type_ = argument_types[value.index]
            if isinstance(type_, types.Omitted):
                return type_.value if callable(type_.value) else None
            return type_.dispatcher if isinstance(type_, types.Dispatcher) else None
        case ir.Var():
            return known.get(value.name)
        case ir.Expr(op="getattr"):
            owner = known.get(value.value.name)
            if owner is not None and not isinstance(owner, (np.ndarray, tuple)):
                return getattr(owner, value.attr, None)
    return None


def _replacement(value, twin_of, is_called, loc):
    if is_called:
        for known in (value, getattr(value, "py_func", None)):
            if _hashable(known) and known in SUBSTITUTES:
                return SUBSTITUTES[known]
    if is_called and hasattr(value, "__dualad_stands_for__"):
        return value.__dualad_stands_for__
    if isinstance(value, LiftedCode):
        raise UnsupportedError(
            "a `with objmode` block",
            "Python code in object mode cannot be compiled for numbers that carry derivatives",
            "move the block out of the differentiated function",
            Location.of(loc).show(),
        )
    if is_called and is_foreign(value):
        return stand_in_for(value, twin_of)
    if isinstance(value, CFunc):
        return twin_of(numba.njit(value._sig)(value._pyfunc))
    if isinstance(value, Dispatcher):
        return twin_of(value)
    if hasattr(value, "__dualad_dispatcher__"):
        return value.__dualad_dispatcher__()
    if is_called:
        if isinstance(value, partial) or (hasattr(value, "py_func") and not isinstance(value, Dispatcher)):
            raise UnsupportedError(
                f"the call of `{getattr(value, '__name__', value)}`",
                f"it is a {type(value).__name__}, whose code cannot be compiled for numbers that carry derivatives",
                "call the function under it, decorated by @njit",
                Location.of(loc).show(),
            )
    return None


def _hashable(value) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
