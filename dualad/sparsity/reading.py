"""Where the nonzeros of a matrix are read, in the order in which a sweep has them: no compressed matrix need be there as a whole.

A forward sweep ends with numbers whose lanes are a row of J S, so its readings are sorted by rows; a reverse sweep gives a row
of W^T J, so that its readings are sorted by colours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from .coloring import Coloring

__all__ = ["Reading", "forward_reading", "reverse_reading", "same_structure"]


class Reading(NamedTuple):
    """What is read from sweeps in one mode.

    Attributes
    ----------
    colors : int64 array
        Colour of each input (forward) or output (reverse), -1 for none.
    number : int
        Number of colours.
    rows, columns : int
        Shape of the matrix.
    start : int64 array
        Readings of row i (forward), or of colour i (reverse), are those from `start[i]` to `start[i + 1] - 1`.
    position : int32 or int64 array
        Number of the nonzero that is read.
    item : int32 or int64 array
        Its colour (forward), or its column (reverse).
    """

    colors: np.ndarray
    number: int
    rows: int
    columns: int
    start: np.ndarray
    position: np.ndarray
    item: np.ndarray


def forward_reading(coloring: Coloring) -> Reading:
    """What is read from J S."""
    rows, columns = coloring.row_colors.size, coloring.column_colors.size
    start, position, item = _sorted(coloring.line, coloring.color, coloring.side == 0, rows)
    return _compact(Reading(coloring.column_colors, coloring.column_count, rows, columns, start, position, item))


def reverse_reading(coloring: Coloring) -> Reading:
    """What is read from W^T J."""
    rows, columns = coloring.row_colors.size, coloring.column_colors.size
    start, position, item = _sorted(coloring.color, coloring.line, coloring.side == 1, coloring.row_count)
    return _compact(Reading(coloring.row_colors, coloring.row_count, rows, columns, start, position, item))


def _compact(reading: Reading) -> Reading:
    """Half of the memory, which a sweep reads as a whole, where that is enough."""
    if max(reading.position.size, reading.start.size, int(np.max(reading.item, initial=0))) >= 2**31:
        return reading
    return reading._replace(position=reading.position.astype(np.int32), item=reading.item.astype(np.int32))


@njit(cache=True)
def same_structure(indptr, indices, other_indptr, other_indices):
    """Whether two matrices have their nonzeros in the same places."""
    if indptr.size != other_indptr.size or indices.size != other_indices.size:
        return False
    different = 0
    for k in range(indptr.size):
        different |= indptr[k] ^ other_indptr[k]
    for k in range(indices.size):
        different |= indices[k] ^ other_indices[k]
    return different == 0


@njit(cache=True)
def _sorted(group, item, mine, groups):
    """Counting sort of the nonzeros that are read here by their group."""
    start = np.zeros(groups + 1, np.int64)
    for k in range(mine.size):
        if mine[k]:
            start[group[k] + 1] += 1
    start = np.cumsum(start)
    at, position, items = start[:-1].copy(), np.empty(start[-1], np.int64), np.empty(start[-1], np.int64)
    for k in range(mine.size):
        if mine[k]:
            where = at[group[k]]
            position[where], items[where] = k, item[k]
            at[group[k]] += 1
    return start, position, items
