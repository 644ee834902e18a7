"""Cotangents of buffers that change places are not zeroed where the next step assigns them anyway.

A step that fills `new` from `u`, after which they change places, has the adjoint `t = new_bar[i]; new_bar[i] = 0; u_bar[i] += ...`.
In the step before, `new_bar` is called `u_bar`, and the first thing that is added to its zero is what is given to `u[i]`. Where
that happens once for each element that was zeroed, and before anything else is added there, the zero need not be stored nor read:
the old contents are left, stale, and `u_bar[i] = ...` replaces them. After the steps, what is stale is zeroed once.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..program.tree import Const, Copy, Loop, Op, Statement, Var, walk
from .boxes import indexed_by
from .code import index
from .exchanges import nest_around
from .gather import head_code, moved_code, starts_at_constant
from .statements import Load, Store

if TYPE_CHECKING:
    from .backward import Backward

__all__ = ["Stale", "stale_buffers"]


@dataclass(frozen=True)
class Stale:
    """A buffer whose cotangent a step leaves as it used it.

    Parameters
    ----------
    filled : Var
        The buffer that a step fills.
    store, load : Op
        What fills it, and what reads the same element of the buffer that it changes places with.
    nest : tuple of Loop
        The loops around them, outermost loop first.
    position : tuple of (Loop, int)
        For each axis the loop by which it is indexed, and what is added to its index.
    """

    filled: Var
    store: Op
    load: Op
    nest: tuple[Loop, ...]
    position: tuple[tuple[Loop, int], ...]

    def wipe(self, back: Backward) -> None:
        """Lines that zero what is stale."""
        with ExitStack() as stack:
            for loop in self.nest:
                stack.enter_context(back.lines.block(head_code(loop, *map(str, loop.bounds[:2]))))
            place = ", ".join(moved_code(loop.index, offset) for loop, offset in self.position)
            back.line(f"{index(back.cotangents.shadow(self.filled), place)} = 0.0")


def stale_buffers(step: Loop, back: Backward) -> list[Stale]:
    """The buffers of a loop whose cotangents need no zeros between its steps.

    Parameters
    ----------
    step : Loop
        Before the reverse of which the sweep stands.
    back : Backward
    """
    exchange = back.needs.exchanges.get(step)
    if exchange is None or not isinstance(step.body[-1], Copy):
        return []
    pairs = ((var, filled) for var, filled in exchange.after.items() if exchange.after[filled] is var is not filled)
    found = (_stale(read, filled, step, back) for read, filled in pairs)
    return [buffer for buffer in found if buffer is not None]


def _stale(read: Var, filled: Var, step: Loop, back: Backward) -> Stale | None:
    if filled in back.paired or read in back.paired or back.cotangents.has_shadow(filled):
        return None  # the last step adds to what is there
    concerned = _concerned(read, step, back)
    store = _only(_concerned(filled, step, back), Store, filled, back)
    load = _only([s for s in concerned if not isinstance(s, Op) or back.gathers.of(s) is None], Load, read, back)
    if store is None or load is None:
        return None
    nest = nest_around(store, step, back.places)
    if nest is None or back.places.region_of[load] is not back.places.region_of[store]:
        return None
    nest.reverse()
    position = indexed_by(store, nest, back.places)
    if position is None or position != indexed_by(load, nest, back.places):
        return None
    if not all(starts_at_constant(loop) and back.gathers.is_outside(loop.bounds[1], step) for loop in nest):
        return None
    if any(not isinstance(by, Const) or by.value != 1 for by in (loop.bounds[2] for loop in nest)):
        return None
    if any(loop.bounds[0].value + offset < 0 for loop, offset in position):  # type: ignore[union-attr]
        return None  # counted from the end, which need not be the same for both
    # elements of a stencil take what is theirs after the iterations that give to them, and so after that of the load, if that is
    # one of the accesses of the stencil
    stencils = {stencil for s in concerned if isinstance(s, Op) and (stencil := back.gathers.of(s)) is not None}
    if any(load not in stencil.offsets or list(stencil.loops) != nest for stencil in stencils):
        return None
    return Stale(filled, store, load, tuple(nest), tuple(position))


def _concerned(var: Var, step: Loop, back: Backward) -> list[Statement]:
    """What changes the cotangent of an array in a step, besides the exchange at its end."""
    inside = (s for s in walk(step.body) if isinstance(s, (Op, Copy)) and s is not step.body[-1])
    return [s for s in inside if var in back.flow.touched(s)]


def _only(statements: list[Statement], kind: type, array: Var, back: Backward) -> Op | None:
    """The only one of some statements, if it is an access of a kind to an array, by its own name and not by that of a view."""
    op = statements[0] if len(statements) == 1 else None
    if not isinstance(op, Op) or type(back.flow.reversals.get(op)) is not kind or op.args[0] is not array:
        return None
    return op
