"""What is put into the program so that the reverse sweep finds it: copies of arrays that are overwritten, and lengths of arrays."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import numpy as np
from numba.core import types

from ..program.tree import Const, Op, Program, Statement, Var
from .memory import Memory, is_array, written
from .places import Places
from .rewrite import fresh_name, names_of
from .statements import Reversal

__all__ = ["Additions"]


class Additions:
    """Operations added to a program.

    Attributes
    ----------
    saved : dict of (Op, Var) -> Var
        Copies of arrays as they were at an operation.
    lengths : dict of Var -> tuple of Var
        The lengths of arrays of which nothing else is needed.
    """

    def __init__(self) -> None:
        self.saved: dict[tuple[Op, Var], Var] = {}
        self.lengths: dict[Var, tuple[Var, ...]] = {}

    def make(self, program: Program, places: Places, memory: Memory, reversals: Mapping[Statement, Reversal]) -> bool:
        """Add what is lacking; whether that was anything, so that the program has to be looked at again."""
        taken = names_of(program)
        return self._save(places, memory, reversals, taken) or self._measure(places, memory, reversals, taken)

    def _save(self, places: Places, memory: Memory, reversals: Mapping[Statement, Reversal], taken: set[str]) -> bool:
        """Copies of arrays whose contents are needed and overwritten later."""
        found = False
        for op, how in reversals.items():
            assert isinstance(op, Op)
            for var in how.contents():
                if (op, var) in self.saved:
                    continue
                own = any(memory.may_alias(var, target) for target in written(op))
                if own or memory.overwritten_after(var, op):
                    copy = Var(fresh_name(f"{var.name}_saved", taken), var.type.copy(layout="C", readonly=False), True)
                    self.saved[op, var] = copy
                    statements = places.region_of[op].statements
                    place = statements.index(op) + (var is op.result)
                    statements.insert(place, Op(np.copy, (var,), copy, op.where))
                    found = True
        return found

    def _measure(
        self, places: Places, memory: Memory, reversals: Mapping[Statement, Reversal], taken: set[str]
    ) -> bool:
        """Lengths of arrays in loops of which nothing else is needed: less to record than the arrays."""
        found = False
        contents = {part for how in reversals.values() for part in how.needs()}
        for how in reversals.values():
            for var in filter(is_array, map(memory.origin, filter(is_array, how.gives()))):
                made = places.definition.get(var, [None])[0]  # type: ignore[list-item]
                if not isinstance(made, Op) or var in contents or self.shape_source(var, places):
                    continue
                if places.home[var].loop is None or var.type.layout != "C" or not var.type.ndim:
                    continue
                shape = Var(fresh_name(f"{var.name}_shape", taken), types.UniTuple(types.intp, var.type.ndim), True)
                added: list[Statement] = [Op(getattr, (var, Const("shape", types.unicode_type)), shape, made.where)]
                for axis in range(var.type.ndim):
                    length = Var(fresh_name(f"{var.name}_length", taken), types.intp, True)
                    added.append(Op(operator.getitem, (shape, Const(axis, types.intp)), length, made.where))
                    self.lengths[var] = (*self.lengths.get(var, ()), length)
                statements = places.region_of[made].statements
                place = statements.index(made) + 1
                statements[place:place] = added
                found = True
        return found

    def shape_source(self, var: Var, places: Places) -> tuple[Any, ...] | None:
        """Arguments from which an array of the same shape and type can be made; None if it takes the array itself."""
        if var in self.lengths:
            return self.lengths[var]
        definition = places.definition.get(var, [])
        if len(definition) == 1 and isinstance(definition[0], Op):
            op = definition[0]
            if op.function in (np.zeros, np.empty, np.ones, np.zeros_like, np.empty_like, np.ones_like):
                return (*op.args, *(value for _, value in op.kwargs))
        return None
