"""Arrays that the steps of a checkpointed loop only exchange for one another, such as two buffers that change places.

Where that is so, each name means memory of its own during a step, and which memory follows from the number of the step. So
what was stored is put back into the arrays that there are, under the names that they had.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import lcm

import numpy as np

from ..program.tree import Copy, If, Loop, Op, Raise, Statement, Var, walk
from .lines import Lines
from .memory import Memory, is_array, is_container, is_list
from .places import Places, reads

__all__ = ["Exchange", "exchanges_of", "nest_around"]

#: What certainly makes an array that nobody else has.
_MADE = (np.copy, np.empty, np.zeros, np.ones, np.full, np.empty_like, np.zeros_like, np.ones_like, np.full_like)


@dataclass(frozen=True, eq=False)
class Exchange:
    """A permutation of arrays at the end of each step.

    Parameters
    ----------
    after : dict of Var -> Var
        For each name, the one whose array it means after a step.
    """

    after: dict[Var, Var]

    def __contains__(self, var: object) -> bool:
        return var in self.after

    def cycle(self, var: Var) -> list[Var]:
        """The names that an array has in turn."""
        found = [var]
        while self.after[found[-1]] is not var:
            found.append(self.after[found[-1]])
        return found

    @property
    def order(self) -> int:
        """After how many steps each name means the same array again."""
        return lcm(*(len(self.cycle(var)) for var in self.after))

    def undo(self, lines: Lines) -> None:
        """A line that gives the names the meanings that they had before a step."""
        targets = ", ".join(var.name for var in self.after.values())
        lines.add(f"{targets} = {', '.join(var.name for var in self.after)}")


def exchanges_of(loops: Iterable[Loop], places: Places, memory: Memory) -> dict[Loop, Exchange]:
    """The exchanges of loops that have one; see `_find_exchange`."""
    found = ((loop, _find_exchange(loop, places, memory)) for loop in loops)
    return {loop: exchange for loop, exchange in found if exchange is not None}


def _find_exchange(loop: Loop, places: Places, memory: Memory) -> Exchange | None:
    """The arrays that a loop exchanges at the end of each step, and nobody else names in it; None if there are none.

    They are made by the program as separate arrays, and only a single copy in the loop, its last statement, assigns them.
    """
    body = places.body_of[loop, True]
    last = _last(loop.body)
    if loop.breaks or not isinstance(last, Copy):
        return None
    after = {
        target: source
        for target, source in zip(last.targets, last.sources, strict=True)
        if is_array(target)
        and is_array(source)
        and target in loop.carried
        and [site for site in places.definition[target] if places.region_of[site].inside(body)] == [last]
    }
    while not set(after.values()) <= set(after):
        after = {target: source for target, source in after.items() if source in after}
    if len(set(after.values())) < len(after) or not after:
        return None
    return Exchange(after) if _is_apart(list(after), loop, places, memory) else None


def _last(statements: list[Statement]) -> Statement | None:
    """What is done last, whatever is raised before."""
    last = statements[-1] if statements else None
    while isinstance(last, If) and (way := only_way(last)):
        last = way[-1]
    return last


def only_way(statement: If) -> list[Statement] | None:
    """The way through a branch if the other one ends in an exception."""
    then, orelse = statement.then, statement.orelse
    for way, other in ((then, orelse), (orelse, then)):
        if other and isinstance(other[-1], Raise):
            return way
    return None


def nest_around(statement: Statement, step: Loop, places: Places) -> list[Loop] | None:
    """The loops of a step around a statement, innermost first; None unless it is done in each of their iterations."""
    found: list[Loop] = []
    while (owner := places.region_of[statement].owner) is not step:
        if isinstance(owner, Loop) and owner.bounds and not owner.breaks:
            found.append(owner)
        elif not isinstance(owner, If) or only_way(owner) is not places.region_of[statement].statements:
            return None
        statement = owner
    return found


def _is_apart(names: list[Var], loop: Loop, places: Places, memory: Memory) -> bool:
    """Whether arrays are the program's own, no two the same, and have no other names in a loop."""
    roots = frozenset[Op]().union(*(memory.roots[var] for var in names))
    if not all(isinstance(root, Op) and root.function in _MADE for root in roots):
        return False
    if any(memory.may_alias(a, b) for k, a in enumerate(names) for b in names[:k]):
        return False
    if any(is_list(var) and found & roots for var, found in memory.roots.items()):
        return False
    others = (memory.origin(part) for inside in walk(loop.body) for part in _containers(inside))
    return not any(memory.roots[other] & roots for other in others if other not in names)


def _containers(statement: Statement) -> list[Var]:
    found = list(statement.targets) if isinstance(statement, Copy) else []
    return [part for part in (*reads(statement), *found) if is_container(part)]
