"""Options that say what is differentiated by and in how many directions at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ArgumentError


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
