"""The generated source as a function that says where in the user's program its errors come from.

Every line of an adjoint was made of some line of the program. The function is compiled under the program's file name and
line numbers, so that a traceback, or an error of Numba's, shows the line that the user wrote. `Adjoint.source` is what to read
to see what the generated code itself does.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from ..pipeline import generated
from ..program.locate import Location
from ..program.tree import Program, walk

__all__ = ["load"]


def load(
    source: str, name: str, origins: list[Location | None], namespace: dict[str, Any], program: Program
) -> Callable[..., Any]:
    """The function of a generated source.

    Parameters
    ----------
    source : str
        A `def` statement.
    name : str
        Of the function.
    origins : list of (Location or None)
        For each line of the source, the place that it comes from; a line without one counts to the line before it.
    namespace : dict
        Globals of the function.
    program : Program
    """
    lines = [statement.where.line for statement in walk(program.body) if statement.where.filename == program.filename]
    line, lines_of = min(lines, default=1), []
    for origin in origins:
        place = None if origin is None else origin.within(program.filename)
        line = line if place is None else place.line
        lines_of.append(max(line, 1))
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = lines_of[node.lineno - 1]  # type: ignore[attr-defined]
            node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined]
    namespace["__name__"] = generated.__name__
    exec(compile(tree, program.filename or f"<adjoint of {program.name}>", "exec"), namespace)
    return namespace[name]  # type: ignore[no-any-return]
