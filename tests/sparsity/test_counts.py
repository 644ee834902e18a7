"""How many colours: published numbers, optima found by search, and never more than SciPy takes."""

from itertools import combinations

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from scipy.optimize._numdiff import group_columns

from dualad.sparsity.bidirectional import bidirectional_coloring
from dualad.sparsity.classes import by_classes
from dualad.sparsity.coloring import BIDIRECTIONAL, COLUMN, ROW, verify
from dualad.sparsity.columns import column_coloring, row_coloring
from dualad.sparsity.conflicts import active, among_columns, bound
from dualad.sparsity.orderings import BEST, LARGEST_FIRST, NATURAL, SMALLEST_LAST
from dualad.sparsity.pattern import dense, from_matrix, from_pairs, union
from dualad.sparsity.star import star_coloring
from tests.sparsity.patterns import EFFICIENT, SURVEY, arrow, banded, graph, random_pattern, rectangles, stencil

ORDERINGS = (NATURAL, LARGEST_FIRST, SMALLEST_LAST, BEST)


def in_columns(pattern, ordering=BEST):
    return column_coloring(pattern, ordering).column_count


def in_stars(array, ordering=BEST):
    pattern = from_matrix(array)
    found = star_coloring(pattern, ordering)
    assert verify(pattern, found)
    return found.column_count


def fewest(vertices, allowed):
    """Chromatic number by search: colours one vertex after the other, wherever `allowed(colors so far)`."""

    def extend(colors, count):
        if len(colors) == vertices:
            return True
        most = min(count, max(colors, default=-1) + 2)
        return any(allowed([*colors, c]) and extend([*colors, c], count) for c in range(most))

    return next(count for count in range(vertices + 1) if extend([], count))


def apart(array):
    """No two nonzeros of a row in columns of one colour."""

    def allowed(colors):
        last = len(colors) - 1
        return not any(c == colors[-1] and (array[:, j] & array[:, last]).any() for j, c in enumerate(colors[:-1]))

    return allowed


def stars(array):
    """Of each two mirrored nonzeros, one is alone in its row with its colour: by the definition, not by paths."""

    def alone(colors, i, j):
        return sum(array[i, k] for k in range(len(colors)) if colors[k] == colors[j]) == 1

    def allowed(colors):
        pairs = combinations(range(len(colors)), 2)
        diagonal = all(alone(colors, i, i) for i in range(len(colors)) if array[i, i])
        return diagonal and all(alone(colors, i, j) or alone(colors, j, i) for i, j in pairs if array[i, j])

    return allowed


@settings(deadline=None)
@given(rectangles())
def test_natural_order_gives_the_groups_of_scipy(array):
    found = column_coloring(from_matrix(array), NATURAL).column_colors
    if array.size:
        assert np.array_equal(np.maximum(found, 0), group_columns(array.astype(int), np.arange(array.shape[1])))


def test_the_example_of_sparse_matrix_colorings():
    """The documentation of SparseMatrixColorings.jl colours this matrix, in natural order, 1 1 2 1 2 3."""
    array = np.array([[0, 0, 1, 1, 0, 1], [1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 1, 0], [0, 1, 1, 0, 0, 0]], bool)
    assert column_coloring(from_matrix(array), NATURAL).column_colors.tolist() == [0, 0, 1, 0, 1, 2]


@pytest.mark.parametrize("width", [0, 1, 2, 5, 10])
@pytest.mark.parametrize("ordering", ORDERINGS)
def test_bands(width, ordering):
    """2 k + 1 columns, and as many stars in natural order (Gebremedhin et al., INFORMS J. Comput. 21 (2009))."""
    pattern = banded(1000, width)
    if ordering != LARGEST_FIRST:
        assert in_columns(pattern, ordering) == row_coloring(pattern, ordering).row_count == 2 * width + 1
    if ordering in (NATURAL, BEST):
        assert star_coloring(pattern, ordering).column_count == 2 * width + 1


