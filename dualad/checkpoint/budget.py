"""How many blocks and snapshots are worth their memory: the least predicted time within a budget.

A longer block saves plain steps, since there are fewer blocks to come to, but takes bytes from the snapshots, and records
that are longer than the cache pass through memory twice. `predicted_time` weighs these. `choose` takes a budget in bytes,
`cut` a number of snapshots, `choose_online` a budget for a number of steps that is not known, and `choose_states` one for
steps that need no record.

Kernels: `predicted_time`, `cut`, `choose`, `choose_online`, `choose_states`.
"""

from ..errors import BudgetError
from ..pipeline.extrema import larger, smaller
from ..pipeline.linked import inlined, kernel
from .binomial import plain_steps, stores
from .blocks import longest_block

__all__ = ["choose", "choose_online", "choose_states", "cut", "predicted_time"]

# Measured on an AMD EPYC (Zen 3, 1 MiB of L2 per core), float64, one thread; only their size relative to a step matters.
COPY = 0.05  # ns to copy one byte of a state into a slot or out of it
SPILL = 0.05  # ns by which writing and reading back one byte of a record is slower outside the cache: from 0.02 to 0.1
TOUCH = 0.2  # ns that a byte of new memory takes when it is written first; from 0.1 to 0.7
ACTION = 10.0  # ns that a store or a load takes besides the copying


@kernel
def predicted_time(steps, blocks, snapshots, state_bytes, record_bytes, plain_time, recorded_time, cache_bytes):
    """Time of the forward and the reverse sweep.

    Parameters
    ----------
    steps, blocks, snapshots : int
        The schedule.
    state_bytes, record_bytes : int
        Size of one state and of the record of one step.
    plain_time, recorded_time : float
        Time of one step without a record, and of recording and reversing one, in ns.
    cache_bytes : int
        Size of the cache that a block's record should fit (L2).

    Returns
    -------
    float
        Time in ns.
    """
    if steps == 0:
        return 0.0
    time = recorded_time * steps
    if longest_block(blocks, steps) * record_bytes > cache_bytes:
        time += SPILL * record_bytes * steps
    if blocks > 1:
        time += plain_time * plain_steps(blocks, snapshots) * (steps / blocks)
        time += (stores(blocks, snapshots) + blocks - 1) * (ACTION + COPY * state_bytes)
    return time


@inlined
def states_in(size, state_bytes):
    """How many states fit in a number of bytes: as many as steps can be, for states of no bytes."""
    return size // state_bytes if state_bytes > 0 else 2**31


