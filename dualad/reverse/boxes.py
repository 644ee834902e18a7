"""Boxes of elements: ranges of indices, one for each axis, of which a step of a loop writes every element.

The ends are told as code that can stand before the step.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

from ..program.tree import Const, Loop, Op, Operand, Slice, Var
from .code import ATOM, BINARY, Code, Names, binary, call
from .exchanges import Exchange, nest_around
from .memory import Memory, is_container
from .partials import operand_code
from .places import Places

__all__ = ["Boxes", "indexed_by", "moved_index"]


def moved_index(part: Any, places: Places) -> tuple[Any, int]:
    """A variable, and the constant that is added to it."""
    made = places.definition.get(part, []) if isinstance(part, Var) else []
    if len(made) == 1 and isinstance(made[0], Op) and made[0].function in (operator.add, operator.sub):
        first, second = made[0].args
        if isinstance(first, Const) and made[0].function is operator.add:
            first, second = second, first
        if isinstance(second, Const) and type(second.value) is int:
            return first, second.value if made[0].function is operator.add else -second.value
    return part, 0


def indexed_by(access: Op, nest: list[Loop], places: Places) -> list[tuple[Loop, int]] | None:
    """For each axis of an accessed element the loop by which it is indexed, and what is added; None unless each loop is one's."""
    parts = access.args[1] if isinstance(access.args[1], tuple) else (access.args[1],)
    by_index: dict[Any, Loop] = {loop.index: loop for loop in nest}
    moved = [moved_index(part, places) for part in parts]
    found = [(by_index.pop(index), offset) for index, offset in moved if index in by_index]
    if by_index or len(found) != len(parts) or len(parts) != access.args[0].type.ndim:
        return None
    return found


@dataclass(frozen=True)
class Boxes:
    """The boxes that the steps of a loop write.

    Parameters
    ----------
    step : Loop
    exchange : Exchange
        The arrays that change places after a step.
    places, memory, names
    """

    step: Loop
    exchange: Exchange
    places: Places
    memory: Memory
    names: Names

    def written(self, var: Var) -> list[tuple[Code, Code]] | None:
        """First index and end along each axis of a box that one assignment fills, whatever happens; None if there is none.

        Parameters
        ----------
        var : Var
            An array that each step writes by this name only.
        """
        body = self.places.body_of[self.step, True]
        stores = (store for store, target in self.memory.stores if target is var)
        boxes = (self._box(s) for s in stores if isinstance(s, Op) and self.places.region_of[s].inside(body))
        return next((box for box in boxes if box is not None), None)

    def _box(self, store: Op) -> list[tuple[Code, Code]] | None:
        if store.function is not operator.setitem or is_container(store.args[2]):
            return None
        position = indexed_by(store, nest_around(store, self.step, self.places) or [], self.places)
        if position is None:
            return None  # a further loop might have no iterations
        found = []
        for loop, offset in position:
            start, stop, by = map(self._spelt, loop.bounds)
            if start is None or stop is None or by is None or by.text not in ("1", "-1"):
                return None
            ends = (start, stop) if by.text == "1" else (_more(stop, 1), _more(start, 1))
            found.append((_more(ends[0], offset), _more(ends[1], offset)))
        return found

    def _inside(self, var: Var) -> list[Any]:
        """What assigns a variable in a step."""
        body = self.places.body_of[self.step, True]
        return [site for site in self.places.definition.get(var, ()) if self.places.region_of[site].inside(body)]

    def _spelt(self, operand: Operand) -> Code | None:
        """Code for a number that is the same in every step, in terms of what there is before one."""
        if isinstance(operand, Const):
            return operand_code(operand, self.names)
        inside = self._inside(operand)
        if not inside:
            changes = operand in self.step.carried or operand is self.step.index
            return None if changes else operand_code(operand, self.names)
        op = inside[0]
        if len(inside) > 1 or not isinstance(op, Op):
            return None
        if op.function is getattr or op.function is len:
            array = op.args[0]
            if not is_container(array) or (self._inside(array) and array not in self.exchange):
                return None
            return Code(f"{array.name}.{op.args[1].value}") if op.function is getattr else call("len", [array.name])
        parts = [None if isinstance(part, (tuple, Slice)) else self._spelt(part) for part in op.args]
        if any(part is None for part in parts):
            return None
        if op.function is operator.getitem and isinstance(op.args[1], Const):
            return Code(f"{parts[0].within(ATOM)}[{parts[1]}]")  # type: ignore[union-attr]
        return binary(op.function, *parts) if op.function in BINARY else None  # type: ignore[arg-type]


def _more(code: Code, constant: int) -> Code:
    if not constant:
        return code
    if code.text.lstrip("-").isdigit():
        return Code(str(int(code.text) + constant))
    return binary(operator.add if constant > 0 else operator.sub, code, Code(str(abs(constant))))
