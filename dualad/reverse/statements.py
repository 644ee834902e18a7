"""How each operation is reversed: which values its adjoint reads, and the lines of the adjoint.

`reversal(op, ...)` finds the class for an operation that carries derivatives; an operation for which there is none is refused.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numba.core import types

from ..errors import UnsupportedError
from ..program.tree import Const, Method, Op, Operand, Slice, Statement, Var, operands
from ..rules.expressions import Call
from ..rules.expressions import Const as Number
from ..rules.strong import strong
from .activity import Activity, carries_floats, has_zero_derivative
from .code import ATOM, Code, binary, call, index
from .memory import Memory, is_array, is_container, view_base, written
from .partials import Partial, operand_code, partial, rule_of
from .places import Places

if TYPE_CHECKING:
    from .backward import Backward

__all__ = ["Finder", "Reversal", "increments", "reversal"]


@dataclass(frozen=True)
class Context:
    """What is known of the program.

    Parameters
    ----------
    places, memory, active
    absorbed : dict of Op -> Op
        Operations that are reversed together with the one that uses their result.
    saved : dict of (Op, Var) -> Var
        Copies of arrays as they were at an operation.
    """

    places: Places
    memory: Memory
    active: Activity
    absorbed: dict[Op, Op]
    saved: dict[tuple[Op, Var], Var]

    def saved_at(self, op: Op) -> dict[Var, Var]:
        return {var: copy for (at, var), copy in self.saved.items() if at is op}


#: Calls that give the value of their argument as another type of float.
CONVERSIONS = {float, complex, np.float32, np.float64, np.complex64, np.complex128, operator.pos}


@dataclass(eq=False)
class Reversal:
    """The adjoint of one operation."""

    op: Op

    @property
    def is_linear(self) -> bool:
        """Whether it is known to be linear in the cotangent of the result."""
        return True

    def needs(self) -> list[Operand]:
        """Values of the forward sweep that the adjoint reads."""
        return []

    def contents(self) -> list[Var]:
        """Arrays among them, which must still hold what they held when the operation was done."""
        return []

    def gives(self) -> list[Var]:
        """Variables whose cotangents it adds to (arrays by the variable they are reached through)."""
        raise NotImplementedError

    def emit(self, back: Backward) -> None:
        raise NotImplementedError


@dataclass(eq=False)
class ScalarRule(Reversal):
    """`y = f(x, ...)` on numbers: `x_bar += y_bar * partial`."""

    partials: list[tuple[Var, Partial]]

    def needs(self) -> list[Operand]:
        return [need for _, part in self.partials for need in part.needs()]

    def gives(self) -> list[Var]:
        return [var for var, _ in self.partials]

    def emit(self, back: Backward) -> None:
        assert self.op.result is not None
        weight = back.cotangents.take(self.op.result, len(self.partials))
        if weight is None:
            return
        with back.cotangents.hold(weight) as held:
            for var, part in self.partials:
                back.cotangents.add(var, real_for(var, product(held.code, part, back), self.op.result))


def product(weight: Code, part: Partial, back: Backward) -> Code:
    """Cotangent times partial."""
    constant = part.constant
    if constant == 1:
        return weight
    if constant == -1:
        return Code(f"-{weight.within(31)}", 30)
    if part.is_choice:
        return part.chosen(weight, back.names)
    code = part.code(back.names)
    if part.strong:
        return call(back.names.jitted(strong), [weight, code])
    expression = part.expression
    if isinstance(expression, Call) and expression.op == "div" and getattr(expression.args[0], "value", None) == 1:
        below = part.__class__(expression.args[1], part.operands, False, part.is_complex).code(back.names)
        return binary(operator.truediv, weight, below)
    if weight.text == "1.0":
        return code
    return binary(operator.mul, weight, code)


def real_for(var: Var, code: Code, result: Var) -> Code:
    """The real part of a cotangent that goes from a complex result, or an element of one, to a real argument."""
    given = getattr(result.type, "dtype", result.type)
    if isinstance(given, types.Complex) and not isinstance(var.type, types.Complex):
        return Code(f"{code.within(ATOM)}.real")
    return code


@dataclass(eq=False)
class Conversion(Reversal):
    """`y = float(x)`."""

    source: Var

    def gives(self) -> list[Var]:
        return [self.source]

    def emit(self, back: Backward) -> None:
        assert self.op.result is not None
        weight = back.cotangents.take(self.op.result, 1)
        if weight is not None:
            back.cotangents.add(self.source, real_for(self.source, weight, self.op.result))


@dataclass(eq=False)
class Load(Reversal):
    """`v = a[i]`: `a_bar[i] += v_bar`."""

    def needs(self) -> list[Operand]:
        return list(operands(self.op.args[1]))

    def gives(self) -> list[Var]:
        return [self.op.args[0]]

    def emit(self, back: Backward) -> None:
        assert self.op.result is not None
        weight = back.cotangents.take(self.op.result, 1)
        if back.gathers.put(self.op, weight):
            return
        covers = self.op in back.covering
        if weight is not None or covers:
            shadow = back.cotangents.shadow(self.op.args[0])
            cell = index(shadow, index_code(self.op.args[1], back))
            back.line(f"{cell} = {weight or 0.0}" if covers else f"{cell} += {weight}")


@dataclass(eq=False)
class Store(Reversal):
    """`a[i] = v`: `v_bar += a_bar[i]; a_bar[i] = 0`; without the zero where `a_bar[i]` is assigned next."""

    active_value: bool

    def needs(self) -> list[Operand]:
        return list(operands(self.op.args[1]))

    def gives(self) -> list[Var]:
        array, _, value = self.op.args
        return [array, value] if self.active_value else [array]

    def emit(self, back: Backward) -> None:
        array, position, value = self.op.args
        if not back.cotangents.has_shadow(array):
            return  # nobody reads it later
        cell = index(back.cotangents.shadow(array), index_code(position, back))
        if self.active_value:
            back.cotangents.add(value, real_for(value, cell, array), stays=False)
        if self.op not in back.leaving:
            back.line(f"{cell} = 0.0")


@dataclass(eq=False)
class Increment(Reversal):
    """`a[i] += t` or `a[i] -= t`: `t_bar += a_bar[i]`, which stays what it is."""

    term: Var
    sign: int

    def needs(self) -> list[Operand]:
        return list(operands(self.op.args[1]))

    def gives(self) -> list[Var]:
        return [self.op.args[0], self.term]

    def emit(self, back: Backward) -> None:
        array, position, _ = self.op.args
        if back.cotangents.has_shadow(array):
            cell = index(back.cotangents.shadow(array), index_code(position, back))
            cell = real_for(self.term, cell, array)
            back.cotangents.add(self.term, cell if self.sign > 0 else Code(f"-{cell}", 30), stays=False)


def increments(context: Context) -> dict[Statement, Reversal]:
    """Stores that add to the element that they overwrite; the load and the sum are absorbed by them."""
    found: dict[Statement, Reversal] = {}
    for store, target in context.memory.stores:
        if not isinstance(store, Op) or store.function is not operator.setitem or not context.active(target):
            continue
        term = _added(store, context)
        if term is None:
            continue
        total, load, sign = term
        added = total.args[1] if total.args[0] is load.result else total.args[0]
        context.absorbed[total] = store
        context.absorbed[load] = store
        if isinstance(added, Var) and context.active.is_varied(added):
            found[store] = Increment(store, added, sign)
        else:
            context.absorbed[store] = store
    return found


def _added(store: Op, context: Context) -> tuple[Op, Op, int] | None:
    """Sum, load and sign of `a[i] = a[i] + t`."""
    places = context.places
    array, position, value = store.args

    def single(operand: Any) -> Op | None:
        made = places.definition.get(operand, []) if isinstance(operand, Var) else []
        if len(made) != 1 or not isinstance(made[0], Op) or len(places.uses.get(operand, [])) != 1:
            return None
        return made[0] if places.region_of[made[0]] is places.region_of[store] else None

    total = single(value)
    if total is None or total.function not in (operator.add, operator.sub) or value.type != array.type.dtype:
        return None
    sides = total.args[:1] if total.function is operator.sub else total.args
    for side in sides:
        load = single(side)
        if load is None or load.function is not operator.getitem or not _same_element(load.args, (array, position)):
            continue
        other = total.args[1] if side is total.args[0] else total.args[0]
        between = range(places.position[load] + 1, places.position[store])
        writes = (target for at, target in context.memory.stores if places.position[at] in between)
        if other is side or any(context.memory.may_alias(target, array) for target in writes):
            return None
        return total, load, -1 if total.function is operator.sub and side is total.args[0] else 1
    return None


def _same_element(first: Any, second: Any) -> bool:
    """Whether two accesses name the same element by the same variables and constants."""
    if isinstance(first, tuple) and isinstance(second, tuple):
        return len(first) == len(second) and all(_same_element(a, b) for a, b in zip(first, second, strict=True))
    if isinstance(first, Const) and isinstance(second, Const):
        return type(first.value) is int and first.value == second.value
    return first is second and isinstance(first, Var)


@dataclass(eq=False)
class Fresh(Reversal):
    """A new array that nothing flows into: its cotangent ends here."""

    def gives(self) -> list[Var]:
        return []

    def emit(self, back: Backward) -> None:
        assert self.op.result is not None
        back.cotangents.drop(self.op.result)


def index_code(position: Any, back: Backward) -> str:
    """An index as source text."""
    if isinstance(position, tuple):
        return ", ".join(index_code(part, back) for part in position) or "()"
    if isinstance(position, Slice):
        parts = [
            "" if _is_none(p) else str(operand_code(p, back.names))
            for p in (position.start, position.stop, position.step)
        ]
        return ":".join(parts[:2]) + (f":{parts[2]}" if parts[2] else "")
    return str(operand_code(position, back.names))


def _is_none(operand: Operand) -> bool:
    return isinstance(operand, Const) and operand.value is None


Finder = Callable[[Op, Context], Reversal | None]


def reversal(op: Op, context: Context, finders: Sequence[Finder]) -> Reversal | None:
    """How an operation is reversed; None if it carries no derivatives.

    `finders` know the operations that are neither scalar rules nor element accesses, and are tried in order.

    Raises
    ------
    UnsupportedError
        If it carries derivatives and nothing is known about it.
    """
    active = context.active
    if isinstance(op.function, Method) and op.function.name == "view" and any(map(active.is_varied, _numbers(op))):
        raise UnsupportedError(
            "`.view(...)` of values that carry derivatives",
            "derivatives have no bits in another type of element",
            "`astype`, or arithmetic",
            op.where.show(),
        )
    result_active = op.result is not None and active(op.result)
    changed = [target for target in written(op) if active(target)]
    if not result_active and not changed:
        return None
    if has_zero_derivative(op) and not changed:
        return Fresh(op) if is_container(op.result) else None
    if changed and _has_out(op):
        raise UnsupportedError(
            f"`{getattr(op.function, '__name__', 'a call')}` that writes its result into an array",
            "reverse mode knows calls that return their result",
            "assign the result: `out[:] = ...`",
            op.where.show(),
        )
    function = op.function
    if function is operator.setitem and is_array(op.args[0]):
        found = _store(op, active)
        if found is not None:
            return found
    if function is operator.getitem and is_array(op.args[0]) and not is_container(op.result):
        return Load(op)
    if view_base(op) is not None and not changed:
        return None  # the same view of the shadow
    if op.result is not None and isinstance(op.result.type, (types.Float, types.Complex)):
        found = _scalar(op, active)
        if found is not None:
            return found
    for finder in finders:
        found = finder(op, context)
        if found is not None:
            return found
    if (
        is_container(op.result)
        and not changed
        and not any(active.is_varied(a) for part in op.args for a in operands(part))
    ):
        return Fresh(op)
    raise refusal(op)


def _numbers(op: Op) -> list[Operand]:
    return [part for argument in op.args for part in operands(argument)]


def _has_out(op: Op) -> bool:
    """Whether a call has an argument that it writes its result into."""
    if any(key == "out" for key, _ in op.kwargs):
        return True
    inputs = op.function.nin if isinstance(op.function, np.ufunc) else 2 if op.function is np.dot else len(op.args)
    return len(op.args) > inputs


def _store(op: Op, active: Activity) -> Reversal | None:
    _, position, value = op.args
    scalar_cells = all(isinstance(part.type, (types.Integer, types.Boolean)) for part in operands(position))
    if any(isinstance(part, Slice) for part in (position if isinstance(position, tuple) else (position,))):
        scalar_cells = False
    rank = len(position) if isinstance(position, tuple) else 1
    if scalar_cells and rank == op.args[0].type.ndim and not is_container(value):
        return Store(op, active_value=isinstance(value, Var) and active(value))
    return None


def _scalar(op: Op, active: Activity) -> Reversal | None:
    scalars = [a for part in op.args for a in operands(part)]
    if any(is_container(a) for a in scalars):
        return None
    if op.function in CONVERSIONS and len(op.args) == 1 and isinstance(op.args[0], Var):
        return Conversion(op, op.args[0])
    rule = rule_of(op)
    if rule is None or len(op.args) != len(rule.arguments) or op.kwargs:
        return None
    if isinstance(op.args[0].type, types.Complex) and not isinstance(op.result.type, types.Complex):  # type: ignore[union-attr]
        return None
    partials = []
    if rule.name == "mul" and op.args[0] is op.args[1]:
        twice = partial(op, 0)
        twice = replace(twice, expression=Call("mul", (Number(2.0), twice.expression)))
        return ScalarRule(op, [(op.args[0], twice)] if active.is_varied(op.args[0]) else [])
    for position, argument in enumerate(op.args):
        if isinstance(argument, Var) and carries_floats(argument.type) and active.is_varied(argument):
            part = partial(op, position)
            if part.constant != 0:
                partials.append((argument, part))
    return ScalarRule(op, partials)


def refusal(op: Op) -> UnsupportedError:
    """The error for an operation without a known derivative."""
    function = op.function
    name = getattr(function, "name", None) or getattr(function, "__name__", None) or repr(function)
    kinds = ", ".join(str(getattr(a, "type", "tuple")) for a in op.args if not isinstance(a, Slice))
    return UnsupportedError(
        f"`{name}` of ({kinds})",
        "reverse mode has no rule for this call",
        'write it as a loop over elements, give it a rule (`ad.custom_vjp`), or use `mode="forward"`',
        op.where.show(),
    )
