"""A loop in blocks of steps: snapshots in the forward sweep, blocks run again in the reverse sweep.

The state before a block is what its steps and those of later blocks read of what earlier ones have written: numbers that
the loop carries, the contents of arrays, and arrays that it carries by name, such as two buffers that change places. An
array of the last kind is brought back as a new array, so it must have no other name in the loop.

Of the body there are: the steps without records, in either sweep; the last block with records, in the forward sweep, from
where the reverse sweep begins; any other block with records, and the reverse of a block, in the reverse sweep.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from numba.core import types

from ..checkpoint.blocks import longest_block
from ..errors import UnsupportedError
from ..program.tree import Loop, Op, Operand, Var, walk
from .code import Names
from .lines import Lines
from .live import Live
from .marks import Marked
from .memory import Memory, is_array, is_container
from .partials import operand_code
from .places import Places, reads
from .plans import default_memory, following, in_bytes, in_snapshots, restored, stored
from .records import Records, bytes_of, dtype

__all__ = ["Checkpoints", "State", "find_state"]


@dataclass(eq=False)
class State:
    """What is stored of a loop.

    Attributes
    ----------
    numbers : list of Var
        Numbers that the loop carries.
    contents : list of Var
        Arrays whose contents are stored and put back.
    named : list of Var
        Arrays that the loop carries by name.
    again : Live
        What a block needs to be done again with records.
    advance : Live
        What a block needs to come to the next one.
    read : list of Var
        What else a block reads from outside.
    """

    again: Live
    advance: Live
    numbers: list[Var] = field(default_factory=list)
    contents: list[Var] = field(default_factory=list)
    named: list[Var] = field(default_factory=list)
    read: list[Var] = field(default_factory=list)

    @property
    def arrays(self) -> list[Var]:
        """All arrays of the state."""
        return [*self.contents, *self.named]


def find_state(
    marked: Marked,
    places: Places,
    memory: Memory,
    recorded: Iterable[Operand],
    contents: Iterable[Operand],
    loops: list[Loop],
    refilled: Any,
) -> State:
    """The state of a loop.

    Parameters
    ----------
    marked, places, memory
    recorded : operands that the reverse of a block reads
    contents : containers of which the reverse sweep reads elements
    loops : loops in a block that the reverse sweep runs through
    refilled : callable
        `refilled(var)`: whether each step fills an array from outside before it reads it.
    """
    outer = marked.outer
    body = places.body_of[outer, True]
    again = Live(places, memory, recorded, set(contents), loops, again=outer, carries=True)
    changed = [target for store, target in memory.stores if _is_from(store, outer, places)]
    lives = [again]
    kept: dict[Var, None] = {}
    read: dict[Var, None] = {}
    while True:
        size = len(kept)
        for live in lives:
            for var in sorted(live.vars, key=lambda v: v.name):
                if places.home[var].inside(body):
                    continue
                if var in outer.carried:
                    kept[var] = None
                elif not is_container(var) or not live.reads_elements(var):
                    read[var] = None
                elif any(memory.may_alias(var, target) for target in changed) and not refilled(var):
                    kept[var] = None
                else:
                    read[var] = None
        advance = Live(places, memory, kept, [v for v in kept if is_container(v)], [], again=outer, carries=True)
        lives = [again, advance]
        if size == len(kept):
            break
    state = State(again, advance)
    for var in kept:
        if not is_container(var):
            state.numbers.append(var)
        elif var in outer.carried:
            state.named.append(var)
        else:
            state.contents.append(var)
    state.read = [var for var in read if var not in kept]
    _refuse_names(marked, state, places, memory)
    return state


def _is_from(store: Any, loop: Loop, places: Places) -> bool:
    """Whether a statement writes in a loop or after it: then memory is not as a block before found it."""
    return places.position[store] > places.position[loop]


def _refuse_names(marked: Marked, state: State, places: Places, memory: Memory) -> None:
    """Refuse arrays that the loop carries by name where something else in it means the same memory."""
    where = marked.inner.where.show()
    inside = list(walk(marked.outer.body))
    body = places.body_of[marked.outer, True]
    written = [target for store, target in memory.stores if places.region_of[store].inside(body)]
    accessed = {memory.origin(part): None for statement in inside for part in reads(statement) if is_container(part)}
    for var in state.named:
        if not any(memory.may_alias(var, target) for target in written):
            continue
        for other in accessed:
            if other is not var and memory.may_alias(var, other):
                raise UnsupportedError(
                    f"`{var.name}` in a checkpointed loop, together with `{other.name}`, which may be the same array",
                    "the array that a name means is restored as a new one, which the other name would not mean",
                    "use one name for each array in the loop, or copy one of them before it",
                    where,
                )
    for var in (*state.numbers, *(array for array in state.arrays)):
        kind = var.type.dtype if is_array(var) else var.type
        if not isinstance(kind, (types.Number, types.Boolean)) or (is_array(var) and not var.type.ndim):
            raise UnsupportedError(
                f"`{var.name}` of type {var.type} in a checkpointed loop",
                "it is not stored",
                "use numbers and arrays",
                where,
            )


class Checkpoints:
    """Writes the sweeps over a loop in blocks.

    Parameters
    ----------
    marked, state, names, places, records
    """

    def __init__(self, marked: Marked, state: State, names: Names, places: Places, records: Records) -> None:
        self.marked, self.state, self.names, self.places, self.records = marked, state, names, places, records
        self.slots, self.height, self.upcoming, self.positions, self.longest, self.target = (
            names.fresh(word) for word in ("slots", "height", "upcoming", "positions", "longest", "target")
        )
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

    # forward sweep

    def forward(self, lines: Lines, plain: Any, recorded: Any) -> None:
        """The forward sweep: all blocks but the last one without records.

        Parameters
        ----------
        lines : Lines
        plain, recorded : callable
            Each writes one block.
        """
        blocks, block = self.marked.blocks.name, self.block
        self._plan(lines)
        self._allocate(lines)
        self.records.before_replays(self.marked.outer, lines)
        with lines.block(f"for {block} in range({blocks} - 1):"):
            self._store_if_due(lines, blocks)
            plain()
        with lines.block(f"if {blocks} > 0:"):
            lines.add(f"{block} = {blocks} - 1")
            recorded()

    def _plan(self, lines: Lines) -> None:
        marked, of = self.marked, self.names.of
        blocks, steps = marked.blocks.name, marked.steps.name
        snapshots, memory = (operand_code(option, self.names) for option in (marked.snapshots, marked.memory))
        if snapshots.text != "None":
            found = f"{of(in_snapshots)}({steps}, {snapshots})"
        else:
            budget = memory if memory.text != "None" else f"{of(default_memory)}()"
            sizes = [f"{var.name}.size * {bytes_of(var.type.dtype)}" for var in self.state.arrays]
            sizes.append(str(sum(bytes_of(var.type) for var in self.state.numbers) + 8))  # and where it was stored
            time = float(sum(isinstance(statement, Op) for statement in walk(marked.inner.body)))
            record = self.records.bytes_of_step(marked)
            found = f"{of(in_bytes)}({steps}, {budget}, {' + '.join(sizes)}, {record}, {time})"
        lines.add(f"{blocks}, {self.slots} = {found}")
        lines.add(f"{self.longest} = {of(longest_block)}({blocks}, {steps})")

    def _allocate(self, lines: Lines) -> None:
        slots = self.slots
        lines.add(f"{self.positions} = np.empty({slots}, np.int64)")
        lines.add(f"{self.height} = {self.upcoming} = 0")
        if self.rows:
            lines.add(f"{self.rows} = np.empty(({slots}, {len(self.place) - len(self.single)}))")
        for var, name in self.single.items():
            lines.add(f"{name} = np.empty({slots}, np.{dtype(var.type)})")
        for var, name in self.stacks.items():
            shape = ", ".join(f"{var.name}.shape[{axis}]" for axis in range(var.type.ndim))
            kind = "" if var.type.dtype == types.float64 else f", np.{dtype(var.type.dtype)}"
            lines.add(f"{name} = np.empty(({slots}, {shape}){kind})")

    def _store_if_due(self, lines: Lines, end: str) -> None:
        """Store the state before a block, and find out before which one it is stored next."""
        with lines.block(f"if {self.block} == {self.upcoming}:"):
            lines.add(f"{self.positions}[{self.height}] = {self.block}")
            for var, place in self.place.items():
                lines.add(f"{place.format(self.height)} = {var.name}")
            for var, name in self.stacks.items():
                lines.add(f"{self.names.jitted(stored)}({name}, {self.height}, {var.name})")
            lines.add(f"{self.height} += 1")
            self._find_upcoming(lines, self.block, end)

    def _find_upcoming(self, lines: Lines, position: str, end: str) -> None:
        found = f"{self.names.of(following)}({position}, {end}, {self.slots}, {self.height})"
        lines.add(f"{self.upcoming} = {found}")

    # reverse sweep

    def again(self, lines: Lines, plain: Any, recorded: Any) -> None:
        """Before the reverse of a block: come to its start from the last state stored before it, and do it with records."""
        block, height, target = self.block, self.height, self.target
        last = f"{height} - 1"
        with lines.block(f"if {block} < {self.marked.blocks.name} - 1:"):
            with lines.block(f"if {self.positions}[{last}] > {block}:"):
                lines.add(f"{height} -= 1")
            for var, place in self.place.items():
                lines.add(f"{var.name} = {place.format(last)}")
            for var in self.state.named:
                lines.add(f"{var.name} = {self.stacks[var]}[{last}].copy()")
            for var in self.state.contents:
                lines.add(f"{self.names.jitted(restored)}({var.name}, {self.stacks[var]}, {last})")
            lines.add(f"{target} = {block}")
            self._find_upcoming(lines, f"{self.positions}[{last}]", f"{target} + 1")
            with lines.block(f"for {block} in range({self.positions}[{last}], {target}):"):
                self._store_if_due(lines, f"{target} + 1")
                plain()
            lines.add(f"{block} = {target}")
            recorded()
