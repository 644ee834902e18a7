"""Parts of a number: its primal, its real and imaginary part, itself over another value type.

`z.real`, `z.imag` and `z.conjugate()` of numbers and the non-holomorphic functions of complex ones are made of these.
"""

from __future__ import annotations

import math

import numpy as np
from numba.core import types
from numba.core.imputils import builtin_registry as lowering
from numba.core.typing.builtins import NumberClassAttribute
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    bound_function,
    infer_getattr,
    infer_global,
    signature,
)
from numba.extending import intrinsic

from .entries import from_entry, to_entry
from .field import RealField
from .model import pack, unpack
from .sets import reveals
from .types import SETS, DualType, dual_type, merge_levels, primal_type


@intrinsic
def of_primal(typingctx, x):
    """The ordinary value of a number: for what depends on the primal alone."""
    if not isinstance(x, DualType):
        return None

    def codegen(context, builder, sig, args):
        reveals(builder, x)
        return from_entry(context, builder, x.value, unpack(builder, x, args[0])[()][0])

    return x.value(x), codegen


@intrinsic
def with_primal(typingctx, primal, x):
    """The derivatives of `x` beside another primal: where Numba's own function gives the primal, a formula the rest."""
    if not isinstance(x, DualType):
        return None

    def codegen(context, builder, sig, args):
        number = context.cast(builder, args[0], sig.args[0], x.value)
        blocks = unpack(builder, x, args[1])
        return pack(builder, x, {**blocks, (): [to_entry(context, builder, x.value, number)]})

    return x(types.unliteral(primal), x), codegen


@intrinsic
def retyped(typingctx, x, value):
    """A number over another float or complex type (`np.float32`, ...): as assignment would convert it."""
    target = value.dtype if isinstance(value, (types.NumberClass, types.DType)) else value
    if not isinstance(x, DualType) or not isinstance(target, (types.Float, types.Complex)):
        return None
    result = dual_type(target, x.levels)

    def codegen(context, builder, sig, args):
        return context.cast(builder, args[0], x, result)

    return result(x, value), codegen


def _map(builder, source: DualType, target: DualType, value, change):
    """A number made entry by entry."""
    blocks = unpack(builder, source, value)
    return pack(builder, target, {s: [change(v) for v in vectors] for s, vectors in blocks.items()})


def _real_type(x: DualType) -> types.Type:
    return dual_type(x.value.underlying_float, x.levels) if x.is_complex else x


def _part(index: int):
    """Code that takes the real (0) or imaginary (1) part of a complex number."""

    def take(context, builder, x, value):
        return _map(builder, x, _real_type(x), value, lambda entry: entry[index])

    return take


@intrinsic
def real(typingctx, x):
    """Real part."""
    if not isinstance(x, DualType):
        return None

    def codegen(context, builder, sig, args):
        return _part(0)(context, builder, x, args[0]) if x.is_complex else args[0]

    return _real_type(x)(x), codegen


@intrinsic
def imaginary(typingctx, x):
    """Imaginary part; zero for a real number."""
    if not isinstance(x, DualType):
        return None
    if not x.is_complex:
        return x.value(x), lambda context, builder, sig, args: context.get_constant(x.value, 0.0)
    return _real_type(x)(x), lambda context, builder, sig, args: _part(1)(context, builder, x, args[0])


@intrinsic
def join(typingctx, x, y):
    """The complex number with real part `x` and imaginary part `y`."""
    given = (types.unliteral(x), types.unliteral(y))
    if not any(isinstance(t, DualType) for t in given):
        return None
    base = typingctx.unify_types(*(primal_type(t) for t in given), types.float32)
    value = types.complex64 if base == types.float32 else types.complex128
    target = dual_type(value, merge_levels(given))
    part = dual_type(value.underlying_float, target.levels)

    def codegen(context, builder, sig, args):
        blocks = [unpack(builder, part, context.cast(builder, a, t, part)) for a, t in zip(args, sig.args, strict=True)]
        pairs = {s: list(zip(blocks[0][s], blocks[1][s], strict=True)) for s in blocks[0]}
        return pack(builder, target, pairs)

    return target(*given), codegen


def modulus(z):
    """`abs` of a complex number; its slope at 0 is 0, which `hypot` sees to (CONVENTIONS)."""
    return with_primal(abs(of_primal(z)), math.hypot(real(z), imaginary(z)))


@infer_getattr
class DualAttributes(AttributeTemplate):
    """`x.real`, `x.imag`, `x.conjugate()` as a float or complex number has them."""

    key = DualType

    def resolve_real(self, x):
        return _real_type(x)

    def resolve_imag(self, x):
        return _real_type(x) if x.is_complex else x.value

    def resolve___class__(self, x):
        # `type(x)(0.5)` and `np.empty(n, type(x))` mean the type that the user sees
        return types.NumberClass(x.value)

    @bound_function("dual.conjugate")
    def resolve_conjugate(self, x, args, kws):
        return signature(x) if not args and not kws else None


@lowering.lower_getattr(DualType, "real")
def _real(context, builder, typ, value):
    return _part(0)(context, builder, typ, value) if typ.is_complex else value


@lowering.lower_getattr(DualType, "imag")
def _imag(context, builder, typ, value):
    return _part(1)(context, builder, typ, value) if typ.is_complex else context.get_constant(typ.value, 0.0)


@lowering.lower_getattr(DualType, "__class__")
def _class(context, builder, typ, value):
    return context.get_dummy_value()


class ClassOfNumber(AbstractTemplate):
    """Call of a number class held in a variable, such as `type(x)(y)`."""

    metadata = {"target": "cpu"}
    instance: types.Type

    def generic(self, args, kws):
        if len(args) != 1 or kws or not isinstance(args[0], DualType):
            return None
        if isinstance(self.instance, (types.Float, types.Complex)):
            return signature(dual_type(self.instance, args[0].levels), args[0])
        return signature(self.instance, args[0])


@infer_getattr
class NumberClassCalls(AttributeTemplate):
    """Adds numbers to what Numba lets a number class be called on."""

    key = types.NumberClass
    metadata = {"target": "cpu"}

    def resolve___call__(self, classty):
        known = NumberClassAttribute(self.context).resolve___call__(classty)
        attributes = {"key": classty.instance_type, "instance": classty.instance_type}
        return known.augment(types.Function(type("class_of_number", (ClassOfNumber,), attributes)))


def _make(context, builder, sig, args):
    (x,) = sig.args
    if isinstance(sig.return_type, DualType):
        return context.cast(builder, args[0], x, sig.return_type)
    reveals(builder, x)
    value = from_entry(context, builder, x.value, unpack(builder, x, args[0])[()][0])
    return context.cast(builder, value, x.value, sig.return_type)


for _type in types.number_domain:
    lowering.lower(_type, DualType)(_make)


@lowering.lower("dual.conjugate", DualType)
@lowering.lower(np.conjugate, DualType)
def _conjugate(context, builder, sig, args):
    (x,) = sig.args
    if not x.is_complex:
        return args[0]
    blocks = unpack(builder, x, args[0])
    negated = {
        subset: vectors if SETS in subset else [(real, RealField.neg(builder, imag)) for real, imag in vectors]
        for subset, vectors in blocks.items()
    }
    return pack(builder, x, negated)


@infer_global(np.conjugate)
class Conjugate(AbstractTemplate):
    """`np.conjugate` of a number; of arrays it comes by the ufunc machinery."""

    key = np.conjugate
    metadata = {"target": "cpu"}

    def generic(self, args, kws):
        if len(args) == 1 and not kws and isinstance(args[0], DualType):
            return signature(args[0], args[0])
        return None