@pytest.mark.parametrize("shape", [(5, 5), (10, 12), (20, 20), (50, 37), (3, 200)])
def test_stencils_take_as_few_colours_as_there_can_be(shape):
    """A row of the five-point stencil has five nonzeros, and five colours tile the plane; no order of columns finds that."""
    assert in_columns(stencil(shape)) == 5
    assert in_columns(stencil(shape, corners=True)) == 9
    assert in_columns(stencil(shape, 2)) == row_coloring(stencil(shape, 2), BEST).row_count == 6
    assert min(in_columns(stencil((50, 37)), ordering) for ordering in ORDERINGS[:3]) > 5


@pytest.mark.parametrize("n", [4, 5, 30])
def test_star_numbers_of_fertin_raspaud_and_reed(n):
    """Journal of Graph Theory 47 (2004) 163-182, DOI 10.1002/jgt.20029."""
    path = [(i, i + 1) for i in range(n - 1)]
    assert in_stars(graph(n, path)) == 3
    assert in_stars(graph(n, [*path, (0, n - 1)])) == (4 if n == 5 else 3)
    assert in_stars(graph(n, combinations(range(n), 2))) == n
    assert in_stars(graph(n + 3, [(i, 3 + j) for i in range(3) for j in range(n)])) == 4
    assert in_stars(graph(n, [(0, i) for i in range(1, n)])) == 2
    assert in_stars(dense(stencil((n, n)))) == 5 if n > 3 else 4


def test_figures_of_published_hessians():
    """The survey colours its figure 4.1 with 3 colours, the fewest; figure 1 of the later paper has 5, of which 4 are enough."""
    survey, efficient = graph(6, SURVEY, 1), graph(10, EFFICIENT, 1)
    assert in_stars(survey) == fewest(6, stars(survey)) == 3
    assert fewest(10, stars(efficient)) == in_stars(efficient) == 4


def test_colours_that_are_not_needed():
    """Without a diagonal the hub of a star is enough; what only reads nothing is in no group."""
    array = graph(6, [(0, i) for i in range(1, 5)])
    array[np.diag_indices(6)] = False
    found = star_coloring(from_matrix(array), NATURAL)
    assert found.column_colors.tolist() == [0, -1, -1, -1, -1, -1] and verify(from_matrix(array), found)
    both = np.zeros((5, 5), bool)
    both[0] = both[:, 0] = True
    found = bidirectional_coloring(from_matrix(both), BEST, 1.0, 1.0)
    assert (found.column_count, found.row_count) == (1, 1)


@pytest.mark.parametrize("first", [True, False])
def test_arrows(first):
    """One sum of each kind has 2 n entries, and there are 3 n - 2 nonzeros: three sums are the fewest."""
    found = bidirectional_coloring(arrow(50, first), BEST, 1.0, 1.0)
    assert found.kind == BIDIRECTIONAL and found.column_count + found.row_count == 3
    assert in_columns(arrow(50, first)) == row_coloring(arrow(50, first), BEST).row_count == 50
    assert [star_coloring(arrow(50, first), ordering).column_count for ordering in ORDERINGS] == [2, 2, 2, 2]


def test_a_band_with_a_full_row_and_column():
    """Its 5 n - 6 nonzeros take more than four sums of n entries."""
    pattern = union(banded(60, 1), arrow(60))
    found = bidirectional_coloring(pattern, BEST, 1.0, 1.0)
    assert pattern.indices.size > 4 * 60
    assert verify(pattern, found) and found.column_count + found.row_count == 5


@pytest.mark.parametrize("full", [1, 2, 5])
def test_a_stencil_with_full_rows_and_columns(full):
    """As many colours as the stencil alone takes, one for each full row and column, and one more at most."""
    core, size = stencil((12, 12)), 144
    lines = np.repeat(np.arange(size), full), np.tile(np.arange(full) * 7, size)
    pattern = union(core, union(from_pairs(size, size, *lines), from_pairs(size, size, *lines[::-1])))
    found = bidirectional_coloring(pattern, BEST, 1.0, 1.0)
    assert verify(pattern, found) and found.column_count + found.row_count <= 5 + 2 * full + (full > 2)


