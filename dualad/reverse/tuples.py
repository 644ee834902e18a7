"""Members of tuples that are picked while running: the cotangent goes to the member that was picked."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numba.core import types

from ..errors import UnsupportedError
from ..program.tree import Op, Operand, Var, operands
from .activity import carries_floats
from .code import Code
from .memory import is_container
from .partials import operand_code
from .statements import Context, Reversal, real_for

if TYPE_CHECKING:
    from .backward import Backward

__all__ = ["tuple_member"]


@dataclass(eq=False)
class Picked(Reversal):
    """`y = (a, b, c)[i]`: one of `a_bar`, `b_bar`, `c_bar` gets `y_bar`."""

    active: list[tuple[int, Var]]

    def needs(self) -> list[Operand]:
        return [self.op.args[1]]

    def gives(self) -> list[Var]:
        return [var for _, var in self.active]

    def emit(self, back: Backward) -> None:
        assert self.op.result is not None
        cotangents = back.cotangents
        weight = cotangents.take(self.op.result, len(self.active))
        if weight is None:
            return
        with cotangents.hold(weight) as held:
            # from here on each cotangent is in its own variable, so that adding to one is one line
            cotangents.settle(self.gives())
            cotangents.settle_all()
            code = held.code
        place = self._place(back)
        for position, (k, var) in enumerate(self.active):
            with back.lines.block(f"{'if' if position == 0 else 'elif'} {place} == {k}:"):
                cotangents.add(var, real_for(var, code, self.op.result), stays=False)

    def _place(self, back: Backward) -> Code:
        """The position of the member: the index, counted from the front."""
        count = len(self.op.args[0])
        index = operand_code(self.op.args[1], back.names)
        if isinstance(self.op.args[1].type, types.Integer) and not self.op.args[1].type.signed:
            return index
        name = back.names.fresh("place")
        back.line(f"{name} = {index} + {count} if {index} < 0 else {index}")
        return Code(name)


def tuple_member(op: Op, context: Context) -> Reversal | None:
    """The adjoint of an index into a tuple, if the operation is one."""
    if op.function is not operator.getitem or not isinstance(op.args[0], tuple):
        return None
    members: tuple[Any, ...] = op.args[0]
    if not all(isinstance(a.type, types.Number) for a in operands(members) if not is_container(a)) or any(
        isinstance(a, tuple) or is_container(a) for a in members
    ):
        raise UnsupportedError(
            "an index into a tuple of arrays or tuples that is known only when running",
            "which memory the result means depends on how the program runs",
            "use one array with one more axis, or branches",
            op.where.show(),
        )
    return Picked(
        op,
        [
            (k, a)
            for k, a in enumerate(members)
            if isinstance(a, Var) and carries_floats(a.type) and context.active.is_varied(a)
        ],
    )
