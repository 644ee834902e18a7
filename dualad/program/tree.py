"""The region tree: a program as typed operations inside structured branches and loops.

What the front end makes of Numba's typed intermediate representation, and what the reverse generator reads. Nothing
in it but the types of values and the callables that operations call belongs to Numba.

A program is a list of statements over variables. Every variable is assigned in one place, except those that *join*
control flow (results of branches, variables carried through loops): these are assigned by `Copy` statements only, one on
each way. So the value of any other variable is a pure name for the operation that made it, and the whole of control flow
is in `If`, `Loop` and `Copy`.

- The copies of variables carried by a loop stand before the loop and at the end of each way through its body, after
  everything that reads them: within an iteration, a carried variable keeps the value it had at the start.
- What a loop hands out is either a carried variable or one that is copied to at each `Break`, and before the loop for the
  case that it is exhausted. A variable that is not assigned on all ways to where it is read starts as zero; arrays do not.
- `Break` and `Raise` stand only where nothing follows them before the end of the innermost loop (or of the program): the
  statements that the source has after an `if ...: break` are in the other branch. `continue` is the end of a way.
- Returns from the middle are copies into the result, and a flag where they leave loops.
- Tuples are taken apart: variables are numbers, arrays and other single values. `Program.result` keeps the nesting. Only
  the result of an operation that gives a tuple is a variable of that type, read by `operator.getitem` with a constant (or
  by `getattr` with the field of a NamedTuple) right behind it: `x.shape`, `np.linalg.eigh(a)`.
- Conversions between kinds of numbers are operations of their own (`float(i)`, `np.float32(x)`).
- Calls of functions that Numba compiles from Python are replaced by their statements, but for calls in the function itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .locate import Location

__all__ = [
    "Break",
    "Const",
    "Copy",
    "If",
    "Loop",
    "Method",
    "Op",
    "Operand",
    "Program",
    "Raise",
    "Recursive",
    "Slice",
    "Statement",
    "Var",
    "build_list",
    "operands",
    "walk",
]


@dataclass(eq=False)
class Var:
    """A variable.

    Parameters
    ----------
    name : str
        A Python identifier, unique in the program: the user's name where there is one, with a number behind it where the
        source assigns the name several times.
    type : numba type
    temporary : bool
        Whether the source has no name for it.
    """

    name: str
    type: Any
    temporary: bool = False

    def __repr__(self) -> str:
        return self.name


@dataclass(eq=False)
class Const:
    """A value known before running: a literal, a global, a captured value, a function, a dtype, None.

    Parameters
    ----------
    value : object
    type : numba type
    name : str
        What the source calls it; empty for literals.
    """

    value: Any
    type: Any
    name: str = ""

    def __repr__(self) -> str:
        return self.name or repr(self.value)


Operand = Var | Const


@dataclass(eq=False)
class Slice:
    """`start:stop:step` in an index; a part that is left out is a Const None."""

    start: Operand
    stop: Operand
    step: Operand


@dataclass(eq=False)
class Op:
    """One operation: `result = function(*args, **kwargs)`.

    Operators are calls of the functions of module `operator` (`a + b` is `operator.add`, `a[i]` `operator.getitem`,
    `a[i] = v` `operator.setitem` with no result; `a += b` is `operator.iadd` with no result for arrays and lists, whose
    name goes on meaning the same object, else `operator.add`), attributes are `getattr(a, "T")`, methods the
    NumPy function of the same meaning where there is one (`a.sum()` is `np.sum`), else a `Method` with the object first.

    Parameters
    ----------
    function : callable
    args : tuple
        Positional arguments, each an operand, a `Slice` (in an index), or a tuple of those (an index of several axes, a
        shape, a tuple of arrays).
    kwargs : tuple of (str, operand)
    result : Var or None
    where : Location
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    result: Var | None
    where: Location
    kwargs: tuple[tuple[str, Any], ...] = ()


@dataclass(eq=False)
class Copy:
    """`targets = sources`, all at once: every source is read before any target is written."""

    targets: tuple[Var, ...]
    sources: tuple[Operand, ...]
    where: Location


@dataclass(eq=False)
class If:
    """Two ways; what they define and others read is joined by copies at their ends."""

    cond: Operand
    then: list[Statement]
    orelse: list[Statement]
    where: Location


@dataclass(eq=False)
class Loop:
    """A loop over `range(start, stop, step)` that defines `index` in each iteration, or, without index, an endless one.

    Parameters
    ----------
    index : Var or None
    bounds : tuple of operands
        `(start, stop, step)`; empty for an endless loop.
    body : list of statements
    carried : list of Var
        Variables that the body reads before it assigns them.
    breaks : bool
        Whether a `Break` may end it.
    mark : tuple of operands
        `(snapshots, memory, disk, progress)` of a loop over `ad.checkpointed(range(...))`; empty for any other.
    """

    index: Var | None
    bounds: tuple[Operand, ...]
    body: list[Statement]
    where: Location
    carried: list[Var] = field(default_factory=list)
    breaks: bool = False
    mark: tuple[Operand, ...] = ()


@dataclass(eq=False)
class Break:
    """Leaves the innermost loop."""

    where: Location


@dataclass(eq=False)
class Raise:
    """`raise kind(*args)`; `kind` is None for a bare raise of a failed assertion without message."""

    kind: Any
    args: tuple[Any, ...]
    where: Location


Statement = Op | Copy | If | Loop | Break | Raise


@dataclass(eq=False)
class Program:
    """A function for given argument types.

    Parameters
    ----------
    name : str
    parameters : list
        One entry per argument: a Var, a Const where the argument is known when compiling (a function, None, an omitted
        default), or a nested tuple of entries for a tuple.
    body : list of statements
    result : Operand or nested tuple of operands
        What is returned; a Const None if nothing is.
    result_type : numba type
    filename : str
        File of the function's source.
    """

    name: str
    parameters: list[Any]
    body: list[Statement]
    result: Any
    result_type: Any
    filename: str = ""


def operands(argument: Any) -> Iterator[Operand]:
    """Every operand inside an argument of an `Op`, a result, or a parameter."""
    if isinstance(argument, tuple):
        for part in argument:
            yield from operands(part)
    elif isinstance(argument, Slice):
        yield from (argument.start, argument.stop, argument.step)
    else:
        yield argument


def walk(statements: list[Statement]) -> Iterator[Statement]:
    """Every statement, in program order, outer ones before what they hold."""
    for statement in statements:
        yield statement
        if isinstance(statement, If):
            yield from walk(statement.then)
            yield from walk(statement.orelse)
        elif isinstance(statement, Loop):
            yield from walk(statement.body)


@dataclass(frozen=True)
class Method:
    """Function of an `Op` that calls a method: `Method("append")(values, x)` is `values.append(x)`."""

    name: str

    def __call__(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Call it."""
        return getattr(value, self.name)(*args, **kwargs)


@dataclass(frozen=True)
class Recursive:
    """Function of an `Op` that stands in the function that it calls.

    Parameters
    ----------
    dispatcher : numba dispatcher
        What is called.
    function : function
        The Python function behind it.
    """

    dispatcher: Any
    function: Callable[..., Any]

    def __call__(self, *args: Any) -> Any:
        """Call it."""
        return self.dispatcher(*args)

    @property
    def __name__(self) -> str:
        return self.function.__name__


def build_list(*items: Any) -> list[Any]:
    """Function of an `Op` that makes a list: `build_list(x, y)` is `[x, y]`."""
    return list(items)
