"""Copies of arrays: no two users have the same one, and whatever was done to one is noticed."""

import gc
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualad.workspace import lent
from dualad.workspace.allocator import SMALLEST
from dualad.workspace.lent import BLOCK, Original

FOUR = 4 * BLOCK * 2  # int32 in four blocks
LARGE = FOUR * 4 + 11
LENGTHS = [FOUR * 4, FOUR * 4 + 1, FOUR * 6 - 1, FOUR * 5 + 2 * BLOCK * 2 + 7]


def numbers(length, dtype=np.int32, seed=0):
    return np.random.default_rng(seed).integers(0, 10**5, length).astype(dtype)


def nh(pairs, secret):
    """The sum of a block in Python's integers."""
    total = 0
    for pair, number in zip(pairs, secret, strict=True):
        lower, upper = divmod((int(pair) + int(number)) % 2**64, 2**32)[::-1]
        total += lower * upper
    return total % 2**64


def test_digests_are_the_sums_of_the_paper_in_exact_integers():
    array = np.random.default_rng(0).integers(-(2**31), 2**31, 2 * FOUR).astype(np.int32)
    found = lent._digests(array, lent._SECRET)
    assert found.shape == (2, 8)
    for k in range(2):
        for stream in range(4):
            start = (k + 2 * stream) * BLOCK
            pairs = array.view(np.uint64)[start : start + BLOCK]
            assert int(found[k, stream]) == nh(pairs, lent._SECRET[:-1])
            assert int(found[k, 4 + stream]) == nh(pairs, lent._SECRET[1:])


@pytest.mark.parametrize("length", [0, 1, 5, SMALLEST // 4 - 1, *LENGTHS])
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_a_copy_is_one_until_any_element_of_it_is_changed(length, dtype):
    array = numbers(length, dtype)
    original = Original(array)
    copy = original.copy()
    assert copy.dtype == dtype and copy.flags.writeable and not np.shares_memory(copy, array)
    assert np.array_equal(copy, array) and original.is_like(copy)
    edges = [k + d for k in range(0, length, BLOCK) for d in (-1, 0, 1)]
    for k in {0, 1, length // 2, length - 2, length - 1, *edges} & set(range(length)):
        for change in (1, -1, 2**31 - 1):
            copy[k] ^= dtype(change)
            assert not original.is_like(copy)
            copy[k] ^= dtype(change)
    assert original.is_like(copy)
    assert not original.is_like(copy[:-1]) or length == 0
    assert not original.is_like(np.append(copy, dtype(0)))


@pytest.mark.parametrize("length", LENGTHS)
def test_elements_and_blocks_that_change_places_are_noticed(length):
    array = numbers(length)
    original = Original(array)
    for shift in (1, 2, BLOCK, 2 * BLOCK, 4 * BLOCK, length // 4, length // 2):
        assert not original.is_like(np.roll(array, shift))
    for a, b in ((0, 1), (0, 2), (1, 2 * BLOCK + 1), (0, FOUR), (5, length - 1)):
        moved = array.copy()
        moved[[a, b]] = moved[[b, a]]
        assert original.is_like(moved) == np.array_equal(moved, array)
    assert not original.is_like(array[::-1])
    assert original.is_like(np.repeat(array, 2)[::2])  # strided
    assert original.is_like(array.astype(np.int64))
    assert not original.is_like(array.astype(np.int64) + 2**32)
    memory = np.zeros(length + 2, np.int32)
    for start in (0, 1):  # one of them begins within a word of eight bytes
        memory[start : start + length] = array
        assert original.is_like(memory[start : start + length])


def test_without_secret_numbers_zeros_would_hide_changes():
    """A product with 0 tells nothing of the other factor."""
    zeros, other = np.zeros(FOUR * 4, np.int32), np.zeros(FOUR * 4, np.int32)
    other[::2] = numbers(FOUR * 2) + 1
    nothing = np.zeros_like(lent._SECRET)
    assert np.array_equal(lent._digests(zeros, nothing), lent._digests(other, nothing))
    assert not Original(zeros).is_like(other)
    assert not np.any(lent._digests(zeros, lent._SECRET) == lent._digests(other, lent._SECRET))


@given(st.data())
def test_random_changes_are_noticed(data):
    array = numbers(LARGE)
    changed = array.copy()
    for k in data.draw(st.lists(st.integers(0, array.size - 1), min_size=1, max_size=5)):
        changed[k] = data.draw(st.integers(0, 2**31 - 1))
    assert ORIGINAL.is_like(changed) == np.array_equal(changed, array)


ORIGINAL = Original(numbers(LARGE))


def test_memory_comes_back_when_nobody_has_any_part_of_it():
    array = numbers(LARGE)
    original = Original(array)
    copy = original.copy()
    address, part = copy.ctypes.data, copy[7:]
    view = part.view(np.uint8)[::3].reshape(-1, 1)
    del copy, part
    gc.collect()
    other = original.copy()
    assert not np.shares_memory(other, view)  # a view of it is still there
    del view
    gc.collect()
    again = original.copy()
    assert again.ctypes.data == address
    assert original.is_like(again)


def test_memory_that_was_changed_is_a_copy_again():
    array = numbers(LARGE)
    original = Original(array)
    for change in (
        lambda a: a.fill(0),
        lambda a: a.sort(),
        lambda a: a.setflags(write=False),
        lambda a: a.resize(a.shape),
    ):
        copy = original.copy()
        change(copy)
        del copy
        gc.collect()
        copy = original.copy()
        assert copy.flags.writeable and np.array_equal(copy, array)


def test_few_are_kept_and_copies_outlive_their_original():
    original = Original(numbers(LARGE))
    copies = [original.copy() for _ in range(5)]
    assert not any(np.shares_memory(a, b) for k, a in enumerate(copies) for b in copies[:k])
    copies.clear()
    gc.collect()
    assert len(original._spare) == lent.SPARE
    copy = original.copy()
    expected = original._array
    del original
    gc.collect()
    assert np.array_equal(copy, expected)


def test_threads_never_get_the_same_copy():
    array = numbers(LARGE)
    original = Original(array)
    faults = []

    def work(number):
        for _ in range(200):
            copy = original.copy()
            if not np.array_equal(copy, array):
                faults.append("not a copy")
            copy[:] = number
            if (copy != number).any():
                faults.append("written by another thread")
            del copy

    threads = [threading.Thread(target=work, args=(-k - 1,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
