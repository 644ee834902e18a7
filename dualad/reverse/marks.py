"""Marked loops as blocks of steps: `for i in ad.checkpointed(range(...))` becomes a loop over blocks around the loop itself.

The steps of a block are recorded as those of any inner loop are, and the blocks are what checkpoints are set between
(`checkpoints.py`). How many blocks there are is decided when the loop is reached; until then the program counts one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba.core import types

from ..checkpoint.blocks import block_start
from ..errors import UnsupportedError
from ..program.tree import Const, If, Loop, Op, Operand, Program, Statement, Var, walk
from .live import is_random
from .memory import is_array, is_list
from .places import reads
from .replay import gives_the_same
from .rewrite import fresh_name, names_of
from .support import trips

__all__ = ["Marked", "cut_in_blocks", "refuse_marked"]

_ZERO, _ONE = Const(0, types.int64), Const(1, types.int64)


@dataclass(eq=False)
class Marked:
    """A loop that was cut in blocks.

    Parameters
    ----------
    outer, inner : Loop
        Over the blocks, and over the steps of one block: the user's own.
    steps, blocks : Var
        How many there are.
    plan : Op
        Where `blocks` gets its value.
    """

    outer: Loop
    inner: Loop
    steps: Var
    blocks: Var
    plan: Op

    @property
    def snapshots(self) -> Operand:
        """How many states may be stored, if that was said."""
        return self.inner.mark[0]

    @property
    def memory(self) -> Operand:
        """How many bytes may be taken, if that was said."""
        return self.inner.mark[1]


def cut_in_blocks(program: Program) -> list[Marked]:
    """Cut marked loops that are in no other loop, in place; those with a `break` are left as they are."""
    found: list[Marked] = []
    taken = names_of(program)
    _cut(program.body, taken, found)
    return found


def _cut(statements: list[Statement], taken: set[str], found: list[Marked]) -> None:
    position = 0
    while position < len(statements):
        statement = statements[position]
        if isinstance(statement, If):
            _cut(statement.then, taken, found)
            _cut(statement.orelse, taken, found)
        elif isinstance(statement, Loop) and statement.mark and statement.bounds and not statement.breaks:
            before, marked = _blocks(statement, taken)
            statements[position : position + 1] = [*before, marked.outer]
            found.append(marked)
            position += len(before)
        position += 1


def _blocks(loop: Loop, taken: set[str]) -> tuple[list[Statement], Marked]:
    """What goes before a loop, and the loop in blocks."""
    where = loop.where
    before: list[Statement] = []
    inside: list[Statement] = []

    def made(
        name: str, function: Callable[..., Any], *args: Operand, into: list[Statement], temporary: bool = True
    ) -> Var:
        result = Var(fresh_name(name, taken), types.int64, temporary)
        into.append(Op(function, args, result, where))
        return result

    def whole(bound: Operand) -> Operand:
        return bound if bound.type == types.int64 else made("bound", np.int64, bound, into=before)

    start, stop, step = map(whole, loop.bounds)
    plain = _is(start, 0) and _is(step, 1)
    length: list[Operand] = [stop, _ZERO] if plain else [start, stop, step]
    steps = made("steps", max if plain else trips, *length, into=before, temporary=False)
    blocks = made("blocks", min, steps, _ONE, into=before, temporary=False)
    plan = before[-1]
    block = Var(fresh_name("block", taken), types.int64)

    def at(name: str, number: Operand) -> Operand:
        """The index where a block starts."""
        position: Operand = made(name, block_start, number, blocks, steps, into=inside, temporary=False)
        if not _is(step, 1):
            position = made(name, operator.mul, position, step, into=inside)
        return position if _is(start, 0) else made(name, operator.add, start, position, into=inside)

    first = at("first", block)
    last = at("last", made("next_block", operator.add, block, _ONE, into=inside))
    loop.bounds = (first, last, step)
    outer = Loop(block, (_ZERO, blocks, _ONE), [*inside, loop], where, list(loop.carried))
    assert isinstance(plan, Op)
    return before, Marked(outer, loop, steps, blocks, plan)


def _is(operand: Operand, value: int) -> bool:
    return isinstance(operand, Const) and operand.value == value


def refuse_marked(program: Program, cut: list[Marked], reversed_: Callable[[Statement], bool]) -> None:
    """Refuse marked loops that cannot be run again.

    Raises
    ------
    UnsupportedError
    """
    blocks = {marked.inner for marked in cut}
    for loop in walk(program.body):
        if not isinstance(loop, Loop) or not loop.mark or not reversed_(loop):
            continue
        if loop not in blocks:
            raise _refused_place(loop)
        for statement in walk(loop.body):
            _refuse_statement(statement)


def _refused_place(loop: Loop) -> UnsupportedError:
    if loop.breaks:
        return UnsupportedError(
            "a checkpointed loop with a `break` or a `return`",
            "how many steps there are has to be known before the first one",
            "count the steps before the loop, or skip what is left of them with `if`",
            loop.where.show(),
        )
    return UnsupportedError(
        "a checkpointed loop inside another loop",
        "its stored states would have to be stored themselves",
        "mark the outer loop instead: its steps take the inner one in",
        loop.where.show(),
    )


def _refuse_statement(statement: Statement) -> None:
    """Refuse what does not give the same when it is done again."""
    where = statement.where.show()
    if any(is_list(part) for part in reads(statement)) or is_list(getattr(statement, "result", None)):
        raise UnsupportedError(
            "a list in a checkpointed loop", "its entries are not stored with the state", "use an array", where
        )
    if not isinstance(statement, Op):
        return
    if is_random(statement):
        raise UnsupportedError(
            "a random number in a checkpointed loop",
            "steps that are run again would draw other numbers",
            "draw all numbers into an array before the loop",
            where,
        )
    if statement.function is print:
        raise UnsupportedError(
            "print in a checkpointed loop", "steps that are run again would print again", "store what to print", where
        )
    if not gives_the_same(statement) and not getattr(statement.function, "__dualad_reads__", False):
        raise UnsupportedError(
            f"`{getattr(statement.function, '__name__', statement.function)}` in a checkpointed loop",
            "it is not known to do the same when a step is run again",
            "write what it does with loops and NumPy",
            where,
        )
    if is_array(statement.result) and not statement.result.type.ndim:
        raise UnsupportedError(
            "an array without axes in a checkpointed loop", "its value is not stored", "use a number", where
        )
