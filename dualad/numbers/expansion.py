"""The two ends of a sweep on power series: a line `x + t v` goes in, coefficients come out.

Everything here is called from generated drivers only. A *spec* is the `Levels` constant of the level of series.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, register_jitable
from numba.np import arrayobj

from .entries import from_entry
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
