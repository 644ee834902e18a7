"""Teaches Numba every scalar primitive of the rule table on numbers that carry derivatives: rules x types, one loop.

For each callable of each rule one typing template and one lowering are registered. The template asks Numba how it would
type the same call on the primals, the lowering calls just that implementation for the primal (so the primal has the
bits that the user's own function gives) and the chain rule for everything else.
"""

from __future__ import annotations

import itertools
import operator
from typing import Any

from numba.core import types
from numba.core.imputils import builtin_registry as lowering
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

from ..rules.expressions import Call, Const, Expr, Name
from ..rules.table import RULES, Rule
from .chain import Chain
from .entries import call_on_primals, convert, field_of, from_entry, is_scalar, scalar_signature, to_entry
from .linear import is_row, refuse_nonlinear
from .model import pack, unpack
from .partials import Partials
from .parts import modulus
from .series import Series
from .sets import reveals
from .types import SERIES, DualType, dual_type, merge_levels, primal_type

#: In-place operators act on immutable numbers, so each is its plain operator.
IN_PLACE = {
    operator.iadd: operator.add, operator.isub: operator.sub, operator.imul: operator.mul,
    operator.itruediv: operator.truediv, operator.ipow: operator.pow, operator.imod: operator.mod,
    operator.ifloordiv: operator.floordiv,
}  # fmt: skip

#: Operators whose constant exponent is known when compiling: `x ** 2`, `pow(x, 3)`.
POWERS = (operator.pow, operator.ipow, pow)


#: Numba computes whole powers by squaring up to this exponent.
_LARGEST_SQUARED = 0x10000


class ConstantPower:
    """Rule of `x ** n` for an integer known when compiling: exact to all orders, at zero too."""

    name = "power"
    setup = ()
    second: dict[tuple[int, int], Expr] = {}
    strong_zero = False

    def __init__(self, exponent: int) -> None:
        self.exponent = exponent

    def derivative(self, indices: tuple[int, ...]) -> Expr:
        factor, exponent = 1, self.exponent
        for _ in indices:
            factor, exponent = factor * exponent, exponent - 1
        if not factor:
            return Const(0.0)
        if not exponent:
            return Const(float(factor))
        power = _repeated(Name("x"), abs(exponent))
        if exponent < 0:
            return Call("div", (Const(float(factor)), power))
        return power if factor == 1 else Call("mul", (Const(float(factor)), power))


