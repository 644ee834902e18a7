"""Which of many programs are run each time: the others are marked `full`, and run when everything is."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest


def some(things: Sequence[Any], every: int = 1, first: int = 0, always: Iterable[Any] = ()) -> list[Any]:
    """Parameters for `pytest.mark.parametrize`, under their names.

    Parameters
    ----------
    things : sequence
        Functions, or whatever has a name; one with a true attribute `full` is run only when everything is.
    every, first : int
        Thing number `first`, and each that comes `every` later, is run each time.
    always : iterable
        Names of others that are.
    """
    chosen = [k % every == first for k in range(len(things))]
    return [
        pytest.param(
            thing,
            id=name(thing),
            marks=[] if (often or name(thing) in always) and not getattr(thing, "full", False) else [pytest.mark.full],
        )
        for thing, often in zip(things, chosen, strict=True)
    ]


def name(thing: Any) -> str:
    """What a parameter is called."""
    for attribute in ("label", "name", "__name__"):
        if hasattr(thing, attribute):
            return str(getattr(thing, attribute))
    return name(thing.function) if hasattr(thing, "function") else str(thing)
