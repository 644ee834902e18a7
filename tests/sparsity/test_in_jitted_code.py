"""Colourings are made in jitted code as they are from Python."""

import numpy as np
import pytest
from numba import njit

from dualad.sparsity.bidirectional import bidirectional_coloring
from dualad.sparsity.coloring import recover, verify
from dualad.sparsity.columns import column_coloring, row_coloring
from dualad.sparsity.orderings import BEST
from dualad.sparsity.pattern import from_matrix, symmetric, union
from dualad.sparsity.star import star_coloring
from tests.sparsity.patterns import arrow, stencil


@pytest.mark.full
def test_every_kind_of_colouring():
    @njit
    def colored(pattern):
        both = union(pattern, symmetric(pattern))
        return (
            column_coloring(both, BEST),
            row_coloring(both, BEST),
            bidirectional_coloring(both, BEST, 1.0, 2.0),
            star_coloring(both, BEST),
        )

    for pattern in (stencil((6, 7), 2), arrow(20), from_matrix(np.zeros((0, 0), bool))):
        plain = colored.py_func(pattern)
        for found, right in zip(colored(pattern), plain, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(found, right, strict=True))


def test_values_are_refilled_in_jitted_code():
    pattern = stencil((3, 4))
    coloring = column_coloring(pattern, BEST)

    @njit
    def rounds(pattern, coloring, sums, data):
        none = np.empty((0, pattern.columns))
        for turn in range(3):
            recover(coloring, turn * sums, none, data)
        return verify(pattern, coloring)

    data, seeds = np.zeros(pattern.indices.size), coloring.column_colors[:, None] == np.arange(coloring.column_count)
    matrix = np.zeros((pattern.rows, pattern.columns))
    columns = np.repeat(np.arange(pattern.columns), np.diff(pattern.indptr))
    matrix[pattern.indices, columns] = np.arange(pattern.indices.size)
    assert rounds(pattern, coloring, matrix @ seeds, data)
    assert np.array_equal(data, 2.0 * np.arange(pattern.indices.size))
