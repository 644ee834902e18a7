"""One row of the run: a published function, its arguments, and where its derivatives are compared."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba


@dataclass(frozen=True)
class Named:
    """A function given by its import path, `"package.module:name"`, for use as an argument."""

    path: str

    def load(self) -> Any:
        module, _, name = self.path.partition(":")
        return getattr(importlib.import_module(module), name)


@dataclass(frozen=True)
class Case:
    """A published function and the point at which its derivatives are compared.

    Parameters
    ----------
    path : str
        `"package.module:name"` of the jitted function.
    args : tuple
        Its arguments; a `Named` stands for the function it names.
    wrt : tuple of int
        The arguments to differentiate by.
    out : tuple of int
        The arguments into which the function writes its result.
    formula : callable, optional
        The quantity that the function is meant to compute, from the same arguments, in plain Python that
        knows nothing of the package. Without it the reference is the package's own Python code.
    rtol : float
        Largest accepted relative error. What needs more than the default says why in `note`.
    note : str
        What is special about the row.
    known : str
        Why a derivative that is not right is accepted here; empty for nearly all rows.
    also : tuple of str
        Further packages that the row calls.
    step : float
        First relative step of the extrapolated differences.
    take : callable, optional
        Picks the floats out of a result that also holds integers or flags, which have no derivative; it is
        what a user would write around the call.
    made_by : tuple, optional
        `path` is a factory, which returns the jitted function first when called with these arguments.
    inside : bool
        `path` is no jitted function, but one that jitted functions can call (by `numba.extending.overload`).
    """

    path: str
    args: tuple[Any, ...]
    wrt: tuple[int, ...]
    out: tuple[int, ...] = ()
    formula: Callable[..., Any] | None = None
    rtol: float = 1e-9
    note: str = ""
    known: str = ""
    also: tuple[str, ...] = ()
    step: float = 1e-3
    take: Callable[[Any], Any] | None = None
    made_by: tuple[Any, ...] | None = None
    inside: bool = False

    @property
    def package(self) -> str:
        return self.path.split(".")[0].split(":")[0]

    @property
    def key(self) -> str:
        """The name of the row: path and active arguments, as a package may hold a function in two rows."""
        return f"{self.path}[{','.join(map(str, self.wrt))}]"

    def published(self) -> Any:
        """The function that the row is about."""
        function = Named(self.path).load()
        return function if self.made_by is None else function(*self.made_by)[0]

    def function(self) -> Any:
        """The jitted function to differentiate: that one, or a call of it."""
        return numba.njit(around(self.published(), len(self.args))) if self.inside else self.published()

    def result(self, args: tuple[Any, ...], returned: Any) -> Any:
        """What a call computed: what it returned, or the arguments it wrote into."""
        if self.out:
            return tuple(args[i] for i in self.out)
        return self.take(returned) if self.take else returned


def around(function: Any, count: int, take: Callable[[Any], Any] = lambda result: result) -> Callable[..., Any]:
    """What a user writes around a call with `count` arguments: `take` picks from what comes back."""
    pick = numba.njit(take)
    by_count: dict[int, Callable[..., Any]] = {
        2: lambda a, b: pick(function(a, b)),
        3: lambda a, b, c: pick(function(a, b, c)),
        4: lambda a, b, c, d: pick(function(a, b, c, d)),
    }
    return by_count[count]


def load_named(value: Any) -> Any:
    """`value` with every `Named` in it replaced by its function."""
    if isinstance(value, Named):
        return value.load()
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(load_named(item) for item in value)
    return value
