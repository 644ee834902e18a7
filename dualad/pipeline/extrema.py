"""The smaller and the larger of two whole numbers. For each `min` and `max` Numba compiles a function; these it takes in."""

from __future__ import annotations

from .linked import inlined

__all__ = ["larger", "smaller"]


@inlined
def smaller(a, b):  # type: ignore[no-untyped-def]
    """`min(a, b)`."""
    return a if a < b else b


@inlined
def larger(a, b):  # type: ignore[no-untyped-def]
    """`max(a, b)`."""
    return a if a > b else b
