"""Subscripts that are never negative, told to the compiler.

A negative subscript counts from the end, so that each access asks for its sign unless the compiler knows it; it knows that
of a plain loop index, and not that of a position which is carried along, recorded, or counted from where another loop
stands. There, one question per access keeps loops from being vectorised: a factor of two on triangular loops.

A lower bound follows from the statements alone: lengths, indices of ranges that start at one, and what is added and
multiplied from these. A carried position counts as one if it only ever grows by steps that are not negative.
(Products that exceed 63 bits are not considered: they would name no element.)
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import types

from ..checkpoint.blocks import block_start, one_block, whole_length
from ..program.tree import Const, Copy, Loop, Op, Operand, Var, operands
from .assume import hidden
from .memory import is_array, is_container
from .places import Places

__all__ = ["Subscripts"]

_LARGEST = 2**31  # of constants: beyond, sums and products may exceed 63 bits
_CONVERSIONS = (int, np.int64, np.intp, operator.pos, hidden)


class Subscripts:
    """Which variables the compiler is told about.

    Attributes
    ----------
    assumed : set of Var
        Integers that elements are accessed by, that are never negative, and of which the compiler would not know it.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self._known: dict[Var, int | None] = {}
        self._pending: set[Var] = set()
        self.assumed = {var for var in self._used() if not self._is_plain(var) and self.is_natural(var)}

    def is_natural(self, operand: Operand) -> bool:
        """Whether an integer is never negative."""
        lower = self.lower(operand)
        return lower is not None and lower >= 0

    def _used(self) -> set[Var]:
        """Signed integers that stand in brackets."""
        found: set[Var] = set()
        for statement in self.places.position:
            if isinstance(statement, Op) and statement.function in (operator.getitem, operator.setitem):
                if is_array(statement.args[0]):
                    found.update(p for p in operands(statement.args[1]) if isinstance(p, Var) and _is_signed(p))
        return found

    def _is_plain(self, var: Var) -> bool:
        """Whether a variable is the index of a loop that starts at a constant, or that moved by a constant."""
        definition = self._definition(var)
        if isinstance(definition, Op) and definition.function in (operator.add, operator.sub):
            first, second = definition.args
            if isinstance(second, Const) and isinstance(first, Var):
                definition = self._definition(first)
        return isinstance(definition, Loop) and isinstance(definition.bounds[0], Const)

    def _definition(self, var: Any) -> Any:
        found = self.places.definition.get(var, [])
        return found[0] if len(found) == 1 and var not in self.places.parameters else None

    def lower(self, operand: Any) -> int | None:
        """A number that an integer is never below; None if none is known."""
        if isinstance(operand, Const):
            known = type(operand.value) is int and abs(operand.value) < _LARGEST
            return operand.value if known else None
        if not isinstance(operand, Var) or not isinstance(operand.type, types.Integer) or operand in self._pending:
            return None
        if operand in self._known:
            return self._known[operand]
        found = self._lower(operand)
        if found is not None or not self._pending:  # what was not found may be due to what is being looked for
            self._known[operand] = found
        return found

    def _lower(self, var: Var) -> int | None:
        if self.places.is_joined(var):
            return self._of_joined(var)
        definition = self._definition(var)
        if isinstance(definition, Loop):
            start, stop, step = definition.bounds
            if isinstance(step, Const) and step.value > 0:
                return self.lower(start)
            below = self.lower(stop)
            return below + 1 if isinstance(step, Const) and below is not None else None
        return self._of_operation(definition) if isinstance(definition, Op) else None

    def _of_joined(self, var: Var) -> int | None:
        """The least of what enters a group of variables that are copied to one another and grow."""
        group, waiting = {var}, [var]
        entering: list[Operand] = []
        steps: list[Operand] = []
        while waiting:
            member = waiting.pop()
            for copy in self.places.definition[member]:
                if not isinstance(copy, Copy):
                    return None
                source = copy.sources[copy.targets.index(member)]
                found = self._grown_from(source)
                if found is None:
                    entering.append(source)
                    continue
                base, step = found
                steps += [step] if step is not None else []
                if base not in group:
                    group.add(base)
                    waiting.append(base)
        before = set(self._pending)
        self._pending |= group
        least = [self.lower(part) for part in entering]
        grows = all((self.lower(step) or 0) >= 0 and self.lower(step) is not None for step in steps)
        self._pending = before
        known = [bound for bound in least if bound is not None]
        # a variable that is not assigned on some way starts as zero
        return min(0, *known) if grows and len(known) == len(least) else None

    def _grown_from(self, source: Operand) -> tuple[Var, Operand | None] | None:
        """The joined variable that a value is, or is more than, and by how much."""
        if isinstance(source, Var) and self.places.is_joined(source):
            return source, None
        definition = self._definition(source)
        if isinstance(definition, Op) and definition.function is operator.add:
            first, second = definition.args
            for base, step in ((first, second), (second, first)):
                if isinstance(base, Var) and self.places.is_joined(base):
                    return base, step
        return None

    def _of_operation(self, op: Op) -> int | None:
        function = op.function
        if function is len or (function is getattr and op.args[1].value in ("size", "ndim")):
            return 0
        if function is operator.getitem:
            shape = self._definition(op.args[0])
            return 0 if isinstance(shape, Op) and shape.function is getattr and shape.args[1].value == "shape" else None
        if op.kwargs or any(isinstance(a, tuple) or is_container(a) for a in op.args):
            return None
        if function is operator.sub:
            if self._is_offset(*op.args):
                return 0
            above, taken = self.lower(op.args[0]), op.args[1]
            known = isinstance(taken, Const) and type(taken.value) is int and above is not None
            return above - taken.value if known else None  # type: ignore[operator, union-attr]
        try:
            rule = _BOUNDS.get(function)
        except TypeError:
            return None
        return rule([self.lower(a) for a in op.args]) if rule is not None else None

    def _is_offset(self, index: Operand, start: Operand) -> bool:
        """Whether the start of a loop is taken from its index."""
        loop = self._definition(index)
        if not isinstance(loop, Loop) or not isinstance(loop.bounds[2], Const) or loop.bounds[2].value < 0:
            return False
        return loop.bounds[0] is start and not self.places.is_joined(start)  # type: ignore[arg-type]


