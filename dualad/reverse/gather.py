"""Stencils are reversed by gathering: an element takes what its neighbours would have added to it.

The adjoint of `y[i, j] = x[i, j - 1] + x[i, j + 1]` adds to two elements of `x_bar`, and the next iteration but one adds to one of
them again, so the loop cannot be vector code. Where the iterations of nested loops are independent, and they read an array at
their indices moved by constants, what an access gives is put into an array of its own, with zeros around, and a second nest
gathers: `x_bar[i, j] += to_x[i, j] + to_x[i, j + 2]`. Accesses that give the same share an array. It holds the rows that one row
of elements takes from, in turn, so that they stay near the processor.

The idea is that of PerforAD (Hückelheim et al. 2019, DOI 10.1145/3337821.3337906), which computes the derivatives at the neighbours
again where they are kept here, and has nests for the edges where zeros are read here.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numba.core import types

from ..program.tree import Const, Loop, Op, Operand, Var, walk
from ..workspace.placed import placed
from ..workspace.record import LINE, empty_record
from .boxes import moved_index
from .code import Code, index, range_code
from .memory import bytes_of, is_array
from .partials import operand_code
from .records import dtype
from .statements import Load, ScalarRule

if TYPE_CHECKING:
    from .backward import Backward

__all__ = ["Gathers", "farthest", "head_code", "moved_code", "starts_at_constant"]

#: accesses for each array that is kept: with fewer, an iteration is slower than adding to one element after the other
WORTH = 2
FARTHEST = 8  # between two accesses along one axis: as many rows of zeros are added to
Offset = tuple[int, ...]  # by how much an access moves the index of each loop of its nest


@dataclass(eq=False)
class Gift:
    """What accesses of one array give to its cotangent in an iteration, up to the sign of each."""

    name: str = ""
    takers: list[tuple[Offset, int]] = field(default_factory=list)
    sign: int = 0  # of the access by which it was put into its array; 0 as long as it was not


@dataclass(eq=False)
class Gather:
    """An array that a nest of loops reads as a stencil.

    Parameters
    ----------
    array : Var
    loops : tuple of Loop
        The nest, outermost loop first.
    position : tuple of Loop or Operand
        What each axis is indexed by.
    offsets : dict of Op -> tuple of int
        The accesses.
    """

    array: Var
    loops: tuple[Loop, ...]
    position: tuple[Any, ...]
    offsets: dict[Op, Offset]
    gifts: dict[Op, tuple[Gift, int]] = field(default_factory=dict)
    ends: dict[Loop, str] = field(default_factory=dict)

    def least(self, axis: int) -> int:
        return min(offset[axis] for offset in self.offsets.values())

    def most(self, axis: int) -> int:
        return max(offset[axis] for offset in self.offsets.values())

    def span(self, axis: int) -> int:
        """How many zeros there are at each side."""
        return self.most(axis) - self.least(axis)

    @property
    def is_nested(self) -> bool:
        """Whether there are rows; else all is given before anything is taken."""
        return len(self.loops) > 1

    @property
    def rows(self) -> int:
        """How many rows there are in turn: those that one row of elements takes from, and more for a power of 2."""
        return 1 << self.span(0).bit_length()

    def row(self, index: str) -> str:
        """The place of a row, or of an element where there are none."""
        if not self.is_nested:
            return index
        return f"({index}) & {self.rows - 1}" if " " in index else f"{index} & {self.rows - 1}"

    def kept(self) -> list[Gift]:
        """What has an array of its own."""
        return list(dict.fromkeys(gift for gift, _ in self.gifts.values()))


class Gathers:
    """The stencils of a program, and the lines of their adjoints."""

    def __init__(self, back: Backward) -> None:
        self.back, self.places = back, back.places
        self._of: dict[Op, Gather] = {}
        self._made: dict[Loop, list[Gather]] = {}
        self._by: dict[Loop, list[Gather]] = {}
        for statement in self.places.position:
            if isinstance(statement, Loop) and not any(isinstance(inner, Loop) for inner in walk(statement.body)):
                self._find(statement)

    # which there are

    def _find(self, inner: Loop) -> None:
        """The stencils of an innermost loop: all of its accesses by constants, or none, since one is enough to hinder the rest.

        A single loop gains by it where it becomes a function that is called once in a step: in other loops it may be too short
        for a call, and adds to elements that are still in registers or on their way to the cache.
        """
        nest = self._nest(inner)
        outermost = len(nest) if self.stands_in_step(inner) else len(nest) - 1
        reversals = self.back.flow.reversals
        inside = self.places.body_of[inner, True].statements if nest else []
        loads = [s for s in inside if isinstance(s, Op) and isinstance(reversals.get(s), Load)]
        found: list[Gather] = []
        for array in dict.fromkeys(load.args[0] for load in loads):
            accesses = [load for load in loads if load.args[0] is array]
            stencils = (self._stencils(array, tuple(nest[outer:]), accesses) for outer in range(outermost))
            of_array = next((each for each in stencils if each is not None), None)
            if of_array is None:
                return
            found += of_array
        for gather in found:
            self._share(gather)
        takers = sum(len(gather.gifts) for gather in found)
        if takers < WORTH * sum(len(gather.kept()) for gather in found):
            return
        for gather in found:
            self._of.update(dict.fromkeys(gather.gifts, gather))
            self._by.setdefault(gather.loops[0], []).append(gather)
            self._made.setdefault(self.outermost(gather.loops[0], gather.loops), []).append(gather)

    def stands_in_step(self, loop: Loop) -> bool:
        """Whether a loop is in no other one but loops over steps whose states are stored."""
        around = list(self.places.region_of[loop].loops())
        return bool(around) and all(other.mark or other in self.back.needs.marked for other in around)

    def _nest(self, inner: Loop) -> list[Loop]:
        """Independent loops around each other, with nothing else that is a loop in them; outermost first."""
        found: list[Loop] = []
        loop: Any = inner
        while isinstance(loop, Loop) and self.back.order.runs_forwards(loop):
            if sum(isinstance(s, Loop) for s in walk(loop.body)) != len(found):
                break
            found.insert(0, loop)
            loop = self.places.region_of[loop].owner
        return found

    def _stencils(self, array: Var, loops: tuple[Loop, ...], accesses: list[Op]) -> list[Gather] | None:
        """Accesses by constants, of which several add to one element in the inner loop; None if any differ by more."""
        body = self.places.body_of[loops[0], True]
        if self.places.home[array].inside(body) or not isinstance(array.type.dtype, types.Float):
            return None
        if not all(starts_at_constant(loop) and self.is_outside(loop.bounds[1], loops[0]) for loop in loops):
            return None
        if any(op not in accesses for op in self._concerned(array, loops[0])):
            return None
        together: dict[tuple[Any, ...], dict[Op, Offset]] = {}
        for access in accesses:
            position = self._position(access, loops)
            if position is None:
                return None
            together.setdefault(position[0], {})[access] = position[1]
        stencils = [Gather(array, loops, axes, offsets) for axes, offsets in together.items()]
        if any(gather.span(axis) > FARTHEST for gather in stencils for axis in range(len(loops))):
            return None
        return [gather for gather in stencils if gather.span(len(loops) - 1)]

    def _concerned(self, array: Var, loop: Loop) -> Iterator[Op]:
        """Operations in a loop that change the cotangent of an array, by this name or another."""
        reversals = self.back.flow.reversals
        for statement in walk(loop.body):
            if isinstance(statement, Op) and statement in reversals:
                given = filter(is_array, reversals[statement].gives())
                if any(self.back.memory.may_alias(var, array) for var in given):
                    yield statement

    def _position(self, access: Op, loops: tuple[Loop, ...]) -> tuple[tuple[Any, ...], Offset] | None:
        """What indexes each axis, and by how much the index of each loop is moved."""
        position = access.args[1] if isinstance(access.args[1], tuple) else (access.args[1],)
        by_index = {loop.index: loop for loop in loops}
        axes: list[Any] = []
        moved: dict[Loop, int] = {}
        for part in position:
            index, offset = moved_index(part, self.places)
            loop = by_index.get(index)
            if loop is None and isinstance(part, (Var, Const)) and self.is_outside(part, loops[0]):
                axes.append(part)
            elif loop is None or loop in moved or loop.bounds[0].value + offset < 0:  # type: ignore[union-attr]
                return None
            else:
                axes.append(loop)
                moved[loop] = offset
        if len(moved) != len(loops):
            return None
        return tuple(axes), tuple(moved[loop] for loop in loops)

    def is_outside(self, operand: Operand, loop: Loop) -> bool:
        """Whether an operand has its value before a loop."""
        return isinstance(operand, (Var, Const)) and self.back.records.is_outside(operand, loop)

    def _share(self, gather: Gather) -> None:
        """Which accesses give the same, and which add directly: those of one element, which no other iteration adds to."""
        together: dict[Var, list[tuple[Op, int]]] = {}
        for access in gather.offsets:
            total, sign = self._total(access, gather)
            together.setdefault(total, []).append((access, sign))
        alone = [gather.offsets[members[0][0]] for members in together.values() if len(members) == 1]
        direct = max(Counter(alone).items(), key=lambda item: (item[1], -sum(map(abs, item[0]))))[0] if alone else None
        for members in together.values():
            if len(members) > 1 or gather.offsets[members[0][0]] != direct:
                gift = Gift(takers=[(gather.offsets[access], sign) for access, sign in members])
                gather.gifts.update({access: (gift, sign) for access, sign in members})

    def _total(self, access: Op, gather: Gather) -> tuple[Var, int]:
        """The sum that an element is a term of, and its sign there: their cotangents are the same."""
        var, sign = access.result, 1
        region = self.places.region_of[access]
        assert var is not None
        while True:
            uses = self.places.uses.get(var, [])
            op = uses[0] if len(uses) == 1 else None
            if not isinstance(op, Op) or op.function not in (operator.add, operator.sub) or op.result is None:
                return var, sign
            if self.places.region_of[op] is not region or not isinstance(self.back.flow.reversals.get(op), ScalarRule):
                return var, sign
            if op.result.type != gather.array.type.dtype:
                return var, sign
            sign = -sign if op.function is operator.sub and op.args[1] is var else sign
            var = op.result

    def outermost(self, nest: Loop, loops: Sequence[Loop]) -> Loop:
        """The loop before which the ends of some loops of a nest are known."""
        found = nest
        for loop in self.places.region_of[nest].loops():
            if not all(self.is_outside(inner.bounds[1], loop) for inner in loops):
                break
            found = loop
        return found

    # how they are written

    def before(self, loop: Loop) -> None:
        """Before the reverse of a loop: the arrays that are filled in it, and how far its elements go."""
        lines, names = self.back.lines, self.back.names
        for gather in self._made.get(loop, []):
            sizes = [farthest(inner, 2 * gather.span(axis)) for axis, inner in enumerate(gather.loops)]
            if gather.is_nested:
                columns, line = gather.loops[-1], LINE // bytes_of(gather.array.type.dtype)
                whole = _whole_lines(columns, 2 * gather.span(len(gather.loops) - 1), line)
                sizes = [str(gather.rows), *sizes[1:-1], whole]
            shape = f"({', '.join(sizes)})" if gather.is_nested else sizes[0]
            entries = gather.array.type.dtype
            kind = "" if entries == types.float64 else f", np.{dtype(entries)}"
            for gift in gather.kept():
                gift.name = names.fresh(f"to_{gather.array.name}")
                empty = placed(np.empty, self._first_column(gather)) or empty_record
                lines.add(f"{gift.name} = {names.of(empty)}({shape}{kind})")
                if not gather.is_nested:  # what lies around what is given stays zero
                    lines.add(f"{gift.name}[:] = 0.0")
        for gather in self._by.get(loop, []):
            for gift in gather.kept() if gather.is_nested else ():
                lines.add(f"{gift.name}[:] = 0.0")
        ends: dict[tuple[Loop, int], str] = {}
        for gather in self._by.get(loop, []):
            for axis, inner in enumerate(gather.loops[1:], 1):
                key = inner, gather.most(axis)
                if key not in ends:
                    ends[key] = names.fresh(f"{inner.index}_end")
                    lines.add(f"{ends[key]} = {_end(*key)}")
                gather.ends[inner] = ends[key]

    def _first_column(self, gather: Gather) -> int:
        """The first element of a row that is filled, less whole lines."""
        inner = gather.loops[-1]
        first = inner.bounds[0].value + gather.span(len(gather.loops) - 1)  # type: ignore[union-attr]
        return int(first) % (LINE // bytes_of(gather.array.type.dtype))

    def of(self, access: Op) -> Gather | None:
        """The stencil by which an access is reversed."""
        return self._of.get(access)

    def arrays(self, loop: Loop) -> list[str]:
        """Arrays that a nest fills."""
        return [gift.name for gather in self._by.get(loop, []) for gift in gather.kept()]

    def put(self, access: Op, weight: Code | None) -> bool:
        """What an access gives, into its array; whether that is how this access is reversed."""
        gather = self.of(access)
        if gather is None:
            return False
        gift, sign = gather.gifts[access]
        if weight is not None and gift.sign == 0:
            gift.sign = sign
            row, *columns = [moved_code(loop.index, gather.span(axis)) for axis, loop in enumerate(gather.loops)]
            places = [gather.row(row), *columns]
            self.back.line(f"{gift.name}[{', '.join(places)}] = {weight}")
        return True

    def row(self, loop: Loop) -> None:
        """At the end of an iteration of a nest's outermost loop: elements that nothing more is given to."""
        for together in self._given(loop, nested=True):
            self._take(together, together[0].least(0))

    def behind(self, loop: Loop) -> None:
        """Behind a single loop, as a part of it: all elements."""
        for together in self._given(loop, nested=False):
            self._take_last(together, loop)

    def after(self, loop: Loop) -> None:
        """After a nest: the elements that are left."""
        for together in self._given(loop, nested=True):
            self._take_last(together, loop)

    def _given(self, loop: Loop, nested: bool) -> Iterator[list[Gather]]:
        """The stencils of a nest that were given something, those together that reach equally far."""
        alike: dict[Any, list[Gather]] = {}
        for gather in self._by.get(loop, []):
            if gather.is_nested == nested and any(gift.sign for gift in gather.kept()):
                reach = [(gather.least(axis), gather.most(axis)) for axis in range(len(gather.loops))]
                alike.setdefault((gather.loops, *reach), []).append(gather)
        for together in alike.values():
            arrays = " and ".join(dict.fromkeys(gather.array.name for gather in together))
            takes = "take what their" if " " in arrays else "takes what its"
            self.back.lines.comment(f"{arrays} {takes} neighbours give")
            yield together

    def _take_last(self, together: list[Gather], loop: Loop) -> None:
        """What the last elements take; of a single loop, all of them."""
        lines, gather = self.back.lines, together[0]
        from_ = loop.bounds[1] if gather.is_nested else loop.bounds[0]
        first, end = moved_code(from_, gather.least(0)), moved_code(loop.bounds[1], gather.most(0))
        with lines.block(f"if {_is_entered(loop)}:"), lines.block(head_code(loop, first, end)):
            if gather.is_nested:
                newest = gather.row(moved_code(loop.index, gather.span(0) - gather.least(0)))
                for gift in (gift for each in together for gift in each.kept() if gift.sign):
                    lines.add(f"{gift.name}[{newest}] = 0.0")
            self._take(together, 0)

    def _take(self, together: list[Gather], first: int) -> None:
        """Elements take what is theirs, with the index of the outermost loop moved by a constant."""
        lines, gather = self.back.lines, together[0]
        with ExitStack() as stack:
            for axis, inner in enumerate(gather.loops[1:], 1):
                begin = moved_code(inner.bounds[0], gather.least(axis))
                stack.enter_context(lines.block(head_code(inner, begin, gather.ends[inner])))
            for each in together:
                self._take_element(each, first)

    def _take_element(self, gather: Gather, first: int) -> None:
        lines, names = self.back.lines, self.back.names
        moved = dict.fromkeys(gather.loops, 0) | {gather.loops[0]: first}
        shadow = self.back.cotangents.shadow(gather.array)
        place = [
            moved_code(axis.index, moved[axis]) if isinstance(axis, Loop) else str(operand_code(axis, names))
            for axis in gather.position
        ]
        terms = []
        for gift in gather.kept():
            for offset, sign in gift.takers if gift.sign else ():
                row, *columns = [
                    moved_code(loop.index, moved[loop] + gather.span(axis) - offset[axis])
                    for axis, loop in enumerate(gather.loops)
                ]
                source = ", ".join([gather.row(row), *columns])
                terms.append(f"{'+' if sign == gift.sign else '-'} {gift.name}[{source}]")
        lines.add(f"{index(shadow, ', '.join(place))} += {' '.join(terms).removeprefix('+ ')}")


