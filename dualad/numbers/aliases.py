"""What a jitted function may return and which arguments it may write, read off its untyped IR: nothing is compiled."""

from __future__ import annotations

import weakref
from functools import partial

import numpy as np
from numba.core import compiler, ir
from numba.core.errors import NumbaError, UnsupportedBytecodeError

_known: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def returned(function) -> list:
    """Sources of the result: `"fresh"`, argument positions, or `None` for what is not known."""
    if isinstance(function, partial):
        return [None]
    function = getattr(function, "py_func", function)
    if not hasattr(function, "__code__"):
        return [None]
    if function not in _known:
        _known[function] = []  # what a recursive call returns is what the other paths return
        _known[function] = _read(function)
    return _known[function]


def _read(function) -> list:
    from .origins import Origins

    try:
        func_ir = compiler.run_frontend(function)
    except NumbaError:
        return [None]
    origins = Origins(func_ir, lambda variable: None)
    sources: list = []
    for block in func_ir.blocks.values():
        for statement in block.find_insts(ir.Return):
            sources += _sources(origins, statement.value)
    return sources or [None]


def _sources(origins, variable) -> list:
    """Sources of one returned value; members of a tuple must not share a buffer, or lifting would cut the tie."""
    from .origins import Argument, Fresh

    value = origins.definition(variable)
    if isinstance(value, ir.Expr) and value.op == "cast":
        value = origins.definition(value.value)
    members = value.items if isinstance(value, ir.Expr) and value.op == "build_tuple" else [variable]
    sources: list = []
    makers: set[int] = set()
    for member in members:
        found = origins.of(member)
        for origin in found:
            if isinstance(origin, Argument):
                sources.append(origin.index)
            elif isinstance(origin, Fresh) and not isinstance(origin.assign.value, (ir.Global, ir.FreeVar)):
                sources.append("fresh")
            else:
                sources.append(None)
        made = {id(origin.assign) for origin in found if isinstance(origin, Fresh)}
        if made & makers:
            sources.append(None)
        makers |= made
    return sources


def may_write(function) -> set[int] | None:
    """Positions of arguments whose arrays the function, or one that it calls, may write; None where it cannot be told."""
    function = getattr(function, "py_func", function)
    if not hasattr(function, "__code__"):
        return None
    if function not in _written:
        _written[function] = None  # the answer for recursion
        _written[function] = _read_writes(function)
    return _written[function]


_written: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()

#: Array methods that write into the array.
_WRITING_METHODS = frozenset(
    ["fill", "sort", "partition", "itemset", "put", "resize", "append", "extend", "insert", "pop", "remove", "setfield"]
)
#: NumPy functions that write into their first argument.
_WRITING_FUNCTIONS = frozenset(["copyto", "fill_diagonal", "put", "put_along_axis", "place", "putmask", "shuffle"])
#: Modules whose functions read their arguments only, except for those above and for `out`.
_READERS = ("numpy", "math", "cmath", "builtins", "operator")


def _read_writes(function) -> set[int] | None:
    from .origins import Argument, Fresh, Origins

    try:
        func_ir = compiler.run_frontend(function, inline_closures=True)
    except (NumbaError, UnsupportedBytecodeError):
        return None
    origins = Origins(func_ir, lambda variable: None)
    targets: list = []
    for block in func_ir.blocks.values():
        for statement in block.body:
            if isinstance(statement, (ir.SetItem, ir.StaticSetItem)):
                targets.append(statement.target)
            elif isinstance(statement, ir.SetAttr):
                return None
            elif isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Expr):
                found = written_by(origins, statement.value)
                if found is None:
                    return None
                targets += found
    written: set[int] = set()
    for target in targets:
        for origin in origins.of(target):
            if isinstance(origin, Argument):
                written.add(origin.index)
            elif not isinstance(origin, Fresh):
                return None
    return written


def written_by(origins, expr: ir.Expr) -> list | None:
    """Variables that an expression may write into; None where it cannot be told."""
    if expr.op == "inplace_binop":
        return [expr.lhs]
    if expr.op in ("make_function", "yield"):
        return None
    if expr.op != "call":
        return []
    target = origins.callee(expr)
    out = [variable for key, variable in expr.kws if key == "out"]
    if isinstance(target, tuple):
        return out + [target[0]] * (target[1] in _WRITING_METHODS)
    if hasattr(target, "__dualad_operator__"):
        return []
    if target is None or expr.vararg is not None:
        return None
    if hasattr(target, "__dualad_mark__"):  # it gives back the range that a loop goes over
        return out
    if isinstance(target, np.ufunc):
        return out + list(expr.args[target.nin :])
    name, module = getattr(target, "__name__", ""), (getattr(target, "__module__", None) or "").split(".")[0]
    if module in _READERS or isinstance(target, type):
        return (
            out
            + ([expr.args[0]] if name in _WRITING_FUNCTIONS and expr.args else [])
            + list(expr.args[2:3]) * (name == "dot")
        )
    inner = may_write(target)
    if inner is None:
        return None
    by_position = dict(enumerate(expr.args))
    if expr.kws:
        return None if inner else out
    return out + [by_position[i] for i in inner if i in by_position]
