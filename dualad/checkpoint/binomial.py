"""Binomial checkpointing of a known number of steps, in closed form.

With s snapshots, one of which is the initial state, and no step run more than r times without a record, at most
beta(s, r) = (s + r)! / (s! r!) steps can be reversed. From this follow the fewest plain steps, how far to advance
before the next snapshot, and how many states are stored. No tables: every function costs some r divisions.

Kernels: `plain_steps`, `stores`, `advance`. Schedules: `schedule`, `unwind`.

All numbers are exact up to 2**31 steps.

References
----------
A. Griewank and A. Walther, "Algorithm 799: revolve", ACM TOMS 26 (2000) 19-45, DOI 10.1145/347837.347846.
"""

import numpy as np
from numba.extending import register_jitable

from ..pipeline.extrema import larger, smaller
from ..pipeline.linked import inlined
from .actions import ADVANCE, LOAD, RECORD, REVERSE, STORE

__all__ = ["advance", "plain_steps", "schedule", "stores", "unwind"]


@inlined
def plain_steps(steps, snapshots):
    """Fewest steps run without a record in the whole reversal, forward sweep included; recorded steps not counted.

    Parameters
    ----------
    steps, snapshots : int
        Length of the rollout and number of snapshots, at least 1.

    Returns
    -------
    int
        t(l, s) = r l - beta(s + 1, r - 1). Griewank and Walther (2000), proposition 1.
    """
    if snapshots <= 1:
        return steps * (steps - 1) // 2
    count, reach, within = 0, 1, 0  # within: beta(s + 1, r - 1), the sum of beta(s, k) over k < r
    while reach < steps:
        within += reach
        count += 1
        reach = reach * (snapshots + count) // count
    return count * steps - within


@inlined
def stores(steps, snapshots):
    """How often `schedule` stores a state: the fewest among all schedules with the fewest plain steps.

    Parameters
    ----------
    steps, snapshots : int
        Length of the rollout and number of snapshots, at least 1.

    Returns
    -------
    int
        Number of stores, the one of the initial state included; 0 for a single step. Each of the steps but the last is
        reversed after one load, so that the number of loads is steps - 1.
    """
    if steps <= 1:
        return 0
    if snapshots <= 1:
        return 1
    count, last, reach = 1, 1, snapshots + 1  # beta(s, r - 1), beta(s, r)
    while reach < steps:
        count += 1
        last, reach = reach, reach * (snapshots + count) // count
    fewer = last * snapshots // (snapshots + count - 1)  # beta(s - 1, r - 1)
    more = last * snapshots // count  # beta(s - 1, r)
    return larger(fewer, more - (reach - steps))


@inlined
def advance(steps, snapshots):
    """How far to advance from a stored state before the next one is stored.

    Parameters
    ----------
    steps : int
        Steps from the stored state to the end of what is to be reversed next, at least 2.
    snapshots : int
        Slots that this stretch may use: the one that holds the stored state, and the free ones.

    Returns
    -------
    int
        A number from 1 to steps - 1; when it is steps - 1 the last step is next and no state need be stored.

    Notes
    -----
    With r the least number for which beta(s, r) >= steps, the split is optimal when the left part is at most
    beta(s, r - 1), at least beta(s, r - 2), and the right part between beta(s - 1, r - 1) and beta(s - 1, r). Within
    that range this one leads to the fewest stores (Griewank and Walther (2000), section 3, the formula for the next
    checkpoint).
    Costs r + 2 divisions.
    """
    if snapshots <= 1:
        return steps - 1
    if steps <= snapshots + 1:
        return 1
    count, last, reach = 2, snapshots + 1, (snapshots + 1) * (snapshots + 2) // 2
    while reach < steps:
        count += 1
        last, reach = reach, reach * (snapshots + count) // count
    right = last * snapshots // (snapshots + count - 1)  # beta(s - 1, r - 1)
    second = right * (snapshots - 1) // (snapshots + count - 2)  # beta(s - 2, r - 1)
    return smaller(larger(smaller(steps - right, last - second), steps - right - second), last)


@register_jitable
def unwind(positions, slots, height, steps, snapshots, current):
    """The reverse sweep: reverse all steps from a stack of stored states, binomially between each two of them.

    Parameters
    ----------
    positions, slots : int64 arrays, shape (min(snapshots, steps),)
        At k < `height`: the step before which a state was stored, ascending from 0, and the slot that holds it.
        At k >= `height`: the free slots. Positions are overwritten.
    height : int
        Number of stored states.
    steps, snapshots : int
        Length of the rollout and number of slots.
    current : int
        Where the current state stands at the start, if that is `positions[height - 1]`; -1 if it is to be loaded.

    Yields
    ------
    tuple of int
        Actions.
    """
    for step in range(steps - 1, -1, -1):
        position = positions[height - 1]
        if position != current:
            yield LOAD, slots[height - 1], position
        current = -1
        while position < step:
            stop = position + advance(step + 1 - position, snapshots - height + 1)
            yield ADVANCE, position, stop
            position = stop
            if position < step:
                yield STORE, slots[height], position
                positions[height] = position
                height += 1
        yield RECORD, step, step + 1
        yield REVERSE, step, step + 1
        if positions[height - 1] == step:
            height -= 1


@register_jitable
def schedule(steps, snapshots):
    """Every action of the forward and the reverse sweep of a rollout.

    Parameters
    ----------
    steps, snapshots : int
        Length of the rollout, and number of slots, at least 1: the initial state takes one. A single step needs none.

    Yields
    ------
    tuple of int
        Actions. The forward sweep is all before the first REVERSE: it advances to the last step, storing on its way
        what the reverse sweep starts from, and records the last step.
    """
    if steps > 1:
        yield STORE, 0, 0
    slots = np.arange(max(min(snapshots, steps), 1))
    for action in unwind(np.zeros_like(slots), slots, 1, steps, snapshots, 0):  # noqa: UP028 (Numba has no `yield from`)
        yield action
