"""Writes the sweeps over a checkpointed loop whose blocks are single steps, as `single_steps.py` chooses them.

The steps are run without records, in either sweep, and reversed from the state at their start. What little of a step has to be
done again before its reverse leaves the names as they are at its start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..program.tree import Op
from .checkpoints import Checkpoints
from .exchanges import Exchange
from .lines import Lines
from .live import reads_contents
from .memory import is_container, written
from .needs import Needs
from .places import reads

__all__ = ["KeptSteps", "SingleSteps"]


class SingleSteps(Checkpoints):
    """Writes the sweeps over a loop in single steps; see `Checkpoints`."""

    in_place = False  # whether states are written where they are stored

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        #: what carried variables were before the last step
        self.before = {var: self.names.fresh(f"{var.name}_before") for var in self.state.at_start}
        self.alike = not self.before and self._can_wait(self.records.needs)
        #: arrays that may be their stored contents while a step is reversed, with what keeps hold of the array itself
        shown = (var for var in self.state.exchanged if var.type.layout == "C" and not self.in_place)
        self.own = {var: self.names.fresh(f"{var.name}_own") for var in shown}

    def _can_wait(self, needs: Needs) -> bool:
        """Whether what is done again before the reverse of the last step can be done after that step too."""
        body = self.places.body_of[self.marked.outer, True]
        if any(self.places.region_of[record.loop].inside(body) for record in needs.records):
            return False
        for op in self.state.again.statements:
            if isinstance(op, Op):
                read = [part for part in reads(op) if is_container(part)] if reads_contents(op) else []
                if written(op) or any(needs.is_overwritten(part, op) for part in read):
                    return False
        return True

    # forward sweep

    def forward(self, lines: Lines, plain: Any, recorded: Any) -> None:
        """See `Checkpoints.forward`."""
        steps, step = self.marked.blocks.name, self.block
        self._allocate(lines)
        self._begin(lines)
        with self.watch.forward(lines):
            if self.alike:
                with lines.block(f"for {step} in range({steps}):"):
                    self._store_if_due(lines, steps, f" < {steps} - 1")
                    self._step(lines, plain, f"{steps} - 1")
            else:
                with lines.block(f"for {step} in range({steps} - 1):"):
                    self._store_if_due(lines, steps)
                    self._step(lines, plain, f"{steps} - 1")
                with lines.block(f"if {steps} > 0:"):
                    lines.add(f"{step} = {steps} - 1")
                    for var, name in self.before.items():
                        lines.add(f"{name} = {var.name}")
                    self._step(lines, recorded)
            self.watch.left(lines)

    def _begin(self, lines: Lines) -> None:
        """Before the first step."""

    def _step(self, lines: Lines, write: Callable[[], None], last: str = "") -> None:
        """A step of the forward sweep; the state after it may be stored if it is one before `last`."""
        self.watch.step(lines)
        write()
        self.watch.recorded_step(lines)

    # reverse sweep

    def again(self, lines: Lines, plain: Any, recorded: Any) -> None:
        """See `Checkpoints.again`."""
        with lines.block(f"if {self.block} < {self.marked.blocks.name} - 1:"):
            self._release(lines)
            self._come(lines, lambda: self._step_again(lines, plain))
            self.watch.left(lines)
            if not self.alike:
                recorded()
        if self.before or self.state.exchange is not None:
            with lines.block("else:"):
                for var, name in self.before.items():
                    lines.add(f"{var.name} = {name}")
                if self.state.exchange is not None:
                    self._undo(lines, self.state.exchange)
                self._hold(lines)
        if self.alike:
            recorded()

    def _step_again(self, lines: Lines, plain: Callable[[], None]) -> None:
        self.watch.step(lines)
        plain()

    def _undo(self, lines: Lines, exchange: Exchange) -> None:
        """The names mean what they meant before the last step."""
        exchange.undo(lines)

    def before_reverse(self, lines: Lines, _: object) -> None:
        """Before the reverse sweep over the steps."""
        self._hold(lines)

    def _hold(self, lines: Lines) -> None:
        """Keep hold of arrays while their names may mean others."""
        for var, name in self.own.items():
            lines.add(f"{name} = {var.name}")

    def _release(self, lines: Lines) -> None:
        """Give the names back their arrays."""
        for var, name in self.own.items():
            lines.add(f"{var.name} = {name}")

    def _show(self, lines: Lines, slot: str) -> None:
        """Let the names mean the stored state itself, for the last time that it is read."""
        self._load_numbers(lines, slot)
        for var in self.own:
            lines.add(f"{var.name} = {self.stacks[var]}[{slot}]")

    def _come_from(self, lines: Lines, last: str, plain: Any) -> None:
        """See `Checkpoints._come_from`."""
        if len(self.own) < len(self.state.arrays):
            super()._come_from(lines, last, plain)
            self._hold(lines)
            return
        with lines.block(f"if {self.positions}[{last}] == {self.block}:"):
            self._hold(lines)
            self._show(lines, last)
        with lines.block("else:"):
            super()._come_from(lines, last, plain)
            self._hold(lines)


class KeptSteps(SingleSteps):
    """Of a loop that nobody marked: every state is stored, and no step is run again."""

    def _plan(self, lines: Lines) -> None:
        lines.add(f"{self.marked.blocks.name} = {self.marked.steps.name}")

    def forward(self, lines: Lines, plain: Any, recorded: Any) -> None:
        """See `Checkpoints.forward`."""
        self._allocate_states(lines, self.marked.blocks.name)
        with lines.block(f"for {self.block} in range({self.marked.blocks.name}):"):
            self._store(lines, self.block)
            plain()

    def again(self, lines: Lines, plain: Any, recorded: Any) -> None:
        """See `Checkpoints.again`."""
        self._release(lines)
        if self.state.exchange is not None:
            self.state.exchange.undo(lines)
        self._hold(lines)
        if len(self.own) < len(self.state.arrays):
            self._load(lines, self.block)
        else:
            self._show(lines, self.block)
        recorded()
