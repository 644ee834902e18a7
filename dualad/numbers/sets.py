"""Index sets: numbers that know which inputs they depend on, and nothing of how.

A level with the tag `SETS` holds, in the place of tangents, a set of up to `BITS` groups of inputs, a bit for each one; the bits
lie in the low halves of the lanes of an ordinary level, so that all that moves, stores and selects numbers serves sets as
well. The chain rule unites the sets of those arguments whose partial is not zero identically, whatever its value is: a
dependence is never missed because a factor happens to vanish. One sweep so finds the sparsity of a Jacobian.
Reference: Griewank and Walther, Evaluating Derivatives (2008), section 7.1.
"""

from __future__ import annotations

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from ..sparsity.words import LANE_BITS, LANES
from ..workspace import reveal
from .entries import convert, to_entry
from .field import bits_of, union, with_lane
from .linear import refuse_value
from .model import pack, real_llvm, unpack
from .types import SETS, DualType, Levels, lifted_type

LEVEL = (SETS, LANES)
SPEC = Levels((LEVEL,))


def reveals(builder, type_) -> None:
    """Note that the plain value of a number is taken out: it may steer the program."""
    refuse_value(type_)
    if isinstance(type_, DualType) and SETS in type_.tags:
        reveal.emit(builder)


@intrinsic
def seed_set(typingctx, x, words, row):
    """The number `x` with the set whose bits stand in `words[row]`, LANES whole numbers of LANE_BITS bits."""
    source = types.float64 if isinstance(x, (types.Integer, types.Boolean)) else types.unliteral(x)
    target = lifted_type(source, (LEVEL,))

    def codegen(context, builder, sig, args):
        given = sig.args[0]
        if isinstance(given, DualType):
            blocks = convert(context, builder, given.value, target.value, unpack(builder, given, args[0]))
        else:
            number = context.cast(builder, args[0], given, target.value)
            blocks = {(): [to_entry(context, builder, target.value, number)]}
        real = real_llvm(target.value)
        bits = ir.IntType(64 if real == ir.DoubleType() else 32)
        array = context.make_array(sig.args[1])(context, builder, args[1])
        first = builder.mul(args[2], args[2].type(LANES))
        lanes = ir.Constant(ir.VectorType(real, LANES), None)
        for lane in range(LANES):
            word = builder.load(builder.gep(array.data, [builder.add(first, args[2].type(lane))]))
            word = builder.zext(word, bits) if bits.width > word.type.width else word
            lanes = with_lane(builder, lanes, builder.bitcast(word, real), lane)
        blocks[(SETS,)] = [(lanes, lanes) if target.is_complex else lanes]
        return pack(builder, target, blocks)

    return target(types.unliteral(x), words, types.intp), codegen


@intrinsic
def put_set(typingctx, y, words, row):
    """Write the set of `y` into `words[row]`; an empty one for what is no such number."""
    source = types.unliteral(y)

    def codegen(context, builder, sig, args):
        array = context.make_array(sig.args[1])(context, builder, args[1])
        first = builder.mul(args[2], args[2].type(LANES))
        word = ir.IntType(LANE_BITS)
        vector = None
        if isinstance(source, DualType) and (SETS,) in source.subsets():
            entry = unpack(builder, source, args[0])[(SETS,)][0]
            parts = entry if isinstance(entry, tuple) else (entry,)
            vector = parts[0]
            for part in parts[1:]:
                vector = union(builder, vector, part)
        for lane in range(LANES):
            bits = word(0)
            if vector is not None:
                scalar = builder.extract_element(vector, ir.IntType(32)(lane))
                bits = builder.bitcast(scalar, bits_of(scalar.type))
                bits = builder.trunc(bits, word) if bits.type.width > LANE_BITS else bits
            builder.store(bits, builder.gep(array.data, [builder.add(first, args[2].type(lane))]))
        return context.get_dummy_value()

    return types.none(source, words, types.intp), codegen
