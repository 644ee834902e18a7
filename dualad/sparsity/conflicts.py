"""Which columns must not share a colour, without the graph that has an edge for every two of them.

A nonzero (i, j) is *read* from a sum of columns: there it has to be the only one in its row. So j must not share a colour
with any other coloured column that has a nonzero in row i, whether that one is read or not. Where every nonzero is read from
columns this is the partial distance-2 colouring of Gebremedhin, Manne and Pothen, "What color is your Jacobian?", SIAM Review
47 (2005) 629-705, DOI 10.1137/S0036144504444711, section 3; where some are read from rows, that of Coleman and Verma
(`bidirectional`). Edges would take the square of the memory: neighbours are gathered from rows when they are asked for.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numba.extending import register_jitable

from .pattern import by_rows

__all__ = ["Conflicts", "active", "adjacency", "among_columns", "bound", "gather", "pairs"]


class Conflicts(NamedTuple):
    """For each column the lists to look in, and the lists of columns.

    Attributes
    ----------
    indptr, lists : int64 arrays
        Column j has an entry in `lists[indptr[j]:indptr[j + 1]]`: the rows in which it has a nonzero.
    read : bool array
        For each of these, whether the nonzero is read, and conflicts with the whole list, or not, and conflicts with the
        part of it that is read.
    start, middle : int64 arrays
        List i is `members[start[i]:start[i + 1]]`, of which those up to `middle[i]` are read.
    members : int64 array
        Columns. Those of which nothing is read are in no list: they need no colour.
    """

    indptr: np.ndarray
    lists: np.ndarray
    read: np.ndarray
    start: np.ndarray
    middle: np.ndarray
    members: np.ndarray


@njit(cache=True)
def _any_read(indptr, read):
    found = np.zeros(indptr.size - 1, np.bool_)
    for j in range(found.size):
        for k in range(indptr[j], indptr[j + 1]):
            found[j] |= read[k]
    return found


@register_jitable
def active(conflicts):
    """Which columns need a colour: those of which something is read."""
    return _any_read(conflicts.indptr, conflicts.read)


@njit(cache=True)
def among_columns(pattern, read):
    """Conflicts of the columns of a pattern.

    Parameters
    ----------
    pattern : Pattern
    read : bool array, shape (nonzeros,)
        Which nonzeros are to be read from sums of columns.

    Returns
    -------
    Conflicts
    """
    flipped, positions = by_rows(pattern)
    listed = _any_read(pattern.indptr, read)
    start, middle = np.zeros(pattern.rows + 1, np.int64), np.zeros(pattern.rows, np.int64)
    members, end = np.empty(pattern.indices.size, np.int64), 0
    for i in range(pattern.rows):
        start[i] = end
        for wanted in (True, False):
            for k in range(flipped.indptr[i], flipped.indptr[i + 1]):
                if listed[flipped.indices[k]] and read[positions[k]] == wanted:
                    members[end] = flipped.indices[k]
                    end += 1
            if wanted:
                middle[i] = end
    start[-1] = end
    return Conflicts(pattern.indptr, pattern.indices, read, start, middle, members[:end])


@register_jitable
def adjacency(pattern):
    """The columns that have a nonzero in the row of each column: distance 1 in the graph of a symmetric pattern."""
    numbers = np.arange(pattern.columns + 1)
    middle = pattern.indptr[1:].copy()
    return Conflicts(numbers, numbers[:-1], np.ones(pattern.columns, np.bool_), pattern.indptr, middle, pattern.indices)


@njit(cache=True)
def gather(conflicts, column, seen, found):
    """Write the columns that conflict with one that needs a colour into `found`, each once, and return how many there are.

    `seen` holds one number per column, those that were gathered last carry that of the column; it starts with -1.
    """
    count = 0
    seen[column] = column
    for k in range(conflicts.indptr[column], conflicts.indptr[column + 1]):
        i = conflicts.lists[k]
        end = conflicts.start[i + 1] if conflicts.read[k] else conflicts.middle[i]
        for at in range(conflicts.start[i], end):
            other = conflicts.members[at]
            if seen[other] != column:
                seen[other] = column
                found[count] = other
                count += 1
    return count


@njit(cache=True)
def bound(conflicts):
    """A number of colours that no colouring can do without: the longest list of columns that all conflict."""
    most = 0
    for i in range(conflicts.middle.size):
        read = conflicts.middle[i] - conflicts.start[i]
        # one that is not read conflicts with those that are
        most = max(most, read + min(read, 1, conflicts.start[i + 1] - conflicts.middle[i]))
    return most


@njit(cache=True)
def pairs(conflicts):
    """How many columns are looked at when those of every column are gathered: about the sum of squared row lengths."""
    count = 0
    for i in range(conflicts.middle.size):
        read, rest = conflicts.middle[i] - conflicts.start[i], conflicts.start[i + 1] - conflicts.middle[i]
        count += read * (read + 2 * rest)
    return count
