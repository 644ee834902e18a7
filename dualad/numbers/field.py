"""Arithmetic on one entry of a number: a real or complex scalar, or a vector of them, emitted as LLVM instructions.

`RealField` works on LLVM values, `ComplexField` on pairs of them. Only derivatives pass through here, never a primal, so
multiplications and additions may be contracted to fused ones. A vector of one lane is a scalar: LLVM turns a loop over
scalars into vector code, and leaves one over vectors as it is.
"""

from __future__ import annotations

import functools
import math

from llvmlite import ir

CONTRACT = ("contract",)


def lanes_type(scalar: ir.Type, width: int) -> ir.Type:
    """LLVM type of so many lanes side by side."""
    return scalar if width == 1 else ir.VectorType(scalar, width)


def with_lane(builder, vector, scalar, index: int):
    """A vector with another scalar in one lane."""
    if not isinstance(vector.type, ir.VectorType):
        return scalar
    return builder.insert_element(vector, scalar, ir.IntType(32)(index))


def lanes_of(builder, scalar, width):
    """`scalar` in every lane of a vector."""
    if width == 1:
        return scalar
    vector_type = ir.VectorType(scalar.type, width)
    first = builder.insert_element(ir.Constant(vector_type, ir.Undefined), scalar, ir.IntType(32)(0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), width), None)
    return builder.shuffle_vector(first, ir.Constant(vector_type, ir.Undefined), mask)


def bits_of(kind: ir.Type) -> ir.Type:
    """Type of the bits of a float or of a vector of floats."""
    if isinstance(kind, ir.VectorType):
        return ir.VectorType(bits_of(kind.element), kind.count)
    return ir.IntType(64 if kind == ir.DoubleType() else 32)


def union(builder, a, b):
    """The bits of either of two LLVM values: of two index sets (see `sets`)."""
    kind = bits_of(a.type)
    return builder.bitcast(builder.or_(builder.bitcast(a, kind), builder.bitcast(b, kind)), a.type)


def with_bits_in(builder, lanes, scalar: ir.Type):
    """An index set whose lanes are of another float type: its bits as they are, which the lower half of each lane holds."""
    kind = ir.VectorType(scalar, lanes.type.count)
    if lanes.type == kind:
        return lanes
    bits = builder.bitcast(lanes, bits_of(lanes.type))
    change = builder.zext if scalar == ir.DoubleType() else builder.trunc
    return builder.bitcast(change(bits, bits_of(kind)), kind)


class RealField:
    """Entries are LLVM floats or vectors of floats."""

    @staticmethod
    def add(builder, a, b):
        return builder.fadd(a, b, flags=CONTRACT)

    @staticmethod
    def union(builder, a, b):
        return union(builder, a, b)

    @staticmethod
    def sub(builder, a, b):
        return builder.fsub(a, b, flags=CONTRACT)

    @staticmethod
    def neg(builder, a):
        return builder.fneg(a, flags=CONTRACT)

    @staticmethod
    def mul(builder, a, b):
        return builder.fmul(a, b, flags=CONTRACT)

    @staticmethod
    def is_zero(builder, a):
        return builder.fcmp_ordered("==", a, ir.Constant(a.type, None))

    @staticmethod
    def is_ordinary(a):
        """Whether a scalar is known to be finite and not 0, so that its products with 0 are 0."""
        return isinstance(a, ir.Constant) and isinstance(a.constant, float) and 0.0 < abs(a.constant) < math.inf

    @staticmethod
    def zero_where(builder, condition, a):
        return builder.select(condition, ir.Constant(a.type, None), a)

    @staticmethod
    def splat(builder, scalar, width):
        return lanes_of(builder, scalar, width)

    @staticmethod
    def lane(builder, vector, index):
        if not isinstance(vector.type, ir.VectorType):
            return vector
        return builder.extract_element(vector, ir.IntType(32)(index))

    @staticmethod
    def constant(like, number):
        kind = like.type
        if isinstance(kind, ir.VectorType):
            return ir.Constant(kind, [kind.element(float(number))] * kind.count)
        return kind(float(number))


class ComplexField:
    """Entries are pairs (real, imaginary) of what `RealField` works on."""

    @staticmethod
    def add(builder, a, b):
        return tuple(RealField.add(builder, p, q) for p, q in zip(a, b, strict=True))

    @staticmethod
    def union(builder, a, b):
        # either part of a result may come from both parts of an argument
        whole = functools.reduce(functools.partial(union, builder), (*a, *b))
        return whole, whole

    @staticmethod
    def sub(builder, a, b):
        return tuple(RealField.sub(builder, p, q) for p, q in zip(a, b, strict=True))

    @staticmethod
    def neg(builder, a):
        return tuple(RealField.neg(builder, p) for p in a)

    @staticmethod
    def mul(builder, a, b):
        (ar, ai), (br, bi) = a, b
        mul = RealField.mul
        real = RealField.sub(builder, mul(builder, ar, br), mul(builder, ai, bi))
        return real, RealField.add(builder, mul(builder, ar, bi), mul(builder, ai, br))

    @staticmethod
    def is_zero(builder, a):
        return builder.and_(*(RealField.is_zero(builder, p) for p in a))

    @staticmethod
    def is_ordinary(a):
        return False

    @staticmethod
    def zero_where(builder, condition, a):
        return tuple(RealField.zero_where(builder, condition, p) for p in a)

    @staticmethod
    def splat(builder, scalar, width):
        return tuple(lanes_of(builder, p, width) for p in scalar)

    @staticmethod
    def lane(builder, vector, index):
        return tuple(RealField.lane(builder, p, index) for p in vector)

    @staticmethod
    def constant(like, number):
        return RealField.constant(like[0], number.real), RealField.constant(like[1], number.imag)
