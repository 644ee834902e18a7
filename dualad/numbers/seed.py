"""Puts directions into arguments: the beginning of a forward sweep. What comes out at its end is in `results`.

Everything here is called from generated drivers only. A *spec* is the `Levels` constant of the one level that a
sweep adds; `lane` is the position of an input in the current chunk, so inputs outside the chunk get no unit.
"""

from __future__ import annotations

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numba.np import arrayobj

from .entries import convert, field_of, to_entry
from .field import lanes_of, lanes_type, with_lane
from .model import first_field, pack, real_llvm, unpack
from .types import DualType, dual_type, lifted_type, merge_levels, primal_type


def as_float(type_: types.Type) -> types.Type:
    """An integer passed for an active argument is taken as a float."""
    return types.float64 if isinstance(type_, (types.Integer, types.Boolean)) else type_


def level_of(spec) -> tuple[int, int]:
    ((tag, width),) = spec.levels
    return tag, width


def known_over(context, builder, type_, value, target: DualType):
    """Coefficients of a scalar argument over the value type of `target`."""
    if isinstance(type_, DualType):
        return convert(context, builder, type_.value, target.value, unpack(builder, type_, value))
    number = context.cast(builder, value, type_, target.value)
    return {(): [to_entry(context, builder, target.value, number)]}


@intrinsic
def seed(typingctx, x, spec, lane, unit):
    """`x` with the tangent `unit` in direction `lane` of a new level; no tangent where the lane is outside it."""
    tag, width = level_of(spec)
    source = as_float(types.unliteral(x))
    target = lifted_type(source, ((tag, width),))

    def codegen(context, builder, sig, args):
        given = sig.args[0]
        coefficients = known_over(context, builder, given, args[0], target)
        amount = context.cast(builder, args[3], sig.args[3], target.value)
        entry = to_entry(context, builder, target.value, amount)
        coefficients[(tag,)] = [
            tuple(one_hot(builder, part, args[2], width) for part in entry)
            if isinstance(entry, tuple)
            else one_hot(builder, entry, args[2], width)
        ]
        return pack(builder, target, coefficients)

    return target(types.unliteral(x), spec, types.intp, types.unliteral(unit)), codegen


def one_hot(builder, amount, lane, width):
    """A vector with `amount` at `lane` and zeros elsewhere, without a branch."""
    index = lane.type
    lanes = ir.Constant(ir.VectorType(index, width), [index(i) for i in range(width)]) if width > 1 else index(0)
    hit = builder.icmp_signed("==", lanes_of(builder, lane, width), lanes)
    return builder.select(hit, lanes_of(builder, amount, width), ir.Constant(lanes_type(amount.type, width), None))


@intrinsic
def put_unit(typingctx, array, i, spec, lane, unit):
    """Set the tangent of element `i` of a C array in direction `lane` of a level; nothing where `i` is outside the array.

    One store where seeding anew writes all of a number: what a sweep does between two chunks.
    """
    tag, _ = level_of(spec)
    element = array.dtype

    def codegen(context, builder, sig, args):
        array, i, _, lane, unit = args
        array = arrayobj.make_array(sig.args[0])(context, builder, array)
        entry = to_entry(context, builder, element.value, context.cast(builder, unit, sig.args[4], element.value))
        with builder.if_then(builder.icmp_unsigned("<", i, array.nitems)):  # a negative one is a large one
            for k, part in enumerate(entry if isinstance(entry, tuple) else (entry,)):
                number = ir.IntType(32)
                block = builder.gep(array.data, [i, number(first_field(element, (tag,)) + k)])
                scalars = builder.bitcast(block, part.type.as_pointer())
                builder.store(
                    part, builder.gep(scalars, [lane]), align=part.type.get_abi_alignment(context.target_data)
                )
        return context.get_dummy_value()

    return types.none(array, types.intp, spec, types.intp, types.unliteral(unit)), codegen


@intrinsic
def seed_tangents(typingctx, x, spec, tangents):
    """`x` with the tangents of a tuple of numbers, one for each direction of a new level."""
    tag, width = level_of(spec)
    value = typingctx.unify_types(as_float(types.unliteral(primal_type(x))), *map(primal_type, tangents.types))
    inner = [t for t in (x, *tangents.types) if isinstance(t, DualType)]
    levels = tuple(sorted({level for t in inner for level in t.levels} | {(tag, width)}))
    target = dual_type(value, levels)

    def codegen(context, builder, sig, args):
        coefficients = known_over(context, builder, sig.args[0], args[0], target)
        for lane, kind in enumerate(sig.args[2].types):
            tangent = builder.extract_value(args[2], lane)
            blocks = known_over(context, builder, kind, tangent, target)
            _insert_lane(context, builder, coefficients, blocks, target, tag, lane)
        return pack(builder, target, coefficients)

    return target(types.unliteral(x), spec, tangents), codegen


def _insert_lane(context, builder, coefficients, blocks, target, tag, lane):
    """Write the number `blocks` into direction `lane` of level `tag`, the last one of `target`."""
    widths = dict(target.levels)
    for subset, vectors in blocks.items():
        whole = (*subset, tag)
        count = target.vectors(whole)
        if whole not in coefficients:
            zero = ir.Constant(lanes_type(real_llvm(target.value), widths[tag]), None)
            coefficients[whole] = [(zero, zero) if target.is_complex else zero] * count
        for position in range(count):
            scalar = _unit(builder, target, subset, vectors, position)
            old = coefficients[whole][position]
            coefficients[whole][position] = (
                tuple(with_lane(builder, o, s, lane) for o, s in zip(old, scalar, strict=True))
                if target.is_complex
                else with_lane(builder, old, scalar, lane)
            )


def _unit(builder, dual, subset, vectors, position):
    """Scalar number `position` (row-major over the units of `subset`) of a block."""
    if not subset:
        return vectors[0]
    width = dual.lanes(subset)
    return field_of(dual.value).lane(builder, vectors[position // width], position % width)


@intrinsic
def seeded_along_dtype(typingctx, x, level, tangent):
    """Element type of array `x` over the levels of `level` and of its tangents, as a dtype."""
    levels = merge_levels([x.dtype, tangent.dtype, dual_type(types.float64, level.levels)])
    value = typingctx.unify_types(primal_type(x.dtype), primal_type(tangent.dtype))
    dtype = types.DType(dual_type(value, levels))
    return dtype(x, level, tangent), lambda context, builder, sig, args: context.get_dummy_value()
