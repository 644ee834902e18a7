"""The jitted function by which loops in jitted code overwrite the nonzeros of a sparse derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from ..sparsity.codes import violated
from ..sparsity.coloring import recover
from .functions import DerivativeFunction

_CHANGED = "an entry outside of the sparsity pattern may be nonzero at this point: take the structure anew"


def refilling(
    columns: DerivativeFunction | None, rows: DerivativeFunction | None, sets: DerivativeFunction, count: int
) -> Callable[..., Any]:
    """The function `fill(data, structure, *args)`.

    Parameters
    ----------
    columns, rows : DerivativeFunction or None
        What makes J S and W^T J; without a value.
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
        f"            if violated(sets(structure.words[k]{names}), structure.allowed[k]) >= 0:",
        f"                raise ValueError({_CHANGED!r})",
        "    coloring = structure.coloring",
        "    forward = np.empty((coloring.row_colors.size, 0), data.dtype)",
        "    reverse = np.empty((0, coloring.column_colors.size), data.dtype)",
    ]
    if columns is not None:
        lines.append(f"    forward = columns(coloring.column_colors, coloring.column_count{names})")
    if rows is not None:
        lines.append(f"    reverse = rows(coloring.row_colors, coloring.row_count{names})")
    lines.append("    recover(coloring, forward, reverse, data)")
    scope = {"np": np, "violated": violated, "recover": recover, "columns": columns, "rows": rows, "sets": sets}
    exec("\n".join(lines) + "\n", scope)
    fill: Callable[..., Any] = njit(scope["fill"])
    return fill
