"""Patterns found by sweeps of index sets, and checked by codes: against programs that are nothing but a pattern."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from dualad.sparsity.codes import check_of, violated
from dualad.sparsity.detect import detect
from dualad.sparsity.pattern import contains, dense, from_pairs, union
from dualad.sparsity.words import BITS, LANES


@njit(cache=True)
def run(pattern, words):
    """What a program with this pattern makes of the sets of its inputs."""
    found = np.zeros((pattern.rows, words.shape[1]), np.uint32)
    for j in range(pattern.columns):
        for k in range(pattern.indptr[j], pattern.indptr[j + 1]):
            for lane in range(words.shape[1]):
                found[pattern.indices[k], lane] |= words[j, lane]
    return found


def sweep_of(pattern):
    """The program as `detect` calls it; the sets it is given are checked for their form."""

    def sweep(words):
        assert words.shape == (pattern.columns + 1, LANES)
        assert words.dtype == np.uint32
        assert not words[-1].any()
        return run(pattern, words)

    return sweep


def stencil(n, *offsets):
    """A periodic stencil."""
    i = np.arange(n)
    return from_pairs(n, n, np.tile(i, len(offsets)), np.concatenate([(i + d) % n for d in offsets]))


def arrow(n):
    """A diagonal, a full first row and a full first column."""
    i, zero = np.arange(n), np.zeros(n, np.int64)
    return from_pairs(n, n, np.concatenate([i, zero, i]), np.concatenate([i, i, zero]))


def same(a, b):
    """Whether two patterns have the same shape and nonzeros."""
    return bool(contains(a, b) and contains(b, a))


EMPTY = np.zeros(0, np.int64)


@pytest.mark.parametrize("shape", [(0, 0), (3, 0), (0, 3), (2, 2), (400, 300)])
def test_no_dependence_at_all(shape):
    pattern = from_pairs(*shape, EMPTY, EMPTY)
    found, sweeps = detect(shape[1], sweep_of(pattern))
    assert same(found, pattern)
    assert sweeps <= 2


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 900), st.integers(1, 900), st.integers(0, 3000), st.integers(0, 2**32 - 1))
def test_random_patterns_are_found_and_pass_their_check(rows, columns, pairs, seed):
    rng = np.random.default_rng(seed)
    pattern = from_pairs(rows, columns, rng.integers(0, rows, pairs), rng.integers(0, columns, pairs))
    found, _ = detect(columns, sweep_of(pattern))
    assert same(found, pattern)
    check = check_of(pattern)
    for words, allowed in zip(check.words, check.allowed, strict=True):
        assert violated(run(pattern, words), allowed) == -1


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.integers(1, 400), st.integers(0, 2000), st.integers(0, 2**32 - 1))
def test_one_dependence_more_is_noticed_and_said_where(rows, columns, pairs, seed):
    rng = np.random.default_rng(seed)
    pattern = from_pairs(rows, columns, rng.integers(0, rows, pairs), rng.integers(0, columns, pairs))
    check = check_of(pattern)
    for _ in range(10):
        row, column = rng.integers(rows), rng.integers(columns)
        more = union(pattern, from_pairs(rows, columns, np.array([row]), np.array([column])))
        first = [violated(run(more, words), allowed) for words, allowed in zip(*check, strict=True)]
        new = more.indices.size > pattern.indices.size
        assert max(first) == (row if new else -1)


def test_every_single_dependence_outside_of_a_small_pattern_is_noticed():
    pattern = from_pairs(7, 9, np.array([0, 0, 1, 2, 2, 2, 4]), np.array([0, 5, 5, 1, 2, 8, 3]))
    check = check_of(pattern)
    for row, column in np.argwhere(~dense(pattern)):
        more = union(pattern, from_pairs(7, 9, np.array([row]), np.array([column])))
        assert violated(run(more, check.words[0]), check.allowed[0]) == row


def test_a_dependence_less_is_no_violation():
    check = check_of(stencil(50, -1, 0, 1))
    assert violated(run(stencil(50, 0), check.words[0]), check.allowed[0]) == -1


@pytest.mark.parametrize(
    ("pattern", "most"),
    [
        (stencil(10**5, -300, -1, 0, 1, 300), 4),
        (stencil(10**5, -2, -1, 0, 1, 2), 3),
        (stencil(BITS, 0), 1),
        (stencil(BITS + 1, 0), 2),
        (arrow(3000), 3000 // BITS + 5),  # an output that depends on everything
        (from_pairs(200, 200, *np.divmod(np.arange(40000), 200)), 1),
    ],
    ids=["two-dimensional stencil", "band", "as many as bits", "one more than bits", "arrow", "dense"],
)
def test_number_of_sweeps(pattern, most):
    found, sweeps = detect(pattern.columns, sweep_of(pattern))
    assert same(found, pattern)
    assert sweeps <= most


def test_a_check_takes_one_sweep_where_detection_takes_several():
    for pattern in (stencil(10**5, -300, -1, 0, 1, 300), arrow(3000)):
        assert check_of(pattern).words.shape[0] == 1


def test_words_of_a_check_have_the_form_that_a_program_takes():
    check = check_of(stencil(1000, 0, 7))
    assert check.words.shape == (1, 1001, LANES)
    assert check.allowed.shape == (1, 1000, LANES)
    assert check.words.flags.c_contiguous
    assert not check.words[:, -1].any()
