"""The function that an operator is applied to: how to call it, what its arguments are called, what it is in Numba."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from numba.core.dispatcher import Dispatcher

from ..cache.fingerprint import fingerprint
from ..errors import ArgumentError
from ..numbers.compiler import TwinDispatcher, twin_of


class Target:
    """A function to be differentiated.

    Parameters
    ----------
    function : callable
        Python function, jitted function, lambda, closure, `functools.partial` of those, or a derivative function.
    operator : str
        Name of the operator, for messages.

    Raises
    ------
    ArgumentError
        If it is nothing that Numba could compile.
    """

    #: number of arguments of a derivative function that stand before those of the function
    before = 0

    def __init__(self, function: Callable[..., Any], operator: str) -> None:
        self.operator = operator
        self.function = function
        plain = _plain(function, operator)
        self.name = str(getattr(function, "__name__", None) or getattr(plain, "__name__", "f"))
        # globals that the function reads may have changed since an earlier derivative of it was compiled
        stamp = (fingerprint(plain) or object()) if inspect.isfunction(plain) else None
        self.twin: TwinDispatcher = twin_of(plain, stamp)
        self.signature = inspect.signature(self.twin.py_func)
        for parameter in self.signature.parameters.values():
            if parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD):
                raise ArgumentError(
                    f"{operator}: `{self.name}` takes keyword-only arguments (`{parameter.name}`), which Numba cannot "
                    f"compile; make them ordinary arguments with defaults"
                )

    @property
    def parameters(self) -> list[str]:
        return list(self.signature.parameters)


def _plain(function: Any, operator: str) -> Any:
    """What `twin_of` takes: a Python function or a dispatcher."""
    if hasattr(function, "__dualad_dispatcher__"):
        return function.__dualad_dispatcher__()
    if isinstance(function, Dispatcher):
        return function
    if isinstance(function, functools.partial):
        return _bind(function, operator)
    if inspect.isfunction(function):
        return function
    if inspect.ismethod(function):
        raise ArgumentError(
            f"{operator}: `{function.__qualname__}` is a bound method, which Numba cannot compile. Differentiate a plain "
            f"function that takes the object's data as arguments (a NamedTuple does well)"
        )
    if callable(function):
        raise ArgumentError(
            f"{operator}: {function!r} is a {type(function).__name__}; expected a Python function, a jitted function, or a "
            f"functools.partial of one. Wrap it: `lambda x: ...`"
        )
    raise ArgumentError(
        f"{operator}: expected a function, got {type(function).__name__}. The operator takes the function first and gives "
        f"the derivative function: `ad.{operator}(f)(x)`"
    )


def _bind(bound: functools.partial[Any], operator: str) -> Any:
    """A function of the free arguments of a `functools.partial`; bound values become constants."""
    inner = Target(bound.func, operator)
    parameters = list(inner.signature.parameters.values())
    free = [p for p in parameters[len(bound.args) :] if p.name not in bound.keywords]
    namespace: dict[str, Any] = {"inner": inner.twin if inner.twin.original is None else bound.func}
    if not isinstance(namespace["inner"], Dispatcher):
        namespace["inner"] = inner.twin.original
    values = []
    for i, value in enumerate(bound.args):
        namespace[f"bound_{i}"] = value
        values.append(f"bound_{i}")
    for parameter in parameters[len(bound.args) :]:
        if parameter.name in bound.keywords:
            namespace[f"bound_{parameter.name}"] = bound.keywords[parameter.name]
            values.append(f"bound_{parameter.name}")
        else:
            values.append(f"*{parameter.name}" if parameter.kind is parameter.VAR_POSITIONAL else parameter.name)
    header = spell_parameters(free, namespace)
    name = inner.name if inner.name.isidentifier() else "bound"
    exec(f"def {name}({header}):\n    return inner({', '.join(values)})\n", namespace)
    return namespace[name]


def spell_parameters(parameters: list[inspect.Parameter], namespace: dict[str, Any]) -> str:
    """Parameters as source text; defaults are put into `namespace`."""
    spelled = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            spelled.append(f"*{parameter.name}")
        elif parameter.default is parameter.empty:
            spelled.append(parameter.name)
        else:
            namespace[f"default_{parameter.name}"] = parameter.default
            spelled.append(f"{parameter.name}=default_{parameter.name}")
    return ", ".join(spelled)
