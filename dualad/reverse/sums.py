"""Sums of cotangents over the elements of arrays, which generated adjoints take in any order, as NumPy does its own."""

from __future__ import annotations

__all__ = ["FASTMATH", "plus"]


def plus(total, term):  # type: ignore[no-untyped-def]
    """A sum of which the terms may be added in any order: a loop then has several running sums at once."""
    return total + term


#: What Numba may do with the arithmetic of a function here.
FASTMATH = {plus: {"reassoc", "nsz"}}
