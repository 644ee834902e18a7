"""Lists that loops go over must keep their length meanwhile, as the loop runs to the length it finds at its start."""

from __future__ import annotations

import operator
from typing import Any

from numba.core import types

from .locate import Location
from .tree import Method, Op, Operand

__all__ = ["Lists"]

_CHANGES = ("append", "extend", "insert", "pop", "remove", "clear")


class Lists:
    """The lists of one function."""

    def __init__(self) -> None:
        self._watched: list[tuple[Operand, int, Location]] = []  # each with the label of the loop's head
        self._changed: list[tuple[Operand, int]] = []  # each with the label of the block

    def watch(self, value: Operand, head: int, where: Location) -> None:
        """A loop goes over a list."""
        self._watched.append((value, head, where))

    def note(self, label: int, op: Op) -> None:
        """An operation of a block may make a list longer or shorter."""
        if op.args and isinstance(getattr(op.args[0], "type", None), (types.List, types.ListType)):
            named = isinstance(op.function, Method) and op.function.name in _CHANGES
            if named or op.function is operator.iadd:
                self._changed.append((op.args[0], label))

    def check(self, t: Any) -> None:
        """Refuse loops over a list that they change."""
        for value, head, where in self._watched:
            own = [loop for loop in t.cfg.in_loops(head) if t.passes_to(loop.header) == head]
            if any(changed is value and label in loop.body for loop in own for changed, label in self._changed):
                t.where = where
                raise t.refuse(
                    "a loop over a list that it changes", "how often it runs is not known", "write it with `while`"
                )