def test_costs_decide():
    array = np.zeros((40, 60), bool)
    array[:4], array[:, :9], array[np.arange(40), np.arange(40)] = True, True, True
    pattern, counts = from_matrix(array), []
    for forward, reverse in ((1.0, 100.0), (1.0, 1.0), (100.0, 1.0)):
        found = bidirectional_coloring(pattern, BEST, forward, reverse)
        assert verify(pattern, found)
        counts.append((found.kind, found.column_count, found.row_count))
    assert counts[0] == (COLUMN, 60, 0) and counts[2] == (ROW, 0, 40)
    assert counts[1][0] == BIDIRECTIONAL and sum(counts[1][1:]) <= 4 + 9 + 1


PATTERNS = {
    "five points": stencil((30, 31)),
    "nine points": stencil((20, 20), corners=True),
    "two fields": stencil((20, 21), 2),
    "three fields": stencil((15, 15), 3),
    "band": banded(500, 3),
    "arrow": arrow(200),
    **{f"random {seed}": random_pattern((300, 400), 0.005 * (1 + seed), seed) for seed in range(5)},
    **{f"tall {seed}": random_pattern((900, 100), 0.01, seed) for seed in range(3)},
}


@pytest.mark.parametrize("name", PATTERNS)
def test_never_more_than_scipy(name):
    pattern = PATTERNS[name]
    found = column_coloring(pattern, BEST)
    values = np.ones(pattern.indices.size)
    matrix = scipy.sparse.csc_matrix((values, pattern.indices, pattern.indptr), (pattern.rows, pattern.columns))
    assert verify(pattern, found)
    assert bound(among_columns(pattern, values > 0)) <= found.column_count
    assert found.column_count <= min(
        group_columns(matrix, order).max() + 1 for order in (0, 1, np.arange(pattern.columns))
    )
    assert found.column_count <= min(in_columns(pattern, ordering) for ordering in ORDERINGS[:3])


def test_near_the_optimum():
    """Small matrices take the fewest colours that a full search finds, Hessians nearly always."""
    lost = np.zeros(3, int)
    for seed in range(30):
        array = np.random.default_rng(seed).random((9, 9)) < 0.2
        conflicts = among_columns(from_matrix(array), np.ones(array.sum(), bool))
        least = fewest(9, apart(array)) if array.any() else 0
        both = array | array.T | np.eye(9, dtype=bool)
        more = in_columns(from_matrix(array)), by_classes(conflicts, active(conflicts))[1], in_stars(both)
        lost += np.array(more) - (least, least, fewest(9, stars(both)))
    assert (lost >= 0).all() and lost[0] == 0 and lost[1] <= 1 and lost[2] <= 5


def test_large_patterns_take_neither_long_nor_much():
    """Arrows of 10^5 columns would take minutes if the neighbours of neighbours of a full column were looked at."""
    pattern = arrow(100_000)
    assert star_coloring(pattern, BEST).column_count == 2
    found = bidirectional_coloring(pattern, BEST, 1.0, 1.0)
    assert (found.column_count, found.row_count) == (2, 1) and verify(pattern, found)
    assert in_columns(pattern) == row_coloring(pattern, SMALLEST_LAST).row_count == 100_000
    reaction = stencil((224, 224), 2)
    found = column_coloring(reaction, BEST)
    assert found.column_count == 6 and verify(reaction, found)


def test_full_patterns():
    full = from_matrix(np.ones((700, 700), bool))
    for found in (column_coloring(full, BEST), row_coloring(full, BEST), star_coloring(full, BEST)):
        assert verify(full, found) and found.column_count + found.row_count == 700
    array = np.ones((3, 5), bool)
    array[1:, ::2] = array[:, 3] = False
    assert column_coloring(from_matrix(array), LARGEST_FIRST).column_colors.tolist() == [0, 1, 2, -1, 3]
