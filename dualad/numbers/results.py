"""Takes derivatives out of results: the end of a forward sweep. What goes in at its beginning is in `seed`.

Everything here is called from generated drivers only. A *spec* is the `Levels` constant of the level that a sweep adds.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, register_jitable
from numba.np import arrayobj

from .entries import field_of, from_entry
from .field import lanes_type, with_lane
from .model import pack, real_llvm, unpack
from .seed import as_float, level_of
from .sets import reveals
from .types import DualType, without_level


@intrinsic
def tangents(typingctx, y, spec):
    """The derivatives of `y` in all directions of a level, as a tuple; zeros where `y` does not depend on it."""
    tag, width = level_of(spec)
    y = types.unliteral(y)
    source = as_float(y)
    below = without_level(source, tag)
    result = types.UniTuple(below, width)

    def codegen(context, builder, sig, args):
        if not isinstance(source, DualType) or tag not in source.tags:
            return context.get_constant_null(result)
        coefficients = unpack(builder, source, args[0])
        lanes = [_lane_of(context, builder, source, below, coefficients, tag, lane) for lane in range(width)]
        return context.make_tuple(builder, result, lanes)

    return result(y, spec), codegen


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
    width = source.lanes(subset)

    def vector(entries):
        result = ir.Constant(lanes_type(entries[0].type, width), None)
        for i, entry in enumerate(entries):
            result = with_lane(builder, result, entry, i)
        return result

    groups = [scalars[i : i + width] for i in range(0, len(scalars), width)]
    if source.is_complex:
        return [tuple(vector(parts) for parts in zip(*group, strict=True)) for group in groups]
    return [vector(group) for group in groups]


@intrinsic
def primal(typingctx, y, spec):
    """`y` without the level of `spec`: its value, which may carry levels of outer derivatives."""
    tag, _ = level_of(spec)
    y = types.unliteral(y)
    below = without_level(y, tag)

    def codegen(context, builder, sig, args):
        if below == y:
            return args[0]
        coefficients = unpack(builder, y, args[0])
        if not isinstance(below, DualType):
            reveals(builder, y)
            return from_entry(context, builder, y.value, coefficients[()][0])
        return pack(builder, below, {s: v for s, v in coefficients.items() if tag not in s})

    return below(y, spec), codegen


@intrinsic
def tangent_dtype(typingctx, y, spec):
    """Type of one derivative of `y`, as a dtype.

    `y` is a number or an array of numbers, the Numba type of one, or that of a tuple of results whose derivatives share memory.
    """
    tag, _ = level_of(spec)
    given = y.instance_type if isinstance(y, (types.TypeRef, types.NumberClass)) else types.unliteral(y)
    members = given.types if isinstance(given, types.BaseTuple) else [given]
    elements = [as_float(member.dtype if isinstance(member, types.Array) else member) for member in members]
    dtype = types.DType(typingctx.unify_types(*(without_level(element, tag) for element in elements)))

    def codegen(context, builder, sig, args):
        return context.get_dummy_value()

    return dtype(y, spec), codegen


@intrinsic
def store_lanes(typingctx, array, start, begin, end, y, spec):
    """Derivatives of `y` in directions `begin ... end` into elements `start + begin ... start + end` of a C array.

    Indices are of the flat array and are not checked. The directions are cut to those of the level.
    """
    given = (array, types.intp, types.intp, types.intp, types.unliteral(y), spec)

    def codegen(context, builder, sig, args):
        _store(context, builder, sig, *args[:-1])
        return context.get_dummy_value()

    return types.none(*given), codegen


def _store(context, builder, sig, array, start, begin, end, y):
    """Stores without a branch where all directions are wanted, which is the case but at the edges."""
    array_type, kind, spec = sig.args[0], sig.args[-2], sig.args[-1]
    tag, width = level_of(spec)
    data = arrayobj.make_array(array_type)(context, builder, array).data
    lanes = lanes_in(context, builder, kind, y, tag, width, array_type.dtype)
    number = ir.IntType(64)

    def element(k):
        return builder.gep(data, [builder.add(start, k)])

    whole = builder.and_(builder.icmp_signed("<=", begin, number(0)), builder.icmp_signed(">=", end, number(width)))
    with builder.if_else(whole) as (then, otherwise):
        with then:
            # side by side, LLVM makes one vector of them
            for k, lane in enumerate(lanes):
                arrayobj.store_item(context, builder, array_type, lane, element(number(k)))
        with otherwise:
            kept = cgutils.alloca_once(builder, lanes[0].type, size=width)
            for k, lane in enumerate(lanes):
                builder.store(lane, builder.gep(kept, [number(k)]))
            low = builder.select(builder.icmp_signed(">", begin, number(0)), begin, number(0))
            high = builder.select(builder.icmp_signed("<", end, number(width)), end, number(width))
            with cgutils.for_range_slice(builder, low, high, number(1)) as (k, _):
                arrayobj.store_item(context, builder, array_type, builder.load(builder.gep(kept, [k])), element(k))


@intrinsic
def read_real(typingctx, y, place, spec):
    """One derivative in a C array of one axis, or in a number: real number `place` of all that it is in memory. Unchecked."""
    tag, _ = level_of(spec)
    y = types.unliteral(y)
    source = as_float(y.dtype if isinstance(y, types.Array) else y)
    depends = isinstance(source, DualType) and tag in source.tags
    result = without_level(source, tag)
    if depends and (isinstance(result, DualType) or source.is_complex):
        return None

    def codegen(context, builder, sig, args):
        if not depends:
            return context.get_constant_null(result)
        if isinstance(y, types.Array):
            numbers = arrayobj.make_array(y)(context, builder, args[0]).data
        else:
            numbers = cgutils.alloca_once_value(builder, args[0])
        real = real_llvm(source.value)
        place = builder.gep(builder.bitcast(numbers, real.as_pointer()), [args[1]])
        return builder.load(place, align=real.get_abi_alignment(context.target_data))

    return result(y, types.intp, spec), codegen


def lanes_in(context, builder, kind, y, tag, width, dtype):
    """The derivatives of `y` by each direction of a level, as values of `dtype`."""
    source = as_float(kind)
    below = without_level(source, tag)
    if not isinstance(source, DualType) or tag not in source.tags:
        zero = context.cast(builder, context.get_constant_null(below), below, dtype)
        return [zero] * width
    blocks = unpack(builder, source, y)
    lanes = (_lane_of(context, builder, source, below, blocks, tag, lane) for lane in range(width))
    return [context.cast(builder, lane, below, dtype) for lane in lanes]


@register_jitable
def mirror(matrix):
    """Make a square matrix symmetric to the last bit: the upper triangle into the lower one."""
    for i in range(matrix.shape[0]):
        for j in range(i):
            matrix[i, j] = matrix[j, i]


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
