"""The derivatives of the published functions as the library computes them.

Run as `python -m thirdparty.library FOLDER [part of a row's name ...]`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

import dualad as ad

from .case import Case, around, load_named
from .cases import CASES
from .leaves import copied, flat, leaves
from .records import Writer


def rows(value: Any, jacobian: Any) -> Iterator[np.ndarray]:
    """Per leaf of the result a matrix with one column per active number of the arguments."""
    if isinstance(value, tuple):
        for part, derivatives in zip(value, jacobian, strict=True):
            yield from rows(part, derivatives)
    else:
        yield np.hstack([np.reshape(block, (np.size(value), -1)) for block in leaves(jacobian)])


def run(case: Case) -> dict[str, Any]:
    args = load_named(case.args)
    function = case.function()
    if case.take:
        function = around(function, len(args), case.take)
    derivative = ad.value_and_jacobian(function, argnums=case.wrt, out_argnums=case.out or None)
    value, jacobian = derivative(*copied(args))
    columns = np.vstack(list(rows(value, jacobian))).T
    return {"value": np.concatenate(flat(value)).tolist(), "columns": columns.tolist()}


def main(folder: str, *only: str) -> None:
    writer = Writer(folder, "library", seconds_per_row=300)
    for case in writer.left(CASES, list(only)):
        case.function()  # imported before the clock of the row starts
        load_named(case.args)
        with writer.row(case.key) as record:
            record.update(run(case))


if __name__ == "__main__":
    main(*sys.argv[1:])
