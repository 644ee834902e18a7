"""Columns and rows of a Jacobian coloured together, where a few rows and a few columns are full.

Each nonzero is to be read from a sum of columns or from a sum of rows. Which of the two is settled first: rows with few
nonzeros are read from columns, columns with few are read from rows, the emptiest first, so that what is left of full rows is
read from rows and of full columns from columns. Then columns and rows are coloured each for their own nonzeros. Coleman and
Verma, "The efficient computation of sparse Jacobian matrices using automatic differentiation", SIAM Journal on Scientific
Computing 19 (1998) 1210-1233, DOI 10.1137/S1064827595295349, here with the costs of the two kinds of sums. At last every
nonzero that can be read from either is read from a colour that is needed anyway; the idea of neutral colours, Montoison, Dalle
and Gebremedhin, "Revisiting sparse matrix coloring and bicoloring" (2025), DOI 10.48550/arXiv.2505.07308.

Examples
--------
>>> from dualad.sparsity.bidirectional import bidirectional_coloring
>>> from dualad.sparsity.orderings import BEST
>>> from dualad.sparsity.pattern import from_matrix
>>> arrow = np.eye(100, dtype=bool)
>>> arrow[0] = arrow[:, 0] = True
>>> found = bidirectional_coloring(from_matrix(arrow), BEST, 1.0, 1.0)
>>> found.column_count, found.row_count
(2, 1)
"""

import numpy as np
from numba import njit
from numba.extending import register_jitable

from ..errors import ArgumentError
from .coloring import BIDIRECTIONAL, COLUMN, ROW, Coloring
from .columns import colored, column_coloring, row_coloring
from .conflicts import among_columns
from .degrees import ascending, lower
from .pattern import by_rows
from .recovery import alone, chosen, renumbered

__all__ = ["bidirectional_coloring"]


@register_jitable
def bidirectional_coloring(pattern, ordering, forward, reverse):
    """Colour columns and rows at the least cost that is found.

    Parameters
    ----------
    pattern : Pattern
    ordering : int
        Of `orderings`, for columns and for rows.
    forward, reverse : float
        Cost of one column colour, a jvp, and of one row colour, a vjp, in any unit.

    Returns
    -------
    Coloring
        Of kind `BIDIRECTIONAL`, or `COLUMN` or `ROW` where one of these alone costs less.

    Raises
    ------
    ArgumentError
        If a cost is not a positive number.

    Notes
    -----
    Time O(nonzeros x colours) beside that of the two colourings, of which no conflict between nonzeros is looked at that are
    read from the other side: full rows and columns cost no more than others. Columns or rows alone are tried only where the
    fullest row or column leaves them a chance.
    """
    forward, reverse = float(forward), float(reverse)
    if not (0.0 < forward < np.inf and 0.0 < reverse < np.inf):
        raise ArgumentError("the costs of a forward and of a reverse sweep have to be positive numbers")
    if pattern.indices.size == 0:
        return column_coloring(pattern, ordering)
    flipped, positions = by_rows(pattern)
    in_columns, in_rows = np.diff(pattern.indptr), np.diff(flipped.indptr)
    degrees = ascending(in_columns.copy()), ascending(in_rows.copy())
    from_columns = _split(pattern, flipped, positions, *degrees, forward, reverse)
    if from_columns.all():
        best = column_coloring(pattern, ordering)
    elif not from_columns.any():
        best = row_coloring(pattern, ordering)
    else:
        columns, column_count = colored(among_columns(pattern, from_columns), ordering)
        rows, row_count = colored(among_columns(flipped, ~from_columns[positions]), ordering)
        best = _table(pattern, flipped, positions, columns, column_count, rows, row_count, forward, reverse)
    cost = forward * best.column_count + reverse * best.row_count
    if best.kind != COLUMN and forward * np.max(in_rows) < cost:
        other = column_coloring(pattern, ordering)
        if forward * other.column_count < cost:
            best, cost = other, forward * other.column_count
    if best.kind != ROW and reverse * np.max(in_columns) < cost:
        other = row_coloring(pattern, ordering)
        if reverse * other.row_count < cost:
            best = other
    return best


