"""What is made of whole lists of numbers: sums, arrays, and other lists, each element of which comes from one element."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..program.tree import Operand, Var, operands
from .code import Code
from .memory import is_array, is_list
from .statements import Reversal, index_code

if TYPE_CHECKING:
    from .backward import Backward

__all__ = ["MADE_FROM", "Made"]


@dataclass(eq=False)
class Made(Reversal):
    """`y = f(values)`, with a list, an array or a number as result.

    Parameters
    ----------
    pull : callable
        `pull(made, y_bar, back)` writes the lines.
    active : set of Var
        Lists that derivatives flow into.
    """

    pull: Callable[[Made, Code, Backward], None]
    active: set[Var]

    def needs(self) -> list[Operand]:
        return [part for argument in self.op.args[1:] for part in operands(argument) if not is_list(part)]

    def gives(self) -> list[Var]:
        return sorted(self.active, key=lambda v: v.name)

    def emit(self, back: Backward) -> None:
        cotangents, result = back.cotangents, self.op.result
        assert result is not None
        weight: Code | None
        if is_list(result) or is_array(result):
            weight = cotangents.shadow(result) if cotangents.has_shadow(result) else None
        else:
            weight = cotangents.take(result, 2)
        if weight is not None and self.active:
            self.pull(self, weight, back)
        if is_list(result) or is_array(result):
            cotangents.drop(result)


def _each(made: Made, weight: Code, back: Backward) -> None:
    """Elements in the same order, as in a copy."""
    shadow, k = back.cotangents.shadow(made.op.args[0]), back.names.fresh("place")
    with back.lines.block(f"for {k} in range(len({shadow})):"):
        back.line(f"{shadow}[{k}] += {weight}[{k}]")


def _sum(made: Made, weight: Code, back: Backward) -> None:
    shadow, k = back.cotangents.shadow(made.op.args[0]), back.names.fresh("place")
    with back.lines.block(f"for {k} in range(len({shadow})):"):
        back.line(f"{shadow}[{k}] += {weight}")


def _slice(made: Made, weight: Code, back: Backward) -> None:
    shadow, k, places = back.cotangents.shadow(made.op.args[0]), back.names.fresh("place"), back.names.fresh("places")
    back.line(f"{places} = list(range(len({shadow})))[{index_code(made.op.args[1], back)}]")
    with back.lines.block(f"for {k} in range(len({places})):"):
        back.line(f"{shadow}[{places}[{k}]] += {weight}[{k}]")


def _repeat(made: Made, weight: Code, back: Backward) -> None:
    values = next(a for a in made.op.args if is_list(a))
    shadow, k = back.cotangents.shadow(values), back.names.fresh("place")
    with back.lines.block(f"for {k} in range(len({weight})):"):
        back.line(f"{shadow}[{k} % len({shadow})] += {weight}[{k}]")


def _join(made: Made, weight: Code, back: Backward) -> None:
    first, second = made.op.args
    k = back.names.fresh("place")
    if first in made.active:
        before = back.cotangents.shadow(first)
        with back.lines.block(f"for {k} in range(len({before})):"):
            back.line(f"{before}[{k}] += {weight}[{k}]")
    if second in made.active:
        after = back.cotangents.shadow(second)
        with back.lines.block(f"for {k} in range(len({after})):"):
            back.line(f"{after}[{k}] += {weight}[len({weight}) - len({after}) + {k}]")


#: By the function, or the name of the method.
MADE_FROM: dict[Any, Callable[[Made, Code, Backward], None]] = {
    np.array: _each,
    np.asarray: _each,
    list: _each,
    "copy": _each,
    sum: _sum,
    operator.getitem: _slice,
    operator.mul: _repeat,
    operator.add: _join,
}
