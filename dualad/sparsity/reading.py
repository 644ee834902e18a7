"""Where the nonzeros of a matrix are read, so that no compressed matrix need be there as a whole.

What a forward sweep leaves, rows of J S, is looked up for one nonzero after the other: they are written side by side, and of what
is read, neighbours lie together. A reverse sweep leaves one row of W^T J, so that its readings are sorted by colours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from .coloring import Coloring

__all__ = ["ForwardReading", "ReverseReading", "forward_reading", "reverse_reading", "told_to_fill"]


class ForwardReading(NamedTuple):
    """What is read from J S.

    Attributes
    ----------
    colors : signed integer array, shape (columns,)
        Colour of each input, -1 for none.
    number : int
        Number of colours.
    rows, columns : int
        Shape of the matrix.
    width : int
        Colours of one sweep.
    place : int32 or int64 array, shape (nonzeros,)
        Where each nonzero is read, among all reals of the numbers that a sweep gives: a value and `width` tangents for each row.
    at_once : bool
        Whether one sweep gives all nonzeros, and `sweep` is empty.
    sweep : signed integer array, shape (nonzeros,)
        The sweep that gives each nonzero; -1 for one that is not read here.
    overwrites : bool
        Whether the function is known to write all elements of its output arguments, whatever they hold.
    """

    colors: np.ndarray
    number: int
    rows: int
    columns: int
    width: int
    place: np.ndarray
    at_once: bool
    sweep: np.ndarray
    overwrites: bool


class ReverseReading(NamedTuple):
    """What is read from W^T J.

    Attributes
    ----------
    colors : int64 array, shape (rows,)
        Colour of each output, -1 for none.
    number : int
        Number of colours.
    rows, columns : int
        Shape of the matrix.
    start : int64 array
        Readings of colour i are those from `start[i]` to `start[i + 1] - 1`.
    position : int64 array
        Number of the nonzero that is read.
    item : int64 array
        Its column.
    """

    colors: np.ndarray
    number: int
    rows: int
    columns: int
    start: np.ndarray
    position: np.ndarray
    item: np.ndarray


def forward_reading(coloring: Coloring, width: int) -> ForwardReading:
    """What is read from J S by sweeps of `width` colours.

    A sweep goes through all of it, and what it does not read from memory is time won: one number says where a nonzero stands, and
    what is in few numbers takes few bytes.
    """
    number = coloring.column_count
    small = np.int8 if number < 2**7 else np.int16 if number < 2**15 else np.int64
    shape = coloring.row_colors.size, coloring.column_colors.size
    kind = np.int32 if shape[0] * (width + 1) < 2**31 else np.int64
    place = (coloring.line * (width + 1) + 1 + coloring.color % width).astype(kind)
    sweep = np.where(coloring.side == 0, coloring.color // width, -1).astype(small)
    at_once = not sweep.any()
    colors, sweep = coloring.column_colors.astype(small), sweep[:0] if at_once else sweep
    return ForwardReading(colors, number, *shape, width, place, at_once, sweep, False)


def reverse_reading(coloring: Coloring) -> ReverseReading:
    """What is read from W^T J."""
    shape = coloring.row_colors.size, coloring.column_colors.size
    readings = _sorted(coloring.color, coloring.line, coloring.side == 1, coloring.row_count)
    return ReverseReading(coloring.row_colors, coloring.row_count, *shape, *readings)


@njit(cache=True)
def told_to_fill(r):
    """A reading for a function of which it is not known whether it overwrites its output arguments."""
    return ForwardReading(r.colors, r.number, r.rows, r.columns, r.width, r.place, r.at_once, r.sweep, False)


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
