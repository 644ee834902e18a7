"""Writes the sweeps over a loop in blocks: snapshots in the forward sweep, blocks run again in the reverse sweep.

Of the body there are: the steps without records, in either sweep; the last block with records, in the forward sweep, from
where the reverse sweep begins; any other block with records, and the reverse of a block, in the reverse sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import types

from ..checkpoint import online
from ..checkpoint.blocks import block_start, longest_block
from ..program.tree import Copy, Op, Statement, Var
from .code import Names
from .exchanges import Exchange
from .leads import Leads
from .lines import Lines
from .marks import Marked
from .memory import bytes_of
from .partials import operand_code
from .places import Places
from .plans import (
    default_memory,
    following,
    in_bytes,
    in_bytes_online,
    in_snapshots,
    in_snapshots_online,
    in_states,
    kept,
    restored,
    stored,
)
from .records import ON_ARRAYS, Records, dtype
from .states import State
from .watching import Unwatched, Watch

__all__ = ["Checkpoints"]


class Checkpoints:
    """Writes the sweeps over a loop in blocks.

    Where a `break` may end the loop, the forward sweep does all blocks without records, and places snapshots so that it could end
    at any of them; these are in the order of their steps, but not of their slots.

    Parameters
    ----------
    marked, state, names, places, records, leads
    level : int
        How many marked loops are around it.
    """

    def __init__(
        self, marked: Marked, state: State, names: Names, places: Places, records: Records, leads: Leads, level: int
    ) -> None:
        watched = [v.name for v in state.numbers if isinstance(v.type, types.Float)]
        self.watch = records.watched[marked.inner] = (Unwatched if marked.implied else Watch)(
            marked, level, names, watched
        )
        looked_at = not marked.implied and any(_may_be_lost(v, places) for v in state.arrays)
        self.finite = names.fresh("finite") if looked_at else ""
        self.marked, self.state, self.names, self.places, self.records = marked, state, names, places, records
        self.leads = leads
        self.slots, self.height, self.upcoming, self.positions, self.longest, self.target = (
            names.fresh(word) for word in ("slots", "height", "upcoming", "positions", "longest", "target")
        )
        self.online = marked.length is not None
        if marked.length is not None:
            self.longest, self.order = marked.length.name, names.fresh("order")
        if not marked.single:
            records.longest[marked.inner] = self.longest
        self.rows = names.fresh("states") if any(v.type == types.float64 for v in state.numbers) else ""
        floats = [v for v in state.numbers if v.type == types.float64]
        self.place = {v: f"{self.rows}[{{}}, {k}]" for k, v in enumerate(floats)}
        self.single = {v: names.fresh(f"{v.name}_states") for v in state.numbers if v not in self.place}
        self.place |= {v: f"{name}[{{}}]" for v, name in self.single.items()}
        self.stacks = {v: names.fresh(f"{v.name}_states") for v in state.arrays}

    @property
    def block(self) -> str:
        """The index of the loop over blocks."""
        assert self.marked.outer.index is not None
        return self.marked.outer.index.name

    def _slot(self, place: str) -> str:
        """Where the state is that is at a place of the stack."""
        return f"{self.order}[{place}]" if self.online else place

    # forward sweep

    def forward(self, lines: Lines, plain: Any, recorded: Any) -> None:
        """The forward sweep: without records, but for the last block where it is known before.

        Parameters
        ----------
        lines : Lines
        plain, recorded : callable
            Each writes one block.
        """
        blocks, block = self.marked.blocks.name, self.block
        self._allocate(lines)
        self.records.before_replays(self.marked.outer, lines)
        with self.watch.forward(lines):
            if self.online:
                self._forward_online(lines, plain)
                return
            with lines.block(f"for {block} in range({blocks} - 1):"):
                self._store_if_due(lines, blocks)
                plain()
            with lines.block(f"if {blocks} > 0:"):
                lines.add(f"{block} = {blocks} - 1")
                recorded()

    def _forward_online(self, lines: Lines, plain: Any) -> None:
        block, height, positions = self.block, self.height, self.positions
        trips = self.records.trips[self.marked.outer].name
        lines.add(f"{trips} = 0")
        with lines.block(f"for {block} in range({self.marked.blocks.name}):"):
            lines.add(f"{trips} += 1")
            with lines.block(f"if {block} == {self.upcoming}:"):
                stack = f"{positions}, {self.order}, {height}, {block}, {self.slots}"
                lines.add(f"{height}, {self.upcoming} = {self.names.of(online.place)}({stack})")
                with lines.block(f"if {positions}[{height} - 1] == {block}:"):
                    self._store(lines, f"{height} - 1")
            plain()

    def plans(self, lines: Lines) -> dict[Statement, Callable[[Any], None]]:
        """What writes the statements that stand for the choice of the schedule: the first of them makes it."""
        first, *others = self.marked.plan
        return {first: lambda _: self._plan(lines), **dict.fromkeys(others, lambda _: None)}

    def _plan(self, lines: Lines) -> None:
        marked, of = self.marked, self.names.of
        blocks, steps = marked.blocks.name, marked.steps.name
        counted, weighed = (in_snapshots_online, in_bytes_online) if self.online else (in_snapshots, in_bytes)
        if marked.single:
            weighed = in_states
        snapshots, memory = (operand_code(option, self.names) for option in (marked.snapshots, marked.memory))
        if snapshots.text != "None":
            found = f"{of(counted)}({steps}, {snapshots})"
        else:
            budget = memory if memory.text != "None" else f"{of(default_memory)}()"
            sizes = [f"{var.name}.size * {bytes_of(var.type.dtype)}" for var in self.state.arrays]
            numbers = sum(bytes_of(var.type) for var in self.state.numbers)
            sizes.append(str(numbers + (16 if self.online else 8)))  # and where it was stored
            given = [steps, str(budget), " + ".join(sizes)]
            if marked.single:
                given.append(self.records.time_of_step(marked, ON_ARRAYS))
            else:
                given.append("-1" if marked.around else self.records.bytes_of_step(marked))
                if not self.online:
                    given.append("0.0" if marked.around else self.records.time_of_step(marked))
            found = f"{of(weighed)}({', '.join(given)})"
        if self.online:
            lines.add(f"{self.longest}, {blocks}, {self.slots} = {found}")
            return
        lines.add(f"{blocks}, {self.slots} = {found}")
        if not marked.single:
            lines.add(f"{self.longest} = {of(longest_block)}({blocks}, {steps})")

    def _allocate(self, lines: Lines) -> None:
        slots = self.slots
        if self.online:
            lines.add(f"{self.positions} = np.empty({slots} + 2, np.int64)")  # `place` works in the rest
            lines.add(f"{self.order} = np.arange({slots})")
        else:
            lines.add(f"{self.positions} = np.empty({slots}, np.int64)")
        lines.add(f"{self.height} = {self.upcoming} = 0")
        self._allocate_states(lines, slots)

    def _allocate_states(self, lines: Lines, slots: str) -> None:
        if self.rows:
            lines.add(f"{self.rows} = np.empty(({slots}, {len(self.place) - len(self.single)}))")
        for var, name in self.single.items():
            lines.add(f"{name} = np.empty({slots}, np.{dtype(var.type)})")
        for var, name in self.stacks.items():
            shape = ", ".join(f"{var.name}.shape[{axis}]" for axis in range(var.type.ndim))
            kind = "" if var.type.dtype == types.float64 else f", np.{dtype(var.type.dtype)}"
            lines.add(f"{name} = {self.names.of(self.leads.empty(var))}(({slots}, {shape}){kind})")

    def _store_if_due(self, lines: Lines, end: str, limit: str = "") -> None:
        """Store the state before a block, and find out before which one it is stored next."""
        with lines.block(f"if {self.block} == {self.upcoming}{limit}:"):
            lines.add(f"{self.positions}[{self.height}] = {self.block}")
            self._store(lines, self.height)
            lines.add(f"{self.height} += 1")
            self._find_upcoming(lines, self.block, end)

    def _store(self, lines: Lines, height: str) -> None:
        slot = self._slot(height)
        self._store_numbers(lines, slot)
        known = False
        for var, name in self.stacks.items():
            if self.finite and _may_be_lost(var, self.places):
                store = f"{self.names.jitted(stored)}({name}, {slot}, {var.name})"
                lines.add(f"{self.finite} = {store}" + (f" and {self.finite}" if known else ""))
                known = True
            else:
                lines.add(f"{self.names.jitted(kept)}({name}, {slot}, {var.name})")
        if known:
            start = f"{self.block} * {self.longest}" if self.online else self._start_of(self.block)
            self.watch.arrays(lines, self.finite, start)

    def _store_numbers(self, lines: Lines, slot: str) -> None:
        for var, place in self.place.items():
            lines.add(f"{place.format(slot)} = {var.name}")

    def _find_upcoming(self, lines: Lines, position: str, end: str) -> None:
        found = f"{self.names.of(following)}({position}, {end}, {self.slots}, {self.height})"
        lines.add(f"{self.upcoming} = {found}")

    # reverse sweep

    def _load_numbers(self, lines: Lines, height: str) -> None:
        for var, place in self.place.items():
            lines.add(f"{var.name} = {place.format(self._slot(height))}")

    def _load(self, lines: Lines, height: str) -> None:
        slot = self._slot(height)
        self._load_numbers(lines, height)
        for var in self.state.named:
            lines.add(f"{var.name} = {self.stacks[var]}[{slot}].copy()")
        for var in (*self.state.contents, *self.state.exchanged):
            lines.add(f"{self.names.jitted(restored)}({var.name}, {self.stacks[var]}, {slot})")

    def again(self, lines: Lines, plain: Any, recorded: Any) -> None:
        """Before the reverse of a block: come to its start from the last state stored before it, and do it with records."""
        if self.online:
            self._come_again(lines, plain, recorded)
            return
        with lines.block(f"if {self.block} < {self.marked.blocks.name} - 1:"):
            self._come_again(lines, plain, recorded)

    def _come_again(self, lines: Lines, plain: Any, recorded: Any) -> None:
        self._come(lines, plain)
        recorded()

    def _come(self, lines: Lines, plain: Any) -> None:
        """Come to the start of a block from the last state stored before it."""
        block, height, target = self.block, self.height, self.target
        last = f"{height} - 1"
        with lines.block(f"if {self.positions}[{last}] > {block}:"):
            lines.add(f"{height} -= 1")
        if self.state.exchange is not None:
            self._turn(lines, self.state.exchange, last)
        lines.add(f"{target} = {block}")
        self._come_from(lines, last, plain)
        lines.add(f"{block} = {target}")

    def _come_from(self, lines: Lines, last: str, plain: Any) -> None:
        """Load the last state that was stored, and come to the start of a block from there."""
        self._load(lines, last)
        block, target = self.block, self.target
        self._find_upcoming(lines, f"{self.positions}[{last}]", f"{target} + 1")
        with lines.block(f"for {block} in range({self.positions}[{last}], {target}):"):
            self._store_if_due(lines, f"{target} + 1")
            plain()

    def _turn(self, lines: Lines, exchange: Exchange, last: str) -> None:
        """Give the names, which are those at the start of the next block, the meanings that they had in the last stored state."""
        here, there = self._start_of(f"{self.block} + 1"), self._start_of(f"{self.positions}[{last}]")
        with lines.block(f"for {self.names.fresh('turn')} in range(({here} - {there}) % {exchange.order}):"):
            exchange.undo(lines)

    def _start_of(self, block: str) -> str:
        """The first step of a block."""
        marked = self.marked
        if marked.single:
            return block
        return f"{self.names.of(block_start)}({block}, {marked.blocks.name}, {marked.steps.name})"


def _may_be_lost(var: Var, places: Places) -> bool:
    """Whether an array holds what is finite unless something went wrong."""
    return isinstance(var.type.dtype, (types.Float, types.Complex)) and not _starts_unset(var, places)


def _starts_unset(var: Var, places: Places) -> bool:
    """Whether an array holds anything at all before it is written first."""
    first = min(places.definition.get(var, ()), key=places.position.__getitem__, default=None)
    if isinstance(first, Op):
        return first.function in (np.empty, np.empty_like)
    if isinstance(first, Copy):
        source = first.sources[first.targets.index(var)]
        return isinstance(source, Var) and source is not var and _starts_unset(source, places)
    return False
