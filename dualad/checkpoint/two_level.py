"""Snapshots in memory and on disk, with what a write to and a read from disk costs.

A stretch of steps is reversed either from memory alone, binomially, or from a state on disk: it is split in two, the
right part reversed with one disk slot less, the state read again, and the left part reversed. All memory slots are free
whenever the disk is read. Where to split has no closed form once reads and writes cost something: `tabulate` finds it by
dynamic programming over units of the rollout, which are steps or blocks of them (`blocks`). Table and schedule are those
of H-Revolve with two levels, and of Disk-Revolve when there are enough disk slots.

Kernels: `tabulate`, `split`. Schedule: `schedule`.

References
----------
J. Herrmann and G. Pallez, "H-Revolve", ACM TOMS 46 (2020) 18, DOI 10.1145/3378672, section 3.
G. Aupy, J. Herrmann, P. Hovland and Y. Robert, "Optimal multistage algorithm for adjoint computation",
SIAM J. Sci. Comput. 38 (2016) C232-C255, DOI 10.1137/15M1019222.
"""

import numpy as np
from numba.extending import register_jitable

from ..pipeline.linked import kernel
from . import binomial
from .actions import ADVANCE, LOAD, RECORD, REVERSE, STORE
from .binomial import plain_steps

__all__ = ["schedule", "split", "tabulate"]


@kernel
def tabulate(units, memory, disk, write, read, blocks=1):
    """Where to split stretches of units, for every length and every number of free disk slots.

    Parameters
    ----------
    units : int
        Length of the rollout.
    memory, disk : int
        Number of slots in memory, at least 1, and on disk.
    write, read : float
        Time of one write to and one read from disk, in plain units of the rollout.
    blocks : int
        How many blocks a unit is made of: between these, states are stored in memory.

    Returns
    -------
    splits : int64 array, shape (2, disk + 1, units + 1)
        For a state that is not on disk, and for one that is, with a number of disk slots, its own among them: after how
        many units to split a stretch of a length; 0 where memory alone is best.
    time : float
        That of the whole reversal: plain units, writes and reads. Every unit is recorded once besides.

    Notes
    -----
    Takes disk * units ** 2 / 2 additions, some 10 ms for 1000 units and 16 slots. `tabulate` for fewer slots and units
    gives a part of the same table.
    """
    splits = np.zeros((2, disk + 1, units + 1), np.int64)
    # from memory alone
    near = np.array([plain_steps(length * blocks, memory) / blocks for length in range(units + 1)])
    shortest = max(2, (memory + 1) // blocks + 1)  # shorter stretches run once from memory
    fewer = near.copy()  # least time with one disk slot less, starting from a state that is not on disk
    stored = near.copy()  # with this number of slots, from a state on disk
    for slots in range(1, disk + 1):
        for length in range(shortest, units + 1):
            least, best = near[length], 0
            for left in range(1, length):
                time = left + fewer[length - left] + stored[left]
                if time + read < least:
                    least, best = time + read, left
            stored[length], splits[1, slots, length] = least, best
        for length in range(shortest, units + 1):
            if write + stored[length] < near[length]:
                fewer[length], splits[0, slots, length] = write + stored[length], splits[1, slots, length]
            else:
                fewer[length] = near[length]
    return splits, fewer[units]


@kernel
def split(splits, on_disk, disk, units):
    """After how many units to split a stretch.

    Parameters
    ----------
    splits : int64 array
        What `tabulate` returned.
    on_disk : bool
        Whether the state at the start of the stretch is on disk.
    disk : int
        Number of disk slots that the stretch may use: free ones, and the one that holds its start.
    units : int
        Length of the stretch, at least 1.

    Returns
    -------
    int
        Units to advance before the right part begins, the start being stored on disk unless it is. 0 if the stretch is to
        be reversed from memory alone: its start is stored there, and no longer needed on disk.
    """
    return splits[1 if on_disk else 0, disk, units]


@register_jitable
def schedule(units, memory, disk, splits):
    """Every action of the forward and the reverse sweep of a rollout.

    Parameters
    ----------
    units, memory, disk : int
        Length of the rollout, number of slots in memory, at least 1, and on disk.
    splits : int64 array
        What `tabulate` returned for them.

    Yields
    ------
    tuple of int
        Actions. Slots with numbers of `memory` and more are on disk. The forward sweep is all before the first REVERSE; it
        ends with the record of the last unit.
    """
    near, far = np.zeros(memory, np.int64), np.zeros(disk + 1, np.int64)  # positions of states in memory, on disk
    in_memory = on_disk = position = 0
    for unit in range(units - 1, -1, -1):
        if in_memory > 0:
            position = near[in_memory - 1]
            yield LOAD, in_memory - 1, position
        else:
            stored = on_disk > 0
            if stored:
                position = far[on_disk - 1]
                yield LOAD, memory + on_disk - 1, position
            while True:  # down to a stretch that is reversed from memory
                free = disk - on_disk + stored
                left = split(splits, stored, free, unit + 1 - position)
                if left == 0:
                    break
                if not stored:
                    yield STORE, memory + on_disk, position
                    far[on_disk] = position
                    on_disk += 1
                yield ADVANCE, position, position + left
                position += left
                stored = False
            on_disk -= stored
            near[0] = position
            in_memory = 1
            if position < unit:
                yield STORE, 0, position
        while position < unit:
            stop = position + binomial.advance(unit + 1 - position, memory - in_memory + 1)
            yield ADVANCE, position, stop
            position = stop
            if position < unit:
                yield STORE, in_memory, position
                near[in_memory] = position
                in_memory += 1
        yield RECORD, unit, unit + 1
        yield REVERSE, unit, unit + 1
        in_memory -= near[in_memory - 1] == unit
