"""Orderings and conflicts by their definitions, on graphs that are small enough to be written out."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dualad.sparsity.classes import by_classes
from dualad.sparsity.columns import colored
from dualad.sparsity.conflicts import active, adjacency, among_columns, bound, gather, pairs
from dualad.sparsity.degrees import ascending, lower
from dualad.sparsity.orderings import BEST, LARGEST_FIRST, NATURAL, SMALLEST_LAST, ordered
from dualad.sparsity.pattern import column_numbers, from_matrix
from tests.sparsity.patterns import rectangles, squares


@st.composite
def partly_read(draw):
    """A pattern and which of its nonzeros are read, by position and as an array."""
    array = draw(rectangles())
    pattern = from_matrix(array)
    size = int(array.sum())
    read = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)), bool)
    found = np.zeros(array.shape, bool)
    found[pattern.indices, column_numbers(pattern)] = read
    return array, pattern, read, found


def edges(array, read):
    """Columns of which both need a colour, with a common row in which one of them is read."""
    together = (array.T.astype(int) @ read + read.T.astype(int) @ array) > 0
    needed = read.any(0)
    return together & ~np.eye(array.shape[1], dtype=bool) & needed & needed[:, None]


def neighbours(conflicts):
    columns = conflicts.indptr.size - 1
    found, seen, others = np.zeros((columns, columns), bool), np.full(columns, -1), np.empty(columns, np.int64)
    for j in range(columns):
        found[j, others[: gather(conflicts, j, seen, others)]] = True
    return found


@settings(deadline=None)
@given(partly_read())
def test_conflicts_are_those_of_the_definition(drawn):
    array, pattern, read, found = drawn
    conflicts = among_columns(pattern, read)
    graph = edges(array, found)
    needed = found.any(0)
    assert np.array_equal(active(conflicts), needed)
    assert np.array_equal(neighbours(conflicts)[needed], graph[needed])
    assert pairs(conflicts) >= graph.sum()
    for colors, count in (colored(conflicts, ordering) for ordering in (NATURAL, LARGEST_FIRST, SMALLEST_LAST, BEST)):
        assert not (graph & (colors[:, None] == colors)).any()
        assert np.array_equal(colors < 0, ~needed) and set(colors[needed]) == set(range(count))
        assert count >= bound(conflicts)


@settings(deadline=None)
@given(partly_read())
def test_classes_cannot_be_added_to(drawn):
    """No column could have joined a class that was made before its own."""
    array, pattern, read, found = drawn
    conflicts, graph = among_columns(pattern, read), edges(array, found)
    colors, count = by_classes(conflicts, active(conflicts))
    assert not (graph & (colors[:, None] == colors)).any()
    for j in np.flatnonzero(colors >= 0):
        assert {colors[i] for i in np.flatnonzero(graph[j])} >= set(range(colors[j]))


@settings(deadline=None)
@given(squares())
def test_adjacency_is_distance_one(array):
    assert np.array_equal(neighbours(adjacency(from_matrix(array))), array & ~np.eye(len(array), dtype=bool))


@settings(deadline=None)
@given(
    st.one_of(
        partly_read().map(lambda drawn: (among_columns(*drawn[1:3]), edges(drawn[0], drawn[3]))),
        squares().map(lambda array: (adjacency(from_matrix(array)), array & ~np.eye(len(array), dtype=bool))),
    )
)
def test_orderings_are_those_of_the_definition(drawn):
    conflicts, graph = drawn
    columns, degree = np.arange(len(graph)), graph.sum(1)
    assert np.array_equal(ordered(conflicts, NATURAL), columns)
    assert np.array_equal(ordered(conflicts, LARGEST_FIRST), np.lexsort((columns, -degree)))
    last = ordered(conflicts, SMALLEST_LAST)
    assert np.array_equal(np.sort(last), columns)
    for k in range(len(last)):
        before = last[: k + 1]  # it conflicts with the fewest of those before it
        assert graph[last[k], before].sum() == graph[np.ix_(before, before)].sum(1).min()


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_degrees_stay_sorted(degrees, random):
    found, right = ascending(np.array(degrees)), list(degrees)
    for taken in range(len(degrees)):
        rest = found.sequence[taken:]
        assert [right[v] for v in rest] == sorted(right[v] for v in rest)
        assert np.array_equal(found.position[found.sequence], np.arange(len(degrees)))
        for v in random.sample(rest.tolist(), random.randint(0, len(rest))):
            if right[v] > 0:
                right[v] -= 1
                lower(found, v, taken)
    assert right == found.degree.tolist()
