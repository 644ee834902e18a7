"""Arrays for large results, in memory that is kept between calls as that of records is.

Fresh memory takes a page fault for each 4 KiB, which costs more than it takes to fill them. An array that a caller has let go of
serves the next result.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from .allocator import SMALLEST
from .placed import placed

__all__ = ["copied", "new_array"]

_empty: Any = placed(np.empty, 0)
_copy: Any = placed(np.copy, 0)


@njit(cache=True)
def _made(size, like):  # type: ignore[no-untyped-def]
    return _empty(size, like.dtype)


@njit(cache=True)
def _copied(array):  # type: ignore[no-untyped-def]
    return _copy(array)


def new_array(size: int, dtype: Any) -> np.ndarray:
    """An array of one axis, with anything in it."""
    dtype = np.dtype(dtype)
    if size * dtype.itemsize < SMALLEST:
        return np.empty(size, dtype)
    return _made(size, np.empty(0, dtype))  # type: ignore[no-any-return]


def copied(array: np.ndarray) -> np.ndarray:
    """A copy of an array of one axis."""
    return array.copy() if array.nbytes < SMALLEST else _copied(array)  # type: ignore[no-any-return]
