"""Refuses `.real` and `.imag` of an array of complex numbers that may be written afterwards.

On plain arrays they are views. Real and imaginary parts of numbers do not lie apart by a stride, so here they are read-only
copies: right as long as the array is not written later, which this pass makes sure of.
"""

from __future__ import annotations

from numba.core import ir, types
from numba.core.analysis import compute_cfg_from_blocks

from ..errors import UnsupportedError
from ..program.locate import Location
from .aliases import written_by
from .origins import Argument
from .types import DualType


def refuse_stale_parts(func_ir, origins, type_of) -> None:
    """Raise UnsupportedError where a write to the array can be reached from where its part was taken."""
    taken = [
        (label, position, statement)
        for label, block in func_ir.blocks.items()
        for position, statement in enumerate(block.body)
        if _takes_part(statement, type_of)
    ]
    if not taken:
        return
    graph = compute_cfg_from_blocks(func_ir.blocks)
    for label, position, statement in taken:
        sources = _sources(origins, statement.value.value)
        for target, loc in _later_writes(func_ir, graph, origins, label, position):
            if target is None or sources & _sources(origins, target):
                raise UnsupportedError(
                    f"a write to an array after `.{statement.value.attr}` of it was taken",
                    "the part of an array of complex numbers with derivatives is a copy, which would not show the write",
                    f"take `.{statement.value.attr}` of the elements, or after the last write",
                    Location.of(loc).show(),
                )


def _takes_part(statement, type_of) -> bool:
    value = getattr(statement, "value", None)
    if not isinstance(value, ir.Expr) or value.op != "getattr" or value.attr not in ("real", "imag"):
        return False
    base = type_of(value.value)
    return isinstance(base, types.Array) and isinstance(base.dtype, DualType) and base.dtype.is_complex


def _sources(origins, variable) -> set:
    """Names for what a variable may hold: the same for two variables that may hold the same array."""
    return {
        ("argument", origin.index) if isinstance(origin, Argument) else ("made at", id(getattr(origin, "assign", None)))
        for origin in origins.of(variable)
    }


def _later_writes(func_ir, graph, origins, label, position):
    """Targets of writes that may follow a statement; None for a call that may write anything."""
    later, waiting = set(), [label]
    while waiting:
        for successor, _ in graph.successors(waiting.pop()):
            if successor not in later:
                later.add(successor)
                waiting.append(successor)
    for other, block in func_ir.blocks.items():
        if other in later:
            statements = block.body
        elif other == label:
            statements = block.body[position + 1 :]
        else:
            continue
        for statement in statements:
            if isinstance(statement, (ir.SetItem, ir.StaticSetItem)):
                yield statement.target, statement.loc
            elif isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Expr):
                written = written_by(origins, statement.value)
                for target in statement.value.list_vars() if written is None else written:
                    yield target, statement.loc
