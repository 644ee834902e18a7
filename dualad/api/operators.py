"""What all operators have in common: checking their options and making the derivative function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any

from ..errors import ArgumentError
from .driver import Driver
from .functions import DerivativeFunction
from .leaves import leaves
from .request import Request
from .reverse import ReverseDriver
from .target import Target
from .widths import checked_argnums, checked_width, width_for

MODES = ("auto", "forward", "reverse")
#: Stand for a chunk width: reverse mode, which has none, and forward mode with the width that the types suggest.
REVERSE, FORWARD = "reverse", "forward"
#: Number of active elements from which `mode="auto"` takes reverse mode, in jitted code any array; None: never.
AUTO_REVERSE_FROM: int | None = None

Writer = Callable[[Any, Request], None]


def requested(operator: str, argnums: Any, out_argnums: Any = None, with_value: bool = False) -> Request:
    """A `Request` from options as a user gives them."""
    positions = checked_argnums(argnums, "argnums", operator)
    outs = () if out_argnums is None else checked_argnums(out_argnums, "out_argnums", operator)
    return Request(operator, positions, not isinstance(argnums, (tuple, list)), outs, with_value)


def checked_mode(mode: str, operator: str, modes: tuple[str, ...] = MODES) -> str:
    """`mode` as given by a user.

    Raises
    ------
    ArgumentError
        For a mode that the operator does not have.
    """
    if mode not in modes:
        known = f"{', '.join(map(repr, modes[:-1]))} or {modes[-1]!r}"
        raise ArgumentError(f"{operator}: `mode` is {mode!r}; expected {known}")
    return mode


def derivative_function(
    function: Callable[..., Any],
    request: Request,
    build: Writer,
    chunk: Any = None,
    levels: int = 1,
    reverse: Writer | None = None,
    mode: str = "forward",
) -> DerivativeFunction:
    """The derivative function of `function` whose drivers `build` writes.

    Parameters
    ----------
    function : callable
    request : Request
    build : callable
        `build(driver, request)` adds the lines of a forward driver's body.
    chunk : int, tuple of int or None
        Widths of the levels as the user gives them.
    levels : int
        1 for first derivatives, 2 for second ones.
    reverse : callable, optional
        As `build`, for drivers of reverse mode.
    mode : {"auto", "forward", "reverse"}
        Which of the two is taken; "auto" needs both.

    Raises
    ------
    ArgumentError
        For a chunk in reverse mode, which carries no directions, or a chunk that is not valid.
    """
    target = Target(function, request.operator)
    parameters = list(target.signature.parameters.values())
    width: Any = checked_width(chunk, request.operator) if levels == 1 else checked_widths(chunk, request.operator)
    if mode == REVERSE:
        if chunk is not None:
            raise ArgumentError(f"{request.operator}: `chunk` has no meaning with mode='reverse'; leave it out")
        width = REVERSE
    recipe = Recipe(request, build, levels, tuple(parameters), reverse, mode)

    def choose(count: int) -> Any:
        if mode == "auto" and AUTO_REVERSE_FROM is not None and count >= AUTO_REVERSE_FROM:
            return REVERSE
        return width_for(count)

    sizes_tell = choose if width is None and levels == 1 else None
    return DerivativeFunction(target, request.operator, recipe, parameters, width, sizes_tell, request.argnums)


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
    """Makes the driver of a derivative function for given argument types.

    Parameters
    ----------
    request, build, levels, reverse, mode
        As in `derivative_function`.
    parameters : tuple of inspect.Parameter
        Parameters of the drivers.
    """

    request: Request
    build: Writer
    levels: int
    parameters: tuple[inspect.Parameter, ...]
    reverse: Writer | None = None
    mode: str = "forward"

    def identity(self) -> tuple[Any, ...]:
        """Operator and options; see `functions.Builder`."""
        return (*astuple(self.request), self.build.__name__, self.levels, self.mode)

    def __call__(self, target: Target, given: tuple[Any, ...], width: Any) -> Callable[..., Any]:
        if width is None and self._may_choose and self._has_arrays(given):
            width = REVERSE
        if width == REVERSE:
            assert self.reverse is not None
            reverse_driver = ReverseDriver(target, given, self.request)
            self.reverse(reverse_driver, self.request)
            return reverse_driver.finish(self.request.operator, list(self.parameters))
        driver = Driver(target, given, self.request, None if width == FORWARD else width, self.levels)
        self.build(driver, self.request)
        return driver.finish(self.request.operator, list(self.parameters))

    @property
    def _may_choose(self) -> bool:
        return self.mode == "auto" and self.reverse is not None and AUTO_REVERSE_FROM is not None

    def _has_arrays(self, given: tuple[Any, ...]) -> bool:
        active = (given[i] for i in self.request.argnums if i < len(given))
        return any(leaf.is_array for type_ in active for leaf in leaves("", type_))

    def takes_adjoint(self, width: Any) -> bool:
        """See `functions.Builder`."""
        return bool(width == REVERSE)

    def instead(self, width: Any) -> Any:
        """See `functions.Builder`: what `mode="auto"` falls back to where reverse mode is refused."""
        return FORWARD if self._may_choose and width in (REVERSE, None) else width
