"""Operations that give the same value in every iteration are done before the loop: one value to record instead of many.

Sizes and integer arithmetic move as they are. Elements of arrays that the loop does not write, and functions worth recording,
move behind the question whether the loop runs at all, so that nothing is read or called that the program would not.
"""

from __future__ import annotations

import operator
from typing import Any

from numba.core import types

from ..program.tree import Const, Copy, If, Loop, Op, Operand, Program, Statement, Var
from ..rules.table import RULE_OF
from .memory import Memory, is_array, is_container
from .places import Places, reads
from .rewrite import fresh_name, names_of
from .shapes import Shapes

__all__ = ["hoist_invariants"]

_INTEGER = {operator.add, operator.sub, operator.mul, operator.neg}
_CHEAP = {operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pos, abs, min, max}


def hoist_invariants(program: Program) -> None:
    """Move invariant operations out of loops, in place, innermost loops first."""
    places = Places(program)
    memory = Memory(places)
    _Hoisting(places, memory, names_of(program)).statements(program.body)


class _Hoisting:
    def __init__(self, places: Places, memory: Memory, taken: set[str]) -> None:
        self.places, self.memory, self.taken = places, memory, taken
        self.shapes = Shapes(places)

    def statements(self, statements: list[Statement]) -> None:
        position = 0
        while position < len(statements):
            statement = statements[position]
            match statement:
                case If(then=then, orelse=orelse):
                    self.statements(then)
                    self.statements(orelse)
                case Loop(body=body):
                    self.statements(body)
                    before = self._before(statement)
                    statements[position:position] = before
                    position += len(before)
            position += 1

    def _before(self, loop: Loop) -> list[Statement]:
        """What moves to the place before a loop; the body loses it."""
        inside = self._assigned(loop)
        stores = self._stores(loop)
        free: list[Statement] = []
        guarded: list[Op] = []
        for statement in list(loop.body):
            if not isinstance(statement, Op) or statement.result is None:
                continue
            if any(isinstance(part, Var) and part in inside for part in reads(statement)):
                if not (self._tells_shape(statement) and self._keeps_shape(statement.args[0], loop)):
                    continue
            if self._is_free(statement):
                free.append(statement)
            elif loop.bounds and not loop.breaks and self._is_worth(statement, stores) and self._is_unit(loop):
                guarded.append(statement)
            else:
                continue
            loop.body.remove(statement)
            inside.discard(statement.result)
        return free + self._guard(loop, guarded)

    def _is_unit(self, loop: Loop) -> bool:
        return isinstance(loop.bounds[2], Const) and loop.bounds[2].value == 1

    def _assigned(self, loop: Loop) -> set[Var]:
        """Variables that change while the loop runs."""
        from ..program.tree import walk
        from .places import writes

        found = set(loop.carried) | ({loop.index} if loop.index is not None else set())
        for statement in walk(loop.body):
            found.update(writes(statement))
        return found

    def _stores(self, loop: Loop) -> list[Var]:
        first, last = self.places.position[loop], self.places.end[loop]
        return [target for at, target in self.memory.stores if first <= self.places.position.get(at, -1) <= last]

    def _is_free(self, op: Op) -> bool:
        """Whether an operation costs nothing and cannot fail."""
        assert op.result is not None
        if op.function is getattr or op.function is len:
            return self._tells_shape(op)
        if not isinstance(op.result.type, types.Integer):
            return False
        if op.function is operator.getitem:
            return isinstance(getattr(op.args[0], "type", None), types.UniTuple)
        return op.function in _INTEGER and all(
            isinstance(a.type, types.Integer) for a in op.args if isinstance(a, (Var, Const))
        )

    def _tells_shape(self, op: Op) -> bool:
        if not op.args or not is_array(op.args[0]):
            return False
        return op.function is len or (op.function is getattr and op.args[1].value in ("size", "shape", "ndim"))

    def _keeps_shape(self, array: Operand, loop: Loop) -> bool:
        """Whether a loop gives an array's name to arrays of one shape only, such as buffers that change places."""
        assert isinstance(array, Var)
        body, found = self.places.body_of[loop, True], [array]
        shapes = set()
        for name in found:
            for site in self.places.definition.get(name, ()):
                if not isinstance(site, Copy):
                    return False
                source = site.sources[site.targets.index(name)]
                if not isinstance(source, Var):
                    return False
                if not self.places.region_of[site].inside(body):
                    shapes.add(self.shapes.of(source))
                elif source not in loop.carried:
                    return False
                elif source not in found:
                    found.append(source)
        return len(shapes) == 1

    def _is_worth(self, op: Op, stores: list[Var]) -> bool:
        """Whether a value is worth being kept: an element, or the result of a function."""
        assert op.result is not None
        if not isinstance(op.result.type, (types.Float, types.Integer)) or op.kwargs:
            return False
        if op.function is operator.getitem and is_array(op.args[0]):
            return not any(self.memory.may_alias(op.args[0], target) for target in stores)
        if any(is_container(part) for part in reads(op)):
            return False
        try:
            return op.function in RULE_OF and op.function not in _CHEAP and isinstance(op.result.type, types.Float)
        except TypeError:
            return False

    def _guard(self, loop: Loop, ops: list[Op]) -> list[Statement]:
        if not ops:
            return []
        start, stop, _ = loop.bounds
        where = ops[0].where
        runs = Var(fresh_name("runs", self.taken), types.boolean, True)
        inner: list[Statement] = []
        targets, sources, zeros = [], [], []
        for op in ops:
            assert op.result is not None
            value = Var(fresh_name(f"{op.result.name}_in", self.taken), op.result.type, True)
            targets.append(op.result)
            sources.append(value)
            zeros.append(_zero(op.result))
            inner.append(op)
        renamed: dict[Any, Any] = dict(zip(targets, sources, strict=True))
        for op in ops:
            op.args = _renamed(op.args, renamed)
            op.result = renamed[op.result]
        inner.append(Copy(tuple(targets), tuple(sources), where))
        otherwise: list[Statement] = [Copy(tuple(targets), tuple(zeros), where)]
        return [Op(operator.lt, (start, stop), runs, where), If(runs, inner, otherwise, where)]


def _renamed(part: Any, names: dict[Any, Any]) -> Any:
    if isinstance(part, tuple):
        return tuple(_renamed(p, names) for p in part)
    return names.get(part, part) if isinstance(part, Var) else part


def _zero(var: Var) -> Operand:
    return Const(0.0 if isinstance(var.type, types.Float) else 0, var.type)
