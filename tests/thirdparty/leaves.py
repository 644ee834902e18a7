"""Arguments and results as flat lists of numbers, so that all kinds are compared in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .real import Real


def leaves(value: Any) -> Iterator[Any]:
    """The scalars and arrays in nested tuples, NamedTuples and lists, in order; None holds nothing."""
    if value is None:
        return
    if isinstance(value, tuple | list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def is_active(leaf: Any) -> bool:
    """Whether a leaf is a float or a float array: integers, flags and functions carry no derivative."""
    if isinstance(leaf, np.ndarray):
        return leaf.dtype.kind in "fO"
    return isinstance(leaf, float | np.floating | Real)


def flat(value: Any) -> list[np.ndarray]:
    """Each active leaf as a flat array of floats."""
    return [np.ravel(leaf).astype(float) for leaf in leaves(value) if is_active(leaf)]


def replace(value: Any, change: Callable[[Any], Any]) -> Any:
    """`value` with `change` applied to each of its active leaves."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(replace(item, change) for item in value))
    if isinstance(value, tuple | list):
        return type(value)(replace(item, change) for item in value)
    return change(value) if is_active(value) else value


def copied(args: Any) -> Any:
    """`args` with fresh arrays, for functions that overwrite what they are given."""
    if isinstance(args, tuple) and not hasattr(args, "_fields"):
        return tuple(copied(arg) for arg in args)
    return args.copy() if isinstance(args, np.ndarray) else args


def displaced(args: tuple[Any, ...], wrt: tuple[int, ...], column: int, step: Any) -> tuple[Any, ...]:
    """`args` with `step` added to the `column`-th active number of the arguments `wrt`."""
    seen = 0

    def change(leaf: Any) -> Any:
        nonlocal seen
        size = leaf.size if isinstance(leaf, np.ndarray) else 1
        offset, seen = column - seen, seen + size
        if not 0 <= offset < size:
            return leaf
        if not isinstance(leaf, np.ndarray):
            return leaf + step
        moved = leaf.copy()
        moved.flat[offset] += step
        return moved

    moved = {i: replace(args[i], change) for i in wrt}
    return tuple(moved.get(i, arg) for i, arg in enumerate(args))
