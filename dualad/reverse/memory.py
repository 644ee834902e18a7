"""Which arrays may share memory, who writes it, and whether what was read may be read again.

Points-to analysis: every array variable stands for a set of *roots*, the parameters and the operations that allocate. On
single-assignment variables it needs no order of statements. A root allocated in a loop stands for a new array in each
iteration; two variables that come from it without passing a joined variable mean the same one.
"""

from __future__ import annotations

import operator
from collections.abc import Collection
from copy import copy
from itertools import takewhile
from typing import Any, TypeGuard

import numpy as np
from numba.core import types

from ..program.tree import Copy, Loop, Op, Operand, Recursive, Slice, Statement, Var, operands
from ..rules.arrays import ATTRIBUTE_VIEWS, MAYBE_VIEWS, VIEWS
from .code import IN_PLACE
from .places import Places

__all__ = ["Memory", "bytes_of", "is_array", "is_list", "view_base"]

#: Functions that write into their first argument.
WRITERS = {
    operator.setitem,
    operator.delitem,
    np.fill_diagonal,
    np.copyto,
    np.put,
    np.place,
    np.putmask,
    np.random.shuffle,
    *IN_PLACE,
}
WRITING_METHODS = {"fill", "sort", "put", "itemset", "partition", "setfield", "resize"}


def is_array(operand: Any) -> TypeGuard[Var]:
    return isinstance(operand, Var) and isinstance(operand.type, types.Array)


def bytes_of(type_: Any) -> int:
    """Size of a number in an array."""
    return 1 if isinstance(type_, types.Boolean) else int(type_.bitwidth) // 8


def is_container(operand: Any) -> TypeGuard[Var]:
    """Whether a value can be changed in place."""
    return isinstance(operand, Var) and isinstance(operand.type, (types.Array, types.List, types.ListType))


def is_list(operand: Any) -> bool:
    return isinstance(operand, Var) and isinstance(operand.type, (types.List, types.ListType))


def view_base(op: Op) -> Var | None:
    """The array whose memory the result of an operation shares, if it does."""
    if not op.args or not is_array(op.result):
        return None
    if is_list(op.args[0]) and op.function is operator.getitem:
        return op.args[0]  # an element of a list of arrays
    if not is_array(op.args[0]):
        return None
    base, function = op.args[0], op.function
    if function is operator.getitem:
        parts = list(operands(op.args[1]))
        return None if any(isinstance(part.type, types.Array) for part in parts) else base
    if function is getattr:
        return base if op.args[1].value in ATTRIBUTE_VIEWS else None
    try:
        if function in IN_PLACE or function in VIEWS:
            return base
    except TypeError:
        return None
    if function in (np.ravel, np.ascontiguousarray) and base.type.layout == "C":
        return base
    if function is np.asarray and len(op.args) == 1 and not op.kwargs:
        return base
    return None


def written(statement: Statement) -> list[Var]:
    """Containers that a statement may write into."""
    if not isinstance(statement, Op):
        return []
    function = statement.function
    named = getattr(function, "name", "") if type(function).__name__ == "Method" else ""
    given = [a for argument in statement.args for a in operands(argument) if is_container(a)]
    if function in WRITERS or named in WRITING_METHODS:
        return given[:1]
    outs = [value for key, value in statement.kwargs if key == "out" and is_container(value)]
    if isinstance(function, np.ufunc) and len(statement.args) > function.nin:
        outs += [a for a in statement.args[function.nin :] if is_container(a)]
    if function is np.dot and len(statement.args) > 2:
        outs += [a for a in statement.args[2:] if is_container(a)]
    if outs or _only_reads(function) or named:
        if named in ("append", "pop", "extend", "insert", "clear", "reverse", "remove"):
            return given[:1]
        return outs
    return given


def _only_reads(function: Any) -> bool:
    module = getattr(function, "__module__", None) or ""
    return (
        isinstance(function, (np.ufunc, Recursive))  # recursive functions that write are refused
        or getattr(function, "__dualad_reads__", False)  # it promises to write nothing, and to return new arrays
        or function in (getattr, len, print, sum, abs, min, max, round, list, tuple, enumerate, zip, range)
        or module.split(".")[0] in ("numpy", "math", "cmath", "_operator", "builtins", "operator")
    )


