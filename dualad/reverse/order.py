"""Loops whose iterations may be reversed in any order, so that they run forwards, which compilers do best.

The iterations of an adjoint loop are independent if they only add to cotangents that they do not read, and touch what they do
read at a place of their own. A nest of loops runs forwards where each of its loops may: memory is then walked through as the
program does it, and inner loops become vector code, which LLVM does not find worth its questions inside a loop that counts down.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection
from typing import Any

from ..program.tree import Const, Copy, Loop, Op, Statement, Var, walk
from .memory import Memory
from .places import Places, reads
from .records import Records
from .statements import Conversion, Increment, Load, Reversal, ScalarRule, Store
from .subscripts import Subscripts

__all__ = ["Order"]

Access = Load | Increment | Store


class Order:
    """Which loops run forwards in the reverse sweep.

    Parameters
    ----------
    places, memory, subscripts, records
    active : callable
        Whether a variable carries derivatives.
    reversals : dict of statement -> Reversal
    replayed : collection of Loop
        Loops whose iterations are done again one at a time, from the last to the first.
    """

    def __init__(
        self,
        places: Places,
        memory: Memory,
        subscripts: Subscripts,
        records: Records,
        active: Callable[[Any], bool],
        reversals: dict[Statement, Reversal],
        replayed: Collection[Any],
    ) -> None:
        self.places, self.memory, self.subscripts, self.records = places, memory, subscripts, records
        self.active, self.reversals, self.replayed = active, reversals, replayed
        self._known: dict[Loop, bool] = {}

    def runs_forwards(self, loop: Loop) -> bool:
        """Whether the reverse of a loop may run from its first iteration to its last."""
        if loop not in self._known:
            self._known[loop] = self._is_independent(loop)
        return self._known[loop]

    def _is_independent(self, loop: Loop) -> bool:
        if not loop.bounds or loop.breaks or not _is_one(loop.bounds[2]) or loop in self.replayed:
            return False
        inner = list(walk(loop.body))
        found = [self.reversals[s] for s in inner if s in self.reversals]
        if not all(isinstance(how, (ScalarRule, Conversion, Load, Increment, Store)) for how in found):
            return False
        if not all(self._passes_unchanged(var, loop) for var in loop.carried if self.active(var)):
            return False
        if any(isinstance(s, Copy) and self._leaves(s, loop) for s in inner):
            return False
        if not all(self.runs_forwards(other) for other in inner if isinstance(other, Loop)):
            return False
        if not self.records.are_found_forwards(loop):
            return False
        return self._have_own_places([how for how in found if isinstance(how, Access)], loop)

    def _passes_unchanged(self, var: Var, loop: Loop) -> bool:
        """Whether a carried variable is an accumulator: the cotangent of its old value is that of its new one."""
        places = self.places
        body = places.body_of[loop, True]
        inside = [site for site in places.definition[var] if places.region_of[site].inside(body)]
        uses = [use for use in places.uses.get(var, []) if places.region_of[use].inside(body)]
        if len(inside) != 1 or len(uses) != 1 or any(places.region_of[site] is not body for site in (*inside, *uses)):
            return False
        copy, total = inside[0], uses[0]
        assert isinstance(copy, Copy)
        new = copy.sources[copy.targets.index(var)]
        if isinstance(total, Copy):
            return new is total.targets[total.sources.index(var)] and self._comes_back(new, total, copy, loop)
        if not isinstance(new, Var) or len(places.uses.get(new, [])) != 1:
            return False
        if not isinstance(total, Op) or total.result is not new:
            return False
        if total.function is operator.add:
            return sum(part is var for part in reads(total)) == 1
        return total.function is operator.sub and total.args[0] is var and total.args[1] is not var

    def _comes_back(self, var: Var, given: Copy, taken: Copy, loop: Loop) -> bool:
        """Whether an inner loop carries what one copy gives it, unchanged to the copy that takes it."""
        inner = [other for other in loop.body if isinstance(other, Loop) and var in other.carried]
        if len(inner) != 1 or not self._passes_unchanged(var, inner[0]):
            return False
        body = self.places.body_of[inner[0], True]
        sites = (*self.places.definition[var], *self.places.uses[var])
        return {site for site in sites if not self.places.region_of[site].inside(body)} == {given, taken}

    def _leaves(self, copy: Copy, loop: Loop) -> bool:
        """Whether a copy assigns an active variable that lives outside and is not carried: the last iteration counts."""
        body = self.places.body_of[loop, True]
        return any(
            self.active(target) and not self.places.home[target].inside(body) and target not in loop.carried
            for target in copy.targets
        )

    def _have_own_places(self, accesses: list[Access], loop: Loop) -> bool:
        """Whether no iteration reads a cotangent that another one changes."""
        for array in dict.fromkeys(access.op.args[0] for access in accesses):
            near = [access for access in accesses if self.memory.may_alias(access.op.args[0], array)]
            if all(isinstance(access, Load) for access in near) or all(isinstance(a, Increment) for a in near):
                continue
            if not self._is_one_place(near, loop):
                return False
        return True

    def _is_one_place(self, accesses: list[Access], loop: Loop) -> bool:
        """Whether an iteration has a part of an array to itself: all accesses name it by the loop's index."""
        array = accesses[0].op.args[0]
        if any(access.op.args[0] is not array for access in accesses):
            return False
        if self.places.home[array].inside(self.places.body_of[loop, True]):
            return False  # another array, or another view of it, in each iteration
        indices = [_parts(access.op.args[1]) for access in accesses]
        if not any(all(part is loop.index for part in parts) for parts in zip(*indices, strict=True)):
            return False
        assert loop.index is not None
        return self.subscripts.is_natural(loop.index)  # counted from both ends, two indices may name one element


def _is_one(operand: Any) -> bool:
    return isinstance(operand, Const) and operand.value == 1


def _parts(position: Any) -> tuple[Any, ...]:
    return position if isinstance(position, tuple) else (position,)
