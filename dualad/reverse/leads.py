"""Which element of its rows an array should begin a cache line with: that from which inner loops go along them.

A choice of speed only. It is made for arrays that the program makes itself, and that two nested loops or more go through.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numba.core import types

from ..program.tree import Const, Op, Var
from ..workspace.placed import LEADS, placed
from ..workspace.record import LINE, empty_record
from .boxes import moved_index
from .memory import Memory, bytes_of, is_array
from .places import Places

__all__ = ["Leads"]

_OF_SHAPE = (np.empty, np.zeros)
_OF_ARRAY = (np.copy, np.empty_like, np.zeros_like)


class Leads:
    """Where the rows of arrays should begin."""

    def __init__(self, places: Places, memory: Memory) -> None:
        self.places, self.memory = places, memory
        self._votes: dict[Op, Counter[int]] = {}
        for statement in places.position:
            if isinstance(statement, Op) and statement.function in (operator.getitem, operator.setitem):
                self._count(statement)

    def _count(self, access: Op) -> None:
        array, position = access.args[:2]
        if not is_array(array):
            return
        part = position[-1] if isinstance(position, tuple) and position else position
        index, offset = moved_index(part, self.places)
        around = list(self.places.region_of[access].loops())
        if not around or index is not around[0].index or not isinstance(around[0].bounds[0], Const):
            return
        for root in self.memory.roots.get(array, ()):
            if isinstance(root, Op) and _can_be_placed(root):
                made = set(self.places.region_of[root].loops())
                if sum(loop not in made for loop in around) > 1:
                    self._votes.setdefault(root, Counter())[around[0].bounds[0].value + offset] += 1

    def _of(self, var: Var) -> int | None:
        """The element, less whole lines; None where it makes no difference, or nothing is known."""
        roots = self.memory.roots.get(var, frozenset())
        if var.type.layout != "C" or not roots or not all(root in self._votes for root in roots):
            return None
        votes = sum((self._votes[root] for root in roots), Counter())
        # of elements with equally many accesses the first one
        found = max(votes, key=lambda element: (votes[element], -element))
        lead = found % max(LINE // bytes_of(var.type.dtype), 1)
        return lead if lead < LEADS else None

    def function(self, var: Var, function: Callable[..., Any]) -> Callable[..., Any]:
        """What stands for a function of NumPy that makes an array: for the array itself, its cotangent or its states."""
        lead = self._of(var)
        return (None if lead is None else placed(function, lead)) or function

    def empty(self, var: Var) -> Callable[..., Any]:
        """What makes an array for its states in, in memory that is kept between calls."""
        found = self.function(var, np.empty)
        return empty_record if found is np.empty else found

    def operation(self, op: Op) -> Op:
        """An operation, with the array that it makes placed."""
        if op not in self._votes or op.result is None:
            return op
        return replace(op, function=self.function(op.result, op.function))


def _can_be_placed(op: Op) -> bool:
    if op.kwargs or not is_array(op.result) or not isinstance(op.result.type.dtype, (types.Number, types.Boolean)):
        return False
    if op.function in _OF_ARRAY:
        return len(op.args) == 1 and is_array(op.args[0]) and op.args[0].type.layout == op.result.type.layout == "C"
    if op.function not in _OF_SHAPE:
        return False
    return len(op.args) == 1 or (len(op.args) == 2 and isinstance(getattr(op.args[1], "type", None), types.NumberClass))
