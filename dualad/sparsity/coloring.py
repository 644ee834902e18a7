"""A colouring: the groups of columns and rows, and where each nonzero of the matrix is read.

The columns of one colour are summed, which gives the compressed matrix J S with one column per colour: one jvp each. The rows
of one colour are summed, which gives W^T J with one row per colour: one vjp each. Every nonzero is an entry of one of these
two, unchanged: nothing is solved for, and no rounding is added.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ..errors import ArgumentError
from .pattern import by_rows

__all__ = ["BIDIRECTIONAL", "COLUMN", "ROW", "STAR", "Coloring", "recover", "verify"]

COLUMN, ROW, BIDIRECTIONAL, STAR = range(4)


class Coloring(NamedTuple):
    """Groups of columns and rows of a `Pattern`, and the table by which its nonzeros are recovered.

    Attributes
    ----------
    kind : int
        `COLUMN`, `ROW`, `BIDIRECTIONAL` or `STAR`; of a star colouring all nonzeros are read from H S.
    column_colors : int64 array, shape (columns,)
        Colour of each column, from 0; -1 where the column is in no group.
    row_colors : int64 array, shape (rows,)
        The same for rows.
    column_count, row_count : int
        Number of colours of each.
    side : int8 array, shape (nonzeros,)
        0 where the nonzero is read from J S, 1 where it is read from W^T J.
    line : int64 array, shape (nonzeros,)
        Row of J S, or column of W^T J.
    color : int64 array, shape (nonzeros,)
        Column of J S, or row of W^T J.
    """

    kind: int
    column_colors: np.ndarray
    row_colors: np.ndarray
    column_count: int
    row_count: int
    side: np.ndarray
    line: np.ndarray
    color: np.ndarray


@njit(cache=True)
def recover(coloring, forward, reverse, data):
    """Fill the nonzeros of a matrix from its compressed forms.

    Parameters
    ----------
    coloring : Coloring
    forward : array, shape (rows, column_count)
        J S.
    reverse : array, shape (row_count, columns)
        W^T J.
    data : array, shape (nonzeros,)
        Overwritten, in the order of the pattern.

    Raises
    ------
    ArgumentError
        If a shape is another one.
    """
    if forward.shape != (coloring.row_colors.size, coloring.column_count):
        raise ArgumentError("the columns of one colour summed have to be an array of shape (rows, column colours)")
    if reverse.shape != (coloring.row_count, coloring.column_colors.size):
        raise ArgumentError("the rows of one colour summed have to be an array of shape (row colours, columns)")
    if data.size != coloring.side.size:
        raise ArgumentError("the array for recovered nonzeros has to have one element for each of them")
    for k in range(data.size):
        line, color = coloring.line[k], coloring.color[k]
        data[k] = forward[line, color] if coloring.side[k] == 0 else reverse[color, line]


@njit(cache=True)
def verify(pattern, coloring):
    """Whether every nonzero is where the table says, alone.

    Parameters
    ----------
    pattern : Pattern
    coloring : Coloring
        One of this or of any other program.

    Returns
    -------
    bool

    Notes
    -----
    Independent of how colours are found: counts the nonzeros that are summed in each entry of J S and of W^T J from which
    something is read. O(nonzeros + rows + columns) time and memory.
    """
    nonzeros = pattern.indices.size
    if coloring.column_colors.size != pattern.columns or coloring.row_colors.size != pattern.rows:
        return False
    if not (coloring.side.size == coloring.line.size == coloring.color.size == nonzeros):
        return False
    for colors, count in (
        (coloring.column_colors, coloring.column_count),
        (coloring.row_colors, coloring.row_count),
    ):
        for color in colors:
            if not -1 <= color < count:
                return False
    flipped, positions = by_rows(pattern)
    star = coloring.kind == STAR
    if star and not (
        np.array_equal(flipped.indptr, pattern.indptr) and np.array_equal(flipped.indices, pattern.indices)
    ):
        return False
    in_rows = _summed(flipped, coloring.column_colors, coloring.column_count)
    in_columns = _summed(pattern, coloring.row_colors, coloring.row_count)
    for i in range(pattern.rows):
        for at in range(flipped.indptr[i], flipped.indptr[i + 1]):
            j, k = flipped.indices[at], positions[at]
            line, color = coloring.line[k], coloring.color[k]
            if coloring.side[k] == 1:
                good = line == j and color == coloring.row_colors[i] and in_columns[k] == 1
            elif line == i and color == coloring.column_colors[j]:
                good = in_rows[at] == 1
            else:
                # The mirror image stands in row j where this one stands in column j.
                good = star and line == j and color == coloring.column_colors[i] and in_rows[k] == 1
            if not good:
                return False
    return True


@njit(cache=True)
def _summed(lines, colors, count):
    """How many nonzeros are summed with each one of a line (a column of `lines`); 0 where it is in no group itself."""
    summed, sums = np.zeros(lines.indices.size, np.int64), np.zeros(count + 1, np.int64)
    for i in range(lines.columns):
        line = lines.indices[lines.indptr[i] : lines.indptr[i + 1]]
        for j in line:
            sums[colors[j]] += 1
        sums[-1] = 0  # of colour -1
        for k in range(line.size):
            summed[lines.indptr[i] + k] = sums[colors[line[k]]]
        for j in line:
            sums[colors[j]] = 0
    return summed