@inlined
def longer(length, fitting, longest):
    """The length of block to try after `length`: some 10 % more, but not past the longest that fits the cache."""
    following = smaller(length + 1 + length // 10, longest)
    return fitting if length < fitting < following else following


@kernel
def cut(steps, snapshots, record_budget, state_bytes, record_bytes, plain_time, cache_bytes):
    """How many blocks are predicted to take the least time with a number of snapshots.

    Parameters
    ----------
    steps, snapshots : int
        Length of the rollout and number of snapshots, at least 1.
    record_budget : int
        Bytes allowed for the record of one block, besides the snapshots. With `record_bytes` or less, blocks are of one
        step, and the schedule is the binomial one. The size of the cache is a good choice.
    state_bytes, record_bytes : int
        Size of one state and of the record of one step.
    plain_time : float
        Time of one step without a record, in ns.
    cache_bytes : int
        Size of the cache that a block's record should fit (L2).

    Returns
    -------
    int
        Number of blocks, at most `steps`.

    Notes
    -----
    Compares some 10 lengths of blocks for each doubling: 170 predictions for 10**7 steps.
    """
    if steps == 0:
        return 0
    size = larger(record_bytes, 1)
    longest = smaller(larger(record_budget // size, 1), steps)
    fitting = cache_bytes // size
    best, least = steps, -1.0
    length = 1
    while True:
        blocks = (steps + length - 1) // length
        time = predicted_time(steps, blocks, snapshots, state_bytes, record_bytes, plain_time, 0.0, cache_bytes)
        if least < 0.0 or time < least:
            best, least = blocks, time
        if length == longest:
            return best
        length = longer(length, fitting, longest)


@inlined
def choose(steps, budget, state_bytes, record_bytes, plain_time, cache_bytes):
    """How many blocks and snapshots are predicted to take the least time within a budget of bytes.

    Parameters
    ----------
    steps : int
        Length of the rollout.
    budget : int
        Bytes for snapshots and records.
    state_bytes, record_bytes : int
        Size of one state and of the record of one step.
    plain_time : float
        Time of one step without a record, in ns. That of a recorded step does not matter: each step is recorded once.
    cache_bytes : int
        Size of the cache that a block's record should fit (L2).

    Returns
    -------
    blocks, snapshots : int
        One block and no snapshot where everything is kept. `bytes_used` of them is at most `budget`.

    Raises
    ------
    BudgetError
        When not even one state and the record of one step fit; its message says what is needed.

    Notes
    -----
    Compares some 10 lengths of blocks for each doubling: 170 predictions for 10**7 steps.
    """
    whole, least_bytes = steps * record_bytes, state_bytes + record_bytes
    if budget < smaller(whole, least_bytes):
        raise BudgetError(budget, smaller(whole, least_bytes))
    if steps <= 1:
        return steps, 0
    best, snapshots, least = 1, 0, -1.0
    if whole <= budget:
        least = predicted_time(steps, 1, 0, state_bytes, record_bytes, plain_time, 0.0, cache_bytes)
    size = larger(record_bytes, 1)
    longest = smaller((budget - state_bytes) // size, steps - 1)
    fitting = cache_bytes // size
    length = 1
    while length <= longest:
        beside = states_in(budget - length * size, state_bytes)
        fuller = smaller((budget - beside * state_bytes) // size, longest)  # the longest block beside as many snapshots
        length = fitting if length <= fitting < fuller else fuller
        blocks = (steps + length - 1) // length
        slots = smaller(states_in(budget - longest_block(blocks, steps) * record_bytes, state_bytes), blocks)
        time = predicted_time(steps, blocks, slots, state_bytes, record_bytes, plain_time, 0.0, cache_bytes)
        if least < 0.0 or time < least:
            best, snapshots, least = blocks, slots, time
        if length == longest:
            break
        length = longer(length, fitting, longest)
    return best, snapshots


@inlined
def choose_online(budget, state_bytes, record_bytes, cache_bytes):
    """Length of the blocks and number of snapshots for a number of steps that is known only when the loop ends.

    Parameters
    ----------
    budget : int
        Bytes for snapshots and records.
    state_bytes, record_bytes : int
        Size of one state and of the record of one step.
    cache_bytes : int
        Size of the cache that a block's record should fit (L2).

    Returns
    -------
    length, snapshots : int
        Steps in a block, as many as fit the cache and a third of the budget, at least one; and the number of states that
        fit beside its record. The schedule is that of `online`, with blocks for steps.

    Raises
    ------
    BudgetError
        When not even one state and the record of one step fit; its message says what is needed.
    """
    size = larger(record_bytes, 1)
    if budget < state_bytes + record_bytes:
        raise BudgetError(budget, state_bytes + record_bytes)
    length = larger(smaller(smaller(cache_bytes, budget // 3), budget - state_bytes) // size, 1)
    return length, states_in(budget - length * record_bytes, state_bytes)


@inlined
def choose_states(steps, budget, state_bytes, plain_time):
    """How many states are predicted to take the least time within a budget of bytes, where each step is reversed from its state.

    Parameters
    ----------
    steps : int
        Length of the rollout.
    budget : int
        Bytes for the states.
    state_bytes : int
        Size of one state, at least 1.
    plain_time : float
        Time of one step, in ns.

    Returns
    -------
    int
        Number of states, at most one for each step but the last, which is reversed from where the forward sweep ends.

    Raises
    ------
    BudgetError
        When not even one state fits and there are more steps than one.

    Notes
    -----
    More states save steps, and less so the more there are; memory that is written for the first time is slow. Compares some
    10 numbers for each doubling.
    """
    if steps <= 1:
        return 0
    if budget < state_bytes:
        raise BudgetError(budget, state_bytes)
    most = smaller(budget // state_bytes, steps - 1)
    best, least = most, -1.0
    slots = 1
    while True:
        time = plain_time * plain_steps(steps, slots) + TOUCH * slots * state_bytes
        time += stores(steps, slots) * (ACTION + COPY * state_bytes)
        if least < 0.0 or time < least:
            best, least = slots, time
        if slots == most:
            return best
        slots = longer(slots, most, most)
