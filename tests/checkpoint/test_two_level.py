"""Snapshots in memory and on disk: a replay takes the time that was tabulated, which no more slots or cheaper disk raises."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualad.checkpoint import binomial, two_level
from dualad.checkpoint.replay import replay
from tests.checkpoint.counted import two_level_counts

COSTS = st.floats(0.0, 20.0)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 120), st.integers(1, 6), st.integers(0, 8), COSTS, COSTS)
def test_a_replay_takes_the_tabulated_time(units, memory, disk, write, read):
    counts, time = two_level_counts(units, memory, disk, write, read)
    assert counts.plain + write * counts.far_stores + read * counts.far_loads == pytest.approx(time)
    assert counts.recorded == units
    assert counts.slots <= memory + disk
    assert time <= binomial.plain_steps(units, memory)


@settings(deadline=None)
@given(st.integers(0, 100), st.integers(1, 5), st.integers(0, 6), COSTS, COSTS)
def test_more_slots_and_a_cheaper_disk_take_no_longer(units, memory, disk, write, read):
    _, time = two_level_counts(units, memory, disk, write, read)
    for other in (
        (memory + 1, disk, write, read),
        (memory, disk + 1, write, read),
        (memory, disk, write / 2, read / 2),
    ):
        assert two_level_counts(units, *other)[1] <= time + 1e-9


def test_without_a_disk_the_schedule_is_binomial():
    for units in (0, 1, 2, 50):
        actions = list(two_level.schedule(units, 3, 0, two_level.tabulate(units, 3, 0, 1.0, 1.0)[0]))
        assert actions == list(binomial.schedule(units, 3))


def test_a_dear_disk_is_not_used():
    counts, _ = two_level_counts(60, 3, 10, 1e6, 1e6)
    assert (counts.far_stores, counts.far_loads) == (0, 0)


def test_a_free_disk_of_many_slots_saves_all_repetitions_that_memory_needs():
    counts, time = two_level_counts(200, 2, 200, 0.0, 0.0)
    assert counts.plain == time == 199


def test_no_unit_and_one_unit_store_nothing():
    for units in (0, 1):
        counts, time = two_level_counts(units, 1, 1, 1.0, 1.0)
        assert (counts.stores, counts.loads, time) == (0, 0, 0.0)


def test_part_of_a_table_is_the_table_of_a_part():
    whole, _ = two_level.tabulate(40, 2, 3, 1.5, 0.5)
    part, _ = two_level.tabulate(25, 2, 2, 1.5, 0.5)
    assert (whole[:, :3, :26] == part).all()


def test_the_same_in_python_and_in_nopython_code():
    splits, time = two_level.tabulate(70, 2, 3, 1.5, 0.5)
    found = replay(two_level.schedule(70, 2, 3, splits), 70, 5, 2)
    assert (found, time) == two_level_counts(70, 2, 3, 1.5, 0.5)


@pytest.mark.parametrize("blocks", [1, 4, 9])
def test_units_of_several_blocks(blocks):
    """From memory alone, a stretch takes what its blocks take; of units of many blocks, already two may be split."""
    units, memory = 30, 3
    _, time = two_level.tabulate(units, memory, 4, 1e9, 1e9, blocks)
    assert time == binomial.plain_steps(units * blocks, memory) / blocks
    splits, cheaper = two_level.tabulate(units, memory, 4, 0.01, 0.01, blocks)
    assert cheaper < time
    assert splits[1, 4, 2] == (blocks > 1)
