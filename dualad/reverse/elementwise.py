"""Elementwise array operations: the adjoint of a whole expression is one loop over its elements.

`y = a * np.sin(b) + 1.0` is three operations of which two are temporaries. In the reverse sweep they become scalar
operations in one loop nest over the elements of `y`: what the partials need is computed again from elements of `a` and `b`,
and each element is pulled back by the rules for numbers. Axes of length 1 are broadcast as NumPy does. A sum of such an
expression of one array is part of the nest: no array is made of cotangents that are all the same.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numba.core import types

from ..errors import UnsupportedError
from ..program.tree import Const, Op, Operand, Slice, Var, operands
from .absorb import PLAIN, axis_of_sum, is_basic, is_elementwise, is_sum, maker
from .activity import Activity, carries_floats
from .code import ATOM, IN_PLACE, Code, index
from .complex_numbers import complex_call
from .memory import Memory, is_array
from .partials import partial, rule_of
from .places import Places
from .statements import Context, Reversal, ScalarRule, index_code, real_for, refusal
from .support import choose, clamp

if TYPE_CHECKING:
    from .backward import Backward

__all__ = ["Elementwise", "elementwise"]

#: What calls of arrays are on elements, where Numba has no call of numbers by the same name.
_OF_ELEMENTS = {np.where: choose, np.clip: clamp}


@dataclass(eq=False)
class Elementwise(Reversal):
    """The adjoint of an elementwise expression: a new array, an in-place operation, or an assignment to a slice.

    Parameters
    ----------
    op : Op
    root : operand
        The element that comes out.
    members : list of Op
        Operations on elements, in order.
    leaves : dict of Var -> Var
        Arrays that are read, with the elements that stand for them.
    pulls : list of Reversal
        Adjoints of the active members.
    """

    root: Operand
    members: list[Op]
    leaves: dict[Var, Var]
    pulls: list[Reversal]
    active_leaves: set[Var]
    active_numbers: list[Var]
    saved: dict[Var, Var] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.summed = is_sum(self.op)
        #: whether an element of what is assigned to gets zero as soon as it was read
        self.clears = False
        #: arrays whose cotangents this contribution makes whole
        self.first: list[Var] = []
        self.again: list[Op] = []
        self.read: list[Var] = []
        wanted = [need for pull in self.pulls for need in pull.needs() if isinstance(need, Var)]
        made = {member.result: member for member in self.members}
        elements = {element: array for array, element in self.leaves.items()}
        seen: set[Var] = set()
        self.numbers: list[Var] = []
        while wanted:
            var = wanted.pop()
            if var in seen:
                continue
            seen.add(var)
            if var in made:
                wanted += [a for a in made[var].args if isinstance(a, Var)]
            elif var in elements:
                self.read.append(elements[var])
            else:
                self.numbers.append(var)
        self.again = [member for member in self.members if member.result in seen]

    def contents(self) -> list[Var]:
        """Arrays whose elements the adjoint reads."""
        return self.read

    def needs(self) -> list[Operand]:
        found: list[Operand] = [self.saved.get(array, array) for array in self.read]
        found += self.numbers
        if self.op.function is operator.setitem:
            found += list(operands(self.op.args[1]))
        if self.summed and not self.active_leaves and not self.read:
            found += self.leaves  # for its shape
        return found

    def gives(self) -> list[Var]:
        given = [*sorted(self.active_leaves, key=lambda v: v.name), *self.active_numbers]
        if self.op.result is None or self.op.function in IN_PLACE:
            given.append(self.op.args[0])
        return given

    def emit(self, back: Backward) -> None:
        cotangents = back.cotangents
        target = self.target
        if not is_array(target):
            weight = cotangents.take_named(target)
            if weight is not None:
                self._nest(back, weight, self.op.args[0].type.ndim)
            return
        if not cotangents.has_shadow(target):
            return
        weights = cotangents.shadow(target)
        rank = self.op.args[0].type.ndim if self.summed else target.type.ndim
        if self.op.function is operator.setitem:
            cell = index(weights, index_code(self.op.args[1], back))
            rank = _rank(self.op)
            if self.active_leaves or self.active_numbers:
                name = back.names.fresh("moved")
                self.clears = rank > 0 and not any(back.memory.may_alias(leaf, target) for leaf in self.active_leaves)
                back.line(f"{name} = {cell}.copy()" if rank and not self.clears else f"{name} = {cell}")
                weights = Code(name)
            if not self.clears:
                back.line(f"{cell} = 0.0")
        if self.op.function in IN_PLACE and self._overlaps(back):
            # the right-hand side was complete before the first element was written
            name = back.names.fresh("moved")
            back.line(f"{name} = {weights}.copy()")
            if target in self.active_leaves:
                back.line(f"{weights}[...] = 0.0")
            weights = Code(name)
        if self.active_leaves or self.active_numbers:
            self._nest(back, weights, rank)
        if self.op.result is not None and self.op.function not in IN_PLACE:
            cotangents.drop(self.op.result)

    def _overlaps(self, back: Backward) -> bool:
        target = self.target
        return any(leaf is not target and back.memory.may_alias(leaf, target) for leaf in self.active_leaves)

    @property
    def target(self) -> Var:
        """What the expression makes or changes."""
        if self.op.function is operator.setitem or self.op.function in IN_PLACE:
            return self.op.args[0]
        assert self.op.result is not None
        return self.op.result

    def _nest(self, back: Backward, weights: Code, rank: int) -> None:
        cotangents = back.cotangents
        active = sorted(self.active_leaves, key=lambda v: v.name)  # in the same order in every process
        lengths = self._lengths(back, rank)
        self.first = [array for array in active if self._makes_whole(array, lengths, back)]
        for array in self.first:
            back.begin(array)
        shadows = {array: cotangents.shadow(array) for array in active}
        cotangents.settle(self.active_numbers)
        cotangents.settle_all()
        state, views = dict(cotangents.state), dict(cotangents.views)
        axes = [back.names.fresh(letter) for letter in "ijlmpq"[:rank]]
        places = {
            array: self._place(array, axes, lengths, shadows, back) for array in dict.fromkeys([*self.read, *active])
        }
        depth = 0
        whole = weights.within(ATOM)
        if self.summed:
            leaf = next(iter(self.leaves))
            whole = str(shadows[leaf]) if leaf in shadows else self.saved.get(leaf, leaf).name
        for axis, name in enumerate(axes):
            back.line(f"for {name} in range({whole}.shape[{axis}]):")
            back.lines.depth += 1
            depth += 1
        around = cotangents.unordered
        # NumPy too promises no order in which it sums along an axis
        cotangents.unordered = {var for var in self.active_numbers if axes and isinstance(var.type, types.Float)}
        self._element(back, weights, axes, places, shadows)
        cotangents.unordered = around
        cotangents.settle(self.active_numbers)
        back.lines.depth -= depth
        cotangents.state, cotangents.views = state, views

    def _lengths(self, back: Backward, rank: int) -> tuple[Any, ...]:
        """The lengths of what the loops go over, as keys of which equal ones mean equal lengths."""
        if self.summed:
            return back.shapes.of(self.op.args[0])
        target = self.target
        if self.op.function is operator.setitem:
            return back.shapes.part(target, self.op.args[1]) or tuple(object() for _ in range(rank))
        return back.shapes.of(target)

    def _makes_whole(self, array: Var, lengths: tuple[Any, ...], back: Backward) -> bool:
        """Whether this is the first contribution to the cotangent of an array, and one to each of its elements."""
        if back.cotangents.has_shadow(array) or back.memory.origin(array) is not array or back.places.is_joined(array):
            return False
        alone = sum(back.memory.origin(leaf) is array for leaf in self.active_leaves) == 1
        return alone and array.type.ndim > 0 and back.shapes.of(array) == lengths

    def _place(
        self, array: Var, axes: list[str], lengths: tuple[Any, ...], shadows: dict[Var, Code], back: Backward
    ) -> str:
        """The index of the element of an array that broadcasting brings to this place."""
        own = axes[len(axes) - array.type.ndim :]
        if len(self.leaves) == 1 and array.type.ndim == len(axes) and self.op.function is not operator.setitem:
            if self.op.function not in IN_PLACE:
                return ", ".join(own)
        name = str(shadows[array]) if array in shadows else self.saved.get(array, array).name
        if array is self.target:
            return ", ".join(own)
        parts = []
        for position, (axis, length) in enumerate(zip(own, back.shapes.of(array), strict=True)):
            if length == lengths[len(axes) - len(own) + position]:
                parts.append(axis)
                continue
            moves = back.names.fresh(f"moves_{axis}")
            back.line(f"{moves} = 0 if {name}.shape[{position}] == 1 else 1")
            parts.append(f"{axis} * {moves}")
        return ", ".join(parts)

    def _element(
        self, back: Backward, weights: Code, axes: list[str], places: dict[Var, str], shadows: dict[Var, Code]
    ) -> None:
        from .forward import Emitter

        cotangents = back.cotangents
        for array in self.read:
            element = self.leaves[array]
            back.line(f"{element.name} = {index(Code(self.saved.get(array, array).name), places[array] or '()')}")
        Emitter(back.lines, back.names).operations(self.again)
        if self.summed:
            axes = [name for position, name in enumerate(axes) if axis_of_sum(self.op) not in (None, position)]
            axes = axes if is_array(self.op.result) else []
        weight = index(weights, ", ".join(axes)) if axes else weights
        if self.op.function in IN_PLACE:
            assert isinstance(self.root, Var)
            cotangents.add(self.root, real_for(self.root, weight, self.target), stays=False)
            if self.target in self.active_leaves and not self._overlaps(back):
                back.line(f"{weight} = 0.0")
        elif isinstance(self.root, Var):
            cotangents.add(self.root, real_for(self.root, weight, self.target), stays=False)
        if self.clears:
            back.line(f"{weight} = 0.0")
        for pull in reversed(self.pulls):
            pull.emit(back)
        for array in sorted(self.active_leaves, key=lambda v: v.name):
            code = cotangents.take(self.leaves[array], 1)
            cell = index(shadows[array], places[array] or "()")
            if array in self.first:
                back.line(f"{cell} = {code or 0.0}")
            elif code is not None:
                back.line(f"{cell} += {code}")


@dataclass(eq=False)
class Choice(Reversal):
    """`np.where(condition, a, b)` on elements: what is not chosen gets exactly nothing."""

    active: tuple[bool, bool]

    def needs(self) -> list[Operand]:
        return [self.op.args[0]]

    def gives(self) -> list[Var]:
        return [a for a, is_active in zip(self.op.args[1:], self.active, strict=True) if is_active]

    def emit(self, back: Backward) -> None:
        from .partials import operand_code

        assert self.op.result is not None
        weight = back.cotangents.take(self.op.result, 2)
        if weight is None:
            return
        condition = operand_code(self.op.args[0], back.names).within(2)
        with back.cotangents.hold(weight) as held:
            for chosen, argument, is_active in zip((True, False), self.op.args[1:], self.active, strict=True):
                if is_active:
                    flow = held.code
                    text = f"{flow.within(2)} if {condition} else 0.0" if chosen else f"0.0 if {condition} else {flow}"
                    back.cotangents.add(argument, real_for(argument, Code(f"({text})"), self.op.result), stays=False)


def _with_bounds(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments of `np.clip` with infinities for bounds that are None."""
    unbounded = (None, -np.inf, np.inf)
    return tuple(
        Const(bound, types.float64) if isinstance(a, Const) and a.value is None else a
        for a, bound in zip(args, unbounded, strict=True)
    )


