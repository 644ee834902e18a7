"""What all operators have in common: checking their options and making the derivative function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from functools import partial
from typing import Any

from numba.core import types

from ..errors import ArgumentError, UnsupportedError
from ..numbers.types import carries_duals
from ..plan.chains import PRODUCT, moved, show
from ..plan.choose import FEW_INPUTS, Mixture, Question, choose, hessian, many, one_by_one, refused
from ..plan.cost import GRADIENT, TYPICAL
from ..plan.plan import Plan
from ..plan.widths import rows_for, sweeps, width_for
from .calls import Call, copied
from .dispatchers import Operator
from .driver import Driver
from .functions import DerivativeFunction
from .leaves import leaves
from .request import Request
from .reverse import ReverseDriver
from .target import Target
from .widths import checked_argnums, checked_width

MODES = ("auto", "forward", "reverse")
#: Stand for a chunk width: reverse and forward mode, each with the width that the types suggest. `(REVERSE, 8)` stands for
#: reverse mode with 8 rows at once, `(REVERSE, 1, PLAIN)` for one that goes into all functions, `(MIXED, tree)` for mixed mode.
REVERSE, FORWARD, MIXED, PLAIN = "reverse", "forward", "mixed", "plain"

Writer = Callable[[Any, Request], None]


def requested(operator: str, argnums: Any, out_argnums: Any = None, with_value: bool = False) -> Request:
    """A `Request` from options as a user gives them."""
    positions = checked_argnums(argnums, "argnums", operator)
    outs = () if out_argnums is None else checked_argnums(out_argnums, "out_argnums", operator)
    return Request(operator, positions, not isinstance(argnums, (tuple, list)), outs, with_value)


def checked_mode(mode: str, operator: str, modes: tuple[str, ...] = MODES) -> str:
    """`mode` as given by a user.

    Raises
    ------
    ArgumentError
        For a mode that the operator does not have.
    """
    if mode not in modes:
        known = f"{', '.join(map(repr, modes[:-1]))} or {modes[-1]!r}"
        raise ArgumentError(f"{operator}: `mode` is {mode!r}; expected {known}")
    return mode


def derivative_function(
    function: Callable[..., Any],
    request: Request,
    build: Writer,
    chunk: Any = None,
    levels: int = 1,
    reverse: Writer | None = None,
    mode: str = "forward",
    outputs: int | None = None,
) -> DerivativeFunction:
    """The derivative function of `function` whose drivers `build` writes.

    Parameters
    ----------
    function : callable
    request : Request
    build : callable
        `build(driver, request)` adds the lines of a forward driver's body.
    chunk : int, tuple of int or None
        Widths of the levels as the user gives them.
    levels : int
        1 for first derivatives, 2 for second ones.
    reverse : callable, optional
        As `build`, for drivers of reverse mode.
    mode : {"auto", "forward", "reverse"}
        Which of the two is taken; "auto" needs both.
    outputs : int, optional
        How many floats the function gives, where the operator says so.

    Raises
    ------
    ArgumentError
        For a chunk with a gradient in reverse mode, which is one row, or a chunk that is not valid.
    """
    target = Target(function, request.operator)
    parameters = list(target.signature.parameters.values())
    width: Any = checked_width(chunk, request.operator) if levels == 1 else checked_widths(chunk, request.operator)
    chooses = width is None and levels == 1  # mode="mixed" included
    if mode == REVERSE:
        if chunk is not None and outputs == 1:
            raise ArgumentError(f"{request.operator}: `chunk` has no meaning with mode='reverse'; leave it out")
        chooses = chooses and outputs is None
        width = REVERSE if chunk is None else (REVERSE, width)
    recipe = Recipe(request, build, levels, tuple(parameters), reverse, mode, width, outputs)
    argnums, out_argnums = request.argnums, request.out_argnums
    return DerivativeFunction(target, request.operator, recipe, parameters, width, chooses, argnums, out_argnums)


def checked_widths(chunk: Any, operator: str) -> tuple[int, int] | None:
    """Chunk widths of both levels."""
    if chunk is None:
        return None
    if not isinstance(chunk, (tuple, list)) or len(chunk) != 2:
        raise ArgumentError(f"{operator}: `chunk` is {chunk!r}; expected a pair of widths (M, N), or None to choose")
    first, second = (checked_width(width, operator) for width in chunk)
    if first is None or second is None or second % first:
        raise ArgumentError(f"{operator}: `chunk` is {chunk!r}; the second width must be a multiple of the first one")
    return first, second


def scheduled(plan: Plan, driver: Any, args: tuple[Any, ...]) -> Plan:
    """A plan with what the adjoint will decide of a checkpointed loop for these arguments, where that can be told before."""
    if driver.schedule is None or any(isinstance(value, types.Type) for value in args):
        return plan
    found = driver.schedule(tuple(map(copied, args)))
    if found is None:
        return plan
    size = None if plan.bytes is None or found.bytes is None else plan.bytes + found.bytes
    steps = "a number of steps that is not known" if found.steps is None else many(found.steps, "step")
    kept = f"stores {many(found.snapshots, 'state')} at a time" if found.snapshots else "keeps the records of all steps"
    reason = f"{plan.reason}; the checkpointed loop of {steps} {kept}"
    return replace(plan, snapshots=found.snapshots, bytes=size, reason=reason)


@dataclass(frozen=True)
class Recipe(Operator):
    """Makes the driver of a derivative function for given argument types.

    Parameters
    ----------
    request, build, levels, reverse, mode, outputs
        As in `derivative_function`.
    parameters : tuple of inspect.Parameter
        Parameters of the drivers.
    chosen : int, tuple of int, "reverse" or None
        The width that the user named, if one was named.
    """

    request: Request
    build: Writer
    levels: int
    parameters: tuple[inspect.Parameter, ...]
    reverse: Writer | None = None
    mode: str = FORWARD
    chosen: Any = None
    outputs: int | None = None

    def identity(self) -> tuple[Any, ...]:
        """Operator and options; see `dispatchers.Builder`."""
        return (*astuple(self.request), self.build.__name__, self.levels, self.mode)

    def __call__(self, target: Target, given: tuple[Any, ...], width: Any) -> Callable[..., Any]:
        if width is None and self._goes_in_reverse(given):
            width = REVERSE
        mode = _mode_of(width)
        if mode == MIXED:
            from .mixed import MixedDriver  # which makes derivative functions itself

            assert self.reverse is not None
            mixed_driver = MixedDriver(target, given, self.request, width[1], self.build, self.reverse)
            mixed_driver.write(self.request)
            return mixed_driver.finish(self.request.operator, list(self.parameters))
        if width is None and self.mode == MIXED:
            raise UnsupportedError(
                "mode='mixed' in jitted code",
                "where to cut the function depends on sizes, which are not known when compiling",
                "call the Jacobian from Python, or cut the function yourself and multiply the Jacobians of its parts",
            )
        if mode == REVERSE:
            assert self.reverse is not None
            rows = width[1] if isinstance(width, tuple) else None
            if self.outputs == 1 or any(map(carries_duals, given)):
                rows = 1
            may_preaccumulate = self.mode == "auto" and not (isinstance(width, tuple) and PLAIN in width)
            reverse_driver = ReverseDriver(target, given, self.request, rows, may_preaccumulate)
            self.reverse(reverse_driver, self.request)
            return reverse_driver.finish(self.request.operator, list(self.parameters))
        driver = Driver(target, given, self.request, None if width == FORWARD else width, self.levels)
        self.build(driver, self.request)
        return driver.finish(self.request.operator, list(self.parameters))

    @property
    def _chooses(self) -> bool:
        return self.mode == "auto" and self.chosen is None and self.reverse is not None

    def _goes_in_reverse(self, given: tuple[types.Type, ...]) -> bool:
        """What is chosen where only types are known."""
        if not self._chooses:
            return False
        active = [leaf for i in self.request.argnums if i < len(given) for leaf in leaves("", given[i])]
        count = None if any(leaf.is_array for leaf in active) else len(active)
        return choose(Question(count, self.outputs, lambda: TYPICAL)).mode == REVERSE

    def takes_adjoint(self, width: Any, given: tuple[types.Type, ...] | None = None) -> bool:
        """See `dispatchers.Builder`."""
        if width is None:
            return self._chooses if given is None else self._goes_in_reverse(given)
        return _mode_of(width) in (REVERSE, MIXED)

    def instead(self, width: Any) -> Any:
        """See `dispatchers.Builder`: one row at a time, and what `mode="auto"` falls back to where reverse mode is refused."""
        if self.outputs is None and _mode_of(width) == REVERSE and width != (REVERSE, 1):
            return REVERSE, 1
        return FORWARD if self._chooses and _mode_of(width) in (REVERSE, MIXED, None) else width

    def one_row(self, width: Any) -> Any:
        """See `dispatchers.Builder`."""
        if self.reverse is None:
            return width
        if self.mode == "auto":
            return REVERSE, 1, PLAIN
        return (REVERSE, 1) if self.outputs is None else REVERSE

    # what serves a call from Python

    def width(self, call: Call) -> Any:
        """See `dispatchers.Operator`."""
        if self.chosen not in (None, REVERSE):
            return self.chosen
        plan = choose(self._question(call))
        if plan.mode == MIXED:
            return self._mixed_width(call, plan)
        if plan.mode == REVERSE:
            if call.inputs is None:
                return self.chosen
            return REVERSE if self.outputs == 1 else (REVERSE, plan.chunk or 1)
        return plan.chunk if call.has_arrays else None

    def _mixed_width(self, call: Call, plan: Plan) -> Any:
        if plan.tree is not None:
            return MIXED, plan.tree
        if call.inputs is None:
            return None  # types alone: refused when the driver is made
        raise UnsupportedError(
            f"`{call.facts.target.name}` in mixed mode",
            "there is no place at its top level that only a few floats cross, apart from its arguments",
            "use mode='auto', or write the function as statements one behind the other that hand on little",
        )

    def _mixture(self, call: Call, inputs: int | None, outputs: int | None) -> Mixture | None:
        if inputs is None or outputs is None or self.request.out_argnums:
            return None
        cuts = call.facts.cuts(call.kinds())
        if cuts is None:
            return None
        chain, positions = cuts.chain(call.args, inputs, outputs)
        cost, tree = chain.best(whole=self.mode != MIXED)
        return None if tree[0] != PRODUCT else Mixture(cost, moved(tree, positions), show(tree, chain.sizes))

    def _question(self, call: Call) -> Question:
        outputs, inputs = self.outputs, call.inputs
        matter = self.mode in (REVERSE, MIXED) or (self._chooses and inputs is not None and inputs > FEW_INPUTS)
        if outputs is None and (call.told or matter):
            outputs = call.outputs
        modes: tuple[str, ...] = (FORWARD, REVERSE) if self.reverse is not None else (FORWARD,)
        if self.reverse is not None and self.outputs is None:
            modes += (MIXED,)
        if self.request.operator == "jacrev":
            modes = (REVERSE,)
        chunk = None if self.chosen == REVERSE else self.chosen
        if isinstance(chunk, tuple):
            chunk = chunk[1]
        return Question(
            inputs,
            outputs,
            partial(call.counted, GRADIENT) if self.outputs == 1 else call.counted,
            call.facts.measured,
            self.mode,
            chunk,
            several=self.outputs is None,
            modes=modes,
            mixture=lambda: self._mixture(call, inputs, outputs),
            told=call.told,
        )

    def plan(self, call: Call, driver: Any, refusal: Exception | None) -> Plan:
        """See `dispatchers.Operator`."""
        if self.levels == 2:
            return hessian(
                FORWARD, 1, driver.widths, 1, call.counted(), "hyper-dual numbers are all that this operator has"
            )
        question = self._question(call)
        if refusal is not None and driver.takes_adjoint:
            plan = one_by_one(choose(replace(question, several=False)), str(refusal))
        else:
            plan = choose(question) if refusal is None else refused(question, str(refusal))
        if plan.mode != REVERSE:
            return plan
        if driver.preaccumulated:
            names = " and ".join(f"`{name}`" for name in driver.preaccumulated)
            reason = f"{plan.reason}; the partials of {names}, which loops over a few numbers, are taken forward where it is called"
            plan = replace(plan, mode=MIXED, reason=reason)
        return scheduled(plan, driver, call.args)

    def rivals(self, call: Call) -> tuple[Any, ...]:
        """See `dispatchers.Operator`."""
        if not self._chooses or call.inputs is None:
            return ()
        return width_for(call.inputs), REVERSE if self.outputs == 1 else (REVERSE, rows_for(call.outputs))

    def learn(self, call: Call, times: dict[Any, float]) -> None:
        """See `dispatchers.Operator`."""
        inputs, outputs = call.inputs, call.outputs if self.outputs is None else self.outputs
        assert inputs is not None and outputs is not None
        width, reverse = self.rivals(call)
        rows = 1 if self.outputs == 1 else reverse[1]
        call.facts.measured = call.counted().measured(
            times[width] / sweeps(inputs, width), width, times[reverse] / sweeps(outputs, rows), rows
        )


def _mode_of(width: Any) -> str | None:
    """The mode that a width stands for; None where the types tell."""
    if isinstance(width, tuple) and isinstance(width[0], str):
        width = width[0]
    return width if isinstance(width, str) else None if width is None else FORWARD
