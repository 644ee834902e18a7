"""What the reverse sweep must know of the forward sweep, and how it comes to know it.

A value outside all loops stays in its variable. Inside loops, each needed value is

- computed again in the reverse iteration, where it is cheap and made of values that are at hand: arithmetic on values of
  outer loops, on the loop's index, on recorded ones, and elements of arrays that nobody writes afterwards; likewise an array
  by a few sums and products of such arrays, since a pass over memory costs less than memory that no iteration gives back;
- recorded otherwise: once per iteration of the loop that it belongs to. A variable that a loop carries is recorded at the
  start of an iteration, everything else where it is made.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..program.tree import Const, Loop, Op, Operand, Statement, Var
from ..rules.arrays import VIEWS
from .absorb import is_elementwise
from .assume import hidden
from .code import BINARY, COMPARISONS, UNARY
from .exchanges import Exchange
from .memory import Memory, is_array, is_container, is_list, view_base
from .places import Places, Region, reads

__all__ = ["Needs", "Record"]

CHEAP = {
    *BINARY, *COMPARISONS, *UNARY, float, int, bool, complex, abs, min, max, len, getattr, math.fabs, np.float32, np.float64,
    np.complex64, np.complex128, np.int64, np.int32, np.intp, np.bool_, np.uint64, operator.truth, np.abs, np.minimum,
    np.maximum, math.floor, math.ceil, np.floor, np.ceil, math.isnan, math.isinf, np.isnan, np.isinf, np.sign, divmod,
    operator.contains, hidden,
} - {operator.pow, operator.matmul}  # fmt: skip

#: Operations on whole arrays that take no longer than reading and writing them.
PASSES = {
    operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pos,
    np.add, np.subtract, np.multiply, np.divide, np.negative,
}  # fmt: skip
MOST_PASSES = 2


@dataclass(eq=False)
class Record:
    """A value that is recorded once per iteration of a loop.

    Parameters
    ----------
    var : Var
    loop : Loop
        Its iterations are counted.
    region : Region
        Where the value is restored: on entering the reverse of this region.
    at_start : bool
        Whether it is the value at the start of the iteration, of a variable that the loop carries.
    after : statement or None
        Where it is recorded: after this statement; None for the start.
    """

    var: Var
    loop: Loop
    region: Region
    at_start: bool
    after: Statement | None


class Needs:
    """Decisions for one program.

    Parameters
    ----------
    places, memory
    replayed : set of Loop
        Loops whose iterations are done again before they are reversed: what they compute is then at hand.
    marked : set of Loop
        Loops among them that go over blocks of steps: what they carry is brought back before.
    exchanges : dict of Loop -> Exchange
        Loops over steps in them whose arrays change places: their reverse undoes that.
    single : set of Loop
        Loops among the marked ones whose blocks are single steps. Where such a step is reversed, arrays hold what it has left.

    Attributes
    ----------
    kept : set of Var
        Variables outside loops that the reverse sweep reads.
    records : list of Record
    recomputed : dict of Region -> list of Op
        Operations that the reverse of a region does again on entering it, in program order.
    at_step : dict of Loop -> set of Var
        What the reverse of a single step reads from where it begins.
    """

    def __init__(
        self,
        places: Places,
        memory: Memory,
        replayed: frozenset[Loop] = frozenset(),
        marked: frozenset[Loop] = frozenset(),
        exchanges: Mapping[Loop, Exchange] | None = None,
        single: frozenset[Loop] = frozenset(),
    ) -> None:
        self.places, self.memory, self.replayed, self.marked = places, memory, replayed, marked
        self.exchanges = exchanges or {}
        #: for loops in single steps, the memory during a step
        self.steps = {loop: memory.in_step(self.exchanged(loop)) for loop in single}
        self.kept: set[Var] = set()
        self.at_step: dict[Loop, set[Var]] = {loop: set() for loop in single}
        self.records: list[Record] = []
        self._recorded: set[tuple[Var, Any]] = set()
        self._again: set[Op] = set()
        self._carrying: dict[Var, list[Loop]] = {}
        for statement in places.position:
            if isinstance(statement, Loop):
                for var in statement.carried:
                    self._carrying.setdefault(var, []).append(statement)

    def exchanged(self, loop: Loop) -> list[Var]:
        """The arrays that change places in each step of a loop."""
        return list(self.exchanges[loop].after) if loop in self.exchanges else []

    def decide(self, wanted: Iterable[tuple[Operand, Region]]) -> None:
        """Take care of all values, each wanted in the reverse of a region."""
        unique = dict.fromkeys((v, r) for v, r in wanted if isinstance(v, Var))
        for var, region in sorted(unique, key=lambda pair: self._order(pair[0])):
            self._provide(var, region)

    @property
    def recomputed(self) -> dict[Region, list[Op]]:
        found: dict[Region, list[Op]] = {}
        for op in sorted(self._again, key=self.places.position.__getitem__):
            found.setdefault(self.places.region_of[op], []).append(op)
        return found

    def _order(self, var: Var) -> int:
        definitions = self.places.definition.get(var)
        return min(map(self.places.position.__getitem__, definitions)) if definitions else -1

    def _provide(self, var: Var, region: Region) -> None:
        if self.is_free(var, region):
            self._keep(var, region)
            return
        again: set[Op] = set()
        needed: set[tuple[Var, Region]] = set()
        if self._plan(var, region, again, needed, 0) and self._pays(again, needed, var, region):
            self._again |= again
            for op in again:
                for part in reads(op):
                    if isinstance(part, Var):
                        self._keep(part, self.places.region_of[op])
            for other, place in sorted(needed, key=lambda pair: (self._order(pair[0]), pair[0].name)):
                self._record(other, place)
        else:
            self._record(var, region)

    def _pays(self, again: set[Op], needed: set[tuple[Var, Region]], var: Var, region: Region) -> bool:
        """Whether a value is rather computed again than recorded."""
        passes = sum(map(is_elementwise, again))
        if not is_array(var):
            return not passes and self._are_fewer(needed, var, region)
        return not passes or (passes <= MOST_PASSES and not any(is_container(other) for other, _ in needed))

    def _are_fewer(self, needed: set[tuple[Var, Region]], var: Var, region: Region) -> bool:
        """Whether values belong to loops further out than a variable, so that recording them takes fewer entries."""
        own = self._loop_of(var, region)
        assert own is not None
        depth = self.places.region_of[own].depth
        loops = [self._loop_of(other, place) for other, place in needed]
        return all(loop is None or self.places.region_of[loop].depth < depth for loop in loops)

    def _keep(self, var: Var, region: Region) -> None:
        if not self._loop_of(var, region):
            self.kept.add(var)
            step = self._step_around(region)
            if step is not None:
                self.at_step[step].add(var)

    def _step_around(self, region: Region) -> Loop | None:
        return next((loop for loop in region.loops() if loop in self.steps), None) if self.steps else None

    def is_overwritten(self, var: Var, at: Statement) -> bool:
        """Whether memory that a variable means at a statement may be written between there and its reverse."""
        step = self._step_around(self.places.region_of[at])
        if step is None:
            return self.memory.overwritten_after(var, at)
        return self.memory.overwritten_in(step, self.steps[step], var, at)

    def is_free(self, var: Var, region: Region) -> bool:
        """Whether the reverse of a region has a value without further measures."""
        loop = self._loop_of(var, region)
        if loop is None or (var, loop) in self._recorded:
            return True
        definition = self.places.definition[var][0]
        if isinstance(definition, Loop):
            return True  # the index of a loop
        return definition in self._again

    def _loop_of(self, var: Var, region: Region) -> Loop | None:
        """The loop whose iterations give a variable different values, as seen from a region; None outside loops."""
        for loop in self._carrying.get(var, ()):
            at_hand = loop in self.marked or var in self.exchanged(loop)
            if not at_hand and region.inside(self.places.body_of[loop, True]):
                return loop
        innermost = self.places.home[var].loop
        return None if innermost in self.replayed else innermost

    def _plan(self, var: Var, region: Region, again: set[Op], needed: set[tuple[Var, Region]], depth: int) -> bool:
        """Whether a value can be computed again; collects the operations, and what would have to be recorded for them."""
        if self.is_free(var, region):
            return True
        definition = self.places.definition[var][0]
        if not isinstance(definition, Op) or depth > 40 or not self._is_cheap(definition):
            return False
        if definition in again:
            return True
        home = self.places.region_of[definition]
        for part in reads(definition):
            if isinstance(part, Var) and not self._plan(part, home, again, needed, depth + 1):
                needed.add((part, home))
        again.add(definition)
        return True

    def _is_cheap(self, op: Op) -> bool:
        if view_base(op) is not None:
            if is_list(op.args[0]):
                return not any(
                    is_list(t) and self.memory.follows(at, t, op, op.args[0]) for at, t in self.memory.stores
                )
            return op.function in (operator.getitem, getattr) or op.function in VIEWS or op.function is np.reshape
        if op.function is operator.getitem and is_array(op.args[0]) and not is_container(op.result):
            return self._can_reload(op)
        if is_elementwise(op):
            return self._is_pass(op)
        if any(is_container(part) for part in reads(op)):
            return op.function is getattr or (op.function is len and is_array(op.args[0]))
        if op.function is operator.pow:
            exponent = op.args[1]
            return isinstance(exponent, Const) and exponent.value in (2, 3, 4)
        try:
            return op.function in CHEAP or op.function is operator.getitem
        except TypeError:
            return False

    def _is_pass(self, op: Op) -> bool:
        """Whether an array is made by one cheap pass over arrays that nobody writes afterwards, and not written itself."""
        if op.function not in PASSES or self.memory.is_written(op.result):
            return False
        return not any(self.is_overwritten(part, op) for part in reads(op) if is_array(part))

    def _can_reload(self, load: Op) -> bool:
        """Whether an element still has its value in the reverse sweep, in memory that can still be reached."""
        origin = self.memory.origin(load.args[0])
        if self._loop_of(origin, self.places.region_of[load]) is not None:
            return False
        return not self.is_overwritten(load.args[0], load)

    def _record(self, var: Var, region: Region) -> None:
        loop = self._loop_of(var, region)
        if loop is None or self.is_free(var, region):
            self._keep(var, region)
            return
        self._recorded.add((var, loop))
        if loop in self._carrying.get(var, ()) and region.inside(self.places.body_of[loop, True]):
            self.records.append(Record(var, loop, self.places.body_of[loop, True], True, None))
            return
        home = self.places.home[var]
        definitions = self.places.definition[var]
        children = [self.places.child_holding(home, s) for s in definitions if self.places.region_of[s].inside(home)]
        last = max(children, key=self.places.position.__getitem__)
        self.records.append(Record(var, loop, home, False, last))
