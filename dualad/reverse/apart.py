"""Nests of loops as functions of their own, which tell of arrays that share memory with no other.

Vector code asks first whether arrays overlap, each with each. With a dozen of them that takes longer than a short loop, which then
never becomes vector code. Arrays that the adjoint itself has made overlap with nothing; LLVM hears of that for arguments of a
function (`noalias`, the `restrict` of C).
"""

from __future__ import annotations

import ast
import builtins
import textwrap
from collections.abc import Collection, Sequence
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

from ..program.tree import If, Loop, Op, Program, walk
from .code import Names
from .lines import Function, Lines
from .usage import read_first, stored

__all__ = ["forget_restrictions", "restrict", "take_apart"]


def restrict(names: str) -> None:
    """Do nothing; compiled code may rely on it that these arguments of the function, which are arrays, overlap with no other."""


@infer_global(restrict)
class _Restrict(AbstractTemplate):
    def generic(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        return signature(types.none, *args) if len(args) == 1 and isinstance(args[0], types.StringLiteral) else None


@lower_builtin(restrict, types.StringLiteral)
def _restrict(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    wanted = sig.args[0].literal_value.split()
    for argument in builder.function.args:
        # the parts of an array are arguments of their own, named so by Numba: `arg.x.4` is where its elements are
        if argument.name in {f"arg.{name}.4" for name in wanted} and isinstance(argument.type, ir.PointerType):
            argument.add_attribute("noalias")
    return context.get_dummy_value()


def forget_restrictions(program: Program) -> None:
    """Leave out what a function that is now part of another one told of its arguments."""
    bodies = [program.body]
    for statement in walk(program.body):
        if isinstance(statement, Loop):
            bodies.append(statement.body)
        elif isinstance(statement, If):
            bodies += statement.then, statement.orelse
    for body in bodies:
        body[:] = [s for s in body if not (isinstance(s, Op) and s.function is restrict)]


def take_apart(lines: Lines, begin: int, numbers: Collection[str], alone: Sequence[str], names: Names) -> None:
    """Make a function of a nest of loops.

    Parameters
    ----------
    lines : Lines
        Which end with the nest.
    begin : int
        A line before it, with nothing that is a loop in between.
    numbers : collection of str
        What the nest may change besides elements of arrays, and what is read behind it.
    alone : sequence of str
        Arrays that overlap with no other.
    names : Names
    """
    indent = "    " * lines.depth
    while not lines.lines[begin].startswith(f"{indent}for "):
        begin += 1
    body = [line.removeprefix(indent) for line in lines.lines[begin:]]
    loop = ast.parse("\n".join(body)).body
    changed = [name for name in numbers if name in stored(loop)]
    known = {*names.globals, *dir(builtins), *(function.name for function in lines.functions)}
    read = [name for name in read_first(loop, set()) if name not in known and name not in changed]
    function, given = names.fresh("nest"), ", ".join([*read, *changed])
    told = " ".join(name for name in alone if name in read)
    source = [f"def {function}({given}):", f'    {names.of(restrict)}("{told}")']
    source += textwrap.indent("\n".join(body), "    ").split("\n")
    origins = lines.origins[begin:]
    if changed:
        source.append(f"    return {', '.join(changed)}")
    del lines.lines[begin:], lines.origins[begin:]
    filled = [origins[0]] * 2 + origins + origins[-1:] * bool(changed)
    lines.functions.append(Function(function, source, filled))
    lines.add(f"{', '.join(changed)}{' = ' * bool(changed)}{function}({given})")
