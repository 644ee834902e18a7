"""How many directions a sweep carries at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ArgumentError

#: Widths measured best for scalar functions of arrays: 8 doubles fill two AVX2 registers; longer inputs gain from
#: spreading the primal's cost over 16.
FEW, MANY, LONG = 8, 16, 32
#: Widths of the two levels of a Hessian sweep.
SQUARE = (4, 8)


def power_of_two(count: int) -> int:
    """Smallest power of two that is at least `count`: other vector lengths are legalised badly by LLVM."""
    return 1 << max(count - 1, 0).bit_length()


#: Chunk widths for fewer than `LONG` inputs.
_WIDTHS = tuple(min(power_of_two(count), FEW) for count in range(LONG))


def width_for(count: int) -> int:
    """Chunk width for `count` inputs."""
    return MANY if count >= LONG else _WIDTHS[count]


def default_width(count: int | None) -> int:
    """Chunk width where only types are known; `count` is None with arrays among the active arguments."""
    return FEW if count is None else width_for(count)


def default_widths(count: int | None) -> tuple[int, int]:
    """Widths (M, N) of the two levels of a Hessian sweep: M x N second derivatives at once."""
    if count is None:
        return SQUARE
    width = min(power_of_two(count), SQUARE[1])
    return min(width, SQUARE[0]), width


def count_of_call(args: tuple[Any, ...], argnums: tuple[int, ...]) -> int | None:
    """Number of active elements among Python values; None where the types tell it, because no array is active."""
    active = [args[i] for i in argnums if i < len(args)]
    return sum(map(_count, active)) if any(map(_has_array, active)) else None


def _count(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.size
    return sum(map(_count, value)) if isinstance(value, tuple) else 1


def _has_array(value: Any) -> bool:
    return any(map(_has_array, value)) if isinstance(value, tuple) else isinstance(value, np.ndarray)


def checked_width(chunk: Any, operator: str) -> int | None:
    """`chunk` as given by a user.

    Raises
    ------
    ArgumentError
        Unless it is None or a power of two up to 64.
    """
    if chunk is None:
        return None
    if (
        not isinstance(chunk, (int, np.integer))
        or isinstance(chunk, bool)
        or not 1 <= chunk <= 64
        or chunk & (chunk - 1)
    ):
        raise ArgumentError(
            f"{operator}: `chunk` is {chunk!r}; expected a power of two from 1 to 64, or None to choose"
        )
    return int(chunk)


def checked_argnums(argnums: Any, name: str, operator: str) -> tuple[int, ...]:
    """`argnums` or `out_argnums` as a tuple of distinct, non-negative positions.

    Raises
    ------
    ArgumentError
    """
    given = argnums if isinstance(argnums, (tuple, list)) else (argnums,)
    for i in given:
        if not isinstance(i, (int, np.integer)) or isinstance(i, bool) or i < 0:
            raise ArgumentError(
                f"{operator}: `{name}` is {argnums!r}; expected the position of an argument (0, 1, ...) or a tuple of them"
            )
    if len(set(given)) != len(given) or not given:
        raise ArgumentError(f"{operator}: `{name}` is {argnums!r}; expected at least one position, each only once")
    return tuple(int(i) for i in given)
