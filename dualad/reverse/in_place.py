"""States that are written where they are stored.

Of two buffers that change places, a step fills the one from the other. Where the state that it comes to is to be stored, it fills
a place among the stored states instead, and no copy is made. What it leaves as it was, such as the edges of a grid, is taken from
the buffer that it would have filled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..program.tree import Loop, Var
from .boxes import Boxes
from .code import Code, Names
from .exchanges import Exchange
from .lines import Lines
from .memory import Memory
from .places import Places
from .plans import aimed, begun, is_finite
from .rewritten import is_rewritten
from .states import State
from .stepwise import KeptSteps, SingleSteps

__all__ = ["AllInPlace", "InPlace", "Pair", "pairs_in_place"]


@dataclass(frozen=True)
class Pair:
    """Two buffers: what a step reads, what it fills, and the box of elements that it fills in any case."""

    read: Var
    filled: Var
    box: list[tuple[Code, Code]]


def pairs_in_place(state: State, step: Loop, places: Places, memory: Memory, names: Names) -> list[Pair]:
    """The buffers of a loop whose states can be written in place; none where they have to be copied.

    Its state has to be one of two buffers, for each array, and each step has to fill the other one alike.
    """
    exchange = state.exchange
    if exchange is None or set(state.arrays) != set(state.exchanged) or len(exchange.after) != 2 * len(state.exchanged):
        return []
    found = []
    boxes = Boxes(step, exchange, places, memory, names)
    for var in state.exchanged:
        other = exchange.after[var]
        box = boxes.written(other)
        if other is var or exchange.after[other] is not var or other in state.exchanged or box is None:
            return []
        if var.type.layout != "C" or not is_rewritten(other, step, exchange, places, memory):
            return []
        found.append(Pair(var, other, box))
    return found


class InPlace(SingleSteps):
    """Writes the sweeps over a loop in single steps whose states are written in place; see `Checkpoints`."""

    in_place = True

    def __init__(self, pairs: list[Pair], *args: Any) -> None:
        super().__init__(*args)
        self.pairs = pairs
        #: the program's own buffers, by the names that would mean them before the step under way
        self.buffers = {var: self.names.fresh(f"{var.name}_own") for p in pairs for var in (p.read, p.filled)}

    # a step

    def _begin(self, lines: Lines) -> None:
        self._begin_if(lines, f"{self.marked.blocks.name} > 1")

    def _begin_if(self, lines: Lines, some: str) -> None:
        """Before the first step: if any state is stored, the first one goes to its place."""
        for var, name in self.buffers.items():
            lines.add(f"{name} = {var.name}")
        with lines.block(f"if {some}:"):
            for pair in self.pairs:
                lines.add(f"{pair.read} = {self.names.jitted(begun)}({self.stacks[pair.read]}, {pair.read})")

    def _aim(self, lines: Lines, slot: str, is_due: str) -> None:
        """Before a step: what it fills."""
        for pair in self.pairs:
            box = ", ".join(f"{first}, {end}" for first, end in pair.box)
            given = f"{self.buffers[pair.filled]}, {self.stacks[pair.read]}, {slot}, {is_due}, ({box})"
            lines.add(f"{pair.filled} = {self.names.jitted(aimed)}({given})")

    def _aim_before(self, lines: Lines, last: str) -> None:
        """Before a step: what it fills, where states before the step `last` may be stored."""
        self._aim(lines, self.height, f"{self.block} + 1 == {self.upcoming} < {last}")

    def _turn_buffers(self, lines: Lines) -> None:
        names = [(self.buffers[pair.read], self.buffers[pair.filled]) for pair in self.pairs]
        one, other = (", ".join(name for pair in names for name in pair[::way]) for way in (1, -1))
        lines.add(f"{one} = {other}")

    def _step(self, lines: Lines, write: Callable[[], None], last: str = "") -> None:
        if last:
            self._aim_before(lines, last)
        else:
            for pair in self.pairs:
                lines.add(f"{pair.filled} = {self.buffers[pair.filled]}")
        super()._step(lines, write)
        self._turn_buffers(lines)

    def _step_again(self, lines: Lines, plain: Callable[[], None]) -> None:
        self._aim_before(lines, self.target)
        super()._step_again(lines, plain)
        self._turn_buffers(lines)

    # states

    def forward(self, lines: Lines, plain: Any, recorded: Any) -> None:
        """See `Checkpoints.forward`."""
        super().forward(lines, plain, recorded)
        if self.finite:
            self._look(lines, self.marked.blocks.name)

    def _store(self, lines: Lines, height: str) -> None:
        """The arrays are in their place already."""
        self._store_numbers(lines, height)
        if self.finite and self.watch.is_forward:
            self._look(lines, self.block)
        elif self.finite:
            with lines.block(f"if {self.watch.has_lost()}:"):
                self._look(lines, self.block)

    def _look(self, lines: Lines, position: str) -> None:
        """Tell whether the state before a step is finite."""
        for k, pair in enumerate(self.pairs):
            known = f" and {self.finite}" if k else ""
            lines.add(f"{self.finite} = {self.names.jitted(is_finite)}({pair.read}){known}")
        self.watch.arrays(lines, self.finite, position)

    def _load(self, lines: Lines, height: str) -> None:
        """The names mean a stored state."""
        self._load_numbers(lines, height)
        for pair in self.pairs:
            lines.add(f"{pair.read} = {self.stacks[pair.read]}[{height}]")

    def _turn(self, lines: Lines, exchange: Exchange, last: str) -> None:
        with lines.block(f"if ({self.block} + 1 - {self.positions}[{last}]) % 2 == 1:"):
            self._turn_buffers(lines)

    def _undo(self, lines: Lines, exchange: Exchange) -> None:
        super()._undo(lines, exchange)
        self._turn_buffers(lines)


class AllInPlace(InPlace):
    """Of a loop that nobody marked: every state is stored, and no step is run again."""

    _plan = KeptSteps._plan

    def forward(self, lines: Lines, plain: Any, recorded: Any) -> None:
        """See `Checkpoints.forward`."""
        step, steps = self.block, self.marked.blocks.name
        self._allocate_states(lines, steps)
        self._begin_if(lines, f"{steps} > 0")
        with lines.block(f"for {step} in range({steps}):"):
            self._store_numbers(lines, step)
            self._aim(lines, f"{step} + 1", f"{step} + 1 < {steps}")
            plain()
            self._turn_buffers(lines)

    def again(self, lines: Lines, plain: Any, recorded: Any) -> None:
        """See `Checkpoints.again`."""
        self._load(lines, self.block)
        recorded()
