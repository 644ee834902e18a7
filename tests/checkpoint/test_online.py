"""The online schedule is close to the best for a number of steps known in advance, wherever the loop ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from dualad.checkpoint import binomial, online
from dualad.checkpoint.replay import replay
from tests.checkpoint.counted import fewest_plain_steps, online_counts, online_plain_steps


def ratios(steps, snapshots):
    """Plain steps to the fewest, for every end of the loop from 4 times the number of snapshots on."""
    found, _ = online_plain_steps(steps, snapshots)
    return (found / np.maximum(fewest_plain_steps(steps, snapshots), 1))[4 * snapshots :]


@pytest.mark.parametrize(
    ("snapshots", "steps"),
    # The worst ends are just before beta(s, r), where one more repetition is about to be needed.
    [*((s, 5000) for s in range(8, 34)), (48, 50_000), (64, 50_000), (100, 180_000), (200, 50_000), (512, 150_000)],
)
def test_near_the_fewest_plain_steps_wherever_the_loop_ends(snapshots, steps):
    found = ratios(steps, snapshots)
    assert found.min() >= 1.0
    assert found.max() <= 1.05
    assert found.mean() <= 1.01


@pytest.mark.full
@pytest.mark.parametrize("snapshots", range(8, 129))
def test_near_the_fewest_plain_steps_for_200_000_ends(snapshots):
    found = ratios(200_000, snapshots)
    assert found.max() <= 1.05
    assert found.mean() <= 1.01


@settings(deadline=None)
@given(st.integers(0, 3000), st.integers(1, 70))
def test_the_sum_over_gaps_is_what_a_replay_counts(steps, snapshots):
    counts = online_counts(steps, snapshots)
    assert counts.plain == online_plain_steps(steps, snapshots)[0][steps]
    assert counts.recorded == counts.loads == steps
    assert counts.slots <= snapshots


@pytest.mark.parametrize("snapshots", [1, 2, 3, 7])
def test_few_snapshots_do(snapshots):
    for steps in range(200):
        counts = online_counts(steps, snapshots)
        assert counts.slots <= snapshots
        assert counts.plain >= binomial.plain_steps(steps, snapshots)


def test_one_snapshot_stays_at_the_start():
    assert online_counts(100, 1).plain == 100 + 100 * 99 // 2


def test_more_snapshots_than_steps_run_each_step_once():
    assert online_counts(100, 1000).plain == 100


@pytest.mark.parametrize(("snapshots", "share"), [(1, 0.02), (8, 0.02), (64, 0.02), (512, 0.02)])
def test_most_steps_do_nothing(snapshots, share):
    _, calls = online_plain_steps(10**6, snapshots)
    assert calls <= share * 10**6


def test_ten_million_steps():
    counts = online_counts(10**7, 64)
    assert counts.plain <= 1.05 * binomial.plain_steps(10**7, 64)
    assert counts.slots == 64


def test_the_least_loss_is_the_least():
    random = np.random.default_rng(0)
    for _ in range(300):
        height = int(random.integers(2, 9))
        snapshots = int(random.integers(height - 1, 12))
        positions = np.concatenate(([0], np.cumsum(random.integers(1, 30, height))))

        def cost(index):
            gaps = np.diff(np.delete(positions, index)).tolist()
            return sum(binomial.plain_steps(gap, snapshots - i) for i, gap in enumerate(gaps))

        losses = [cost(index) for index in range(1, height)]
        assert online.least_loss(positions, height, snapshots) == 1 + losses.index(min(losses))


@njit
def stack_after(steps, snapshots):
    positions, slots = np.zeros(snapshots + 2, np.int64), np.arange(snapshots)
    height = due = 0
    for step in range(steps):
        if step == due:
            height, due = online.place(positions, slots, height, step, snapshots)
    return positions[:height], slots


@settings(deadline=None)
@given(st.integers(1, 3000), st.integers(1, 70))
def test_the_stack_is_a_stack(steps, snapshots):
    positions, slots = stack_after(steps, snapshots)
    assert positions[0] == 0
    assert len(positions) <= snapshots
    assert np.all(np.diff(positions) > 0)
    assert sorted(slots) == list(range(snapshots))


def test_the_same_in_python_and_in_nopython_code():
    for steps, snapshots in ((0, 1), (1, 1), (150, 4), (400, 20)):
        assert replay(online.schedule(steps, snapshots), steps, snapshots) == online_counts(steps, snapshots)
