"""Partial derivatives of one call, as LLVM scalars: the expressions of the rule table emitted at the primals.

A `Partials` is made for one call of one primitive. It emits every expression, setup name and shared sub-expression at
most once, and only when the chain rule asks for it.
"""

from __future__ import annotations

from numba import types
from numba.core import cgutils
from numba.extending import register_jitable

from ..errors import RuleError
from ..rules.expressions import Call, Compare, Const, Expr, Logic, Name, Select
from ..rules.special import HELPERS
from ..rules.table import RULES
from .entries import call_on_primals, field_of, from_entry, to_entry

_ARITHMETIC = {"add": "add", "sub": "sub", "mul": "mul", "neg": "neg"}


def register_helpers() -> None:
    """Make the special functions of the rule table known to Numba."""
    for function in HELPERS.values():
        register_jitable(function)


def callable_of(op: str, is_complex: bool):
    """The function that computes a primitive named in an expression."""
    if op in HELPERS:
        return HELPERS[op]
    try:
        rule = RULES[op]
    except KeyError:
        raise RuleError(f"an expression of the rule table calls `{op}`, which has no rule") from None
    return rule.complex_call if is_complex and rule.complex_call is not None else rule.calls[0]


class Partials:
    """The partials of one call at its primals.

    Parameters
    ----------
    context, builder
        Numba's target context and the LLVM builder.
    rule : Rule or ConstantPower
        Anything with `derivative(indices) -> Expr` and `setup`.
    value : numba type
        Type of the result's primal; partials are computed in it.
    names : dict of str -> LLVM scalar
        Primals of the arguments, and `r`, the result of the primal call.
    """

    def __init__(self, context, builder, rule, value: types.Type, names: dict) -> None:
        self.context, self.builder, self.rule, self.value = context, builder, rule, value
        self.field = field_of(value)
        self._like = to_entry(context, builder, value, names["r"])
        self._emitted: dict[Expr, object] = {
            Name(name): to_entry(context, builder, value, number) for name, number in names.items()
        }
        self._setup = dict(rule.setup)

    def __call__(self, indices: tuple[int, ...]):
        """The partial by the arguments `indices`: a Python number where it is constant, else an entry."""
        expression = self.rule.derivative(indices)
        return expression.value if isinstance(expression, Const) else self.emit(expression)

    def emit(self, expression: Expr):
        if expression not in self._emitted:
            self._emitted[expression] = self._emit(expression)
        return self._emitted[expression]

    def _emit(self, expression: Expr):
        match expression:
            case Const(number):
                return self.field.constant(self._like, number)
            case Name(name):
                return self.emit(self._setup[name])
            case Select(condition, if_true, if_false):
                return self._select(self.emit(condition), self.emit(if_true), self.emit(if_false))
            case Compare(op, left, right):
                left, right = self.emit(left), self.emit(right)
                if isinstance(self.value, types.Complex):
                    parts = [self.builder.fcmp_ordered("==", a, b) for a, b in zip(left, right, strict=True)]
                    equal = self.builder.and_(*parts)
                    return {"==": equal, "!=": self.builder.not_(equal)}[op]
                compare = self.builder.fcmp_unordered if op == "!=" else self.builder.fcmp_ordered
                return compare(op, left, right)
            case Logic("not", (operand,)):
                return self.builder.not_(self.emit(operand))
            case Logic(op, operands):
                combine = {"and": self.builder.and_, "or": self.builder.or_}[op]
                result, *rest = [self.emit(operand) for operand in operands]
                for operand in rest:
                    result = combine(result, operand)
                return result
            case Call(op, arguments) if op in _ARITHMETIC:
                return getattr(self.field, op)(self.builder, *(self.emit(a) for a in arguments))
            case Call("div", arguments) if not isinstance(self.value, types.Complex):
                return self.builder.fdiv(*(self.emit(a) for a in arguments))
            case Call(op, arguments):
                return self._call(op, arguments)
        raise RuleError(f"an expression of the rule table holds {expression!r}, which nothing emits")

    def _select(self, condition, if_true, if_false):
        if isinstance(self.value, types.Complex):
            pairs = zip(if_true, if_false, strict=True)
            return tuple(self.builder.select(condition, a, b) for a, b in pairs)
        return self.builder.select(condition, if_true, if_false)

    def _call(self, op: str, arguments):
        function = callable_of(op, isinstance(self.value, types.Complex))
        numbers, given = [], []
        for argument in arguments:
            if isinstance(argument, Const) and float(argument.value).is_integer() and op in HELPERS:
                given.append(types.intp)
                numbers.append(cgutils.intp_t(int(argument.value)))
            else:
                given.append(self.value)
                numbers.append(from_entry(self.context, self.builder, self.value, self.emit(argument)))
        result, kind = call_on_primals(self.context, self.builder, function, given, numbers)
        result = self.context.cast(self.builder, result, kind, self.value)
        return to_entry(self.context, self.builder, self.value, result)
