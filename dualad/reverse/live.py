"""Which statements of the forward sweep are worth doing: those with effects, and what records and results depend on.

Of an array, what is wanted may be its elements, or only the array as such: its shape, or memory that is filled again
before it is read. Writing into an array of which no element is wanted is not worth doing.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable
from copy import copy
from typing import Any

import numpy as np

from ..program.tree import Break, Copy, If, Loop, Op, Operand, Raise, Statement, Var, operands
from .code import IN_PLACE
from .memory import Memory, is_array, is_container, is_list, view_base, written
from .places import Places, reads

__all__ = ["Live", "reads_contents"]


class Live:
    """Liveness of variables and statements.

    Parameters
    ----------
    places, memory
    wanted : operands that must be there when the forward sweep ends, or when they are recorded
    contents : containers among them whose elements are wanted
    loops : loops whose iterations are counted or run through again
    again : Loop, optional
        Judge the statements of this loop alone, for doing one iteration again.
    carries : bool
        Whether something is carried to the next iteration then.
    marked : loops of which the reverse sweep needs that they were run, whatever is in them

    Attributes
    ----------
    vars : set of Var
    statements : set of Statement
    """

    def __init__(
        self,
        places: Places,
        memory: Memory,
        wanted: Iterable[Operand],
        contents: Collection[Operand],
        loops: Iterable[Loop] = (),
        again: Loop | None = None,
        carries: bool = False,
        marked: Collection[Loop] = (),
    ) -> None:
        self.places, self.memory, self._again = places, memory, again
        self.vars: set[Var] = set()
        self.statements: set[Statement] = set()
        self._roots: set[Any] = set() if again is not None else set(places.parameters)
        self._carried: set[Var] = set() if again is None or carries else set(again.carried)
        #: what is still to be marked, and whether its elements are wanted
        self._waiting: list[tuple[Operand, bool]] = [(part, part in contents) for part in wanted]
        for loop in loops:
            if not loop.bounds or loop.breaks or loop in marked:
                self._take(loop)
            self._want(loop.bounds)
        first, last = (
            (places.position[again] + 1, places.end[again]) if again is not None else (0, len(places.position))
        )
        inside = [s for s, position in places.position.items() if first <= position <= last]
        ordered = sorted(inside, key=places.position.__getitem__, reverse=True)
        size = -1
        while size != len(self.vars) + len(self.statements) + len(self._roots):
            size = len(self.vars) + len(self.statements) + len(self._roots)
            self._mark_waiting()
            for statement in ordered:
                known = statement in self.statements
                # of a copy, more targets may have come to be wanted
                if isinstance(statement, Copy) if known else self._is_live(statement):
                    self._take(statement)

    def joined(self, other: Live) -> Live:
        """What is live here or there."""
        both = copy(self)
        both.vars, both.statements = self.vars | other.vars, self.statements | other.statements
        return both

    def reads_elements(self, var: Var) -> bool:
        """Whether elements of a container are wanted."""
        return bool(self.memory.roots.get(var, frozenset()) & self._roots)

    def _wants_all(self, var: Var) -> bool:
        roots = self.memory.roots.get(var)
        return roots is not None and roots <= self._roots

    def _want(self, parts: Iterable[Operand], elements: bool = True) -> None:
        self._waiting += [(part, elements) for part in parts]

    def _mark_waiting(self) -> None:
        while self._waiting:
            var, elements = self._waiting.pop()
            if isinstance(var, Var):
                self.vars.add(var)
                if elements or (is_container(var) and not is_array(var)):
                    self._roots |= self.memory.roots.get(var, frozenset())

    def _is_live(self, statement: Statement) -> bool:
        match statement:
            case Raise():
                return True
            case Break():
                owner = self.places.region_of[statement].loop
                return owner in self.statements and owner is not self._again
            case Op(result=result):
                if result is not None and result in self.vars:
                    return True
                targets = written(statement)
                if targets:
                    return any(self.memory.roots.get(t, frozenset()) & self._roots for t in targets)
                return _has_effect(statement)
            case Copy(targets=targets):
                return any(target in self.vars and target not in self._carried for target in targets)
            case Loop(index=index, body=body):
                return (index is not None and index in self.vars) or any(inner in self.statements for inner in body)
            case If(then=then, orelse=orelse):
                return any(inner in self.statements for inner in (*then, *orelse))

    def _take(self, statement: Statement) -> None:
        self.statements.add(statement)
        if isinstance(statement, Copy):
            for target, source in zip(statement.targets, statement.sources, strict=True):
                if target in self.vars and target not in self._carried:
                    self._want([source], elements=self._wants_all(target))
        elif isinstance(statement, Op):
            self._want(reads(statement), elements=reads_contents(statement))
        else:
            self._want(reads(statement))
        owner = self.places.region_of[statement].owner
        if owner is not None and owner not in self.statements and owner in self.places.position:
            self._take(owner)
        self._mark_waiting()


def reads_contents(op: Op) -> bool:
    """Whether an operation reads elements of its arguments, or only asks for their shape or takes a view."""
    if view_base(op) is not None and op.function not in IN_PLACE:
        return is_list(op.args[0])
    if op.function is operator.setitem and is_array(op.args[0]):
        return any(is_container(part) for argument in op.args[1:] for part in operands(argument))
    if op.function is len:
        return not is_array(op.args[0])
    if op.function is getattr:
        return op.args[1].value not in ("shape", "size", "ndim", "dtype", "itemsize", "nbytes", "strides")
    return op.function not in (np.zeros_like, np.empty_like, np.ones_like, np.shape, np.size)


def is_random(op: Op) -> bool:
    """Whether an operation draws random numbers: leaving one out would change the others."""
    module = getattr(op.function, "__module__", None) or ""
    return "random" in module or "RandomState" in getattr(op.function, "__qualname__", "")


def _has_effect(op: Op) -> bool:
    """Whether an operation does more than compute its result."""
    if op.result is None or is_random(op):
        return True
    return op.function is print or (
        view_base(op) is None and is_container(op.result) and type(op.function).__name__ == "Method"
    )
