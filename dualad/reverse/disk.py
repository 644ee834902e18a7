"""A loop in blocks of steps that keeps states on disk too, and can be gone on with when the process was ended.

Between states on disk, steps are run again from states in memory, as in `checkpoints.py`; `store.session` says when which is
done. To go on with a run, the program is called again. What stands before and after the loop runs as it did, and the loop
itself from what was written last: in the forward sweep all that it changes (numbers, arrays by name, and arrays from
outside), in the reverse sweep the cotangents that it changes.

An array that the loop carries by name may be one that was there before the loop, such as one of two that change places. Then
it is that one again, since the program may use it after the loop under another name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numba.core import types

from ..checkpoint.blocks import longest_block
from ..errors import UnsupportedError
from ..program.tree import Copy, Op, Program, Var, walk
from ..rules.arrays import MAYBE_VIEWS
from . import disk_calls as calls
from .checkpoints import Checkpoints
from .code import Names
from .leads import Leads
from .lines import Lines
from .live import Live, is_random
from .marks import Marked
from .memory import Memory, is_array, is_container
from .partials import operand_code
from .places import Places
from .records import Records
from .states import State

__all__ = ["Changed", "DiskCheckpoints", "find_changed", "refuse_on_disk"]

_UNSET = (np.empty, np.empty_like)


def refuse_on_disk(program: Program, marked: list[Marked]) -> None:
    """Refuse programs that would not do the same when they are called again.

    Raises
    ------
    UnsupportedError
    """
    loops = [m for m in marked if m.on_disk]
    if not loops:
        return
    for one in marked:
        if one.on_disk and (one.length is not None or one.around or _is_inside(one, marked)):
            raise UnsupportedError(
                "a checkpointed loop with `disk` that a `break` may end, or that has to do with another one",
                "what is stored on disk belongs to one loop whose number of steps is known",
                "count the steps before, mark one loop alone, or keep its states in memory",
                one.inner.where.show(),
            )
    if len(loops) > 1:
        raise UnsupportedError(
            "a second checkpointed loop with `disk`",
            "a folder holds the run of one loop",
            "keep the states of one of the loops in memory, or make one loop of the two",
            loops[1].inner.where.show(),
        )
    for statement in walk(program.body):
        if isinstance(statement, Op) and is_random(statement):
            raise UnsupportedError(
                "a random number beside a checkpointed loop with `disk`",
                "other numbers would be drawn when the run is resumed",
                "draw all numbers before, and give them as an argument",
                statement.where.show(),
            )


def _is_inside(marked: Marked, others: list[Marked]) -> bool:
    return any(statement is marked.outer for other in others for statement in walk(other.inner.body))


@dataclass(eq=False)
class Changed:
    """What a loop changes, for the program after it.

    Attributes
    ----------
    numbers, named : list of Var
        Numbers and arrays that the loop assigns.
    outside : list of Var
        Arrays from before the loop, under their own names, that it may write or give another name.
    written : set of Var
        Those of them whose contents may change.
    checked : list of Var
        What the loop begins with and is the same whenever the program runs.
    """

    numbers: list[Var] = field(default_factory=list)
    named: list[Var] = field(default_factory=list)
    outside: list[Var] = field(default_factory=list)
    written: set[Var] = field(default_factory=set)
    checked: list[Var] = field(default_factory=list)

    @property
    def all(self) -> set[Var]:
        """All variables of these."""
        return {*self.numbers, *self.named, *self.outside, *self.checked}


def find_changed(marked: Marked, state: State, places: Places, memory: Memory, live: Live) -> Changed:
    """What a loop changes.

    Parameters
    ----------
    marked, state, places, memory
    live : Live
        Of the forward sweep.
    """
    body = places.body_of[marked.outer, True]
    found = Changed()
    for var in _assigned(marked, places):
        if var in live.vars:
            (found.named if is_container(var) else found.numbers).append(var)
            _refuse_kind(var, marked)
    sources: dict[Var, None] = {}
    for var in found.named:
        _follow(var, marked, places, memory, sources, set(), names=True)
    stores = [target for store, target in memory.stores if places.region_of[store].inside(body)]
    for target in stores:
        _follow(target, marked, places, memory, sources, set(), names=False)
    found.outside = [v for v in sources if v in live.vars and v not in found.named]
    found.written = {v for v in found.outside if any(memory.may_alias(v, target) for target in stores)}
    for var in found.outside:
        _refuse_kind(var, marked)
    found.checked = _checked(state, places, memory, live)
    return found


def _assigned(marked: Marked, places: Places) -> list[Var]:
    """Variables from outside that a loop assigns; not all are carried on to the next step."""
    body = places.body_of[marked.outer, True]
    found = dict.fromkeys(marked.outer.carried)
    for var, sites in places.definition.items():
        if not places.home[var].inside(body) and any(places.region_of[site].inside(body) for site in sites):
            found[var] = None
    return list(found)


def _follow(
    var: Var, marked: Marked, places: Places, memory: Memory, found: dict[Var, None], seen: set[Var], names: bool
) -> None:
    """Arrays from before a loop that a variable in it may mean, into `found`."""
    origin = memory.origin(var)
    if origin in seen:
        return
    seen.add(origin)
    body = places.body_of[marked.outer, True]
    if names and origin is not var:
        raise _moving_view(var, marked)
    if not places.home[origin].inside(body) and origin not in _assigned(marked, places):
        found[origin] = None
        return
    for site in places.definition.get(origin, ()):
        if not places.region_of[site].inside(body):
            continue
        if isinstance(site, Copy):
            source = site.sources[site.targets.index(origin)]
            if isinstance(source, Var):
                _follow(source, marked, places, memory, found, seen, names)
        elif isinstance(site, Op) and _may_be_view(site):
            if names:
                raise _moving_view(var, marked)
            _follow(site.args[0], marked, places, memory, found, seen, names)


def _may_be_view(op: Op) -> bool:
    try:
        return op.function in MAYBE_VIEWS and is_array(op.args[0])
    except TypeError:
        return False


def _moving_view(var: Var, marked: Marked) -> UnsupportedError:
    return UnsupportedError(
        f"`{var.name}` in a checkpointed loop with `disk`, a part of another array or a view of it",
        "which part the name means from step to step is not stored",
        "copy the part (`.copy()`), or leave `disk` out",
        marked.inner.where.show(),
    )


def _refuse_kind(var: Var, marked: Marked) -> None:
    kind = var.type.dtype if is_array(var) else var.type
    if not isinstance(kind, (types.Number, types.Boolean)) or (is_array(var) and not var.type.ndim):
        raise UnsupportedError(
            f"`{var.name}` of type {var.type} in a checkpointed loop with `disk`",
            "it is not stored",
            "use numbers and arrays",
            marked.inner.where.show(),
        )


def _checked(state: State, places: Places, memory: Memory, live: Live) -> list[Var]:
    """Numbers and arrays that are the same at the loop's entry in each run: whose memory nobody leaves unset."""
    found: dict[Var, None] = {}
    for var in (*places.parameters, *state.numbers, *state.arrays, *state.read):
        kind = var.type.dtype if is_array(var) else var.type
        if not isinstance(kind, (types.Number, types.Boolean)) or (
            var not in live.vars and var not in places.parameters
        ):
            continue
        if is_array(var):
            roots = memory.roots.get(var, frozenset())
            if any(isinstance(root, Op) and _is_unset(root) for root in roots):
                continue
        found[var] = None
    return list(found)


