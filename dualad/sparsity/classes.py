"""One colour after another: each takes as many columns as it can, packed as closely as it can.

The recursive largest first way of Leighton, "A graph coloring algorithm for large scheduling problems", Journal of Research of
the National Bureau of Standards 84 (1979) 489-506, DOI 10.6028/jres.084.024. On stencils it finds the regular tilings that no
order of columns leads the greedy way to: the five-point stencil takes 5 colours, the fewest there are, instead of 6 or 7.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from .conflicts import gather

__all__ = ["by_classes"]


class Queue(NamedTuple):
    """Columns by score, those of one score in the order in which they came to it: doubly linked lists."""

    score: np.ndarray
    head: np.ndarray
    tail: np.ndarray
    before: np.ndarray
    after: np.ndarray


@njit(cache=True)
def _append(queue, column):
    score = queue.score[column]
    last = queue.tail[score]
    queue.before[column], queue.after[column] = last, -1
    if last < 0:
        queue.head[score] = column
    else:
        queue.after[last] = column
    queue.tail[score] = column


@njit(cache=True)
def _remove(queue, column):
    score, before, after = queue.score[column], queue.before[column], queue.after[column]
    if before < 0:
        queue.head[score] = after
    else:
        queue.after[before] = after
    if after < 0:
        queue.tail[score] = before
    else:
        queue.before[after] = before


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
    excluded = np.full(columns, -1)  # the last class that the column cannot join
    empty = np.full(columns + 1, -1)
    queue = Queue(np.zeros(columns, np.int64), empty, empty.copy(), empty[1:].copy(), empty[1:].copy())
    count = 0
    while left.size:
        seen[:] = -1
        ours[:] = -1
        for v in left:
            queue.score[v] = 0
            _append(queue, v)
        top = 0
        while True:
            while top > 0 and queue.head[top] < 0:
                top -= 1
            v = queue.head[top]
            if v < 0:
                break
            _remove(queue, v)
            colors[v], excluded[v] = count, count
            for a in range(gather(conflicts, v, ours, others)):
                x = others[a]
                if colors[x] >= 0 or excluded[x] == count:
                    continue
                excluded[x] = count
                _remove(queue, x)
                for b in range(gather(conflicts, x, seen, theirs)):
                    y = theirs[b]
                    if colors[y] < 0 and excluded[y] < count:
                        _remove(queue, y)
                        queue.score[y] += 1
                        _append(queue, y)
                        top = max(top, queue.score[y])
        left = left[colors[left] < 0]
        count += 1
    return colors, count
