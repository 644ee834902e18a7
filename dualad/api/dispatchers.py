"""The dispatcher behind a derivative function: compiles drivers, Python source that is generated for argument types.

A driver seeds the arguments, calls the twin of the user's function chunk by chunk, or its adjoint, and collects the derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from numba.core import sigutils, types
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
from ..pipeline.compiler import GeneratedCompiler
from ..plan.plan import Plan
from .calls import Call
from .reverse import kept_options, refuse_on_disk, without_ssa
from .target import Target

__all__ = ["Builder", "DriverDispatcher", "Operator"]


#: What Numba is not to make parallel in a driver with a `prange`: all but that loop.
_NOT_PARALLEL = ("comprehension", "reduction", "inplace_binop", "setitem", "numpy", "stencil", "fusion")


class Builder(Protocol):
    """Makes drivers; where its attribute `parallel` is true, those with a `prange` in them."""

    def __call__(self, target: Target, given: tuple[types.Type, ...], width: Any) -> Callable[..., Any]:
        """The driver for argument types and a chunk width."""

    def identity(self) -> tuple[Any, ...]:
        """Plain values that tell this builder from all others, for the disk cache."""

    def takes_adjoint(self, width: Any, given: tuple[types.Type, ...] | None = None) -> bool:
        """Whether drivers of this width may call a generated adjoint; with argument types, whether that for them does."""

    def instead(self, width: Any) -> Any:
        """Width to try where a derivative cannot be compiled with `width`; the same where there is no other way."""
        return width

    def one_row(self, width: Any) -> Any:
        """The width for a driver that adjoints can be generated from: one without numbers in it, where there is one."""
        return width


class Operator(Builder, Protocol):
    """Makes drivers, and plans with what width a call is served."""

    def plan(self, call: Call, driver: Any, refusal: Exception | None) -> Plan:
        """What a driver does in a call, and why; `refusal` is why it took the place of another one, if it did."""

    def width(self, call: Call) -> Any:
        """The width that serves a call; None where the types of its arguments tell."""
        return None

    def rivals(self, call: Call) -> tuple[Any, ...]:
        """The widths between which measured times choose; empty where there is nothing to choose."""
        return ()

    def learn(self, call: Call, times: dict[Any, float]) -> None:
        """Take in what calls with these widths were measured to cost, in evaluations of the function."""
        return None


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
        self.pipeline_class = GeneratedCompiler
        if not self._dispatcher.build.takes_adjoint(self._dispatcher.width, args):
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
        #: for argument types, the width that was taken where the dispatcher's own one was refused
        self._widths: dict[tuple[types.Type, ...], Any] = {}
        self._singles: dict[tuple[types.Type, ...], Callable[..., Any]] = {}
        #: for argument types, why the mode that was chosen was not taken
        self.refusals: dict[tuple[types.Type, ...], Exception] = {}

    def implementation(self, args: tuple[types.Type, ...]) -> Callable[..., Any]:
        """The driver for argument types: the Python function that calls of this dispatcher stand for."""
        while args not in self._drivers:
            try:
                driver = self.build(self.target, args, self._widths.get(args, self.width))
                if any(map(carries_duals, args)):
                    refuse_on_disk(driver)
                self._drivers[args] = driver
            except (UnsupportedError, NumbaError) as error:
                self._fall_back(args, error)
        return self._drivers[args]

    def row_by_row(self, args: tuple[types.Type, ...]) -> Callable[..., Any]:
        """The driver that an adjoint can be generated from."""
        width = self._widths.get(args, self.width)
        single = self.build.one_row(width)
        if single == width:
            return self.implementation(args)
        if args not in self._singles:
            self._singles[args] = self.build(self.target, args, single)
        return self._singles[args]

    def _fall_back(self, args: tuple[types.Type, ...], error: Exception) -> None:
        """Take the next width where there is one, instead of one that failed with `error`."""
        width = self._widths.get(args, self.width)
        driver: Any = self._drivers.get(args)
        if driver is not None and driver.preaccumulated:
            other = self.build.one_row(width)
        else:
            other = self.build.instead(width)
            if other == width:
                raise error
            self.refusals[args] = error
        self._drivers.pop(args, None)
        self._compiler._failed_cache.clear()  # where Numba remembers the error
        self._widths[args] = other

    def is_in_reverse(self, args: tuple[Any, ...]) -> bool:
        """Whether a call with these values, or of these types, is served by a generated adjoint."""
        kinds = tuple(a if isinstance(a, types.Type) else self.typeof_pyval(a) for a in args)
        driver = self._drivers.get(kinds)
        if driver is None:
            return self.takes_adjoint and self.build.takes_adjoint(self.width, kinds)
        return bool(driver.takes_adjoint)  # type: ignore[attr-defined]

    def __dualad_fingerprint__(self) -> tuple[Any, ...]:
        return self.target.function, self.build.identity(), self.width

    def compile(self, sig: Any) -> Any:
        # rules may have been added since this object was made
        self._cache.options = self.build.identity(), self.width, tuple(USER_RULES)
        while True:
            try:
                return super().compile(sig)
            except PromotionRequest:
                raise
            except (UnsupportedError, NumbaError) as error:
                self._fall_back(tuple(sigutils.normalize_signature(sig)[0]), error)
