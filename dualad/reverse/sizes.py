"""How much a record of an array takes, as far as that is known before the loop that makes it."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numba.core import types

from ..program.tree import Const, Copy, Loop, Op, Var
from .code import BINARY, UNARY, Code, Names
from .marks import Marked
from .memory import bytes_of, is_array
from .needs import Record
from .partials import operand_code
from .places import Places

__all__ = ["bytes_of_array_record", "value_at_entry"]

_COPIES = (np.copy, np.zeros_like, np.empty_like, np.ones_like)
#: What can be done before a loop that may not run at all.
_SAFE = (operator.add, operator.sub, operator.mul, operator.neg, min, max)


def bytes_of_array_record(record: Record, marked: Marked, places: Places) -> str | None:
    """An expression for the bytes that one entry of a list of arrays takes at most; None where there is none.

    The lists hold references: an array counts as long as it is not one of those that a loop only exchanges.
    """
    var = record.var
    if not is_array(var):
        return None
    reference = (5 + 2 * var.type.ndim) * 10  # words of 8 bytes, and the room that a list has to grow
    if record.at_start and var in marked.outer.carried and _is_exchanged(var, marked, places):
        return str(reference)
    elements = _elements(var, marked, places)
    return None if elements is None else f"{reference} + {elements} * {bytes_of(var.type.dtype)}"


def _is_exchanged(var: Var, marked: Marked, places: Places) -> bool:
    """Whether a name that a loop carries only ever means arrays from before the loop."""
    group = {other for other in marked.outer.carried if is_array(other)}
    copies = [site for site in places.definition[var] if places.position[site] > places.position[marked.outer]]
    return all(isinstance(c, Copy) and c.sources[c.targets.index(var)] in group for c in copies)


def _elements(var: Var, marked: Marked, places: Places) -> str | None:
    """An expression, of what is known before the loop, for a number of elements that an array does not exceed."""
    body = places.body_of[marked.outer, True]
    if var in marked.outer.carried or not places.home[var].inside(body):
        return f"{var.name}.size"
    definition = places.definition[var]
    if len(definition) != 1 or not isinstance(definition[0], Op):
        return None
    op = definition[0]
    arrays = [argument for argument in op.args if is_array(argument)]
    if op.function in _COPIES and arrays:
        return _elements(arrays[0], marked, places)
    if op.function in (np.dot, operator.matmul) and [a.type.ndim for a in arrays] == [2, 1]:
        matrix = arrays[0]
        outside = not places.home[matrix].inside(body)
        return f"{matrix.name}.shape[0]" if outside else None
    if isinstance(op.function, np.ufunc) or op.function in BINARY or op.function in UNARY:
        found = [_elements(array, marked, places) for array in arrays]
        known = list(dict.fromkeys(part for part in found if part is not None))
        if len(known) < len(set(found)) or (len(arrays) > 1 and var.type.ndim != 1):
            return None  # axes of length one may be stretched
        return known[0] if len(known) == 1 else f"max({', '.join(known)})"
    return None


def value_at_entry(operand: Any, loop: Loop, places: Places, names: Names) -> Code | None:
    """An expression, of what is known before a loop, for an integer in it that only depends on shapes; None for others.

    Arrays that the loop carries are taken to keep their shapes.
    """
    from .forward import op_code

    if isinstance(operand, Const):
        return operand_code(operand, names)
    if not isinstance(operand, Var):
        return None
    body = places.body_of[loop, True]
    outside = not places.home[operand].inside(body)
    if outside and operand not in loop.carried and not _is_assigned(operand, loop, places):
        return Code(operand.name)
    definition = places.definition[operand]
    if len(definition) != 1 or not isinstance(definition[0], Op):
        return None
    op = definition[0]
    if op.function is getattr or op.function is len:
        array = op.args[0]
        known = is_array(array) and (array in loop.carried or not places.home[array].inside(body))
        return op_code(op, names) if known else None
    of_shape = op.function is operator.getitem and isinstance(getattr(op.args[0], "type", None), types.UniTuple)
    if not (of_shape or op.function in _SAFE or (op.function is operator.floordiv and _is_positive(op.args[1]))):
        return None
    parts: dict[Any, Code | None] = {part: value_at_entry(part, loop, places, names) for part in op.args}
    return None if None in parts.values() else op_code(op, names, of=parts.__getitem__)


def _is_positive(operand: Any) -> bool:
    return isinstance(operand, Const) and operand.value > 0


def _is_assigned(var: Var, loop: Loop, places: Places) -> bool:
    """Whether a loop gives a variable another value."""
    first, last = places.position[loop], places.end[loop]
    return any(first <= places.position[site] <= last for site in places.definition.get(var, ()))
