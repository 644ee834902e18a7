"""A function that derivatives do not look into: what it is to Numba, to twins and to the disk cache."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from numba.core import types

from ..errors import UnsupportedError
from ..numbers.aliases import may_write
from ..numbers.compiler import TwinCompiler, TwinDispatcher, TwinFunctionCompiler, twin_of
from ..program.locate import Location


class Primitive:
    """A function with a rule, callable from Python and from jitted code as the function itself.

    Parameters
    ----------
    primal : callable
        The function: plain or jitted.
    kind : str
        Which sort of rule it has; what generated adjoints ask for.
    py_func : function, optional
        The Python function that the user wrote, where `primal` is not made of it directly.

    Attributes
    ----------
    primal : callable
        What a call without derivatives runs.
    kind : str
    py_func : function
    """

    #: tells the front end of reverse mode to keep calls as they are
    __dualad_primitive__ = True
    #: arguments are only read, and results share no memory with them
    __dualad_reads__ = True

    __name__: str

    def __init__(self, primal: Callable[..., Any], kind: str, py_func: Any = None) -> None:
        self.primal, self.kind = primal, kind
        self.py_func = py_func or getattr(primal, "py_func", primal)
        functools.update_wrapper(self, self.py_func, updated=())
        self._dispatcher = PrimitiveDispatcher(self)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.primal(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.__name__}>"

    def with_derivatives(self, args: tuple[types.Type, ...]) -> Callable[..., Any]:
        """What a call runs whose arguments carry derivatives: a Python function for a twin."""
        raise NotImplementedError

    def pullback(self, args: tuple[types.Type, ...]) -> Callable[..., Any]:
        """What reverse mode calls for plain argument types: a Python function `(*args, y_bar) -> x_bars`.

        `x_bars` has one entry for each argument; None for what has no derivative.
        """
        raise NotImplementedError

    def check(self) -> None:
        """Raises UnsupportedError where the function itself rules a rule out."""
        written = may_write(self.py_func)
        if written:
            names = list(self.py_func.__code__.co_varnames)
            raise UnsupportedError(
                f"`{self.__name__}`, which writes its argument `{names[min(written)]}`,",
                "a rule speaks of results, not of arguments that are changed",
                "return a new array",
                Location.of_function(self.py_func).show(),
            )

    def depends_on(self) -> tuple[Any, ...]:
        """Everything that compiled calls are made from."""
        return self.kind, self.primal

    def __dualad_fingerprint__(self) -> tuple[Any, ...]:
        return self.depends_on()

    def __dualad_dispatcher__(self) -> PrimitiveDispatcher:
        """The dispatcher that stands for this function in jitted code."""
        return self._dispatcher

    @property
    def _numba_type_(self) -> types.Type:
        return types.Dispatcher(self._dispatcher)


class _Reentrant(TwinDispatcher):
    """A twin that is called again, on numbers of fewer levels, while it is compiled.

    A rule calls its own function, and in higher orders is called by it again. That is no recursion.
    """

    @property
    def is_compiling(self) -> bool:
        """Whether Numba is to take a call met now for a recursive one."""
        compiling: bool = self.original.is_compiling
        return compiling


def rule_twin(rule: Any) -> TwinDispatcher:
    """The twin of a rule."""
    twin = twin_of(rule)
    options = {
        name: twin.targetoptions[name]
        for name in ("boundscheck", "error_model", "fastmath")
        if name in twin.targetoptions
    }
    return _Reentrant(twin.py_func, twin.original, options)


class PrimitiveDispatcher(_Reentrant):
    """Calls of a primitive in compiled code: the primal where nothing carries derivatives, else its rule."""

    def __init__(self, primitive: Primitive) -> None:
        super().__init__(primitive.py_func, twin_of(primitive.primal).original)
        self.primitive = primitive
        self._compiler = _Compiler(self)

    def implementation(self, args: tuple[types.Type, ...]) -> Callable[..., Any]:
        """A Python function that does nothing but call the primitive: for those who look into functions."""
        names = ", ".join(f"a{i}" for i in range(len(args)))
        namespace: dict[str, Any] = {"primitive": self.primitive, "__name__": __name__}
        exec(f"def call({names}):\n    return primitive({names})\n", namespace)
        call: Callable[..., Any] = namespace["call"]
        return call

    def __dualad_fingerprint__(self) -> tuple[Any, ...]:
        return self.primitive.depends_on()


class _Compiler(TwinFunctionCompiler):
    """Compiles what the primitive says instead of the primal."""

    def __init__(self, dispatcher: PrimitiveDispatcher) -> None:
        super().__init__(
            dispatcher.py_func, dispatcher.targetdescr, dispatcher.targetoptions, dispatcher.locals, TwinCompiler
        )
        self._primitive = dispatcher.primitive

    def _get_implementation(self, args: tuple[types.Type, ...], kws: Any) -> Callable[..., Any]:
        self._primitive.check()
        return self._primitive.with_derivatives(args)
