"""Names of variables: the user's where there is one, unique, and never a word of Python."""

from __future__ import annotations

import builtins
import keyword
import re

from .tree import Copy, Loop, Op, Program, Var, operands, walk

__all__ = ["name_variables", "source_name"]

# Numba calls the variables of an inlined closure `closure__locals__<closure>_v<number>_<variable>`.
_INLINED = re.compile(r"^closure_.*?_v\d+_(?!_v)(.*)$")
#: Without `_`, which an interactive session puts among the builtins: names must not depend on where a program is run.
_RESERVED = {*dir(builtins), *keyword.kwlist, "np", "math", "numba", "operator"} - {"_"}
#: Names that Numba gives to variables of its own, in comprehensions that make arrays.
_NUMBAS = {"len_func", "size_tuple", "empty_func", "next_index"}


def source_name(name: str) -> str:
    """The user's name behind a name of Numba's; empty where the source has none.

    Examples
    --------
    >>> source_name("x.2"), source_name("$12binary_add.3")
    ('x', '')
    """
    inlined = _INLINED.match(name)
    if inlined:
        name = inlined.group(1)
    elif name.startswith("closure_"):
        return ""
    name = name.partition(".")[0]
    if name in _NUMBAS or not name.isidentifier() or re.match(r"_?implicit\d", name):
        return ""
    return name


def name_variables(program: Program) -> None:
    """Give every variable of a program a name of its own."""
    taken = set(_RESERVED)
    named: set[Var] = set()
    for variable in _variables(program):
        if variable in named:
            continue
        named.add(variable)
        base = "t" if variable.temporary else variable.name
        number = 1
        name = f"{base}1" if variable.temporary else base
        while name in taken:
            number += 1
            name = f"{base}{number}" if variable.temporary else f"{base}_{number - 1}"
        variable.name = name
        taken.add(name)


def _variables(program: Program):
    """Every variable, in order of appearance."""
    for entry in program.parameters:
        yield from (v for v in operands(entry) if isinstance(v, Var))
    for statement in walk(program.body):
        match statement:
            case Op(result=Var() as result):
                yield result
            case Copy(targets=targets):
                yield from targets
            case Loop(index=Var() as index):
                yield index
