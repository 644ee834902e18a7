"""Short loops of a fixed number of iterations, written out: `for a in range(3)` over the axes of space.

Then elements such as `x[i, a]` have subscripts that are constant in the loop around, so that they are read before it, and
their cotangents are summed in registers instead of memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..program.tree import Const, Copy, If, Loop, Op, Operand, Program, Raise, Slice, Statement, Var, operands, walk
from .places import reads, writes
from .rewrite import fresh_name, names_of

__all__ = ["unroll"]

MOST_TRIPS = 4
MOST_STATEMENTS = 40  # of what a loop becomes


def unroll(program: Program) -> None:
    """Write out short loops, in place, innermost ones first."""
    _Unrolling(program).statements(program.body)


class _Unrolling:
    def __init__(self, program: Program) -> None:
        self.program, self.taken = program, names_of(program)

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
                    written_out = self._written_out(statement, statements[:position])
                    if written_out is not None:
                        statements[position : position + 1] = written_out
                        position += len(written_out) - 1
            position += 1

    def _written_out(self, loop: Loop, before: list[Statement]) -> list[Statement] | None:
        """The iterations one after the other; None where that cannot be done, or is not worth it."""
        trips = _trips(loop)
        if (
            not trips
            or loop.mark
            or len(trips) > MOST_TRIPS
            or len(trips) * sum(1 for _ in walk(loop.body)) > MOST_STATEMENTS
        ):
            return None
        if any(isinstance(statement, Loop) for statement in walk(loop.body)) or not self._is_closed(loop):
            return None
        # carried variables: their values at the start, and the copy at the end of an iteration
        last = loop.body[-1] if loop.carried else None
        starts = {var: _last_copy(var, before) for var in loop.carried}
        if None in starts.values() or (loop.carried and not isinstance(last, Copy)):
            return None
        if isinstance(last, Copy) and set(last.targets) != set(loop.carried):
            return None
        body = loop.body[:-1] if loop.carried else loop.body
        if any(var in loop.carried for statement in walk(body) for var in writes(statement)):
            return None
        values: dict[Var, Operand] = {var: _source(copy, var) for var, copy in starts.items() if copy is not None}
        found: list[Statement] = []
        for trip in trips:
            names: dict[Var, Operand] = dict(values)
            if loop.index is not None:
                names[loop.index] = Const(trip, loop.index.type)
            found += [self._copied(statement, names) for statement in body]
            if isinstance(last, Copy):
                ends = [_renamed(source, names) for source in last.sources]
                values = dict(zip(last.targets, ends, strict=True))
        if isinstance(last, Copy):
            for var, copy in starts.items():
                assert copy is not None
                kept = [(t, s) for t, s in zip(copy.targets, copy.sources, strict=True) if t is not var]
                copy.targets, copy.sources = tuple(t for t, _ in kept), tuple(s for _, s in kept)
            found.append(Copy(last.targets, tuple(values[var] for var in last.targets), last.where))
        return found

    def _is_closed(self, loop: Loop) -> bool:
        """Whether what the body assigns, but for carried variables, is assigned and read nowhere else."""
        inside = set(walk(loop.body)) | {loop}
        own = {var for statement in inside for var in writes(statement)} - set(loop.carried)
        results = set(operands(self.program.result))
        if own & results:  # type: ignore[operator]
            return False
        outside = (statement for statement in walk(self.program.body) if statement not in inside)
        return not any(part in own for statement in outside for part in (*reads(statement), *writes(statement)))

    def _copied(self, statement: Statement, names: dict[Var, Operand]) -> Statement:
        """A statement with other names for what it assigns; `names` learns them."""
        match statement:
            case Op(args=args, kwargs=kwargs, result=result):
                given = _renamed(args, names)
                named = tuple((key, _renamed(value, names)) for key, value in kwargs)
                return replace(statement, args=given, kwargs=named, result=self._fresh(result, names))
            case Copy(targets=targets, sources=sources):
                moved = _renamed(sources, names)
                return replace(statement, targets=tuple(self._fresh(t, names) for t in targets), sources=moved)
            case If(cond=cond, then=then, orelse=orelse):
                ways = [[self._copied(inner, names) for inner in way] for way in (then, orelse)]
                return replace(statement, cond=_renamed(cond, names), then=ways[0], orelse=ways[1])
            case Raise(args=args):
                return replace(statement, args=_renamed(args, names))
        return replace(statement)

    def _fresh(self, var: Var | None, names: dict[Var, Operand]) -> Any:
        """The new name of a variable, the same on every way that assigns it."""
        if var is None:
            return None
        if var not in names:
            names[var] = replace(var, name=fresh_name(var.name, self.taken))
        return names[var]


def _trips(loop: Loop) -> list[int]:
    """Values of the index where they are known; none for other loops."""
    bounds = [part.value if isinstance(part, Const) else None for part in loop.bounds]
    if not bounds or loop.breaks or not all(type(bound) is int for bound in bounds) or bounds[2] == 0:
        return []
    values = range(*bounds)  # type: ignore[arg-type]
    return list(values) if len(values) <= MOST_TRIPS else []


def _last_copy(var: Var, statements: list[Statement]) -> Copy | None:
    """The copy that a variable has its value from, if it stands in the same region."""
    for statement in reversed(statements):
        if isinstance(statement, Copy) and var in statement.targets:
            return statement
        if any(var in writes(inner) for inner in walk([statement])):
            return None
    return None


def _source(copy: Copy, var: Var) -> Operand:
    return copy.sources[copy.targets.index(var)]


def _renamed(part: Any, names: Mapping[Var, Operand]) -> Any:
    if isinstance(part, tuple):
        return tuple(_renamed(p, names) for p in part)
    if isinstance(part, Slice):
        return Slice(*(_renamed(p, names) for p in (part.start, part.stop, part.step)))
    return names.get(part, part) if isinstance(part, Var) else part
