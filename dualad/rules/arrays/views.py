"""Calls that move no derivative themselves: views, new arrays, and results that do not depend smoothly on anything.

`VIEWS` share the memory of their first argument: the same call on its cotangent is the cotangent of the result. (Not so
for views that values decide, `trim_zeros`, or strides in bytes, `as_strided`.)

`MAYBE_VIEWS` share it or copy, as layouts and types fall, or give a view that must not be written to. Where the result is a
copy, or neither array is written to while both are in use, the pullback holds (`PULLBACK_OF`).

`FRESH` are new arrays that depend on no argument but in shape and type. `INACTIVE` results are integers, booleans, or
piecewise constant.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .arguments import Argument, read_arguments

__all__ = ["ATTRIBUTE_VIEWS", "FRESH", "INACTIVE", "MAYBE_VIEWS", "VIEWS"]

Call = Any  # a callable; NumPy's have too many shapes for a type

#: The call -> its arguments, the viewed array first. In Numba a reshape never copies: it fails where it would have to.
VIEWS: dict[Call, tuple[Argument, ...]] = {
    call: read_arguments("view", arguments)
    for call, arguments in {
        np.transpose: "a axes=None",
        np.swapaxes: "a axis1 axis2",
        np.moveaxis: "a source destination",
        np.expand_dims: "a axis",
        np.reshape: "a shape",
        np.atleast_1d: "a",
        np.atleast_2d: "a",
        np.atleast_3d: "a",
        np.flip: "m",
        np.fliplr: "m",
        np.flipud: "m",
        np.rot90: "m k=1",
        np.real: "val",
        np.lib.stride_tricks.sliding_window_view: "x window_shape axis=None",
    }.items()
}

#: Attributes that are views. The imaginary part is none: its cotangent enters with the other sign (`PULLBACKS["imag"]`).
ATTRIBUTE_VIEWS = frozenset({"T", "real"})

MAYBE_VIEWS: frozenset[Call] = frozenset(
    {
        np.ravel,  # a view of arrays in C order, else a copy
        np.asarray,  # the array itself unless another type is asked for
        np.asarray_chkfinite,
        np.ascontiguousarray,  # the array itself if it is contiguous, which is settled when running
        np.asfortranarray,
        np.broadcast_to,
        np.imag,
    }
)

FRESH: frozenset[Call] = frozenset(
    {
        np.zeros, np.empty, np.ones, np.zeros_like, np.empty_like, np.ones_like, np.eye, np.identity, np.tri,
        np.indices, np.hamming, np.hanning, np.bartlett, np.blackman,
    }
)  # fmt: skip

INACTIVE: frozenset[Call] = frozenset(
    {
        np.argsort, np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.argpartition, np.argwhere, np.nonzero,
        np.flatnonzero, np.count_nonzero, np.searchsorted, np.digitize, np.any, np.all, np.allclose, np.isclose,
        np.array_equal, np.isin, np.shape, np.size, np.ndim, np.iscomplex, np.isreal, np.iscomplexobj, np.isrealobj,
        np.isscalar, np.isneginf, np.isposinf, np.round, np.around, np.tril_indices, np.triu_indices,
        np.tril_indices_from, np.triu_indices_from, np.histogram, np.broadcast_shapes, np.shares_memory,
        np.may_share_memory, np.linalg.matrix_rank, np.ndindex,
    }
)  # fmt: skip
