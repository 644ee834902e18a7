"""Sums of cotangents over the elements of arrays, which generated adjoints take in any order, as NumPy does its own."""

from __future__ import annotations

from .alone import stands_alone

__all__ = ["FASTMATH", "plus", "total_of"]


def plus(total, term):  # type: ignore[no-untyped-def]
    """A sum of which the terms may be added in any order: a loop then has several running sums at once."""
    return total + term


def total_of(terms):  # type: ignore[no-untyped-def]
    """The sum of numbers in an array: in any order, but always the same one, as its code is nowhere a part of other code."""
    stands_alone()
    total = 0.0
    for k in range(terms.size):
        total += terms[k]
    return total


#: What Numba may do with the arithmetic of a function here.
FASTMATH = {function: {"reassoc", "nsz"} for function in (plus, total_of)}
