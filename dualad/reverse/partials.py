"""Partials of one call, from the rule table, as source code."""

from __future__ import annotations

import dataclasses
import math
import operator
from typing import Any

from numba.core import types

from ..program.tree import Const, Op, Operand
from ..rules.calculus import inlined
from ..rules.expressions import Call, Compare, Expr, Logic, Name, Select, free_names
from ..rules.expressions import Const as Number
from ..rules.special import HELPERS
from ..rules.table import RULE_OF, RULES, Rule
from .code import ATOM, Code, Names, binary, call, number, unary
from .support import clamp

__all__ = ["Partial", "partial", "rule_of"]

POWERS = (operator.pow, pow, math.pow)
_ARITHMETIC = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
}
_COMPARISONS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
#: Rules by the functions of `cmath`, and by what stands for calls that are of arrays only.
_OTHERS = {rule.complex_call: rule for rule in RULES.values() if rule.complex_call is not None}
_OTHERS[clamp] = RULES["clip"]


@dataclasses.dataclass(frozen=True)
class Partial:
    """The partial of a call by one of its arguments.

    Parameters
    ----------
    expression : Expr
        In names of `operands`.
    operands : dict of str -> operand
        What the names in the expression mean: arguments and result of the call.
    strong : bool
        Whether a product with it is 0 as soon as one factor is exactly 0.
    is_complex : bool
    """

    expression: Expr
    operands: dict[str, Operand]
    strong: bool
    is_complex: bool = False

    @property
    def constant(self) -> float | None:
        return self.expression.value if isinstance(self.expression, Number) else None

    @property
    def is_choice(self) -> bool:
        """Whether the partial is one of several numbers, as that of a maximum is."""
        return isinstance(self.expression, Select) and _chooses_numbers(self.expression)

    def needs(self) -> list[Operand]:
        """Values that the partial is computed from."""
        return [self.operands[name] for name in sorted(free_names(self.expression))]

    def code(self, names: Names) -> Code:
        return _code(self.expression, self.operands, names, self.is_complex)

    def chosen(self, weight: Code, names: Names) -> Code:
        """The product with a cotangent where the partial is a choice: what is not chosen is not multiplied by zero."""

        def of(node: Expr) -> Code:
            match node:
                case Number(0):
                    return Code("0.0")
                case Number(1):
                    return weight
                case Select(cond, if_true, if_false):
                    condition = _code(cond, self.operands, names, self.is_complex)
                    return Code(f"{of(if_true).within(2)} if {condition.within(2)} else {of(if_false)}", 1)
            return binary(operator.mul, weight, _code(node, self.operands, names, self.is_complex))

        return of(self.expression)


def _chooses_numbers(expression: Expr) -> bool:
    if isinstance(expression, Select):
        return _chooses_numbers(expression.if_true) and _chooses_numbers(expression.if_false)
    return isinstance(expression, Number)


def rule_of(op: Op) -> Rule | None:
    """The rule of a call, in the form for its type of numbers."""
    try:
        rule = RULE_OF.get(op.function) or _OTHERS.get(op.function)
    except TypeError:
        return None
    if rule is not None and op.result is not None and isinstance(op.result.type, types.Complex):
        return rule.complex_form
    return rule


def partial(op: Op, position: int) -> Partial:
    """The partial of a call with a rule by its argument number `position`."""
    rule = rule_of(op)
    assert rule is not None and op.result is not None
    named: dict[str, Operand] = {"r": op.result, **dict(zip(rule.arguments, op.args, strict=False))}
    expression = inlined(rule.partials[position], rule)
    strong = rule.strong_zero
    if rule.name == "pow":
        exponent = _value(op.args[1])
        if exponent is not None and position == 0:
            return Partial(_power(exponent), named, exponent < 1, rule.is_complex)
    if rule.name == "div" and position == 1 and _value(op.args[0]) == 1:
        result = Name("r")
        return Partial(Call("neg", (Call("mul", (result, result)),)), named, strong, rule.is_complex)
    if rule.name == "div" and _value(op.args[1]) not in (None, 0):
        strong = False
    return Partial(expression, named, strong and not isinstance(expression, Number), rule.is_complex)


def _value(operand: Any) -> float | None:
    """The number that is known when compiling."""
    if isinstance(operand, Const) and isinstance(operand.value, (int, float)) and not isinstance(operand.value, bool):
        return operand.value
    return None


def _power(exponent: float) -> Expr:
    """Slope of `x ** exponent` for a constant exponent: no case for zeros is left."""
    if exponent == 0:
        return Number(0.0)
    if exponent == 1:
        return Number(1.0)
    base = Name("x")
    power = base if exponent == 2 else Call("pow", (base, Number(exponent - 1)))
    return Call("mul", (Number(exponent), power))


def _code(expr: Expr, operands: dict[str, Operand], names: Names, is_complex: bool) -> Code:
    def of(node: Expr) -> Code:
        return _code(node, operands, names, is_complex)

    match expr:
        case Number(value):
            whole = math.isfinite(value) and value.is_integer() and abs(value) < 2**53
            return number(int(value)) if whole else number(value)
        case Name(name):
            return operand_code(operands[name], names)
        case Select(cond, if_true, if_false):
            return Code(f"{of(if_true).within(2)} if {of(cond).within(2)} else {of(if_false)}", 1)
        case Compare(op, left, right):
            return binary(_COMPARISONS[op], of(left), of(right))
        case Logic("not", (operand,)):
            return unary(operator.not_, of(operand))
        case Logic(op, args):
            strength = 2.2 if op == "and" else 2.1
            return Code(f" {op} ".join(of(arg).within(3) for arg in args), int(strength))
        case Call("neg", (operand,)):
            return unary(operator.neg, of(operand))
        case Call("square", (operand,)):
            return binary(operator.mul, of(operand), of(operand))
        case Call(op, (left, right)) if op in _ARITHMETIC:
            return binary(_ARITHMETIC[op], of(left), of(right))
        case Call(op, args):
            rule = RULES[op]
            function = HELPERS.get(op) or (rule.complex_call if is_complex and rule.complex_call else rule.calls[0])
            if op in HELPERS and isinstance(args[0], Number):
                return call(names.jitted(function), [number(int(args[0].value)), *map(of, args[1:])])
            name = names.jitted(function) if op in HELPERS else names.of(function)
            return call(name, map(of, args))
    raise AssertionError(f"no code for {expr!r}")


def operand_code(operand: Any, names: Names) -> Code:
    """A variable by its name, a constant as a literal where that keeps its type."""
    if not isinstance(operand, Const):
        return Code(operand.name, ATOM)
    value = operand.value
    if value is None or value is Ellipsis or type(value) in (bool, str, bytes):
        return Code("..." if value is Ellipsis else repr(value))
    if type(value) in (int, float, complex):
        return number(value)
    return Code(names.of(value, operand.name))
