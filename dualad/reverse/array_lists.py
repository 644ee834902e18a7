"""Lists of arrays: the shadow is a list of shadows, and an element of it is reached as the element of the list is.

What a list takes in is either not written any more, so that it can count as a copy, or has no other name, so that it is
reached through the list alone. Elements are used only when the list has its final length: places then mean in the
reverse sweep what they meant before.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import UnsupportedError
from ..program.tree import Method, Op, Slice, Statement, Var, build_list, operands
from .code import Code, index
from .memory import is_array, is_list
from .statements import Context, Reversal

if TYPE_CHECKING:
    from .backward import Backward

__all__ = ["array_list_operation"]


@dataclass(eq=False)
class Built(Reversal):
    """`[a, b]`: each array gets the shadow of its element."""

    active: list[tuple[int, Var]]

    def gives(self) -> list[Var]:
        return [var for _, var in self.active]

    def emit(self, back: Backward) -> None:
        assert self.op.result is not None
        if back.cotangents.has_shadow(self.op.result):
            shadow = back.cotangents.shadow(self.op.result)
            for k, var in self.active:
                back.cotangents.start(var, index(shadow, str(k)))
        back.cotangents.drop(self.op.result)


@dataclass(eq=False)
class Appended(Reversal):
    """`arrays.append(a)`: the last shadow is taken out, and flows into `a`."""

    is_active: bool

    def gives(self) -> list[Var]:
        return [self.op.args[0], self.op.args[1]] if self.is_active else [self.op.args[0]]

    def emit(self, back: Backward) -> None:
        taken = Code(f"{back.cotangents.shadow(self.op.args[0])}.pop()")
        if self.is_active:
            back.cotangents.start(self.op.args[1], taken)
        else:
            back.line(str(taken))


@dataclass(eq=False)
class Popped(Reversal):
    """`a = arrays.pop()`: the shadow of `a` becomes the last one of the list."""

    def gives(self) -> list[Var]:
        assert self.op.result is not None
        return [self.op.args[0], self.op.result]

    def emit(self, back: Backward) -> None:
        assert self.op.result is not None
        shadows = back.cotangents.shadow(self.op.args[0])
        back.line(f"{shadows}.append({back.cotangents.shadow(self.op.result)})")
        back.cotangents.drop(self.op.result)


def array_list_operation(op: Op, context: Context) -> Reversal:
    """The adjoint of an operation on a list of arrays.

    Raises
    ------
    UnsupportedError
        If the list is used in a way that is not known to be right.
    """
    if op.result is not None and is_list(op.result):
        _check(op, op.result, context)
        return Built(op, [(k, a) for k, a in enumerate(op.args) if context.active(a)])
    if _is_append(op):
        return Appended(op, context.active(op.args[1]))
    if _is_pop(op):
        return Popped(op)
    raise _refusal(op, "a list of arrays in this operation", "use one array with one more axis")


def _check(op: Op, values: Var, context: Context) -> None:
    """Refuse what the shadow of a list cannot follow."""
    places, memory = context.places, context.memory
    if op.kwargs or (op.args and op.function is not build_list):
        raise _refusal(op, "a list of arrays that is made of other lists", "append the arrays one by one")
    if values.type.dtype.ndim == 0:
        raise _refusal(op, "a list of arrays without axes", "use a list of numbers")
    uses = [use for use in places.uses.get(values, []) if not (isinstance(use, Op) and use.function is len)]
    changes = [use for use in uses if _is_append(use) or _is_pop(use)]
    reads = [use for use in uses if _is_element(use)]
    for use in uses:
        if use not in changes and use not in reads:
            raise _refusal(use, "a list of arrays in this operation", "use one array with one more axis")
    for read in reads:
        for change in changes:
            if memory.follows(change, values, read, values):
                raise _refusal(
                    change,
                    "a list of arrays that changes its length after an element was used",
                    "use one array with one more axis, or finish the list first",
                )
    for entry in (op, *filter(_is_append, changes)):
        given = entry.args if entry is op else entry.args[1:]  # type: ignore[union-attr]
        for array in given:
            _check_entry(entry, array, context)


def _check_entry(entry: Any, array: Var, context: Context) -> None:
    """What is put into a list is not written any more, or means nothing but the element."""
    places, memory = context.places, context.memory
    writes = (at for at, through in memory.stores if not is_list(through) and memory.follows(at, through, entry, array))
    if next(writes, None) is None:
        return
    made = places.definition.get(array, [])
    is_private = (
        array not in places.parameters
        and len(made) == 1
        and isinstance(made[0], Op)
        and memory.roots.get(array) == frozenset(made)
        and places.region_of[made[0]] is places.region_of[entry]
        and places.uses[array] == [entry]
        and not any(array is part for part in operands(places.program.result))
    )
    if not is_private:
        raise _refusal(
            entry,
            f"array `{array.name}` that is written after it was put into a list, where it has two names",
            "put a copy into the list (`.copy()`), or use one array with one more axis",
        )


def _is_append(use: Statement) -> bool:
    return isinstance(use, Op) and _is_method(use, "append") and is_array(use.args[1])


def _is_pop(use: Statement) -> bool:
    return isinstance(use, Op) and _is_method(use, "pop") and len(use.args) == 1


def _is_method(op: Op, name: str) -> bool:
    return isinstance(op.function, Method) and op.function.name == name and is_list(op.args[0])


def _is_element(use: Statement) -> bool:
    if not isinstance(use, Op) or use.function is not operator.getitem:
        return False
    return is_array(use.result) and not isinstance(use.args[1], Slice)


def _refusal(op: Any, what: str, rewrite: str) -> UnsupportedError:
    reason = "which cotangent belongs to which memory could not be told"
    return UnsupportedError(what, reason, rewrite, op.where.show())
