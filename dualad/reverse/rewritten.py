"""Arrays of which each step of a loop writes the same elements before it reads any, and nothing else writes others.

What a step finds there does not matter, and the elements that no step writes are what they were before the loop. So such an
array needs no place in a stored state.
"""

from __future__ import annotations

import operator
from typing import Any

from ..program.tree import Const, Copy, Loop, Op, Slice, Statement, Var, walk
from .exchanges import Exchange, nest_around
from .live import reads_contents
from .memory import Memory, is_container
from .places import Places, reads

__all__ = ["is_rewritten"]

#: What gives the same for the same integers.
_ARITHMETIC = (operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod, operator.neg, min, max)


def is_rewritten(var: Var, loop: Loop, exchange: Exchange | None, places: Places, memory: Memory) -> bool:
    """Whether each step of a loop writes the same elements of an array from outside before it reads any.

    Of arrays that change places, it is the only name in its cycle that is written through. All writes are assignments to
    elements or slices outside of branches, at positions that follow from inner loops and from what no step changes.
    """
    exchanged = exchange is not None and var in exchange
    cycle = exchange.cycle(var) if exchange is not None and exchanged else [var]
    body, roots = places.body_of[loop, True], frozenset[Any]().union(*(memory.roots[name] for name in cycle))
    same = _Same(loop, cycle, places)
    end = -1
    own: list[Statement] = []
    for store, target in memory.stores:
        if not places.region_of[store].inside(body):
            if places.position[store] > places.position[loop] and roots & memory.roots.get(target, frozenset()):
                return False
        elif any(memory.may_alias(target, name) for name in cycle):
            around = same.nest(store)
            if target is not var or around is None or not same.place(store, around):
                return False
            own.append(store)
            end = max(end, places.end[around[-1]] if around else places.position[store])
    early = (statement for statement in walk(loop.body) if places.position[statement] <= end)
    return bool(own) and not any(_reads_elements(s, var, s in own, memory) for s in early)


def _reads_elements(statement: Statement, var: Var, stores: bool, memory: Memory) -> bool:
    if isinstance(statement, Copy) or (isinstance(statement, Op) and not stores and not reads_contents(statement)):
        return False
    parts = reads(statement)[1:] if stores else reads(statement)
    return any(is_container(part) and memory.may_alias(part, var) for part in parts)


class _Same:
    """What is the same in every step of a loop."""

    def __init__(self, loop: Loop, cycle: list[Var], places: Places) -> None:
        self.loop, self.cycle, self.places = loop, cycle, places
        self.body = places.body_of[loop, True]

    def nest(self, statement: Statement) -> list[Loop] | None:
        """The loops of a step around a statement, innermost first, if it is done for the same iterations in every step."""
        found = nest_around(statement, self.loop, self.places)
        if found is None or not all(self.value(bound, found) for inner in found for bound in inner.bounds):
            return None
        return found

    def place(self, store: Statement, around: list[Loop]) -> bool:
        """Whether an assignment to an element or a slice goes to the same places."""
        if not isinstance(store, Op) or store.function is not operator.setitem:
            return False
        parts = store.args[1] if isinstance(store.args[1], tuple) else (store.args[1],)
        return all(self.value(part, around) for part in parts)

    def value(self, part: Any, around: list[Loop]) -> bool:
        """Whether a part of a position, or a bound, follows from iterations of inner loops and what no step changes."""
        if isinstance(part, Slice):
            return all(self.value(end, around) for end in (part.start, part.stop, part.step))
        if isinstance(part, Const):
            return True
        if is_container(part):
            return False
        sites = self.places.definition.get(part, [])
        inside = [site for site in sites if self.places.region_of[site].inside(self.body) or site is self.loop]
        if not inside:
            return part not in self.loop.carried
        if len(sites) > 1 or isinstance(sites[0], Loop):
            return len(sites) == 1 and sites[0] in around
        op = sites[0]
        if not isinstance(op, Op):
            return False
        if op.function is getattr or op.function is len:
            return self._keeps_shape(op.args[0])
        shape = op.function is operator.getitem and isinstance(op.args[1], Const)
        return (shape or op.function in _ARITHMETIC) and all(
            self.value(each, around) for each in (op.args[:1] if shape else op.args)
        )

    def _keeps_shape(self, array: Any) -> bool:
        """Whether an array means the same one whenever the rewritten one does."""
        if not is_container(array):
            return False
        sites = self.places.definition.get(array, [])
        return array in self.cycle or not any(self.places.region_of[site].inside(self.body) for site in sites)
