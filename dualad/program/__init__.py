"""The user's program: where its lines are, and, for reverse mode, its operations, branches and loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .tree import Program

__all__ = ["build"]


def build(function: Callable[..., Any], arg_types: tuple[Any, ...], local: Any = None) -> Program:
    """The region tree of a function for given argument types; see `passes.build`."""
    from . import passes  # reads Numba's compiler, which a process that only loads code can do without

    return passes.build(function, arg_types, local)