@njit(cache=True)
def _split(pattern, flipped, positions, columns, rows, forward, reverse):
    """Which nonzeros are read from sums of columns: those of rows that are taken before their column is.

    In each step a row or a column is taken of those with the fewest nonzeros left. Of the two it is the one that keeps the
    estimated cost smaller: a row takes as many column colours as nonzeros are read from columns in it, and more where other
    nonzeros, which are read from rows, are summed with them; a column likewise. (Coleman and Verma have no such second part:
    what is left of a nearly empty full row would seem to be free.)
    """
    from_columns, open_ = np.zeros(pattern.indices.size, np.bool_), np.ones(pattern.indices.size, np.bool_)
    in_columns, in_rows = (
        np.zeros(pattern.columns, np.int64),
        np.zeros(pattern.rows, np.int64),
    )  # summed with what is left
    taken_columns, taken_rows, most_columns, most_rows = 0, 0, 0, 0
    left = pattern.indices.size
    while left > 0:
        while rows.degree[rows.sequence[taken_rows]] == 0:
            taken_rows += 1
        while columns.degree[columns.sequence[taken_columns]] == 0:
            taken_columns += 1
        i, j = rows.sequence[taken_rows], columns.sequence[taken_columns]
        more_columns = max(most_columns, rows.degree[i] + min(in_rows[i], most_columns))
        more_rows = max(most_rows, columns.degree[j] + min(in_columns[j], most_rows))
        if forward * more_columns + reverse * most_rows <= forward * most_columns + reverse * more_rows:
            most_columns = more_columns
            taken_rows += 1
            mixed = rows.degree[i] < flipped.indptr[i + 1] - flipped.indptr[i]
            for k in range(flipped.indptr[i], flipped.indptr[i + 1]):
                at, other = positions[k], flipped.indices[k]
                if open_[at]:
                    open_[at], from_columns[at] = False, True
                    lower(columns, other, taken_columns)
                    in_columns[other] += mixed
                    left -= 1
        else:
            most_rows = more_rows
            taken_columns += 1
            mixed = columns.degree[j] < pattern.indptr[j + 1] - pattern.indptr[j]
            for k in range(pattern.indptr[j], pattern.indptr[j + 1]):
                other = pattern.indices[k]
                if open_[k]:
                    open_[k] = False
                    lower(rows, other, taken_rows)
                    in_rows[other] += mixed
                    left -= 1
    return from_columns


@njit(cache=True)
def _table(pattern, flipped, positions, columns, column_count, rows, row_count, forward, reverse):
    """The colours of both kinds in one numbering, columns first: those that are not needed go, the others are renumbered."""
    size = pattern.indices.size
    first, second = np.full(size, -1), np.full(size, -1)
    in_row, in_column = alone(flipped, columns, column_count), alone(pattern, rows, row_count)
    for k in range(size):
        if in_row[k]:
            first[positions[k]] = columns[flipped.indices[k]]
        if in_column[k]:
            second[k] = column_count + rows[pattern.indices[k]]
    cost = np.full(column_count + row_count, reverse)
    cost[:column_count] = forward
    from_columns, used = chosen(first, second, cost)
    columns, column_numbers, column_count = renumbered(columns, used[:column_count])
    rows, _, row_count = renumbered(rows, used[column_numbers.size - 1 :])
    side, line, color = np.empty(size, np.int8), np.empty(size, np.int64), np.empty(size, np.int64)
    for j in range(pattern.columns):
        for k in range(pattern.indptr[j], pattern.indptr[j + 1]):
            if from_columns[k]:
                side[k], line[k], color[k] = 0, pattern.indices[k], columns[j]
            else:
                side[k], line[k], color[k] = 1, j, rows[pattern.indices[k]]
    return Coloring(BIDIRECTIONAL, columns, rows, column_count, row_count, side, line, color)
