"""Calls of functions whose derivative the user states (`custom_vjp`, `custom_jvp`, `straight_through`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from numba.core import types

from ..errors import UnsupportedError
from ..program.tree import Const, Op, Operand, Var, operands
from ..rules.expressions import Name
from .activity import carries_floats
from .code import Code, call
from .memory import is_array, is_container
from .partials import Partial, operand_code
from .statements import Context, Reversal, ScalarRule
from .support import added, added_into

if TYPE_CHECKING:
    from .backward import Backward

__all__ = ["linked_value", "primitive_call"]


@dataclass(eq=False)
class PrimitiveCall(Reversal):
    """The adjoint of a call with a rule of its own: `pullback(*args, y_bar)` gives a cotangent for each argument."""

    pullback: Callable[..., Any]
    flowing: list[tuple[Var, str]]
    saved: dict[Var, Var] = field(default_factory=dict)

    @property
    def is_linear(self) -> bool:
        """What a `custom_vjp` does with a cotangent is the user's affair; what comes from a `custom_jvp` is linear."""
        return hasattr(self.op.function, "__dualad_primitive__") and getattr(self.op.function, "fwd", None) is None

    def contents(self) -> list[Var]:
        return [part for argument in self.op.args for part in operands(argument) if is_array(part)]  # type: ignore[misc]

    def needs(self) -> list[Operand]:
        parts = [part for argument in self.op.args for part in operands(argument)]
        return [self.saved.get(part, part) if isinstance(part, Var) else part for part in parts]

    def gives(self) -> list[Var]:
        return [var for var, _ in self.flowing]

    def emit(self, back: Backward) -> None:
        from .forward import argument_code

        cotangents, result = back.cotangents, self.op.result
        assert result is not None
        weight: Code | None
        if is_array(result):
            weight = cotangents.shadow(result) if cotangents.has_shadow(result) else None
        else:
            weight = cotangents.take(result, 1)
        if weight is None:
            return

        def of(operand: Operand) -> Code:
            return operand_code(self.saved.get(operand, operand) if isinstance(operand, Var) else operand, back.names)

        given = [argument_code(argument, back.names, of) for argument in self.op.args]
        name = back.names.fresh("bars")
        back.line(f"{name} = {call(back.names.jitted(self.pullback), [*given, weight])}")
        for var, path in self.flowing:
            part = Code(f"{name}{path}")
            if is_container(var):
                back.line(str(call(back.names.jitted(added_into), [cotangents.shadow(var), part])))
            else:
                cotangents.add(var, call(back.names.jitted(added), [Code("0.0"), part]), stays=False)
        if is_array(result):
            cotangents.drop(result)


def primitive_call(op: Op, context: Context) -> Reversal | None:
    """The adjoint of a call of a primitive."""
    if not hasattr(op.function, "__dualad_primitive__"):
        return None
    if op.function.kind == "partials":  # type: ignore[attr-defined]
        op.function.pullback(())  # type: ignore[attr-defined]  # which refuses
    if op.result is None or isinstance(op.result.type, types.BaseTuple) or op.kwargs:
        raise UnsupportedError(
            f"`{getattr(op.function, '__name__', 'primitive')}` with several results or keyword arguments",
            "reverse mode calls its rule for one result and positional arguments",
            "return one array, and pass arguments by position",
            op.where.show(),
        )
    kinds = tuple(map(type_of, op.args))
    return PrimitiveCall(op, op.function.pullback(kinds), flowing_into(op, context), context.saved_at(op))  # type: ignore[attr-defined]


def linked_value(op: Op, context: Context) -> Reversal | None:
    """The adjoint of the link of a value to inputs by partials: `x_bar += y_bar * partial` for each."""
    if not getattr(op.function, "__dualad_linked__", False):
        return None
    count = len(op.args) // 2
    pairs = zip(op.args[1 : 1 + count], op.args[1 + count :], strict=True)
    slope = Name("d")
    return ScalarRule(
        op,
        [
            (x, Partial(slope, {"d": partial}, True, False))
            for partial, x in pairs
            if isinstance(x, Var) and context.active.is_varied(x)
        ],
    )


def flowing_into(op: Op, context: Context) -> list[tuple[Var, str]]:
    """Variables that derivatives flow into, each with its place in the arguments."""
    flowing: list[tuple[Var, str]] = []

    def visit(argument: Any, path: str) -> None:
        if isinstance(argument, tuple):
            for k, part in enumerate(argument):
                visit(part, f"{path}[{k}]")
        elif isinstance(argument, Var) and carries_floats(argument.type) and context.active.is_varied(argument):
            flowing.append((argument, path))

    for k, argument in enumerate(op.args):
        visit(argument, f"[{k}]")
    return flowing


def type_of(argument: Any) -> Any:
    """Type of an argument, of a tuple from those of its members."""
    if isinstance(argument, tuple):
        return types.Tuple([type_of(part) for part in argument])
    assert isinstance(argument, (Var, Const))
    return types.unliteral(argument.type)