def _whole_lines(loop: Loop, moved: int, line: int) -> str:
    """`farthest` as the length of rows that all begin where the first one does in a cache line of `line` elements."""
    length = farthest(loop, moved)
    if length.isdigit():
        return str(-(-int(length) // line) * line)
    return f"({farthest(loop, moved + line - 1)}) // {line} * {line}"


def head_code(loop: Loop, first: str, end: str) -> str:
    """Code that begins a loop over the index of another one, between other ends."""
    return f"for {loop.index} in {range_code(Code(first), Code(end), Code('1'))}:"


def _is_entered(loop: Loop) -> str:
    """Code for whether a loop has any iterations."""
    return f"{moved_code(loop.bounds[1], 0)} > {moved_code(loop.bounds[0], 0)}"


def _end(loop: Loop, moved: int) -> str:
    """Code for a constant more than where a loop ends; 0, where no range of natural numbers ends, if it has no iterations."""
    return f"{moved_code(loop.bounds[1], moved)} if {_is_entered(loop)} else 0"


def farthest(loop: Loop, moved: int) -> str:
    """Code for a constant more than where a loop ends, or begins if it has no iterations."""
    start, stop, _ = loop.bounds
    assert isinstance(start, Const)
    if isinstance(stop, Const):
        return str(max(start.value, stop.value) + moved)
    return moved_code(f"max({stop}, {start.value})", moved)


def moved_code(operand: Any, constant: int) -> str:
    """Code for an operand and a constant more."""
    if isinstance(operand, Const):
        return str(operand.value + constant)
    return f"{operand} {'+' if constant > 0 else '-'} {abs(constant)}" if constant else str(operand)


def starts_at_constant(loop: Loop) -> bool:
    """Whether the first index is a natural number that is written down."""
    start = loop.bounds[0]
    return isinstance(start, Const) and type(start.value) is int and start.value >= 0
