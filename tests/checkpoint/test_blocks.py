"""Blocks tile the rollout, and replayed they cost what the binomial schedule over them does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualad.checkpoint import binomial, blocks
from dualad.checkpoint.actions import RECORD, REVERSE
from dualad.checkpoint.replay import replay
from tests.checkpoint.counted import binomial_counts, block_counts


@given(st.integers(1, 2**31), st.data())
def test_blocks_tile_the_steps(steps, data):
    number = data.draw(st.integers(1, steps))
    block = data.draw(st.integers(0, number - 1))
    start, stop = (blocks.block_start(k, number, steps) for k in (block, block + 1))
    longest = blocks.longest_block(number, steps)
    assert longest - 1 <= stop - start <= longest
    assert blocks.block_start(0, number, steps) == 0
    assert blocks.block_start(number, number, steps) == steps


@pytest.mark.parametrize(
    ("steps", "number", "snapshots"), [(1000, 100, 7), (999, 100, 7), (10**5, 1563, 20), (50, 50, 4)]
)
def test_plain_steps_are_those_of_blocks(steps, number, snapshots):
    counts = block_counts(steps, number, snapshots)
    expected = binomial.plain_steps(number, snapshots) * steps / number
    assert counts.plain == pytest.approx(expected, rel=0.01)
    assert counts.plain == expected or steps % number
    assert (counts.recorded, counts.longest) == (steps, blocks.longest_block(number, steps))
    assert (counts.stores, counts.loads) == (binomial.stores(number, snapshots), number - 1)


def test_one_block_keeps_everything():
    assert list(blocks.in_steps(binomial.schedule(1, 0), 1, 50)) == [(RECORD, 0, 50), (REVERSE, 0, 50)]


def test_blocks_of_one_step_are_the_binomial_schedule():
    for steps in (2, 7, 100):
        assert block_counts(steps, steps, 5) == binomial_counts(steps, 5)


def test_no_steps_are_no_blocks():
    counts = replay(blocks.in_steps(binomial.schedule(0, 0), 0, 0), 0, 0)
    assert counts.recorded == 0
    assert blocks.longest_block(0, 0) == blocks.bytes_used(0, 0, 0, 8, 8) == 0


def test_bytes_used():
    assert blocks.bytes_used(1001, 100, 7, 24, 40) == 7 * 24 + 11 * 40
