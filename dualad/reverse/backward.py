"""The reverse sweep: the statements of the program backwards, each by its adjoint.

A region is reversed in three steps: values that were recorded are restored, cheap ones are computed again, and then the
statements follow from the last to the first. Cotangents that cross the border of a branch or loop have their own variables
there.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numba.core import types

from ..program.tree import Break, Copy, If, Loop, Op, Raise, Statement, Var, walk
from .apart import take_apart
from .assume import assumption
from .code import ATOM, Code, Names, binary, index
from .column_sums import ColumnSums
from .cotangents import Cotangents, SharedMemory, zero
from .covering import covering_load
from .forward import Emitter, op_code
from .gather import Gathers
from .leads import Leads
from .lines import Lines
from .memory import Memory, is_array, is_container, is_list
from .needs import Needs
from .order import Order
from .partials import operand_code
from .places import Places, Region
from .records import Records
from .shapes import Shapes
from .stale import stale_buffers
from .statements import Reversal, index_code
from .subscripts import Subscripts

__all__ = ["Backward", "Flow"]


class Flow:
    """Through which statements cotangents flow, and which of them each adds to.

    Attributes
    ----------
    reversals : dict of Op -> Reversal
    """

    def __init__(self, places: Places, memory: Memory, active, reversals: dict[Statement, Reversal]) -> None:  # type: ignore[no-untyped-def]
        self.places, self.memory, self.active, self.reversals = places, memory, active, reversals
        self._touched: dict[Statement, list[Var]] = {}

    def copies(self, copy: Copy) -> list[tuple[Var, Var | None]]:
        """Active targets of a copy with their sources, None for a constant."""
        return [
            (target, source if isinstance(source, Var) and self.active(source) else None)
            for target, source in zip(copy.targets, copy.sources, strict=True)
            if self.active(target)
        ]

    def reversed_(self, statement: Statement) -> bool:
        """Whether anything is to be done for a statement in the reverse sweep."""
        match statement:
            case Op():
                return statement in self.reversals
            case Copy():
                return bool(self.copies(statement))
            case If(then=then, orelse=orelse):
                return any(map(self.reversed_, (*then, *orelse)))
            case Loop(body=body):
                return any(map(self.reversed_, body))
        return False

    def touched(self, statement: Statement) -> list[Var]:
        """Variables, arrays by their origins, whose cotangents a statement or what is inside it changes."""
        if statement not in self._touched:
            found: list[Var] = []
            match statement:
                case Op() if statement in self.reversals:
                    found = [self.memory.origin(v) if is_container(v) else v for v in self.reversals[statement].gives()]
                case Copy():
                    for target, source in self.copies(statement):
                        found += [target] if source is None else [target, self._base(source)]
                case If(then=then, orelse=orelse):
                    found = [var for inner in (*then, *orelse) for var in self.touched(inner)]
                case Loop(body=body):
                    found = [var for inner in body for var in self.touched(inner)]
            self._touched[statement] = list(dict.fromkeys(found))
        return self._touched[statement]

    def _base(self, var: Var) -> Var:
        return self.memory.origin(var) if is_container(var) else var

    def views(self, loop: Loop) -> list[Var]:
        """Views whose shadows are used inside a loop."""
        found = [v for inner in walk(loop.body) if inner in self.reversals for v in self.reversals[inner].gives()]
        return [v for v in dict.fromkeys(found) if is_array(v) and self.memory.origin(v) is not v]

    def crossing(self, statement: Statement) -> list[Var]:
        """Of these, the variables that live outside the regions of the statement."""
        ways = [region for way in (True, False) if (region := self.places.body_of.get((statement, way))) is not None]
        return [var for var in self.touched(statement) if not any(self.places.home[var].inside(way) for way in ways)]


class Backward:
    """Writes the reverse sweep."""

    def __init__(
        self,
        lines: Lines,
        names: Names,
        places: Places,
        memory: Memory,
        needs: Needs,
        records: Records,
        subscripts: Subscripts,
        flow: Flow,
        leads: Leads,
        paired: Mapping[Var, Var],
        extents: Mapping[Var, tuple[Var, ...]],
        replays: Mapping[Any, Callable[[], None]],
        entries: Mapping[Loop, Callable[[list[tuple[str, bool, bool]]], None]],
        keeps_order: bool,
    ) -> None:
        self.lines, self.names, self.places, self.memory = lines, names, places, memory
        self.needs, self.records, self.flow, self.leads, self.paired = needs, records, flow, leads, paired
        self.subscripts, self.extents, self.replays, self.entries = subscripts, extents, replays, entries
        self.cotangents = Cotangents(names, memory, self.line, self._zeros, self._view, paired, keeps_order)
        self._recomputed = needs.recomputed
        self._carried = {var for loop in places.position if isinstance(loop, Loop) for var in loop.carried}
        self.order = Order(places, memory, subscripts, records, flow.active, flow.reversals, replays)
        self.shapes = Shapes(places)
        #: accesses that make the cotangent of their array whole
        self.covering: set[Statement] = set()
        #: stores after whose reverse the cotangent of the element need not be zero
        self.leaving: set[Statement] = set()

    @cached_property
    def gathers(self) -> Gathers:
        """Made when the sweep begins: what it asks for is then known."""
        return Gathers(self)

    @cached_property
    def column_sums(self) -> ColumnSums:
        """Made then too."""
        return ColumnSums(self)

    def line(self, text: str) -> None:
        self.lines.add(text)

    def begin(self, var: Var) -> None:
        """Make the shadow of an array, whose elements the statement that is written now assigns."""
        self.cotangents.begin(var, self._array(var, np.empty, np.empty_like))

    def _array(self, var: Var, of_shape: Callable[..., Any], of_array: Callable[..., Any]) -> Code:
        """A new array like another one."""
        of_shape, of_array = self.leads.function(var, of_shape), self.leads.function(var, of_array)
        if var in self.extents:
            lengths = ", ".join(length.name for length in self.extents[var])
            lengths = f"({lengths})" if len(self.extents[var]) > 1 else lengths
            dtype = "" if var.type.dtype == types.float64 else f", np.{var.type.dtype}"
            return Code(f"{self.names.of(of_shape)}({lengths}{dtype})")
        definition = self.places.definition.get(var, [])
        if len(definition) == 1 and isinstance(definition[0], Op):
            function, arguments = definition[0].function, definition[0]
            if function in (np.zeros, np.empty, np.ones):
                return op_code(replace(arguments, function=of_shape), self.names)
            if function in (np.zeros_like, np.empty_like, np.ones_like):
                return op_code(replace(arguments, function=of_array), self.names)
        return Code(f"{self.names.of(of_array)}({var.name})")

    def _zeros(self, var: Var) -> Code:
        if is_list(var) and isinstance(var.type.dtype, types.Array):
            entry = self.names.fresh("entry")
            return Code(f"[np.zeros_like({entry}) for {entry} in {var.name}]")
        if is_list(var):
            return binary(operator.mul, Code(f"[{zero(Var('', var.type.dtype))}]"), Code(f"len({var.name})"))
        return self._array(var, np.zeros, np.zeros_like)

    def _view(self, op: Op, base: Code) -> Code:
        if op.function is operator.getitem:
            return index(base, index_code(op.args[1], self))
        return op_code(op, self.names, base)

    # regions

    def region(self, region: Region) -> None:
        """The reverse of a region."""
        self._restore(region)
        if region.owner in self.replays:
            assert isinstance(region.owner, Loop)
            self.replays[region.owner]()
        for statement in reversed(region.statements):
            if self.flow.reversed_(statement):
                self.statement(statement)

    def _restore(self, region: Region) -> None:
        self.lines.at(None, False)
        self.records.restore(region, self.lines)
        if isinstance(region.owner, Loop) and region.owner not in self.replays:
            exchange = self.needs.exchanges.get(region.owner)
            if exchange is not None:
                exchange.undo(self.lines)
        again = self._recomputed.get(region, [])
        if again:
            Emitter(self.lines, self.names, self.subscripts).operations(again)

    def statement(self, statement: Statement) -> None:
        match statement:
            case Op(where=where):
                self.lines.at(where, True)
                self.flow.reversals[statement].emit(self)
            case Copy():
                self._copy(statement)
            case If():
                self._if(statement)
            case Loop():
                self._loop(statement)
            case Break() | Raise():
                pass

    def _copy(self, copy: Copy) -> None:
        self.lines.at(copy.where, False)
        pairs = self.flow.copies(copy)

        def may_add(target: Var, source: Var) -> None:
            for store, through in self.memory.stores:
                if self.memory.follows(store, through, copy, source) or self.memory.follows(
                    store, through, copy, target
                ):
                    raise SharedMemory(source, copy.where.show())

        self.cotangents.transfer([t for t, _ in pairs], [s for _, s in pairs], may_add, self._fitting(pairs))

    def _fitting(self, pairs: list[tuple[Var, Var | None]]) -> Callable[[Var, Var, Code, Code | None], Code]:
        """What gives the cotangents of what a copy assigns the shapes of what it assigns.

        Of an array that a loop assigns again before it reads it, the cotangent is zero, and may have another shape: that of what is
        assigned later.
        """
        arrays = [(t, s) for t, s in pairs if s is not None and is_array(t) and is_array(s)]
        targets = {target for target, _ in arrays}
        if targets == {source for _, source in arrays}:
            targets = set()  # arrays that change places take their shapes with them
        loose = {t for t in targets if t.type.ndim and self._lasts(t) and t not in self.shapes.steady}

        def fit(target: Var, source: Var, bar: Code, shadow: Code | None) -> Code:
            if target not in loose:
                return bar
            name = bar.text if bar.text.isidentifier() else self.names.fresh(self.cotangents.name(target))
            if name != bar.text:
                self.line(f"{name} = {bar}")
            shape = self._shape(source) if shadow is None else f"{shadow.within(ATOM)}.shape"
            with self.lines.block(f"if {name}.shape != {shape}:"):
                self.line(f"{name} = np.zeros({shape}, {name}.dtype)")
            return Code(name)

        return fit

    def _lasts(self, var: Var) -> bool:
        """Whether a loop assigns a variable that is there before or behind it."""
        home = self.places.home[var]
        around = {loop for site in self.places.definition[var] for loop in self.places.region_of[site].loops()}
        return any(not home.inside(self.places.body_of[loop, True]) for loop in around)

    def _shape(self, var: Var) -> str:
        """Code for the shape of an array that has no cotangent."""
        if var in self.extents:
            return f"({', '.join(length.name for length in self.extents[var])},)"
        definition = self.places.definition.get(var, [])
        op = definition[0] if len(definition) == 1 else None
        if isinstance(op, Op) and op.function in (np.zeros_like, np.empty_like, np.ones_like):
            return str(op_code(replace(op, function=np.shape, args=op.args[:1], kwargs=()), self.names))
        if isinstance(op, Op) and op.function in (np.zeros, np.empty, np.ones):
            return f"{self._zeros(var)}.shape"
        return f"{var.name}.shape"

    def _if(self, statement: If) -> None:
        cotangents = self.cotangents
        crossing = self.flow.crossing(statement)
        consumed = self._consumed(statement)
        self.lines.at(statement.where, False)
        cotangents.settle([v for v in crossing if v not in consumed or cotangents.exists(v)])
        cotangents.settle_all()
        before, views = dict(cotangents.state), dict(cotangents.views)
        outer = {*before, *crossing}
        branches, ends = [], []
        for way in (True, False):
            cotangents.state, cotangents.views = dict(before), dict(views)
            with self.lines.apart() as branch:
                self.region(self.places.body_of[statement, way])
                self.lines.at(None, False)
                cotangents.settle([v for v in cotangents.state if v in outer])
            branches.append(branch)
            ends.append({v: None for v in cotangents.state if v in outer})
        # a cotangent that ended in one branch only is zero after it
        everywhere = {**ends[0], **ends[1]}  # in the same order in every process
        for branch, end in zip(branches, ends, strict=True):
            with self.lines.into(branch):
                for var in [v for v in everywhere if v not in end]:
                    self.line(self._zero_line(var, var in before))
        condition = operand_code(statement.cond, self.names)
        self.lines.at(statement.where, True)
        if branches[0].lines:
            self.lines.place(f"if {condition}:", branches[0])
            if branches[1].lines:
                self.lines.place("else:", branches[1])
        elif branches[1].lines:
            self.lines.place(f"if not {condition.within(4)}:", branches[1])
        cotangents.state = dict.fromkeys(everywhere)
        cotangents.views = {v: n for v, n in views.items() if not self._moved(v, crossing)}

    def _moved(self, view: Var, crossing: list[Var]) -> bool:
        """Whether the shadow that a view is taken of may be another array now."""
        origin = self.memory.origin(view)
        return self.places.is_joined(origin) and (origin in crossing or origin in self.paired)

    def _zero_line(self, var: Var, exists: bool) -> str:
        """A line that makes a cotangent zero.

        One that exists knows its own shape, but for an array that a loop carries: what the next iteration was given may have
        another shape than what this one was.
        """
        name = self.cotangents.name(var)
        if not is_array(var):
            return f"{name} = {zero(var)}"
        if exists and var not in self._carried:
            return f"{name} = {self.names.of(self.leads.function(var, np.zeros_like))}({name})"
        return f"{name} = {self._zeros(var)}"

    def _consumed(self, statement: Statement) -> set[Var]:
        """Variables that copies inside a statement assign: their cotangents end there."""
        found: set[Var] = set()
        match statement:
            case Copy():
                found.update(statement.targets)
            case If(then=then, orelse=orelse):
                found.update(*map(self._consumed, (*then, *orelse)))
            case Loop(body=body):
                found.update(*map(self._consumed, body))
        return found

    def _loop(self, loop: Loop) -> None:
        cotangents = self.cotangents
        crossing = self.flow.crossing(loop)
        self.lines.at(loop.where, False)
        self._begin_covered(loop, crossing)
        stale = stale_buffers(loop, self)
        self.covering.update(buffer.load for buffer in stale)
        self.leaving.update(buffer.store for buffer in stale)
        cotangents.settle(crossing)
        cotangents.settle_all()
        if loop in self.entries:
            names = [(cotangents.name(v), is_container(v), self.places.is_joined(v)) for v in crossing]
            self.entries[loop](names)
        self._take_views(loop, crossing)
        outside, views = dict(cotangents.state), dict(cotangents.views)
        region = self.places.body_of[loop, True]
        self.gathers.before(loop)
        self.column_sums.before(loop)
        if loop in self.replays and loop not in self.needs.marked:
            self.records.before_replays(loop, self.lines)
        forwards = self.order.runs_forwards(loop)
        head = self.records.forwards(loop, self.lines) if forwards else self.records.reverse_loop(loop, self.lines)
        ordered = cotangents.unordered
        if forwards:  # no iteration waits for another one
            cotangents.unordered = ordered | {var for var in crossing if isinstance(var.type, types.Float)}
        begin = len(self.lines.lines)
        with head:
            if loop in self.records.watched:
                self.records.watched[loop].reversed_step(self.lines)
            if forwards and loop.index is not None and loop.index in self.subscripts.assumed:
                self.lines.add(assumption(loop.index.name, self.names))
            with cotangents.in_columns(self.column_sums.columns(loop)):
                self.region(region)
                self.lines.at(None, False)
            cotangents.settle(list(outside))
            self.gathers.row(loop)
        self.gathers.behind(loop)
        cotangents.state, cotangents.unordered = outside, ordered
        cotangents.views = {v: n for v, n in views.items() if not self._moved(v, crossing)}
        alone = self.gathers.arrays(loop) + self.column_sums.arrays(loop)
        if alone:
            numbers = [cotangents.name(var) for var in crossing if not is_container(var)]
            take_apart(self.lines, begin, numbers, [*alone, *self.records.arrays()], self.names)
        self.gathers.after(loop)
        self.column_sums.after(loop)
        for buffer in stale:
            buffer.wipe(self)

    def _begin_covered(self, loop: Loop, crossing: list[Var]) -> None:
        """Make the shadows that a loop makes whole."""
        for var in crossing:
            if is_array(var) and not self.cotangents.has_shadow(var) and not self.places.is_joined(var):
                load = covering_load(loop, var, self.flow, self.shapes)
                if load is not None:
                    self.begin(var)
                    self.covering.add(load)

    def _take_views(self, loop: Loop, crossing: list[Var]) -> None:
        """Take views of shadows before a loop that uses them, not in each of its iterations."""
        body = self.places.body_of[loop, True]
        for view in self.flow.views(loop):
            made_inside = any(self.places.home[op.result].inside(body) for op in self.memory.chain(view) if op.result)
            if not made_inside and not self._moved(view, crossing) and self.cotangents.has_shadow(view):
                self.cotangents.shadow(view)
