"""Integers that a loop moves by the same amount each time are functions of its index.

`position += 1` in the body of `for b in range(a, d)` gives, at the start of an iteration, `first + (b - a)`: nothing that has
to be recorded.
"""

from __future__ import annotations

import operator
from typing import Any

from numba.core import types

from ..program.tree import Const, Copy, Loop, Op, Operand, Program, Slice, Statement, Var, walk
from .places import Places
from .rewrite import fresh_name, names_of

__all__ = ["closed_forms"]


def closed_forms(program: Program) -> None:
    """Compute such integers from the index at the start of each iteration, in place."""
    places, taken = Places(program), names_of(program)
    for statement in list(walk(program.body)):
        if isinstance(statement, Loop) and statement.bounds and _is_one(statement.bounds[2]):
            for var in list(statement.carried):
                _close(statement, var, places, taken)


def _is_one(operand: Operand) -> bool:
    return isinstance(operand, Const) and operand.value == 1


def _close(loop: Loop, var: Var, places: Places, taken: set[str]) -> None:
    if not isinstance(var.type, types.Integer):
        return
    body = places.body_of[loop, True]
    definitions = places.definition[var]
    inside = [s for s in definitions if places.region_of[s].inside(body)]
    outside = [s for s in definitions if not places.region_of[s].inside(body)]
    if len(inside) != 1 or len(outside) != 1 or places.region_of[inside[0]] is not body:
        return
    first = _source(outside[0], var)
    step = _step(_source(inside[0], var), var, loop, places)
    constant = isinstance(first, Const) or (isinstance(first, Var) and _is_fixed(first, loop, places))
    start = loop.bounds[0]
    if step is None or not constant or (isinstance(start, Var) and not _is_fixed(start, loop, places)):
        return
    uses = [s for s in places.uses.get(var, []) if places.region_of[s].inside(body) and s is not inside[0]]
    if not any(s for s in uses if not _is_step_of(s, inside[0], var)):
        return
    now = Var(fresh_name(f"{var.name}_now", taken), var.type, True)
    loop.body[:0] = _formula(first, step, loop, now, taken)
    for use in uses:
        if isinstance(use, Op) and not _is_step_of(use, inside[0], var):
            use.args = _replaced(use.args, var, now)
            use.kwargs = tuple((key, _replaced(value, var, now)) for key, value in use.kwargs)


def _source(copy: Statement, var: Var) -> Operand:
    assert isinstance(copy, Copy)
    return copy.sources[copy.targets.index(var)]


def _step(source: Operand, var: Var, loop: Loop, places: Places) -> Const | None:
    """The constant that is added in an iteration."""
    definition = places.definition.get(source, [None])[0] if isinstance(source, Var) else None  # type: ignore[list-item]
    if not isinstance(definition, Op) or places.region_of[definition] is not places.body_of[loop, True]:
        return None
    if definition.function not in (operator.add, operator.sub) or definition.args[0] is not var:
        return None
    step = definition.args[1]
    if not isinstance(step, Const) or type(step.value) is not int:
        return None
    sign = 1 if definition.function is operator.add else -1
    return Const(sign * step.value, step.type)


def _is_step_of(statement: Statement, copy: Statement, var: Var) -> bool:
    """Whether a statement is the one that moves the variable."""
    assert isinstance(copy, Copy)
    source = copy.sources[copy.targets.index(var)]
    return isinstance(statement, Op) and statement.result is source


def _is_fixed(var: Var, loop: Loop, places: Places) -> bool:
    """Whether a variable keeps its value while the loop runs, and until it is run backwards."""
    body = places.body_of[loop, True]
    if places.home[var].inside(body) or var in loop.carried:
        return False
    return not any(places.region_of[s].inside(body) for s in places.definition.get(var, []))


def _formula(first: Operand, step: Const, loop: Loop, now: Var, taken: set[str]) -> list[Statement]:
    assert loop.index is not None
    where = loop.where
    statements: list[Statement] = []
    moved: Operand = loop.index
    start = loop.bounds[0]
    if not (isinstance(start, Const) and start.value == 0):
        difference = Var(fresh_name(f"{now.name}_d", taken), types.int64, True)
        statements.append(Op(operator.sub, (moved, start), difference, where))
        moved = difference
    if step.value != 1:
        scaled = Var(fresh_name(f"{now.name}_s", taken), types.int64, True)
        statements.append(Op(operator.mul, (moved, step), scaled, where))
        moved = scaled
    statements.append(Op(operator.add, (first, moved), now, where))
    return statements


def _replaced(part: Any, var: Var, now: Var) -> Any:
    if isinstance(part, tuple):
        return tuple(_replaced(p, var, now) for p in part)
    if isinstance(part, Slice):
        return Slice(*(_replaced(p, var, now) for p in (part.start, part.stop, part.step)))
    return now if part is var else part
