"""Checking in one or two sweeps that a program has no dependence outside a pattern.

Columns of one colour share no row of the pattern, so each output may see one of them at most. Every column gets a code word
out of the words of its colour, which all have the same number of bits set: a second column that an output depends on adds
a bit to what the pattern explains, whichever column it is. Exact, with `log2` of the columns of a colour in bits where
finding the pattern needs as many bits as columns.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from .columns import column_coloring
from .orderings import NATURAL
from .pattern import Pattern, column_numbers, from_pairs
from .words import BITS, LANE_BITS, LANES

__all__ = ["Check", "check_of", "violated"]


class Check(NamedTuple):
    """What a check sends into a program and what may come out.

    Parameters
    ----------
    words : uint32 array, shape (sweeps, inputs + 1, LANES)
        Sets of the inputs; the last row is empty.
    allowed : uint32 array, shape (sweeps, outputs, LANES)
        Bits that the sets of the outputs may have.
    """

    words: np.ndarray
    allowed: np.ndarray


def check_of(pattern: Pattern) -> Check:
    """The check of a pattern. Rows without zeros may depend on anything, and put no restriction on the codes."""
    rows, columns, indptr, indices = pattern
    full = np.bincount(indices, minlength=rows) == columns
    keep = ~full[indices]
    others = from_pairs(rows, columns, indices[keep], column_numbers(pattern)[keep])
    colors = column_coloring(others, NATURAL).column_colors
    # a column of full rows only, or of none, must not be seen elsewhere either: it goes with the first colour
    colors = np.where(colors < 0, 0, colors)
    width, weight = _code_lengths(np.bincount(colors, minlength=1))
    first = np.concatenate([[0], np.cumsum(width)])
    sweeps = max(-(-int(first[-1]) // BITS), 1)
    codes = np.zeros((columns, sweeps * LANES), np.uint32)
    _write_codes(colors, first, weight, codes)
    allowed = np.zeros((rows, sweeps * LANES), np.uint32)
    _unite(indptr, indices, codes, allowed)
    allowed[full] = 2**32 - 1
    words = np.concatenate([codes, np.zeros((1, codes.shape[1]), np.uint32)])
    return Check(_by_sweep(words, sweeps), _by_sweep(allowed, sweeps))


def _by_sweep(words: np.ndarray, sweeps: int) -> np.ndarray:
    return np.ascontiguousarray(words.reshape(words.shape[0], sweeps, LANES).swapaxes(0, 1))


def _code_lengths(sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each colour, the fewest bits that give a word with half of them set to each of its columns; and that half."""
    width = np.ones(sizes.size, np.int64)
    for color, size in enumerate(sizes):
        while _choices(int(width[color])) < size:
            width[color] += 1
    return width, (width + 1) // 2


def _choices(width: int) -> int:
    return math.comb(width, (width + 1) // 2)


@njit(cache=True)
def _write_codes(colors, first, weight, codes):
    """The columns of a colour take the words of its weight in ascending order (Gosper's step from one to the next)."""
    following = np.empty(weight.size, np.int64)
    for color in range(weight.size):
        following[color] = (1 << weight[color]) - 1
    for column in range(colors.size):
        color = colors[column]
        word = following[color]
        for k in range(first[color + 1] - first[color]):
            if word >> k & 1:
                bit = first[color] + k
                codes[column, bit // LANE_BITS] |= np.uint32(1) << np.uint32(bit % LANE_BITS)
        lowest = word & -word
        above = word + lowest
        following[color] = above | ((word ^ above) // lowest >> 2)


@njit(cache=True)
def _unite(indptr, indices, codes, allowed):
    for column in range(indptr.size - 1):
        for k in range(indptr[column], indptr[column + 1]):
            for lane in range(codes.shape[1]):
                allowed[indices[k], lane] |= codes[column, lane]


@njit(cache=True)
def violated(found, allowed):
    """Number of the first output that has a bit it may not have; -1 if none has.

    Parameters
    ----------
    found, allowed : uint32 array, shape (outputs, LANES)
    """
    for row in range(allowed.shape[0]):
        for lane in range(allowed.shape[1]):
            if found[row, lane] & ~allowed[row, lane]:
                return row
    return -1
