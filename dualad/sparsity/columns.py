"""Colours for the columns of a Jacobian, or for its rows, such that no two nonzeros of a row, or of a column, are summed.

Examples
--------
>>> from dualad.sparsity.columns import column_coloring
>>> from dualad.sparsity.orderings import NATURAL
>>> from dualad.sparsity.pattern import from_matrix
>>> tridiagonal = from_matrix(np.abs(np.subtract.outer(np.arange(7), np.arange(7))) <= 1)
>>> column_coloring(tridiagonal, NATURAL).column_colors
array([0, 1, 2, 0, 1, 2, 0])
"""

import numpy as np
from numba import njit

from .classes import by_classes
from .coloring import COLUMN, ROW, Coloring
from .conflicts import among_columns, bound, pairs
from .orderings import BEST, LARGEST_FIRST, NATURAL, SMALLEST_LAST, ordered
from .pattern import transposed

__all__ = ["EFFORT", "colored", "column_coloring", "row_coloring"]

#: Conflicts that `BEST` looks at for the sake of one colour less: a fraction of a second.
EFFORT = 2 * 10**8


@njit(cache=True)
def column_coloring(pattern, ordering):
    """Colour the columns: J S has one column for each colour, and holds every nonzero of J.

    Parameters
    ----------
    pattern : Pattern
    ordering : int
        Of `orderings`.

    Returns
    -------
    Coloring
        Of kind `COLUMN`. Columns without a nonzero are in no group.

    Notes
    -----
    Takes at least as many colours as the fullest row has nonzeros. Time O(sum of squared row lengths), with `BEST` a small
    multiple of that; memory O(nonzeros + rows + columns).
    """
    colors, count = colored(among_columns(pattern, np.ones(pattern.indices.size, np.bool_)), ordering)
    color = np.empty(pattern.indices.size, np.int64)
    for j in range(pattern.columns):
        color[pattern.indptr[j] : pattern.indptr[j + 1]] = colors[j]
    none, side = np.full(pattern.rows, -1), np.zeros(pattern.indices.size, np.int8)
    return Coloring(COLUMN, colors, none, count, 0, side, pattern.indices.copy(), color)


@njit(cache=True)
def row_coloring(pattern, ordering):
    """Colour the rows: W^T J has one row for each colour, and holds every nonzero of J.

    As `column_coloring` of the transposed pattern, with kind `ROW`.
    """
    flipped = transposed(pattern)
    colors, count = colored(among_columns(flipped, np.ones(pattern.indices.size, np.bool_)), ordering)
    line = np.empty(pattern.indices.size, np.int64)
    for j in range(pattern.columns):
        line[pattern.indptr[j] : pattern.indptr[j + 1]] = j
    none, side = np.full(pattern.columns, -1), np.ones(pattern.indices.size, np.int8)
    return Coloring(ROW, none, colors, 0, count, side, line, colors[pattern.indices])


@njit(cache=True)
def colored(conflicts, ordering):
    """Colours, different wherever two columns conflict.

    Parameters
    ----------
    conflicts : Conflicts
    ordering : int
        With `BEST`, the natural order, class by class, smallest last, and largest first, in turn, until the fewest colours
        that there can be are reached; without those that look at more conflicts than `EFFORT`.

    Returns
    -------
    colors : int64 array, shape (columns,)
        From 0; -1 for columns of which nothing is read.
    count : int
    """
    wanted = np.zeros(conflicts.indptr.size - 1, np.bool_)
    for j in range(wanted.size):
        wanted[j] = conflicts.read[conflicts.indptr[j] : conflicts.indptr[j + 1]].any()
    if ordering != BEST:
        return _greedy(conflicts, ordered(conflicts, ordering), wanted)
    fewest, work = bound(conflicts), pairs(conflicts)
    best, least = _greedy(conflicts, ordered(conflicts, NATURAL), wanted)
    if least > fewest and least * work <= EFFORT:
        colors, count = by_classes(conflicts, wanted)
        if count < least:
            best, least = colors, count
    for other in (SMALLEST_LAST, LARGEST_FIRST):
        if least > fewest and work <= EFFORT:
            colors, count = _greedy(conflicts, ordered(conflicts, other), wanted)
            if count < least:
                best, least = colors, count
    return best, least


@njit(cache=True)
def _greedy(conflicts, order, wanted):
    """Each column in turn gets the smallest colour that no column before it has taken."""
    colors, taken = np.full(order.size, -1), np.full(order.size + 1, -1)
    count = 0
    for v in order:
        if not wanted[v]:
            continue
        for k in range(conflicts.indptr[v], conflicts.indptr[v + 1]):
            i = conflicts.lists[k]
            end = conflicts.start[i + 1] if conflicts.read[k] else conflicts.middle[i]
            for other in conflicts.members[conflicts.start[i] : end]:
                taken[colors[other]] = v  # the last element where there is no colour yet
        color = 0
        while taken[color] == v:
            color += 1
        colors[v] = color
        count = max(count, color + 1)
    return colors, count
