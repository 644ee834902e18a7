"""The derivative function: what every operator returns.

From Python it is called like the function it came from; in jitted code it is a jitted function. Behind it stands one
dispatcher per chunk width or mode (`dispatchers.py`); which of them serves a call follows from its sizes.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import types
from numba.core.errors import NumbaError

from ..errors import ArgumentError
from ..plan.plan import Plan
from ..store.header import CALLERS
from ..workspace.watch import STOPPED, is_lost
from .calls import Call, Facts, least_time, shapes
from .diagnose import explain, unmatched
from .dispatchers import Builder, DriverDispatcher, Operator
from .outputs import CountRecipe
from .request import Request
from .resume import described, ended
from .target import Target, spell_parameters
from .watching import add_step, warn_of_lost

#: Most sizes, and shapes, of calls whose choice is remembered.
MOST_REMEMBERED = 256


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
    build : Operator
        Makes the driver for argument types and a chunk width, and plans.
    default_width : int, tuple of int or None
        Width in jitted code, where sizes are not known when compiling.
    parameters : list of inspect.Parameter
        Parameters of the derivative function.
    chooses : bool
        Whether the width follows from the sizes of a call; else it is the default.
    argnums, out_argnums : tuple of int
        Positions of the active arguments, and of those that hold the result, whose sizes are looked at.
    """

    def __init__(
        self,
        target: Target,
        operator: str,
        build: Operator,
        parameters: list[inspect.Parameter],
        default_width: Any,
        chooses: bool = False,
        argnums: tuple[int, ...] = (0,),
        out_argnums: tuple[int, ...] = (),
    ) -> None:
        self._target, self._operator, self._build = target, operator, build
        self._parameters = parameters
        self._default_width, self._chooses = default_width, chooses
        self._dispatchers: dict[Any, DriverDispatcher] = {}
        self._default: DriverDispatcher | None = None
        self._facts = Facts(target, argnums, out_argnums)
        self._lead, self._others = min(argnums), sorted(argnums)[1:]
        self._one = not self._others
        self._floats_in_reverse = build.takes_adjoint(default_width, (types.float64,) * (max(argnums) + 1))
        # choices that follow from the number of inputs alone, and from all shapes: a program calls with few of them
        self._of_size: dict[Any, DriverDispatcher] = {}
        self._of_shapes: dict[Any, DriverDispatcher] = {}
        self._counter: DriverDispatcher | None = None
        functools.update_wrapper(self, target.function, updated=())
        self.__name__ = f"{operator}({target.name})"
        self.__doc__ = f"`{operator}` of `{target.name}`, compiled by dualad."

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # Calls on floats or on one array are to cost little more than the jitted function's own, so that each way is short.
        lead = args[self._lead] if self._lead < len(args) else None
        watched = self._floats_in_reverse
        if self._default is not None and type(lead) is float and (self._one or self._are_floats(args)):
            dispatcher = self._default
        else:
            known = self._of_size.get(lead.size) if self._one and type(lead) is np.ndarray else None
            if known is None and self._of_shapes and not kwargs:
                known = self._of_shapes.get(shapes(args))
            dispatcher = self._dispatcher_for(args, kwargs) if known is None else known
            watched = dispatcher.takes_adjoint
        try:
            found = dispatcher(*args, **kwargs) if kwargs else dispatcher(*args)
        except NumbaError as error:
            raise explain(error, self._target, args, kwargs, dispatcher.is_in_reverse(args)) from None
        except BaseException as error:
            if isinstance(error, TypeError):
                self._check_call(args, kwargs)
            ended(error)
            if dispatcher.takes_adjoint:
                add_step(error, dispatcher)
                if isinstance(error, InterruptedError) and error.args == (STOPPED,):
                    raise KeyboardInterrupt(str(error)) from None
            raise
        if watched and is_lost():
            warn_of_lost(found)
        return found

    def _check_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        try:
            inspect.Signature(self._parameters).bind(*args, **kwargs)
        except TypeError as mismatch:
            raise unmatched(self._target, str(mismatch)) from None

    def _are_floats(self, args: tuple[Any, ...]) -> bool:
        """Whether all active arguments are floats, of which the first one is."""
        for i in self._others:  # noqa: SIM110 - a generator would take longer than the call
            if i >= len(args) or type(args[i]) is not float:
                return False
        return True

    def prepare(self, *args: Any, measure: bool = False, **kwargs: Any) -> DerivativeFunction:
        """Compile now for the types of `args`, so that later calls with such arguments do not.

        Parameters
        ----------
        *args
            Arguments as they will be given, or Numba types.
        measure : bool
            Whether `mode="auto"` is to choose by the clock: both modes are compiled and run with `args`, some times each, and
            the costs of their sweeps are used in later calls of this derivative function, with whatever shapes.
        **kwargs
            The same by name.

        Returns
        -------
        DerivativeFunction
            Itself.

        Raises
        ------
        ArgumentError
            If there is nothing to measure: the operator has one mode, a mode or chunk was named, or types were given.
        DualadError
            As a call would.

        Examples
        --------
        >>> import dualad as ad
        >>> square = ad.derivative(lambda x: x * x).prepare(1.0)
        >>> square(3.0)
        6.0
        """
        if measure:
            self._measure(args, kwargs)
        dispatcher, kinds = self._typed(args, kwargs)
        try:
            dispatcher.compile(kinds)
        except NumbaError as error:
            raise explain(error, self._target, args, kwargs, dispatcher.is_in_reverse(args)) from None
        return self

    def _measure(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._check_call(args, kwargs)
        call = self._described(args, kwargs)
        given = any(isinstance(value, types.Type) for value in call.args)
        rivals = () if given else self._build.rivals(call)
        if not rivals:
            why = "types were given, which cannot be run" if given else "one mode is all that it may take"
            raise ArgumentError(f"{self.__name__}: nothing to measure, as {why}; leave `measure` out")
        evaluation = least_time(lambda: self._counted_outputs(call.args))
        times = {}
        for width in rivals:
            dispatcher = self._dispatcher_of(width)
            try:
                taken = least_time(functools.partial(dispatcher.__call__, *call.args))
            except NumbaError as error:
                raise explain(error, self._target, args, kwargs, dispatcher.takes_adjoint) from None
            kept = dispatcher.refusals.get(call.kinds()) is None or dispatcher.is_in_reverse(call.args)
            times[width] = taken / evaluation if kept else float("inf")
        self._build.learn(call, times)
        self._of_size.clear()
        self._of_shapes.clear()

    def plan(self, *args: Any, **kwargs: Any) -> Plan:
        """What a call with these arguments does, and why. Nothing of the derivative is compiled.

        Parameters
        ----------
        *args, **kwargs
            Arguments as they will be given, or Numba types: then the plan is that of jitted code.

        Returns
        -------
        Plan
            Mode, chunk, predicted cost in evaluations of the function, and the reason in one sentence.

        Raises
        ------
        DualadError
            As a call would.

        Notes
        -----
        Where the number of outputs matters, the function is evaluated once.

        Examples
        --------
        >>> import dualad as ad
        >>> ad.derivative(lambda x: x * x).plan(1.0).mode
        'forward'
        """
        dispatcher, kinds = self._typed(args, kwargs)
        try:
            driver = dispatcher.implementation(kinds)
            call = self._described(args, kwargs, told=True)
            return self._build.plan(call, driver, dispatcher.refusals.get(kinds))
        except NumbaError as error:
            raise explain(error, self._target, args, kwargs, dispatcher.is_in_reverse(args)) from None

    def _typed(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[DriverDispatcher, tuple[types.Type, ...]]:
        """The dispatcher that serves a call, and the types it is compiled for."""
        self._check_call(args, kwargs)
        dispatcher = self._dispatcher_for(args, kwargs)
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
            raise explain(error, self._target, args, kwargs, dispatcher.is_in_reverse(args)) from None

    def __reduce__(self) -> tuple[Any, ...]:
        made = self._operator, self._build, self._parameters, self._default_width, self._chooses
        return _made, (self._target.function, *made, self._facts.argnums, self._facts.out_argnums)

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

    def _dispatcher_for(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> DriverDispatcher:
        """The dispatcher that serves a call: by the number of inputs where that decides, else by all shapes."""
        if not self._chooses:
            return self._dispatcher_of(self._default_width)
        all_shapes = (*shapes(args), *kwargs, *shapes(tuple(kwargs.values()))) if kwargs else shapes(args)
        known = self._of_shapes.get(all_shapes)
        if known is not None:
            return known
        call = self._described(args, kwargs)
        # the same number may be that of floats, or in an array
        size = call.inputs if call.has_arrays else (call.inputs,)
        known = self._of_size.get(size)
        if known is not None:
            return known
        try:
            made = self._dispatcher_of(self._build.width(call))
        except Exception:
            if call.failed:  # the function itself: it will be called again, where errors are explained
                return self._dispatcher_of(self._default_width)
            raise
        table, key = (self._of_size, size) if not call.needs_shapes else (self._of_shapes, all_shapes)
        if len(table) >= MOST_REMEMBERED:
            table.clear()
        table[key] = made
        return made

    def _described(self, args: tuple[Any, ...], kwargs: dict[str, Any], told: bool = False) -> Call:
        """A call as the planner sees it: all arguments by position, defaults included."""
        with contextlib.suppress(TypeError):  # to be said by the call
            bound = inspect.Signature(self._parameters).bind(*args, **kwargs)
            bound.apply_defaults()
            args = bound.args
        return Call(self._facts, args, lambda: self._kinds_of(args), lambda: self._counted_outputs(args), told)

    def _kinds_of(self, args: tuple[Any, ...]) -> tuple[types.Type, ...]:
        typed = self._dispatcher_of(self._default_width).typeof_pyval
        return tuple(a if isinstance(a, types.Type) else typed(a) for a in args)

    def _counted_outputs(self, args: tuple[Any, ...]) -> int:
        """How many floats the function gives: an evaluation."""
        if self._counter is None:
            facts = self._facts
            recipe = CountRecipe(
                Request(self._operator, facts.argnums, True, facts.out_argnums), tuple(self._parameters)
            )
            self._counter = self._made_dispatcher(f"outputs_of_{self._target.name}", recipe, None)
        return int(self._counter(*args))

    def _dispatcher_of(self, width: Any) -> DriverDispatcher:
        known = self._dispatchers.get(width)
        if known is not None:
            return known
        made = self._made_dispatcher(f"{self._operator}_of_{self._target.name}", self._build, width)
        self._dispatchers[width] = made
        if width == self._default_width:
            self._default = made
        return made

    def _made_dispatcher(self, name: str, build: Builder, width: Any) -> DriverDispatcher:
        namespace: dict[str, Any] = {}
        name = name if name.isidentifier() else f"{name.partition('_of_')[0]}_of_lambda"
        exec(f"def {name}({spell_parameters(self._parameters, namespace)}): pass", namespace)
        return DriverDispatcher(namespace[name], self._target, build, width)


def _made(function: Callable[..., Any], operator: str, *options: Any) -> DerivativeFunction:
    """A derivative function that was pickled."""
    return DerivativeFunction(Target(function, operator), operator, *options)


CALLERS[DerivativeFunction.__call__.__code__] = described
