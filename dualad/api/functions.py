"""The derivative function: what every operator returns.

From Python it is called like the function it came from; in jitted code it is a jitted function. Behind it stands one
dispatcher per chunk width, whose implementation is a *driver*: Python source generated for the argument types, which
seeds the arguments, calls the twin of the user's function chunk by chunk, and collects the derivatives.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numba.core import sigutils, types
from numba.core.compiler import Compiler
from numba.core.cpu import ParallelOptions
from numba.core.dispatcher import _FunctionCompiler
from numba.core.errors import NumbaError

from ..cache.disk import DiskCache
from ..errors import UnsupportedError
from ..numbers.compiler import TwinCompiler, TwinDispatcher, TwinFunctionCompiler
from ..numbers.primitives import USER_RULES
from ..numbers.promotion import PromotionRequest
from ..numbers.registration import ensure as ensure_registration
from ..numbers.types import carries_duals
from ..store.header import CALLERS
from ..workspace.watch import STOPPED, is_lost
from .diagnose import explain, unmatched
from .resume import described, ended
from .reverse import kept_options, refuse_on_disk, without_ssa
from .target import Target, spell_parameters
from .watching import add_step, warn_of_lost
from .widths import count_of_call

#: What Numba is not to make parallel in a driver with a `prange`: all but that loop.
_NOT_PARALLEL = ("comprehension", "reduction", "inplace_binop", "setitem", "numpy", "stencil", "fusion")


class Builder(Protocol):
    """Makes drivers; where its attribute `parallel` is true, those with a `prange` in them."""

    def __call__(self, target: Target, given: tuple[types.Type, ...], width: Any) -> Callable[..., Any]:
        """The driver for argument types and a chunk width."""

    def identity(self) -> tuple[Any, ...]:
        """Plain values that tell this builder from all others, for the disk cache."""

    def takes_adjoint(self, width: Any) -> bool:
        """Whether drivers of this width call a generated adjoint."""

    def instead(self, width: Any) -> Any:
        """Width to try where a derivative cannot be compiled with `width`; the same where there is no other way."""


class _DriverCompiler(TwinFunctionCompiler):
    """Compiles a function that is generated for the argument types; callable from Python unless those carry derivatives."""

    def __init__(self, dispatcher: DriverDispatcher) -> None:
        super().__init__(
            dispatcher.py_func, dispatcher.targetdescr, dispatcher.targetoptions, dispatcher.locals, TwinCompiler
        )
        self._dispatcher = dispatcher

    def _compile_core(self, args: tuple[types.Type, ...], return_type: Any) -> Any:
        self._nested = any(map(carries_duals, args))
        if self._nested:
            self.pipeline_class = TwinCompiler
            return super()._compile_core(args, return_type)
        # A driver calls twins by name and makes its numbers itself, so that it needs no passes of a twin; and the adjoint
        # of plain numbers not even what Numba is to know of numbers.
        self.pipeline_class = Compiler
        if not self._dispatcher.takes_adjoint:
            ensure_registration()
        return _FunctionCompiler._compile_core(self, args, return_type)

    def _customize_flags(self, flags: Any) -> Any:
        if not self._nested:
            return without_ssa(flags)
        flags.auto_parallel = ParallelOptions(
            False
        )  # numbers with derivatives do not go through Numba's parallel loops
        return super()._customize_flags(flags)

    def _get_implementation(self, args: tuple[types.Type, ...], kws: Any) -> Callable[..., Any]:
        return self._dispatcher.implementation(args)


class DriverDispatcher(TwinDispatcher):
    """Dispatcher of one operator applied to one function with one chunk width."""

    def __init__(self, stub: Callable[..., Any], target: Target, build: Builder, width: Any) -> None:
        given = getattr(target.twin.original, "targetoptions", {})
        options = {"nogil": given.get("nogil", False)}
        if getattr(build, "parallel", False):
            options["parallel"] = ParallelOptions(dict.fromkeys(_NOT_PARALLEL, False))
        self.takes_adjoint = build.takes_adjoint(width)
        if self.takes_adjoint:
            options.update(kept_options(target))
        super().__init__(stub, original=None, targetoptions=options)
        self.target, self.build, self.width = target, build, width
        self._compiler = _DriverCompiler(self)
        self._cache = DiskCache(target.function)
        self._drivers: dict[tuple[types.Type, ...], Callable[..., Any]] = {}

    def implementation(self, args: tuple[types.Type, ...]) -> Callable[..., Any]:
        """The driver for argument types: the Python function that calls of this dispatcher stand for."""
        if args not in self._drivers:
            try:
                driver = self.build(self.target, args, self.width)
                if any(map(carries_duals, args)):
                    refuse_on_disk(driver)
                self._drivers[args] = driver
            except (UnsupportedError, NumbaError) as error:
                self._drivers[args] = self._otherwise(args, error)
        return self._drivers[args]

    def _otherwise(self, args: tuple[types.Type, ...], error: Exception) -> Callable[..., Any]:
        """The driver of the other mode where there is one, instead of one that failed with `error`."""
        width = self.build.instead(self.width)
        if width == self.width:
            raise error
        return self.build(self.target, args, width)

    def __dualad_fingerprint__(self) -> tuple[Any, ...]:
        return self.target.function, self.build.identity(), self.width

    def compile(self, sig: Any) -> Any:
        # rules may have been added since this object was made
        self._cache.options = self.build.identity(), self.width, tuple(USER_RULES)
        try:
            return super().compile(sig)
        except PromotionRequest:
            raise
        except (UnsupportedError, NumbaError) as error:
            args = tuple(sigutils.normalize_signature(sig)[0])
            self._drivers[args] = self._otherwise(args, error)
            return super().compile(sig)


class Source(str):
    """Python code as a string, shown in an interpreter as it would be in a file."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class DerivativeFunction:
    """A compiled derivative, called like the function it was made from.

    Made by the operators (`grad`, `jacfwd`, ...), not directly. It can be called from Python and from jitted code, kept
    in a global, passed to jitted functions as an argument, and differentiated again.

    Parameters
    ----------
    target : Target
    operator : str
        Name of the operator, for messages and `repr`.
    build : callable
        Makes the driver for argument types and a chunk width.
    choose_width : callable
        `choose_width(count)` gives the width for a number of active elements; called in each call from Python with an
        active array. Without one the width is the default.
    default_width : int or tuple of int
        Width in jitted code, where sizes are not known when compiling.
    parameters : list of inspect.Parameter
        Parameters of the derivative function.
    argnums : tuple of int
        Positions of the active arguments, whose sizes `choose_width` is asked for.
    """

    def __init__(
        self,
        target: Target,
        operator: str,
        build: Builder,
        parameters: list[inspect.Parameter],
        default_width: Any,
        choose_width: Callable[[int], Any] | None = None,
        argnums: tuple[int, ...] = (0,),
    ) -> None:
        self._target, self._operator, self._build = target, operator, build
        self._parameters = parameters
        self._default_width, self._choose_width = default_width, choose_width
        self._dispatchers: dict[Any, DriverDispatcher] = {}
        self._default: DriverDispatcher | None = None
        self._argnums, self._lead = argnums, min(argnums)
        self._one_array = len(argnums) == 1 and choose_width is not None
        # asked in every call: a program calls with few sizes
        self._of_count = functools.lru_cache(maxsize=64)(self._dispatcher_of_count)
        functools.update_wrapper(self, target.function, updated=())
        self.__name__ = f"{operator}({target.name})"
        self.__doc__ = f"`{operator}` of `{target.name}`, compiled by dualad."

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # Calls on floats or on one array are to cost little more than the jitted function's own, so that each way is short.
        lead = args[self._lead] if self._lead < len(args) else None
        if self._default is not None and type(lead) is float:
            dispatcher = self._default
        elif self._one_array and type(lead) is np.ndarray:
            dispatcher = self._of_count(lead.size)
        else:
            dispatcher = self._dispatcher_for(args)
        try:
            found = dispatcher(*args, **kwargs) if kwargs else dispatcher(*args)
        except NumbaError as error:
            raise explain(error, self._target, args, kwargs, dispatcher.takes_adjoint) from None
        except BaseException as error:
            if isinstance(error, TypeError):
                self._check_call(args, kwargs)
            ended(error)
            if dispatcher.takes_adjoint:
                add_step(error, dispatcher)
                if isinstance(error, InterruptedError) and error.args == (STOPPED,):
                    raise KeyboardInterrupt(str(error)) from None
            raise
        if dispatcher.takes_adjoint and is_lost():
            warn_of_lost(found)
        return found

    def _check_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        try:
            inspect.Signature(self._parameters).bind(*args, **kwargs)
        except TypeError as mismatch:
            raise unmatched(self._target, str(mismatch)) from None

    def prepare(self, *args: Any, **kwargs: Any) -> DerivativeFunction:
        """Compile now for the types of `args`, so that later calls with such arguments do not.

        Parameters
        ----------
        *args, **kwargs
            Arguments as they will be given, or Numba types.

        Returns
        -------
        DerivativeFunction
            Itself.

        Raises
        ------
        DualadError
            As a call would.

        Examples
        --------
        >>> import dualad as ad
        >>> square = ad.derivative(lambda x: x * x).prepare(1.0)
        >>> square(3.0)
        6.0
        """
        dispatcher, kinds = self._typed(args, kwargs)
        try:
            dispatcher.compile(kinds)
        except NumbaError as error:
            raise explain(error, self._target, args, kwargs, dispatcher.takes_adjoint) from None
        return self

    def _typed(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[DriverDispatcher, tuple[types.Type, ...]]:
        """The dispatcher that serves a call, and the types it is compiled for."""
        dispatcher = self._dispatcher_for(args)
        self._check_call(args, kwargs)
        kinds = [a if isinstance(a, types.Type) else dispatcher.typeof_pyval(a) for a in args]
        given = {k: a if isinstance(a, types.Type) else dispatcher.typeof_pyval(a) for k, a in kwargs.items()}
        _, folded = dispatcher.fold_argument_types(tuple(kinds), given)
        return dispatcher, tuple(folded)

    def source(self, *args: Any, **kwargs: Any) -> Source:
        """The generated code, as readable Python.

        Parameters
        ----------
        *args, **kwargs
            Arguments as they will be given, or Numba types.

        Returns
        -------
        Source
            A string that shows itself line by line: in reverse mode the adjoint of the function, in forward mode the code
            that calls it on numbers with derivatives.

        Raises
        ------
        DualadError
            As a call would.

        Examples
        --------
        >>> import dualad as ad
        >>> print(ad.derivative(lambda x: x * x).source(1.0).splitlines()[0])
        def derivative(arg_0):
        """
        dispatcher, kinds = self._typed(args, kwargs)
        try:
            return Source(dispatcher.implementation(kinds).shown)  # type: ignore[attr-defined]
        except NumbaError as error:
            raise explain(error, self._target, args, kwargs, dispatcher.takes_adjoint) from None

    def __reduce__(self) -> tuple[Any, ...]:
        made = self._operator, self._build, self._parameters, self._default_width, self._choose_width, self._argnums
        return _made, (self._target.function, *made)

    def __repr__(self) -> str:
        return f"<{self.__name__}, derivative function of dualad>"

    def __dualad_dispatcher__(self) -> DriverDispatcher:
        """The dispatcher that stands for this function in jitted code."""
        return self._dispatcher_of(self._default_width)

    def __dualad_fingerprint__(self) -> tuple[Any, ...]:
        """What the compiled code depends on besides the argument types."""
        return self._target.function, self._build.identity(), self._default_width

    @property
    def _numba_type_(self) -> types.Type:
        return types.Dispatcher(self.__dualad_dispatcher__())

    def _dispatcher_for(self, args: tuple[Any, ...]) -> DriverDispatcher:
        return self._of_count(None if self._choose_width is None else count_of_call(args, self._argnums))

    def _dispatcher_of_count(self, count: int | None) -> DriverDispatcher:
        if count is None or self._choose_width is None:
            return self._dispatcher_of(self._default_width)
        return self._dispatcher_of(self._choose_width(count))

    def _dispatcher_of(self, width: Any) -> DriverDispatcher:
        known = self._dispatchers.get(width)
        if known is not None:
            return known
        namespace: dict[str, Any] = {}
        name = f"{self._operator}_of_{self._target.name}"
        name = name if name.isidentifier() else f"{self._operator}_of_lambda"
        exec(f"def {name}({spell_parameters(self._parameters, namespace)}): pass", namespace)
        made = self._dispatchers[width] = DriverDispatcher(namespace[name], self._target, self._build, width)
        if width == self._default_width:
            self._default = made
        return made


def _made(function: Callable[..., Any], operator: str, *options: Any) -> DerivativeFunction:
    """A derivative function that was pickled."""
    return DerivativeFunction(Target(function, operator), operator, *options)


CALLERS[DerivativeFunction.__call__.__code__] = described
