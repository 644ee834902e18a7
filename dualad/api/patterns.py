"""Where a derivative may be nonzero: found by running the function on index sets, and looked at again where that may change.

What is found at one point holds at another unless a value steered the program in between: a comparison, an index made from a
number. Index sets notice (see `workspace.reveal`). Such a pattern is *local*, and is checked at each point before it is used; so
is one that was found with other whole numbers, or given by the user.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numba.core.errors import NumbaError

from ..errors import UnsupportedError
from ..sparsity.codes import Check, check_of, violated
from ..sparsity.detect import detect
from ..sparsity.pattern import Pattern, symmetric, union
from ..sparsity.words import LANES
from ..workspace import reveal
from .calls import copied
from .dependence import dependence
from .functions import DerivativeFunction
from .request import Request

#: The word of `reveal` is one for the process.
_lock = threading.Lock()


class Found:
    """A pattern for arguments of certain types and shapes, and what it was found or checked with.

    Attributes
    ----------
    pattern : Pattern
    check : Check
        What tells whether the pattern holds at another point.
    local : bool
        Whether values steered the program.
    sweeps : int
        Runs of the program that it took to find the pattern; 0 for one that was given.
    inactive : list
        Copies of the arguments whose values the pattern may depend on; None before the first check.
    overwrites : bool
        Whether with these the function writes all elements of its output arguments, whatever they hold.
    """

    overwrites = False

    def __init__(self, pattern: Pattern, local: bool, sweeps: int, inactive: list[Any] | None) -> None:
        self.pattern, self.local, self.sweeps, self.inactive = pattern, local, sweeps, inactive
        self.check: Check = check_of(pattern)


class Detector:
    """Finds and checks the patterns of one derivative.

    Parameters
    ----------
    f : callable
    request : Request
    is_symmetric : bool
        Whether the pattern is that of a Hessian, `f` being a gradient.
    """

    def __init__(self, f: Callable[..., Any], request: Request, is_symmetric: bool) -> None:
        self._request, self._is_symmetric = request, is_symmetric
        self._every_float = True
        self._make = lambda: dependence(f, request, self._every_float)
        self._run = self._make()
        #: the same with sets in the output arguments alone
        self._make_of_outputs = lambda: dependence(f, replace(request, argnums=request.out_argnums, single=False), True)

    @cached_property
    def _run_of_outputs(self) -> DerivativeFunction:
        return self._make_of_outputs()

    @property
    def function(self) -> DerivativeFunction:
        """The function on index sets."""
        return self._run

    def find(self, args: tuple[Any, ...], inputs: int) -> Found:
        """The pattern at a point, with one sweep first that may raise what the function raises."""

        def sweep(words: np.ndarray) -> np.ndarray:
            found: np.ndarray = self._swept(words, args)
            return found

        with _lock:
            reveal.taken()
            pattern, sweeps = detect(inputs, sweep)
            local = reveal.taken()
        if self._is_symmetric:
            pattern = symmetric(pattern)
        found = Found(pattern, local, sweeps, self._inactive(args))
        found.overwrites = not local and self._overwrites(args)
        return found

    def _overwrites(self, args: tuple[Any, ...]) -> bool:
        """Whether no element of an output argument depends on what these held, wherever values may lead the program."""
        outs = self._request.out_argnums
        if not outs or not self._every_float or set(outs) & set(self._request.argnums):
            return False
        if not all(isinstance(args[i], np.ndarray) for i in outs):
            return False
        words = np.full((sum(args[i].size for i in outs) + 1, LANES), np.uint32(1))
        words[-1] = 0
        with _lock:
            reveal.taken()
            try:
                found = self._run_of_outputs(words, *args)
            except (UnsupportedError, NumbaError):
                return False
            return not reveal.taken() and not found.any()

    def extended(self, found: Found, args: tuple[Any, ...], inputs: int) -> Found:
        """`found` with what is nonzero at another point too."""
        here = self.find(args, inputs)
        if here.pattern.rows != found.pattern.rows:  # as whole numbers or values had it
            return here
        return Found(union(found.pattern, here.pattern), True, found.sweeps + here.sweeps, here.inactive)

    def holds(self, found: Found, args: tuple[Any, ...]) -> bool:
        """Whether a pattern has everything that is nonzero at a point; runs the program where that is not known."""
        inactive = [args[i] for i in self.inactive(args)]
        if not found.local and found.inactive is not None and _same(found.inactive, inactive):
            return True
        found.overwrites = False  # that is not looked at again
        with _lock:
            reveal.taken()
            for words, allowed in zip(found.check.words, found.check.allowed, strict=True):
                swept = self._swept(words, args)
                if swept.shape != allowed.shape or violated(swept, allowed) >= 0:
                    reveal.taken()
                    return False
            local = reveal.taken()
        if not found.local and not local:
            found.inactive = self._inactive(args)
        found.local |= local
        return True

    def _swept(self, words: np.ndarray, args: tuple[Any, ...]) -> Any:
        try:
            return self._run(words, *args)
        except (UnsupportedError, NumbaError):
            if not self._every_float:
                raise
        # a float that is not differentiated may stand where no derivative can: then its value is compared instead
        self._every_float = False
        self._run = self._make()
        return self._run(words, *args)

    def inactive(self, args: tuple[Any, ...]) -> list[int]:
        """Positions of the arguments that carry no sets: the pattern may depend on their values, unseen."""
        active = {*self._request.argnums, *self._request.out_argnums}
        seen = lambda a: a is None or (self._every_float and _is_floats(a))  # noqa: E731
        return [i for i, a in enumerate(args) if i not in active and not seen(a)]

    def _inactive(self, args: tuple[Any, ...]) -> list[Any]:
        """Copies of their values."""
        return [copied(args[i]) for i in self.inactive(args)]


def _is_floats(value: Any) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(map(_is_floats, value))
    if isinstance(value, np.ndarray):
        return bool(value.dtype.kind == "f")
    return isinstance(value, (float, np.floating))


def _same(a: Any, b: Any) -> bool:
    """Whether an argument is what it was, to the bit; not so where that cannot be told, as of what may change in place."""
    if isinstance(a, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, np.ndarray):
        alike = isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape
        return bool(alike and a.tobytes() == b.tobytes())
    if isinstance(a, (int, float, complex, str, np.generic)):
        return bool(type(a) is type(b) and a == b)
    return a is b and (a is None or callable(a))
