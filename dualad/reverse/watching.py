"""What a checkpointed loop tells of itself while it runs: its step, whether its state is finite, how far it has come.

Each line writes a word of `workspace.watch`, or calls back when a loop shows its progress; in plain Python all of it does nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ..pipeline.extrema import smaller
from ..pipeline.linked import inlined, kernel
from ..program.tree import Const, Operand
from ..workspace.watch import BAD, GOOD, LEVELS, STEP, STOPPED, called_back, entered, note, note_lost, read
from .code import Names
from .lines import Lines
from .marks import Marked
from .partials import operand_code

__all__ = ["Unwatched", "Watch"]

FORWARD, REVERSE = 1, 2


class Watch:
    """Writes these lines for one loop.

    Parameters
    ----------
    marked : Marked
    level : int
        How many marked loops are around it.
    names : Names
    numbers : list of str
        Names of the floats that the loop carries.
    """

    def __init__(self, marked: Marked, level: int, names: Names, numbers: list[str]) -> None:
        self.marked, self.names, self.numbers = marked, names, numbers
        self.level = smaller(level, LEVELS - 1)
        self.row = names.fresh("watch")
        self._shows = level == 0 and marked.progress
        self.is_forward = False
        if self._shows:
            self._done, self._due = names.fresh("done"), names.fresh("due")

    def before(self, lines: Lines) -> None:
        """Where the program begins."""
        where = self.marked.inner.where
        text = f"{os.path.basename(where.filename)}, line {where.line}"
        lines.add(f"{self.row} = {self.names.of(entered)}({text!r}, {self.level})")
        if self._shows:
            lines.add(f"{self._done} = {self._due} = 0")

    def step(self, lines: Lines) -> None:
        """At the start of a step."""
        lines.add(f"{self.names.of(at_step)}({self.row}, {self._position()})")
        if self._shows and self.is_forward:
            lines.add(f"{self._done} += 1")
            with lines.block(f"if {self._done} >= {self._due}:"):
                self._show(lines, FORWARD)

    @contextmanager
    def forward(self, lines: Lines) -> Iterator[None]:
        """What is written are the lines of the forward sweep."""
        self.is_forward = True
        yield
        self.is_forward = False
        if self._shows:
            lines.add(f"{self._due} = {self.marked.steps.name}")  # the first step in reverse is shown

    def left(self, lines: Lines) -> None:
        """After the steps of a block."""
        lines.add(f"{self.names.of(at_step)}({self.row}, -1)")

    def reversed_step(self, lines: Lines) -> None:
        """At the start of the reverse of a step."""
        if self._shows:
            lines.add(f"{self._done} = {self._position()}")
            with lines.block(f"if {self._done} <= {self._due}:"):
                self._show(lines, REVERSE)

    def _show(self, lines: Lines, sweep: int) -> None:
        given = f"{self.row}, {sweep}, {self._done}, {self.marked.steps.name}"
        lines.add(f"{self._due} = {self.names.of(shown)}({given})")

    def recorded_step(self, lines: Lines) -> None:
        """After a step that is recorded: the numbers that the loop carries ought to be finite."""
        if self.numbers:
            terms = " + ".join(f"{number} * 0.0" for number in self.numbers)
            with lines.block(f"if {terms} != 0.0:"):
                lines.add(f"{self.names.of(lost)}({self.row}, {self._position()})")

    def arrays(self, lines: Lines, finite: str, position: str) -> None:
        """The arrays of a state were stored, and are finite or not."""
        lines.add(f"{self.names.of(seen)}({self.row}, {position}, {finite})")

    def has_lost(self) -> str:
        """Whether arrays of a state have not been finite, as code."""
        return f"{self.names.of(has_lost)}({self.row})"

    def _position(self) -> str:
        """The number of a step, counted from 0."""
        index, start, step = self.marked.inner.index, self.marked.start, self.marked.step
        assert index is not None
        position = index.name
        if self.marked.single:
            return position
        if not _is(start, 0):
            position = f"({position} - {operand_code(start, self.names).within(11)})"
        return position if _is(step, 1) else f"{position} // {operand_code(step, self.names).within(21)}"


class Unwatched(Watch):
    """Of a loop that nobody marked: nothing is told."""

    def before(self, lines: Lines) -> None:
        """See `Watch`."""

    step = left = reversed_step = recorded_step = before

    def arrays(self, lines: Lines, finite: str, position: str) -> None:
        """See `Watch`."""


def _is(operand: Operand, value: int) -> bool:
    return isinstance(operand, Const) and operand.value == value


# what generated code calls


@inlined
def at_step(row, step):  # type: ignore[no-untyped-def]
    """Which step is under way; -1 for none."""
    note(row, STEP, step + 1)


@inlined
def lost(row, step):  # type: ignore[no-untyped-def]
    """The numbers of the state are not finite after this step; blocks are recorded from the last one to the first."""
    bad = read(row, BAD)
    if bad < 0 or step < bad:
        note(row, GOOD, step)
        note(row, BAD, step + 1)
        note_lost()


@inlined
def has_lost(row):  # type: ignore[no-untyped-def]
    """Whether a state was not finite."""
    return read(row, BAD) >= 0


@kernel
def seen(row, step, finite):  # type: ignore[no-untyped-def]
    """The arrays of the state before this step are finite or not."""
    bad = read(row, BAD)
    if finite:
        if step > read(row, GOOD) and (bad < 0 or step < bad):
            note(row, GOOD, step)
    elif bad < 0 or step < bad:
        note(row, BAD, step)
        note_lost()


@kernel
def shown(row, sweep, done, total):  # type: ignore[no-untyped-def]
    """Show how far the loop has come; at how many steps to show it again."""
    due = called_back(row, sweep, done, total)
    if due == 0:
        raise InterruptedError(STOPPED)  # Numba knows no KeyboardInterrupt
    return due - 1
