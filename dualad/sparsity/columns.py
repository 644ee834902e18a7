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
from numba.extending import register_jitable

from .classes import by_classes
from .coloring import COLUMN, ROW, Coloring
from .conflicts import active, among_columns, bound, pairs
from .orderings import BEST, LARGEST_FIRST, SMALLEST_LAST, ordered
from .pattern import column_numbers, transposed

__all__ = ["EFFORT", "colored", "column_coloring", "row_coloring"]

#: Conflicts that `BEST` looks at for the sake of one colour less: a fraction of a second.
EFFORT = 2 * 10**8


@register_jitable
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
    Takes at least as many colours as the fullest row has nonzeros; where that row is full there is nothing to look for. Else
    time O(sum of squared row lengths), with `BEST` a small multiple of that; memory O(nonzeros + rows + columns).
    """
    colors, count = colored(among_columns(pattern, np.ones(pattern.indices.size, np.bool_)), ordering)
    none, side = np.full(pattern.rows, -1), np.zeros(pattern.indices.size, np.int8)
    return Coloring(COLUMN, colors, none, count, 0, side, pattern.indices, colors[column_numbers(pattern)])


@register_jitable
def row_coloring(pattern, ordering):
    """Colour the rows: W^T J has one row for each colour, and holds every nonzero of J.

    As `column_coloring` of the transposed pattern, with kind `ROW`.
    """
    flipped = transposed(pattern)
    colors, count = colored(among_columns(flipped, np.ones(pattern.indices.size, np.bool_)), ordering)
    none, side = np.full(pattern.columns, -1), np.ones(pattern.indices.size, np.int8)
    return Coloring(ROW, none, colors, 0, count, side, column_numbers(pattern), colors[pattern.indices])


@register_jitable
def colored(conflicts, ordering):
    """Colours, different wherever two columns conflict.

    Parameters
    ----------
    conflicts : Conflicts
    ordering : int
        With `BEST` the natural order. Unless that takes no more colours than any way must, also class by class and once more
        with the classes in reverse (Culberson, "Iterated greedy graph coloring and the difficulty landscape", 1992); where
        that would look at more conflicts than `EFFORT`, smallest last and largest first.

    Returns
    -------
    colors : int64 array, shape (columns,)
        From 0; -1 for columns of which nothing is read.
    count : int
    """
    wanted, fewest, work = active(conflicts), bound(conflicts), pairs(conflicts)
    if fewest == np.sum(wanted):  # all conflict, in a full row: nothing to look for
        return np.where(wanted, np.cumsum(wanted.astype(np.int64)) - 1, -1), fewest
    if ordering != BEST:
        return _greedy(conflicts, ordered(conflicts, ordering), wanted)
    best, least = _greedy(conflicts, np.arange(wanted.size), wanted)
    if least > fewest and least * work <= EFFORT:
        colors, count = by_classes(conflicts, wanted)
        if count > fewest:
            # The last class first: each column finds the colour of its class at worst, and often a smaller one.
            colors, count = _greedy(conflicts, np.argsort(-colors, kind="mergesort"), wanted)
        if count < least:
            best, least = colors, count
    elif least > fewest and work <= EFFORT:
        for other in (SMALLEST_LAST, LARGEST_FIRST):
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
