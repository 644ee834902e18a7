"""Calls that are resolved when translating: each gives a value, or None to stay an operation."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba.core import types
from numba.core.inline_closurecall import length_of_iterator
from numba.misc.special import literal_unroll, literally
from numba.np.numpy_support import as_dtype
from numba.np.unsafe.ndarray import empty_inferred
from numba.parfors.parfor import internal_prange

from .iterate import Enumerated, Indices, Range, Sequence, Zipped, as_sequence, getiter
from .tree import Const, Slice

__all__ = ["RESOLVED", "shape_of"]


def _range(t, args, kwargs, kind, signature):
    zero, one = Const(0, types.intp), Const(1, types.intp)
    if len(args) == 1:
        return Range(zero, args[0], one)
    return Range(args[0], args[1], args[2] if len(args) > 2 else one)


def _slice(t, args, kwargs, kind, signature):
    none = Const(None, types.none)
    if len(args) == 1:
        return Slice(none, args[0], none)
    return Slice(args[0], args[1], args[2] if len(args) > 2 else none)


def _len(t, args, kwargs, kind, signature):
    if isinstance(args[0], tuple):
        return Const(len(args[0]), types.intp)
    return args[0].length(t) if isinstance(args[0], Sequence) else None


def _sequence(t, value, kind):
    return as_sequence(t, value, types.unliteral(kind))


def _enumerate(t, args, kwargs, kind, signature):
    start = args[1] if len(args) > 1 else kwargs.get("start", Const(0, types.intp))
    return getiter(t, Enumerated(_sequence(t, args[0], signature.args[0]), start), None)


def _zip(t, args, kwargs, kind, signature):
    inner = tuple(_sequence(t, a, k) for a, k in zip(args, signature.args, strict=True))
    return getiter(t, Zipped(inner), None)


def _ndindex(t, args, kwargs, kind, signature):
    shape = args[0] if len(args) == 1 and isinstance(args[0], tuple) else args
    return getiter(t, Indices(tuple(shape)), None)


def _ndenumerate(t, args, kwargs, kind, signature):
    return getiter(t, Indices(shape_of(t, args[0]), args[0]), None)


def _shape(t, args, kwargs, kind, signature):
    return shape_of(t, args[0]) if isinstance(getattr(args[0], "type", None), types.Array) else None


def shape_of(t, array):
    """The lengths of an array's axes."""
    return t.emit(getattr, (array, Const("shape", types.unicode_type)), types.UniTuple(types.intp, array.type.ndim))


def _same(t, args, kwargs, kind, signature):
    return args[0]


def _tuple(t, args, kwargs, kind, signature):
    if not args:
        return ()
    return args[0] if isinstance(args[0], tuple) else None


def _length_of_iterator(t, args, kwargs, kind, signature):
    """How long an array that a comprehension fills will be."""
    iterator = args[0]
    return iterator.sequence.length(t) if isinstance(iterator.sequence, Range) else iterator.bounds[1]


def _empty_inferred(t, args, kwargs, kind, signature):
    """An array whose type follows from what is stored."""
    dtype = Const(as_dtype(kind.dtype).type, types.NumberClass(kind.dtype))
    return t.emit(np.empty, args, kind, (("dtype", dtype),))


def _bool(t, args, kwargs, kind, signature):
    """Numba tests conditions by bool(), which a condition needs not."""
    return args[0] if isinstance(getattr(args[0], "type", None), types.Boolean) else None


def _least(function):
    """`min` and `max` of more than two numbers, or of a tuple, two at a time."""

    def resolve(t, args, kwargs, kind, signature):
        members = args[0] if len(args) == 1 else args
        if len(args) == 2 or kwargs or not isinstance(members, tuple) or not isinstance(kind, types.Number):
            return None
        first, *others = (t.convert(member, kind) for member in members)
        for other in others:
            first = t.emit(function, (first, other), kind)
        return first

    return resolve


def _sum(t, args, kwargs, kind, signature):
    if not isinstance(args[0], tuple) or not isinstance(kind, types.Number):
        return None
    total = t.convert(args[1] if len(args) > 1 else kwargs.get("start", Const(0, types.intp)), kind)
    for member in args[0]:
        total = t.emit(operator.add, (total, t.convert(member, kind)), kind)
    return total


def _divmod(t, args, kwargs, kind, signature):
    return tuple(t.emit(f, args, k) for f, k in zip((operator.floordiv, operator.mod), kind.types, strict=True))


#: {function: `resolve(translator, args, kwargs, type, signature)`}
RESOLVED: dict[Any, Callable[..., Any]] = {
    divmod: _divmod,
    max: _least(max),
    min: _least(min),
    sum: _sum,
    range: _range,
    numba.prange: _range,
    internal_prange: _range,
    slice: _slice,
    len: _len,
    enumerate: _enumerate,
    zip: _zip,
    np.ndindex: _ndindex,
    np.ndenumerate: _ndenumerate,
    np.shape: _shape,
    literal_unroll: _same,
    literally: _same,
    iter: lambda t, args, kwargs, kind, signature: getiter(t, args[0], types.unliteral(signature.args[0])),
    tuple: _tuple,
    bool: _bool,
    length_of_iterator: _length_of_iterator,
    empty_inferred: _empty_inferred,
}
