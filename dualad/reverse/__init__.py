"""Reverse mode: generates the adjoint of a program as Python source."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .compile import Adjoint

__all__ = ["adjoint"]


def adjoint(
    function: Callable[..., Any], arg_types: tuple[Any, ...], argnums: tuple[int, ...], **options: Any
) -> Adjoint:
    """The adjoint of a function; see `compile.adjoint`, which is imported with its dependencies at the first call."""
    from .compile import adjoint as generate

    return generate(function, arg_types, argnums, **options)
