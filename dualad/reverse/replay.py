"""Outermost loops whose iterations are done again in the reverse sweep, one at a time.

Where an iteration needs little from the ones before it, its forward statements can be repeated just before it is reversed.
Then everything that its inner loops record has the size of one iteration and stays in the cache, and if nothing else needs
the loop's results the forward sweep leaves it out. A mixture's likelihood, summed over observations, is of this kind.

A loop qualifies if

- it runs over a range, without `break`, and stands in no other loop;
- its inner loops have something to record, in more nested loops than the arrays that the body writes have axes;
- every array that the body writes was made by the program, is not an output, and is written in each iteration before it is
  read (`kills`);
- what the body reads besides is not overwritten after the loop;
- what it calls has no effects and gives the same result each time.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numba.core import types

from ..program.tree import Const, If, Loop, Op, Operand, Raise, Statement, Var, walk
from .live import is_random
from .memory import Memory, is_array, is_container
from .needs import Record
from .places import Places, reads

__all__ = ["gives_the_same", "is_refilled", "replayed_loops"]


def replayed_loops(
    places: Places, memory: Memory, records: list[Record], outputs: list[Operand], reversed_: Any
) -> dict[Loop, list[Var]]:
    """The loops of a program that qualify, given what would be recorded otherwise.

    Each with the arrays from outside that an iteration fills before it reads them: what the iteration before it left
    there does not matter.
    """
    found = {}
    for statement in places.top.statements:
        if isinstance(statement, Loop) and reversed_(statement):
            candidate = _Candidate(statement, places, memory, records, outputs)
            if candidate.qualifies():
                found[statement] = candidate.written() or []
    return found


def is_refilled(loop: Loop, places: Places, memory: Memory, var: Var) -> bool:
    """Whether each iteration of a loop fills an array from outside before it reads it."""
    return _Candidate(loop, places, memory, [], [])._is_killed(var)


class _Candidate:
    def __init__(
        self, loop: Loop, places: Places, memory: Memory, records: list[Record], outputs: list[Operand]
    ) -> None:
        self.loop, self.places, self.memory, self.records, self.outputs = loop, places, memory, records, outputs
        self.body = places.body_of[loop, True]
        self.inner = list(walk(loop.body))

    def qualifies(self) -> bool:
        if not self.loop.bounds or self.loop.breaks:
            return False
        depths = [self._depth(record.loop) for record in self.records if self._is_inner(record.loop)]
        written = self.written()
        if written is None or max(depths, default=0) <= max((var.type.ndim for var in written), default=0):
            return False
        if any(is_container(var) for var in self.loop.carried):
            return False
        return self._is_repeatable() and self._reads_last(written) and all(self._is_killed(var) for var in written)

    def _is_inner(self, loop: Loop) -> bool:
        return loop is not self.loop and self.places.region_of[loop].inside(self.body)

    def _depth(self, loop: Loop) -> int:
        return sum(1 for _ in self.places.body_of[loop, True].loops()) - 1

    def written(self) -> list[Var] | None:
        """Arrays from outside that the body writes; None if there are others than the program's own."""
        found: dict[Var, None] = {}
        for store, target in self.memory.stores:
            if not self.places.region_of[store].inside(self.body):
                continue
            origin = self.memory.origin(target)
            if self.places.home[origin].inside(self.body) and not self.places.is_joined(origin):
                continue
            if origin in self.places.parameters or self.places.is_joined(origin) or not is_array(origin):
                return None
            if any(self.memory.may_alias(origin, out) for out in self.outputs):
                return None
            found[origin] = None
        return list(found)

    def _is_repeatable(self) -> bool:
        """Whether the body's calls can be made again."""
        for statement in self.inner:
            if isinstance(statement, Raise):
                return False
            if isinstance(statement, Op):
                if not gives_the_same(statement):
                    return False
                if statement.result is not None and isinstance(statement.result.type, (types.List, types.ListType)):
                    return False
        return True

    def _reads_last(self, written: list[Var]) -> bool:
        """Whether the arrays that the body reads keep their contents after the loop."""
        end = self.places.end[self.loop]
        later = [target for store, target in self.memory.stores if self.places.position[store] > end]
        for statement in self.inner:
            for part in reads(statement):
                if is_container(part) and any(self.memory.may_alias(part, target) for target in later):
                    return False
        return True

    # kills

    def _is_killed(self, var: Var) -> bool:
        """Whether every element of an array is written in an iteration before any is read."""
        return self._scan(self.loop.body, var) != "read"

    def _scan(self, statements: list[Statement], var: Var) -> str:
        """`"written"` wholly, `"read"` before that, or `"nothing"` of importance."""
        for statement in statements:
            if isinstance(statement, Loop) and self._covers(statement, var):
                return "written"
            if self._fills(statement, var):
                return "written"
            if isinstance(statement, Loop):
                if self._scan(statement.body, var) == "read":
                    return "read"
                continue
            if isinstance(statement, If):
                ways = {self._scan(statement.then, var), self._scan(statement.orelse, var)}
                if ways == {"written"} or "read" in ways:
                    return ways.pop() if len(ways) == 1 else "read"
                continue
            if any(self._touches(inner, var) for inner in walk([statement])):
                return "read"
        return "nothing"

    def _touches(self, statement: Statement, var: Var) -> bool:
        return any(self.memory.may_alias(part, var) for part in reads(statement) if is_container(part))

    def _fills(self, statement: Statement, var: Var) -> bool:
        """`a[:] = v`."""
        if not isinstance(statement, Op) or statement.function is not operator.setitem or statement.args[0] is not var:
            return False
        from .memory import is_full_slice

        value = statement.args[2]
        same = is_array(value) and self.memory.may_alias(value, var)
        return is_full_slice(statement.args[1]) and var.type.ndim == 1 and not same

    def _covers(self, loop: Loop, var: Var, index: tuple[Var, ...] = ()) -> bool:
        """A loop over all positions of an axis, whose body writes the element there without a condition."""
        if not loop.bounds or loop.breaks or loop.index is None:
            return False
        start, stop, step = loop.bounds
        if not _is(start, 0) or not _is(step, 1) or not self._is_extent(stop, var, len(index)):
            return False
        index = (*index, loop.index)
        for position, statement in enumerate(loop.body):
            if self._writes(statement, var, index):
                # the iteration may read what it has written, if that is all that it reads
                rest = loop.body[position + 1 :]
                return not any(self._reads_other(inner, var, index) for inner in walk(rest))
            if isinstance(statement, Loop) and len(index) < var.type.ndim and self._covers(statement, var, index):
                rest = loop.body[position + 1 :]
                return not any(self._touches(inner, var) for inner in walk(rest))
            if any(self._touches(inner, var) for inner in walk([statement])):
                return False
        return False

    def _writes(self, statement: Statement, var: Var, index: tuple[Var, ...]) -> bool:
        if not isinstance(statement, Op) or statement.function is not operator.setitem or statement.args[0] is not var:
            return False
        position = statement.args[1]
        parts = position if isinstance(position, tuple) else (position,)
        return parts == index

    def _reads_other(self, statement: Statement, var: Var, index: tuple[Var, ...]) -> bool:
        if not self._touches(statement, var):
            return False
        own = isinstance(statement, Op) and statement.function in (operator.getitem, operator.setitem)
        if not own or not isinstance(statement, Op) or statement.args[0] is not var:
            return True
        position = statement.args[1]
        return (position if isinstance(position, tuple) else (position,)) != index

    def _is_extent(self, operand: Operand, var: Var, axis: int) -> bool:
        """Whether a number is the length of an axis of an array."""
        definition = self.places.definition.get(var, [None])[0]  # type: ignore[list-item]
        if not isinstance(definition, Op) or definition.function not in (np.empty, np.zeros, np.ones, np.full):
            return self._asks_extent(operand, var, axis)
        shape = definition.args[0]
        lengths = shape if isinstance(shape, tuple) else (shape,)
        if len(lengths) != var.type.ndim:
            return False
        length = lengths[axis]
        both_known = isinstance(length, Const) and isinstance(operand, Const)
        if length is operand or (both_known and length.value == operand.value):  # type: ignore[union-attr]
            return True
        return self._asks_extent(operand, var, axis)

    def _asks_extent(self, operand: Operand, var: Var, axis: int) -> bool:
        """`len(a)`, `a.size` of a vector, `a.shape[axis]`."""
        definition = self.places.definition.get(operand, [None])[0] if isinstance(operand, Var) else None  # type: ignore[list-item]
        if not isinstance(definition, Op):
            return False
        if definition.function is len:
            return definition.args[0] is var and axis == 0
        if definition.function is getattr:
            return definition.args[0] is var and definition.args[1].value == "size" and var.type.ndim == 1
        if definition.function is operator.getitem and _is(definition.args[1], axis):
            shape = self.places.definition.get(definition.args[0], [None])[0]
            return isinstance(shape, Op) and shape.function is getattr and shape.args[0] is var
        return False


def gives_the_same(op: Op) -> bool:
    """Whether an operation is known to have no effects, and to give the same result each time."""
    module = getattr(op.function, "__module__", None) or ""
    known = isinstance(op.function, np.ufunc) or module.split(".")[0] in (
        "numpy", "math", "cmath", "_operator", "builtins", "operator", "dualad",
    )  # fmt: skip
    return known and not is_random(op) and op.function is not print


def _is(operand: Any, value: int) -> bool:
    return isinstance(operand, Const) and type(operand.value) is int and operand.value == value
