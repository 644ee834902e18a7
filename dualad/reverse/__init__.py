"""Reverse mode: generates the adjoint of a program as Python source."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .compile import Adjoint
    from .schedule import Schedule

__all__ = ["adjoint", "schedule_of"]


def adjoint(
    function: Callable[..., Any], arg_types: tuple[Any, ...], argnums: tuple[int, ...], **options: Any
) -> Adjoint:
    """The adjoint of a function; see `compile.adjoint`, which is imported with its dependencies at the first call."""
    from .compile import adjoint as generate

    return generate(function, arg_types, argnums, **options)


def schedule_of(source: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Schedule | None:
    """The schedule of the first checkpointed loop of an adjoint; see `schedule.schedule_of`."""
    from .schedule import schedule_of as decide

    return decide(source, function, args)
