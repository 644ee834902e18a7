"""Cotangents that can be infinite: those that come from a function whose slope can be, such as a square root or a quotient.

An infinite cotangent times a partial that is exactly 0 would be nan, where forward mode has nothing that moves: in
`sqrt(x * x)` and `sqrt(abs(x))` at 0, in the norm of a vector of zeros. So the first partials that such a cotangent meets
on its way, beyond sums, copies, choices and factors that are constant, are strong: 0 times infinity is 0 there. That every
product on the way to the inputs be so would make all code slower that divides or takes a logarithm at its end.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from ..program.tree import Const, Copy, Op, Operand, Statement
from ..rules.expressions import free_names
from ..rules.nodes import Name
from .activity import carries_floats
from .elementwise import Choice, Elementwise
from .memory import Memory, is_container
from .partials import Partial
from .places import Places
from .pullbacks import ArrayCall
from .statements import Conversion, Increment, Load, Reversal, ScalarRule, Store

__all__ = ["strengthen"]


def strengthen(reversals: Mapping[Statement, Reversal], places: Places, memory: Memory) -> None:
    """Make the partials strong that infinite cotangents meet."""
    infinite = _Infinite(reversals, memory)
    statements = sorted(places.position, key=places.position.__getitem__, reverse=True)
    size = -1
    while size != len(infinite.known):
        size = len(infinite.known)
        for statement in statements:
            infinite.step(statement)
    for how in reversals.values():
        for rule in _rules(how):
            if infinite(rule.op.result):
                rule.partials = [(var, _strengthened(part)) for var, part in rule.partials]


def _rules(how: Reversal) -> list[Any]:
    """What is done to single numbers, from the result back."""
    members = reversed(how.pulls) if isinstance(how, Elementwise) else [how]
    return [member for member in members if isinstance(member, ScalarRule)]


def _strengthened(part: Partial) -> Partial:
    if _passes(part) or part.expression == Name("r"):  # the slope of exp, which only underflow makes 0
        return part
    return dataclasses.replace(part, strong=True)


def _passes(part: Partial) -> bool:
    """Whether a product with a partial leaves an infinite cotangent infinite, or is none."""
    factors = [part.operands[name] for name in free_names(part.expression)]
    return part.is_choice or all(isinstance(factor, Const) and factor.value != 0 for factor in factors)


class _Infinite:
    """Variables, and memory, whose cotangents can be infinite."""

    def __init__(self, reversals: Mapping[Statement, Reversal], memory: Memory) -> None:
        self.reversals, self.memory = reversals, memory
        self.known: set[Any] = set()

    def _keys(self, operand: Operand | None) -> Iterable[Any]:
        if operand is None or isinstance(operand, Const) or not carries_floats(operand.type):
            return ()
        if is_container(operand):
            return self.memory.roots.get(operand, (operand,))  # an element of an expression has none
        return (operand,)

    def __call__(self, operand: Operand | None) -> bool:
        return any(key in self.known for key in self._keys(operand))

    def _flow(self, target: Operand | None, *sources: Operand) -> None:
        if self(target):
            for source in sources:
                self.known.update(self._keys(source))

    def step(self, statement: Statement) -> None:
        """What a statement hands on from its result to its arguments."""
        if isinstance(statement, Copy):
            for target, source in zip(statement.targets, statement.sources, strict=True):
                if not is_container(target):
                    self._flow(target, source)
            return
        how = self.reversals.get(statement)
        if how is None or not isinstance(statement, Op):
            return
        match how:
            case Elementwise():
                self._elements(how)
            case Conversion(source=source):
                self._flow(statement.result, source)
            case Load():
                self._flow(statement.result, statement.args[0])
            case Store():
                self._flow(statement.args[0], statement.args[2])
            case Increment(term=term):
                self._flow(statement.args[0], term)
            case ArrayCall(flowing=flowing):
                self._flow(statement.result, *(flow.var for flow in flowing))
            case ScalarRule():
                self._rule(how)

    def _rule(self, rule: ScalarRule) -> None:
        for var, part in rule.partials:
            if part.strong:
                self.known.update(self._keys(var))
            elif _passes(part):
                self._flow(rule.op.result, var)

    def _elements(self, how: Elementwise) -> None:
        self._flow(how.target, how.root)
        for member in reversed(how.pulls):
            if isinstance(member, ScalarRule):
                self._rule(member)
            elif isinstance(member, Choice):
                self._flow(member.op.result, *member.op.args[1:])
        for array, element in how.leaves.items():
            self._flow(element, array)
