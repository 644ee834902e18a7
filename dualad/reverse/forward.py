"""The forward sweep: the program itself, with what the reverse sweep needs recorded.

Temporaries that are used once are written where they are used, so that the lines look like the user's.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import numpy as np

from ..program.tree import Break, Const, Copy, If, Loop, Op, Raise, Slice, Statement, Var, build_list
from .assume import assumption
from .code import ATOM, IN_PLACE, Code, Names, call, function_code, index, range_code
from .leads import Leads
from .lines import Lines
from .live import Live
from .memory import Memory, is_array, is_container, written
from .needs import Needs
from .partials import operand_code
from .places import Places, Region, reads
from .records import Records
from .subscripts import Subscripts

__all__ = ["Emitter", "Forward", "op_code"]


def argument_code(argument: Any, names: Names, of: Any) -> Code:
    """An argument of an operation: an operand, a tuple of arguments or a slice."""
    if isinstance(argument, tuple):
        parts = [str(argument_code(part, names, of)) for part in argument]
        return Code(f"({', '.join(parts)}{',' if len(parts) == 1 else ''})")
    if isinstance(argument, Slice):
        return call("slice", [of(part) for part in (argument.start, argument.stop, argument.step)])
    return of(argument)


def position_code(position: Any, of: Any) -> str:
    """What stands between the brackets."""
    if isinstance(position, tuple):
        return ", ".join(position_code(part, of) for part in position) + ("," if len(position) == 1 else "") or "()"
    if isinstance(position, Slice):
        parts = [
            "" if isinstance(p, Const) and p.value is None else str(of(p))
            for p in (position.start, position.stop, position.step)
        ]
        return ":".join(parts[:2]) + (f":{parts[2]}" if parts[2] else "")
    return str(of(position))


def op_code(op: Op, names: Names, base: Code | None = None, of: Any = None) -> Code:
    """An operation as an expression; with `base`, of that array instead of its first argument."""
    of = of or (lambda operand: operand_code(operand, names))
    first = base
    if first is None and op.args and not isinstance(op.args[0], Slice):
        first = argument_code(op.args[0], names, of)
    if op.function is operator.getitem:
        assert first is not None
        return index(first, position_code(op.args[1], of))
    if op.function is getattr:
        assert first is not None
        return Code(f"{first.within(ATOM)}.{op.args[1].value}")
    if op.function is np.copy and len(op.args) == 1 and is_array(op.args[0]):
        assert first is not None  # in Numba, the method gives C order, the function the order of the array
        return Code(f"{first.within(ATOM)}.copy()")
    rest = [argument_code(a, names, of) for a in op.args[1:]]
    if op.function is build_list:
        return Code(f"[{', '.join(map(str, ([] if first is None else [first]) + rest))}]")
    kwargs = [f"{key}={argument_code(value, names, of)}" for key, value in op.kwargs]
    if type(op.function).__name__ == "Method":
        assert first is not None
        return call(f"{first.within(ATOM)}.{op.function.name}", [*rest, *kwargs])  # type: ignore[attr-defined]
    arguments = ([first] if first is not None else []) + rest
    if kwargs:
        return call(names.of(op.function), [*arguments, *kwargs])
    return function_code(op.function, arguments, names)


class Emitter:
    """Writes operations; single-use temporaries are held back and put into the expression that uses them."""

    def __init__(
        self,
        lines: Lines,
        names: Names,
        subscripts: Subscripts | None = None,
        held: set[Var] | None = None,
    ) -> None:
        self.lines, self.names = lines, names
        self._assumed = subscripts.assumed if subscripts is not None else set()
        self._may_hold = held or set()
        #: expressions, and whether they read memory
        self._held: dict[Var, tuple[Code, bool]] = {}

    def of(self, operand: Any) -> Code:
        if isinstance(operand, Var) and operand in self._held:
            return self._held.pop(operand)[0]
        return operand_code(operand, self.names)

    def operations(self, ops: list[Op]) -> None:
        for op in ops:
            self.operation(op)
        self.flush()

    def operation(self, op: Op) -> None:
        if op.function is operator.setitem:
            value = argument_code(op.args[2], self.names, self.of)
            position = position_code(op.args[1], self.of)
            array = self.of(op.args[0])
            self._flush_loads()
            self.lines.add(f"{index(array, position)} = {value}")
            return
        if op.function in IN_PLACE and is_container(op.args[0]):
            value = argument_code(op.args[1], self.names, self.of)
            array = self.of(op.args[0])
            self._flush_loads()
            self.lines.add(f"{array} {IN_PLACE[op.function]} {value}")
            if op.result is not None:
                self.lines.add(f"{op.result.name} = {array}")
            return
        loads = any(is_container(part) or self._is_held_load(part) for part in reads(op))
        code = op_code(op, self.names, of=self.of)
        if written(op):
            self._flush_loads()
        if op.result is None:
            self.lines.add(str(code))
        elif op.result in self._may_hold and not written(op):
            self._held[op.result] = (code, loads or "[" in code.text)
        else:
            self.lines.add(f"{op.result.name} = {code}")
            if op.result in self._assumed:
                self.lines.add(assumption(op.result.name, self.names))

    def _is_held_load(self, operand: Any) -> bool:
        return isinstance(operand, Var) and operand in self._held and self._held[operand][1]

    def _flush_loads(self) -> None:
        """Before memory is written: what was to be read from it is read."""
        for var, (code, loads) in list(self._held.items()):
            if loads:
                del self._held[var]
                self.lines.add(f"{var.name} = {code}")

    def flush(self) -> None:
        for var, (code, _) in list(self._held.items()):
            del self._held[var]
            self.lines.add(f"{var.name} = {code}")


class Forward:
    """Writes the forward sweep, or one iteration of a loop again.

    Parameters
    ----------
    lines, names, places, memory, needs, records, subscripts, live, leads
    kept : variables that must have their values in variables of their own
    skipped : variables that are not assigned
    checkpoints : what writes statements of checkpointed loops: their plans, and their forward sweeps
    """

    def __init__(
        self,
        lines: Lines,
        names: Names,
        places: Places,
        memory: Memory,
        needs: Needs,
        records: Records,
        subscripts: Subscripts,
        live: Live,
        leads: Leads,
        kept: Iterable[Var] = (),
        skipped: Collection[Var] = (),
        checkpoints: Mapping[Statement, Callable[[Forward], None]] | None = None,
    ) -> None:
        self.lines, self.names, self.places, self.memory = lines, names, places, memory
        self.needs, self.records, self.live, self.leads = needs, records, live, leads
        self.subscripts, self._skipped = subscripts, skipped
        self._checkpoints = checkpoints or {}
        stays = needs.kept | {record.var for record in needs.records} | set(kept)
        held = {var for var in places.definition if var not in stays and self._may_be_held(var)}
        self.emitter = Emitter(lines, names, subscripts, held)

    def _may_be_held(self, var: Var) -> bool:
        """Whether an expression can stand for a variable: a temporary, used once, in the region where it is made."""
        definitions, uses = self.places.definition[var], self.places.uses.get(var, [])
        if (
            var in self.subscripts.assumed
            or not var.temporary
            or len(definitions) != 1
            or len(uses) != 1
            or not isinstance(definitions[0], Op)
        ):
            return False
        if is_container(var) and not isinstance(uses[0], Op):
            return False
        if isinstance(uses[0], Op) and sum(part is var for part in reads(uses[0])) != 1:
            return False
        if isinstance(uses[0], Loop):
            return False
        return (
            self.places.region_of[uses[0]] is self.places.region_of[definitions[0]] and uses[0] in self.live.statements
        )

    def region(self, region: Region) -> None:
        self.records.enter(region, self.lines)
        for statement in region.statements:
            if statement in self.live.statements:
                self.records.unset(statement, self.lines)
                self.statement(statement)
            self.records.after(statement, self.lines)
        self.emitter.flush()

    def statement(self, statement: Statement) -> None:
        emitter, lines = self.emitter, self.lines
        lines.at(statement.where, False)
        if statement in self._checkpoints:
            emitter.flush()
            self._checkpoints[statement](self)
            return
        match statement:
            case Op():
                emitter.operation(self.leads.operation(statement))
            case Copy(targets=targets, sources=sources):
                pairs = [(t, s) for t, s in zip(targets, sources, strict=True) if t in self.live.vars and t is not s]
                pairs = [(t, s) for t, s in pairs if t not in self._skipped]
                self._copy([(t.name, emitter.of(s)) for t, s in pairs])
            case If(cond=cond):
                condition = emitter.of(cond)
                emitter.flush()
                self._if(statement, condition)
            case Loop():
                emitter.flush()
                self._loop(statement)
            case Break():
                emitter.flush()
                self.records.leave(statement, lines)
                lines.add("break")
            case Raise(kind=kind, args=args):
                given = [argument_code(a, self.names, emitter.of) for a in args]
                emitter.flush()
                lines.add(f"raise {call(self.names.of(kind), given) if kind is not None else 'AssertionError()'}")

    def _copy(self, moves: list[tuple[str, Code]]) -> None:
        from .cotangents import _WORD

        self.emitter.flush()
        assigned: set[str] = set()
        clash = False
        for name, code in moves:
            clash = clash or bool(assigned & set(_WORD.findall(code.text)))
            assigned.add(name)
        if clash:
            self.lines.add(f"{', '.join(name for name, _ in moves)} = {', '.join(str(code) for _, code in moves)}")
        else:
            for name, code in moves:
                self.lines.add(f"{name} = {code}")

    def _if(self, statement: If, condition: Code) -> None:
        then, orelse = (self.places.body_of[statement, way] for way in (True, False))
        alive = [any(s in self.live.statements for s in region.statements) for region in (then, orelse)]
        if not alive[0]:
            with self.lines.block(f"if not {condition.within(4)}:"):
                self.region(orelse)
            return
        with self.lines.block(f"if {condition}:"):
            self.region(then)
        if alive[1]:
            if _ends(statement.then):  # nothing of `then` comes here: no need to indent
                self.region(orelse)
            else:
                with self.lines.block("else:"):
                    self.region(orelse)

    def _loop(self, loop: Loop) -> None:
        self.records.before(loop, self.lines, self.names)
        if loop.bounds:
            start, stop, step = (operand_code(b, self.names) for b in loop.bounds)
            assert loop.index is not None
            head = f"for {loop.index.name} in {range_code(start, stop, step)}:"
        else:
            head = "while True:"
        with self.lines.block(head):
            if loop.index is not None and loop.index in self.subscripts.assumed:
                self.lines.add(assumption(loop.index.name, self.names))
            self.records.start(loop, self.lines)
            self.region(self.places.body_of[loop, True])
            self.records.end(loop, self.lines)
        if loop in self.records.watched:
            self.records.watched[loop].left(self.lines)


def _ends(statements: list[Statement]) -> bool:
    return bool(statements) and isinstance(statements[-1], (Break, Raise))
