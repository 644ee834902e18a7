"""Finding a sparsity pattern by index sets: few sweeps with a few hundred bits each, whatever the number of inputs.

The inputs are split into blocks, and one sweep tells for each output which blocks it depends on. Blocks that no output has
in common may share bits without doubt about whose they are, so they are coloured, and every block of a colour is split
into as many smaller ones as there are bits for a colour. Three or four sweeps so do for 10^5 inputs of a stencil. Where many
blocks meet in one output there are few bits for each: in the worst case, an output that depends on everything, it
takes `inputs / bits` sweeps.

Nothing here knows a program: `sweep` runs it. A subdivision like this one, with numbers in the place of sets, is in Griewank
and Mitev, "Detecting Jacobian sparsity patterns by Bayesian probing", Mathematical Programming 93 (2002) 1-25,
doi:10.1007/s101070100281.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit

from .columns import column_coloring
from .orderings import NATURAL
from .pattern import Pattern, from_pairs
from .words import BITS, LANE_BITS, LANES

__all__ = ["detect"]

#: Runs the program: (inputs + 1, LANES) words, the last row empty, to (outputs, LANES) words.
Sweep = Callable[[np.ndarray], np.ndarray]


def detect(inputs: int, sweep: Sweep) -> tuple[Pattern, int]:
    """Pattern of the Jacobian of a program, and the number of sweeps that it took.

    Parameters
    ----------
    inputs : int
    sweep : callable
        `sweep(words)` with uint32 `words` of shape (inputs + 1, LANES), the set of each input and an empty last row; it gives the
        sets of the outputs, shape (outputs, LANES).

    Returns
    -------
    Pattern
    int

    Notes
    -----
    Memory in proportion to the inputs, the outputs and the nonzeros.
    """
    starts = np.array([0, inputs], np.int64)  # of the blocks
    colors = np.zeros(1, np.int64)
    blocks, rows, sweeps = None, 0, 0
    while True:
        size = int(np.max(starts[1:] - starts[:-1]))
        count = int(colors.max()) + 1
        parts = min(max(size, 1), max(BITS // count, 2) if 2 * count <= BITS else BITS)
        finer, first_part = _split(starts, parts)
        together = BITS // parts  # colours in one sweep
        found_rows, found_parts = [], []
        for color in range(0, count, together):
            words = _words(starts, colors, color, together, parts, inputs)
            found = sweep(words)
            sweeps += 1
            if blocks is None:
                rows = found.shape[0]
                blocks = Pattern(rows, 1, np.array([0, rows]), np.arange(rows))
            these = _decoded(found, blocks.indptr, blocks.indices, colors, color, together, parts, first_part)
            found_rows.append(these[0])
            found_parts.append(these[1])
        blocks = from_pairs(rows, finer.size - 1, np.concatenate(found_rows), np.concatenate(found_parts))
        starts = finer
        if not blocks.indices.size:
            return from_pairs(rows, inputs, blocks.indices, blocks.indices), sweeps
        if int(np.max(starts[1:] - starts[:-1], initial=0)) <= 1:
            return blocks, sweeps
        colors = column_coloring(blocks, NATURAL).column_colors


@njit(cache=True)
def _split(starts, parts):
    """Starts of the parts of all blocks, up to `parts` of each, and the number of the first part of each block."""
    blocks = starts.size - 1
    first = np.empty(blocks + 1, np.int64)
    first[0] = 0
    for b in range(blocks):
        first[b + 1] = first[b] + min(parts, starts[b + 1] - starts[b])
    finer = np.empty(first[blocks] + 1, np.int64)
    for b in range(blocks):
        size, count = starts[b + 1] - starts[b], first[b + 1] - first[b]
        for part in range(count):
            finer[first[b] + part] = starts[b] + size * part // count
    finer[first[blocks]] = starts[blocks]
    return finer, first


@njit(cache=True)
def _words(starts, colors, color, together, parts, inputs):
    """Sets of the inputs for a sweep over the colours `color ... color + together`: a bit for each part of each colour."""
    words = np.zeros((inputs + 1, LANES), np.uint32)
    for b in range(starts.size - 1):
        own = colors[b] - color
        if colors[b] < 0 or own < 0 or own >= together:
            continue
        size = starts[b + 1] - starts[b]
        count = min(parts, size)
        for part in range(count):
            bit = own * parts + part
            for i in range(starts[b] + size * part // count, starts[b] + size * (part + 1) // count):
                words[i, bit // LANE_BITS] = np.uint32(1) << np.uint32(bit % LANE_BITS)
    return words


@njit(cache=True)
def _decoded(found, indptr, indices, colors, color, together, parts, first_part):
    """Pairs (row, part) out of the sets of the outputs; a column of the pattern is a block."""
    total = 0
    for store in range(2):
        if store == 1:
            rows, columns = np.empty(total, np.int64), np.empty(total, np.int64)
            total = 0
        else:
            rows, columns = np.empty(0, np.int64), np.empty(0, np.int64)
        for b in range(indptr.size - 1):
            own = colors[b] - color
            if colors[b] < 0 or own < 0 or own >= together:
                continue
            for k in range(indptr[b], indptr[b + 1]):
                row = indices[k]
                for part in range(first_part[b + 1] - first_part[b]):
                    bit = own * parts + part
                    if found[row, bit // LANE_BITS] >> np.uint32(bit % LANE_BITS) & np.uint32(1):
                        if store == 1:
                            rows[total], columns[total] = row, first_part[b] + part
                        total += 1
    return rows, columns
