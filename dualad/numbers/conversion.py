"""How a number that carries derivatives meets ordinary ones: casts, constants, comparison, truth.

A float becomes a number with zero tangents wherever Numba unifies types. The other way there is no cast at all: where a
number that carries derivatives meets a place typed as a float, compilation fails and the place is promoted (see
`promotion`), so that a derivative is never dropped on the way.
"""

from __future__ import annotations

import cmath
import itertools
import math
import operator

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.imputils import builtin_registry as lowering
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

from .entries import call_on_primals, convert, from_entry, is_scalar, scalar_signature, to_entry
from .model import field_types, pack, unpack
from .sets import reveals
from .types import DualType, LevelsType, primal_type

#: Functions of the primal alone, whose result is a boolean or an integer.
OF_PRIMALS = (
    operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.not_, operator.truth, bool,
    np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal,
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not,
    math.isnan, math.isinf, math.isfinite, cmath.isnan, cmath.isinf, cmath.isfinite,
    np.isnan, np.isinf, np.isfinite, np.signbit,
    math.floor, math.ceil, math.trunc,
)  # fmt: skip


@lowering.lower_cast(types.Number, DualType)
@lowering.lower_cast(types.Boolean, DualType)
def _lift(context, builder, fromty, toty, val):
    number = context.cast(builder, val, fromty, toty.value)
    return pack(builder, toty, {(): [to_entry(context, builder, toty.value, number)]})


@lowering.lower_cast(DualType, DualType)
def _widen(context, builder, fromty, toty, val):
    coefficients = unpack(builder, fromty, val)
    primal = from_entry(context, builder, fromty.value, coefficients[()][0])
    primal = context.cast(builder, primal, fromty.value, toty.value)
    converted = convert(context, builder, fromty.value, toty.value, coefficients)
    return pack(builder, toty, {**converted, (): [to_entry(context, builder, toty.value, primal)]})


@lowering.lower_constant(LevelsType)
def _levels_constant(context, builder, ty, pyval):
    return context.get_dummy_value()


@lowering.lower_constant(DualType)
def _constant(context, builder, ty, pyval):
    real = ty.value.underlying_float if ty.is_complex else ty.value
    parts = (complex(pyval).real, complex(pyval).imag) if ty.is_complex else (pyval,)
    entries = [ir.Constant(field, None) for field in field_types(ty)]
    entries[: len(parts)] = [context.get_constant(real, part) for part in parts]
    return ir.Constant(context.get_value_type(ty), entries)


def primal_value(context, builder, type_, value):
    """The primal of a number as a Numba value; anything else as it is."""
    if not isinstance(type_, DualType):
        return value
    reveals(builder, type_)
    return from_entry(context, builder, type_.value, unpack(builder, type_, value)[()][0])


class PrimalTemplate(AbstractTemplate):
    """Types a call that depends on the primals alone as Numba types it on them."""

    metadata = {"target": "cpu"}

    def generic(self, args, kws):
        if kws or not any(isinstance(a, DualType) for a in args) or not all(map(is_scalar, args)):
            return None
        if any(isinstance(a, types.Literal) for a in args):
            return None
        primal = scalar_signature(self.context, type(self).key, args)
        return None if primal is None else signature(primal.return_type, *args)


def _lower_on_primals(key):
    def implementation(context, builder, sig, args):
        primals = [primal_value(context, builder, t, a) for t, a in zip(sig.args, args, strict=True)]
        result, kind = call_on_primals(context, builder, key, [primal_type(a) for a in sig.args], primals)
        return context.cast(builder, result, kind, sig.return_type)

    return implementation


@lowering.lower_cast(DualType, types.Boolean)
def _truth(context, builder, fromty, toty, val):
    # Numba lowers the condition of a branch as a cast to boolean
    return context.is_true(builder, fromty.value, primal_value(context, builder, fromty, val))


def register_conversions() -> None:
    """Register all functions of the primal alone."""
    kinds = (DualType, types.Number, types.Boolean)
    for key in OF_PRIMALS:
        template = type(f"{key.__name__}_of_primals", (PrimalTemplate,), {"key": key})
        infer_global(key, types.Function(template))
        implementation = _lower_on_primals(key)
        for arity in (1, 2):
            for formals in itertools.product(kinds, repeat=arity):
                if DualType in formals:
                    lowering.lower(key, *formals)(implementation)
