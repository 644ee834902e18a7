"""Constructors that simplify: what derived partials need to come out as a person would write them.

Only rewrites that hold for real and complex numbers alike are made, and none that could lose accuracy:
constants are folded, neutral elements dropped, signs moved outwards. `0 * e` is 0 whatever `e` is, because a
zero here stems from the derivative of a constant; zeros that arise in numbers at run time are another matter,
left to the number types.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from .nodes import Call, Compare, Const, Expr, Logic, Select

__all__ = ["FALSE", "ONE", "TRUE", "ZERO", "call", "compare", "logic", "select"]

ZERO, ONE = Const(0.0), Const(1.0)
#: Conditions known beforehand; `select` removes them again, so that none reaches an emitter.
FALSE: Expr = ZERO
TRUE: Expr = ONE

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def call(op: str, *args: Expr) -> Expr:
    """`op` applied to `args`, simplified if it is arithmetic or a power with a constant exponent."""
    return _SIMPLIFIED[op](*args) if op in _SIMPLIFIED else Call(op, args)


def compare(op: str, left: Expr, right: Expr) -> Expr:
    """A comparison, decided now if both sides are constants."""
    if isinstance(left, Const) and isinstance(right, Const):
        return TRUE if _COMPARISONS[op](left.value, right.value) else FALSE
    return Compare(op, left, right)


def logic(op: str, *args: Expr) -> Expr:
    """`and`, `or`, `not` of conditions, without those that are known."""
    if op == "not":
        known = {TRUE: FALSE, FALSE: TRUE}
        return known[args[0]] if args[0] in known else Logic(op, args)
    neutral, decisive = (TRUE, FALSE) if op == "and" else (FALSE, TRUE)
    open_ones = tuple(dict.fromkeys(arg for arg in args if arg is not neutral))
    if decisive in open_ones:
        return decisive
    if len(open_ones) > 1:
        return Logic(op, open_ones)
    return open_ones[0] if open_ones else neutral


def select(cond: Expr, if_true: Expr, if_false: Expr) -> Expr:
    """A selection, or the branch that is known to be chosen."""
    if cond is TRUE or if_true is if_false:
        return if_true
    return if_false if cond is FALSE else Select(cond, if_true, if_false)


def _add(a: Expr, b: Expr) -> Expr:
    match a, b:
        case Const(p), Const(q):
            return Const(p + q)
        case (Const(0.0), other) | (other, Const(0.0)):
            return other
        case (other, Call("neg", (negated,))) | (Call("neg", (negated,)), other):
            return _sub(other, negated)
        case Call("add", (other, Const(p))), Const(q):
            return _add(other, Const(p + q))
    (p, same), (q, other) = _term(a), _term(b)
    return _mul(Const(p + q), same) if same is other else Call("add", (a, b))


def _sub(a: Expr, b: Expr) -> Expr:
    match a, b:
        case Const(p), Const(q):
            return Const(p - q)
        case other, Const(0.0):
            return other
        case Const(0.0), other:
            return _neg(other)
        case other, Call("neg", (negated,)):
            return _add(other, negated)
        case Call("sub", (other, Const(p))), Const(q):  # (y - 1) - 1, from powers
            return _sub(other, Const(p + q))
    (p, same), (q, other) = _term(a), _term(b)
    return _mul(Const(p - q), same) if same is other else Call("sub", (a, b))


def _term(a: Expr) -> tuple[float, Expr]:
    """An expression as coefficient and rest."""
    match a:
        case Call("mul", (Const(factor), rest)):
            return factor, rest
        case Call("neg", (rest,)):
            return -1.0, rest
    return 1.0, a


def _mul(a: Expr, b: Expr) -> Expr:
    match a, b:
        case Const(p), Const(q):
            return Const(p * q)
        case (Const(0.0), _) | (_, Const(0.0)):
            return ZERO
        case (Const(1.0), other) | (other, Const(1.0)):
            return other
        case (Const(-1.0), other) | (other, Const(-1.0)):
            return _neg(other)
        case Call("neg", (negated,)), other:
            return _neg(_mul(negated, other))
        case other, Call("neg", (negated,)):
            return _neg(_mul(other, negated))
        case Const(p), Call("mul", (Const(q), other)):
            return _mul(Const(p * q), other)
        case Const(), _:
            return Call("mul", (a, b))
        case _, Const():
            return _mul(b, a)
        case (Call("mul", (Const() as constant, rest)), other):  # constants outwards
            return _mul(constant, _mul(rest, other))
        case (other, Call("mul", (Const() as constant, rest))):
            return _mul(constant, _mul(other, rest))
    return Call("mul", (a, b))


def _div(a: Expr, b: Expr) -> Expr:
    match a, b:
        case Const(p), Const(q) if q:
            return Const(p / q)
        case Const(0.0), _:
            return ZERO
        case other, Const(1.0):
            return other
        case (Call("neg", (negated,)), other):
            return _neg(_div(negated, other))
        case (other, Call("neg", (negated,))):
            return _neg(_div(other, negated))
    return Call("div", (a, b))


def _neg(a: Expr) -> Expr:
    match a:
        case Const(p):
            return Const(-p if p else 0.0)
        case Call("neg", (other,)):
            return other
        case Call("mul", (Const(p), other)):
            return _mul(Const(-p), other)
    return Call("neg", (a,))


def _power(op: str) -> Callable[[Expr, Expr], Expr]:
    def power(a: Expr, b: Expr) -> Expr:
        match b:
            case Const(0.0):
                return ONE
            case Const(1.0):
                return a
        return Call(op, (a, b))

    return power


_SIMPLIFIED: dict[str, Callable[..., Expr]] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "neg": _neg,
    "pow": _power("pow"),
    "powi": _power("powi"),
}
