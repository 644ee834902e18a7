"""The binomial schedule takes the fewest plain steps, and of these schedules the fewest stores."""

from functools import cache
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from dualad.checkpoint import binomial
from dualad.checkpoint.actions import ADVANCE, RECORD, REVERSE, STORE
from dualad.checkpoint.replay import replay
from tests.checkpoint.counted import binomial_counts

#: Steps, snapshots, and the fewest plain steps: worked out from the formula of Griewank and Walther.
TABLE = [
    (10, 3, 15),
    (35, 4, 84),
    (100, 5, 316),
    (100, 10, 222),
    (1000, 20, 2747),
    (10**4, 32, 32860),
    (10**5, 64, 349884),
    (10**6, 64, 4135499),
    (10**6, 1413, 1998585),
]


def fewest(steps, snapshots):
    """r l - C(s + r, s + 1) with the least r for which C(s + r, s) >= l, in Python's integers."""
    r = 0
    while comb(snapshots + r, snapshots) < steps:
        r += 1
    return r * steps - comb(snapshots + r, snapshots + 1)


@cache
def by_search(steps, snapshots):
    """Fewest plain steps, then fewest stores besides the initial one, over all ways to split."""
    if steps <= 1:
        return 0, 0
    if snapshots == 1:
        return steps * (steps - 1) // 2, 0
    ways = []
    for left in range(1, steps):
        right = steps - left
        (plain, stores), (more, others) = by_search(left, snapshots), by_search(right, snapshots - 1)
        ways.append((left + plain + more, stores + others + (right > 1)))
    return min(ways)


@pytest.mark.parametrize(("steps", "snapshots", "plain"), TABLE)
def test_the_table_in_closed_form_and_counted(steps, snapshots, plain):
    assert binomial.plain_steps(steps, snapshots) == plain
    counts = binomial_counts(steps, snapshots)
    assert counts.plain == plain
    assert counts.slots <= snapshots


def test_fewest_plain_steps_for_all_short_rollouts():
    for snapshots in range(1, 21):
        for steps in range(201):
            counts = binomial_counts(steps, snapshots)
            assert counts.plain == binomial.plain_steps(steps, snapshots) == fewest(steps, snapshots)
            assert counts.recorded == steps
            assert counts.loads == max(steps - 1, 0)
            assert counts.stores == binomial.stores(steps, snapshots)
            assert counts.slots == min(snapshots, max(steps - 1, 0))
            assert counts.longest == min(steps, 1)


def test_no_other_split_takes_fewer_plain_steps_or_stores():
    for snapshots in range(1, 9):
        for steps in range(2, 80):
            found = binomial.plain_steps(steps, snapshots), binomial.stores(steps, snapshots) - 1
            assert found == by_search(steps, snapshots)


@given(st.integers(2, 10**9), st.integers(1, 10**6))
def test_fewest_stores_of_long_rollouts(steps, snapshots):
    """The formula as it is published, with binomial coefficients of any size."""
    if snapshots < 4:
        steps = steps % 10**4 + 2
    count = 0
    while comb(snapshots + count, count) < steps:
        count += 1
    missing = comb(snapshots + count, count) - steps
    fewer, more = (comb(snapshots - 1 + k, k) for k in (count - 1, count))
    assert binomial.stores(steps, snapshots) == max(fewer, more - missing)


@settings(deadline=None)  # the first call compiles
@given(st.integers(2, 2**31), st.integers(1, 2**31))
def test_nothing_overflows_in_compiled_code(steps, snapshots):
    """Python's integers cannot overflow, so the same results in 64 bits mean that nothing did."""
    if snapshots < 4:
        steps = steps % 10**6 + 2  # with few snapshots the number of repetitions is large
    assert everything(steps, snapshots) == everything.py_func(steps, snapshots)


@njit
def everything(steps, snapshots):
    return (
        binomial.plain_steps(steps, snapshots),
        binomial.stores(steps, snapshots),
        binomial.advance(steps, snapshots),
    )


@given(st.integers(2, 10**9), st.integers(2, 10**6))
def test_both_parts_of_a_split_are_optimal(steps, snapshots):
    left = binomial.advance(steps, snapshots)
    assert 1 <= left < steps
    parts = binomial.plain_steps(left, snapshots) + binomial.plain_steps(steps - left, snapshots - 1)
    assert left + parts == binomial.plain_steps(steps, snapshots)


def test_ten_million_steps():
    counts = binomial_counts(10**7, 2000)
    assert counts.plain == binomial.plain_steps(10**7, 2000) == fewest(10**7, 2000)
    assert counts.slots == 2000


def test_one_snapshot_starts_every_step_from_the_beginning():
    assert binomial_counts(300, 1).plain == 300 * 299 // 2
    assert binomial.plain_steps(10**7, 1) == 10**7 * (10**7 - 1) // 2
    assert binomial.advance(10**7, 1) == 10**7 - 1


def test_more_snapshots_than_steps_run_each_step_once_before_its_record():
    assert binomial_counts(50, 1000).plain == 49
    assert binomial.plain_steps(50, 2**31) == 49


def test_no_step_and_one_step_store_nothing():
    assert list(binomial.schedule(0, 3)) == []
    assert list(binomial.schedule(1, 3)) == [(RECORD, 0, 1), (REVERSE, 0, 1)]
    assert binomial.plain_steps(0, 3) == binomial.plain_steps(1, 3) == 0


def test_the_forward_sweep_passes_every_step_once():
    for steps, snapshots in ((2, 1), (10, 3), (35, 4), (77, 6), (100, 200)):
        sweep = list(binomial.schedule(steps, snapshots))
        sweep = sweep[: next(k for k, action in enumerate(sweep) if action[0] == REVERSE)]
        assert sweep[0] == (STORE, 0, 0)
        assert sweep[-1] == (RECORD, steps - 1, steps)
        advanced = [step for action, start, stop in sweep if action == ADVANCE for step in range(start, stop)]
        assert advanced == list(range(steps - 1))


@njit
def as_array(steps, snapshots, size):
    actions, count = np.zeros((size, 3), np.int64), 0
    for action, first, second in binomial.schedule(steps, snapshots):
        actions[count] = action, first, second
        count += 1
    return actions[:count]


@pytest.mark.parametrize(("steps", "snapshots"), [(1, 1), (10, 3), (60, 5), (200, 1), (40, 100)])
def test_the_same_actions_in_python_and_in_nopython_code(steps, snapshots):
    actions = list(binomial.schedule(steps, snapshots))
    assert as_array(steps, snapshots, len(actions) + 1).tolist() == [[int(x) for x in action] for action in actions]
    assert replay(actions, steps, snapshots) == binomial_counts(steps, snapshots)
