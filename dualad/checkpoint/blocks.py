"""Blocks of steps whose records are kept together.

A rollout is cut into blocks of (nearly) equal length. A block is recorded and reversed as a whole, its record in one
store that is used again for the next block; between blocks any schedule will do, with blocks for steps. One block is the
special case that keeps everything and needs no snapshot; as many blocks as steps is that schedule itself. `budget` says
how many blocks and snapshots to take.

Kernels: `block_start`, `longest_block`, `bytes_used`, and `one_block` with its `whole_length`. Schedule: `in_steps`.
"""

from numba.extending import register_jitable

from ..pipeline.extrema import larger, smaller
from ..pipeline.linked import inlined
from .actions import ADVANCE, RECORD, REVERSE

__all__ = ["block_start", "bytes_used", "in_steps", "longest_block", "one_block", "whole_length"]


@inlined
def block_start(block, blocks, steps):
    """First step of a block; for `block == blocks` the number of steps.

    Parameters
    ----------
    block, blocks, steps : int
        Which block, how many blocks, and how many steps they have together; blocks <= steps <= 2**31.

    Returns
    -------
    int
        The step. Lengths of blocks differ by at most one.
    """
    return block * steps // blocks


@inlined
def longest_block(blocks, steps):
    """Steps in the longest block: for how many the record must have room.

    Parameters
    ----------
    blocks, steps : int
        Number of blocks, and of steps in all of them.

    Returns
    -------
    int
        Number of steps.
    """
    return (steps + blocks - 1) // blocks if blocks > 0 else 0


@inlined
def one_block(steps):
    """How many blocks there are where all steps are in one.

    Parameters
    ----------
    steps : int
        Number of steps.

    Returns
    -------
    int
        1; 0 for no steps.
    """
    return smaller(steps, 1)


@inlined
def whole_length(steps):
    """How many steps a block has that takes all of them.

    Parameters
    ----------
    steps : int
        Number of steps.

    Returns
    -------
    int
        Number of steps, at least 1.
    """
    return larger(steps, 1)


@inlined
def bytes_used(steps, blocks, snapshots, state_bytes, record_bytes):
    """Bytes of the store: snapshots and the record of one block.

    Parameters
    ----------
    steps, blocks, snapshots : int
        The schedule.
    state_bytes, record_bytes : int
        Size of one state and of the record of one step.

    Returns
    -------
    int
        Number of bytes. To count the arrays of positions and slots too, add their 16 bytes to those of a state, here and
        in `budget`.
    """
    return snapshots * state_bytes + longest_block(blocks, steps) * record_bytes


@register_jitable
def in_steps(schedule, blocks, steps):
    """A schedule of blocks as one of steps.

    Parameters
    ----------
    schedule : iterable of (int, int, int)
        Actions on blocks: those of any schedule that keeps no records in slots.
    blocks, steps : int
        Number of blocks, and of steps in all of them.

    Yields
    ------
    tuple of int
        The same actions on steps.
    """
    for action, first, second in schedule:
        if action in (ADVANCE, RECORD, REVERSE):
            first = block_start(first, blocks, steps)
        yield action, first, block_start(second, blocks, steps)