def _repeated(base: Expr, count: int) -> Expr:
    if count == 1:
        return base
    half = _repeated(base, count // 2)
    square = Call("mul", (half, half))
    return Call("mul", (square, base)) if count % 2 else square


def known_exponent(type_: types.Type):
    """The value of a literal or omitted (static) argument, or None."""
    if isinstance(type_, types.IntegerLiteral):
        return type_.literal_value
    return type_.value if isinstance(type_, types.Omitted) and isinstance(type_.value, (int, float)) else None


def has_zero_derivative(rule: Rule) -> bool:
    """Whether every partial vanishes identically, so that the result is inactive (floor, sign, ...)."""
    return all(isinstance(partial, Const) and partial.value == 0 for partial in rule.partials)


class RuleTemplate(AbstractTemplate):
    """Types a call of a primitive on scalars of which at least one carries derivatives."""

    metadata = {"target": "cpu"}
    prefer_literal = True
    rule: Rule

    def generic(self, args, kws):
        if kws or not any(isinstance(a, DualType) for a in args):
            return None
        constant = type(self).key in POWERS and len(args) == 2 and known_exponent(args[1]) is not None
        inactive = args[:1] if constant else args
        if not all(is_scalar(a) and not isinstance(a, types.Literal) for a in inactive):
            return None
        primal = scalar_signature(self.context, type(self).key, _without_omitted(args))
        if primal is None:
            return None
        value = primal.return_type
        if isinstance(value, types.Float) and any(isinstance(primal_type(a), types.Complex) for a in args):
            # not holomorphic: made of real and imaginary part
            return signature(dual_type(value, merge_levels(args)), *args) if self.rule.name == "abs" else None
        if has_zero_derivative(self.rule) or not isinstance(value, (types.Float, types.Complex)):
            return signature(value, *args)
        if isinstance(value, types.Complex) and not self.rule.holomorphic:
            return None
        return signature(dual_type(value, merge_levels(args)), *args)


def _without_omitted(args):
    return tuple(types.float64 if isinstance(a, types.Omitted) else a for a in args)


def _lower(rule: Rule, key):
    def implementation(context, builder, sig, args):
        result_type = sig.return_type
        if rule.name == "abs" and sig.args[0].is_complex:
            return context.compile_internal(builder, modulus, sig, args)
        given = [primal_type(a) for a in sig.args]
        coefficients = [
            unpack(builder, kind, argument) if isinstance(kind, DualType) else None
            for kind, argument in zip(sig.args, args, strict=True)
        ]
        primals = [
            argument if c is None else from_entry(context, builder, kind, c[()][0])
            for c, kind, argument in zip(coefficients, given, args, strict=True)
        ]
        exponent = known_exponent(sig.args[1]) if key in POWERS and len(args) == 2 else None
        if exponent is not None:
            given[1] = types.int64 if isinstance(exponent, int) else types.float64
            primals[1] = context.get_constant(given[1], exponent)
        result, kind = call_on_primals(context, builder, key, given, primals)
        if not isinstance(result_type, DualType):
            for argument in sig.args:
                reveals(builder, argument)
            return context.cast(builder, result, kind, result_type)
        applied: Any = rule.complex_form if result_type.is_complex else rule
        if exponent is not None and float(exponent).is_integer() and abs(exponent) <= _LARGEST_SQUARED:
            applied = ConstantPower(int(exponent))
        if is_row(result_type):
            refuse_nonlinear(applied.name, sig.args)
            result = context.get_constant_null(kind)
        return _differentiate(
            context, builder, applied, rule.arguments, result_type, coefficients, given, primals, result
        )

    return implementation


def _differentiate(context, builder, rule, names, result_type, coefficients, given, primals, result):
    """The number whose primal is `result` and whose derivatives follow from the rule."""
    value = result_type.value
    known = {"r": result}
    for name, kind, primal in zip(names, given, primals, strict=True):
        if not isinstance(kind, (types.Literal, types.Omitted)):
            known[name] = context.cast(builder, primal, kind, value)
    arguments = [
        {} if c is None else convert(context, builder, kind, value, c)
        for c, kind in zip(coefficients, given, strict=True)
    ]
    partials = Partials(context, builder, rule, value, known)
    widths = dict(result_type.levels)
    series = None
    if SERIES in widths:
        series = Series(partials, names, [a.get((SERIES,)) for a in arguments], widths[SERIES])
    chain = Chain(builder, field_of(value), widths, partials, rule.strong_zero, series)
    derivatives = chain.apply(arguments, result_type.tags)
    derivatives[()] = [to_entry(context, builder, value, result)]
    return pack(builder, result_type, derivatives)


def _register(rule: Rule, key) -> None:
    template = type(f"{rule.name}_on_duals", (RuleTemplate,), {"key": key, "rule": rule})
    infer_global(key, types.Function(template))
    implementation = _lower(rule, key)
    kinds = (DualType, types.Number, types.Boolean)
    for formals in itertools.product(kinds, repeat=len(rule.arguments)):
        if DualType in formals:
            lowering.lower(key, *formals)(implementation)
    if key in POWERS:
        lowering.lower(key, DualType, types.Omitted)(implementation)


def register_rules() -> None:
    """Register every rule; called once, when the first derivative is compiled."""
    for rule in RULES.values():
        keys = dict.fromkeys((*rule.calls, *([rule.complex_call] if rule.holomorphic else [])))
        for key in keys:
            if key not in (min, max):  # Numba calls these with any number of arguments: see `substitutes`
                _register(rule, key)
    for in_place, plain in IN_PLACE.items():
        for rule in RULES.values():
            if plain in rule.calls:
                _register(rule, in_place)


def register_rule(rule: Rule) -> None:
    """Register a rule that is not in the table, or came after the table was registered."""
    for key in rule.calls:
        _register(rule, key)
