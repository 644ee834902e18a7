"""One colour after another: each takes as many columns as it can, packed as closely as it can.

The recursive largest first way of Leighton, "A graph coloring algorithm for large scheduling problems", Journal of Research of
the National Bureau of Standards 84 (1979) 489-506, DOI 10.6028/jres.084.024. On stencils it finds the regular tilings that no
order of columns leads the greedy way to: the five-point stencil takes 5 colours, the fewest there are, instead of 6 or 7.
"""

import numpy as np
from numba import njit

from .conflicts import gather

__all__ = ["by_classes"]


#: What `state` holds for each column, side by side in memory: its score, the columns before and after it in the list of those
#: with its score (-1 where there is none), and the last class that it cannot join. Lists are in the order in which columns came;
#: `ends` holds the first and the last of each.
SCORE, BEFORE, AFTER, BARRED = range(4)


@njit(cache=True)
def _append(state, ends, column):
    score = state[column, SCORE]
    last = ends[score, 1]
    state[column, BEFORE], state[column, AFTER] = last, -1
    if last < 0:
        ends[score, 0] = column
    else:
        state[last, AFTER] = column
    ends[score, 1] = column


@njit(cache=True)
def _remove(state, ends, column):
    score, before, after = state[column, SCORE], state[column, BEFORE], state[column, AFTER]
    if before < 0:
        ends[score, 0] = after
    else:
        state[before, AFTER] = after
    if after < 0:
        ends[score, 1] = before
    else:
        state[after, BEFORE] = before


@njit(cache=True)
def by_classes(conflicts, wanted):
    """Colours of the columns, class by class.

    Parameters
    ----------
    conflicts : Conflicts
    wanted : bool array, shape (columns,)
        Which columns are to be coloured: all that are in a list of `conflicts`.

    Returns
    -------
    colors : int64 array, shape (columns,)
        From 0; -1 for columns that are not wanted.
    count : int

    Notes
    -----
    The next column of a class is the one with the most conflicts among the columns that the class excludes, of equal ones
    the one that has been so for the longest. Each class gathers the conflicts of every column that has no colour yet:
    O(colours x sum of squared row lengths) time.
    """
    columns = conflicts.indptr.size - 1
    colors, left = np.full(columns, -1), np.flatnonzero(wanted)
    seen, others = np.full(columns, -1), np.empty(columns, np.int64)
    ours, theirs = np.full(columns, -1), np.empty(columns, np.int64)
    state, ends = np.full((columns, 4), -1), np.full((columns + 1, 2), -1)
    count = 0
    while left.size:
        seen[:] = -1
        for v in left:
            state[v, SCORE] = 0
            _append(state, ends, v)
        top = 0
        while True:
            while top > 0 and ends[top, 0] < 0:
                top -= 1
            v = ends[top, 0]
            if v < 0:
                break
            _remove(state, ends, v)
            colors[v], state[v, BARRED] = count, columns
            for a in range(gather(conflicts, v, ours, others)):
                x = others[a]
                if state[x, BARRED] >= count:
                    continue
                state[x, BARRED] = count
                _remove(state, ends, x)
                for b in range(gather(conflicts, x, seen, theirs)):
                    y = theirs[b]
                    if state[y, BARRED] < count:
                        _remove(state, ends, y)
                        state[y, SCORE] += 1
                        _append(state, ends, y)
                        top = max(top, state[y, SCORE])
        left = left[colors[left] < 0]
        count += 1
    return colors, count
