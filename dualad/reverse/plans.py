"""What adjoints of checkpointed loops call when they run: how many blocks and snapshots, and where the next one is stored."""

from __future__ import annotations

import os
from typing import Any

from numba import njit
from numba.core import types
from numba.extending import overload

from ..checkpoint.binomial import advance
from ..checkpoint.budget import choose, choose_online, choose_states
from ..errors import ArgumentError, BudgetError
from ..pipeline.compiler import GeneratedCompiler
from ..pipeline.extrema import larger, smaller
from ..pipeline.linked import inlined, kernel
from .alone import stands_alone

__all__ = [
    "aimed",
    "begun",
    "default_memory",
    "following",
    "free_memory",
    "in_bytes",
    "in_bytes_online",
    "in_snapshots",
    "in_snapshots_online",
    "in_states",
    "is_finite",
    "kept",
    "restored",
    "stored",
]

CACHE = 2**20  # bytes of a block's record that stay near the processor
MOST = 2**30  # bytes that are taken where no budget is given
PLACING = 16  # bytes that the online schedule works in
MOST_ONLINE = 1024  # states that are stored where the number of steps is not known: to place one takes 15 ns for each

_NAMES = getattr(os, "sysconf_names", {})
_PAGES, _PAGE = _NAMES.get("SC_AVPHYS_PAGES", -1), _NAMES.get("SC_PAGE_SIZE", -1)
_sysconf = types.ExternalFunction("sysconf", types.int64(types.int32))


def free_memory() -> int:
    """Bytes of memory that nothing uses; 4 GiB where the system does not say."""
    if _PAGES < 0 or _PAGE < 0:
        return 4 * MOST
    return os.sysconf(_PAGES) * os.sysconf(_PAGE)


@overload(free_memory)
def _free_memory() -> Any:
    if _PAGES < 0 or _PAGE < 0:
        return lambda: 4 * MOST
    return lambda: _sysconf(_PAGES) * _sysconf(_PAGE)


@inlined
def in_snapshots(steps, snapshots):  # type: ignore[no-untyped-def]
    """How many blocks and snapshots a loop gets that may store a number of states: one step is a block.

    Parameters
    ----------
    steps, snapshots : int

    Returns
    -------
    blocks, snapshots : int

    Raises
    ------
    ArgumentError
        If the number is not positive.
    """
    if snapshots < 1:
        raise ArgumentError("`snapshots` of `checkpointed` has to be a whole number of at least 1")
    return steps, smaller(snapshots, steps)


