"""What carries derivatives: variables that depend on an active input and that an output depends on.

Scalars are judged one by one, arrays by the roots of their memory.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

from numba.core import types

from ..program.tree import Const, Copy, Op, Operand, Statement, Var, operands
from ..rules.arrays import FRESH
from ..rules.arrays import INACTIVE as INACTIVE_CALLS
from ..rules.expressions import Const as Number
from ..rules.kinks import INACTIVE
from ..rules.table import RULE_OF
from .memory import Memory, is_container, view_base, written
from .places import Places

__all__ = ["Activity", "carries_floats", "float_leaves"]

#: Functions whose result has no derivative by their arguments.
CONSTANT = {len, *FRESH, *INACTIVE_CALLS, *INACTIVE}


#: Types whose values hold no floats that derivatives could flow through.
_WITHOUT = (
    types.Integer,
    types.Boolean,
    types.NoneType,
    types.UnicodeType,
    types.Literal,
    types.Callable,
    types.Module,
    types.DType,
    types.RangeType,
    types.SliceType,
    types.NumberClass,
    types.EllipsisType,
    types.ExceptionClass,
    types.ExceptionInstance,
)


def carries_floats(type_: Any) -> bool:
    """Whether values of a type can carry derivatives. Of unknown types it is assumed."""
    if isinstance(type_, (types.Array, types.List, types.ListType)):
        return carries_floats(type_.dtype)
    if isinstance(type_, types.BaseTuple):
        return any(map(carries_floats, type_.types))
    if isinstance(type_, types.Optional):
        return carries_floats(type_.type)
    return not isinstance(type_, _WITHOUT) and str(type_) not in ("none", "omitted")


def float_leaves(parameter: Any) -> list[Var]:
    """The variables in a parameter that can carry derivatives."""
    return [leaf for leaf in operands(parameter) if isinstance(leaf, Var) and carries_floats(leaf.type)]


def has_zero_derivative(op: Op) -> bool:
    """Whether the result does not move with the arguments."""
    function = op.function
    if _hashable(function) and function in CONSTANT:
        return True
    if getattr(function, "kind", "") == "stop_gradient" and hasattr(function, "__dualad_primitive__"):
        return True
    rule = RULE_OF.get(function) if _hashable(function) else None
    return rule is not None and all(isinstance(p, Number) and p.value == 0 for p in rule.partials)


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


class Activity:
    """Activity of every variable.

    Parameters
    ----------
    places, memory
    inputs : variables to differentiate by
    outputs : operands that the cotangents come in at
    """

    def __init__(self, places: Places, memory: Memory, inputs: Iterable[Var], outputs: Iterable[Operand]) -> None:
        self.memory = memory
        self._statements = sorted(places.position, key=places.position.__getitem__)
        self._varied: set[Any] = set()
        self._useful: set[Any] = set()
        ins = [key for var in inputs for key in self._keys(var)]
        self._close(self._varied, ins, self._forward, self._statements)
        outs = [key for part in outputs if isinstance(part, Var) for key in self._keys(part)]
        self._close(self._useful, outs, self._backward, self._statements[::-1])

    def _keys(self, operand: Operand) -> Iterable[Any]:
        """What stands for an operand in the sets: the roots of an array, or the variable itself."""
        if isinstance(operand, Const) or not carries_floats(operand.type):
            return ()
        if is_container(operand):
            return [root for root in self.memory.roots.get(operand, ()) if not isinstance(root, Const)]
        return (operand,)

    def _close(self, found: set[Any], start: Iterable[Any], step: Any, statements: list[Statement]) -> None:
        """Take steps until nothing is added; few rounds will do where statements come in the direction of the flow."""
        found.update(start)
        size = -1
        while size != len(found):
            size = len(found)
            for statement in statements:
                step(statement)

    def is_varied(self, operand: Operand) -> bool:
        return any(key in self._varied for key in self._keys(operand))

    def is_useful(self, operand: Operand) -> bool:
        return any(key in self._useful for key in self._keys(operand))

    def __call__(self, operand: Any) -> bool:
        """Whether an operand carries derivatives from an input to an output."""
        return any(key in self._varied and key in self._useful for key in self._keys(operand))

    def _forward(self, statement: Statement) -> None:
        match statement:
            case Copy(targets=targets, sources=sources):
                for target, source in zip(targets, sources, strict=True):
                    if not is_container(target) and self.is_varied(source):
                        self._varied.update(self._keys(target))
            case Op(result=result):
                if has_zero_derivative(statement):
                    return
                inputs = [part for argument in self._arguments(statement) for part in operands(argument)]
                if not any(map(self.is_varied, inputs)):
                    return
                for target in written(statement):
                    self._varied.update(self._keys(target))
                if result is not None and view_base(statement) is None:
                    self._varied.update(self._keys(result))

    def _backward(self, statement: Statement) -> None:
        match statement:
            case Copy(targets=targets, sources=sources):
                for target, source in zip(targets, sources, strict=True):
                    if not is_container(target) and self.is_useful(target):
                        self._useful.update(self._keys(source))
            case Op(result=result):
                if has_zero_derivative(statement):
                    return
                results = [*written(statement), *([result] if result is not None else [])]
                if any(map(self.is_useful, results)):
                    for argument in self._arguments(statement):
                        for part in operands(argument):
                            self._useful.update(self._keys(part))

    def _arguments(self, op: Op) -> list[Any]:
        """Arguments whose values count: not what is overwritten."""
        given = [*op.args, *(value for _, value in op.kwargs)]
        if op.function is operator.setitem:
            return given[2:]
        return given
