"""`Scenario`, one user-style program with its arguments, and the decorator that adds one to the corpus."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.oracle import differentiate


@dataclass(frozen=True)
class Scenario:
    """A program to differentiate, and what its derivatives are.

    Parameters
    ----------
    name : str
    function : callable
        Written as a user would, with no regard for differentiation.
    args : callable
        Makes fresh arguments.
    argnums, out_argnums : int, tuple of int or None
        As in the operators.
    reference : callable or None
        ``reference(*args)`` is the Jacobian in closed form: a tree of the output's structure of trees of the
        active arguments' structure. None: the oracle's.
    second_order : bool
        Whether the Hessian (of the first output) is compared too.
    hessian : callable or None
        Closed form of the Hessian; None: the oracle's.
    later : bool
        Needs a NumPy function that is beyond creation, copy, reductions, dot, elementwise functions, where,
        concatenate, reshape, transpose, ravel and sort.
    kink : bool
        The point is a kink, so that no difference quotient can confirm the reference.
    full : bool
        Whether it runs only when everything is run: another program already shows nearly the same.
    tolerance : float
        Relative; the derivative's largest entry is the scale of every entry.
    """

    name: str
    function: Callable[..., Any]
    args: Callable[[], tuple]
    argnums: int | tuple[int, ...] = 0
    out_argnums: int | tuple[int, ...] | None = None
    reference: Callable[..., Any] | None = None
    second_order: bool = False
    hessian: Callable[..., Any] | None = None
    later: bool = False
    kink: bool = False
    full: bool = False
    tolerance: float = 1e-12

    def __str__(self):
        return self.name


SCENARIOS: list[Scenario] = []
ATTACKS: list[Scenario] = []


def scenario(*args, name=None, **options):
    """Add the decorated function to the corpus, at the point `args` (arrays are copied for every use)."""
    return _adder(SCENARIOS, args, name, options)


def attack(*args, name=None, **options):
    """Add the decorated function to the programs that must be differentiated right or refused."""
    return _adder(ATTACKS, args, name, options)


def _adder(corpus, args, name, options):
    def add(function):
        label = name or function.__name__
        assert label not in {s.name for s in corpus}, f"two programs are called {label}"
        corpus.append(Scenario(label, function, lambda: fresh(args), **options))
        return function

    return add


def fresh(args):
    """A copy of `args` that shares no array with it and keeps every array's layout."""
    return tuple(_fresh(a) for a in args)


def _fresh(value):
    if isinstance(value, tuple):
        parts = [_fresh(v) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, list):
        return [_fresh(v) for v in value]
    if isinstance(value, Made):
        return value.make()
    return value.copy(order="K") if hasattr(value, "strides") and hasattr(value, "copy") else value


@dataclass(frozen=True)
class Made:
    """An argument to be made afresh: a view, which copying would make contiguous, or a container."""

    make: Callable[[], Any]


def reference_of(s, args, order=1):
    """The Jacobian (``order=1``) or Hessian of a scenario at `args`: its closed form, else the oracle's."""
    closed_form = (s.reference, s.hessian)[order - 1]
    if closed_form is not None:
        return closed_form(*args)
    return differentiate(s.function, args, s.argnums, order, s.out_argnums)[order]
