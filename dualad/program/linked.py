"""Calls of preaccumulated functions: values and partials from one operation, and a link of each value to the inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numba.core import types

from .tree import Const, Op, Var, operands

__all__ = ["Local", "preaccumulated_call", "without_partials"]


class _Constant:
    """A function whose result does not move in the program that is reversed, though it does in the adjoint.

    Parameters
    ----------
    function : Primitive
        What the adjoint calls.
    unmoved : Primitive, optional
        What it calls where no argument moves either: the same without partials.
    """

    __dualad_primitive__ = __dualad_reads__ = True
    kind = "stop_gradient"

    def __init__(self, function: Any, unmoved: Any = None) -> None:
        self.__dualad_emitted__, self.__name__ = function, function.__name__
        self.unmoved = unmoved


@dataclass(frozen=True)
class Local:
    """How a call of a preaccumulated function is linearized.

    Parameters
    ----------
    partials : Primitive
        Gives the values, then the partials of each of them, in one tuple, for all numbers in the arguments.
    values : Primitive
        The same with zeros for partials.
    link : callable
        `link(value, *partials, *inputs)` is the value.
    active : list of int
        Which of the numbers are floats.
    outputs : int
        How many values there are.
    """

    partials: Any
    values: Any
    link: Any
    active: list[int]
    outputs: int


def preaccumulated_call(t: Any, function: Any, args: tuple[Any, ...], kind: Any) -> Any:
    """The value of a call; `t` is the translator."""
    numbers = tuple(operands(args))
    local = function.local(tuple(map(_kind, args)), kind, t.where.show())
    inputs = tuple(numbers[k] for k in local.active)
    count = local.outputs * (1 + len(inputs))
    found = t.emit(_Constant(local.partials, _Constant(local.values)), numbers, types.UniTuple(types.float64, count))
    results = []
    for j in range(local.outputs):
        first = local.outputs + j * len(inputs)
        partials = found[first : first + len(inputs)]
        results.append(t.emit(local.link, (found[j], *partials, *inputs), types.float64))
    return _shaped(types.unliteral(kind), iter(results))


def without_partials(statement: Any, is_varied: Callable[[Any], bool]) -> None:
    """Change a call for values and partials to one for values where nothing that it is given moves."""
    function: Any = statement.function if isinstance(statement, Op) else None
    if isinstance(function, _Constant) and function.unmoved is not None and not any(map(is_varied, statement.args)):
        statement.function = function.unmoved


def _kind(value: Any) -> Any:
    if isinstance(value, tuple):
        return types.Tuple([_kind(part) for part in value])
    assert isinstance(value, (Var, Const))
    return types.unliteral(value.type)


def _shaped(kind: Any, parts: Any) -> Any:
    if isinstance(kind, types.BaseTuple):
        return tuple(_shaped(member, parts) for member in kind.types)
    return next(parts)
