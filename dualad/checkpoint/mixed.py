"""Slots that hold a state or the record of one step, for records about as large as states.

The last steps before a reversal need not be run again at all where their records fit in free slots, and a slot that
holds a state can hold a record once the state is no longer started from. Known from dynamic programming (Maddison 2024);
here in closed form. A rollout is a binary tree: a stretch of steps that no longer fits in records is split in two, the
state at its start stored, its left part run once more. A leaf with f free slots holds the records of f + 1 steps, the
last of them the current one. Splitting a leaf that is run k times without records makes room for f more steps; these,
and one of those that it had, are then run k + 1 times. Cheapest is thus to split the leaves with the smallest k, of these
the ones with most free slots: `_split` counts them.

Kernels: `keeps_record`, `advance`, `plain_steps`. Schedule: `schedule`.

References
----------
J. R. Maddison, "Step-based checkpointing with high-level algorithmic differentiation", J. Comput. Sci. 82 (2024) 102405,
DOI 10.1016/j.jocs.2024.102405.
"""

import numpy as np
from numba.extending import register_jitable

from ..pipeline.extrema import larger, smaller
from ..pipeline.linked import inlined, kernel
from .actions import ADVANCE, LOAD, LOAD_RECORD, RECORD, REVERSE, STORE, STORE_RECORD

__all__ = ["advance", "keeps_record", "plain_steps", "schedule"]


@inlined
def keeps_record(steps, free):
    """Whether the next step is to be recorded, and its record stored unless it is the last.

    Parameters
    ----------
    steps : int
        Steps from the current state to the end of what is to be reversed next, at least 1.
    free : int
        Number of free slots, the one that holds the current state among them if there is one.

    Returns
    -------
    bool
        If so, the current state need not be kept; if not, it is stored unless it is, and `advance` says how far to run.
    """
    return steps <= free + 1


@kernel
def _split(steps, free):
    """Plain steps of a stretch, and how many of its steps lie left of its first split.

    All leaves that are run less than `count` times are split, which makes room for `reach` steps, `left` of them in the
    left part; of those that are run `count` times as many as are needed for the rest.
    """
    free = larger(free, 1)  # with none there is no end
    count, left, reach, plain = 0, 1, free + 1, 0
    leaves = free  # that are run `count` times: C(f + count, count + 1)
    while True:
        # The sum of C(f - g + count, count) leaves with g free slots for another g steps, over g.
        room = reach * (free + count + 2) // (count + 2) - reach
        if reach + room >= steps:
            break
        plain += (count + 1) * room + leaves
        left, reach = reach, reach + room
        count += 1
        leaves = leaves * (free + count) // (count + 1)
    rest, alike = steps - reach, 1
    plain += (count + 1) * rest
    for below in range(free):  # leaves with free - below free slots, `alike` of them, most slots first
        size = free - below
        on_left = alike if below == 0 else alike * count // (below + count)
        left += smaller(rest, on_left * size)
        if rest <= alike * size:
            plain += (rest + size - 1) // size
            break
        plain += alike
        rest -= alike * size
        alike = alike * (below + 1 + count) // (below + 1)
    return plain, left


@kernel
def plain_steps(steps, slots):
    """Fewest steps run without a record in the whole reversal, forward sweep included; recorded steps not counted.

    Parameters
    ----------
    steps, slots : int
        Length of the rollout and number of slots, at least 1 for more than one step.

    Returns
    -------
    int
        Number of steps: that of Maddison (2024), which counts the recorded steps too, less `steps`.
    """
    return 0 if keeps_record(steps, slots) else _split(steps, slots)[0]


@kernel
def advance(steps, free):
    """How far to advance from a stored state before something is stored again.

    Parameters
    ----------
    steps, free : int
        As for `keeps_record`, which is false; free >= 1.

    Returns
    -------
    int
        A number from 2 to steps - 1.

    Notes
    -----
    Costs a few divisions for each repetition, and for each slot up to the first that is split.
    """
    return _split(steps, free)[1]


@register_jitable
def schedule(steps, slots):
    """Every action of the forward and the reverse sweep of a rollout.

    Parameters
    ----------
    steps, slots : int
        Length of the rollout and number of slots, at least 1 for more than one step.

    Yields
    ------
    tuple of int
        Actions. The forward sweep is all before the first REVERSE; it ends with the record of the last step.
    """
    positions = np.zeros(slots + 1, np.int64)  # of what is stored, ascending; slot k holds what is at positions[k]
    recorded = np.zeros(slots + 1, np.bool_)
    height = position = 0
    for step in range(steps - 1, -1, -1):
        if height > 0:
            position = positions[height - 1]
            if recorded[height - 1]:
                height -= 1
                yield LOAD_RECORD, height, step
                yield REVERSE, step, step + 1
                continue
            yield LOAD, height - 1, position
        stored = height > 0
        while position < step:
            height -= stored
            keeps = keeps_record(step + 1 - position, slots - height)
            positions[height], recorded[height] = position, keeps
            if keeps:
                yield RECORD, position, position + 1
                yield STORE_RECORD, height, position
                position += 1
            else:
                if not stored:
                    yield STORE, height, position
                stop = position + advance(step + 1 - position, slots - height)
                yield ADVANCE, position, stop
                position = stop
            height += 1
            stored = False
        yield RECORD, step, step + 1
        yield REVERSE, step, step + 1
