"""Puts directions into arguments and takes derivatives out of results: the two ends of a forward sweep.

Everything here is called from generated drivers only. A *spec* is the `Levels` constant of the one level that a
sweep adds; `lane` is the position of an input in the current chunk, so inputs outside the chunk get no unit.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, register_jitable

from .entries import convert, field_of, from_entry, to_entry
from .field import lanes_of
from .lift import lifted_dtype
from .model import pack, real_llvm, unpack
from .types import DualType, dual_type, lifted_type, merge_levels, primal_type


def _as_float(type_: types.Type) -> types.Type:
    """An integer passed for an active argument is taken as a float."""
    return types.float64 if isinstance(type_, (types.Integer, types.Boolean)) else type_


def _level(spec) -> tuple[int, int]:
    ((tag, width),) = spec.levels
    return tag, width


def _known(context, builder, type_, value, target: DualType):
    """Coefficients of a scalar argument over the value type of `target`."""
    if isinstance(type_, DualType):
        return convert(context, builder, type_.value, target.value, unpack(builder, type_, value))
    number = context.cast(builder, value, type_, target.value)
    return {(): [to_entry(context, builder, target.value, number)]}


@intrinsic
def seed(typingctx, x, spec, lane, unit):
    """`x` with the tangent `unit` in direction `lane` of a new level; no tangent where the lane is outside it."""
    tag, width = _level(spec)
    source = _as_float(types.unliteral(x))
    target = lifted_type(source, ((tag, width),))

    def codegen(context, builder, sig, args):
        given = sig.args[0]
        coefficients = _known(context, builder, given, args[0], target)
        amount = context.cast(builder, args[3], sig.args[3], target.value)
        entry = to_entry(context, builder, target.value, amount)
        coefficients[(tag,)] = [
            tuple(_one_hot(builder, part, args[2], width) for part in entry)
            if isinstance(entry, tuple)
            else _one_hot(builder, entry, args[2], width)
        ]
        return pack(builder, target, coefficients)

    return target(types.unliteral(x), spec, types.intp, types.unliteral(unit)), codegen


def _one_hot(builder, amount, lane, width):
    """A vector with `amount` at `lane` and zeros elsewhere, without a branch."""
    index = ir.IntType(64)
    lanes = ir.Constant(ir.VectorType(index, width), [index(i) for i in range(width)])
    hit = builder.icmp_signed("==", lanes_of(builder, lane, width), lanes)
    return builder.select(hit, lanes_of(builder, amount, width), ir.Constant(ir.VectorType(amount.type, width), None))


@intrinsic
def seed_tangents(typingctx, x, spec, tangents):
    """`x` with the tangents of a tuple of numbers, one for each direction of a new level."""
    tag, width = _level(spec)
    value = typingctx.unify_types(_as_float(types.unliteral(primal_type(x))), *map(primal_type, tangents.types))
    inner = [t for t in (x, *tangents.types) if isinstance(t, DualType)]
    levels = tuple(sorted({level for t in inner for level in t.levels} | {(tag, width)}))
    target = dual_type(value, levels)

    def codegen(context, builder, sig, args):
        coefficients = _known(context, builder, sig.args[0], args[0], target)
        for lane, kind in enumerate(sig.args[2].types):
            tangent = builder.extract_value(args[2], lane)
            blocks = _known(context, builder, kind, tangent, target)
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
            zero = ir.Constant(ir.VectorType(real_llvm(target.value), widths[tag]), None)
            coefficients[whole] = [(zero, zero) if target.is_complex else zero] * count
        for position in range(count):
            scalar = _unit(builder, target, subset, vectors, position)
            old = coefficients[whole][position]
            coefficients[whole][position] = (
                tuple(builder.insert_element(o, s, ir.IntType(32)(lane)) for o, s in zip(old, scalar, strict=True))
                if target.is_complex
                else builder.insert_element(old, scalar, ir.IntType(32)(lane))
            )


def _unit(builder, dual, subset, vectors, position):
    """Scalar number `position` (row-major over the units of `subset`) of a block."""
    if not subset:
        return vectors[0]
    width = dict(dual.levels)[subset[-1]]
    return field_of(dual.value).lane(builder, vectors[position // width], position % width)


@intrinsic
def tangents(typingctx, y, spec):
    """The derivatives of `y` in all directions of a level, as a tuple; zeros where `y` does not depend on it."""
    tag, width = _level(spec)
    y = types.unliteral(y)
    source = _as_float(y)
    below = _without(source, tag)
    result = types.UniTuple(below, width)

    def codegen(context, builder, sig, args):
        if not isinstance(source, DualType) or tag not in source.tags:
            return context.get_constant_null(result)
        coefficients = unpack(builder, source, args[0])
        lanes = [_lane_of(context, builder, source, below, coefficients, tag, lane) for lane in range(width)]
        return context.make_tuple(builder, result, lanes)

    return result(y, spec), codegen


def _without(type_, tag):
    if not isinstance(type_, DualType):
        return type_
    return dual_type(type_.value, tuple(level for level in type_.levels if level[0] != tag))


def _lane_of(context, builder, source, below, coefficients, tag, lane):
    """Direction `lane` of level `tag` (the last one of `source`) as a number over the levels below."""
    field = field_of(source.value)
    found: dict = {}
    for subset, vectors in coefficients.items():
        if tag not in subset:
            continue
        rest = subset[:-1]
        scalars = [field.lane(builder, vector, lane) for vector in vectors]
        found[rest] = scalars if not rest else _as_vectors(builder, source, rest, scalars)
    if not isinstance(below, DualType):
        return from_entry(context, builder, source.value, found[()][0])
    return pack(builder, below, found)


def _as_vectors(builder, source, subset, scalars):
    """Scalars in row-major order over `subset`, grouped in vectors over its last tag."""
    width = dict(source.levels)[subset[-1]]

    def vector(entries):
        result = ir.Constant(ir.VectorType(entries[0].type, width), None)
        for i, entry in enumerate(entries):
            result = builder.insert_element(result, entry, ir.IntType(32)(i))
        return result

    groups = [scalars[i : i + width] for i in range(0, len(scalars), width)]
    if source.is_complex:
        return [tuple(vector(parts) for parts in zip(*group, strict=True)) for group in groups]
    return [vector(group) for group in groups]


@intrinsic
def primal(typingctx, y, spec):
    """`y` without the level of `spec`: its value, which may carry levels of outer derivatives."""
    tag, _ = _level(spec)
    y = types.unliteral(y)
    below = _without(y, tag)

    def codegen(context, builder, sig, args):
        if below == y:
            return args[0]
        coefficients = unpack(builder, y, args[0])
        if not isinstance(below, DualType):
            return from_entry(context, builder, y.value, coefficients[()][0])
        return pack(builder, below, {s: v for s, v in coefficients.items() if tag not in s})

    return below(y, spec), codegen


@intrinsic
def width_of(typingctx, level):
    """Number of directions of a level."""
    _, width = _level(level)
    return types.intp(level), lambda context, builder, sig, args: context.get_constant(types.intp, width)


@intrinsic
def seeded_along_dtype(typingctx, x, level, tangent):
    """Element type of array `x` over the levels of `level` and of its tangents, as a dtype."""
    levels = merge_levels([x.dtype, tangent.dtype, dual_type(types.float64, level.levels)])
    value = typingctx.unify_types(primal_type(x.dtype), primal_type(tangent.dtype))
    dtype = types.DType(dual_type(value, levels))
    return dtype(x, level, tangent), lambda context, builder, sig, args: context.get_dummy_value()


@intrinsic
def tangent_dtype(typingctx, y, spec):
    """Type of one derivative of `y` (a number, or an array of them), as a dtype."""
    tag, _ = _level(spec)
    element = y.dtype if isinstance(y, types.Array) else types.unliteral(y)
    dtype = types.DType(_without(_as_float(element), tag))

    def codegen(context, builder, sig, args):
        return context.get_dummy_value()

    return dtype(y, spec), codegen


@register_jitable
def seed_array(x, spec, first, unit):
    """Array `x` with a unit in lane `i - first` of element `i`, counted in C order."""
    seeded = np.empty(x.shape, lifted_dtype(x, spec))
    flat = seeded.reshape(-1)
    i = 0
    for element in x.flat:
        flat[i] = seed(element, spec, i - first, unit)
        i += 1
    return seeded


@register_jitable
def seed_vector(x, spec, first, unit):
    """`seed_array` for one dimension, where plain indices are faster than an iterator."""
    seeded = np.empty(x.shape, lifted_dtype(x, spec))
    for i in range(x.size):
        seeded[i] = seed(x[i], spec, i - first, unit)
    return seeded


@register_jitable
def reseed(seeded, level, before, first, unit):
    """Move the units of a seeded array from the chunk at `before` to that at `first`, touching no other element."""
    flat = seeded.reshape(-1)
    width = width_of(level)
    for start in (before, first):
        for i in range(max(start, 0), min(start + width, flat.size)):
            flat[i] = seed(primal(flat[i], level), level, i - first, unit)


@register_jitable
def reseed_pair(seeded, inner, outer, rows_before, columns_before, row, column, unit):
    """`reseed` for the two levels of a Hessian sweep."""
    flat = seeded.reshape(-1)
    for start in (rows_before, row):
        for i in range(max(start, 0), min(start + width_of(inner), flat.size)):
            value = primal(primal(flat[i], outer), inner)
            flat[i] = seed(seed(value, inner, i - row, unit), outer, i - column, unit)
    for start in (columns_before, column):
        for i in range(max(start, 0), min(start + width_of(outer), flat.size)):
            value = primal(primal(flat[i], outer), inner)
            flat[i] = seed(seed(value, inner, i - row, unit), outer, i - column, unit)


@register_jitable
def primal_array(y, spec):
    """The values of an array of numbers."""
    values = np.empty(y.shape, tangent_dtype(y, spec))
    flat = values.reshape(-1)
    i = 0
    for element in y.flat:
        flat[i] = primal(element, spec)
        i += 1
    return values


@register_jitable
def store_tangents(y, spec, row, first, count):
    """Derivatives of the number `y` into `row[first : first + count]`."""
    found = tangents(y, spec)
    for k in range(count):
        row[first + k] = found[k]


@register_jitable
def store_jacobian(y, spec, matrix, first, count):
    """Derivatives of every element of array `y` into columns `first ... first + count` of `matrix`."""
    i = 0
    for element in y.flat:
        found = tangents(element, spec)
        for k in range(count):
            matrix[i, first + k] = found[k]
        i += 1


@register_jitable
def store_hessian(y, inner, outer, matrix, row, column):
    """The cross block of `y` into `matrix`, at `row` and `column` and at their mirror image."""
    n = matrix.shape[0]
    j = column
    for slope in tangents(y, outer):
        i = row
        for entry in tangents(slope, inner):
            if i < n and j < n and i <= j:
                matrix[i, j] = entry
                matrix[j, i] = entry
            i += 1
        j += 1


@register_jitable
def store_slopes(y, inner, outer, gradient, first):
    """First derivatives of `y` by the directions of the outer level into `gradient`."""
    k = first
    for slope in tangents(y, outer):
        if k < gradient.size:
            gradient[k] = primal(slope, inner)
        k += 1


#: Relative difference between the derivatives along both axes of the complex plane that rounding explains.
_CAUCHY_RIEMANN = 1e-6


@register_jitable
def holomorphic(along_real, along_imaginary):
    """The complex derivative, after checking the Cauchy-Riemann equations.

    `along_imaginary` is the derivative in direction i; of a holomorphic function it is i times the other one.
    """
    for index in np.ndindex(along_real.shape):
        a, b = along_real[index], along_imaginary[index]
        if abs(b - 1j * a) > _CAUCHY_RIEMANN * (abs(a) + abs(b)):
            raise ValueError(
                "the function is not holomorphic here: it has no complex derivative; use jvp for directions in the plane"
            )
    return along_real


@register_jitable
def conjugate_gradient(along_real, along_imaginary):
    """Gradient of a real function of complex inputs: df/dx - i df/dy."""
    return along_real - 1j * along_imaginary
