"""Which statements of the forward sweep are worth doing: those with effects, and what records and results depend on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..program.tree import Break, Copy, If, Loop, Op, Operand, Raise, Statement, Var, operands
from .memory import Memory, is_container, view_base, written
from .places import Places, reads

__all__ = ["Live"]


class Live:
    """Liveness of variables and statements.

    Parameters
    ----------
    places, memory
    wanted : operands that must be there when the forward sweep ends, or when they are recorded
    loops : loops whose iterations are counted or run through again
    again : Loop, optional
        Judge the statements of this loop alone, for doing one iteration again: nothing is carried to the next one.
    """

    def __init__(
        self,
        places: Places,
        memory: Memory,
        wanted: Iterable[Operand],
        loops: Iterable[Loop] = (),
        again: Loop | None = None,
    ) -> None:
        self.places, self.memory = places, memory
        self.vars: set[Var] = set()
        self.statements: set[Statement] = set()
        self._roots: set[Any] = set() if again is not None else set(places.parameters)
        self._carried: set[Var] = set() if again is None else set(again.carried)
        self._waiting: list[Operand] = list(wanted)
        for loop in loops:
            if not loop.bounds or loop.breaks:
                self._take(loop)
            self._waiting += loop.bounds
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

    def _mark_waiting(self) -> None:
        while self._waiting:
            var = self._waiting.pop()
            if isinstance(var, Var) and var not in self.vars:
                self.vars.add(var)
                self._roots |= self.memory.roots.get(var, frozenset())

    def _is_live(self, statement: Statement) -> bool:
        match statement:
            case Raise():
                return True
            case Break():
                owner = self.places.region_of[statement].loop
                return owner in self.statements
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
            pairs = zip(statement.targets, statement.sources, strict=True)
            self._waiting += [s for target, s in pairs if target in self.vars and target not in self._carried]
        else:
            self._waiting += reads(statement)
            if isinstance(statement, Op):
                self._waiting += [part for argument in statement.args for part in operands(argument)]
        owner = self.places.region_of[statement].owner
        if owner is not None and owner not in self.statements and owner in self.places.position:
            self._take(owner)
        self._mark_waiting()


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