def _rank(op: Op) -> int:
    """Number of axes of the part of an array that is assigned to."""
    position = op.args[1] if isinstance(op.args[1], tuple) else (op.args[1],)
    integers = sum(
        not isinstance(part, Slice) and isinstance(part.type, types.Integer)
        for part in position
        if not isinstance(part, tuple)
    )
    added = sum(isinstance(part, Const) and part.value is None for part in position)
    rank: int = op.args[0].type.ndim
    return rank - integers + added


class _Builder:
    """Turns array operations into operations on elements."""

    def __init__(self, places: Places, active: Activity, absorbed: dict[Op, Op]) -> None:
        self.places, self.active, self.absorbed = places, active, absorbed
        self.members: list[Op] = []
        self.leaves: dict[Var, Var] = {}
        self.pulls: list[Reversal] = []
        self.active_numbers: list[Var] = []

    def element(self, operand: Operand, user: Op) -> Operand:
        if not is_array(operand):
            if isinstance(operand, Var) and carries_floats(operand.type) and self.active.is_varied(operand):
                if operand not in self.active_numbers:
                    self.active_numbers.append(operand)
            return operand
        assert isinstance(operand, Var)
        definition = self.places.definition.get(operand, [None])[0]  # type: ignore[list-item]
        if isinstance(definition, Op) and self.absorbed.get(definition) is user:
            return self.member(definition, definition.args, operand)
        if operand not in self.leaves:
            self.leaves[operand] = Var(f"{operand.name}_e", operand.type.dtype, True)
        return self.leaves[operand]

    def member(self, op: Op, args: Any, result: Var, function: Any = None) -> Var:
        args = _with_bounds(args) if op.function is np.clip else args
        elements = tuple(self.element(a, op) for a in args)
        function = function or _OF_ELEMENTS.get(op.function, op.function)
        made = Op(function, elements, Var(f"{result.name}_e", result.type.dtype, True), op.where)
        self.members.append(made)
        varied = [self._varied(e, a) for e, a in zip(elements, args, strict=True)]
        if any(varied) and carries_floats(result.type):
            self.pulls.append(self._pull(made, varied))
        assert made.result is not None
        return made.result

    def _varied(self, element: Operand, array: Operand) -> bool:
        if not isinstance(element, Var) or not carries_floats(element.type):
            return False
        if is_array(array):
            return self.active.is_varied(array)
        return element in self.active_numbers

    def _pull(self, op: Op, varied: list[bool]) -> Reversal:
        if op.function is choose:
            return Choice(op, (varied[1], varied[2]))
        found = complex_call(op, varied)
        if found is not None:
            return found
        if rule_of(op) is None:
            raise refusal(op)
        parts = [(a, partial(op, k)) for k, (a, is_varied) in enumerate(zip(op.args, varied, strict=True)) if is_varied]
        return ScalarRule(op, [(a, part) for a, part in parts if part.constant != 0])


