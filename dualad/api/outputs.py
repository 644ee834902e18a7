"""How many floats a function gives: one evaluation of it, compiled like a derivative and kept on disk with them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numba.core import types

from .request import Request
from .reverse import ReverseDriver, is_float
from .target import Target

__all__ = ["CountRecipe"]


@dataclass(frozen=True)
class CountRecipe:
    """Makes drivers that evaluate the function and return the number of floats in its outputs; see `dispatchers.Builder`.

    Parameters
    ----------
    request : Request
        Whose outputs are counted.
    parameters : tuple of inspect.Parameter
        Parameters of the drivers.
    """

    request: Request
    parameters: tuple[inspect.Parameter, ...]

    def identity(self) -> tuple[Any, ...]:
        """See `dispatchers.Builder`."""
        return "outputs", self.request.argnums, self.request.out_argnums

    def takes_adjoint(self, width: Any, given: tuple[types.Type, ...] | None = None) -> bool:
        """See `dispatchers.Builder`: plain numbers are evaluated, as for an adjoint."""
        return True

    def instead(self, width: Any) -> Any:
        """See `dispatchers.Builder`."""
        return width

    def one_row(self, width: Any) -> Any:
        """See `dispatchers.Builder`."""
        return width

    def __call__(self, target: Target, given: tuple[types.Type, ...], width: Any) -> Callable[..., Any]:
        driver = ReverseDriver(target, given, self.request)
        driver.evaluate()
        sizes = [leaf.size for leaf in driver.outputs("y") if is_float(leaf)]
        driver.add(f"return {' + '.join(sizes)}")
        return driver.finish("outputs", list(self.parameters))
