"""Reference derivatives: the packages' own Python code, or a formula, on fifty digits, and a difference.

With a step of 1e-18 and fifty digits the central difference is right to more than thirty digits, and it knows
nothing of differentiation rules, of Numba's typing, or of how the library works.

Run as `python -m thirdparty.exact FOLDER [part of a row's name ...]`.
"""

from __future__ import annotations

import sys
from typing import Any

import mpmath as mp
import numpy as np

from .case import Case, Named, load_named
from .cases import CASES, SPECIAL
from .leaves import copied, displaced, flat, leaves, replace
from .real import Real, as_mpf
from .records import Writer
from .substitutes import of_reals, rebind, switch_compiler_off

STEP = mp.mpf(10) ** -18


def numbers(result: Any) -> list[mp.mpf]:
    """All numbers of a result in order; integers too, since only the compiled run knows the types."""
    return [as_mpf(item) for leaf in leaves(result) for item in np.ravel(np.asarray(leaf, dtype=object))]


def evaluate(case: Case, function: Any, args: tuple[Any, ...]) -> list[mp.mpf]:
    own = copied(args)
    returned = function(*own)
    return numbers(returned if case.formula else case.result(own, returned))


def reference(case: Case) -> dict[str, Any]:
    """Value and Jacobian of a row, one column per active number of the arguments it is differentiated by."""
    plain = load_named(case.args)
    function = case.formula or case.published()
    args = replace(plain, of_reals)
    points = np.concatenate(flat(tuple(plain[i] for i in case.wrt)))
    columns = []
    for column, point in enumerate(points):
        step = STEP * max(1, abs(point))
        ahead, behind = (
            evaluate(case, function, displaced(args, case.wrt, column, Real(sign * step))) for sign in (1, -1)
        )
        columns.append([float((a - b) / (2 * step)) for a, b in zip(ahead, behind, strict=True)])
    return {"value": [float(v) for v in evaluate(case, function, args)], "columns": columns}


def main(folder: str, *only: str) -> None:
    switch_compiler_off()
    writer = Writer(folder, "exact", seconds_per_row=300)
    for case in writer.left(CASES, list(only)):
        with writer.row(case.key) as record:
            load_named(case.args)  # its packages are imported before their names are replaced
            Named(case.path).load()
            for package in {case.package, *case.also}:
                rebind(package, SPECIAL)
            record.update(reference(case))


if __name__ == "__main__":
    main(*sys.argv[1:])
