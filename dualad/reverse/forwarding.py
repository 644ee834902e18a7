"""Elements that were just written or read are not read again: fewer values to record.

`a[i] = v; w = a[i]` makes `w` another name of `v`, and of two reads with nothing written between them the second one is a
name of the first.
"""

from __future__ import annotations

import operator
from typing import Any

from ..program.tree import Const, If, Loop, Op, Operand, Program, Slice, Statement, Var
from .memory import Memory, is_array, is_container, written
from .places import Places
from .rewrite import remove, replace_operands

__all__ = ["forward_elements"]

_Known = dict[Any, tuple[Var, Operand]]


def forward_elements(program: Program) -> None:
    """Replace repeated reads of elements, in place."""
    places = Places(program)
    memory = Memory(places)
    names: dict[Var, Operand] = {}
    gone: set[Statement] = set()
    _Forwarding(places, memory, names, gone).statements(program.body, {})
    remove(program.body, gone)
    replace_operands(program, names)


class _Forwarding:
    def __init__(self, places: Places, memory: Memory, names: dict[Var, Operand], gone: set[Statement]) -> None:
        self.places, self.memory, self.names, self.gone = places, memory, names, gone

    def statements(self, statements: list[Statement], known: _Known) -> None:
        for statement in statements:
            match statement:
                case Op():
                    self._operation(statement, known)
                case If(then=then, orelse=orelse):
                    for branch in (then, orelse):
                        self.statements(branch, dict(known))
                    self._forget_inside(statement, known)
                case Loop(body=body):
                    self._forget_inside(statement, known)
                    self.statements(body, dict(known))

    def _operation(self, op: Op, known: _Known) -> None:
        if op.function is operator.getitem and is_array(op.args[0]) and not is_container(op.result):
            key = self._key(op.args[0], op.args[1])
            assert op.result is not None
            if key is not None and key in known:
                self.names[op.result] = known[key][1]
                self.gone.add(op)
            elif key is not None:
                known[key] = op.args[0], op.result
            return
        targets = written(op)
        for target in targets:
            self._forget(target, known)
        if op.function is operator.setitem and is_array(op.args[0]):
            array, position, value = op.args
            key = self._key(array, position)
            if key is not None and _is_element(array, position) and self._is_constant(value):
                if value.type == array.type.dtype:
                    known[key] = array, value

    def _key(self, array: Var, position: Any) -> Any:
        """What tells an element from others, as long as nothing is written."""
        parts = position if isinstance(position, tuple) else (position,)
        found: list[Any] = [array]
        for part in parts:
            part = self._named(part)
            if isinstance(part, (Slice, tuple)) or not self._is_constant(part):
                return None
            found.append(part if isinstance(part, Var) else ("constant", part.value))
        return tuple(found)

    def _named(self, operand: Any) -> Any:
        while isinstance(operand, Var) and operand in self.names:
            operand = self.names[operand]
        return operand

    def _is_constant(self, operand: Any) -> bool:
        """Whether an operand means the same wherever it is known: joined variables change their values."""
        operand = self._named(operand)
        if isinstance(operand, Const):
            return isinstance(operand.value, (int, float, complex)) and not isinstance(operand.value, bool)
        return isinstance(operand, Var) and not is_container(operand) and not self.places.is_joined(operand)

    def _forget(self, target: Var, known: _Known) -> None:
        for key, (array, _) in list(known.items()):
            if self.memory.may_alias(array, target):
                del known[key]

    def _forget_inside(self, statement: Statement, known: _Known) -> None:
        first, last = self.places.position[statement], self.places.end[statement]
        for store, target in self.memory.stores:
            if first <= self.places.position[store] <= last:
                self._forget(target, known)


def _is_element(array: Var, position: Any) -> bool:
    parts = position if isinstance(position, tuple) else (position,)
    return len(parts) == array.type.ndim and not any(isinstance(p, Slice) for p in parts)
