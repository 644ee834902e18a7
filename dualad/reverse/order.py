"""Loops whose iterations may be reversed in any order, so that they run forwards, which compilers do best.

The iterations of an adjoint loop are independent if they only add to cotangents that they do not read, and touch what they do
read at a place of their own.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from ..program.tree import Const, Copy, Loop, Op, Statement, Var, walk
from .memory import Memory
from .places import Places, reads
from .statements import Conversion, Increment, Load, Reversal, ScalarRule, Store
from .subscripts import Subscripts

__all__ = ["runs_forwards"]


def runs_forwards(
    loop: Loop,
    places: Places,
    memory: Memory,
    active: Callable[[Any], bool],
    reversals: dict[Statement, Reversal],
    subscripts: Subscripts,
) -> bool:
    """Whether the reverse of a loop may run from its first iteration to its last."""
    if not loop.bounds or loop.breaks or not _is_one(loop.bounds[2]):
        return False
    inner = list(walk(loop.body))
    if any(isinstance(statement, Loop) for statement in inner):
        return False
    found = [reversals[s] for s in inner if s in reversals]
    if not all(isinstance(how, (ScalarRule, Conversion, Load, Increment, Store)) for how in found):
        return False
    if not all(_passes_unchanged(var, loop, places) for var in loop.carried if active(var)):
        return False
    if any(isinstance(s, Copy) and _leaves(s, loop, places, active) for s in inner):
        return False
    accesses = [how for how in found if isinstance(how, (Load, Increment, Store))]
    return _is_independent(accesses, loop, places, memory, subscripts)


def _is_one(operand: Any) -> bool:
    return isinstance(operand, Const) and operand.value == 1


def _passes_unchanged(var: Var, loop: Loop, places: Places) -> bool:
    """Whether a carried variable is an accumulator: the cotangent of its old value is that of its new one."""
    body = places.body_of[loop, True]
    inside = [site for site in places.definition[var] if places.region_of[site].inside(body)]
    uses = [use for use in places.uses.get(var, []) if places.region_of[use].inside(body)]
    if len(inside) != 1 or len(uses) != 1 or places.region_of[inside[0]] is not body:
        return False
    copy, total = inside[0], uses[0]
    assert isinstance(copy, Copy)
    new = copy.sources[copy.targets.index(var)]
    if not isinstance(total, Op) or total.result is not new or places.region_of[total] is not body:
        return False
    if len(places.uses.get(new, [])) != 1:  # type: ignore[call-overload]
        return False
    if total.function is operator.add:
        return sum(part is var for part in reads(total)) == 1
    return total.function is operator.sub and total.args[0] is var and total.args[1] is not var


def _leaves(copy: Copy, loop: Loop, places: Places, active: Callable[[Any], bool]) -> bool:
    """Whether a copy assigns an active variable that lives outside and is not carried: the last iteration counts."""
    body = places.body_of[loop, True]
    return any(
        active(target) and not places.home[target].inside(body) and target not in loop.carried
        for target in copy.targets
    )


def _is_independent(
    accesses: list[Load | Increment | Store], loop: Loop, places: Places, memory: Memory, subscripts: Subscripts
) -> bool:
    """Whether no iteration reads a cotangent that another one changes."""
    groups: list[list[Load | Increment | Store]] = []
    for access in accesses:
        for group in groups:
            if memory.may_alias(access.op.args[0], group[0].op.args[0]):
                group.append(access)
                break
        else:
            groups.append([access])
    for group in groups:
        if all(isinstance(access, Load) for access in group) or all(isinstance(access, Increment) for access in group):
            continue
        first = group[0].op
        if not all(access.op.args[0] is first.args[0] and _same(access.op.args[1], first.args[1]) for access in group):
            return False
        if not _is_own_place(first.args[1], loop, places):
            return False
        assert loop.index is not None
        if not subscripts.is_natural(loop.index):
            return False  # counted from both ends, two indices may name one element
    return True


def _same(one: Any, other: Any) -> bool:
    parts = (one if isinstance(one, tuple) else (one,), other if isinstance(other, tuple) else (other,))
    if len(parts[0]) != len(parts[1]):
        return False
    return all(
        a is b or (isinstance(a, Const) and isinstance(b, Const) and a.value == b.value)
        for a, b in zip(*parts, strict=True)
    )


def _is_own_place(position: Any, loop: Loop, places: Places) -> bool:
    """Whether an index is another one in each iteration: the loop's own, and nothing else that changes."""
    body = places.body_of[loop, True]
    parts = position if isinstance(position, tuple) else (position,)
    if not any(part is loop.index for part in parts):
        return False
    return all(
        part is loop.index or isinstance(part, Const) or (isinstance(part, Var) and not places.home[part].inside(body))
        for part in parts
    )
