"""What is recorded: one array per value, one counter per loop.

The iterations of a loop are counted over the whole run, so an entry is found again by counting down. Where the number of
iterations is known before the outermost loop begins, records have their final size from the start; otherwise they grow,
asked for once per entry into an inner loop over a range, and in each iteration of a loop without one.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from typing import Any

import numpy as np
from numba.core import types
from numba.np import numpy_support

from ..program.tree import Break, Const, Copy, If, Loop, Op, Operand, Raise, Statement, Var, walk
from ..workspace.record import empty_record
from .assume import assumption, hidden
from .code import Code, Names, binary, range_code
from .counted import Counted
from .lines import Lines
from .marks import Marked
from .memory import bytes_of, is_array, is_container, is_list
from .needs import Needs, Record
from .partials import operand_code
from .places import Places, Region
from .sizes import bytes_of_array_record, value_at_entry
from .subscripts import Subscripts
from .support import grown, grown_rows
from .watching import Watch

__all__ = ["ON_ARRAYS", "Records", "dtype"]

#: ns that an operation takes: on numbers that wait for one another, 0.3 was measured
OPERATION = 0.1
ON_ARRAYS = 0.03


class Records:
    """Lines that make, fill and read records.

    Parameters
    ----------
    places, needs, names, subscripts
    reversed_loops : loops that the reverse sweep runs through
    """

    def __init__(
        self, places: Places, needs: Needs, names: Names, subscripts: Subscripts, reversed_loops: list[Loop]
    ) -> None:
        self.places, self.needs, self.names, self.subscripts = places, needs, names, subscripts
        self._reversed = frozenset(reversed_loops)
        self.trips: dict[Loop, Var] = {}
        #: loops over the steps of a block, with what the most steps are called
        self.longest: dict[Loop, str] = {}
        #: the same loops, with what tells where they are
        self.watched: dict[Loop, Watch] = {}
        for loop in reversed_loops:
            if not loop.bounds or loop.breaks:
                self.trips[loop] = self._count(loop)
        grouped: dict[Loop, list[Record]] = {}
        for record in needs.records:
            grouped.setdefault(record.loop, []).append(record)
        #: loops whose records are not made in the sweep that is being written
        self.muted: set[Loop] = {s for s in places.position if isinstance(s, Loop) and self._replayed_around(s)}
        self._counted = {loop: Counted(loop, records, names) for loop, records in grouped.items()}
        #: loops that are reversed from the first iteration on, with the place of an iteration's records
        self._forwards: dict[Loop, str] = {}
        #: the same loops, with the number of iterations before this one since the outermost of them began
        self._passed: dict[Loop, Code] = {}
        #: arrays that the reverse sweep asks for their shape though they may not be assigned, by the first that may do it
        self._unset: dict[Statement, list[Var]] = {}
        for var in sorted(needs.kept, key=lambda v: v.name):
            if is_array(var) and places.is_joined(var):
                home = places.home[var]
                if not any(_assigns(statement, var) for statement in home.statements):
                    made = [places.child_holding(home, site) for site in places.definition[var]]
                    self._unset.setdefault(min(made, key=places.position.__getitem__), []).append(var)
        self._early: dict[Region, list[tuple[Counted, Record]]] = {}
        self._after: dict[Statement, list[tuple[Counted, Record]]] = {}
        self._partly: dict[Loop, list[Record]] = {}
        self._restored: dict[Region, list[tuple[Counted, Record]]] = {}
        for counted in self._counted.values():
            for record in counted.records:
                if record.after is not None:
                    self._after.setdefault(record.after, []).append((counted, record))
                known = is_array(record.var) or not is_container(record.var)
                early = self._is_early(counted, record)
                if early:
                    self._early.setdefault(record.region, []).append((counted, record))
                if not record.at_start and known and (early or not self._is_assigned(record)):
                    self._partly.setdefault(counted.loop, []).append(record)
                self._restored.setdefault(record.region, []).append((counted, record))

    def _is_early(self, counted: Counted, record: Record) -> bool:
        """Whether an array has its place in the record before it is made, since a `break` may come between."""
        return record in counted.arrays and is_array(record.var) and _breaks(record.after)

    def _is_assigned(self, record: Record) -> bool:
        """Whether a variable has its value on every way to where it is recorded."""
        statements = record.region.statements
        if _breaks(record.after):  # it is recorded before the `break` too
            statements = list(takewhile(lambda statement: statement is not record.after, statements))
        return record.var in self.trips.values() or any(_assigns(statement, record.var) for statement in statements)

    def _count(self, loop: Loop) -> Var:
        """The number of iterations of a loop, as a variable that is recorded like others."""
        var = Var(self.names.fresh("trips"), types.int64)
        region = self.places.region_of[loop]
        self.places.home[var] = region
        if region.loop is not None and region.loop not in self.needs.replayed:
            self.needs.records.append(Record(var, region.loop, region, False, loop))
        return var

    # forward sweep

    def unset(self, statement: Statement, lines: Lines) -> None:
        """Before a statement that may be the first to assign an array."""
        for var in self._unset.get(statement, []):
            lines.add(f"{var.name} = {_zero(var.type)}")

    def before(self, loop: Loop, lines: Lines, names: Names) -> None:
        """Before a loop: sizes of what it records, and of what its inner loops record if it is an outermost one."""
        if loop in self.muted:
            return
        for record in self._partly.pop(loop, []):
            # some way through the iteration does not assign it, nor read it
            lines.add(f"{record.var.name} = {_zero(record.var.type)}")
        if loop in self.trips:
            lines.add(f"{self.trips[loop].name} = 0")
        if self.places.region_of[loop].loop is None:
            for counted in self._counted.values():
                inside = loop in self.places.region_of[counted.loop].loops()
                if counted.loop is loop or (inside and counted.loop not in self.muted):
                    self._allocate(counted, loop, lines)
        counted_here = self._counted.get(loop)
        if counted_here is not None and counted_here.numbers and self._grows_on_entry(counted_here):
            trips = self._trip_code(loop)
            self._grow(counted_here, f"{counted_here.place} + {trips}", lines)

    def _allocate(self, counted: Counted, outermost: Loop, lines: Lines) -> None:
        if counted.numbers:
            lines.add(f"{counted.place} = 0")
        size = self._expected_size(counted.loop, outermost)
        empty = self.names.of(empty_record)
        for array, kind in counted.made().items():
            if isinstance(kind, int):
                lines.add(f"{array} = {empty}(({size or '0'}, {kind}))")
            else:
                entries = "" if kind == types.float64 else f", np.{dtype(kind)}"
                lines.add(f"{array} = {empty}({size or '0'}{entries})")
        for record in counted.arrays:
            lines.add(f"{counted.of[record]} = []")

    def _expected_size(self, loop: Loop, outermost: Loop) -> str | None:
        """The number of iterations over the whole run of the outermost loop, as far as can be told before it begins."""
        trips = [self._trips_at_entry(inner, outermost) for inner in self._counting(loop)]
        return None if None in trips else " * ".join(map(str, trips))

    def _known_size(self, loop: Loop, outermost: Loop) -> str | None:
        """The number of iterations over the whole run of the outermost loop, where it is known before that begins."""
        loops = self._counting(loop)
        known = [inner for inner in loops if self._is_known(inner, outermost)]
        codes = [self.longest.get(inner) or self._trip_code(inner) for inner in known]
        return " * ".join(codes) if len(known) == len(loops) else None

    def _counting(self, loop: Loop) -> list[Loop]:
        """A loop and those around it, up to one that is replayed: over their iterations its own are counted."""
        found = [loop]
        for outer in self.places.region_of[loop].loops():
            if outer in self.needs.replayed:
                break
            found.append(outer)
        return found

    def _is_known(self, loop: Loop, outermost: Loop) -> bool:
        if loop in self.longest:
            return True
        return bool(loop.bounds) and not loop.breaks and all(self.is_outside(b, outermost) for b in loop.bounds)

    def is_outside(self, operand: Operand, outermost: Loop) -> bool:
        """Whether an operand has its value before a loop, and keeps it there."""
        if isinstance(operand, Const):
            return True
        body = self.places.body_of[outermost, True]
        if operand in outermost.carried or self.places.is_joined(operand):
            home = self.places.home[operand]
            return not home.inside(body) and operand not in self._changed_in(outermost)
        return not self.places.home[operand].inside(body)

    def _changed_in(self, loop: Loop) -> set[Var]:
        body = self.places.body_of[loop, True]
        return {
            v
            for v, sites in self.places.definition.items()
            if any(self.places.region_of[s].inside(body) for s in sites)
        }

    def _trip_code(self, loop: Loop) -> str:
        start, stop, step = (operand_code(b, self.names) for b in loop.bounds)
        if start.text == "0" and step.text == "1":
            return f"max({stop}, 0)" if not isinstance(loop.bounds[1], Const) else str(stop)
        return f"len(range({start}, {stop}, {step}))"

    def _grows_on_entry(self, counted: Counted) -> bool:
        loop = counted.loop
        outermost = [loop, *self.places.region_of[loop].loops()][-1]
        return bool(loop.bounds) and not loop.breaks and self._known_size(loop, outermost) is None

    def _grow(self, counted: Counted, size: str, lines: Lines) -> None:
        first, kind = next(iter(counted.made().items()))
        room = f"{first}.shape[0]" if isinstance(kind, int) else f"{first}.size"
        loops = self._counting(counted.loop)
        times = [self._trip_code(outer) for outer in loops[1:] if self._is_known(outer, loops[-1])]
        with lines.block(f"if {size} > {room}:"):
            for array, kind in counted.made().items():
                function = self.names.jitted(grown_rows if isinstance(kind, int) else grown)
                lines.add(f"{array} = {function}({array}, {size}, {' * '.join(times) or 1})")

    def start(self, loop: Loop, lines: Lines) -> None:
        """At the start of an iteration."""
        if loop in self.watched:
            self.watched[loop].step(lines)
        if loop in self.muted:
            return
        if loop in self.trips:
            lines.add(f"{self.trips[loop].name} += 1")
        counted = self._counted.get(loop)
        if counted is None:
            return
        if counted.numbers and len(self._counting(loop)) > 1:
            # here, as it is carried from iteration to iteration; a loop that alone counts it begins with 0
            lines.add(assumption(counted.place, self.names))
        if counted.numbers and (not loop.bounds or loop.breaks):
            self._grow(counted, f"{counted.place} + 1", lines)
        for record in counted.records:
            if record.at_start:
                self._put(counted, record, lines)
        if counted.numbers and self._counts_first(loop):
            # a `break` may end the iteration before its end is reached
            lines.add(f"{counted.place} += 1")

    def enter(self, region: Region, lines: Lines) -> None:
        """At the start of a region, in which an array is recorded at the end of a statement that may break."""
        for counted, record in self._early.get(region, []):
            if counted.loop not in self.muted:
                lines.add(f"{counted.of[record]}.append({record.var.name})")

    def _counts_first(self, loop: Loop) -> bool:
        return not loop.bounds or loop.breaks

    def _put(self, counted: Counted, record: Record, lines: Lines) -> None:
        name = counted.of[record]
        if self._is_early(counted, record):
            lines.add(f"{name}[-1] = {record.var.name}")
        elif record in counted.arrays:
            lines.add(f"{name}.append({record.var.name})")
        else:
            back = " - 1" if self._counts_first(counted.loop) and not record.at_start else ""
            lines.add(f"{counted.entry(record, counted.place + back)} = {record.var.name}")

    def after(self, statement: Statement, lines: Lines) -> None:
        """After a statement whose results are recorded."""
        for counted, record in self._after.get(statement, []):
            if counted.loop not in self.muted:
                self._put(counted, record, lines)

    def leave(self, statement: Break, lines: Lines) -> None:
        """Before a `break`: what is recorded behind the branch that it leaves, whose reverse reads it too."""
        region = self.places.region_of[statement]
        while isinstance(region.owner, If):
            for counted, record in self._after.get(region.owner, []):
                if counted.loop not in self.muted and not is_list(record.var):
                    self._put(counted, record, lines)
            region = self.places.region_of[region.owner]

    def end(self, loop: Loop, lines: Lines) -> None:
        """At the end of an iteration."""
        counted = self._counted.get(loop)
        if counted is not None and loop not in self.muted and counted.numbers and not self._counts_first(loop):
            lines.add(f"{counted.place} += 1")
        if loop in self.watched and loop not in self.muted:
            self.watched[loop].recorded_step(lines)

    # replayed loops

    def before_replays(self, loop: Loop, lines: Lines) -> None:
        """Before the reverse of a replayed loop: records of its inner loops, for one iteration."""
        for counted in self._inside(loop):
            self._allocate(counted, loop, lines)

    @contextmanager
    def replay(self, loop: Loop, lines: Lines) -> Iterator[None]:
        """One iteration is done again: its inner loops record from the start."""
        inner = {counted.loop for counted in self._inside(loop)}
        for counted in self._inside(loop):
            if counted.numbers:
                lines.add(f"{counted.place} = 0")
        before = self.muted
        self.muted = (self.muted - inner - {i for i in self.trips if self._replayed_around(i) is loop}) | {loop}
        yield
        self.muted = before

    def _replayed_around(self, loop: Loop) -> Loop | None:
        """The innermost loop around another one that is done again before it is reversed."""
        return next((outer for outer in self.places.region_of[loop].loops() if outer in self.needs.replayed), None)

    def _inside(self, loop: Loop) -> list[Counted]:
        return [counted for counted in self._counted.values() if self._replayed_around(counted.loop) is loop]

    def bytes_of_step(self, marked: Marked) -> str:
        """How many bytes the records of one step take: an expression, -1 where it is known only when they are made."""
        sizes = []
        for counted in self._inside(marked.outer):
            arrays = [bytes_of_array_record(record, marked, self.places) for record in counted.arrays]
            loops = [loop for loop in self._counting(counted.loop) if loop is not marked.inner]
            trips = [self._trips_at_entry(loop, marked.outer) for loop in loops]
            if None in arrays or None in trips:
                return "-1"
            width = sum(bytes_of(record.var.type) for record in counted.numbers)
            parts = [part for part in (str(width) if width else "", *arrays) if part]
            entry = f"({' + '.join(parts)})" if len(parts) > 1 else "".join(parts)
            sizes.append(" * ".join([entry, *map(str, trips)]))
        return " + ".join(sizes) or "0"

    def time_of_step(self, marked: Marked, each: float = OPERATION) -> str:
        """About how many ns a step takes without records, with so many for an operation: an expression.

        An inner loop whose length is not known counts as one iteration, as one that is not reversed: what its length is made
        of need not be there.
        """
        operations: dict[str, int] = {}
        for statement in walk(marked.inner.body):
            if isinstance(statement, Op):
                around = takewhile(lambda loop: loop is not marked.inner, self.places.region_of[statement].loops())
                trips = [self._trips_at_entry(loop, marked.outer) for loop in around if loop in self._reversed]
                times = "".join(f" * {each}" for each in trips if each is not None)
                operations[times] = operations.get(times, 0) + 1
        return " + ".join(f"{each * count:.1f}{times}" for times, count in operations.items()) or "0.0"

    def _trips_at_entry(self, loop: Loop, outermost: Loop) -> str | None:
        """The number of iterations of a loop, by what its bounds are before the outermost one; None if they may change."""
        if self._is_known(loop, outermost):
            return self.longest.get(loop) or self._trip_code(loop)
        if (
            outermost not in self.needs.marked
            or not loop.bounds
            or loop.breaks
            or not isinstance(loop.bounds[2], Const)
        ):
            return None
        bounds = [value_at_entry(bound, outermost, self.places, self.names) for bound in loop.bounds]
        return None if None in bounds else f"len(range({', '.join(map(str, bounds))}))"

    # reverse sweep

    def restore(self, region: Region, lines: Lines) -> None:
        """On entering the reverse of a region."""
        for counted, record in self._restored.get(region, []):
            name = counted.of[record]
            if record in counted.arrays:
                lines.add(f"{record.var.name} = {name}.pop()")
            else:
                place = self._forwards.get(counted.loop, counted.place)
                lines.add(f"{record.var.name} = {counted.entry(record, place)}")
                if record.var in self.subscripts.assumed:
                    lines.add(assumption(record.var.name, self.names))

    def are_found_forwards(self, loop: Loop) -> bool:
        """Whether the records of a loop, and of those inside it, are found when their iterations are counted upwards."""
        for counted in self._within(loop):
            if counted.arrays:
                return False  # taken from the end of a list
            region = self.places.region_of[counted.loop]
            while counted.loop is not loop and region.owner is not loop:
                if not isinstance(region.owner, Loop) or not self._is_known(region.owner, loop):
                    return False
                assert region.parent is not None
                region = region.parent
            if counted.loop is not loop and not self._is_known(counted.loop, loop):
                return False
        return True

    def _within(self, loop: Loop) -> list[Counted]:
        """The counted loops among a loop and those inside it."""
        body = self.places.body_of[loop, True]
        return [c for c in self._counted.values() if c.loop is loop or self.places.region_of[c.loop].inside(body)]

    @contextmanager
    def forwards(self, loop: Loop, lines: Lines) -> Iterator[None]:
        """The reverse of a loop whose iterations are independent, in the order of the loop itself."""
        assert loop.index is not None
        start, stop, step = (operand_code(b, self.names) for b in loop.bounds)
        around = self._passed.get(self.places.region_of[loop].loop)  # type: ignore[arg-type]
        if around is None:
            for counted in self._within(loop):
                if counted.numbers:
                    nest = takewhile(lambda outer: outer is not loop, self._counting(counted.loop))
                    trips = [self._trip_code(inner) for inner in (*nest, loop)]
                    lines.add(f"{counted.place} -= {' * '.join(trips)}")
        before = None if around is None else binary(operator.mul, around, Code(self._trip_code(loop)))
        counted_here = self._counted.get(loop)
        offset = Code(loop.index.name) if start.text == "0" else binary(operator.sub, Code(loop.index.name), start)
        if counted_here is not None:
            first = counted_here.place
            if before is not None:
                first = self.names.fresh("first")
                lines.add(f"{first} = {counted_here.place} + {before.within(11)}")
            elif len(self._counting(loop)) > 1 and not any(isinstance(s, Loop) for s in walk(loop.body)):
                first = self.names.fresh("first")
                lines.add(f"{first} = {self.names.of(hidden)}({counted_here.place})")
            lines.add(assumption(first, self.names))
            self._forwards[loop] = f"{first} + {offset.within(11)}"
        self._passed[loop] = offset if before is None else binary(operator.add, before, offset)
        with lines.block(f"for {loop.index.name} in {range_code(start, stop, step)}:"):
            yield
        del self._passed[loop]

    def arrays(self) -> list[str]:
        """What numbers are recorded in: memory that nothing else uses."""
        return [name for counted in self._counted.values() for name in counted.made()]

    @contextmanager
    def reverse_loop(self, loop: Loop, lines: Lines) -> Iterator[None]:
        """The loop backwards; its index and counter are set."""
        first: list[str] = []
        if not loop.bounds:
            head = f"for {self.names.fresh('again')} in range({self.trips[loop].name}):"
        else:
            assert loop.index is not None
            start, stop, step = (operand_code(b, self.names) for b in loop.bounds)
            index = loop.index.name
            if loop not in self.trips and step.text == "1":
                head = f"for {index} in range({_less_one(stop)}, {_less_one(start)}, -1):"
            else:
                trips = self.trips[loop].name if loop in self.trips else self._trip_code(loop)
                plain = start.text == "0" and step.text == "1"
                count = index if plain else self.names.fresh("again")
                head = f"for {count} in range({trips} - 1, -1, -1):"
                if not plain:
                    moved = count if step.text == "1" else f"{count} * {step.within(21)}"
                    first.append(f"{index} = {start.within(10)} + {moved}")
        counted = self._counted.get(loop)
        with lines.block(head):
            for line in first:
                lines.add(line)
            if counted is not None and counted.numbers:
                lines.add(f"{counted.place} -= 1")
            yield


def _breaks(statement: Statement | None) -> bool:
    """Whether a statement may end the loop that it stands in."""
    match statement:
        case Break():
            return True
        case If(then=then, orelse=orelse):
            return any(map(_breaks, (*then, *orelse)))
    return False


def _assigns(statement: Statement, var: Var) -> bool:
    """Whether a statement assigns a variable on every way that goes on."""
    match statement:
        case Copy(targets=targets):
            return var in targets
        case Op(result=result):
            return result is var
        case If(then=then, orelse=orelse):
            return all(any(_assigns(s, var) or isinstance(s, (Break, Raise)) for s in way) for way in (then, orelse))
    return False


def _zero(type_: Any) -> str:
    if isinstance(type_, types.Array):
        return f"np.empty(({'0, ' * type_.ndim}), np.{dtype(type_.dtype)})"
    if isinstance(type_, types.Boolean):
        return "False"
    if isinstance(type_, types.Integer):
        return "0"
    return "0.0" if type_ == types.float64 else f"np.{dtype(type_)}(0)"


def _less_one(code: Code) -> str:
    if code.text.lstrip("-").isdigit():
        return str(int(code.text) - 1)
    return f"{code.within(10)} - 1"


def dtype(type_: Any) -> str:
    """Name of the type of entries that hold such numbers."""
    if isinstance(type_, types.Boolean):
        return "bool_"
    if isinstance(type_, types.Integer):
        return str(type_)
    return str(np.dtype(numpy_support.as_dtype(type_)).name)
