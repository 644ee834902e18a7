"""Shadows that travel with their arrays.

Usually the shadow of an array is made in the reverse sweep, and goes backwards from name to name. That is not possible where
an array has two names at once, of which one is written, and which of them means which memory depends on how the program
runs. There the shadow is made together with the array in the forward sweep, and whatever is done to the name is done to the
name of the shadow: copied with it, recorded with it. So the shadow a name means is always that of the memory it means.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..program.tree import Copy, Loop, Op, Operand, Program, Statement, Var, walk
from ..rules.arrays import MAYBE_VIEWS
from .memory import Memory, is_array
from .places import Places, reads
from .rewrite import fresh_name

__all__ = ["Pairs"]


class Pairs:
    """The arrays of a program that have their shadows with them.

    Attributes
    ----------
    shadow_of : dict of Var -> Var
    """

    def __init__(self) -> None:
        self.shadow_of: dict[Var, Var] = {}
        self._roots: set[Any] = set()
        self._made: set[Var] = set()

    def ambiguous(self, memory: Memory, places: Places, active: Any, outputs: list[Operand]) -> Var | None:
        """An array that gets a second name and is written, while it is still read by another name."""
        for copy in places.position:
            if not isinstance(copy, Copy):
                continue
            for target, source in zip(copy.targets, copy.sources, strict=True):
                if (
                    not is_array(target)
                    or target in self.shadow_of
                    or not active(target)
                    or not isinstance(source, Var)
                ):
                    continue
                if any(memory.follows(at, through, copy, target) for at, through in memory.stores):
                    if self._has_other_name(target, copy, memory, places, outputs):
                        return target
        return None

    def _has_other_name(self, var: Var, copy: Copy, memory: Memory, places: Places, outputs: list[Operand]) -> bool:
        """Whether what a variable means from a copy on may be reached through variables that do not come from it."""
        if any(memory.may_alias(out, var) and memory.origin(out) is not var for out in outputs if is_array(out)):
            return True
        for statement in places.position:
            for part in reads(statement):
                if not is_array(part) or memory.origin(part) is var:
                    continue
                if memory.follows(statement, part, copy, var):
                    return True
        return False

    def widen(self, var: Var, memory: Memory) -> bool:
        """Take in all arrays that may share memory with `var`; whether that is possible and anything new."""
        roots = set(memory.roots.get(var, ()))
        size = -1
        while size != len(roots):
            size = len(roots)
            for found in memory.roots.values():
                if found & roots:
                    roots |= found
        known = all(isinstance(r, Var) or (isinstance(r, Op) and r.function not in MAYBE_VIEWS) for r in roots)
        if not known or roots <= self._roots:
            return False
        self._roots |= roots
        return True

    def insert(self, program: Program, places: Places, memory: Memory, taken: set[str]) -> None:
        """Put the shadows into the program, where their arrays are made and copied."""
        members = [var for var, roots in memory.roots.items() if roots & self._roots and memory.origin(var) is var]
        for var in members:
            if var not in self.shadow_of and is_array(var):
                self.shadow_of[var] = Var(fresh_name(f"{var.name}_bar", taken), var.type.copy(readonly=False), True)
        for var in members:
            definitions = places.definition.get(var, [])
            if var in self._made or var not in self.shadow_of:
                continue
            self._made.add(var)
            if var in places.parameters:
                program.body.insert(0, self._zeros(var, program.body[0].where))
            elif len(definitions) == 1 and isinstance(definitions[0], Op):
                statements = places.region_of[definitions[0]].statements
                statements.insert(statements.index(definitions[0]) + 1, self._zeros(var, definitions[0].where))
        for statement in places.position:
            if isinstance(statement, Copy):
                self._extend(statement, places.region_of[statement].statements, memory, taken)

    def settle(self, places: Places) -> None:
        """Let shadows live where their arrays do: what reads them is not in the program."""
        for var, shadow in self.shadow_of.items():
            if shadow in places.home and places.is_joined(shadow):
                places.home[shadow] = places.home[var]

    def _zeros(self, var: Var, where: Any) -> Op:
        return Op(np.zeros_like, (var,), self.shadow_of[var], where)

    def _extend(self, copy: Copy, statements: list[Statement], memory: Memory, taken: set[str]) -> None:
        """Copy the shadows together with the arrays."""
        targets, sources = list(copy.targets), list(copy.sources)
        for target, source in zip(copy.targets, copy.sources, strict=True):
            shadow = self.shadow_of.get(target)
            if shadow is not None and shadow not in targets and isinstance(source, Var):
                targets.append(shadow)
                sources.append(self._view(source, copy, statements, memory, taken))
        copy.targets, copy.sources = tuple(targets), tuple(sources)

    def _view(self, source: Var, copy: Copy, statements: list[Statement], memory: Memory, taken: set[str]) -> Var:
        """The shadow of a source: of a view, the same view of the shadow, made before the copy."""
        shadow = self.shadow_of[memory.origin(source)]
        for op in reversed(memory.chain(source)):
            assert op.result is not None
            made = Var(fresh_name(f"{op.result.name}_bar", taken), op.result.type.copy(readonly=False), True)
            statements.insert(
                statements.index(copy), Op(op.function, (shadow, *op.args[1:]), made, op.where, op.kwargs)
            )
            shadow = made
        return shadow

    def carry(self, program: Program) -> None:
        """Tell the loops which shadows they carry."""
        for statement in walk(program.body):
            if isinstance(statement, Loop):
                shadows = [self.shadow_of[v] for v in statement.carried if v in self.shadow_of]
                statement.carried += [s for s in shadows if s not in statement.carried]
