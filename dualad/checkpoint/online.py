"""Checkpointing of a loop whose number of steps is known only when it ends.

Snapshots are kept so that the reversal would be cheap if the loop ended now. Between two of them, and after the last,
the reverse sweep is binomial with the slots that are free by then, so that a stack of positions costs
`sum(plain_steps(gap i, snapshots - i))`. At some of the steps, never more than a small part of that sum apart, a new
snapshot is considered; when the slots are full, it takes the place of the one whose loss raises the sum least, or is
itself the one to do without.

Kernels: `place`, `least_loss`, `stride`. Schedule: `schedule`.

Against the fewest plain steps for a number of steps known in advance (`binomial.plain_steps`) this takes 1.003 times as
many on average and 1.048 times at most, for 8 to 128 snapshots and every number of steps from four times as many to
200 000: tests/checkpoint/test_online.py.
Equinox (Kidger and Garcia 2021), after Stumm and Walther (SIAM J. Sci. Comput. 32 (2010) 836-854, DOI
10.1137/080742439), takes 1.16 to 1.28 times on average.
"""

import numpy as np
from numba.extending import register_jitable

from ..pipeline.extrema import larger, smaller
from ..pipeline.linked import kernel
from .actions import ADVANCE, STORE
from .binomial import plain_steps, unwind

__all__ = ["least_loss", "place", "schedule", "stride"]

SHARE = 0.005  # of all plain steps: how much the steps since the last snapshot may add to them


@kernel
def stride(position, snapshots, spare):
    """How many steps to run before a snapshot is considered again.

    Parameters
    ----------
    position, snapshots : int
        Where the loop stands, at least 1, and the number of slots.
    spare : int
        Number of slots left free for the steps since the last snapshot.

    Returns
    -------
    int
        A number d, at least 1, chosen so that reversing d steps with `spare` + 1 slots, about d ** (1 + 1 / (spare + 1))
        plain steps, is a small share of all.
    """
    share = SHARE * plain_steps(position, snapshots) / (2 * spare + 1)
    return larger(int(share ** ((spare + 1) / (spare + 2))), 1)


@kernel
def least_loss(positions, height, snapshots):
    """Which of the stored states to do without.

    Parameters
    ----------
    positions : int64 array, shape (at least height + 1,)
        The steps before which states are stored, ascending from 0, and the end of the last gap.
    height, snapshots : int
        Number of positions, at least 2, and of slots.

    Returns
    -------
    int
        Index of a position, not 0, without which the remaining gaps take the fewest plain steps; the first of equals.

    Notes
    -----
    Costs some 3 `height` evaluations of `plain_steps`.
    """
    before = 0  # of the gaps before the two around a position
    for i in range(height - 1):
        before += plain_steps(positions[i + 1] - positions[i], snapshots - i)
    after = 0  # of the gaps behind them, each with one more slot
    best, least = height, before
    for i in range(height - 1, 0, -1):
        before -= plain_steps(positions[i] - positions[i - 1], snapshots - i + 1)
        total = before + plain_steps(positions[i + 1] - positions[i - 1], snapshots - i + 1) + after
        if best == height or total <= least:
            best, least = i, total
        after += plain_steps(positions[i + 1] - positions[i], snapshots - i + 1)
    return best


@kernel
def place(positions, slots, height, position, snapshots):
    """Consider a snapshot at a step: to be called whenever the loop comes to the step that was due.

    Parameters
    ----------
    positions : int64 array, shape (snapshots + 2,)
        At k < `height`: the step before which a state is stored, ascending from 0. Updated; the rest is work space.
    slots : int64 array, shape (snapshots,)
        A permutation of the slots; at k < `height` the one that holds the state of `positions[k]`. Updated.
    height : int
        Number of stored states: 0 before the first step.
    position, snapshots : int
        The step that the loop is about to run, and the number of slots, at least 1.

    Returns
    -------
    height, due : int
        The new number of stored states, and the next step at which to call this function, the first being step 0. If
        `positions[height - 1]` is now `position`, the current state is to be stored in `slots[height - 1]`.

    Notes
    -----
    Most steps are not due: of 10**6 steps with 8, 64 and 512 snapshots some 1 %, of 10**7 some 0.2 %. A call costs some
    15 ns for each snapshot. Shared among all of 10**6 steps this is 8, 11 and 63 ns, among 10**7 it is 4, 3 and 13 ns.
    """
    if height < 1:
        positions[0] = position
        return 1, position + 1
    spare = smaller(snapshots // 16, 2)
    if height < snapshots - spare:
        positions[height] = position
        return height + 1, position + 1
    due = position + stride(position, snapshots, spare)
    positions[height], positions[height + 1] = position, due
    dropped = least_loss(positions, height + 1, snapshots)
    if dropped < height:
        free = slots[dropped]
        for i in range(dropped, height - 1):
            positions[i], slots[i] = positions[i + 1], slots[i + 1]
        positions[height - 1], slots[height - 1] = position, free
    return height, due


@register_jitable
def schedule(steps, snapshots):
    """Every action of a loop that turns out to end after a number of steps.

    Parameters
    ----------
    steps, snapshots : int
        Where the loop ends, which the schedule does not know before it is there, and the number of slots, at least 1.

    Yields
    ------
    tuple of int
        Actions. The forward sweep runs all steps without records.
    """
    positions, slots = np.zeros(snapshots + 2, np.int64), np.arange(snapshots)
    height = due = 0
    for step in range(steps):
        if step == due:
            height, due = place(positions, slots, height, step, snapshots)
            if positions[height - 1] == step:
                yield STORE, slots[height - 1], step
        yield ADVANCE, step, step + 1
    for action in unwind(positions, slots, height, steps, snapshots, -1):  # noqa: UP028 (Numba has no `yield from`)
        yield action