class Memory:
    """Aliases and writes of a program.

    Attributes
    ----------
    roots : dict of Var -> frozenset of roots
        A root is a parameter (Var) or the `Op` that allocates.
    stores : list of (statement, Var)
        Writes, with the variable through which they go.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self.roots: dict[Var, frozenset[Any]] = {}
        self.stores: list[tuple[Statement, Var]] = []
        #: sets of joined variables of which no two ever mean the same memory at once
        self.distinct: list[frozenset[Var]] = []
        statements = sorted(places.position, key=places.position.__getitem__)
        self._find_roots(statements)
        for statement in statements:
            self.stores += [(statement, var) for var in written(statement)]
        for loop in statements:
            if isinstance(loop, Loop):
                self._find_distinct(loop)

    def _find_roots(self, statements: list[Statement]) -> None:
        for var in self.places.parameters:
            if is_container(var):
                self.roots[var] = frozenset([var])
        changed = True
        while changed:
            changed = False
            for statement in statements:
                for var, found in self._assigned(statement):
                    known = self.roots.get(var, frozenset())
                    if not found <= known:
                        self.roots[var] = known | found
                        changed = True

    def _assigned(self, statement: Statement) -> list[tuple[Var, frozenset[Any]]]:
        if isinstance(statement, Copy):
            pairs = zip(statement.targets, statement.sources, strict=True)
            return [(t, self.roots.get(s, frozenset([s]))) for t, s in pairs if is_container(t)]  # type: ignore[arg-type]
        if isinstance(statement, Op) and is_container(statement.result):
            base = view_base(statement)
            if base is not None:
                return [(statement.result, self.roots.get(base, frozenset()))]  # type: ignore[list-item]
            holders = any(is_container(a) and not is_array(a) for part in statement.args for a in operands(part))
            if not is_array(statement.result) or holders or not _allocates(statement):
                inside = [
                    self.roots.get(a, frozenset()) for part in statement.args for a in operands(part) if is_container(a)
                ]
                return [(statement.result, frozenset([statement]).union(*inside))]  # type: ignore[list-item]
            if statement.function in MAYBE_VIEWS:
                return [(statement.result, frozenset([statement]) | self.roots.get(statement.args[0], frozenset()))]
            return [(statement.result, frozenset([statement]))]  # type: ignore[list-item]
        if isinstance(statement, Op) and len(statement.args) > 1 and is_container(statement.args[0]):
            target = statement.args[0]
            if not is_array(target) and statement.function is not operator.getitem:  # a list takes something in
                inside = [
                    self.roots.get(a, frozenset()) for part in statement.args for a in operands(part) if is_container(a)
                ]
                return [(target, frozenset().union(*inside))]
        return []

    def _find_distinct(self, loop: Loop) -> None:
        """Arrays that a loop only exchanges for one another and for new ones stay distinct if they begin so."""
        group = [var for var in loop.carried if is_array(var)]
        copies = {site for var in group for site in self.places.definition[var] if isinstance(site, Copy)}
        body = self.places.body_of[loop, True]
        first: dict[Var, Operand] = {}
        made: set[Var] = set()  # new arrays that are not used any more once they are in the group
        for site in copies:
            moved = {t: s for t, s in zip(site.targets, site.sources, strict=True) if t in group}
            if not self.places.region_of[site].inside(body):
                first.update(moved)
                continue
            after = [moved.get(var, var) for var in group]
            if len({id(source) for source in after}) != len(after):
                return
            for source in moved.values():
                is_new = isinstance(source, Var) and self._is_new_in(source, loop) and self.origin(source) is source
                if source not in group and not is_new:
                    return
                if is_new and self._ends_in(source, site):  # type: ignore[arg-type]
                    made.add(source)  # type: ignore[arg-type]
        starts = [source for source in first.values() if isinstance(source, Var)]
        if len(starts) == len(group) and len(group) + len(made) > 1:
            pairs = [(a, b) for i, a in enumerate(starts) for b in starts[i + 1 :]]
            if not any(self.may_alias(a, b) for a, b in pairs):
                self.distinct.append(frozenset({*group, *made}))

    def _ends_in(self, var: Var, copy: Copy) -> bool:
        """Whether a copy, in the region where an array is made or a branch of it, is the last that is done with the array."""
        places = self.places
        loops = [next(places.region_of[s].loops(), None) for s in (places.definition[var][0], copy)]
        uses = (use for v in self.roots if self.origin(v) is var for use in places.uses.get(v, ()))
        return loops[0] is loops[1] and all(places.position[use] <= places.position[copy] for use in uses)

    def in_step(self, names: Collection[Var]) -> Memory:
        """The same during a single step of a loop, in which each of some names means memory of its own."""
        step = copy(self)
        step.distinct = []
        step.roots = {
            var: frozenset([origin]) if (origin := self.origin(var)) in names else roots
            for var, roots in self.roots.items()
        }
        return step

    def chain(self, var: Var) -> list[Op]:
        """The views between a variable and where its memory came from, the variable's own operation first."""
        found: list[Op] = []
        while True:
            definition = self.places.definition.get(var, [])
            if len(definition) != 1 or not isinstance(definition[0], Op):
                return found
            base = view_base(definition[0])
            if base is None:
                return found
            found.append(definition[0])
            var = base

    def origin(self, var: Var) -> Var:
        """The variable that `var` is a view of, or itself: a parameter, a fresh array, or a joined variable."""
        chain = self.chain(var)
        return chain[-1].args[0] if chain else var

    def may_alias(self, first: Operand, second: Operand) -> bool:
        """Whether two containers may share memory while both can be read."""
        if not isinstance(first, Var) or not isinstance(second, Var):
            return False
        if not self.roots.get(first, frozenset()) & self.roots.get(second, frozenset()):
            return False
        one, other = self.origin(first), self.origin(second)
        return one is other or not any(one in group and other in group for group in self.distinct)

    def is_written(self, var: Operand | None) -> bool:
        """Whether any statement may write into memory that a container means."""
        roots = self.roots.get(var, frozenset())  # type: ignore[arg-type]
        return any(roots & self.roots.get(through, frozenset()) for _, through in self.stores)

    def overwritten_after(self, var: Var, at: Statement) -> bool:
        """Whether memory that `var` means at a statement may be written after it, before the program ends.

        Two arrays that change places never mean the same memory at once, but one after the other they do.
        """
        roots = self.roots.get(var, frozenset())
        return any(
            roots & self.roots.get(target, frozenset()) and self._comes_after(store, target, at)
            for store, target in self.stores
        )

    def overwritten_in(self, step: Loop, inside: Memory, var: Var, at: Statement) -> bool:
        """Whether memory that `var` means at a statement may be written after it in the same step of a loop, or after the loop.

        `inside` is the memory during a step.
        """
        body, position = self.places.body_of[step, True], self.places.position
        for store, target in self.stores:
            if self.places.region_of[store].inside(body):
                if inside.may_alias(var, target) and self._comes_after(store, target, at, step):
                    return True
            elif position[store] > position[step] and self.roots[var] & self.roots.get(target, frozenset()):
                return True
        return False

    def follows(self, later: Statement, through: Var, at: Statement, var: Var) -> bool:
        """Whether a statement may access, through one variable, memory that another one means at a statement before it."""
        if later is at or not self.may_alias(var, through):
            return False
        return self._comes_after(later, through, at)

    def _comes_after(self, later: Statement, through: Var, at: Statement, step: Loop | None = None) -> bool:
        """Whether a statement may run after another one, not always with new memory; with `step`, in one step of that loop."""
        position = self.places.position
        if position[later] > position[at]:
            return True
        loops = takewhile(lambda loop: loop is not step, self.places.common_loops(later, at))
        return any(not self._is_new_in(through, loop) for loop in loops)

    def _is_new_in(self, var: Var, loop: Loop) -> bool:
        """Whether a variable means new memory in each iteration of a loop."""
        origin = self.origin(var)
        return not self.places.is_joined(origin) and self._allocated_in(origin, loop)

    def _allocated_in(self, var: Var, loop: Loop) -> bool:
        definition = self.places.definition.get(var, [])
        if not definition or var in self.places.parameters:
            return False
        return any(inner is loop for inner in self.places.region_of[definition[0]].loops())


def _allocates(op: Op) -> bool:
    """Whether the result is surely new memory."""
    return _only_reads(op.function) or type(op.function).__name__ == "Method"


def index_operands(position: Any) -> list[Operand]:
    """Operands of an index."""
    return [part for part in operands(position) if isinstance(part, Var)]


def is_full_slice(part: Any) -> bool:
    return isinstance(part, Slice) and all(getattr(p, "value", 0) is None for p in (part.start, part.stop, part.step))
