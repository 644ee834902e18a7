"""The closed form of mixed schedules is what dynamic programming finds."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualad.checkpoint import binomial, mixed
from dualad.checkpoint.replay import replay
from tests.checkpoint.counted import mixed_counts


@cache
def by_search(steps, slots):
    """Fewest plain steps over storing the record of the next step, or its state and every way to split."""
    if steps == 1:
        return 0
    if slots == 1:
        return max(steps * (steps - 1) // 2 - 1, 0)
    ways = [left + by_search(left, slots) + by_search(steps - left, slots - 1) for left in range(2, steps)]
    return min([by_search(steps - 1, slots - 1), *ways])


def test_no_other_schedule_takes_fewer_plain_steps():
    for slots in range(1, 12):
        for steps in range(1, 110):
            assert mixed.plain_steps(steps, slots) == by_search(steps, slots)


def test_closed_form_and_replay_agree():
    for slots in range(1, 21):
        for steps in range(201):
            counts = mixed_counts(steps, slots)
            assert counts.plain == mixed.plain_steps(steps, slots)
            assert (counts.recorded, counts.loads) == (steps, max(steps - 1, 0))
            assert counts.slots == min(slots, max(steps - 1, 0))


@settings(deadline=None)
@given(st.integers(2, 10**9), st.integers(1, 2000))
def test_both_parts_of_a_split_are_optimal(steps, slots):
    if slots < 4:
        steps = steps % 10**6 + 2
    if mixed.keeps_record(steps, slots):
        return
    left = mixed.advance(steps, slots)
    assert 2 <= left < steps
    parts = mixed.plain_steps(left, slots) + mixed.plain_steps(steps - left, slots - 1)
    assert left + parts == mixed.plain_steps(steps, slots)


@given(st.integers(2, 10**7), st.integers(4, 2000))
def test_records_in_slots_save_plain_steps(steps, slots):
    assert mixed.plain_steps(steps, slots) < binomial.plain_steps(steps, slots)


@pytest.mark.parametrize("steps", [0, 1, 2, 7])
def test_records_of_all_steps_need_one_slot_less_than_steps(steps):
    assert mixed_counts(steps, max(steps - 1, 0)).plain == 0


def test_ten_million_steps():
    counts = mixed_counts(10**7, 64)
    assert counts.plain == mixed.plain_steps(10**7, 64)
    assert counts.slots == 64


def test_the_same_in_python_and_in_nopython_code():
    for steps, slots in ((0, 0), (1, 0), (90, 1), (150, 5)):
        assert replay(mixed.schedule(steps, slots), steps, slots) == mixed_counts(steps, slots)
