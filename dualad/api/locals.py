"""Which called functions `mode="auto"` preaccumulates unasked: those that loop over a few numbers.

A step of a rollout that iterates until it converges, or takes many substeps, is small from outside. To take its partials forward
costs one sweep on numbers with as many directions as it has float arguments, and spares the records of its loops, which are most
of what their reverse takes and are not in the counted costs.
"""

from __future__ import annotations

import dis
import inspect
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numba.core import types
from numba.core.errors import NumbaError

from ..errors import DualadError
from ..plan.cost import counted, work
from ..program import build
from ..program.census import census, spread
from ..program.tree import Loop, operands, walk
from .leaves import leaves
from .preaccumulate import preaccumulated

__all__ = ["Locals"]

#: Most float arguments: as many directions as two registers hold.
MOST = 8
_KNOWN: WeakKeyDictionary[Any, dict[Any, Any]] = WeakKeyDictionary()


class Locals:
    """Makes that choice for the calls in one function; see `program.build`.

    Attributes
    ----------
    names : list of str
        What was chosen.
    """

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, dispatcher: Any, args: tuple[types.Type, ...], result: types.Type) -> Any:
        if hasattr(dispatcher, "implementation") or not hasattr(dispatcher, "py_func"):
            return None  # a derivative, or code that was generated
        kinds = tuple(map(types.unliteral, args))
        known = _KNOWN.setdefault(dispatcher, {})
        if kinds not in known:
            known[kinds] = _chosen(dispatcher, kinds, types.unliteral(result))
        found = known[kinds]
        if found is not None and found.__name__ not in self.names:
            self.names.append(found.__name__)
        return found


def _may_loop(dispatcher: Any, seen: set[Any]) -> bool:
    """Whether a loop may run in a function, at a glance: most have none, and to read their programs takes time."""
    code = dispatcher.py_func.__code__
    seen.add(code)
    for step in dis.get_instructions(code):
        jumps = step.opcode in dis.hasjrel or step.opcode in dis.hasjabs
        if step.opname == "FOR_ITER" or (jumps and step.argval <= step.offset):
            return True
    named = inspect.getclosurevars(dispatcher.py_func)
    for value in (*named.globals.values(), *named.nonlocals.values()):
        if hasattr(value, "py_func"):
            if value.py_func.__code__ not in seen and _may_loop(value, seen):
                return True
        elif callable(value) and not isinstance(value, (type, np.ufunc)):
            return True
    return any(inspect.iscode(constant) for constant in code.co_consts)


def _chosen(dispatcher: Any, kinds: tuple[types.Type, ...], result: types.Type) -> Any:
    """The preaccumulated function, if it is predicted to be cheaper and forward mode can do it."""
    numbers = [leaf for k, kind in enumerate(kinds) for leaf in leaves(f"[{k}]", kind)]
    outputs = list(leaves("", result))
    inputs = sum(leaf.type == types.float64 for leaf in numbers)
    if (
        not 0 < inputs <= MOST
        or any(leaf.is_array for leaf in (*numbers, *outputs))
        or not _may_loop(dispatcher, set())
    ):
        return None
    try:
        program = build(dispatcher, kinds)
        loops = [statement for statement in walk(program.body) if isinstance(statement, Loop)]
        if not loops or any(loop.mark for loop in loops):
            return None
        operations = census(program.body, spread(program.body, operands(tuple(program.parameters))))
        costs, evaluation = counted(operations, call=0.0), work(operations)
        if costs.reverse < costs.forward(inputs) + 2 * inputs * len(outputs) / evaluation:
            return None
        found = preaccumulated(dispatcher)
        partials = found.local(kinds, result, "").partials
        partials.primal.compile(tuple(leaf.type for leaf in numbers))
    except (DualadError, NumbaError):
        return None  # reverse mode goes into the function, and says what is wrong with it
    return found
