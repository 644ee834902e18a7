"""The front end as the list of its passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.core import types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import Dispatcher
from numba.core.typing.templates import fold_arguments
from numba.core.utils import pysignature

from .calls import implementation
from .capture import capture
from .fence import refused_dispatcher
from .graph import Graph
from .inline import Inliner, LocalChoice
from .locate import Location
from .loops import find_loops
from .naming import name_variables
from .simplify import simplify
from .structure import structure
from .translate import translate
from .tree import Program

__all__ = ["build", "to_graph"]


def build(function: Callable[..., Any], arg_types: tuple[Any, ...], local: LocalChoice | None = None) -> Program:
    """The region tree of a function for given argument types.

    Parameters
    ----------
    function : function or numba dispatcher
    arg_types : tuple of numba types
    local : callable, optional
        `local(dispatcher, argument types, result type)` gives the preaccumulated function that a called one is replaced by, if it
        is to be.

    Raises
    ------
    numba.core.errors.NumbaError
        Numba cannot infer the types of the function.
    UnsupportedError
        The function uses a construct that the tree has no form for.
    """
    with global_compiler_lock:
        graph = to_graph(function, arg_types, local)
        loops = find_loops(graph)
        program = structure(graph, loops)
        name_variables(program)
    return program


def to_graph(function: Callable[..., Any], arg_types: tuple[Any, ...], local: LocalChoice | None = None) -> Graph:
    """The blocks of a function, with all it calls, in smallest form."""
    dispatcher = function if isinstance(function, Dispatcher) else None
    py_func = dispatcher.py_func if dispatcher is not None else function
    if dispatcher is not None:
        refused_dispatcher(dispatcher, Location.of_function(py_func))
    kinds = fold_arguments(
        pysignature(py_func),
        _separate(py_func, tuple(arg_types)),
        {},
        lambda index, parameter, kind: kind,
        lambda index, parameter, default: types.Omitted(default),
        lambda index, parameter, kinds: types.StarArgTuple(kinds),
    )
    return Inliner(_graph_of, local).graph(
        implementation(function, kinds) if dispatcher is not None else py_func, kinds
    )


def _separate(py_func: Callable[..., Any], kinds: tuple[Any, ...]) -> tuple[Any, ...]:
    """Argument types with those that are gathered in `*args` one by one."""
    if kinds and isinstance(kinds[-1], (types.StarArgTuple, types.StarArgUniTuple)):
        return (*kinds[:-1], *kinds[-1].types)
    return kinds


def _graph_of(function: Callable[..., Any], arg_types: tuple[Any, ...], inline: Inliner) -> Graph:
    captured = capture(function, arg_types)
    return simplify(translate(captured, inline))
