"""Schedules replayed in nopython code, which is how generated code runs them, and quick enough for a million steps."""

import numpy as np
from numba import njit

from dualad.checkpoint import binomial, blocks, mixed, online, two_level
from dualad.checkpoint.replay import replay


@njit
def binomial_counts(steps, snapshots):
    return replay(binomial.schedule(steps, snapshots), steps, snapshots)


@njit
def block_counts(steps, number, snapshots):
    return replay(blocks.in_steps(binomial.schedule(number, snapshots), number, steps), steps, snapshots)


@njit
def online_counts(steps, snapshots):
    return replay(online.schedule(steps, snapshots), steps, snapshots)


@njit
def mixed_counts(steps, slots):
    return replay(mixed.schedule(steps, slots), steps, slots)


@njit
def two_level_counts(units, memory, disk, write, read):
    splits, time = two_level.tabulate(units, memory, disk, write, read)
    return replay(two_level.schedule(units, memory, disk, splits), units, memory + disk, memory), time


@njit
def online_plain_steps(steps, snapshots):
    """Plain steps of the online schedule for every length up to a number of steps, and how often `place` was called.

    Until the last step nothing depends on where the loop ends: one forward sweep gives the stack of each length.
    """
    positions, slots = np.zeros(snapshots + 2, np.int64), np.arange(snapshots)
    height, due, calls, closed = 0, 0, 0, 0
    found = np.zeros(steps + 1, np.int64)
    for step in range(steps + 1):
        if step > 0:
            last = binomial.plain_steps(step - positions[height - 1], snapshots - height + 1)
            found[step] = step + closed + last
        if step == due:
            height, due = online.place(positions, slots, height, step, snapshots)
            calls += 1
            closed = 0
            for i in range(height - 1):
                closed += binomial.plain_steps(positions[i + 1] - positions[i], snapshots - i)
    return found, calls


@njit
def fewest_plain_steps(steps, snapshots):
    """`binomial.plain_steps` for every length up to a number of steps."""
    found = np.zeros(steps + 1, np.int64)
    for length in range(steps + 1):
        found[length] = binomial.plain_steps(length, snapshots)
    return found