def _is_signed(var: Var) -> bool:
    return isinstance(var.type, types.Integer) and var.type.signed


Bounds = list[int | None]


def _sum(bounds: Bounds) -> int | None:
    known = [b for b in bounds if b is not None]
    return sum(known) if len(known) == len(bounds) else None


def _natural(*positions: int) -> Callable[[Bounds], int | None]:
    """0 if the arguments at these positions are never negative."""
    return lambda bounds: 0 if all((bounds[k] if bounds[k] is not None else -1) >= 0 for k in positions) else None  # type: ignore[operator]


def _least(bounds: Bounds) -> int | None:
    known = [b for b in bounds if b is not None]
    return min(known) if len(known) == len(bounds) else None


def _greatest(bounds: Bounds) -> int | None:
    known = [b for b in bounds if b is not None]
    return max(known) if known else None


_BOUNDS: dict[Any, Callable[[Bounds], int | None]] = {
    operator.add: _sum,
    operator.mul: _natural(0, 1),
    operator.floordiv: _natural(0, 1),
    operator.mod: _natural(1),
    operator.rshift: _natural(0),
    operator.and_: lambda bounds: 0 if (_greatest(bounds) or 0) >= 0 and _greatest(bounds) is not None else None,
    abs: lambda bounds: 0,
    block_start: lambda bounds: 0,
    one_block: lambda bounds: 0 if bounds[0] is not None and bounds[0] >= 0 else None,
    whole_length: lambda bounds: 1,
    min: _least,
    max: _greatest,
    **dict.fromkeys(_CONVERSIONS, _least),
}
