"""Numbers that a nest of loops adds to are summed column by column.

In `a_bar += ...` each iteration waits for the one before. A compiler that may add the terms in any order (`sums.plus`) makes vector
code of it, in an order that depends on what stands around the loop; but a gradient is to have the same bits with every schedule of
checkpoints, each of which is compiled by itself. So with checkpoints sums keep their order, and where a nest is rectangular, an
iteration of its innermost loop adds to an element of its own, `a_bar_sums[j] += ...`, and behind the nest the elements are summed:
vector code too, in an order that is always the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from numba.core import types

from ..program.tree import Loop, Op, Var, walk
from ..workspace.record import empty_record
from .code import Code
from .gather import farthest, moved_code, starts_at_constant
from .memory import is_container
from .records import dtype
from .sums import total_of

if TYPE_CHECKING:
    from .backward import Backward

__all__ = ["ColumnSums"]


class ColumnSums:
    """The nests of a program that add to numbers, and the lines around their adjoints."""

    def __init__(self, back: Backward) -> None:
        self.back, self.places = back, back.places
        #: numbers by the innermost and by the outermost loop of their nest, and by the loop before which its length is known
        self._numbers: dict[Loop, list[Var]] = {}
        self._inner: dict[Loop, Loop] = {}
        self._made: dict[Loop, list[Loop]] = {}
        self._names: dict[Loop, dict[Var, str]] = {}
        for statement in self.places.position if back.cotangents.keeps_order else ():
            if isinstance(statement, Loop) and self._is_outermost(statement):
                self._find(statement)

    def _is_outermost(self, loop: Loop) -> bool:
        """Whether a loop runs forwards, and is not the only one in another that does."""
        around = self.places.region_of[loop].owner
        inside = isinstance(around, Loop) and self.back.order.runs_forwards(around) and len(_loops(around)) == 1
        return self.back.order.runs_forwards(loop) and not inside

    def _find(self, outer: Loop) -> None:
        inner, depth, carried = outer, 1, set(outer.carried)
        while len(_loops(inner)) == 1:
            (inner,) = _loops(inner)
            depth += 1
            carried.update(inner.carried)
        whole = sum(isinstance(statement, Loop) for statement in walk(outer.body)) == depth - 1
        if (
            (depth == 1 and not self.back.gathers.stands_in_step(outer))
            or not whole
            or not starts_at_constant(inner)
            or not self.back.gathers.is_outside(inner.bounds[1], outer)
        ):
            return
        given = set(self._given(inner))
        # the cotangent of what a loop hands on is that of what it was given, in every iteration
        numbers = [var for var in self.back.flow.crossing(outer) if var in given and var not in carried]
        if numbers:
            self._numbers[inner], self._inner[outer] = numbers, inner
            self._made.setdefault(self.back.gathers.outermost(outer, [inner]), []).append(inner)

    def _given(self, inner: Loop) -> Iterator[Var]:
        """Numbers whose cotangents an innermost loop adds to."""
        reversals = self.back.flow.reversals
        for statement in walk(inner.body):
            if isinstance(statement, Op) and statement in reversals:
                for var in reversals[statement].gives():
                    if not is_container(var) and isinstance(var.type, types.Float):
                        yield var

    def before(self, loop: Loop) -> None:
        """Before the reverse of a loop: the elements, and zeros in them."""
        lines, names = self.back.lines, self.back.names
        for inner in self._made.get(loop, []):
            self._names[inner] = {
                var: names.fresh(f"{self.back.cotangents.name(var)}_sums") for var in self._numbers[inner]
            }
            for var, name in self._names[inner].items():
                kind = "" if var.type == types.float64 else f", np.{dtype(var.type)}"
                lines.add(f"{name} = {names.of(empty_record)}({farthest(inner, 0)}{kind})")
        for name in self.arrays(loop):
            lines.add(f"{name}[:] = 0.0")

    def columns(self, loop: Loop) -> dict[Var, str]:
        """What an innermost loop adds to in place of numbers."""
        return {var: f"{name}[{_column(loop)}]" for var, name in self._names.get(loop, {}).items()}

    def arrays(self, loop: Loop) -> list[str]:
        """The elements that a nest adds to."""
        return list(self._names[self._inner[loop]].values()) if loop in self._inner else []

    def after(self, loop: Loop) -> None:
        """After a nest: the sums of the elements."""
        inner = self._inner.get(loop)
        if inner is not None:
            for var, name in self._names[inner].items():
                self.back.cotangents.add(var, Code(f"{self.back.names.jitted(total_of)}({name})"))


def _column(loop: Loop) -> str:
    """The first one is number 0, at the beginning of a cache line: vectors that are stored across two are slow to load again."""
    assert loop.index is not None
    return moved_code(loop.index, -loop.bounds[0].value)  # type: ignore[union-attr]


def _loops(loop: Loop) -> list[Loop]:
    """The loops that stand directly in another one."""
    return [statement for statement in loop.body if isinstance(statement, Loop)]
