"""The cotangents that a reverse sweep starts with: given ones, or those of a row of the Jacobian.

There one output is 1, or one part of a complex output, all others are 0. The rows of a Jacobian are numbered through all outputs,
those of an array in C order. A complex output has two: by its real part and by its imaginary part.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba.core import types

from .activity import carries_floats
from .code import ATOM, Code, Names, call
from .cotangents import Cotangents
from .memory import is_array
from .partials import operand_code

__all__ = ["Units", "rows_of", "start", "start_row", "unit_row"]

#: Gives the function that makes the cotangent of an output of a type.
Units = Callable[[types.Type], Callable[..., Any]]


def start(cotangents: Cotangents, outputs: list[tuple[Any, bool]], seeds: list[str]) -> None:
    """Lines that start with the cotangents of the outputs: those given, or 1 for the only one.

    Parameters
    ----------
    cotangents : Cotangents
    outputs : list of (Operand, bool)
        Each with whether it moves with the inputs.
    seeds : list of str
        Names of what is given.
    """
    for position, (out, moves) in enumerate(outputs):
        if moves and is_array(out):
            cotangents.start(out, Code(f"{seeds[position]}.copy()"))
        elif moves:
            cotangents.add(out, Code(seeds[position]) if seeds else Code("1.0"))


def start_row(cotangents: Cotangents, outputs: list[tuple[Any, bool]], names: Names, row: str, units: Units) -> None:
    """Lines that start with the cotangents of a row, or of several from it on."""
    for out, moves in outputs:
        if not carries_floats(out.type):
            continue
        value = operand_code(out, names)
        if moves:
            unit = call(names.jitted(units(types.unliteral(out.type))), [value, row])
            if is_array(out):
                cotangents.start(out, unit)
            else:
                cotangents.add(out, unit, stays=False)
        row = f"{row} - {rows_of(out.type, f'{value.within(ATOM)}.size' if is_array(out) else '1')}"


def rows_of(output: types.Type, size: str) -> str:
    """Source expression of the number of rows of an output with so many elements."""
    number = output.dtype if isinstance(output, types.Array) else output
    return f"2 * {size}" if isinstance(number, types.Complex) else size


@cache
def unit_row(output: types.Type) -> Callable[..., Any]:
    """The function `unit(output, row)`: the cotangent of an output of this type in row `row`, counted from its first one.

    It is 0 where the row belongs to another output.
    """
    is_array = isinstance(output, types.Array)
    number = output.dtype if is_array else output
    is_complex = isinstance(number, types.Complex)
    kind = getattr(np, str(number))

    if is_array:

        def unit(output, row):  # type: ignore[no-untyped-def]
            cotangent = np.zeros(output.shape, kind)
            flat = cotangent.reshape(-1)
            if 0 <= row < flat.size:
                flat[row] = 1.0
            if is_complex and 0 <= row - flat.size < flat.size:
                flat[row - flat.size] = 1j
            return cotangent

    elif is_complex:

        def unit(output, row):  # type: ignore[no-untyped-def]
            return kind(1.0 if row == 0 else 1j if row == 1 else 0.0)

    else:

        def unit(output, row):  # type: ignore[no-untyped-def]
            return kind(1.0 if row == 0 else 0.0)

    return unit
