"""Where nonzeros are read that can be read from more than one place: so that as few colours as possible are read at all."""

import numpy as np
from numba import njit

__all__ = ["alone", "chosen", "renumbered"]


@njit(cache=True)
def alone(lines, colors, count):
    """Whether each nonzero of a line can be read: it has a colour, and no other nonzero of the line has the same.

    Parameters
    ----------
    lines : Pattern
        Whose columns are the lines: the pattern itself for W^T J, the transposed one for J S.
    colors : int64 array, shape (lines.rows,)
    count : int
        Number of colours.

    Returns
    -------
    bool array, shape (nonzeros,)
    """
    found = np.zeros(lines.indices.size, np.bool_)
    last = np.full(count, -1)  # the last nonzero of each colour so far
    for i in range(lines.columns):
        for k in range(lines.indptr[i], lines.indptr[i + 1]):
            color = colors[lines.indices[k]]
            if color < 0:
                continue
            if last[color] >= lines.indptr[i]:
                found[last[color]] = False
            else:
                found[k] = True
            last[color] = k
    return found


@njit(cache=True)
def chosen(first, second, cost):
    """Which of two colours each nonzero is read from.

    Parameters
    ----------
    first, second : int64 arrays, shape (nonzeros,)
        The colours from which a nonzero can be read; -1 for none. At least one of the two is a colour.
    cost : float64 array, shape (colours,)

    Returns
    -------
    from_first : bool array, shape (nonzeros,)
        Equal pairs of colours give equal choices.
    used : bool array, shape (colours,)

    Notes
    -----
    What can be read from one place only decides which colours are needed. Each nonzero that is left without a needed colour
    then makes that of its two colours needed which serves more of its kind for its cost. The other colours are not needed.
    """
    used, free = np.zeros(cost.size, np.bool_), np.zeros(cost.size)
    for k in range(first.size):
        if second[k] < 0:
            used[first[k]] = True
        elif first[k] < 0:
            used[second[k]] = True
    for k in range(first.size):
        if first[k] >= 0 and second[k] >= 0 and not (used[first[k]] or used[second[k]]):
            free[first[k]] += 1.0
            free[second[k]] += 1.0
    for k in range(first.size):
        a, b = first[k], second[k]
        if a >= 0 and b >= 0 and not (used[a] or used[b]):
            used[a if free[a] * cost[b] >= free[b] * cost[a] else b] = True
    from_first = np.empty(first.size, np.bool_)
    for k in range(first.size):
        from_first[k] = first[k] >= 0 and used[first[k]]
    return from_first, used


@njit(cache=True)
def renumbered(colors, used):
    """Colours numbered from 0 without those that are not used, whose members are in no group any more; and their number."""
    numbers, count = np.full(used.size + 1, -1), 0
    for color in range(used.size):
        if used[color]:
            numbers[color] = count
            count += 1
    return numbers[colors], numbers, count