def elementwise(op: Op, context: Context) -> Reversal | None:
    """The adjoint of an operation, if it works element by element."""
    places, memory, active, absorbed = context.places, context.memory, context.active, context.absorbed
    builder = _Builder(places, active, absorbed)
    if is_elementwise(op):
        assert op.result is not None
        root: Operand = builder.member(op, op.args, op.result)
    elif op.function in PLAIN and is_array(op.args[0]):
        _refuse_overlap(op, op.args[1], memory, absorbed, places)
        root = builder.member(op, op.args, op.args[0], PLAIN[op.function])
    elif op.function is operator.setitem and is_array(op.args[0]) and is_basic(op.args[1]):
        root = builder.element(op.args[2], op)
    elif is_sum(op) and absorbed.get(maker(op.args[0], places)) is op:  # type: ignore[arg-type]
        root = builder.element(op.args[0], op)
    else:
        return None
    leaves = {array for array in builder.leaves if active.is_varied(array) and carries_floats(array.type)}
    if not active(op.args[0] if op.result is None else op.result):
        return None
    return Elementwise(
        op,
        root,
        builder.members,
        builder.leaves,
        builder.pulls,
        leaves,
        builder.active_numbers,
        context.saved_at(op),
    )


def _refuse_overlap(op: Op, value: Operand, memory: Memory, absorbed: dict[Op, Op], places: Places) -> None:
    """An in-place operation by a view of the array that it writes depends on the order of elements."""
    if not is_array(value) or value is op.args[0] or not memory.may_alias(value, op.args[0]):
        return
    assert isinstance(value, Var)
    definition = places.definition.get(value, [None])[0]  # type: ignore[list-item]
    if isinstance(definition, Op) and definition in absorbed:
        return
    raise UnsupportedError(
        "an in-place operation on an array by a view of itself",
        "elements are overwritten while others are still to be read",
        "copy the right-hand side first (`.copy()`)",
        op.where.show(),
    )
