"""A rollout with real states, driven by the kernels as generated code drives them: one step is x -> a x (1 - x)."""

import numpy as np
import pytest
from numba import njit

from dualad.checkpoint import binomial, online
from dualad.checkpoint.blocks import block_start, longest_block
from tests.checkpoint.counted import block_counts, online_counts


@njit
def advanced(x, a, start, stop):
    for _ in range(start, stop):
        x = a * x * (1.0 - x)
    return x


@njit
def unwound(a, steps, blocks, snapshots, store, positions, slots, height, x, live):
    """The reverse sweep of `x_end ** 2`: cotangents of the first state and of a, and the number of plain steps.

    With `live`, the first block to be reversed is come to from the current state, and this is the forward sweep.
    """
    record = np.empty(longest_block(blocks, steps))
    x_bar = a_bar = 0.0
    plain = 0
    for block in range(blocks - 1, -1, -1):
        position = positions[height - 1]
        if not live:
            x = store[slots[height - 1]]
        live = False
        while position < block:
            stop = position + binomial.advance(block + 1 - position, snapshots - height + 1)
            first, last = block_start(position, blocks, steps), block_start(stop, blocks, steps)
            x = advanced(x, a, first, last)
            plain += last - first
            position = stop
            if position < block:
                store[slots[height]] = x
                positions[height] = position
                height += 1
        first, last = block_start(block, blocks, steps), block_start(block + 1, blocks, steps)
        for step in range(first, last):
            record[step - first] = x
            x = a * x * (1.0 - x)
        if block == blocks - 1:
            x_bar = 2.0 * x
        for step in range(last - 1, first - 1, -1):
            y = record[step - first]
            a_bar += x_bar * y * (1.0 - y)
            x_bar *= a * (1.0 - 2.0 * y)
        if positions[height - 1] == block:
            height -= 1
    return x_bar, a_bar, plain


@njit
def gradient(x, a, steps, blocks, snapshots):
    size = max(snapshots, 1)
    store, positions, slots = np.empty(size), np.zeros(size, np.int64), np.arange(size)
    if blocks > 1:
        store[0] = x
    return unwound(a, steps, blocks, snapshots, store, positions, slots, 1, x, True)


@njit
def online_gradient(x, a, end, snapshots):
    store, positions, slots = np.empty(snapshots), np.zeros(snapshots + 2, np.int64), np.arange(snapshots)
    height = due = step = 0
    while step < end:
        if step == due:
            height, due = online.place(positions, slots, height, step, snapshots)
            if positions[height - 1] == step:
                store[slots[height - 1]] = x
        x = a * x * (1.0 - x)
        step += 1
    x_bar, a_bar, plain = unwound(a, step, step, snapshots, store, positions, slots, height, x, False)
    return x_bar, a_bar, plain + step


@pytest.mark.parametrize("steps", [1, 2, 50, 333])
def test_every_schedule_gives_the_same_bits(steps):
    everything = gradient(0.3, 3.5, steps, 1, 0)
    assert everything[2] == 0
    for number in {1, min(steps, 2), (steps + 6) // 7, steps} - {1}:
        for snapshots in (1, 2, 5, steps):
            found = gradient(0.3, 3.5, steps, number, snapshots)
            assert found[:2] == everything[:2]
            assert found[2] == block_counts(steps, number, snapshots).plain
    for snapshots in (1, 2, 5, 20):
        found = online_gradient(0.3, 3.5, steps, snapshots)
        assert found[:2] == everything[:2]
        assert found[2] == online_counts(steps, snapshots).plain


def test_the_gradient_is_right():
    def end(x, a):
        for _ in range(12):
            x = a * x * (1.0 - x)
        return x**2

    x_bar, a_bar, _ = gradient(0.3, 3.5, 12, 12, 3)
    assert x_bar == pytest.approx(end(0.3 + 1e-30j, 3.5).imag / 1e-30, rel=1e-12)
    assert a_bar == pytest.approx(end(0.3, 3.5 + 1e-30j).imag / 1e-30, rel=1e-12)
