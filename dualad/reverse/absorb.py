"""Which array operations are reversed together: elementwise ones with the operation that uses their result alone."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numba.core import types

from ..program.tree import Const, Method, Op, Operand, Var, build_list, operands
from ..rules.table import RULE_OF
from .code import COMPARISONS, IN_PLACE
from .memory import Memory, is_array
from .places import Places

__all__ = ["PLAIN", "absorbed_operations", "axis_of_sum", "is_basic", "is_elementwise", "is_sum", "maker"]

#: In-place operators on arrays, as operators on elements.
PLAIN = {
    operator.iadd: operator.add,
    operator.isub: operator.sub,
    operator.imul: operator.mul,
    operator.itruediv: operator.truediv,
    operator.ipow: operator.pow,
}
_LOGICAL = {operator.and_, operator.or_, operator.xor, operator.invert, operator.not_}


def is_elementwise(op: Any) -> bool:
    """Whether each element of the result depends on one element of each argument."""
    if not isinstance(op, Op) or not is_array(op.result) or op.kwargs:
        return False
    if not all(isinstance(a, (Var, Const)) for a in op.args):
        return False
    if not any(is_array(a) for a in op.args):
        return False
    function = op.function
    if function in (np.where, np.clip):
        return len(op.args) == 3
    try:
        known = function in RULE_OF or function in COMPARISONS or function in _LOGICAL
    except TypeError:
        return False
    return known and function not in IN_PLACE


def _takes_elementwise(op: Op) -> list[Operand]:
    """Arguments of an operation that an elementwise temporary may be merged into."""
    if is_elementwise(op):
        return list(op.args)
    if op.function in PLAIN and is_array(op.args[0]):
        return list(op.args[1:])
    if op.function is operator.setitem and is_array(op.args[0]) and is_basic(op.args[1]):
        return [op.args[2]]
    return []


def is_basic(position: Any) -> bool:
    return not any(isinstance(part.type, types.Array) for part in operands(position))


def absorbed_operations(places: Places, memory: Memory) -> dict[Op, Op]:
    """Elementwise operations whose result is a temporary of one other such operation, with that operation."""
    found: dict[Op, Op] = {}
    for var, definitions in places.definition.items():
        uses = places.uses.get(var, [])
        if not var.temporary or len(definitions) != 1 or len(uses) != 1 or not isinstance(definitions[0], Op):
            continue
        op, user = definitions[0], uses[0]
        if op.function is build_list and _makes_array(user, places):
            found[op] = user  # type: ignore[assignment]
        if not is_elementwise(op):
            continue
        if not isinstance(user, Op) or places.region_of[op] is not places.region_of[user]:
            continue
        if not any(part is var for part in _takes_elementwise(user)):
            continue
        if any(part is var for a in user.args[:1] for part in operands(a)) and not is_elementwise(user):
            continue
        between = range(places.position[op] + 1, places.position[user])
        writes = [target for store, target in memory.stores if places.position[store] in between]
        if any(memory.may_alias(target, a) for target in writes for a in op.args):
            continue
        found[op] = user
    for statement in places.position:
        if isinstance(statement, Op) and is_sum(statement):
            summed = _summed(statement, places, memory, found)
            if summed is not None:
                found[summed] = statement
    return found


def is_sum(op: Op) -> bool:
    """Whether an operation is the sum of an array, along one known axis or all."""
    is_method = isinstance(op.function, Method) and op.function.name == "sum"
    if not (op.function is np.sum or is_method) or not op.args or not is_array(op.args[0]):
        return False
    given = [*op.args[1:], *(value for _, value in op.kwargs)]
    keys = [key for key, _ in op.kwargs]
    if len(given) > 1 or keys not in ([], ["axis"]):
        return False
    return all(isinstance(axis, Const) and (axis.value is None or type(axis.value) is int) for axis in given)


def axis_of_sum(op: Op) -> int | None:
    """The axis of a sum, counted from the first one."""
    for axis in (*op.args[1:], *(value for _, value in op.kwargs)):
        if axis.value is not None:
            return int(axis.value) % int(op.args[0].type.ndim)
    return None


def _summed(op: Op, places: Places, memory: Memory, absorbed: dict[Op, Op]) -> Op | None:
    """The elementwise operation that a sum is taken of, if it can be reversed with it: it has the shape of its only array."""
    var = op.args[0]
    definitions, uses = places.definition.get(var, []), places.uses.get(var, [])
    if not var.temporary or len(definitions) != 1 or len(uses) != 1:
        return None
    made = definitions[0]
    if not isinstance(made, Op) or not is_elementwise(made) or places.region_of[made] is not places.region_of[op]:
        return None
    leaves: set[Var] = set()
    waiting = [made]
    while waiting:
        member = waiting.pop()
        for part in filter(is_array, member.args):
            definition = maker(part, places)
            if definition is not None and absorbed.get(definition) is member:
                waiting.append(definition)
            else:
                leaves.add(part)
    between = range(places.position[made] + 1, places.position[op])
    writes = [target for store, target in memory.stores if places.position[store] in between]
    if len(leaves) != 1 or any(memory.may_alias(target, leaf) for target in writes for leaf in leaves):
        return None
    return made if leaves.pop().type.ndim == var.type.ndim else None


def maker(operand: Operand, places: Places) -> Op | None:
    """The operation that a value comes from, if there is just one."""
    definitions = places.definition.get(operand, []) if isinstance(operand, Var) else []
    return definitions[0] if len(definitions) == 1 and isinstance(definitions[0], Op) else None


def _makes_array(user: Any, places: Places) -> bool:
    """Whether a literal list is part of what an array is made of."""
    while isinstance(user, Op) and user.function is build_list and user.result is not None and user.result.temporary:
        uses = places.uses.get(user.result, [])
        if len(uses) != 1:
            return False
        user = uses[0]
    return isinstance(user, Op) and user.function is np.array
