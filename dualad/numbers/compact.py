"""Seeded inputs in little memory: a value and the direction of its one tangent, which is 1.

An array of inputs that is only read need not hold its numbers as they stand in registers: what is read of it is made into a
number on the way. A million of them with 8 directions take 16 MB in place of 72, which a sweep over large arrays waits for.

Nothing but a driver makes such elements. All that is read of them is a `DualType`; what would write one, as a copy in a list, does
not compile, so that a driver that tries them must have another way.
"""

from __future__ import annotations

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import register_default
from numba.core.errors import NumbaTypeError
from numba.extending import intrinsic
from numba.np import arrayobj

from .model import DualModel, pack, real_llvm
from .seed import level_of, one_hot
from .types import CompactType

__all__ = ["compact_dtype", "compact_type", "put_compact"]


def compact_type(type_: types.Type, level: tuple[int, int]) -> types.Type | None:
    """Type of a fresh C array of compact elements for one of plain reals; None where there is none."""
    if not isinstance(type_, types.Array) or not type_.ndim or not isinstance(type_.dtype, types.Float):
        return None
    return types.Array(CompactType(type_.dtype, (level,)), type_.ndim, "C")


@register_default(CompactType)
class CompactModel(DualModel):
    """A number in registers, `{value, direction + 1}` in memory, of two words of one size; all zeros is a zero without tangent."""

    def __init__(self, dmm, fe_type):
        super().__init__(dmm, fe_type)
        real = real_llvm(fe_type.value)
        self._lane = ir.IntType(32 if isinstance(real, ir.FloatType) else 64)
        self._record = ir.LiteralStructType([real, self._lane])

    def get_data_type(self):
        return self._record

    def as_data(self, builder, value):
        raise NumbaTypeError("compact elements are not written")

    def from_data(self, builder, value):
        dual = self.fe_type
        ((tag, width),) = dual.levels
        real = builder.extract_value(value, 0)
        lane = builder.sub(builder.extract_value(value, 1), self._lane(1))
        tangents = one_hot(builder, ir.Constant(real.type, 1.0), lane, width)
        return pack(builder, dual, {(): [real], (tag,): [tangents]})


@intrinsic
def compact_dtype(typingctx, x, spec):
    """The element type of array `x` with one direction of a level for each, as a dtype."""
    dtype = types.DType(CompactType(x.dtype, (level_of(spec),)))
    return dtype(x, spec), lambda context, builder, sig, args: context.get_dummy_value()


@intrinsic
def put_compact(typingctx, array, i, value, lane):
    """Make element `i` of a C array of one axis `value` with the tangent 1 in direction `lane`; with none where that is outside."""

    def codegen(context, builder, sig, args):
        array, i, value, lane = args
        data = arrayobj.make_array(sig.args[0])(context, builder, array).data
        record = builder.gep(data, [i])
        _, word = record.type.pointee.elements
        number = builder.add(lane, lane.type(1))
        if word.width < lane.type.width:
            number = builder.trunc(number, word)
        for k, entry in enumerate((value, number)):
            builder.store(entry, cgutils.gep_inbounds(builder, record, 0, k))
        return context.get_dummy_value()

    element = array.dtype
    return types.none(array, types.intp, element.value, types.intp), codegen
