"""What an index selects."""

from __future__ import annotations

import operator
from typing import Any

from numba import typeof
from numba.core import types

from .tree import Const, Op, Slice, Var

__all__ = ["is_own_view", "static_index"]


def is_own_view(ops: list[Op], value: Any, target: Any, index: Any) -> bool:
    """Whether a value is `target[index]` itself: `a[1:] += b` adds to the view and then stores it in its own place.

    Parameters
    ----------
    ops : list of Op
        What ran before in the same block.
    """
    if not isinstance(value, Var) or not isinstance(value.type, types.Array):
        return False
    made = next((op for op in reversed(ops) if op.result is value), None)
    if made is None or made.function is not operator.getitem or made.args[0] is not target:
        return False
    return is_basic(index) and same_index(made.args[1], index)


def is_basic(index: Any) -> bool:
    """Whether an index selects by ranges and positions, so that it gives a view."""
    if isinstance(index, tuple):
        return all(map(is_basic, index))
    return isinstance(index, Slice) or not isinstance(index.type, (types.Array, types.List, types.Boolean))


def same_index(one: Any, other: Any) -> bool:
    """Whether two indices select the same."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same_index, one, other))
    if isinstance(one, Slice) and isinstance(other, Slice):
        return same_index((one.start, one.stop, one.step), (other.start, other.stop, other.step))
    if isinstance(one, Const) and isinstance(other, Const):
        return type(one.value) is type(other.value) and one.value == other.value
    return one is other


def static_index(index: Any) -> Any:
    """A constant index as operands."""
    if isinstance(index, tuple):
        return tuple(map(static_index, index))
    if isinstance(index, slice):
        return Slice(*(static_index(part) for part in (index.start, index.stop, index.step)))
    if index is None:
        return Const(None, types.none)
    if index is Ellipsis:
        return Const(index, types.ellipsis)
    return Const(index, types.intp if isinstance(index, int) else typeof(index))
