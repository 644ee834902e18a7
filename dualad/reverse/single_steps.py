"""Which checkpointed loops have single steps for blocks: those whose steps are reversed from the state at their start alone.

Records of several steps save that a step is run again before its reverse. Where the reverse of a step reads what it needs from
the arrays as they were before the step, and nothing that its loops compute, there is no such run, and to store all states
takes less than all records.

A loop qualifies if

- it is cut in blocks of several steps otherwise, and has no `break` and no states on disk;
- with several steps in a block its inner loops would record something, in as many nested loops as the arrays that it writes
  have axes;
- with single steps they record nothing, and no loop and no array need be done again.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable

from ..program.tree import Loop, Op, Operand, Slice, Statement
from .backward import Flow
from .live import Live
from .marks import Marked
from .memory import Memory, is_array, is_container, view_base, written
from .needs import Needs
from .places import Places, Region

__all__ = ["has_single_steps"]


def has_single_steps(
    marked: Marked,
    needs: Needs,
    wanted: list[tuple[Operand, Region]],
    contents: Callable[[Needs, Region], Iterable[Operand]],
    flow: Flow,
) -> bool:
    """Whether the blocks of a loop had better be single steps.

    Parameters
    ----------
    marked : Marked
        A loop in blocks of several steps.
    needs : Needs
        What is recorded for them.
    wanted : values that the reverse sweep reads, each with the region that it is read in
    contents : callable
        `contents(needs, region)`: containers of which the reverse of a region reads elements.
    flow : Flow
    """
    places, memory, step = needs.places, needs.memory, marked.inner
    if marked.single or not marked.may_exchange:
        return False
    body = places.body_of[step, True]
    if _depth_of_records(needs, body) < _axes(body, memory) or not _ends_with_copies(step, body, places):
        return False
    marked_too = frozenset({*needs.marked, step})
    trial = Needs(places, memory, marked_too | needs.replayed, marked_too, needs.exchanges, frozenset([step]))
    trial.decide(wanted)
    if any(places.region_of[record.loop].inside(body) for record in trial.records):
        return False
    loops = [
        s for s in places.position if isinstance(s, Loop) and places.region_of[s].inside(body) and flow.reversed_(s)
    ]
    again = Live(places, trial.steps[step], trial.at_step[step], set(contents(trial, body)), loops, again=step)
    return not any(_takes_long(s) for s in again.statements if places.region_of[s].inside(body))


def _depth_of_records(needs: Needs, body: Region) -> int:
    """In how many nested loops in a step something is recorded; 0 for nothing."""
    places = needs.places
    around = len(list(body.loops()))
    loops = [record.loop for record in needs.records if places.region_of[record.loop].inside(body)]
    return max((len(list(places.body_of[loop, True].loops())) - around for loop in loops), default=0)


def _axes(body: Region, memory: Memory) -> int:
    """The most axes of an array from outside that a region writes, at least 1."""
    places = memory.places
    targets = (memory.origin(target) for at, target in memory.stores if places.region_of[at].inside(body))
    return max((var.type.ndim for var in targets if is_array(var) and not places.home[var].inside(body)), default=1)


def _takes_long(statement: Statement) -> bool:
    """Whether a statement is a loop, or makes or writes whole arrays."""
    if isinstance(statement, Loop):
        return True
    if not isinstance(statement, Op):
        return False
    if is_container(statement.result):
        return view_base(statement) is None
    return bool(written(statement)) and not _writes_element(statement)


def _writes_element(op: Op) -> bool:
    if op.function is not operator.setitem:
        return False
    array, position, value = op.args
    parts = position if isinstance(position, tuple) else (position,)
    return len(parts) == array.type.ndim and not any(isinstance(p, Slice) or is_container(p) for p in (*parts, value))


def _ends_with_copies(loop: Loop, body: Region, places: Places) -> bool:
    """Whether nothing in a loop reads what it carries after it was given its value for the next iteration."""
    position = places.position
    for var in loop.carried:
        sites = [position[site] for site in places.definition[var] if places.region_of[site].inside(body)]
        uses = [position[use] for use in places.uses.get(var, ()) if places.region_of[use].inside(body)]
        if sites and max(uses, default=-1) > min(sites):
            return False
    return True
