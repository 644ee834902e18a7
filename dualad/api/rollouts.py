"""`checkpointed`: marks a loop whose states reverse mode brings back within a given memory; `rollout`: such a loop of a step."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable
from typing import Any

from numba import njit
from numba.core import types
from numba.core.errors import TypingError
from numba.extending import overload

from ..errors import ArgumentError

__all__ = ["checkpointed", "rollout"]

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?\s*", re.IGNORECASE)


def checkpointed(  # type: ignore[no-untyped-def]
    steps=None, snapshots=None, memory=None, disk=None, progress=False
):
    """Mark a loop over a range whose iterations reverse mode may run again instead of keeping what they computed.

    `for i in ad.checkpointed(range(n)):` is `for i in range(n):` everywhere but in the reverse sweep of a derivative.
    There, the state at the start of some iterations is stored, and the others are come to from these.

    Parameters
    ----------
    steps : range, optional
        What the loop goes over. Without it, 0, 1, 2 and so on, until a `break` or `return`.
    snapshots : int, optional
        How many states may be stored at a time, at least 1.
    memory : int or str, optional
        Bytes for stored states and records together: a number, or a text such as `"500MB"` or `"2 GiB"`. Without this and
        `snapshots`, the smaller of 1 GiB and a quarter of the memory that is free.
    disk : str or path, optional
        A folder, empty or not there yet, for more states than fit into memory; in jitted code a text. A derivative that was
        ended before it was finished, even by a kill, is gone on with by `resume`.
    progress : bool
        Whether a derivative in reverse mode that is called from Python shows on standard error how far it has come, and how long
        it will take. Has to be known when compiling.

    Returns
    -------
    range
        `steps` itself; an endless counter where there are none.

    Raises
    ------
    ArgumentError
        If an option is not what it has to be.
    BudgetError
        In the reverse sweep, if not even one state and the record of one iteration fit.
    StoreError
        There, if the folder cannot be used: it is not empty, is in use, or the disk is full.

    Notes
    -----
    While the records of all iterations fit, they are all kept and nothing is run again. Else the loop is cut in blocks of
    iterations, and the blocks are reversed by a binomial schedule, with as many blocks and snapshots as are predicted to
    take the least time. The gradient is the same, bit for bit, whatever the memory. No cost without a derivative.

    A loop that a `break` or a `return` may end has a number of steps that is not known before: the forward sweep keeps no
    records, and its stored states are placed so that it could end at any of them (`checkpoint.online`).

    Marked loops may stand in each other and in other loops. A loop around a marked one is treated as if it were marked with
    no options, each iteration a block of its own.

    References
    ----------
    Griewank and Walther, Algorithm 799: revolve, ACM TOMS 26 (2000) 19-45, DOI 10.1145/347837.347846.
    Stumm and Walther, SIAM J. Sci. Comput. 32 (2010) 836-854, DOI 10.1137/080742439 (unknown number of steps).

    Examples
    --------
    >>> import dualad as ad
    >>> def logistic(x, n):
    ...     for _ in ad.checkpointed(range(n), snapshots=3):
    ...         x = 3.5 * x * (1.0 - x)
    ...     return x
    >>> ad.grad(logistic, mode="reverse")(0.25, 2)
    -1.9140625
    """
    marked(snapshots, memory, disk, progress)
    if steps is None:
        return itertools.count()
    if not isinstance(steps, range):
        raise ArgumentError(f"`checkpointed` marks a loop over a range, not over {steps!r}")
    return steps


def rollout(
    step: Callable[..., Any],
    steps: int,
    snapshots: int | None = None,
    memory: int | str | None = None,
    disk: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> Callable[..., Any]:
    """A function that takes a number of steps from a state, for reverse mode within a given memory.

    Parameters
    ----------
    step : callable
        `step(i, state, *params)` gives the state after step `i`, of the type of `state`: plain Python that Numba can compile,
        or a jitted function. What it writes into the arrays of `state` it writes into the caller's.
    steps : int
        How many steps, at least 0; `i` goes from 0 to `steps - 1`.
    snapshots, memory, disk, progress
        As for `checkpointed`.

    Returns
    -------
    callable
        `roll(state, *params)` gives the last state. A jitted function, which every operator takes.

    Raises
    ------
    ArgumentError
        If `step` is no function, or another argument is not what it has to be.

    Notes
    -----
    One loop over `checkpointed(range(steps))`, with what is said there of time and memory.

    Examples
    --------
    >>> import dualad as ad
    >>> def euler(i, state, rate):
    ...     position, speed = state
    ...     return position + 0.1 * speed, speed - 0.1 * rate * position
    >>> roll = ad.rollout(euler, 100, memory="10kB")
    >>> ad.grad(lambda rate: roll((1.0, 0.0), rate)[0], mode="reverse")(2.0)
    -9.177129583070505
    """
    if not callable(step):
        raise ArgumentError(f"`rollout` takes a function of one step, not {step!r}")
    if isinstance(steps, bool) or not hasattr(steps, "__index__") or steps < 0:
        raise ArgumentError(f"`steps` of `rollout` is {steps!r}, and has to be a whole number of at least 0")
    count, one = int(steps), step if hasattr(step, "_numba_type_") else njit(step)
    snapshots, memory, disk, progress = marked(snapshots, memory, disk, progress)

    def roll(state, *params):  # type: ignore[no-untyped-def]
        for i in checkpointed(range(count), snapshots=snapshots, memory=memory, disk=disk, progress=progress):
            state = one(i, state, *params)
        return state

    found: Callable[..., Any] = njit(roll)
    return found


def marked(snapshots: Any, memory: Any, disk: Any, progress: Any) -> tuple[Any, Any, Any, bool]:
    """All four, the memory in bytes and the folder a text; what is no number, text or None is known only when running."""
    if isinstance(disk, os.PathLike):
        disk = os.fspath(disk)
    if isinstance(disk, (bool, int, float, bytes)) or disk == "":
        raise ArgumentError(f"`disk` of `checkpointed` is {disk!r}, and has to be the name of a folder")
    if progress is not None and not isinstance(progress, bool):
        raise ArgumentError("`progress` of `checkpointed` has to be True or False, and known when compiling")
    if snapshots is not None and memory is not None:
        raise ArgumentError("`checkpointed` takes `snapshots` or `memory`, not both: bytes say how many snapshots fit")
    if isinstance(snapshots, (str, float)) or (isinstance(snapshots, int) and snapshots < 1):
        raise ArgumentError(
            f"`snapshots` of `checkpointed` is {snapshots!r}, and has to be a whole number of at least 1"
        )
    if isinstance(memory, str):
        memory = _bytes(memory)
    if isinstance(memory, float) or (isinstance(memory, int) and memory < 1):
        raise ArgumentError(f"`memory` of `checkpointed` is {memory!r}, and has to be a number of bytes")
    return snapshots, memory, disk, bool(progress)


def _bytes(text: str) -> int:
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ArgumentError(f'`memory` of `checkpointed` is {text!r}, and has to be a size: "500MB", "2 GiB", or bytes')
    return int(float(found[1]) * _UNITS[(found[2] or "").lower()])


checkpointed.__dualad_mark__ = marked  # type: ignore[attr-defined]


@overload(checkpointed, inline="always")
def _checkpointed(steps=None, snapshots=None, memory=None, disk=None, progress=False):  # type: ignore[no-untyped-def]
    if _is_none(steps):

        def endless(steps=None, snapshots=None, memory=None, disk=None, progress=False):  # type: ignore[no-untyped-def]
            return range(2**63 - 1)

        return endless
    if not isinstance(steps, types.RangeType):
        raise TypingError(f"`checkpointed` marks a loop over a range, not over {steps}")

    def same(steps=None, snapshots=None, memory=None, disk=None, progress=False):  # type: ignore[no-untyped-def]
        return steps

    return same


def _is_none(kind: Any) -> bool:
    return kind is None or isinstance(kind, types.NoneType) or getattr(kind, "value", 0) is None
