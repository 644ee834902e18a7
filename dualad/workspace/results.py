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

__all__ = ["new_array"]

_empty: Any = placed(np.empty, 0)


@njit(cache=True)
def _made(size, like):  # type: ignore[no-untyped-def]
    return _empty(size, like.dtype)


def new_array(size: int, dtype: Any) -> np.ndarray:
    """An array of one axis, with anything in it."""
    dtype = np.dtype(dtype)
    if size * dtype.itemsize < SMALLEST:
        return np.empty(size, dtype)
    return _made(size, np.empty(0, dtype))  # type: ignore[no-any-return]
