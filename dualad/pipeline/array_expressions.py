"""Array expressions two of whose variables come to have one name.

Numba compiles an expression like `x_1 + 2.0 * x` as a function of its variables, whose names it makes legal first. Where `x` is
assigned again, Numba calls it `x.1` from there on, which becomes `x_1`: it then gives up with an AssertionError. Generated code
is full of such names, and so may be a program.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba.np.ufunc import array_exprs

__all__ = ["tell_names_apart"]

_legalized = array_exprs._legalize_parameter_names


def tell_names_apart() -> None:
    """Patch Numba; without effect on expressions that it compiles as it is."""
    array_exprs._legalize_parameter_names = _told_apart


@contextmanager
def _told_apart(variables: list[Any]) -> Iterator[list[str]]:
    names = [var.name for var in variables]
    taken: set[str] = set()
    for k, var in enumerate(variables):
        legal = var.name.replace("$", "_").replace(".", "_")
        if legal in taken:
            var.name = f"{legal}$same{k}"
        taken.add(legal)
    try:
        with _legalized(variables) as parameters:
            yield parameters
    finally:
        for var, name in zip(variables, names, strict=True):
            var.name = name
