"""Star colouring: the columns of a symmetric matrix grouped such that of each pair of mirrored nonzeros one can be read.

Adjacent vertices of the graph get different colours, and every path of four vertices at least three: then any two colours
induce stars, and a nonzero between a star's hub and another of its vertices is read in the row of that other one, from the
colour of the hub. Coleman and Moré, "Estimation of sparse Hessian matrices and graph coloring problems", Mathematical
Programming 28 (1984) 243-270, DOI 10.1007/BF02612334; Gebremedhin, Tarafdar, Manne and Pothen, "New acyclic and star coloring
algorithms with application to computing Hessians", SIAM Journal on Scientific Computing 29 (2007) 1042-1072,
DOI 10.1137/050639879.

Examples
--------
>>> from dualad.sparsity.orderings import NATURAL
>>> from dualad.sparsity.pattern import from_matrix
>>> from dualad.sparsity.star import star_coloring
>>> arrow = np.eye(6, dtype=bool)
>>> arrow[0] = arrow[:, 0] = True
>>> star_coloring(from_matrix(arrow), NATURAL).column_colors
array([0, 1, 1, 1, 1, 1])
"""

import numpy as np
from numba import njit
from numba.extending import register_jitable

from .classes import by_classes
from .coloring import STAR, Coloring
from .columns import EFFORT
from .conflicts import active, adjacency, among_columns, bound, pairs
from .orderings import BEST, LARGEST_FIRST, SMALLEST_LAST, ordered
from .pattern import mirrored
from .recovery import alone, chosen, renumbered

__all__ = ["star_coloring"]


@register_jitable
def star_coloring(pattern, ordering):
    """Colour the columns of a symmetric matrix: H S has one column for each colour, and holds one of each two mirror images.

    Parameters
    ----------
    pattern : Pattern
        A symmetric one. Nonzeros of the diagonal may be absent.
    ordering : int
        Of `orderings`, at distance 1. `BEST` tries them all, and class by class at distance 2, which gives star
        colourings too, where that looks at no more than `columns.EFFORT` conflicts.

    Returns
    -------
    Coloring
        Of kind `STAR`. Both mirror images are read from one place, so that what is recovered is exactly symmetric. Columns
        from whose colour nothing is read are in no group.

    Raises
    ------
    ArgumentError
        If the pattern is not symmetric.

    Notes
    -----
    Time and memory of one ordering: O(nonzeros x colours) at most, and O(nonzeros).
    """
    mirror = mirrored(pattern)
    if pattern.indices.size == pattern.rows * pattern.columns:  # all are neighbours: nothing to look for
        return _table(pattern, mirror, np.arange(pattern.columns), pattern.columns)
    if ordering != BEST:
        colors, count = _greedy(pattern, ordered(adjacency(pattern), ordering))
        return _table(pattern, mirror, colors, count)
    graph = adjacency(pattern)
    best, least = _greedy(pattern, np.arange(pattern.columns))
    for other in (SMALLEST_LAST, LARGEST_FIRST):
        if least > 2:
            colors, count = _greedy(pattern, ordered(graph, other))
            if count < least:
                best, least = colors, count
    conflicts = among_columns(pattern, np.ones(pattern.indices.size, np.bool_))
    if least > bound(conflicts) and least * pairs(conflicts) <= EFFORT:
        colors, count = by_classes(conflicts, active(conflicts))
        if count < least:
            best, least = colors, count
    return _table(pattern, mirror, best, least)


@njit(cache=True)
def _greedy(pattern, order):
    """Each vertex in turn gets the smallest colour with which no path of four has two colours.

    Two lists per vertex, where the pattern keeps its nonzeros, save looking at the neighbours of neighbours. `met` are the
    colours of its neighbours, each with the first of them, or with -1 where there are several. `barred` are the colours of
    those neighbours that are hubs of a star in which the vertex is another one: with the colour of such a hub, a further
    neighbour of the vertex would end a path of four with two colours.
    """
    indptr, indices = pattern.indptr, pattern.indices
    met, first, met_end = np.empty(indices.size, np.int64), np.empty(indices.size, np.int64), indptr[:-1].copy()
    barred, barred_end = np.empty(indices.size, np.int64), indptr[:-1].copy()
    colors, count = np.full(order.size, -1), 0
    taken, several = np.full(order.size, -1), np.full(order.size, -1)  # marked with the vertex that is coloured
    for v in order:
        if indptr[v] == indptr[v + 1]:
            continue
        for k in range(indptr[v], met_end[v]):
            taken[met[k]] = v
            if first[k] < 0:
                several[met[k]] = v
        for w in indices[indptr[v] : indptr[v + 1]]:
            if colors[w] < 0:
                continue
            if several[colors[w]] == v:
                # v is a hub: another neighbour of w with the colour of v would end a path over w and v
                for k in range(indptr[w], met_end[w]):
                    taken[met[k]] = v
            else:
                for k in range(indptr[w], barred_end[w]):
                    taken[barred[k]] = v
        color = 0
        while taken[color] == v:
            color += 1
        colors[v] = color
        count = max(count, color + 1)
        for w in indices[indptr[v] : indptr[v + 1]]:
            if w == v:
                continue
            if colors[w] >= 0 and several[colors[w]] == v:
                barred[barred_end[w]] = color
                barred_end[w] += 1
            k = indptr[w]
            while k < met_end[w] and met[k] != color:
                k += 1
            if k == met_end[w]:
                met[k], first[k] = color, v
                met_end[w] += 1
                continue
            if colors[w] >= 0:  # w is a hub of v, and of the first one if it has become so now
                if first[k] >= 0:
                    barred[barred_end[first[k]]] = colors[w]
                    barred_end[first[k]] += 1
                barred[barred_end[v]] = colors[w]
                barred_end[v] += 1
            first[k] = -1
    return colors, count


@njit(cache=True)
def _table(pattern, mirror, colors, count):
    """Both places where a nonzero (i, j) may stand alone: in the larger row with the colour of the smaller, or in the other."""
    readable = alone(pattern, colors, count)  # at (i, j): in row j, the colour of i
    upper, lower = np.empty(mirror.size, np.int64), np.empty(mirror.size, np.int64)
    for j in range(pattern.columns):
        for k in range(pattern.indptr[j], pattern.indptr[j + 1]):
            i = pattern.indices[k]
            larger, smaller = (k, mirror[k]) if j >= i else (mirror[k], k)
            upper[k] = colors[min(i, j)] if readable[larger] else -1
            lower[k] = colors[max(i, j)] if readable[smaller] and i != j else -1
    from_upper, used = chosen(upper, lower, np.ones(count))
    colors, numbers, count = renumbered(colors, used)
    line, color = np.empty(mirror.size, np.int64), np.empty(mirror.size, np.int64)
    for j in range(pattern.columns):
        for k in range(pattern.indptr[j], pattern.indptr[j + 1]):
            i = pattern.indices[k]
            line[k] = max(i, j) if from_upper[k] else min(i, j)
            color[k] = numbers[upper[k] if from_upper[k] else lower[k]]
    none, side = np.full(pattern.rows, -1), np.zeros(mirror.size, np.int8)
    return Coloring(STAR, colors, none, count, 0, side, line, color)
