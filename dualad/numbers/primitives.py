"""Functions with a rule of the user's: calls of them are not compiled for numbers but differentiated by the rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit
from numba.core.dispatcher import Dispatcher
from numba.extending import overload

from .substitutes import SUBSTITUTES

#: (function, text of its line) of every rule that a user added: compiled code depends on them.
USER_RULES: list[tuple[Callable[..., Any], str]] = []


def primitive(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    """A function of `count` floats that does what `function` does and that rules can be registered for.

    Inside twins every call of `function` becomes a call of it.
    """
    jitted = function if isinstance(function, Dispatcher) or not hasattr(function, "__code__") else njit(function)
    names = ", ".join(f"a{i}" for i in range(count))
    namespace: dict[str, Any] = {"function": jitted}
    source = f"def stand_in({names}):\n    return function({names})\n"
    source += f"def implementation({names}):\n    return lambda {names}: function({names})\n"
    exec(source, namespace)
    stand_in = namespace["stand_in"]
    stand_in.__name__ = getattr(function, "__name__", "primitive")
    stand_in.__module__ = __name__
    overload(stand_in)(namespace["implementation"])
    SUBSTITUTES[function] = stand_in
    if jitted is not function:
        SUBSTITUTES[jitted] = stand_in
    return stand_in
