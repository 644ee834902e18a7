"""The jitted function by which loops in jitted code overwrite the nonzeros of a sparse derivative."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numba import njit

from ..sparsity.codes import violated
from ..sparsity.reading import told_to_fill
from .functions import DerivativeFunction

_CHANGED = "an entry outside of the sparsity pattern may be nonzero at this point: take the structure anew"
_SIZE = "the array for the nonzeros has another size than their structure"
_SHAPES = "an argument has another shape than the one that the structure was made for"


def refilling(
    forward: DerivativeFunction | None,
    reverse: DerivativeFunction | None,
    sets: DerivativeFunction,
    args: tuple[Any, ...],
    numbers: list[int],
) -> Callable[..., Any]:
    """The function `fill(data, structure, *args)`.

    Parameters
    ----------
    forward, reverse : DerivativeFunction or None
        What fills from J S and from W^T J; without a value.
    sets : DerivativeFunction
        The function on index sets.
    args : tuple
        Arguments as they will be given.
    numbers : list of int
        Positions of whole numbers, with other values of which the pattern is checked.
    """
    names = "".join(f", a{i}" for i in range(len(args)))
    lines = [f"def fill(data, structure{names}):"]
    for k, (path, _) in enumerate(arrays(args)):
        lines.append(f"    if {path}.shape != structure.shapes[{k}]:")
        lines.append(f"        raise ValueError({_SHAPES!r})")
    changed = " or ".join(f"a{i} != structure.known[{k}]" for k, i in enumerate(numbers)) or "False"
    lines += [
        f"    changed = {changed}",
        "    if structure.checked or changed:",
        "        for k in range(structure.words.shape[0]):",
        f"            found = sets(structure.words[k]{names})",
        "            if found.shape != structure.allowed[k].shape or violated(found, structure.allowed[k]) >= 0:",
        f"                raise ValueError({_CHANGED!r})",
        "    if data.shape != structure.indices.shape:",
        f"        raise ValueError({_SIZE!r})",
    ]
    if forward is not None:
        lines.append("    reading = told_to_fill(structure.forward) if changed else structure.forward")
        lines.append(f"    forward(data, reading{names})")
    if reverse is not None:
        lines.append(f"    reverse(data, structure.reverse{names})")
    scope = {"violated": violated, "told_to_fill": told_to_fill, "forward": forward, "reverse": reverse, "sets": sets}
    exec("\n".join(lines) + "\n", scope)
    fill: Callable[..., Any] = njit(scope["fill"])
    return fill


def arrays(args: tuple[Any, ...]) -> Iterator[tuple[str, np.ndarray]]:
    """All arrays among the arguments, in tuples too, and the expressions by which `fill` reads them."""

    def inside(path: str, value: Any) -> Iterator[tuple[str, np.ndarray]]:
        if isinstance(value, np.ndarray):
            yield path, value
        elif isinstance(value, tuple):
            for k, member in enumerate(value):
                yield from inside(f"{path}[{k}]", member)

    for i, value in enumerate(args):
        yield from inside(f"a{i}", value)
