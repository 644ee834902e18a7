"""What the adjoint of a checkpointed loop would decide for some arguments: steps, snapshots, bytes.

The decision is a line of the adjoint, whose operands are known when the loop is reached. Where the lines before it are without
loops and branches, they are run here as plain Python up to that line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..checkpoint.blocks import longest_block
from .plans import in_bytes, in_bytes_online, in_snapshots, in_snapshots_online

__all__ = ["Schedule", "schedule_of"]

_DECISION = re.compile(r"    [\w, ]+ = (in_bytes|in_snapshots|in_bytes_online|in_snapshots_online)\((.*)\)")
_SIMPLE = re.compile(r"    (?!for |while |if |with |return)\S")


@dataclass(frozen=True)
class Schedule:
    """How a checkpointed loop is reversed.

    Parameters
    ----------
    steps : int or None
        Its steps; None where a `break` may end it.
    snapshots : int
        States that are stored at a time, at most.
    bytes : int or None
        Of these and of the records of a block; None where only a number of snapshots was given.
    """

    steps: int | None
    snapshots: int
    bytes: int | None


def schedule_of(source: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Schedule | None:
    """The schedule of the first checkpointed loop of an adjoint.

    Parameters
    ----------
    source : str
        The adjoint.
    function : callable
        The same as a Python function.
    args : tuple
        Its arguments, without the cotangents of outputs. What is written into arrays before the loop is written into these.

    Returns
    -------
    Schedule or None
        None where no loop at the top level is checkpointed, or what comes before it is not simple.

    Raises
    ------
    BudgetError, ArgumentError
        As the adjoint would, for a budget that is too small.
    """
    lines = source.splitlines()
    for position, line in enumerate(lines):
        found = _DECISION.fullmatch(line)
        if found is not None:
            break
        if position and not _SIMPLE.match(line):
            return None
    else:
        return None
    head = [*lines[:position], f"    return ({found[2]},)"]
    scope = dict(function.__globals__)
    exec("\n".join(head), scope)
    planned = scope[function.__name__]
    return _decided(found[1], planned(*args, *[None] * (planned.__code__.co_argcount - len(args))))


def _decided(kind: str, given: tuple[Any, ...]) -> Schedule:
    steps = int(given[0])
    if kind == "in_snapshots":
        return Schedule(steps, int(in_snapshots(*given)[1]), None)
    if kind == "in_snapshots_online":
        return Schedule(None, int(in_snapshots_online(*given)[2]), None)
    state, record = int(given[2]), int(given[3])
    if kind == "in_bytes":
        blocks, snapshots = in_bytes.py_func(*given)
        longest = longest_block(blocks, steps)
    else:
        longest, _, snapshots = in_bytes_online.py_func(*given)
        steps = None  # type: ignore[assignment]
    known = record >= 0  # else half of the budget is for the record of a step
    return Schedule(steps, int(snapshots), int(snapshots * state + longest * record) if known else int(given[1]))
