"""Lists of numbers: the shadow is a list of the same length, and what changes the length is undone on it backwards.

The shadow is made when the reverse sweep first comes to the list, as long as the list is in the end. So every operation
that changes the length is undone, whether or not anything flows through it: then places counted from either end mean
on the shadow what they meant on the list.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numba.core import types

from ..errors import UnsupportedError
from ..program.tree import Copy, Method, Op, Operand, Slice, Var, build_list, operands
from .activity import Activity, carries_floats
from .array_lists import array_list_operation
from .code import Code, index
from .cotangents import zero
from .list_results import MADE_FROM, Made
from .memory import is_container, is_list
from .partials import operand_code
from .places import Places
from .statements import Context, Load, Reversal, Store, real_for
from .support import inserted_at

if TYPE_CHECKING:
    from .backward import Backward

__all__ = ["list_operation", "refuse_lists"]


@dataclass(eq=False)
class Change(Reversal):
    """An operation that changes the length or order of a list, undone on its shadow.

    Parameters
    ----------
    undo : callable
        `undo(change, shadow, back)` writes the lines.
    active : set of Var
        Numbers that derivatives flow into.
    """

    undo: Callable[[Change, Code, Backward], None]
    active: set[Var]

    def needs(self) -> list[Operand]:
        numbers = [part for argument in self.op.args[1:] for part in operands(argument)]
        return [part for part in numbers if isinstance(part.type, types.Integer)]

    def gives(self) -> list[Var]:
        lists = [part for part in self.op.args if is_list(part)]
        result = self.op.result
        return [*lists, *sorted(self.active - {result}, key=lambda v: v.name)]  # type: ignore[arg-type]

    def emit(self, back: Backward) -> None:
        self.undo(self, back.cotangents.shadow(self.op.args[0]), back)

    def take_out(self, value: Any, code: Code, back: Backward) -> None:
        """The cotangent that an expression takes out of the shadow goes to a number, or nowhere."""
        if value in self.active:
            back.cotangents.add(value, real_for(value, code, self.op.args[0]), stays=False)
        else:
            back.line(str(code))


@dataclass(eq=False)
class Built(Reversal):
    """`[a, b, c]`: `a_bar += list_bar[0]` and so on."""

    active: list[tuple[int, Var]]

    def gives(self) -> list[Var]:
        return [var for _, var in self.active]

    def emit(self, back: Backward) -> None:
        assert self.op.result is not None
        if back.cotangents.has_shadow(self.op.result):
            shadow = back.cotangents.shadow(self.op.result)
            for k, var in self.active:
                back.cotangents.add(var, real_for(var, index(shadow, str(k)), self.op.result), stays=False)
        back.cotangents.drop(self.op.result)


def _append(change: Change, shadow: Code, back: Backward) -> None:
    change.take_out(change.op.args[1], Code(f"{shadow}.pop()"), back)


def _extend(change: Change, shadow: Code, back: Backward) -> None:
    given = change.op.args[1]
    if isinstance(given, tuple):
        for value in reversed(given):
            change.take_out(value, Code(f"{shadow}.pop()"), back)
        return
    if given is change.op.args[0]:
        of_given, count = shadow, f"len({shadow}) // 2"
    else:
        of_given = back.cotangents.shadow(given)
        count = f"len({of_given})"
    place = back.names.fresh("place")
    with back.lines.block(f"for {place} in range({count} - 1, -1, -1):"):
        back.line(f"{of_given}[{place}] += {shadow}.pop()")


def _insert(change: Change, shadow: Code, back: Backward) -> None:
    place = back.names.fresh("place")
    function = back.names.jitted(inserted_at)
    back.line(f"{place} = {function}({operand_code(change.op.args[1], back.names)}, len({shadow}) - 1)")
    change.take_out(change.op.args[2], Code(f"{shadow}.pop({place})"), back)


def _pop(change: Change, shadow: Code, back: Backward) -> None:
    result = change.op.result
    weight = back.cotangents.take(result, 1) if result in change.active else None  # type: ignore[arg-type]
    given = weight or zero(Var("", change.op.args[0].type.dtype))
    if len(change.op.args) == 1:
        back.line(f"{shadow}.append({given})")
        return
    place = operand_code(change.op.args[1], back.names)
    # the list had one element more when the place was counted from its end
    at = f"{place} + len({shadow}) + 1 if {place} < 0 else {place}"
    back.line(f"{shadow}.insert({at}, {given})")


def _reverse(change: Change, shadow: Code, back: Backward) -> None:
    back.line(f"{shadow}.reverse()")


_UNDO: dict[str, tuple[Callable[[Change, Code, Backward], None], tuple[int, ...]]] = {
    "append": (_append, (2,)),
    "extend": (_extend, (2,)),
    "insert": (_insert, (3,)),
    "pop": (_pop, (1, 2)),
    "reverse": (_reverse, (1,)),
}


def list_operation(op: Op, context: Context) -> Reversal | None:
    """The adjoint of an operation on lists of numbers; None if it has nothing to do with lists."""
    lists = [a for a in (*op.args, op.result) if is_list(a)]
    if not lists or op in context.absorbed:
        return None
    made = [context.places.definition.get(a, [None])[0] for a in op.args if isinstance(a, Var)]  # type: ignore[list-item]
    if any(isinstance(m, Op) and context.absorbed.get(m) is op for m in made):
        return None  # a literal that an array is made of
    if any(isinstance(values.type.dtype, types.Array) for values in lists):
        return array_list_operation(op, context)
    for values in lists:
        if not isinstance(values.type.dtype, types.Number):
            _refuse(op, f"a list of {_kind(values.type.dtype)}", "put the numbers into lists or arrays of their own")
    function = op.function
    if function is build_list or (not op.args and not op.kwargs):
        return Built(op, [(k, a) for k, a in enumerate(op.args) if _is_active(a, context)])
    if function is operator.iadd:
        return _changed(op, "extend", context)
    if isinstance(function, Method) and function.name in _UNDO:
        return _changed(op, function.name, context)
    if is_list(op.args[0]) and function is operator.getitem and not isinstance(op.args[1], Slice):
        return Load(op)
    if is_list(op.args[0]) and function is operator.setitem and not isinstance(op.args[1], Slice):
        return Store(op, active_value=_is_active(op.args[2], context))
    name = function.name if isinstance(function, Method) else function
    if name in MADE_FROM and _keeps_elements(op, context):
        return Made(op, MADE_FROM[name], {a for a in op.args if is_list(a) and context.active.is_varied(a)})
    _refuse(op, f"`{getattr(function, 'name', None) or getattr(function, '__name__', function)}` of a list")
    return None


def _changed(op: Op, name: str, context: Context) -> Reversal:
    undo, counts = _UNDO[name]
    if len(op.args) not in counts:
        _refuse(op, f"`{name}` with {len(op.args) - 1} arguments")
    if name == "extend":
        given = op.args[1]
        if not isinstance(given, tuple) and (not is_list(given) or not context.active(given)):
            _refuse(
                op,
                "a list that takes in the elements of something that carries no derivatives",
                "append them one by one",
            )
    values = [part for argument in (*op.args[1:], op.result) for part in operands(argument)]
    return Change(op, undo, {v for v in values if isinstance(v, Var) and _is_active(v, context)})


def _keeps_elements(op: Op, context: Context) -> bool:
    """Whether all that flows into a result comes from elements of lists, of the type that the result has."""
    if any(_is_active(part, context) for argument in op.args for part in operands(argument)):
        return False
    kinds = {getattr(a.type, "dtype", a.type) for a in (*op.args, op.result) if is_list(a) or a is op.result}
    return len(kinds) == 1 and all(name == "dtype" for name, _ in op.kwargs)


def _is_active(operand: Any, context: Context) -> bool:
    if not isinstance(operand, Var) or is_container(operand) or not carries_floats(operand.type):
        return False
    return context.active.is_varied(operand)


def refuse_lists(places: Places, active: Activity, ends: Iterable[Operand]) -> None:
    """Refuse lists whose shadow cannot be told: those from outside, those that are returned, and those with two names."""
    outside = [var for var in places.parameters if is_list(var) and active(var)]
    if outside or any(is_list(end) for end in ends):
        name = outside[0].name if outside else places.program.name
        raise UnsupportedError(
            f"a list that is an argument or a result (`{name}`)",
            "its length may change",
            "use an array",
            places.program.filename,
        )
    for statement in places.position:
        if isinstance(statement, Copy) and any(is_list(t) and active(t) for t in statement.targets):
            raise UnsupportedError(
                "a list that gets a second name, or another one in a branch or loop",
                "which of the names means which list depends on how the program runs",
                "copy the elements (`values.copy()`, `values.append(...)`) into one list",
                statement.where.show(),
            )


def _kind(type_: Any) -> str:
    if isinstance(type_, types.BaseTuple):
        return "tuples"
    return "lists" if isinstance(type_, (types.List, types.ListType)) else str(type_)


def _refuse(op: Op, what: str, rewrite: str = "use an array (`np.array(values)`), or a loop over the elements") -> None:
    raise UnsupportedError(what, "reverse mode has no rule for it", rewrite, op.where.show())
