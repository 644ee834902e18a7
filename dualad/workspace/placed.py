"""Arrays whose rows begin in a cache line with a given element: `empty_at_1(shape)`, `zeros_at_1(shape)`, `copy_at_1(array)`, ...

A loop `for j in range(1, n - 1)` loads and stores vectors from element 1 of a row on. Each that lies across two cache lines takes
twice the time, and all do unless element 1 begins one. (Rows of other lengths than whole lines begin anywhere, all but the first.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba.extending import overload

from .record import LINE, register

__all__ = ["LEADS", "placed"]

LEADS = LINE // 8
_MADE: dict[tuple[Any, int], Callable[..., Any]] = {}


def placed(function: Callable[..., Any], lead: int) -> Callable[..., Any] | None:
    """What stands for a function of NumPy that makes an array, and places it so that element `lead` of the last axis begins a line.

    Parameters
    ----------
    function : callable
        `np.empty`, `np.zeros`, `np.empty_like`, `np.zeros_like` or `np.copy`; of another one there is none.
    lead : int
        Less than `LEADS`.
    """
    return _MADE.get((function, lead))


def _make(lead: int) -> None:
    def empty(shape: Any, dtype: Any = np.float64) -> Any:
        return np.empty(shape, dtype)

    def zeros(shape: Any, dtype: Any = np.float64) -> Any:
        return np.zeros(shape, dtype)

    def empty_like(array: Any) -> Any:
        return np.empty_like(array)

    def zeros_like(array: Any) -> Any:
        return np.zeros_like(array)

    def copy(array: Any) -> Any:
        return array.copy()

    for function in (empty, zeros, empty_like, zeros_like, copy):
        original = getattr(np, function.__name__)
        function.__dualad_stands_for__ = original  # type: ignore[union-attr,attr-defined]  # what passes over programs take it for
        function.__name__ = function.__qualname__ = f"{function.__name__}_at_{lead}"
        function.__doc__ = f"`np.{original.__name__}`, of which element {lead} of the last axis begins a cache line."
        globals()[function.__name__] = _MADE[original, lead] = function
    register(empty, lead)

    @overload(zeros)
    def _zeros(shape, dtype=np.float64):  # type: ignore[no-untyped-def]
        def made(shape, dtype=np.float64):  # type: ignore[no-untyped-def]
            array = empty(shape, dtype)
            array[...] = 0
            return array

        return made

    @overload(empty_like)
    def _empty_like(array):  # type: ignore[no-untyped-def]
        return lambda array: empty(array.shape, array.dtype)

    @overload(zeros_like)
    def _zeros_like(array):  # type: ignore[no-untyped-def]
        def made(array):  # type: ignore[no-untyped-def]
            new = empty(array.shape, array.dtype)
            new[...] = 0
            return new

        return made

    @overload(copy)
    def _copy(array):  # type: ignore[no-untyped-def]
        def made(array):  # type: ignore[no-untyped-def]
            new = empty(array.shape, array.dtype)
            there, here = new.flat, array.flat
            for k in range(array.size):  # Numba compiles an assignment of whole arrays in seconds
                there[k] = here[k]
            return new

        return made


for _lead in range(LEADS):
    _make(_lead)
