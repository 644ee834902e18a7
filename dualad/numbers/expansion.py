"""Power series put together and taken apart.

A line `x + t v` goes into a sweep, coefficients come out of it; a rule of the user's takes values and slopes along `t` and gives a
slope. Everything here is called from generated code only. A *spec* is the `Levels` constant of the level of series.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.errors import NumbaTypeError
from numba.extending import intrinsic, register_jitable
from numba.np import arrayobj

from .entries import field_of, from_entry
from .field import lanes_type
from .model import pack, real_llvm, unpack
from .seed import as_float, known_over, level_of, seeded_along_dtype
from .types import SERIES, DualType, dual_type, merge_levels, primal_type, without_level


@intrinsic
def seed_line(typingctx, x, spec, v):
    """The series `x + t v` of two numbers."""
    level = level_of(spec)
    value = typingctx.unify_types(*(as_float(types.unliteral(primal_type(z))) for z in (x, v)))
    levels = merge_levels([types.unliteral(x), types.unliteral(v), dual_type(value, (level,))])
    target = DualType(value, levels)

    def codegen(context, builder, sig, args):
        coefficients = known_over(context, builder, sig.args[0], args[0], target)
        for subset, vectors in known_over(context, builder, sig.args[2], args[2], target).items():
            whole = (SERIES, *subset)
            zero = ir.Constant(lanes_type(real_llvm(value), target.lanes(whole)), None)
            rest = target.vectors(whole) - len(vectors)
            coefficients[whole] = [*vectors, *([(zero, zero) if target.is_complex else zero] * rest)]
        return pack(builder, target, coefficients)

    return target(types.unliteral(x), spec, types.unliteral(v)), codegen


@register_jitable
def seed_lines(x, spec, v):
    """`seed_line` for arrays of one shape."""
    seeded = np.empty(x.shape, seeded_along_dtype(x, spec, v))
    flat, along = seeded.reshape(-1), np.ascontiguousarray(v).reshape(-1)
    i = 0
    for element in x.flat:
        flat[i] = seed_line(element, spec, along[i])
        i += 1
    return seeded


@intrinsic
def store_series(typingctx, rows, i, y, spec):
    """All coefficients of `y` into column `i` of a C array of shape (order + 1, columns); zeros where it has none."""
    order = level_of(spec)[1]
    source = as_float(types.unliteral(y))
    below = without_level(source, SERIES)

    def codegen(context, builder, sig, args):
        array = arrayobj.make_array(sig.args[0])(context, builder, args[0])
        columns = builder.extract_value(array.shape, 1)
        for k, number in enumerate(_coefficients(context, builder, source, below, sig.args[2], args[2], order)):
            place = builder.add(args[1], builder.mul(columns, columns.type(k)))
            stored = context.cast(builder, number, below, rows.dtype)
            arrayobj.store_item(context, builder, rows, stored, builder.gep(array.data, [place]))
        return context.get_dummy_value()

    return types.none(rows, types.intp, types.unliteral(y), spec), codegen


def _coefficients(context, builder, source, below, given, y, order: int) -> list:
    """Coefficients of order 0 ... `order` as numbers over the other levels."""
    if not isinstance(source, DualType) or SERIES not in source.tags:
        number = context.cast(builder, y, given, below)
        return [number] + [context.get_constant_null(below)] * order
    blocks = unpack(builder, source, y)

    def packed(found):
        if isinstance(below, DualType):
            return pack(builder, below, found)
        return from_entry(context, builder, below, found[()][0])

    def part(k: int):
        """The blocks of coefficient `k`: those of a series are row-major, and its order comes first."""
        found = {}
        for subset in below.subsets() if isinstance(below, DualType) else ((),):
            whole = blocks[SERIES, *subset]
            count = len(whole) // order
            found[subset] = whole[(k - 1) * count : k * count]
        return found

    lowest = {subset: vectors for subset, vectors in blocks.items() if SERIES not in subset}
    return [packed(lowest), *(packed(part(k)) for k in range(1, order + 1))]


# values and slopes along `t`, of numbers over no other level


def shorter_type(x: DualType) -> types.Type:
    """Type of a series of one order less."""
    ((tag, order),) = x.levels
    return dual_type(x.value, ((tag, order - 1),) if order > 1 else ())


def _series(context, builder, type_: types.Type, entries: list):
    """A number of the type `type_` whose coefficients, the value first, are `entries`."""
    if not isinstance(type_, DualType):
        return from_entry(context, builder, type_, entries[0])
    return pack(builder, type_, {(): entries[:1], (SERIES,): entries[1:]})


def _scaled(builder, field, entry, factor: float):
    return entry if factor == 1.0 else field.mul(builder, entry, field.constant(entry, factor))


@intrinsic
def shortened(typingctx, x):
    """A series without its last coefficient."""
    result = shorter_type(x)

    def codegen(context, builder, sig, args):
        blocks = unpack(builder, x, args[0])
        return _series(context, builder, result, [*blocks[()], *blocks[SERIES,][:-1]])

    return result(x), codegen


@intrinsic
def slope(typingctx, x):
    """The derivative of a series along its variable, to one order less."""
    result, field = shorter_type(x), field_of(x.value)

    def codegen(context, builder, sig, args):
        coefficients = unpack(builder, x, args[0])[SERIES,]
        slopes = [_scaled(builder, field, entry, float(k + 1)) for k, entry in enumerate(coefficients)]
        return _series(context, builder, result, slopes)

    return result(x), codegen


@intrinsic
def integrated(typingctx, y, spec, dot):
    """The series with the value of `y` and the slope `dot`, in the precision of `y`."""
    y, dot = types.unliteral(y), types.unliteral(dot)
    value = primal_type(y)
    level = level_of(spec)
    if isinstance(primal_type(dot), types.Complex) and not isinstance(value, types.Complex):
        raise NumbaTypeError("a rule gives a complex tangent where the function gives a real number")
    result = DualType(value, (level,))
    field = field_of(value)

    def codegen(context, builder, sig, args):
        first = known_over(context, builder, y, args[0], result)[()]
        blocks = known_over(context, builder, dot, args[2], result)
        slopes = [*blocks[()], *blocks.get((SERIES,), [])]
        rest = [_scaled(builder, field, entry, 1.0 / (k + 1)) for k, entry in enumerate(slopes)]
        rest += [field.constant(first[0], 0.0)] * (level[1] - len(rest))
        return _series(context, builder, result, [*first, *rest])

    return result(y, spec, dot), codegen
