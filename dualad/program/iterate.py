"""What `for` goes over, as positions and the element at each position."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba.core import types

from .graph import Block, Branch, Edge, Fail, Jump
from .tree import Const, Operand, Var

__all__ = ["More", "Sequence", "as_sequence", "getiter", "iternext"]

_ZERO, _ONE = Const(0, types.intp), Const(1, types.intp)


@dataclass(eq=False)
class Sequence:
    """Something that can be gone over once its length is known: `length(t)` operations before, `at(t, position)` in it."""

    def length(self, t: Any) -> Operand:
        """The number of elements."""
        raise NotImplementedError

    def at(self, t: Any, position: Operand) -> Any:
        """The element at a position."""
        raise NotImplementedError

    def lists(self) -> list[Any]:
        """The lists among what is gone over, which may become longer on the way."""
        return []


@dataclass(eq=False)
class Range(Sequence):
    """`range(start, stop, step)`; `mark` is that of a loop over it (`tree.Loop`)."""

    start: Operand
    stop: Operand
    step: Operand
    mark: tuple[Operand, ...] = ()

    def length(self, t):
        """As an operation on the range itself."""
        parts = [part.value for part in (self.start, self.stop, self.step) if isinstance(part, Const)]
        if len(parts) == 3:
            return Const(len(range(*parts)), types.intp)
        if is_const(self.start, 0) and is_const(self.step, 1):
            return t.emit(max, (self.stop, _ZERO), types.intp)
        # a // b rounds down, so that -(-a // b) is the number of steps
        span = t.emit(operator.sub, (self.start, self.stop), types.intp)
        steps = t.emit(operator.floordiv, (span, self.step), types.intp)
        return t.emit(max, (t.emit(operator.neg, (steps,), types.intp), _ZERO), types.intp)

    def at(self, t, position):
        """Its start and as many steps."""
        if not is_const(self.step, 1):
            position = t.emit(operator.mul, (position, self.step), types.intp)
        return position if is_const(self.start, 0) else t.emit(operator.add, (self.start, position), types.intp)


@dataclass(eq=False)
class Items(Sequence):
    """An array, a list or a tuple; `kind` is the type of an element."""

    value: Any
    kind: Any

    def length(self, t):
        """len()."""
        if isinstance(self.value, tuple):
            return Const(len(self.value), types.intp)
        return t.emit(len, (self.value,), types.intp)

    def at(self, t, position):
        """The element, member by member where it is a tuple."""
        return element(t, self.value, position, self.kind, inside=True)

    def lists(self):
        """Itself, if it is one."""
        return [self.value] if isinstance(getattr(self.value, "type", None), (types.List, types.ListType)) else []


@dataclass(eq=False)
class Enumerated(Sequence):
    """`enumerate(inner, start)`."""

    inner: Sequence
    start: Operand

    def length(self, t):
        """That of the inner one."""
        return self.inner.length(t)

    def at(self, t, position):
        """Number and element."""
        number = position if is_const(self.start, 0) else t.emit(operator.add, (position, self.start), types.intp)
        return (number, self.inner.at(t, position))

    def lists(self):
        """Those of the inner one."""
        return self.inner.lists()


@dataclass(eq=False)
class Zipped(Sequence):
    """`zip(*inner)`."""

    inner: tuple[Sequence, ...]

    def length(self, t):
        """The smallest."""
        if not self.inner:
            return _ZERO
        lengths = [part.length(t) for part in self.inner]
        known = [n.value for n in lengths if isinstance(n, Const)]
        if len(known) == len(lengths):
            return Const(min(known), types.intp)
        return lengths[0] if len(lengths) == 1 else t.emit(min, tuple(lengths), types.intp)

    def at(self, t, position):
        """One element of each."""
        return tuple(part.at(t, position) for part in self.inner)

    def lists(self):
        """Those of all."""
        return [found for part in self.inner for found in part.lists()]


@dataclass(eq=False)
class Indices(Sequence):
    """`np.ndindex(*shape)`, and with an array `np.ndenumerate(array)` or, `flat`, the elements alone."""

    shape: tuple[Operand, ...]
    array: Var | None = None
    flat: bool = False

    def length(self, t):
        """Product of the shape."""
        total: Operand = _ONE
        for n in self.shape:
            total = n if is_const(total, 1) else t.emit(operator.mul, (total, n), types.intp)
        return total

    def index(self, t: Any, position: Operand) -> tuple[Operand, ...]:
        """The position by axes, last one fastest."""
        index: list[Operand] = []
        for n in self.shape[:0:-1]:
            index.append(t.emit(operator.mod, (position, n), types.intp))
            position = t.emit(operator.floordiv, (position, n), types.intp)
        return (position, *index[::-1]) if self.shape else ()

    def at(self, t, position):
        """The index, the element, or both."""
        found = self.index(t, position)
        if self.array is None:
            return found
        item = t.emit(operator.getitem, (self.array, found), self.array.type.dtype)
        return item if self.flat else (found, item)


@dataclass(eq=False)
class Iterator:
    """A sequence that a loop will go over: where it was made, and its bounds."""

    sequence: Sequence
    bounds: tuple[Operand, Operand, Operand]
    label: int
    used: bool = False


@dataclass(frozen=True)
class Step:
    """What `next` gives: the iterator, and the variable that counts."""

    iterator: Iterator
    index: Var


@dataclass(frozen=True)
class More:
    """Whether there is another element: the condition of a loop."""

    index: Var
    bounds: tuple[Operand, Operand, Operand]
    mark: tuple[Operand, ...] = ()


def getiter(t: Any, value: Any, kind: Any) -> Iterator:
    """`iter(value)`."""
    if isinstance(value, Iterator):
        return value
    sequence = as_sequence(t, value, kind)
    if isinstance(sequence, Range):
        return Iterator(sequence, (sequence.start, sequence.stop, sequence.step), t.label)
    return Iterator(sequence, (_ZERO, sequence.length(t), _ONE), t.label)


def as_sequence(t: Any, value: Any, kind: Any) -> Sequence:
    """What a value of a type is as a sequence."""
    if isinstance(value, Sequence):
        return value
    if isinstance(value, Iterator):
        _take(t, value)
        return value.sequence
    if isinstance(kind, types.Array):
        return Items(value, kind.dtype if kind.ndim == 1 else kind.copy(ndim=kind.ndim - 1, layout=row_layout(kind)))
    if isinstance(kind, (types.UniTuple, types.NamedUniTuple)):
        return Items(value, kind.dtype)
    if isinstance(kind, types.BaseTuple) and len(set(kind.types)) <= 1:
        return Items(value, kind.types[0] if len(kind) else types.intp)
    if isinstance(kind, (types.List, types.ListType)):
        return Items(value, kind.dtype)
    raise t.refuse(
        f"a loop over {kind}", "its elements cannot be reached by their position", "loop over an array, or over a range"
    )


def iternext(t: Any, value: Any, kind: Any) -> Step:
    """`next(iterator)` at the head of a loop."""
    _take(t, value)
    for found in value.sequence.lists():
        t.lists.watch(found, t.label, t.where)
    t.start_iteration()
    return Step(value, t.variable(kind.first_type if isinstance(value.sequence, Range) else types.intp))


def _take(t: Any, iterator: Iterator) -> None:
    """Refuse an iterator that may have been used before, of which a loop would see the rest only."""
    repeated = {loop.header for loop in t.cfg.in_loops(t.label)} - {
        loop.header for loop in t.cfg.in_loops(iterator.label)
    }
    if iterator.used or any(t.passes_to(head) != t.label for head in repeated):
        raise t.refuse(
            "an iterator that is used more than once",
            "where a loop goes on depends on what ran before",
            "loop over the array itself, or over a range",
        )
    iterator.used = True


def element(t: Any, value: Any, position: Operand, kind: Any, *, inside: bool = False) -> Any:
    """`value[position]` for an element of a type; `inside` says that there is such a position."""
    if isinstance(value, tuple) and isinstance(position, Const):
        return value[position.value]
    if isinstance(value, tuple) and isinstance(kind, types.BaseTuple):
        columns = [tuple(row[k] for row in value) for k in range(len(kind.types))]
        return tuple(element(t, c, position, k, inside=inside) for c, k in zip(columns, kind.types, strict=True))
    if isinstance(value, tuple) and value and not isinstance(kind, (types.Integer, types.Boolean)):
        return _chosen(t, value, position, kind, inside)
    return t.emit(operator.getitem, (value, position), kind)


def _chosen(t: Any, members: tuple[Any, ...], position: Operand, kind: Any, inside: bool) -> Any:
    """A member of a tuple, found by branches, as nothing but a variable holds a number that has a derivative."""
    result = t.variable(kind)
    join = Block([result])
    if not inside:
        count = Const(len(members), types.intp)
        wrapped = t.emit(operator.add, (position, count), types.intp)
        position = t.choose(t.emit(operator.lt, (position, _ZERO), types.boolean), wrapped, position, types.intp)
    for k, member in enumerate(members):
        if k == len(members) - 1 and inside:
            t.block.end = Jump(Edge(join, [t.convert(member, kind)]), t.where)
            break
        found = t.emit(operator.eq, (position, Const(k, types.intp)), types.boolean)
        other = Block()
        t.block.end = Branch(found, Edge(join, [t.convert(member, kind)]), Edge(other), t.where)
        t.block = other
    else:
        message = Const("tuple index out of range", types.unicode_type)
        t.block.end = Fail(IndexError, (message,), t.where)
    t.block = join
    return result


def row_layout(kind: Any) -> str:
    """Layout of `array[i]`."""
    return "C" if kind.layout == "C" else "A"


def is_const(operand: Operand, value: Any) -> bool:
    """Whether an operand is a given constant."""
    return isinstance(operand, Const) and type(operand.value) in (int, np.int64) and operand.value == value