@njit(cache=True, pipeline_class=GeneratedCompiler)
def in_bytes(steps, memory, state_bytes, record_bytes, plain_time):  # type: ignore[no-untyped-def]
    """How many blocks and snapshots a loop gets that may take a number of bytes.

    Parameters
    ----------
    steps, memory : int
    state_bytes, record_bytes : int
        Size of one state, and of the record of one step; the latter is -1 where it is not known.
    plain_time : float
        Time of one step without a record, in ns.

    Returns
    -------
    blocks, snapshots : int
        One block and no snapshot where everything is kept.

    Raises
    ------
    ArgumentError
        If the number of bytes is not positive.
    BudgetError
        If not even one state and the record of one step fit.
    """
    if memory < 1:
        raise ArgumentError("`memory` of `checkpointed` has to be a positive number of bytes")
    if record_bytes >= 0:
        return choose(steps, memory, state_bytes, record_bytes, plain_time, CACHE)
    # one half is for the record of one step
    if memory // 2 < state_bytes:
        raise BudgetError(memory, 2 * state_bytes)
    return steps, smaller(memory // 2 // state_bytes, steps)


@njit(cache=True, pipeline_class=GeneratedCompiler)
def in_states(steps, memory, state_bytes, plain_time):  # type: ignore[no-untyped-def]
    """As `in_bytes`, for a loop that is reversed from its states alone: one step is a block."""
    if memory < 1:
        raise ArgumentError("`memory` of `checkpointed` has to be a positive number of bytes")
    return steps, choose_states(steps, memory, state_bytes, plain_time)


@kernel
def in_snapshots_online(steps, snapshots):  # type: ignore[no-untyped-def]
    """As `in_snapshots`, for a loop that a `break` may end: length of a block, blocks at most, snapshots."""
    blocks, slots = in_snapshots(steps, snapshots)
    return 1, blocks, larger(slots, 1)


@njit(cache=True, pipeline_class=GeneratedCompiler)
def in_bytes_online(steps, memory, state_bytes, record_bytes):  # type: ignore[no-untyped-def]
    """As `in_bytes`, for a loop that a `break` may end after fewer than `steps` steps.

    Returns
    -------
    length, blocks, snapshots : int
        Steps of a block, the most blocks that there can be, and snapshots, at least 1.
    """
    if memory < 1:
        raise ArgumentError("`memory` of `checkpointed` has to be a positive number of bytes")
    room = memory - PLACING
    if record_bytes >= 0:
        if room < state_bytes + record_bytes:
            raise BudgetError(memory, state_bytes + record_bytes + PLACING)
        length, slots = choose_online(room, state_bytes, record_bytes, CACHE)
    elif room // 2 < state_bytes:
        raise BudgetError(memory, 2 * state_bytes + PLACING)
    else:
        length, slots = 1, room // 2 // state_bytes
    length = larger(smaller(length, steps), 1)
    blocks = (steps - 1) // length + 1
    return length, blocks, larger(smaller(smaller(slots, blocks), MOST_ONLINE), 1)


@inlined
def default_memory():  # type: ignore[no-untyped-def]
    """Bytes that are taken where nothing was said."""
    return larger(smaller(MOST, free_memory() // 4), 1)


@kernel
def following(position, end, slots, height):  # type: ignore[no-untyped-def]
    """Before which block the next state is stored, on the way from a stored one to the last block before `end`.

    Parameters
    ----------
    position, end : int
        Where the last state was stored, and the block behind the one that is to be reversed next.
    slots, height : int
        How many states can be stored, and how many are.

    Returns
    -------
    int
        The block; one that is not come to where none is to be stored.
    """
    return position + advance(end - position, slots - height + 1) if end - position > 1 else end


# element by element: Numba compiles an assignment of whole arrays in seconds


@inlined
def _refuse_another_shape(snapshots, array):  # type: ignore[no-untyped-def]
    if array.shape != snapshots.shape[1:]:
        raise ValueError("an array changes its shape in a checkpointed loop: its states cannot be stored")


def kept(snapshots, slot, array):  # type: ignore[no-untyped-def]
    """Put the contents of an array into its place among the snapshots."""
    stands_alone()
    _refuse_another_shape(snapshots, array)
    there, here = snapshots[slot].flat, array.flat
    for k in range(array.size):
        there[k] = here[k]


def stored(snapshots, slot, array):  # type: ignore[no-untyped-def]
    """The same; whether they are finite."""
    stands_alone()
    _refuse_another_shape(snapshots, array)
    there, here = snapshots[slot].flat, array.flat
    lost = False
    for k in range(array.size):
        there[k] = here[k]
        lost |= here[k] * 0 != 0
    return not lost


def begun(snapshots, array):  # type: ignore[no-untyped-def]
    """The first state in its place; what has its contents from now on."""
    stands_alone()
    _refuse_another_shape(snapshots, array)
    there, here = snapshots[0].flat, array.flat
    for k in range(array.size):
        there[k] = here[k]
    return snapshots[0]


@inlined
def _clipped(first, end, size):  # type: ignore[no-untyped-def]
    """A range of indices, without those that an axis does not have."""
    first = smaller(larger(first, 0), size)
    return first, smaller(larger(end, first), size)


def aimed(array, snapshots, slot, is_due, box):  # type: ignore[no-untyped-def]
    """What a step fills: a buffer, or if the state after the step is to be stored, its place.

    Parameters
    ----------
    array : array
        The buffer.
    snapshots : array
    slot : int
    is_due : bool
    box : tuple of int
        First index and end along each axis of the elements that the step fills for certain. Others are copied to the place.
    """
    stands_alone()
    if not is_due:
        return array
    _refuse_another_shape(snapshots, array)
    place, shape = snapshots[slot], array.shape
    there, here = place.flat, array.flat
    first, end = _clipped(box[-2], box[-1], shape[-1])
    top, bottom = _clipped(box[-4], box[-3], shape[-2]) if array.ndim > 1 else (0, 1)
    rows, width = shape[-2] if array.ndim > 1 else 1, shape[-1]
    for begin in range(0, array.size, larger(rows * width, 1)):
        upper, lower = top, bottom
        if array.ndim > 2:
            rest = begin // (rows * width)
            for axis in range(array.ndim - 3, -1, -1):
                rest, k = rest // shape[axis], rest % shape[axis]
                if not box[2 * axis] <= k < box[2 * axis + 1]:
                    upper = lower = rows
        # from the right of the box in one row to its left in the next
        k = begin
        for row in range(upper, lower + 1):
            start = begin + row * width
            for position in range(k, start + first if row < lower else begin + rows * width):
                there[position] = here[position]
            k = start + end
    return place


def is_finite(array):  # type: ignore[no-untyped-def]
    """Whether all elements are."""
    stands_alone()
    entries = array.flat
    lost = False
    for k in range(array.size):
        lost |= entries[k] * 0 != 0
    return not lost


def restored(array, snapshots, slot):  # type: ignore[no-untyped-def]
    """Give an array the contents that it had."""
    stands_alone()
    there, here = array.flat, snapshots[slot].flat
    for k in range(array.size):
        there[k] = here[k]
