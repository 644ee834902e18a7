"""Changes to a region tree: operands replaced, statements removed."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import numpy as np
from numba.core import types

from ..program.tree import Const, Copy, If, Loop, Op, Operand, Program, Raise, Slice, Statement, Var, operands, walk

__all__ = [
    "bind_arrays",
    "fresh_name",
    "names_of",
    "remove",
    "replace_operands",
    "spell_ellipses",
    "split_choices",
]


def replace_operands(program: Program, mapping: Mapping[Var, Operand]) -> None:
    """Read other operands in place of variables, everywhere."""
    if not mapping:
        return

    def new(part: Any) -> Any:
        if isinstance(part, tuple):
            return tuple(new(p) for p in part)
        if isinstance(part, Slice):
            return Slice(new(part.start), new(part.stop), new(part.step))
        while isinstance(part, Var) and part in mapping:
            part = mapping[part]
        return part

    for statement in walk(program.body):
        match statement:
            case Op():
                statement.args = new(statement.args)
                statement.kwargs = tuple((key, new(value)) for key, value in statement.kwargs)
            case Copy():
                statement.sources = new(statement.sources)
            case If():
                statement.cond = new(statement.cond)
            case Loop():
                statement.bounds, statement.mark = new(statement.bounds), new(statement.mark)
            case Raise():
                statement.args = new(statement.args)
    program.result = new(program.result)


def remove(statements: list[Statement], gone: set[Statement]) -> None:
    """Take statements out of a list and the lists inside it."""
    statements[:] = [s for s in statements if s not in gone]
    for statement in statements:
        if isinstance(statement, If):
            remove(statement.then, gone)
            remove(statement.orelse, gone)
        elif isinstance(statement, Loop):
            remove(statement.body, gone)


def names_of(program: Program) -> set[str]:
    """Every name that a program uses."""
    found = {program.name}
    for statement in walk(program.body):
        match statement:
            case Op(result=Var(name=name)) | Loop(index=Var(name=name)):
                found.add(name)
            case Copy(targets=targets):
                found.update(target.name for target in targets)
    return found | {part.name for part in operands(tuple(program.parameters)) if isinstance(part, Var)}


def fresh_name(wish: str, taken: set[str]) -> str:
    """`wish`, with a number behind it if it is taken; taken from now on."""
    name, count = wish, 1
    while name in taken:
        count += 1
        name = f"{wish}_{count}"
    taken.add(name)
    return name


def bind_arrays(program: Program) -> None:
    """Give captured arrays variables, so that all arrays are variables."""
    taken = names_of(program)
    bound: dict[int, Var] = {}
    made: list[Statement] = []

    def new(part: Any) -> Any:
        if isinstance(part, tuple):
            return tuple(new(p) for p in part)
        if isinstance(part, Const) and isinstance(part.type, types.Array):
            if id(part.value) not in bound:
                bound[id(part.value)] = Var(fresh_name(part.name or "constant", taken), part.type)
                made.append(Op(np.asarray, (part,), bound[id(part.value)], where))
            return bound[id(part.value)]
        return part

    for statement in walk(program.body):
        where = statement.where
        match statement:
            case Op():
                statement.args = new(statement.args)
                statement.kwargs = tuple((key, new(value)) for key, value in statement.kwargs)
            case Copy():
                statement.sources = new(statement.sources)
    if program.body:
        where = program.body[0].where
    program.result = new(program.result)
    program.body[:0] = made


def spell_ellipses(program: Program) -> None:
    """Write `a[..., 0]` with as many slices as it stands for: without single assignment Numba does not compile it."""
    for statement in walk(program.body):
        if isinstance(statement, Op) and statement.function in (operator.getitem, operator.setitem):
            array, position, *rest = statement.args
            parts = position if isinstance(position, tuple) else (position,)
            if isinstance(getattr(array, "type", None), types.Array) and any(map(_is_ellipsis, parts)):
                named = sum(not _is_ellipsis(part) and not _is_new_axis(part) for part in parts)
                where = next(k for k, part in enumerate(parts) if _is_ellipsis(part))
                none = Const(None, types.none)
                spelt = [Slice(none, none, none)] * (array.type.ndim - named)
                if array.type.ndim:
                    statement.args = (array, (*parts[:where], *spelt, *parts[where + 1 :]), *rest)


def _is_ellipsis(part: Any) -> bool:
    return isinstance(part, Const) and part.value is Ellipsis


def _is_new_axis(part: Any) -> bool:
    return isinstance(part, Const) and part.value is None


def split_choices(program: Program) -> None:
    """Make `max(a, b, c)` and `min` of several numbers choices between two, one after the other."""
    taken = names_of(program)
    _split(program.body, taken)


def _split(statements: list[Statement], taken: set[str]) -> None:
    position = 0
    while position < len(statements):
        statement = statements[position]
        match statement:
            case If(then=then, orelse=orelse):
                _split(then, taken)
                _split(orelse, taken)
            case Loop(body=body):
                _split(body, taken)
            case Op(function=function, args=(first, second, third, *rest), result=Var() as result) if function in (
                max,
                min,
            ):
                chosen = Var(fresh_name(f"{result.name}_of", taken), result.type, True)
                statements.insert(position, Op(function, (first, second), chosen, statement.where))
                statement.args = (chosen, third, *rest)
                continue
        position += 1
