"""A pattern holds what it was made of, sorted, once, whatever it was made of."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from dualad.errors import ArgumentError
from dualad.sparsity import pattern
from tests.sparsity.patterns import rectangles, squares

EMPTY = np.zeros(0, np.int64)


def is_sound(found):
    """Row numbers ascend within a column, none twice, and the columns follow on each other."""
    assert found.indptr.dtype == found.indices.dtype == np.int64
    assert found.indptr[0] == 0 and found.indptr[-1] == found.indices.size and found.indptr.size == found.columns + 1
    for j in range(found.columns):
        assert (np.diff(found.indices[found.indptr[j] : found.indptr[j + 1]]) > 0).all()


@settings(deadline=None)
@given(rectangles(), st.randoms(use_true_random=False))
def test_pairs_in_any_order_and_more_than_once(array, random):
    pairs = [*np.argwhere(array).tolist()] * 2
    random.shuffle(pairs)
    rows, columns = np.array(pairs, np.int64).reshape(-1, 2).T.copy()
    found = pattern.from_pairs(*array.shape, rows, columns)
    is_sound(found)
    assert np.array_equal(pattern.dense(found), array)
    assert np.array_equal(array[found.indices, pattern.column_numbers(found)], np.ones(array.sum(), bool))


@settings(deadline=None)
@given(rectangles())
def test_arrays_and_sparse_matrices_give_the_same(array):
    right = pattern.from_matrix(array)
    views = [np.asfortranarray(array), np.repeat(array, 2, axis=1)[:, ::2], array[::-1, ::-1].copy()[::-1, ::-1]]
    made = [scipy.sparse.csc_array, scipy.sparse.csr_matrix, scipy.sparse.coo_array, scipy.sparse.lil_array]
    for other in [*views, *(make(array.astype(float)) for make in made), right]:
        found = pattern.from_matrix(other)
        is_sound(found)
        assert np.array_equal(pattern.dense(found), array)


@settings(deadline=None)
@given(rectangles(), st.data())
def test_operations_are_those_of_arrays(array, data):
    other = data.draw(st.permutations(range(array.size)))
    other = array.ravel()[np.array(other, int)].reshape(array.shape)
    first, second = pattern.from_matrix(array), pattern.from_matrix(other)
    for found, right in (
        (pattern.union(first, second), array | other),
        (pattern.transposed(first), array.T),
        (pattern.union(first, first), array),
    ):
        is_sound(found)
        assert np.array_equal(pattern.dense(found), right)
    assert pattern.contains(first, second) == (not (other & ~array).any())
    assert pattern.contains(pattern.union(first, second), second)
    flipped, positions = pattern.by_rows(first)
    assert np.array_equal(first.indices[positions], pattern.column_numbers(flipped))


@settings(deadline=None)
@given(squares())
def test_mirror_images(array):
    found = pattern.from_matrix(array)
    mirror = pattern.mirrored(found)
    assert np.array_equal(found.indices[mirror], pattern.column_numbers(found))
    assert np.array_equal(pattern.dense(pattern.symmetric(pattern.from_matrix(np.tril(array)))), array)


def test_a_stored_zero_counts():
    matrix = scipy.sparse.csc_array((np.array([0.0, np.nan]), np.array([1, 0]), np.array([0, 1, 2])), shape=(2, 2))
    assert np.array_equal(pattern.dense(pattern.from_matrix(matrix)), [[False, True], [True, False]])


def test_columns_out_of_order_and_spare_room():
    matrix = scipy.sparse.csc_array((3, 2))
    matrix.indptr, matrix.indices = np.array([0, 3, 3], np.int32), np.array([2, 0, 2, 7, 7], np.int32)
    assert np.array_equal(pattern.dense(pattern.from_matrix(matrix)), [[True, False], [False, False], [True, False]])


class Broken:
    """A sparse matrix whose arrays do not fit together."""

    def __init__(self, shape, indptr, indices):
        self.shape, self.indptr, self.indices = shape, np.array(indptr), np.array(indices)

    def tocsc(self):
        return self


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[True]], "not list"),
        (None, "not NoneType"),
        (np.zeros((2, 2)), "boolean, but this one is of float64"),
        (np.zeros((2, 2), int), "`array != 0`"),
        (np.zeros(3, bool), "two axes"),
        (np.zeros((1, 1, 1), bool), "two axes"),
        (np.array(True), "two axes"),
        (scipy.sparse.coo_array(np.ones(3)), "two axes"),
        (Broken((2, 2), [0, 1], [0]), "do not fit its shape"),
        (Broken((2, 2), [1, 1, 1], [0]), "do not fit its shape"),
        (Broken((2, 2), [0, 2, 1], [0, 1]), "do not fit its shape"),
        (Broken((2, 2), [0, 1, 2], [0]), "do not fit its shape"),
        (Broken((2, 2), [], []), "do not fit its shape"),
        (Broken((2, 2), [0, 1, 2], [0, 2]), "outside of the matrix"),
        (Broken((2, 2), [0, 1, 2], [0, -1]), "outside of the matrix"),
    ],
)
def test_what_is_no_pattern_is_refused(matrix, message):
    with pytest.raises(ArgumentError, match=message):
        pattern.from_matrix(matrix)


@pytest.mark.parametrize(
    ("rows", "columns", "pairs"),
    [
        (2, 2, ([2], [0])),
        (2, 2, ([0], [2])),
        (2, 2, ([-1], [0])),
        (2, 2, ([0, 1], [0])),
        (-1, 2, ([], [])),
        (0, 0, ([0], [0])),
    ],
)
def test_wrong_pairs_are_refused(rows, columns, pairs):
    with pytest.raises(ArgumentError):
        pattern.from_pairs(rows, columns, *(np.array(numbers, np.int64) for numbers in pairs))


def test_shapes_that_do_not_fit():
    tall, wide = pattern.from_pairs(3, 2, EMPTY, EMPTY), pattern.from_pairs(2, 3, EMPTY, EMPTY)
    assert not pattern.contains(tall, wide)
    for refused in (lambda: pattern.union(tall, wide), lambda: pattern.symmetric(tall), lambda: pattern.mirrored(wide)):
        with pytest.raises(ArgumentError):
            refused()
    with pytest.raises(ArgumentError, match="symmetric"):
        pattern.mirrored(pattern.from_matrix(np.triu(np.ones((3, 3), bool))))