def _is_unset(op: Op) -> bool:
    try:
        return op.function in _UNSET
    except TypeError:
        return False


class DiskCheckpoints(Checkpoints):
    """Writes the sweeps over a loop in blocks with states on disk.

    Parameters
    ----------
    marked, state, names, places, records, leads, level
        As for `Checkpoints`.
    changed : Changed
    session : str
        What the variable of the session is called.
    seeds : list of str
        Names of cotangents that the adjoint is given.
    """

    def __init__(
        self,
        marked: Marked,
        state: State,
        names: Names,
        places: Places,
        records: Records,
        leads: Leads,
        level: int,
        changed: Changed,
        session: str,
        seeds: list[str],
    ) -> None:
        super().__init__(marked, state, names, places, records, leads, level)
        self.changed, self.session, self.seeds = changed, session, seeds
        self.first, self.far, self.redone, self.left, self.at, self.room = (
            names.fresh(word) for word in ("first_block", "far", "redone", "left", "place", "state_bytes")
        )
        self.entry = {var: names.fresh(f"{var.name}_at_entry") for var in changed.named}
        #: names of the cotangents that the loop changes, each with whether it is an array, and one by name
        self.cotangents: list[tuple[str, bool, bool]] = []

    def _call(self, function: Callable[..., Any], *args: Any) -> str:
        return f"{self.names.of(function)}({', '.join(map(str, (self.session, *args)))})"

    def _plain(self, function: Callable[..., Any], *args: Any) -> str:
        return f"{self.names.of(function)}({', '.join(map(str, args))})"

    def _size(self, numbers: int, arrays: Iterable[str]) -> str:
        """An expression for the bytes that values take in a file."""
        parts = [self._plain(calls.bytes_of_array, name) for name in arrays]
        return " + ".join([str(calls.NUMBER * numbers), *parts])

    def _put(self, lines: Lines, name: str) -> None:
        lines.add(f"{self.at} = {self._plain(calls.put, self.at, name)}")

    def _take(self, lines: Lines, name: str) -> None:
        lines.add(f"{name}, {self.at} = {self._plain(calls.taken, self.at, name)}")

    def _take_into(self, lines: Lines, name: str) -> None:
        lines.add(f"{self.at} = {self._plain(calls.taken_into, name, self.at)}")

    # forward sweep

    def forward(self, lines: Lines, plain: Any, recorded: Any) -> None:
        """See `Checkpoints.forward`."""
        blocks, block = self.marked.blocks.name, self.block
        self._open(lines)
        self._allocate(lines)
        lines.add(f"{self.upcoming} = -1")
        for var, name in self.entry.items():
            lines.add(f"{name} = {var.name}")
        self.records.before_replays(self.marked.outer, lines)
        lines.add(f"{self.first} = {self.far} = {self._call(calls.first_block)}")
        lines.add(f"{self.redone} = {blocks} - 1")
        with lines.block(f"if {self.first} > 0:"):
            self._take_changed(lines)
            with lines.block(f"if {self.first} == {blocks}:"):
                lines.add(f"{self.redone} = {blocks}")
        with self.watch.forward(lines):
            with lines.block(f"for {block} in range({self.first}, {blocks} - 1):"):
                with lines.block(f"if {block} == {self.far}:"):
                    self._store_on_disk(lines, blocks)
                    with lines.block(f"if {self._call(calls.is_due)}:"):
                        self._put_changed(lines, block)
                self._store_if_due(lines, blocks)
                plain()
            with lines.block(f"if {self.first} < {blocks}:"):
                lines.add(f"{block} = {blocks} - 1")
                recorded()
                with lines.block(f"if {blocks} > 1:"):
                    self._put_changed(lines, blocks)

    def _open(self, lines: Lines) -> None:
        changed, blocks = self.changed, self.marked.blocks.name
        path = operand_code(self.marked.disk, self.names)
        state = self._size(len(self.state.numbers), (v.name for v in self.state.arrays))
        arrays = [v.name for v in (*changed.outside, *changed.named, *changed.named)]
        forward = self._size(len(changed.numbers) + len(changed.named), arrays)
        lines.add(f"{self.room} = {state}")
        opened = self._plain(calls.opened, path, blocks, self.slots, self.room, forward)
        lines.add(f"{self.session} = {opened}")
        lines.add(f"{blocks}, {self.slots} = {self._call(calls.planned)}")
        lines.add(f"{self.longest} = {self._plain(longest_block, blocks, self.marked.steps.name)}")
        for name in (*(v.name for v in changed.checked), *self.seeds):
            lines.add(self._call(calls.seen, name))
        lines.add(self._call(calls.entered))

    def _store_on_disk(self, lines: Lines, end: str) -> None:
        """Where a stretch begins: store its start if that is worth it, and find out where to ask next."""
        state = self.state
        lines.add(f"{self.at} = {self._call(calls.asked, self.block, end)}")
        with lines.block(f"if {self.at} > 0:"):
            size = self._size(len(state.numbers), (v.name for v in state.arrays))
            lines.add(self._plain(calls.fits, size, self.room))
            for var in (*state.numbers, *state.arrays):
                self._put(lines, var.name)
            lines.add(self._call(calls.committed))
        lines.add(f"{self.far} = {self._call(calls.onward, self.block)}")
        with lines.block(f"if {self.far} == {self.block}:"):
            lines.add(f"{self.upcoming} = {self.block}")

    def _put_changed(self, lines: Lines, position: str) -> None:
        """Write all that the loop has changed."""
        changed = self.changed
        written = [v.name for v in changed.outside if v in changed.written]
        arrays = [*written, *self.entry.values(), *(v.name for v in changed.named)]
        size = self._size(len(changed.numbers) + len(changed.named), arrays)
        lines.add(f"{self.at} = {self._call(calls.begun_forward, position, size)}")
        for name in (*(v.name for v in changed.numbers), *written, *self.entry.values()):
            self._put(lines, name)
        meant = self.names.fresh("meant")
        for var in changed.named:
            parts = "".join(
                f"{k} if {self._plain(calls.is_same, var.name, name)} else " for k, name in self._known(var)
            )
            lines.add(f"{meant} = {parts}-1")
            self._put(lines, meant)
            with lines.block(f"if {meant} < 0:"):
                self._put(lines, var.name)
        lines.add(self._call(calls.committed))

    def _take_changed(self, lines: Lines) -> None:
        """Give everything that the loop changes what it had."""
        changed = self.changed
        written = [v.name for v in changed.outside if v in changed.written]
        lines.add(f"{self.at} = {self._call(calls.forward_record)}")
        for var in changed.numbers:
            self._take(lines, var.name)
        for name in (*written, *self.entry.values()):
            self._take_into(lines, name)
        meant = self.names.fresh("meant")
        for var in changed.named:
            lines.add(f"{meant} = 0")
            self._take(lines, meant)
            with lines.block(f"if {meant} < 0:"):
                self._take(lines, var.name)
            for k, name in self._known(var):
                with lines.block(f"elif {meant} == {k}:"):
                    lines.add(f"{var.name} = {name}")

    def _known(self, var: Var) -> list[tuple[int, str]]:
        """Arrays that a name may mean at the end of the loop, each with its number: those from before it, other names."""
        changed = self.changed
        before = changed.named[: changed.named.index(var)]
        found = [(v, name) for v, name in self.entry.items()]
        found += [(v, v.name) for v in (*changed.outside, *before)]
        alike = [(v, name) for v, name in found if (v.type.dtype, v.type.ndim) == (var.type.dtype, var.type.ndim)]
        return [(k, name) for k, (_, name) in enumerate(alike)]

    # reverse sweep

    def before_reverse(self, lines: Lines, cotangents: list[tuple[str, bool, bool]]) -> None:
        """Before the reverse of the loop: the cotangents as they were written last.

        Parameters
        ----------
        lines : Lines
        cotangents : list of (str, bool, bool)
            What the loop changes: names, whether it is an array, and whether the loop gives it other arrays.
        """
        self.cotangents = cotangents
        blocks = self.marked.blocks.name
        lines.add(f"{self.left} = {self._call(calls.remaining)}")
        with lines.block(f"if {blocks} > 1:"):
            lines.add(self._call(calls.reserved, self._size_of_cotangents()))
        with lines.block(f"if {self.left} < {blocks}:"):
            lines.add(f"{self.at} = {self._call(calls.reverse_record)}")
            for name, array, moves in cotangents:
                (self._take_into if array and not moves else self._take)(lines, name)

    def _size_of_cotangents(self) -> str:
        arrays = [name for name, array, _ in self.cotangents if array]
        return self._size(len(self.cotangents) - len(arrays), arrays)

    def _put_cotangents(self, lines: Lines) -> None:
        left = f"{self.block} + 1"
        lines.add(f"{self.at} = {self._call(calls.begun_reverse, left, self._size_of_cotangents())}")
        for name, _, _ in self.cotangents:
            self._put(lines, name)
        lines.add(self._call(calls.committed))

    def again(self, lines: Lines, plain: Any, recorded: Any) -> None:
        """See `Checkpoints.again`."""
        block, height, target = self.block, self.height, self.target
        last = f"{height} - 1"
        with lines.block(f"if {block} >= {self.left}:"):
            lines.add("continue")
        with lines.block(f"if {block} < {self.redone}:"):
            with lines.block(f"if {height} > 0 and {self.positions}[{last}] > {block}:"):
                lines.add(f"{height} -= 1")
            lines.add(f"{target} = {block}")
            with lines.block(f"if {height} > 0:"):
                self._from_memory(lines, last)
            with lines.block("else:"):
                self._from_disk(lines)
            with lines.block(f"for {block} in range({self.first}, {target}):"):
                with lines.block(f"if {block} == {self.far}:"):
                    self._store_on_disk(lines, f"{target} + 1")
                self._store_if_due(lines, f"{target} + 1")
                plain()
            lines.add(f"{block} = {target}")
            recorded()

    def _from_memory(self, lines: Lines, last: str) -> None:
        self._load(lines, last)
        lines.add(f"{self.first} = {self.positions}[{last}]")
        lines.add(f"{self.far} = -1")
        self._find_upcoming(lines, self.first, f"{self.target} + 1")

    def _from_disk(self, lines: Lines) -> None:
        with lines.block(f"if {self._call(calls.is_due)}:"):
            self._put_cotangents(lines)
        lines.add(f"{self.at} = {self._call(calls.read_state, self.block)}")
        for var in self.state.numbers:
            self._take(lines, var.name)
        for var in self.state.arrays:
            (self._take if var in self.state.named else self._take_into)(lines, var.name)
        lines.add(f"{self.first} = {self.far} = {self._call(calls.where)}")
        lines.add(f"{self.upcoming} = -1")
