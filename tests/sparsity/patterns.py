"""Patterns under test: boolean arrays, and matrices of published examples."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dualad.sparsity.pattern import from_matrix, from_pairs

#: Figure 4.1 of Gebremedhin, Manne and Pothen, SIAM Review 47 (2005): the diagonal and these pairs.
SURVEY = [(1, 2), (2, 3), (2, 5), (2, 6), (3, 4), (4, 6)]
#: Figure 1 of Gebremedhin, Pothen, Tarafdar and Walther, INFORMS Journal on Computing 21 (2009), DOI 10.1287/ijoc.1080.0286.
EFFICIENT = [(1, 2), (1, 7), (2, 3), (2, 5), (3, 4), (3, 6), (4, 10), (5, 6), (5, 8), (6, 9), (7, 8), (8, 9), (9, 10)]


@st.composite
def rectangles(draw, most=12):
    """Any boolean array: few and many nonzeros, empty rows and columns, no rows or columns at all."""
    shape = draw(st.tuples(st.integers(0, most), st.integers(0, most)))
    return draw(arrays.arrays(bool, shape, elements=st.sampled_from((False, False, True)), fill=st.booleans()))


@st.composite
def squares(draw, most=12):
    """Any symmetric boolean array, with or without nonzeros on the diagonal."""
    n = draw(st.integers(0, most))
    half = draw(arrays.arrays(bool, (n, n), elements=st.sampled_from((False, False, True)), fill=st.booleans()))
    return half | half.T


def graph(vertices, edges, first=0):
    """Symmetric array with a full diagonal, for edges between vertices that are numbered from `first`."""
    found = np.eye(vertices, dtype=bool)
    for i, j in edges:
        found[i - first, j - first] = found[j - first, i - first] = True
    return found


def banded(n, width):
    """As many diagonals as `width` on either side of the main one."""
    near = [(i, i + k) for k in range(-width, width + 1) for i in range(max(-k, 0), min(n, n - k))]
    return from_pairs(n, n, *np.array(near).T)


def stencil(shape, fields=1, corners=False):
    """Nearest neighbours on a grid in two dimensions, with as many fields at every point, which depend on each other there."""
    point = np.arange(shape[0] * shape[1]).reshape(shape)
    rows, columns = [], []
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            if not corners and dy and dx:
                continue
            here = point[max(dy, 0) : shape[0] + min(dy, 0), max(dx, 0) : shape[1] + min(dx, 0)]
            there = point[max(-dy, 0) : shape[0] + min(-dy, 0), max(-dx, 0) : shape[1] + min(-dx, 0)]
            for field in range(fields):
                rows.append(fields * here.ravel() + field)
                columns.append(fields * there.ravel() + field)
    for field in range(fields):
        for other in range(fields):
            rows.append(fields * point.ravel() + field)
            columns.append(fields * point.ravel() + other)
    size = fields * point.size
    return from_pairs(size, size, np.concatenate(rows), np.concatenate(columns))


def arrow(n, first=True):
    """A full row, a full column and the diagonal."""
    line, end = np.arange(n), np.full(n, 0 if first else n - 1)
    return from_pairs(n, n, np.concatenate((line, line, end)), np.concatenate((line, end, line)))


def random_pattern(shape, density, seed):
    return from_matrix(np.random.default_rng(seed).random(shape) < density)
