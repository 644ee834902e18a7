"""What adjoints call where they run on cotangents of several outputs at once (see `linear`)."""

from __future__ import annotations

from functools import cache

import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic, overload, register_jitable
from numba.np import arrayobj

from ..rules.strong import strong
from .compiler import TwinDispatcher
from .lift import lifted_dtype
from .linear import is_row
from .results import lanes_in
from .seed import put_unit, seed
from .singular import strong_product
from .substitutes import substitute
from .types import ROWS, Levels

__all__ = ["rows_level", "store_rows", "unit_rows"]


def rows_level(width: int) -> Levels:
    """The level of so many rows at once."""
    return Levels(((ROWS, width),))


@cache
def unit_rows(output: types.Type, width: int) -> TwinDispatcher:
    """The function `unit(output, row)`, as `dualad.reverse.units.unit_row` gives it, for the rows `row ... row + width`."""
    is_array = isinstance(output, types.Array)
    number = output.dtype if is_array else output
    is_complex = isinstance(number, types.Complex)
    spec, zero = rows_level(width), getattr(np, str(number))(0.0)

    if is_array:

        def unit(output, row):
            cotangents = np.empty(output.shape, lifted_dtype(output, spec))
            flat = cotangents.reshape(-1)
            for i in range(flat.size):
                flat[i] = seed(zero, spec, -1, 1.0)
            for lane in range(width):
                put_unit(flat, row + lane, spec, lane, 1.0)
                if is_complex:
                    put_unit(flat, row + lane - flat.size, spec, lane, 1j)
            return cotangents

    elif is_complex:

        def unit(output, row):
            return seed(zero, spec, -row, 1.0) + seed(zero, spec, 1 - row, 1j)

    else:

        def unit(output, row):
            return seed(zero, spec, -row, 1.0)

    return TwinDispatcher(unit)


@intrinsic
def put_column(typingctx, rows, first, column, bar, spec):
    """Column `column` of the rows `first, first + 1, ...` of a C matrix, from the directions of a cotangent; no further rows."""
    given = rows, types.intp, types.intp, types.unliteral(bar), spec

    def codegen(context, builder, sig, args):
        rows, first, column, bar, _ = args
        matrix = arrayobj.make_array(sig.args[0])(context, builder, rows)
        total, columns = cgutils.unpack_tuple(builder, matrix.shape)
        ((tag, width),) = spec.levels
        lanes = lanes_in(context, builder, sig.args[3], bar, tag, width, sig.args[0].dtype)
        number = columns.type

        def store(lane, value):
            place = builder.add(builder.mul(builder.add(first, number(lane)), columns), column)
            arrayobj.store_item(context, builder, sig.args[0], value, builder.gep(matrix.data, [place]))

        left = builder.sub(total, first)
        with builder.if_else(builder.icmp_signed(">=", left, number(width))) as (all_of_them, some):
            with all_of_them:
                for lane, value in enumerate(lanes):
                    store(lane, value)
            with some:
                for lane, value in enumerate(lanes[:-1]):
                    with builder.if_then(builder.icmp_signed(">", left, number(lane))):
                        store(lane, value)
        return context.get_dummy_value()

    return types.none(*given), codegen


def store_rows(rows, first, bars, spec):
    """Rows `first, first + 1, ...` of a matrix with a column for each number of an input, from the cotangents of that."""
    raise NotImplementedError("only inside compiled code")


@overload(store_rows)
def _store_rows(rows, first, bars, spec):
    if not isinstance(bars, types.Array):
        return lambda rows, first, bars, spec: put_column(rows, first, 0, bars, spec)
    if bars.ndim == 1:  # plain indices are faster than an iterator

        def vector(rows, first, bars, spec):
            for i in range(bars.size):
                put_column(rows, first, i, bars[i], spec)

        return vector

    def array(rows, first, bars, spec):
        i = 0
        for bar in bars.flat:
            put_column(rows, first, i, bar, spec)
            i += 1

    return array


@substitute(strong)
def _strong(original, cotangent, partial):
    if is_row(cotangent):
        return lambda *args: strong_product(args[0], args[1])
    plain = register_jitable(original)
    return lambda *args: plain(args[0], args[1])
