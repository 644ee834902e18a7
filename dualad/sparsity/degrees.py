"""Vertices sorted by a degree that falls by one at a time: the one with the smallest degree is always at hand.

The arrays of Batagelj and Zaversnik, "An O(m) algorithm for cores decomposition of networks" (2003),
DOI 10.48550/arXiv.cs/0310049, with degrees that may fall below the one that was taken last.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from .pattern import accumulate

__all__ = ["Degrees", "ascending", "lower"]


class Degrees(NamedTuple):
    """The vertices in a sequence, of which the first have been taken; the others ascend by degree.

    Attributes
    ----------
    degree : int64 array, shape (vertices,)
    sequence, position : int64 arrays, shape (vertices,)
        A permutation and its inverse.
    start : int64 array
        Where the vertices of a degree or more begin, or a position before that, all vertices between being taken.
    """

    degree: np.ndarray
    sequence: np.ndarray
    position: np.ndarray
    start: np.ndarray


@njit(cache=True)
def ascending(degree):
    """All vertices by their degrees, equal ones by number: O(vertices + largest degree). The array of degrees is kept."""
    most = 0
    for d in degree:
        most = max(most, d)
    start = np.zeros(most + 2, np.int64)
    for d in degree:
        start[d + 1] += 1
    accumulate(start)
    end, sequence, position = start.copy(), np.empty(degree.size, np.int64), np.empty(degree.size, np.int64)
    for v in range(degree.size):
        position[v] = end[degree[v]]
        sequence[position[v]] = v
        end[degree[v]] += 1
    return Degrees(degree, sequence, position, start)


@njit(cache=True)
def lower(degrees, vertex, taken):
    """A vertex that is not among the first `taken` loses one degree: it changes places with the first of its equals."""
    degree, sequence, position, start = degrees
    d = degree[vertex]
    first = max(start[d], taken)
    other, own = sequence[first], position[vertex]
    sequence[own], position[other] = other, own
    sequence[first], position[vertex] = vertex, first
    start[d] = first + 1
    degree[vertex] = d - 1
