"""The lines of both sweeps, put together as a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..pipeline.linked import kernel
from ..program.tree import Program, Var, operands
from .code import Names
from .lines import Lines
from .loading import load
from .shared_loops import share_loops

__all__ = ["Adjoint", "assembled"]


@dataclass(frozen=True)
class Adjoint:
    """The adjoint of a function for given argument types.

    Attributes
    ----------
    source : str
        What was generated, as readable Python.
    function : callable
        The same as a Python function, for Numba to compile: `function(*args, *seeds)` gives one flat tuple.
    on_disk : bool
        Whether a loop keeps states on disk.
    is_linear : bool
        Whether it is linear in the cotangents, as far as is known: not where the user states how they flow.
    """

    source: str
    function: Callable[..., Any]
    on_disk: bool = False
    is_linear: bool = True


def assembled(
    program: Program, names: Names, lines: Lines, seeds: list[str], shares_loops: bool
) -> tuple[str, Callable[..., Any]]:
    """Source and function of an adjoint.

    Parameters
    ----------
    program : Program
        Which takes the same arguments; tuples among them are unpacked.
    names, lines
    seeds : list of str
        Names of further arguments.
    shares_loops : bool
        Whether loops that are written twice are compiled once.
    """
    name = names.fresh(f"{program.name if program.name.isidentifier() else 'function'}_adjoint")
    header: list[str] = []
    for position, parameter in enumerate(program.parameters):
        if isinstance(parameter, Var):
            header.append(parameter.name)
        else:
            header.append(names.fresh(f"argument_{position}"))
    unpack = [
        f"    {_pattern(parameter, names)} = {word}"
        for parameter, word in zip(program.parameters, header, strict=True)
        if isinstance(parameter, tuple) and parameter
    ]
    if shares_loops:
        share_loops(
            lines, [*(var.name for var in operands(tuple(program.parameters)) if isinstance(var, Var)), *seeds], names
        )
    head = f"def {name}({', '.join([*header, *seeds])}):"
    source = [head, *unpack, *lines.lines]
    origins = [None] * (1 + len(unpack)) + lines.origins
    for function in lines.functions:
        source += ["", "", *function.lines]
        origins += [None, None, *function.origins]
    text = "\n".join(source) + "\n"
    made = load(text, name, origins, names.globals, program)
    for function in lines.functions:
        names.globals[function.name] = kernel(names.globals[function.name])
    return text, made


def _pattern(parameter: Any, names: Names) -> str:
    """Nested names that a tuple argument is unpacked into."""
    if isinstance(parameter, tuple):
        return "(" + "".join(f"{_pattern(part, names)}, " for part in parameter) + ")"
    return parameter.name if isinstance(parameter, Var) else names.fresh("unused")
