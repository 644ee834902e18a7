"""Loops over steps whose states are kept, though nobody marked them.

A step that fills one buffer from another and lets them change places is often reversed from the state before it alone
(`single_steps.py`): its arrays are stored once, in place of records of what its loops compute, which take more memory and hinder
vector code. So such a loop is treated as if it were marked and memory had no end: all states are stored, no step runs twice, and
nobody watches.

Where that is not possible the loop is recorded as any other one. Nothing is refused for it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from ..program.tree import Copy, If, Loop, Program, Statement, Var, walk
from .exchanges import Exchange, exchanges_of
from .marks import IMPLIED
from .memory import Memory, is_array
from .places import Places
from .shapes import Shapes

__all__ = ["NotSingle", "with_implied_marks"]


class NotSingle(Exception):
    """Loops that were marked are not reversed from their states alone.

    Parameters
    ----------
    indices : set of Var
        Their indices.
    """

    def __init__(self, indices: set[Var]) -> None:
        super().__init__()
        self.indices = indices


def with_implied_marks(program: Program, left_out: Collection[Var]) -> Program | None:
    """A copy of a program with such loops marked; None if it has none, or marks of its own.

    Parameters
    ----------
    program : Program
    left_out : collection of Var
        Indices of loops that are known not to qualify.
    """
    loops = [statement for statement in program.body if isinstance(statement, Loop) and _may_exchange(statement)]
    if not loops or any(isinstance(s, Loop) and s.mark for s in walk(program.body)):
        return None
    places = Places(program)
    shapes = Shapes(places)
    exchanges = exchanges_of(loops, places, Memory(places))
    found = {
        loop
        for loop, exchange in exchanges.items()
        if loop.index not in left_out and _keep_shapes(exchange, loop, places, shapes)
    }
    return replace(program, body=_marked(program.body, found)) if found else None


def _may_exchange(loop: Loop) -> bool:
    """Whether a loop might qualify, at a glance."""
    inside = list(walk(loop.body))
    copies = [statement for statement in inside if isinstance(statement, Copy)]
    return (
        bool(loop.bounds)
        and not loop.breaks
        and any(isinstance(statement, Loop) for statement in inside)
        and any(sum(map(is_array, copy.targets)) > 1 for copy in copies)
    )


def _keep_shapes(exchange: Exchange, loop: Loop, places: Places, shapes: Shapes) -> bool:
    """Whether arrays that change places are of one shape."""
    body = places.body_of[loop, True]

    def lengths(var: Var) -> set[Any]:
        given = [site for site in places.definition[var] if not places.region_of[site].inside(body)]
        return {shapes.of(site.sources[site.targets.index(var)]) for site in given if isinstance(site, Copy)}  # type: ignore[arg-type]

    return all(len(lengths(var) | lengths(next_)) == 1 for var, next_ in exchange.after.items())


def _marked(statements: Sequence[Statement], found: set[Loop]) -> list[Statement]:
    """Copies of statements, with marks on these loops."""
    copies: list[Statement] = []
    for statement in statements:
        match statement:
            case Loop(body=body, carried=carried):
                mark = IMPLIED if statement in found else statement.mark
                copies.append(replace(statement, body=_marked(body, found), carried=list(carried), mark=mark))
            case If(then=then, orelse=orelse):
                copies.append(replace(statement, then=_marked(then, found), orelse=_marked(orelse, found)))
            case _:
                copies.append(replace(statement))
    return copies
