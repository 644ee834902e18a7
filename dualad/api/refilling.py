"""The jitted function by which loops in jitted code overwrite the nonzeros of a sparse derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit

from ..sparsity.codes import violated
from .functions import DerivativeFunction

_CHANGED = "an entry outside of the sparsity pattern may be nonzero at this point: take the structure anew"
_SIZE = "the array for the nonzeros has another size than their structure"


def refilling(
    forward: DerivativeFunction | None, reverse: DerivativeFunction | None, sets: DerivativeFunction, count: int
) -> Callable[..., Any]:
    """The function `fill(data, structure, *args)`.

    Parameters
    ----------
    forward, reverse : DerivativeFunction or None
        What fills from J S and from W^T J; without a value.
    sets : DerivativeFunction
        The function on index sets.
    count : int
        Number of arguments.
    """
    names = "".join(f", a{i}" for i in range(count))
    lines = [
        f"def fill(data, structure{names}):",
        "    if structure.checked:",
        "        for k in range(structure.words.shape[0]):",
        f"            found = sets(structure.words[k]{names})",
        "            if found.shape != structure.allowed[k].shape or violated(found, structure.allowed[k]) >= 0:",
        f"                raise ValueError({_CHANGED!r})",
        "    if data.shape != structure.indices.shape:",
        f"        raise ValueError({_SIZE!r})",
    ]
    if forward is not None:
        lines.append(f"    forward(data, structure.forward{names})")
    if reverse is not None:
        lines.append(f"    reverse(data, structure.reverse{names})")
    scope = {"violated": violated, "forward": forward, "reverse": reverse, "sets": sets}
    exec("\n".join(lines) + "\n", scope)
    fill: Callable[..., Any] = njit(scope["fill"])
    return fill
