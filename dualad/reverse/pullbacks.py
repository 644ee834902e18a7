"""NumPy calls that are not elementwise, by the table of pullbacks."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numba.core import types

from ..errors import RuleError
from ..program.tree import Const, Method, Op, Operand, Slice, Var, build_list, operands
from ..rules.arrays import INDEXED, PULLBACK_OF, PULLBACKS, Part, Pullback
from .activity import carries_floats
from .code import Code, call, index, number
from .memory import is_array, is_container
from .partials import operand_code
from .statements import Context, Reversal, real_for, refusal

if TYPE_CHECKING:
    from .backward import Backward

__all__ = ["array_call", "from_numbers"]


@dataclass(eq=False)
class Flowing:
    """An argument, or a member of a tuple argument, that cotangents flow into; without a part, one that takes room."""

    argument: str
    var: Var
    part: Part | None
    member: int = -1


@dataclass(eq=False)
class ArrayCall(Reversal):
    """The adjoint of a call with a pullback: one function per argument that derivatives flow through."""

    pullback: Pullback
    bound: dict[str, Any]
    flowing: list[Flowing]
    saved: dict[Var, Var] = field(default_factory=dict)

    def _read(self) -> list[Operand]:
        found: list[Operand] = []
        for flow in self.flowing:
            for need in self._parameters(flow):
                if need in self.bound:
                    found += [part for part in operands(self.bound[need]) if isinstance(part, (Var, Const))]
                elif need == "y" and self.op.result is not None:
                    found.append(self.op.result)
        return [part for part in found if isinstance(part, Var)]

    def _parameters(self, flow: Flowing) -> tuple[str, ...]:
        extra = self.pullback.extent.needs if self.pullback.extent is not None and flow.member > 0 else ()
        return (*(flow.part.needs if flow.part is not None else ()), *extra)

    def contents(self) -> list[Var]:
        return [part for part in self._read() if is_container(part)]

    def needs(self) -> list[Operand]:
        room = [flow.var for flow in self.flowing if flow.part is None]
        return [*room, *(self.saved.get(part, part) for part in self._read() if isinstance(part, Var))]

    def gives(self) -> list[Var]:
        given = [flow.var for flow in self.flowing if flow.part is not None]
        if self.pullback.overwrites:
            given.append(self.bound[self.pullback.overwrites])
        return given

    def emit(self, back: Backward) -> None:
        cotangents = back.cotangents
        changed = self._changed()
        weight: Code | None
        if is_array(changed):
            weight = cotangents.shadow(changed) if cotangents.has_shadow(changed) else None
        else:
            weight = cotangents.take(changed, 2)
        if weight is None:
            return
        place = ""
        for flow in self.flowing:
            values = {"y_bar": weight}
            if flow.member >= 0:
                place = place or back.names.fresh("place")
                if flow.member == 0:
                    back.line(f"{place} = 0")
                values["place"] = Code(place)
            if flow.part is not None:
                self._flow(flow, values, back)
            if flow.member >= 0 and self.pullback.extent is not None:
                array = str(cotangents.shadow(flow.var)) if flow.part is not None else flow.var.name
                shape = {"shape": Code(f"{array}.shape")}
                extent = self._call(self.pullback.extent, {**values, **shape}, back)
                back.line(f"{place} += {extent}")
        if not self.pullback.overwrites and is_array(self.op.result):
            assert self.op.result is not None
            cotangents.drop(self.op.result)

    def _changed(self) -> Var:
        """What holds the outcome: the result, or the argument that is written into."""
        changed: Var = self.bound[self.pullback.overwrites] if self.pullback.overwrites else self.op.result  # type: ignore[assignment]
        return changed

    def _flow(self, flow: Flowing, values: dict[str, Code], back: Backward) -> None:
        cotangents = back.cotangents
        assert flow.part is not None
        if self.pullback.overwrites:
            values = {**values, f"{self.pullback.overwrites}_bar": values["y_bar"]}
        if not flow.part.adds:
            code = self._call(flow.part, values, back)
            cotangents.add(flow.var, real_for(flow.var, code, self._changed()), stays=False)
            return
        shadow = cotangents.shadow(flow.var)
        if _is_complex(self._changed()) and not _is_complex(flow.var):
            whole = back.names.fresh("whole")
            back.line(f"{whole} = np.zeros({shadow}.shape, np.complex128)")
            back.line(str(self._call(flow.part, {**values, f"{flow.argument}_bar": Code(whole)}, back)))
            back.line(f"{shadow} += {whole}.real")
            return
        back.line(str(self._call(flow.part, {**values, f"{flow.argument}_bar": shadow}, back)))

    def _call(self, part: Part, values: dict[str, Code], back: Backward) -> Code:
        given = [values[need] if need in values else self._value(need, back) for need in part.needs]
        return call(back.names.jitted(part.function), given)

    def _value(self, need: str, back: Backward) -> Code:
        from .forward import argument_code

        if need == "y":
            assert self.op.result is not None
            value: Any = self.op.result
        else:
            value = self.bound[need]
        if not isinstance(value, (Var, Const, tuple, Slice)):
            return number(value) if isinstance(value, (int, float, complex)) else Code(repr(value))

        def of(operand: Operand) -> Code:
            return operand_code(self.saved.get(operand, operand) if isinstance(operand, Var) else operand, back.names)

        return argument_code(value, back.names, of)


def array_call(op: Op, context: Context) -> Reversal | None:
    """The adjoint of a call that the table of pullbacks has."""
    pullback = _entry(op)
    if pullback is None:
        return None
    try:
        bound = pullback.bind(op.args, op.kwargs)
    except RuleError:
        raise refusal(op) from None
    flowing = []
    for name, value in bound.items():
        members = value if isinstance(value, tuple) else (value,)
        for position, member in enumerate(members):
            if not isinstance(member, Var) or not carries_floats(member.type) or not context.active.is_varied(member):
                if name in pullback.parts and isinstance(value, tuple) and pullback.extent is not None:
                    if not is_array(member):
                        raise refusal(op)
                    flowing.append(Flowing(name, member, None, position))  # nothing flows, but it takes its room
                continue
            if name in pullback.inactive:
                continue
            part = pullback.part(name, is_array=is_container(member))
            if part is None:
                if name == pullback.overwrites:
                    continue
                raise refusal(op)
            flowing.append(Flowing(name, member, part, position if isinstance(value, tuple) else -1))
    overwritten = [flow for flow in flowing if flow.argument == pullback.overwrites]
    flowing = [flow for flow in flowing if flow.argument != pullback.overwrites] + overwritten
    return ArrayCall(op, pullback, bound, flowing, context.saved_at(op))


def _is_complex(operand: Any) -> bool:
    type_ = getattr(operand, "type", None)
    return isinstance(getattr(type_, "dtype", type_), types.Complex)


def _entry(op: Op) -> Pullback | None:
    if op.function in (operator.getitem, operator.setitem) and is_array(op.args[0]):
        return _indexed(op)
    if isinstance(op.function, Method) and op.args and is_array(op.args[0]):
        return PULLBACK_OF.get(getattr(np.ndarray, op.function.name, op.function))
    if op.function is np.sum and any(isinstance(value, tuple) for value in (*op.args[1:], *dict(op.kwargs).values())):
        return PULLBACKS["sum_axes"]
    try:
        return PULLBACK_OF.get(op.function)
    except TypeError:
        return None


def _indexed(op: Op) -> Pullback | None:
    """The entry for reading or writing through arrays of indices."""
    position = op.args[1]
    arrays = [part for part in operands(position) if isinstance(part.type, types.Array)]
    if not arrays:
        return None
    if isinstance(position, tuple):
        kind = "mixed"
    else:
        kind = "mask" if isinstance(position.type.dtype, types.Boolean) else "integers"
    reading, writing = INDEXED[kind]
    return reading if op.function is operator.getitem else writing


def _literal(value: Any, user: Op, context: Context) -> Any:
    """Members of a list that is written where it is used, nested as it is; other values as they are."""
    if isinstance(value, tuple):
        return tuple(_literal(part, user, context) for part in value)
    definition = context.places.definition.get(value, [None])[0] if isinstance(value, Var) else None  # type: ignore[list-item]
    if isinstance(definition, Op) and definition.function is build_list and context.absorbed.get(definition) is user:
        return tuple(_literal(part, definition, context) for part in definition.args)
    return value


@dataclass(eq=False)
class FromNumbers(Reversal):
    """`np.array((a, b, ...))` of numbers, nested as the array's axes are."""

    elements: list[tuple[Var, tuple[int, ...]]]

    def gives(self) -> list[Var]:
        return [var for var, _ in self.elements]

    def emit(self, back: Backward) -> None:
        assert self.op.result is not None
        if back.cotangents.has_shadow(self.op.result):
            shadow = back.cotangents.shadow(self.op.result)
            for var, place in self.elements:
                cell = index(shadow, ", ".join(map(str, place)))
                back.cotangents.add(var, real_for(var, cell, self.op.result), stays=False)
        back.cotangents.drop(self.op.result)


def from_numbers(op: Op, context: Context) -> Reversal | None:
    """The adjoint of `np.array` of a tuple or list of numbers."""
    if op.function is not np.array or not op.args:
        return None
    given: Any = _literal(op.args[0], op, context)
    if not isinstance(given, tuple):
        return None
    found: list[tuple[Var, tuple[int, ...]]] = []

    def visit(value: Any, place: tuple[int, ...]) -> bool:
        if isinstance(value, tuple):
            return all(visit(part, (*place, k)) for k, part in enumerate(value))
        if is_container(value):
            return False
        if isinstance(value, Var) and carries_floats(value.type) and context.active.is_varied(value):
            found.append((value, place))
        return True

    return FromNumbers(op, found) if visit(given, ()) else None
