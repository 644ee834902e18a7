"""Marked loops as blocks of steps: `for i in ad.checkpointed(range(...))` becomes a loop over blocks around the loop itself.

The steps of a block are recorded as those of any inner loop are, and the blocks are what checkpoints are set between
(`checkpoints.py`). How many blocks there are, or how long they are where a `break` may end the loop, is decided when the loop is
reached; until then the program counts one.

A loop around a marked one is cut as if it were marked: else the stored states of the inner one would have to be stored
themselves. Its blocks are single steps, so that the inner loop is under way once at a time.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba.core import types

from ..checkpoint.blocks import block_start, one_block, whole_length
from ..errors import UnsupportedError
from ..program.tree import Break, Const, Copy, If, Loop, Op, Operand, Program, Statement, Var, walk
from .live import is_random
from .memory import is_array, is_list
from .places import reads
from .replay import gives_the_same
from .rewrite import fresh_name, names_of
from .support import trips

__all__ = ["IMPLIED", "Marked", "cut_in_blocks", "refuse_marked"]

_ZERO, _ONE = Const(0, types.int64), Const(1, types.int64)
_UNSAID = Const(None, types.none)
_UNMARKED = (_UNSAID, _UNSAID, _UNSAID, Const(False, types.boolean))
_SILENT = Const(False, types.boolean)
#: the mark of a loop that nobody marked (`implied.py`)
IMPLIED = (_UNSAID, _UNSAID, _UNSAID, _SILENT)
_ENDLESS = (_ZERO, Const(2**63 - 1, types.int64), _ONE)


@dataclass(eq=False)
class Marked:
    """A loop that was cut in blocks.

    Parameters
    ----------
    outer, inner : Loop
        Over the blocks, and over the steps of one block: the user's own.
    steps, blocks : Var
        How many there are; where a `break` may come, at most.
    length : Var or None
        How many steps a block takes, where a `break` may come.
    plan : list of Op
        Where `length` and `blocks` get their values.
    start, step : Operand
        The first index of the loop, and by what it grows.
    around : bool
        Whether there are marked loops in it.
    """

    outer: Loop
    inner: Loop
    steps: Var
    blocks: Var
    length: Var | None
    plan: list[Op]
    start: Operand
    step: Operand
    around: bool

    @property
    def single(self) -> bool:
        """Whether all blocks are single steps, so that the two loops are one."""
        return self.inner is self.outer

    @property
    def may_exchange(self) -> bool:
        """Whether arrays that only change places may be brought back in place."""
        return self.length is None and not self.around and not self.on_disk

    def join(self, taken: set[str]) -> None:
        """Make all blocks single steps: one loop whose index counts them."""
        outer, inner = self.outer, self.inner
        assert outer.index is not None and inner.index is not None and self.length is None
        before: list[Statement] = []
        if _is(self.start, 0) and _is(self.step, 1):
            outer.index = inner.index
        else:
            made = _Cut(inner, taken, self.around)
            moved = made._made("bound", operator.mul, outer.index, self.step, into=before)
            before.append(Op(operator.add, (self.start, moved), inner.index, inner.where))
        if not outer.index.name[0].isalpha():
            outer.index.name = fresh_name("step", taken)
        outer.body[:], outer.mark, self.inner = [*before, *inner.body], inner.mark, outer

    @property
    def snapshots(self) -> Operand:
        """How many states may be stored, if that was said."""
        return self.inner.mark[0]

    @property
    def memory(self) -> Operand:
        """How many bytes may be taken, if that was said."""
        return self.inner.mark[1]

    @property
    def disk(self) -> Operand:
        """The folder for states on disk, if that was said."""
        return self.inner.mark[2]

    @property
    def on_disk(self) -> bool:
        """Whether it was."""
        return not (isinstance(self.disk, Const) and self.disk.value is None)

    @property
    def implied(self) -> bool:
        """Whether nobody marked it."""
        return self.inner.mark[3] is _SILENT

    @property
    def progress(self) -> bool:
        """Whether the loop shows its progress."""
        shown = self.inner.mark[3]
        return isinstance(shown, Const) and bool(shown.value)


def cut_in_blocks(program: Program) -> list[Marked]:
    """Cut marked loops, and the loops around them, in place; inner ones come first in the result."""
    found: list[Marked] = []
    _cut(program.body, names_of(program), found)
    return found


def _cut(statements: list[Statement], taken: set[str], found: list[Marked]) -> None:
    position = 0
    while position < len(statements):
        statement = statements[position]
        if isinstance(statement, If):
            _cut(statement.then, taken, found)
            _cut(statement.orelse, taken, found)
        elif isinstance(statement, Loop):
            inner = len(found)
            _cut(statement.body, taken, found)
            around = len(found) > inner
            if statement.mark or around:
                before, marked = _Cut(statement, taken, around).blocks()
                statements[position : position + 1] = [*before, marked.outer]
                found.append(marked)
                position += len(before)
        position += 1


class _Cut:
    """One loop on its way into blocks."""

    def __init__(self, loop: Loop, taken: set[str], around: bool) -> None:
        self.loop, self.taken, self.around, self.where = loop, taken, around, loop.where
        self.before: list[Statement] = []
        self.inside: list[Statement] = []
        if not loop.bounds:
            loop.index, loop.bounds = Var(fresh_name("step", taken), types.int64), _ENDLESS
        loop.mark = loop.mark or _UNMARKED

    def blocks(self) -> tuple[list[Statement], Marked]:
        """What goes before the loop, and the loop in blocks."""
        loop = self.loop
        start, stop, step = map(self._whole, loop.bounds)
        plain = _is(start, 0) and _is(step, 1)
        total: list[Operand] = [stop, _ZERO] if plain else [start, stop, step]
        steps = self._made("steps", max if plain else trips, *total, into=self.before, temporary=False)
        length = None
        if loop.breaks:
            length = self._made("length", whole_length, steps, into=self.before, temporary=False)
        blocks = self._made("blocks", one_block, steps, into=self.before, temporary=False)
        plan = [op for op in self.before if isinstance(op, Op) and op.result in (length, blocks)]
        block = Var(fresh_name("block", self.taken), types.int64)
        outer = Loop(block, (_ZERO, blocks, _ONE), self.inside, loop.where, list(loop.carried), breaks=loop.breaks)
        first, last = self._ends(block, blocks, steps, length)
        loop.bounds = (self._index(first, start, step), self._index(last, start, step), step)
        if loop.breaks:
            self._leave_both(loop)
        else:
            self.inside.append(loop)
        return self.before, Marked(outer, loop, steps, blocks, length, plan, start, step, self.around)

    def _ends(self, block: Var, blocks: Var, steps: Var, length: Var | None) -> tuple[Var, Var]:
        """Which steps a block goes from and to."""
        if length is None:
            following = self._made("next_block", operator.add, block, _ONE)
            return (
                self._made("first", block_start, block, blocks, steps, temporary=False),
                self._made("last", block_start, following, blocks, steps, temporary=False),
            )
        first = self._made("first", operator.mul, block, length, temporary=False)
        left = self._made("left", operator.sub, steps, first)
        return first, self._made("last", operator.add, first, self._made("taken", min, left, length), temporary=False)

    def _index(self, position: Operand, start: Operand, step: Operand) -> Operand:
        if not _is(step, 1):
            position = self._made("bound", operator.mul, position, step)
        return position if _is(start, 0) else self._made("bound", operator.add, start, position)

    def _leave_both(self, loop: Loop) -> None:
        """A `break` leaves the loop over the blocks too."""
        done = Var(fresh_name("done", self.taken), types.boolean)

        def is_done(value: bool) -> Copy:
            return Copy((done,), (Const(value, types.boolean),), self.where)

        _before_breaks(loop.body, lambda: is_done(True))
        self.inside += [is_done(False), loop, If(done, [Break(self.where)], [], self.where)]

    def _made(
        self,
        name: str,
        function: Callable[..., Any],
        *args: Operand,
        into: list[Statement] | None = None,
        temporary: bool = True,
    ) -> Var:
        result = Var(fresh_name(name, self.taken), types.int64, temporary)
        (self.inside if into is None else into).append(Op(function, args, result, self.where))
        return result

    def _whole(self, bound: Operand) -> Operand:
        return bound if bound.type == types.int64 else self._made("bound", np.int64, bound, into=self.before)


def _before_breaks(statements: list[Statement], made: Callable[[], Statement]) -> None:
    """Put a statement before each `break` out of the loop that has these statements."""
    for position in range(len(statements) - 1, -1, -1):
        statement = statements[position]
        if isinstance(statement, Break):
            statements.insert(position, made())
        elif isinstance(statement, If):
            _before_breaks(statement.then, made)
            _before_breaks(statement.orelse, made)


def _is(operand: Operand, value: int) -> bool:
    return isinstance(operand, Const) and operand.value == value


def refuse_marked(cut: list[Marked], reversed_: Callable[[Statement], bool]) -> None:
    """Refuse marked loops that cannot be run again.

    Raises
    ------
    UnsupportedError
    """
    for marked in cut:
        if reversed_(marked.outer):
            for statement in walk(marked.inner.body):
                _refuse_statement(statement)


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
