"""In which order columns are coloured, which decides how many colours the greedy way takes.

========================  ==============================================================================================
ordering                  columns come
========================  ==============================================================================================
``NATURAL``               as they are numbered
``LARGEST_FIRST``         by how many others they conflict with, most first (Welsh and Powell)
``SMALLEST_LAST``         so that each conflicts with the fewest of those before it (Matula and Beck): the last is one that
                          conflicts with the fewest, the one before it the same without the last, and so on
``BEST``                  whatever takes the fewest colours of several ways, which a colouring chooses
========================  ==============================================================================================

Gebremedhin, Manne and Pothen, SIAM Review 47 (2005) 629-705, DOI 10.1137/S0036144504444711. Orderings are functions
of `conflicts.Conflicts`, and so serve distance 2 and distance 1 alike. Each gathers the conflicts of every column once,
O(sum of squared row lengths) time, in O(columns) memory.
"""

import numpy as np
from numba import njit

from ..errors import ArgumentError
from .conflicts import active, gather
from .degrees import ascending, lower

__all__ = ["BEST", "LARGEST_FIRST", "NATURAL", "SMALLEST_LAST", "ordered"]

NATURAL, LARGEST_FIRST, SMALLEST_LAST, BEST = range(4)


@njit(cache=True)
def ordered(conflicts, ordering):
    """Numbers of the columns in one of the first three orderings; equal ones ascend.

    Columns that need no colour count as without conflicts.

    Parameters
    ----------
    conflicts : Conflicts
    ordering : int
        `NATURAL`, `LARGEST_FIRST` or `SMALLEST_LAST`.

    Returns
    -------
    int64 array, shape (columns,)

    Raises
    ------
    ArgumentError
        If it is another number.
    """
    columns = conflicts.indptr.size - 1
    if not NATURAL <= ordering <= SMALLEST_LAST:
        raise ArgumentError(
            "an ordering is NATURAL, LARGEST_FIRST or SMALLEST_LAST; BEST is for colourings, which try several"
        )
    if ordering == NATURAL:
        return np.arange(columns)
    seen, others = np.full(columns, -1), np.empty(columns, np.int64)
    degree, needed = np.zeros(columns, np.int64), active(conflicts)
    for v in range(columns):
        if needed[v]:
            degree[v] = gather(conflicts, v, seen, others)
    if ordering == LARGEST_FIRST:
        # stable: equal ones ascend in the reversed sequence of reversed numbers
        return columns - 1 - ascending(degree[::-1].copy()).sequence[::-1]
    rest = ascending(degree)
    seen[:] = -1
    for taken in range(1, columns + 1):
        v = rest.sequence[taken - 1]
        if needed[v]:
            for k in range(gather(conflicts, v, seen, others)):
                if rest.position[others[k]] >= taken:
                    lower(rest, others[k], taken)
    return rest.sequence[::-1].copy()
