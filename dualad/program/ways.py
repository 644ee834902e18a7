"""What happens on the way from one block to the next: copies, flags, and the end of the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numba.core import types

from .graph import UNDEFINED, Block, Fail, map_operands
from .locate import Location
from .simplify import op_reads
from .tree import Const, Copy, If, Loop, Op, Operand, Raise, Statement, Var, operands

__all__ = [
    "FALSE",
    "TRUE",
    "Raised",
    "Stage",
    "copy",
    "flags_to",
    "own_statements",
    "place",
    "raising",
    "statement_reads",
]

TRUE, FALSE = Const(True, types.boolean), Const(False, types.boolean)


@dataclass
class Stage:
    """A block, or the end of a way, that follows; `flag` says whether to take it, where ways differ."""

    target: Any
    flag: Var | None = None


@dataclass
class Raised:
    """Where a way ends in `raise`: the block that does, and variables for what it is given."""

    block: Fail
    args: dict[Var, Var] = field(default_factory=dict)


def flags_to(exits: list[Block], flags: list[Var], target: Block) -> list[tuple[Var, Operand]]:
    """The settings of the flags that lead to one of several exits."""
    place = exits.index(target)
    return [(flag, TRUE if k == place else FALSE) for k, flag in enumerate(flags) if k <= place]


def copy(pairs: list[tuple[Var, Operand]], where: Location) -> list[Statement]:
    kept = [(target, source) for target, source in pairs if target is not source and source is not UNDEFINED]
    return [Copy(tuple(t for t, _ in kept), tuple(s for _, s in kept), where)] if kept else []


def raising(end: Any, names: dict[Any, Any]) -> Raise:
    return Raise(end.kind, map_operands(end.args, lambda operand: names.get(operand, operand)), end.where)


def place(block: Block) -> Location:
    return block.ops[0].where if block.ops else block.end.where  # type: ignore[union-attr]


def own_statements(statements: list[Statement]) -> list[Statement]:
    """The statements in a loop, without those in inner loops."""
    found = []
    for statement in statements:
        found.append(statement)
        if isinstance(statement, If):
            found += own_statements(statement.then) + own_statements(statement.orelse)
    return found


def statement_reads(statement: Statement) -> list[Any]:
    match statement:
        case Op():
            return op_reads(statement)
        case Copy(sources=sources):
            return list(sources)
        case If(cond=cond):
            return [cond]
        case Loop(bounds=bounds, mark=mark):
            return [*bounds, *mark]
        case Raise(args=args):
            return list(operands(args))
    return []
