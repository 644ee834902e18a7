"""An operator with its options, checked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """An operator with its options, checked: everything about a derivative function but the function and the types.

    Parameters
    ----------
    operator : str
    argnums, out_argnums : tuple of int
    single : bool
        Whether `argnums` was one int, so that the result is not wrapped in a tuple.
    with_value : bool
        Whether the value of the function is returned too.
    """

    operator: str
    argnums: tuple[int, ...]
    single: bool
    out_argnums: tuple[int, ...]
    with_value: bool = False
