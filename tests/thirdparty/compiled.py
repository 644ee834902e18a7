"""The functions as Numba compiles them: values, and Ridders' extrapolated differences as second opinion.

Run as `python -m thirdparty.compiled FOLDER [part of a row's name ...]`.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from .case import Case, load_named
from .cases import CASES
from .leaves import copied, displaced, flat, is_active, leaves
from .records import Writer

SHRINK = 1.6  # ratio of successive steps
LEVELS = 12


def evaluate(case: Case, function: Any, args: tuple[Any, ...]) -> np.ndarray:
    """The active numbers of the result."""
    own = copied(args)
    returned = function(*own)
    return np.concatenate([*flat(case.result(own, returned)), np.zeros(0)])


def ridders(
    case: Case, function: Any, args: tuple[Any, ...], column: int, step: float
) -> tuple[np.ndarray, np.ndarray]:
    """Central differences extrapolated to step zero, each number with its own best level, and their errors.

    C. J. F. Ridders, Advances in Engineering Software 4 (1982) 75-76, doi:10.1016/S0141-1195(82)80057-0.
    """

    def difference(h: float) -> np.ndarray:
        ahead = evaluate(case, function, displaced(args, case.wrt, column, h))
        return (ahead - evaluate(case, function, displaced(args, case.wrt, column, -h))) / (2 * h)

    previous = [difference(step)]
    best, error = previous[0], np.full_like(previous[0], np.inf)
    for _ in range(LEVELS):
        step /= SHRINK
        row = [difference(step)]
        factor = SHRINK**2
        for old in previous:
            row.append((row[-1] * factor - old) / (factor - 1))
            factor *= SHRINK**2
            estimate = np.maximum(abs(row[-1] - row[-2]), abs(row[-1] - old))
            better = estimate < error
            best, error = np.where(better, row[-1], best), np.where(better, estimate, error)
        previous = row
    return best, error


def run(case: Case) -> dict[str, Any]:
    args = load_named(case.args)
    own = copied(args)
    function = case.function()
    result = case.result(own, function(*own))
    points = np.concatenate(flat(tuple(args[i] for i in case.wrt)))
    pairs = [ridders(case, function, args, i, case.step * (abs(x) or 0.1)) for i, x in enumerate(points)]
    return {
        "value": evaluate(case, function, args).tolist(),
        "columns": [best.tolist() for best, _ in pairs],
        "errors": [error.tolist() for _, error in pairs],
        # which numbers of the result are active, and where each leaf begins: integers and flags are left out
        "sizes": [int(np.size(leaf)) for leaf in leaves(result)],
        "active": [is_active(leaf) for leaf in leaves(result)],
        "points": points.tolist(),
        "inputs": [leaf.size for leaf in flat(tuple(args[i] for i in case.wrt))],
    }


def main(folder: str, *only: str) -> None:
    writer = Writer(folder, "compiled", seconds_per_row=300)
    for case in writer.left(CASES, list(only)):
        with writer.row(case.key) as record:
            record.update(run(case))


if __name__ == "__main__":
    main(*sys.argv[1:])
