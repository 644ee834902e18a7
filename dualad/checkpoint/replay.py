"""Runs a schedule on counters, with no state at all: checks every action and counts what the schedule costs.

Used by the tests, and to predict what a plan costs. Works in plain Python and in nopython code, where the schedule is a
compiled generator: a million steps take 0.3 s.
"""

from typing import NamedTuple

import numpy as np

from ..errors import ScheduleError
from ..pipeline.linked import kernel
from .actions import ADVANCE, LOAD, LOAD_RECORD, RECORD, REVERSE, STORE, STORE_RECORD

__all__ = ["Counts", "replay"]

NOWHERE = -1


class Counts(NamedTuple):
    """What a schedule does, in numbers.

    Attributes
    ----------
    plain, recorded : int
        Steps run without and with a record.
    stores, loads : int
        States and records copied into and out of slots.
    far_stores, far_loads : int
        Those of them that touch a slot of the second level.
    slots : int
        Number of slots ever used.
    longest : int
        Most steps whose records are there at once, outside the slots.
    """

    plain: int
    recorded: int
    stores: int
    loads: int
    far_stores: int
    far_loads: int
    slots: int
    longest: int


@kernel
def replay(schedule, steps, slots, near=-1):
    """Check a schedule and count its actions.

    Parameters
    ----------
    schedule : iterable of (int, int, int)
        Actions, as described in `dualad.checkpoint.actions`.
    steps, slots : int
        Length of the rollout, and how many slots there are.
    near : int, optional
        Number of slots of the first level; those with larger numbers are of the second. By default all are.

    Returns
    -------
    Counts
        The totals.

    Raises
    ------
    ScheduleError
        When an action starts from a state or a record that is not there, a slot does not exist, or not every step is
        reversed exactly once, from the last to the first.
    """
    states = np.full(slots, NOWHERE)  # the step before which the state in each slot stands
    records = np.full(slots, NOWHERE)  # the step whose record is in each slot
    current, start, stop = 0, 0, 0  # of the current state; of the current record, empty when start == stop
    left, near = steps, slots if near < 0 else near
    plain = recorded = stores = loads = far_stores = far_loads = used = longest = 0
    for action, first, second in schedule:
        if action in (ADVANCE, RECORD, REVERSE):
            if not 0 <= first < second <= left:
                raise ScheduleError("a run of steps is empty, or reaches steps that are reversed already")
        elif not 0 <= first < slots:
            raise ScheduleError("a slot does not exist")
        if action in (ADVANCE, RECORD):
            if current != first:
                raise ScheduleError("steps start from a state that is not there")
            current = second
            if action == ADVANCE:
                plain += second - first
            else:
                recorded += second - first
                start, stop = first, second
                longest = max(longest, stop - start)
        elif action == REVERSE:
            if start != first or stop != second or second != left:
                raise ScheduleError("what is reversed is not what was recorded, or not what is next")
            left, stop, current = first, start, NOWHERE
        elif action in (STORE, STORE_RECORD):
            if action == STORE:
                if current != second:
                    raise ScheduleError("a state is stored that is not there")
                states[first], records[first] = second, NOWHERE
            else:
                if start != second or stop != second + 1:
                    raise ScheduleError("a record is stored that is not there")
                states[first], records[first] = NOWHERE, second
            stores += 1
            far_stores += first >= near
            used = max(used, first + 1)
        elif action == LOAD:
            if states[first] != second:
                raise ScheduleError("a state is loaded that its slot does not hold")
            current = second
            loads += 1
            far_loads += first >= near
        elif action == LOAD_RECORD:
            if records[first] != second:
                raise ScheduleError("a record is loaded that its slot does not hold")
            start, stop = second, second + 1
            loads += 1
            far_loads += first >= near
        else:
            raise ScheduleError("an action is unknown")
    if left != 0:
        raise ScheduleError("steps are left that were not reversed")
    return Counts(plain, recorded, stores, loads, far_stores, far_loads, used, longest)
