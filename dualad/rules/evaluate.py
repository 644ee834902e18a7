"""Evaluation of the table's expressions by plain Python: slow, obvious, and independent of every compiler.

>>> import math
>>> from dualad.rules import RULES
>>> sin = RULES["sin"]
>>> bool(partial_at(sin, (0,), (1.0,), math.sin(1.0)) == math.cos(1.0))
True
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ..errors import RuleError
from .expressions import Call, Compare, Const, Expr, Logic, Name, Select
from .table import RULES, Rule

__all__ = ["COMPLEX", "FLOAT", "evaluate", "partial_at"]

Library = Mapping[str, Callable[..., Any]]

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def evaluate(expr: Expr, env: Mapping[str, Any], lib: Library | None = None) -> Any:
    """Value of an expression.

    Parameters
    ----------
    expr : Expr
    env : mapping of str to number
        Values of the names it reads, setup names included.
    lib : mapping of str to callable, optional
        The primitives by name; `FLOAT` by default, `COMPLEX` for complex values.

    Notes
    -----
    Of a selection only the chosen branch is evaluated, and what occurs twice is evaluated once.
    """
    functions = FLOAT if lib is None else lib
    known: dict[Expr, Any] = {}

    def value(node: Expr) -> Any:
        if node not in known:
            known[node] = compute(node)
        return known[node]

    def compute(node: Expr) -> Any:
        match node:
            case Const(number):
                return np.float64(number)
            case Name(name):
                return env[name]
            case Call(op, args):
                return functions[op](*map(value, args))
            case Compare(op, left, right):
                return bool(_COMPARE[op](value(left), value(right)))
            case Logic("not", (operand,)):
                return not value(operand)
            case Logic("and", operands):
                return all(map(value, operands))
            case Logic("or", operands):
                return any(map(value, operands))
            case Select(cond, if_true, if_false):
                return value(if_true if value(cond) else if_false)
        raise RuleError(f"{node!r} is no expression")

    with np.errstate(all="ignore"):
        return value(expr)


def partial_at(rule: Rule, indices: tuple[int, ...], point: tuple[Any, ...], result: Any) -> Any:
    """The partial of a rule by the arguments `indices` at a point, `result` being the primal there."""
    lib, number = (COMPLEX, np.complex128) if rule.is_complex else (FLOAT, np.float64)
    env = {"r": number(result), **{name: number(x) for name, x in zip(rule.arguments, point, strict=True)}}
    for name, definition in rule.setup:
        env[name] = evaluate(definition, env, lib)
    return evaluate(rule.derivative(indices), env, lib)


class _Primitives(Mapping[str, Callable[..., Any]]):
    """The primitives of the table by name, computed as Numba's NumPy error model does: nothing raises."""

    def __init__(self, is_complex: bool) -> None:
        self._is_complex = is_complex

    def __getitem__(self, name: str) -> Callable[..., Any]:
        rule = RULES[name]
        # A ufunc where there is one: on NumPy's scalars it gives inf and nan where `math` raises.
        ufuncs = [function for function in rule.calls if isinstance(function, np.ufunc)]
        return _quiet(ufuncs[0] if ufuncs else rule.complex_call if self._is_complex else rule.calls[0])

    def __iter__(self) -> Iterator[str]:
        return iter(name for name, rule in RULES.items() if rule.holomorphic or not self._is_complex)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _quiet(function: Callable[..., Any] | None) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        assert function is not None
        try:
            return np.asarray(function(*args))[()]  # a NumPy scalar, so that what follows does not raise either
        except OverflowError:
            return np.float64(np.inf)
        except (ValueError, ZeroDivisionError):
            return np.float64(np.nan)

    return call


#: The primitives on floats, and the holomorphic ones on complex numbers.
FLOAT: Library = _Primitives(is_complex=False)
COMPLEX: Library = _Primitives(is_complex=True)
