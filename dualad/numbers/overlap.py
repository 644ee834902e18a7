"""Whether two arrays may share memory.

A seeded argument is a copy. Where the function writes one array and reads another that is, to the user, the same memory,
the copies would no longer follow each other: drivers refuse that rather than give a wrong derivative.
"""

from __future__ import annotations

from numba.core import cgutils, types
from numba.extending import intrinsic
from numba.np import arrayobj


@intrinsic
def may_overlap(typingctx, a, b):
    """True if the memory spans of two arrays intersect."""
    if not isinstance(a, types.Array) or not isinstance(b, types.Array):
        return None

    def codegen(context, builder, sig, args):
        spans = [_span(context, builder, kind, value) for kind, value in zip(sig.args, args, strict=True)]
        return arrayobj.extents_may_overlap(context, builder, *spans[0], *spans[1])

    return types.boolean(a, b), codegen


may_overlap.__dualad_reads__ = True  # for those who look for writes


def _span(context, builder, kind, value):
    array = arrayobj.make_array(kind)(context, builder, value)
    shapes = cgutils.unpack_tuple(builder, array.shape)
    strides = cgutils.unpack_tuple(builder, array.strides)
    return arrayobj.get_array_memory_extents(context, builder, kind, array, shapes, strides, array.data)
