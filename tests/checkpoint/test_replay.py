"""The replay finds every fault of a schedule; the schedules themselves are valid."""

import pytest

from dualad.checkpoint import binomial, blocks, mixed, online, two_level
from dualad.checkpoint.actions import ADVANCE, LOAD, LOAD_RECORD, RECORD, REVERSE, STORE, STORE_RECORD
from dualad.checkpoint.replay import Counts, replay
from dualad.errors import ScheduleError
from tests.checkpoint.counted import binomial_counts, mixed_counts


def two_levels(units, memory, disk):
    return two_level.schedule(units, memory, disk, two_level.tabulate(units, memory, disk, 1.0, 1.0)[0])


#: Schedule, steps, slots.
SCHEDULES = {
    "binomial": (list(binomial.schedule(23, 3)), 23, 3),
    "blocks": (list(blocks.in_steps(binomial.schedule(7, 2), 7, 25)), 25, 2),
    "online": (list(online.schedule(23, 4)), 23, 4),
    "mixed": (list(mixed.schedule(23, 3)), 23, 3),
    "two levels": (list(two_levels(23, 2, 3)), 23, 5),
}


def valid(actions, steps, slots):
    try:
        replay(actions, steps, slots)
    except ScheduleError:
        return False
    return True


@pytest.mark.parametrize("name", SCHEDULES)
def test_no_action_can_be_left_out(name):
    actions, steps, slots = SCHEDULES[name]
    assert valid(actions, steps, slots)
    for k, (action, _, _) in enumerate(actions):
        # Online, a state may be dropped before it is loaded; and the last plain steps of the loop are those of its sweep.
        if action not in (STORE, LOAD) and (name, action) != ("online", ADVANCE):
            assert not valid(actions[:k] + actions[k + 1 :], steps, slots), (k, actions[k])


@pytest.mark.parametrize("name", ["binomial", "blocks", "mixed", "two levels"])
def test_no_store_and_no_load_can_be_left_out(name):
    actions, steps, slots = SCHEDULES[name]
    for k, (action, _, _) in enumerate(actions):
        if action in (STORE, LOAD, STORE_RECORD, LOAD_RECORD):
            assert not valid(actions[:k] + actions[k + 1 :], steps, slots), (k, actions[k])


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("change", [(0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1), (7, 0, 0)])
def test_no_number_can_be_changed(name, change):
    actions, steps, slots = SCHEDULES[name]
    for k, action in enumerate(actions):
        changed = tuple(a + b for a, b in zip(action, change, strict=True))
        if action[0] == STORE and change[1]:
            continue  # another slot may be free as well
        assert not valid([*actions[:k], changed, *actions[k + 1 :]], steps, slots), (k, action)


@pytest.mark.parametrize("name", SCHEDULES)
def test_slots_suffice(name):
    actions, steps, slots = SCHEDULES[name]
    assert replay(actions, steps, slots).slots == slots
    assert not valid(actions, steps, slots - 1)
    assert not valid(actions, steps + 1, slots)


@pytest.mark.parametrize(
    ("message", "actions"),
    [
        ("a run of steps is empty", [(ADVANCE, 0, 0)]),
        ("reaches steps that are reversed already", [(ADVANCE, 0, 3)]),
        ("a slot does not exist", [(STORE, 1, 0)]),
        ("steps start from a state that is not there", [(RECORD, 1, 2)]),
        ("what is reversed is not what was recorded", [(RECORD, 0, 1), (REVERSE, 0, 1)]),
        ("a state is stored that is not there", [(STORE, 0, 1)]),
        ("a record is stored that is not there", [(STORE_RECORD, 0, 0)]),
        ("a state is loaded that its slot does not hold", [(LOAD, 0, 0)]),
        ("a record is loaded that its slot does not hold", [(STORE, 0, 0), (LOAD_RECORD, 0, 0)]),
        ("an action is unknown", [(7, 0, 0)]),
        ("steps are left that were not reversed", [(RECORD, 0, 2)]),
    ],
)
def test_the_message_says_what_is_wrong(message, actions):
    with pytest.raises(ScheduleError, match=message):
        replay(actions, 2, 1)


def test_counts():
    actions = [
        (STORE, 0, 0),
        (ADVANCE, 0, 2),
        (STORE, 2, 2),
        (RECORD, 2, 4),
        (REVERSE, 2, 4),
        (LOAD, 0, 0),
        (RECORD, 0, 1),
        (STORE_RECORD, 2, 0),
        (RECORD, 1, 2),
        (REVERSE, 1, 2),
        (LOAD_RECORD, 2, 0),
        (REVERSE, 0, 1),
    ]
    expected = Counts(plain=2, recorded=4, stores=3, loads=2, far_stores=2, far_loads=1, slots=3, longest=2)
    assert replay(actions, 4, 3, near=1) == expected


@pytest.mark.parametrize("counts", [binomial_counts, mixed_counts])
def test_the_same_errors_in_nopython_code(counts):
    with pytest.raises(ScheduleError, match="a slot does not exist"):
        counts(5, 0)
