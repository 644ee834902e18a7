"""A choice keeps to its budget and is within a few per cent of the best that an exhaustive search finds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from dualad.checkpoint import budget
from dualad.checkpoint.blocks import bytes_used, longest_block
from dualad.errors import BudgetError
from tests.checkpoint.counted import block_counts

CACHE = 2**20
choose = njit(budget.choose.py_func)
choose_online = njit(budget.choose_online.py_func)
cut = njit(budget.cut.py_func)

SIZES = st.integers(1, 10**6)
STEPS = st.integers(0, 10**7)
TIMES = st.floats(1.0, 1e6)
FACTORS = st.floats(1.0, 1e5)


@njit
def predicted(steps, number, snapshots, state_bytes, record_bytes, plain_time):
    return budget.predicted_time(steps, number, snapshots, state_bytes, record_bytes, plain_time, 0.0, CACHE)


@njit
def least_time(steps, allowed, state_bytes, record_bytes, plain_time):
    """Over all numbers of blocks, each with as many snapshots as fit."""
    least = -1.0
    for number in range(1, steps + 1):
        left = allowed - longest_block(number, steps) * record_bytes
        snapshots = min(left // state_bytes, number) if number > 1 else 0
        if left < 0 or (number > 1 and snapshots < 1):
            continue
        time = predicted(steps, number, snapshots, state_bytes, record_bytes, plain_time)
        if least < 0.0 or time < least:
            least = time
    return least


@settings(deadline=None)
@given(STEPS, SIZES, SIZES, TIMES, FACTORS)
def test_the_budget_is_kept(steps, state_bytes, record_bytes, plain_time, factor):
    allowed = int((state_bytes + record_bytes) * factor)
    number, snapshots = choose(steps, allowed, state_bytes, record_bytes, plain_time, CACHE)
    assert bytes_used(steps, number, snapshots, state_bytes, record_bytes) <= allowed
    assert min(steps, 1) <= number <= steps
    assert 0 <= snapshots <= number
    assert snapshots > 0 or number <= 1


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 2000), SIZES, SIZES, TIMES, FACTORS)
def test_no_other_choice_is_much_faster(steps, state_bytes, record_bytes, plain_time, factor):
    allowed = int((state_bytes + record_bytes) * factor)
    number, snapshots = choose(steps, allowed, state_bytes, record_bytes, plain_time, CACHE)
    time = predicted(steps, number, snapshots, state_bytes, record_bytes, plain_time)
    assert time <= 1.03 * least_time(steps, allowed, state_bytes, record_bytes, plain_time)


@pytest.mark.parametrize(
    ("steps", "number", "snapshots"), [(10**5, 400, 30), (10**5, 10**5, 64), (10**5, 1, 0), (2000, 125, 48), (1, 1, 0)]
)
def test_the_prediction_is_the_time_of_what_a_replay_counts(steps, number, snapshots):
    state_bytes, record_bytes, plain_time, recorded_time = 1000, 3000, 70.0, 200.0
    counts = block_counts(steps, number, snapshots)
    time = plain_time * counts.plain + recorded_time * counts.recorded
    time += (counts.stores + counts.loads) * (budget.ACTION + budget.COPY * state_bytes)
    time += budget.SPILL * record_bytes * steps * (counts.longest * record_bytes > CACHE)
    sizes = (state_bytes, record_bytes)
    assert budget.predicted_time(steps, number, snapshots, *sizes, plain_time, recorded_time, CACHE) == pytest.approx(
        time, rel=0.01
    )


def test_everything_is_kept_where_it_fits_and_steps_are_dear():
    assert choose(10**6, 24 * 10**6, 24, 24, 20.0, CACHE) == (1, 0)
    number, snapshots = choose(10**6, 24 * 10**6 - 1, 24, 24, 20.0, CACHE)
    assert number > 1 and snapshots > 0


def test_records_that_are_cheaper_to_make_again_are_not_kept():
    """A step of 1 ns with a record of 1000 bytes: 50 ns to bring it to memory and back."""
    number, _ = choose(10**5, 10**9, 8, 1000, 1.0, CACHE)
    assert longest_block(number, 10**5) * 1000 <= CACHE


@pytest.mark.parametrize("state_bytes", [8, 800, 10**6])
def test_the_error_says_how_many_bytes_are_needed(state_bytes):
    needed = state_bytes + 16
    for call in (budget.choose, choose):
        with pytest.raises(
            BudgetError, match=f"{needed - 1} bytes are too few.*\n.*\n.*at least {needed} bytes"
        ) as caught:
            call(10**6, needed - 1, state_bytes, 16, 1.0, CACHE)
        assert (caught.value.budget, caught.value.needed) == (needed - 1, needed)
        assert call(10**6, needed, state_bytes, 16, 1.0, CACHE) == (10**6, 1)
    for call in (budget.choose_online, choose_online):
        with pytest.raises(BudgetError, match=f"at least {needed} bytes"):
            call(needed - 1, state_bytes, 16, CACHE)
        assert call(needed, state_bytes, 16, CACHE) == (1, 1)


def test_records_of_few_steps_may_need_less_than_a_state():
    assert choose(3, 48, 10**6, 16, 1.0, CACHE) == (1, 0)
    with pytest.raises(BudgetError, match="at least 48 bytes"):
        choose(3, 47, 10**6, 16, 1.0, CACHE)


def test_no_step_and_one_step():
    assert choose(0, 0, 8, 8, 1.0, CACHE) == (0, 0)
    assert choose(1, 8, 8, 8, 1.0, CACHE) == (1, 0)
    assert cut(0, 3, 100, 8, 8, 1.0, CACHE) == 0
    assert cut(1, 3, 100, 8, 8, 1.0, CACHE) == 1


def test_states_and_records_of_no_bytes():
    assert choose(100, 0, 0, 0, 1.0, CACHE) == (1, 0)
    number, snapshots = choose(100, 8, 0, 8, 1.0, CACHE)
    assert (number, snapshots) == (100, 100)


@settings(deadline=None)
@given(st.integers(1, 10**7), st.integers(1, 2000), SIZES, SIZES, TIMES, FACTORS)
def test_blocks_keep_to_the_bytes_of_a_record(steps, snapshots, state_bytes, record_bytes, plain_time, factor):
    allowed = int(record_bytes * factor)
    number = cut(steps, snapshots, allowed, state_bytes, record_bytes, plain_time, CACHE)
    assert 1 <= number <= steps
    assert longest_block(number, steps) * record_bytes <= allowed


def test_room_for_one_record_is_the_binomial_schedule():
    for steps in (1, 10, 10**6):
        assert cut(steps, 20, 64, 8, 64, 10.0, CACHE) == steps


def test_longer_blocks_are_taken_while_they_fit_the_cache():
    number = cut(10**6, 64, 10**9, 24, 24, 20.0, CACHE)
    assert 0.9 * CACHE < longest_block(number, 10**6) * 24 <= CACHE or number == 1


@settings(deadline=None)
@given(SIZES, SIZES, FACTORS)
def test_the_budget_is_kept_for_an_unknown_number_of_steps(state_bytes, record_bytes, factor):
    allowed = int((state_bytes + record_bytes) * factor)
    length, snapshots = choose_online(allowed, state_bytes, record_bytes, CACHE)
    assert length >= 1 and snapshots >= 1
    assert length * record_bytes + snapshots * state_bytes <= allowed
    assert length == 1 or length * record_bytes <= CACHE
