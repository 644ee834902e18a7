"""The table of pullbacks: the reverse rules of NumPy calls that are not elementwise.

An entry names the callables, the arguments with their defaults as NumPy has them, and one function for each argument
that derivatives flow through:

    pullback("cumsum", (np.cumsum,), "a", a=cumsum_a)

A function says what it needs by the names of its parameters, and only that is kept for the reverse sweep:

- an argument of the call by its name (the value it had when the call was made), its default where it was not given;
- `y`, the result, and `y_bar`, its cotangent: an array, or a number where the call returns one. A call that returns a
  tuple has `y0`, `y1` ... and `y0_bar`, `y1_bar` ... instead;
- `<argument>_bar`, for arrays: the cotangent of the argument, of its shape, into which the function **adds**.

Without such a parameter the function is for a number and **returns** what is to be added. An argument that may be
either has a tuple of both functions.

Functions are plain Python that Numba compiles, on floats, complex numbers and dual numbers, and that can be
differentiated again (so without annotations): loops, elements, array expressions, core NumPy, with no globals but modules.
They are called with the arguments that the user's call had, so that `axis is None` and `a.ndim == 2` are settled when they
are compiled; Numba knows the rank of a parameter only where the function does not assign it anew, which `a_bar += ...` does
and `into = a_bar; into += ...` does not. Complex cotangents transpose without conjugation, as in JAX; where an argument is
real and the result complex, `<argument>_bar` is a complex array whose real part the caller adds. Never ask whether a
cotangent is zero: its derivative may not be.

**Tuples of arrays** are pulled back member by member: `<argument>_bar` is the cotangent of one of them, `place` where it
stands among the others, which is the sum of `extent(...)` over the members before it. `extent` is a function too, of
`shape`, the shape of a member, and of other arguments.

**Calls that write into an argument** (`overwrites`) have no result; the names of arguments then mean the values before the
call, and `<overwritten>_bar` may be a parameter of every function: the cotangent after the call. The function of the
overwritten argument runs last and turns it into the one before the call: what was overwritten gets zero.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import RuleError
from .arguments import REQUIRED, RESULT, Argument, read_arguments

__all__ = ["PULLBACKS", "PULLBACK_OF", "Part", "Pullback", "pullback"]

#: Every pullback by the callables that mean it, and by name.
PULLBACK_OF: dict[Callable[..., Any], Pullback] = {}
PULLBACKS: dict[str, Pullback] = {}


@dataclass(frozen=True, eq=False)
class Part:
    """What flows into one argument.

    Attributes
    ----------
    function : callable
    needs : tuple of str
        Names of its parameters, in order.
    adds : bool
        Whether it adds into an array; else it returns a number.
    """

    function: Callable[..., Any]
    needs: tuple[str, ...]
    adds: bool


@dataclass(frozen=True, eq=False)
class Pullback:
    """The reverse rule of a call.

    Attributes
    ----------
    name : str
    calls : tuple of callables
    arguments : tuple of Argument
    parts : mapping of str to tuple of Part
        By the name of the argument: at most one part for arrays, one for numbers.
    inactive : frozenset of str
        Arguments that may carry derivatives and through which nothing flows. A derivative in any other argument
        without a part cannot be pulled back.
    extent : Part or None
        For a tuple of arrays: the room that a member takes.
    overwrites : str
        The argument that the call writes into; empty for calls that return something.
    """

    name: str
    calls: tuple[Callable[..., Any], ...]
    arguments: tuple[Argument, ...]
    parts: Mapping[str, tuple[Part, ...]]
    inactive: frozenset[str] = frozenset()
    extent: Part | None = None
    overwrites: str = ""

    def part(self, argument: str, is_array: bool = True) -> Part | None:
        """The part for an argument that is an array (or a tuple of them), or a number."""
        return next((part for part in self.parts.get(argument, ()) if part.adds == is_array), None)

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> dict[str, Any]:
        """What each argument is in a call: what was given, or the default of NumPy.

        Raises
        ------
        RuleError
            If the call has an argument that the entry does not know, or lacks one.
        """
        if len(args) > len(self.arguments):
            known = ", ".join(argument.name for argument in self.arguments)
            raise RuleError(f"{self.name}: {len(args)} arguments given; the pullback knows {known}")
        bound = {argument.name: value for argument, value in zip(self.arguments, args, strict=False)}
        names = {argument.keyword: argument.name for argument in self.arguments}
        for keyword, value in dict(kwargs).items():
            if keyword not in names or names[keyword] in bound:
                problem = "is given twice" if keyword in names else "is not known to the pullback"
                raise RuleError(f"{self.name}: the argument `{keyword}` {problem}")
            bound[names[keyword]] = value
        for argument in self.arguments:
            if bound.setdefault(argument.name, argument.default) is REQUIRED:
                raise RuleError(f"{self.name}: the argument `{argument.name}` is missing")
        return {argument.name: bound[argument.name] for argument in self.arguments}


Functions = Callable[..., Any] | tuple[Callable[..., Any], ...]


def pullback(
    name: str,
    calls: Iterable[Callable[..., Any]],
    arguments: str,
    *,
    inactive: str = "",
    extent: Callable[..., Any] | None = None,
    overwrites: str = "",
    **parts: Functions,
) -> Pullback:
    """Add an entry to the table; see the module for what the functions look like.

    Parameters
    ----------
    name : str
        Unique in the table.
    calls : callables
        All that mean this call.
    arguments : str
        Names as NumPy has them, with defaults: `"a axis=None"`. A keyword that is no good as a name in the functions
        (`y` is the result there) is put before the name: `"y:samples x=None"`.
    inactive : str
        Names of arguments through which nothing flows although they may carry derivatives.
    extent : callable, optional
        For tuples of arrays.
    overwrites : str
        The argument that the call writes into.
    **parts : callables
        One per argument that derivatives flow through, or a tuple of one for arrays and one for numbers.

    Raises
    ------
    RuleError
        If the entry is malformed, or if its name or one of its callables has an entry already.
    """
    listed = read_arguments(name, arguments)
    names = {argument.name for argument in listed}
    for what in (*parts, *inactive.split(), *overwrites.split()):
        if what not in names:
            raise RuleError(f"{name}: `{what}` is not among the arguments `{arguments}`")

    def read(argument: str, function: Callable[..., Any]) -> Part:
        own = f"{argument}_bar"
        known = names | {own} | ({f"{overwrites}_bar"} if overwrites else set()) | ({"place"} if extent else set())
        return _part(name, function, known, own, results=not overwrites)

    read_parts = {
        argument: tuple(read(argument, f) for f in (given if isinstance(given, tuple) else (given,)))
        for argument, given in parts.items()
    }
    for argument, both in read_parts.items():
        if len({part.adds for part in both}) != len(both):
            raise RuleError(f"{name}: two functions for `{argument}` that are both for arrays or both for numbers")
    made = Pullback(
        name,
        tuple(calls),
        listed,
        read_parts,
        frozenset(inactive.split()),
        None if extent is None else _part(name, extent, names | {"shape"}, "", results=False),
        overwrites,
    )
    if name in PULLBACKS:
        raise RuleError(f"{name}: the table has a pullback of this name already")
    for function in made.calls:
        if function in PULLBACK_OF:
            raise RuleError(f"{name}: {function!r} has the pullback `{PULLBACK_OF[function].name}` already")
    PULLBACKS[name] = made
    PULLBACK_OF.update((function, made) for function in made.calls)
    return made


def _part(name: str, function: Callable[..., Any], known: set[str], own: str, results: bool) -> Part:
    needs = tuple(inspect.signature(function).parameters)
    for need in needs:
        if need not in known and not (results and RESULT.fullmatch(need)):
            shown = ", ".join(sorted(known)) + (", y, y_bar" if results else "")
            raise RuleError(f"{name}: {function.__name__} has the parameter `{need}`; known are {shown}")
    return Part(function, needs, own in needs)
