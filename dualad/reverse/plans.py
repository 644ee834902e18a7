"""What adjoints of checkpointed loops call when they run: how many blocks and snapshots, and where the next one is stored."""

from __future__ import annotations

import os
from typing import Any

from numba import njit
from numba.core import types
from numba.extending import overload, register_jitable

from ..checkpoint.binomial import advance
from ..checkpoint.budget import choose, cut
from ..errors import ArgumentError, BudgetError

__all__ = ["following", "free_memory", "planned", "restored", "stored"]

CACHE = 2**20  # bytes of a block's record that stay near the processor
MOST = 2**30  # bytes that are taken where no budget is given

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


@njit(cache=True)
def planned(steps, snapshots, memory, state_bytes, record_bytes, plain_time):  # type: ignore[no-untyped-def]
    """How many blocks and snapshots a loop gets.

    Parameters
    ----------
    steps : int
    snapshots, memory : int
        How many states may be stored, or how many bytes taken; -1 where it was not said.
    state_bytes, record_bytes : int
        Size of one state, and of the record of one step; the latter is -1 where it is not known.
    plain_time : float
        Time of one step without a record, in ns.

    Returns
    -------
    blocks, snapshots : int
        One block and no snapshot where everything is kept.
    """
    if steps <= 1:
        return steps, 0
    if snapshots != -1:
        if snapshots < 1:
            raise ArgumentError("`snapshots` of `checkpointed` has to be a whole number of at least 1")
        if record_bytes < 0:
            return steps, min(snapshots, steps)
        # a block's record takes no more room than one more snapshot
        blocks = cut(steps, snapshots, state_bytes, state_bytes, record_bytes, plain_time, CACHE)
        return blocks, min(snapshots, blocks) if blocks > 1 else 0
    budget = memory if memory != -1 else min(MOST, free_memory() // 4)
    if record_bytes < 0:
        # the other half is for the record of one step
        if budget // 2 < state_bytes:
            raise BudgetError(budget, 2 * state_bytes)
        return steps, min(budget // 2 // max(state_bytes, 1), steps)
    return choose(steps, budget, state_bytes, record_bytes, plain_time, CACHE)


@register_jitable
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


def stored(snapshots, slot, array):  # type: ignore[no-untyped-def]
    """Put the contents of an array into its place among the snapshots."""
    if array.shape != snapshots.shape[1:]:
        raise ValueError("an array changes its shape in a checkpointed loop: its states cannot be stored")
    snapshots[slot] = array


def restored(array, snapshots, slot):  # type: ignore[no-untyped-def]
    """Give an array the contents that it had."""
    array[:] = snapshots[slot]
