"""First contributions that make a cotangent whole: nothing has to be zero before them.

A loop `for i in range(x.size): ... x[i] ...` adds to every element of `x_bar` once. Where nothing has been added before it
and nothing else in it concerns `x_bar`, it may as well assign, to memory that need not hold zeros.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import numpy as np

from ..program.tree import Const, Copy, Loop, Op, Var, walk
from .memory import is_array
from .places import Places
from .shapes import Shapes
from .statements import Load

if TYPE_CHECKING:
    from .backward import Flow

__all__ = ["covering_load"]

#: Views that show every element of an array once.
_WHOLE = (np.transpose, np.reshape, np.ravel)


def covering_load(loop: Loop, var: Var, flow: Flow, shapes: Shapes) -> Op | None:
    """The access of an array, in a loop, that reads each of its elements just once, if it is all that concerns the array.

    Parameters
    ----------
    loop : Loop
    var : Var
        An array that lives outside the loop, itself no view.
    flow : Flow
    shapes : Shapes
    """
    load = _only(loop, var, flow)
    if load is None:
        return None
    around = _loops_around(load, loop, flow.places)
    array, position = load.args
    parts = position if isinstance(position, tuple) else (position,)
    if len(parts) != len(around) or not all(map(_shows_all, flow.memory.chain(array))):
        return None
    lengths = dict(zip(parts, shapes.of(array), strict=True))
    for passed in around:
        if not passed.bounds or passed.breaks or passed.mark or passed.index not in lengths:
            return None
        start, stop, step = passed.bounds
        if not _is(start, 0) or not _is(step, 1) or shapes.number(stop) != lengths[passed.index]:
            return None
    return load


def _only(loop: Loop, var: Var, flow: Flow) -> Op | None:
    """What reads an element of an array in a loop, if nothing else there concerns the array's cotangent."""
    found = None
    for statement in walk(loop.body):
        if isinstance(statement, (Op, Copy)) and var in flow.touched(statement):
            if found is not None or not isinstance(flow.reversals.get(statement), Load):
                return None
            found = statement
    assert found is None or isinstance(found, Op)
    return found


def _loops_around(load: Op, loop: Loop, places: Places) -> list[Loop]:
    """The loops from the access out to a loop; none if there is a condition among them."""
    found = []
    region = places.region_of[load]
    while isinstance(region.owner, Loop):
        found.append(region.owner)
        if region.owner is loop:
            return found
        region = places.region_of[region.owner]
    return []


def _shows_all(view: Op) -> bool:
    if view.function is operator.getitem or not is_array(view.result):
        return False
    return view.function in _WHOLE or (view.function is getattr and view.args[1].value == "T")


def _is(operand: object, value: int) -> bool:
    return isinstance(operand, Const) and type(operand.value) is int and operand.value == value
