"""What all operators have in common: checking their options and making the derivative function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any

from ..errors import ArgumentError
from .driver import Driver
from .functions import DerivativeFunction
from .request import Request
from .target import Target
from .widths import checked_argnums, checked_width, width_of_call

FORWARD_MODES = ("auto", "forward")


def requested(operator: str, argnums: Any, out_argnums: Any = None, with_value: bool = False) -> Request:
    """A `Request` from options as a user gives them."""
    positions = checked_argnums(argnums, "argnums", operator)
    outs = () if out_argnums is None else checked_argnums(out_argnums, "out_argnums", operator)
    return Request(operator, positions, not isinstance(argnums, (tuple, list)), outs, with_value)


def checked_mode(mode: str, operator: str) -> None:
    """Raises ArgumentError for a mode that does not exist or is not there yet."""
    if mode not in FORWARD_MODES:
        raise ArgumentError(
            f"{operator}: `mode` is {mode!r}; this version has {' and '.join(map(repr, FORWARD_MODES))} (reverse mode is not "
            f"part of it)"
        )


def derivative_function(
    function: Callable[..., Any],
    request: Request,
    build: Callable[[Driver, Request], None],
    chunk: Any = None,
    levels: int = 1,
    parameters: list[inspect.Parameter] | None = None,
) -> DerivativeFunction:
    """The derivative function of `function` whose drivers `build` writes.

    Parameters
    ----------
    function : callable
    request : Request
    build : callable
        `build(driver, request)` adds the lines of the driver's body.
    chunk : int, tuple of int or None
        Widths of the levels as the user gives them.
    levels : int
        1 for first derivatives, 2 for second ones.
    """
    target = Target(function, request.operator)
    shown = list(target.signature.parameters.values()) if parameters is None else parameters
    width = checked_width(chunk, request.operator) if levels == 1 else checked_widths(chunk, request.operator)
    recipe = Recipe(request, build, levels, tuple(shown))
    choose = None
    if width is None and parameters is None and levels == 1:

        def choose(args: tuple[Any, ...]) -> int | None:
            return width_of_call(args, request.argnums)

    return DerivativeFunction(target, request.operator, recipe, shown, width, choose, min(request.argnums))


def checked_widths(chunk: Any, operator: str) -> tuple[int, int] | None:
    """Chunk widths of both levels."""
    if chunk is None:
        return None
    if not isinstance(chunk, (tuple, list)) or len(chunk) != 2:
        raise ArgumentError(f"{operator}: `chunk` is {chunk!r}; expected a pair of widths (M, N), or None to choose")
    first, second = (checked_width(width, operator) for width in chunk)
    if first is None or second is None or second % first:
        raise ArgumentError(f"{operator}: `chunk` is {chunk!r}; the second width must be a multiple of the first one")
    return first, second


@dataclass(frozen=True)
class Recipe:
    """Makes the driver of a derivative function for given argument types."""

    request: Request
    build: Callable[[Driver, Request], None]
    levels: int
    parameters: tuple[inspect.Parameter, ...]

    def identity(self) -> tuple[Any, ...]:
        """Operator and options; see `functions.Builder`."""
        return (*astuple(self.request), self.build.__name__, self.levels)

    def __call__(self, target: Target, given: tuple[Any, ...], width: Any) -> Callable[..., Any]:
        driver = Driver(target, given, self.request, width, self.levels)
        self.build(driver, self.request)
        return driver.finish(self.request.operator, list(self.parameters))
