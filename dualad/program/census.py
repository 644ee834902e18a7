"""How many operations of each kind a program does, in proportion: what its derivatives are predicted to cost from.

How often a loop runs is rarely known before, so that each one counts as `TRIPS` iterations: the innermost loops decide. An
operation on whole arrays counts as a loop over them, a product of matrices as several.
"""

from __future__ import annotations

import math
import operator
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import numpy as np
from numba.core import types

from .tree import Const, Copy, If, Loop, Op, Operand, Statement, Var, operands, walk

__all__ = ["KINDS", "census", "spread"]

TRIPS = 32.0

_SUMS = {operator.add, operator.sub, operator.iadd, operator.isub, operator.neg, operator.pos, np.add, np.subtract}
_PRODUCTS = {operator.mul, operator.imul, np.multiply, np.square}
_QUOTIENTS = {operator.truediv, operator.itruediv, np.divide, math.sqrt, np.sqrt, abs, np.abs}
_MATRICES = {np.dot, np.matmul, operator.matmul, np.outer, np.linalg.solve, np.linalg.inv, np.linalg.det}
_REDUCTIONS = {np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std, np.linalg.norm, max, min}
_FREE = {
    getattr,
    operator.getitem,
    np.reshape,
    np.transpose,
    np.ravel,
    np.empty,
    np.zeros,
    np.empty_like,
    np.zeros_like,
}

#: Kinds of operations: on values that carry derivatives, on those that do not, and iterations of loops. Behind a `+`
#: those in innermost loops that a compiler can spread over the lanes of its registers.
_PLAIN = ("sum", "scaling", "product", "quotient", "function", "load", "store", "passive")
KINDS = (
    *_PLAIN,
    *(f"{kind}+" for kind in _PLAIN if kind != "function"),
    "whole",
    "whole function",
    "matrix",
    "iteration",
)


def census(body: list[Statement], active: Collection[Any]) -> dict[str, float]:
    """Operations of some statements by kind.

    Parameters
    ----------
    body : list of statements
    active : collection of Var
        All variables that carry derivatives, as `spread` finds them.

    Returns
    -------
    dict
        For each kind, how often: a number that means something in proportion to the others only.
    """
    return dict(_Census(body, active).found)


def spread(body: list[Statement], inputs: Iterable[Operand]) -> set[Any]:
    """All variables that carry derivatives after some statements: whatever is computed from one that does."""
    active: set[Any] = set(inputs)
    before = -1
    while before != len(active):
        before = len(active)
        for statement in walk(body):
            if isinstance(statement, Copy):
                pairs = zip(statement.targets, statement.sources, strict=True)
                active.update(target for target, source in pairs if source in active)
            elif isinstance(statement, Op) and any(part in active for part in _parts(statement)):
                result = statement.result
                if result is None and isinstance(statement.args[0], Var):  # a store
                    active.add(statement.args[0])
                elif result is not None and _is_real(result.type):
                    active.add(result)
    return active


class _Census:
    def __init__(self, body: list[Statement], active: Collection[Any]) -> None:
        self.active = active
        self.found: defaultdict[str, float] = defaultdict(float)
        self._count(body, 1.0, False)

    def _count(self, body: list[Statement], times: float, in_lanes: bool) -> None:
        for statement in body:
            if isinstance(statement, Op):
                kind, size = self._kind(statement)
                if kind in _PLAIN and in_lanes:
                    kind += "+"
                if kind:
                    self.found[kind] += times * size
            elif isinstance(statement, If):  # each way half of the times
                self._count(statement.then, 0.5 * times, False)
                self._count(statement.orelse, 0.5 * times, False)
            elif isinstance(statement, Loop):
                trips = _trips(statement)
                self.found["iteration"] += times * trips
                self._count(statement.body, times * trips, self._fits_lanes(statement))

    def _kind(self, op: Op) -> tuple[str, float]:
        """Kind of an operation, and how many of it one is."""
        stores = op.result is None
        active = any(part in self.active for part in _parts(op))
        subject = op.args[0] if stores and op.args else op.result
        axes = getattr(getattr(subject, "type", None), "ndim", 0)
        function = op.function
        if function in _MATRICES:
            sides = [getattr(a.type, "ndim", 0) for a in op.args if isinstance(a, (Var, Const))]
            return ("matrix" if active else "", TRIPS ** (sum(sides) / 2 + 0.5))
        if function is operator.setitem and axes:
            whole = isinstance(op.args[2], Var) and isinstance(op.args[2].type, types.Array)
            if whole:
                return ("whole" if active else "", TRIPS)
            return ("store" if active else "passive", 1.0)
        if function is operator.getitem and not axes and isinstance(op.args[0], Var):
            if isinstance(op.args[0].type, types.Array):
                return ("load" if active else "passive", 1.0)
            return "", 0.0
        if function in _FREE:
            return "", 0.0
        arrays = [a for a in op.args if isinstance(a, Var) and isinstance(a.type, types.Array)]
        if arrays:
            size = TRIPS ** max(a.type.ndim for a in arrays)
            simple = function in _SUMS or function in _PRODUCTS or function in _QUOTIENTS or function in _REDUCTIONS
            return ("" if not active else "whole" if simple else "whole function", size)
        if not active:
            return ("passive" if op.result is not None and _is_real(op.result.type) else "", 1.0)
        if function in _SUMS:
            return "sum", 1.0
        if function in _PRODUCTS:
            return "product" if all(part in self.active for part in op.args) else "scaling", 1.0
        if function in _QUOTIENTS:
            return "quotient", 1.0
        if op.result is not None and not _is_real(op.result.type):
            return "passive", 1.0  # a comparison
        if function is operator.pow and isinstance(op.args[1], Const):
            return "product", 1.0
        return ("function", 1.0) if function not in (float, np.float64, max, min) else ("sum", 1.0)

    def _fits_lanes(self, loop: Loop) -> bool:
        """Whether iterations of an innermost loop do not wait for each other, and call nothing."""
        if loop.breaks or any(_is_real(v.type) for v in loop.carried):
            return False
        return not any(
            isinstance(s, (If, Loop)) or (isinstance(s, Op) and self._kind(s)[0] == "function") for s in walk(loop.body)
        )


def _parts(op: Op) -> Iterator[Any]:
    for argument in op.args:
        yield from operands(argument)
    for _, argument in op.kwargs:
        yield from operands(argument)


def _is_real(kind: Any) -> bool:
    """Whether values of a type may carry derivatives."""
    element = getattr(kind, "dtype", kind)
    return isinstance(element, (types.Float, types.Complex)) or isinstance(kind, (types.BaseTuple, types.List))


def _trips(loop: Loop) -> float:
    """How often a loop runs, where that is written down."""
    if loop.bounds and all(isinstance(bound, Const) for bound in loop.bounds):
        return float(max(len(range(*(int(bound.value) for bound in loop.bounds))), 0))  # type: ignore[union-attr]
    return TRIPS
