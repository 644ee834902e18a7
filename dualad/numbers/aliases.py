"""What a jitted function may return: a fresh array, one of its arguments, or something that cannot be told.

Read off the function's untyped IR, so no types and no compilation are needed.
"""

from __future__ import annotations

import weakref
from functools import partial

from numba.core import compiler, ir
from numba.core.errors import NumbaError

_known: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def returned(function) -> list:
    """Sources of the result: `"fresh"`, argument positions, or `None` for what is not known."""
    if isinstance(function, partial):
        return [None]
    function = getattr(function, "py_func", function)
    if not hasattr(function, "__code__"):
        return [None]
    if function not in _known:
        _known[function] = [None]  # the answer for recursion
        _known[function] = _read(function)
    return _known[function]


def _read(function) -> list:
    from .origins import Argument, Fresh, Origins

    try:
        func_ir = compiler.run_frontend(function)
    except NumbaError:
        return [None]
    origins, sources, tuples = Origins(func_ir, lambda variable: None), [], 0
    for block in func_ir.blocks.values():
        for statement in block.find_insts(ir.Return):
            for origin in origins.of(statement.value):
                if isinstance(origin, Argument):
                    sources.append(origin.index)
                elif isinstance(origin, Fresh) and not isinstance(origin.assign.value, (ir.Global, ir.FreeVar)):
                    sources.append("fresh")
                else:
                    sources.append(None)
            tuples += 1
    # two members of a tuple may share one buffer: then lifting each of them apart would cut the tie
    makes_tuple = any(
        isinstance(a.value, ir.Expr) and a.value.op == "build_tuple"
        for block in func_ir.blocks.values()
        for a in block.find_insts(ir.Assign)
    )
    if makes_tuple and sources.count("fresh") > 1:
        return [None]
    return sources or [None]
