"""Every nonzero of any matrix comes back from its compressed forms, bit for bit, and `verify` knows when it would not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualad.errors import ArgumentError
from dualad.sparsity.bidirectional import bidirectional_coloring
from dualad.sparsity.coloring import BIDIRECTIONAL, COLUMN, ROW, STAR, recover, verify
from dualad.sparsity.columns import column_coloring, row_coloring
from dualad.sparsity.orderings import BEST, LARGEST_FIRST, NATURAL, SMALLEST_LAST
from dualad.sparsity.pattern import column_numbers, from_matrix
from dualad.sparsity.star import star_coloring
from tests.sparsity.patterns import rectangles, squares

ORDERINGS = (NATURAL, LARGEST_FIRST, SMALLEST_LAST, BEST)
WEIGHTS = ((1.0, 1.0), (1.0, 3.0), (5.0, 1.0))


def groups(colors, count):
    """Seed matrix: one column of zeros and ones for each colour."""
    return (colors[:, None] == np.arange(count)).astype(float)


def compressed(matrix, coloring):
    """J S and W^T J."""
    forward = matrix @ groups(coloring.column_colors, coloring.column_count)
    return forward, groups(coloring.row_colors, coloring.row_count).T @ matrix


def filled(array, symmetric=False):
    """A matrix of large random integers, of which no sum of several is equal to another by chance, and all are exact."""
    numbers = np.random.default_rng(array.sum()).integers(1, 2**40, array.shape).astype(float)
    matrix = np.where(array, numbers, 0.0)
    return np.triu(matrix) + np.triu(matrix, 1).T if symmetric else matrix


def recovered(coloring, matrix):
    data = np.full(coloring.side.size, np.nan)
    recover(coloring, *compressed(matrix, coloring), data)
    return data


def numbered(colors, count):
    """Colours are 0 to count - 1, each taken, and -1."""
    return set(colors[colors >= 0]) == set(range(count)) and (colors >= -1).all()


def check(array, coloring, symmetric=False):
    """Right by `verify`, numbered without gaps, and a matrix with that pattern is recovered exactly."""
    pattern = from_matrix(array)
    matrix = filled(array, symmetric)
    assert verify(pattern, coloring)
    assert numbered(coloring.column_colors, coloring.column_count) and numbered(coloring.row_colors, coloring.row_count)
    assert np.array_equal(recovered(coloring, matrix), matrix[pattern.indices, column_numbers(pattern)])


@settings(deadline=None)
@given(rectangles(), st.sampled_from(ORDERINGS))
def test_columns_and_rows(array, ordering):
    pattern = from_matrix(array)
    columns, rows = column_coloring(pattern, ordering), row_coloring(pattern, ordering)
    check(array, columns)
    check(array, rows)
    assert (columns.kind, rows.kind) == (COLUMN, ROW)
    assert np.array_equal(columns.column_colors < 0, ~array.any(0))
    assert np.array_equal(rows.row_colors < 0, ~array.any(1))
    assert columns.column_count >= array.sum(1, initial=0).max(initial=0)
    assert np.array_equal(column_coloring(from_matrix(array.T), ordering).column_colors, rows.row_colors)


@settings(deadline=None)
@given(rectangles(16), st.sampled_from(WEIGHTS), st.integers(0, 2), st.integers(0, 2))
def test_both_directions(array, weights, full_rows, full_columns):
    array[:full_rows], array[:, 3 : 3 + full_columns] = True, True
    pattern = from_matrix(array)
    found = bidirectional_coloring(pattern, BEST, *weights)
    check(array, found)
    cost = np.dot(weights, (found.column_count, found.row_count))
    assert cost <= weights[0] * column_coloring(pattern, BEST).column_count
    assert cost <= weights[1] * row_coloring(pattern, BEST).row_count
    assert found.kind == (BIDIRECTIONAL if found.column_count and found.row_count else found.kind)


@settings(deadline=None, max_examples=200)
@given(squares(), st.sampled_from(ORDERINGS))
def test_stars(array, ordering):
    pattern = from_matrix(array)
    found = star_coloring(pattern, ordering)
    check(array, found, symmetric=True)
    assert found.kind == STAR and found.row_count == 0
    # Rounding may make what is evaluated not quite symmetric: what is recovered is.
    matrix = np.zeros(array.shape)
    matrix[pattern.indices, column_numbers(pattern)] = recovered(found, filled(array))
    assert np.array_equal(matrix, matrix.T)


@settings(deadline=None, max_examples=300)
@given(squares(8), st.randoms(use_true_random=False), st.booleans())
def test_verify_agrees_with_the_recovery_of_wrong_tables(array, random, star):
    """Colours and tables changed at random: what is verified is recovered, and what is not is not."""
    pattern = from_matrix(array)
    right = star_coloring(pattern, NATURAL) if star else bidirectional_coloring(pattern, BEST, 1.0, 1.5)
    assert verify(pattern, right)
    if array.size == 0:
        return
    wrong = right._replace(
        **{name: getattr(right, name).copy() for name in ("column_colors", "row_colors", "side", "line", "color")}
    )
    for _ in range(random.randint(1, 3)):
        name = random.choice(("column_colors", "row_colors", "side", "line", "color"))
        most = {"column_colors": right.column_count, "row_colors": right.row_count, "side": 2, "line": len(array)}
        values, limit = getattr(wrong, name), most.get(name, max(right.column_count, right.row_count))
        if values.size and limit:
            values[random.randrange(values.size)] = random.randrange(limit)
    matrix = filled(array, symmetric=star)
    values = matrix[pattern.indices, column_numbers(pattern)]
    inside = np.where(wrong.side == 0, wrong.color < right.column_count, wrong.color < right.row_count).all()
    assert verify(pattern, wrong) == (inside and np.array_equal(recovered(wrong, matrix), values))


def test_verify_refuses_what_is_not_of_this_pattern():
    array = np.array([[True, True, False], [False, True, True]])
    pattern, found = from_matrix(array), column_coloring(from_matrix(array), NATURAL)
    assert verify(pattern, found)
    assert not verify(from_matrix(array.T), found)
    assert not verify(from_matrix(array[:, ::-1]), found)
    assert not verify(from_matrix(array | True), found)
    assert not verify(pattern, found._replace(column_colors=found.column_colors + 1))
    assert not verify(pattern, found._replace(column_colors=np.array([0, 0, 1])))
    assert not verify(pattern, found._replace(column_count=1))
    assert not verify(pattern, found._replace(line=found.line[::-1].copy()))
    assert not verify(from_matrix(np.triu(np.ones((2, 2), bool))), star_coloring(from_matrix(np.eye(2, dtype=bool)), 0))


def test_mirror_images_may_be_read_in_place_of_each_other_in_a_star_only():
    arrow = np.eye(4, dtype=bool)
    arrow[0] = arrow[:, 0] = True
    found = star_coloring(from_matrix(arrow), NATURAL)
    assert verify(from_matrix(arrow), found)
    assert not verify(from_matrix(arrow), found._replace(kind=COLUMN))


def test_a_nan_stays_where_it_is():
    array = np.abs(np.subtract.outer(np.arange(9), np.arange(9))) <= 1
    pattern, matrix = from_matrix(array), filled(array)
    found = column_coloring(pattern, BEST)
    forward, reverse = compressed(matrix, found)
    forward[4] = np.nan
    data = np.empty(array.sum())
    recover(found, forward, reverse, data)
    assert np.array_equal(np.isnan(data), pattern.indices == 4)


def test_shapes_of_a_recovery():
    found = column_coloring(from_matrix(np.ones((3, 2), bool)), NATURAL)
    forward, reverse, data = np.ones((3, 2)), np.ones((0, 2)), np.ones(6)
    recover(found, forward, reverse, data)
    for wrong in ((forward.T.copy(), reverse, data), (forward, reverse.T.copy(), data), (forward, reverse, data[1:])):
        with pytest.raises(ArgumentError):
            recover(found, *wrong)


@pytest.mark.parametrize("weights", [(0.0, 1.0), (1.0, -1.0), (np.nan, 1.0), (1.0, np.inf)])
def test_costs_are_positive_numbers(weights):
    with pytest.raises(ArgumentError, match="positive"):
        bidirectional_coloring(from_matrix(np.ones((2, 2), bool)), BEST, *weights)


def test_a_hessian_pattern_is_symmetric():
    with pytest.raises(ArgumentError, match="symmetric"):
        star_coloring(from_matrix(np.triu(np.ones((3, 3), bool))), BEST)
    with pytest.raises(ArgumentError, match="square"):
        star_coloring(from_matrix(np.ones((3, 2), bool)), BEST)


@pytest.mark.parametrize("ordering", [-1, 4])
def test_an_ordering_is_one_of_four(ordering):
    pattern = from_matrix(np.eye(3, dtype=bool))
    for color in (column_coloring, row_coloring, star_coloring):
        with pytest.raises(ArgumentError, match="NATURAL"):
            color(pattern, ordering)
