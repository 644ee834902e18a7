"""Where the nonzeros of a matrix are: compressed sparse columns without values.

Examples
--------
>>> from dualad.sparsity.pattern import dense, from_matrix, transposed
>>> arrow = from_matrix(np.array([[True, True, True], [True, True, False]]))
>>> arrow.indptr, arrow.indices
(array([0, 2, 4, 5]), array([0, 1, 0, 1, 0]))
>>> dense(transposed(arrow)).astype(int)
array([[1, 1],
       [1, 1],
       [1, 0]])
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numba.extending import register_jitable

from ..errors import ArgumentError

__all__ = [
    "Pattern",
    "accumulate",
    "by_rows",
    "column_numbers",
    "contains",
    "dense",
    "from_matrix",
    "from_pairs",
    "mirrored",
    "symmetric",
    "transposed",
    "union",
]


class Pattern(NamedTuple):
    """The nonzeros of a matrix, column after column. Made by `from_pairs` or `from_matrix`, and never changed.

    Attributes
    ----------
    rows, columns : int
        Shape of the matrix.
    indptr : int64 array, shape (columns + 1,)
        The nonzeros of column j are at positions `indptr[j]` to `indptr[j + 1] - 1`.
    indices : int64 array, shape (nonzeros,)
        Their row numbers, ascending within a column.
    """

    rows: int
    columns: int
    indptr: np.ndarray
    indices: np.ndarray


@njit(cache=True)
def accumulate(counts):
    """Replace each count by the sum of all up to it."""
    for k in range(1, counts.size):
        counts[k] += counts[k - 1]


@njit(cache=True)
def from_pairs(rows, columns, row_numbers, column_numbers):
    """Pattern of the given positions, in any order and as often as they come.

    Parameters
    ----------
    rows, columns : int
        Shape of the matrix.
    row_numbers, column_numbers : integer arrays, shape (pairs,)
        Where nonzeros are.

    Returns
    -------
    Pattern

    Raises
    ------
    ArgumentError
        If the arrays differ in length or a position is outside of the matrix.

    Notes
    -----
    Two counting sorts, by row and then by column: O(pairs + rows + columns) time and memory.
    """
    if rows < 0 or columns < 0:
        raise ArgumentError("the shape of a sparsity pattern has to be two numbers of at least 0")
    if row_numbers.size != column_numbers.size:
        raise ArgumentError("a sparsity pattern needs as many row numbers as column numbers")
    starts = np.zeros(rows + 1, np.int64)
    for k in range(row_numbers.size):
        if not (0 <= row_numbers[k] < rows and 0 <= column_numbers[k] < columns):
            raise ArgumentError("a nonzero of a sparsity pattern is outside of the matrix")
        starts[row_numbers[k] + 1] += 1
    accumulate(starts)
    by_row, at = np.empty(row_numbers.size, np.int64), starts[:-1].copy()
    for k in range(row_numbers.size):
        by_row[at[row_numbers[k]]] = column_numbers[k]
        at[row_numbers[k]] += 1
    # Rows are now visited in ascending order: one that a column has just seen is a duplicate.
    indptr, last = np.zeros(columns + 1, np.int64), np.full(columns, -1)
    for i in range(rows):
        for k in range(starts[i], starts[i + 1]):
            if last[by_row[k]] != i:
                last[by_row[k]] = i
                indptr[by_row[k] + 1] += 1
    accumulate(indptr)
    indices, end = np.empty(indptr[-1], np.int64), indptr[:-1].copy()
    for i in range(rows):
        for k in range(starts[i], starts[i + 1]):
            j = by_row[k]
            if end[j] == indptr[j] or indices[end[j] - 1] != i:
                indices[end[j]] = i
                end[j] += 1
    return Pattern(rows, columns, indptr, indices)


def from_matrix(matrix: Any) -> Pattern:
    """Pattern of a boolean array or of a SciPy sparse matrix.

    Parameters
    ----------
    matrix : bool array, shape (rows, columns), or anything two-dimensional with a method `tocsc`
        Of a sparse matrix every stored entry counts, a stored zero too: a pattern with more than the nonzeros is right, one
        with fewer is not.

    Returns
    -------
    Pattern

    Raises
    ------
    ArgumentError
        If it is neither, is not two-dimensional, or is a sparse matrix whose index arrays do not fit its shape.
    """
    if isinstance(matrix, Pattern):
        return matrix
    shape = getattr(matrix, "shape", None)
    sparse = hasattr(matrix, "tocsc")
    if not (sparse or isinstance(matrix, np.ndarray)):
        raise ArgumentError(
            f"a sparsity pattern is a boolean array or a scipy.sparse matrix, not {type(matrix).__name__}\n"
            "  instead: `np.array(pattern, dtype=bool)` makes an array of nested lists"
        )
    if shape is None or len(shape) != 2:
        raise ArgumentError(f"a sparsity pattern has two axes, rows and columns, but this one has the shape {shape}")
    if sparse:
        return _from_columns(matrix.tocsc())
    if matrix.dtype != np.bool_:
        raise ArgumentError(
            f"a sparsity pattern given as an array is boolean, but this one is of {matrix.dtype}\n"
            "  why:     an entry that is zero here may be nonzero elsewhere, so that zeros are not taken for absent\n"
            "  instead: `array != 0`, if they are"
        )
    columns, rows = np.nonzero(matrix.T)
    return from_pairs(*shape, rows, columns)


def _from_columns(matrix: Any) -> Pattern:
    """The pattern of a matrix with the attributes of `scipy.sparse.csc_array`, which may be out of order or broken."""
    rows, columns = (int(size) for size in matrix.shape)
    indptr, indices = np.asarray(matrix.indptr), np.asarray(matrix.indices)
    steps = np.diff(indptr) if indptr.size == columns + 1 else np.array([-1])
    if indptr[:1].any() or (steps < 0).any() or indptr[-1] > indices.size:
        raise ArgumentError(
            "the arrays `indptr` and `indices` of a sparse matrix do not fit its shape\n"
            "  instead: `matrix.check_format()` says what is wrong with it"
        )
    # the arrays may be longer than what they hold
    return from_pairs(rows, columns, indices[: indptr[-1]].astype(np.int64), np.repeat(np.arange(columns), steps))


@njit(cache=True)
def column_numbers(pattern):
    """Column of each nonzero, as `indices` are the rows: int64 array, shape (nonzeros,)."""
    found = np.empty(pattern.indices.size, np.int64)
    for j in range(pattern.columns):
        found[pattern.indptr[j] : pattern.indptr[j + 1]] = j
    return found


@njit(cache=True)
def by_rows(pattern):
    """The transposed pattern, and where its nonzeros stand in the original.

    Parameters
    ----------
    pattern : Pattern

    Returns
    -------
    transposed : Pattern
    positions : int64 array, shape (nonzeros,)
        Nonzero k of the transposed pattern is nonzero `positions[k]` of the original.
    """
    indptr = np.zeros(pattern.rows + 1, np.int64)
    for i in pattern.indices:
        indptr[i + 1] += 1
    accumulate(indptr)
    indices, positions, end = np.empty_like(pattern.indices), np.empty_like(pattern.indices), indptr[:-1].copy()
    for j in range(pattern.columns):
        for k in range(pattern.indptr[j], pattern.indptr[j + 1]):
            at = end[pattern.indices[k]]
            indices[at], positions[at] = j, k
            end[pattern.indices[k]] = at + 1
    return Pattern(pattern.columns, pattern.rows, indptr, indices), positions


@register_jitable
def transposed(pattern):
    """Pattern of the transposed matrix."""
    return by_rows(pattern)[0]


@register_jitable
def union(first, second):
    """Pattern with the nonzeros of either of two patterns.

    Parameters
    ----------
    first, second : Pattern
        Of one shape.

    Returns
    -------
    Pattern

    Raises
    ------
    ArgumentError
        If the shapes differ.
    """
    if first.rows != second.rows or first.columns != second.columns:
        raise ArgumentError("the union of sparsity patterns needs two of one shape")
    rows = np.concatenate((first.indices, second.indices))
    return from_pairs(first.rows, first.columns, rows, np.concatenate((column_numbers(first), column_numbers(second))))


@register_jitable
def symmetric(pattern):
    """The smallest symmetric pattern that contains a square one; `ArgumentError` if it is not square."""
    if pattern.rows != pattern.columns:
        raise ArgumentError("only a square sparsity pattern can be made symmetric")
    return union(pattern, transposed(pattern))


@register_jitable
def mirrored(pattern):
    """For each nonzero of a symmetric pattern, the position of its mirror image.

    Parameters
    ----------
    pattern : Pattern

    Returns
    -------
    int64 array, shape (nonzeros,)

    Raises
    ------
    ArgumentError
        If the pattern is not symmetric.
    """
    flipped, positions = by_rows(pattern)
    if pattern.rows != pattern.columns:
        raise ArgumentError("the sparsity pattern of a Hessian has to be square")
    if not (np.array_equal(flipped.indptr, pattern.indptr) and np.array_equal(flipped.indices, pattern.indices)):
        raise ArgumentError(
            "the sparsity pattern of a Hessian has to be symmetric\n"
            "  instead: give both triangles, or `pattern | pattern.T`"
        )
    return positions


@njit(cache=True)
def contains(pattern, other):
    """Whether every nonzero of `other` is one of `pattern`; patterns of different shapes never contain each other."""
    if pattern.rows != other.rows or pattern.columns != other.columns:
        return False
    seen = np.full(pattern.rows, -1)
    for j in range(pattern.columns):
        for k in range(pattern.indptr[j], pattern.indptr[j + 1]):
            seen[pattern.indices[k]] = j
        for k in range(other.indptr[j], other.indptr[j + 1]):
            if seen[other.indices[k]] != j:
                return False
    return True


@njit(cache=True)
def dense(pattern):
    """Boolean array, shape (rows, columns)."""
    found = np.zeros((pattern.rows, pattern.columns), np.bool_)
    for j in range(pattern.columns):
        for k in range(pattern.indptr[j], pattern.indptr[j + 1]):
            found[pattern.indices[k], j] = True
    return found
