"""What a call of a derivative function tells the planner: how many inputs and outputs, and what sweeps cost.

Facts that take time to find are found when they are asked for: the number of outputs by one evaluation of the function,
the costs by counting the operations of its program.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numba.core import types
from numba.core.errors import NumbaError

from ..errors import DualadError
from ..plan.cost import CALL, Costs, counted
from .leaves import leaves
from .target import Target

if TYPE_CHECKING:
    from .mixed import Cuts

__all__ = ["Call", "Facts", "copied", "least_time", "shapes"]

#: Seconds for which a call is repeated, and how often at least, to measure it.
MEASURED, LEAST_RUNS = 0.02, 3


@dataclass
class Facts:
    """What is known of a function, for all calls of one derivative function.

    Parameters
    ----------
    target : Target
    argnums, out_argnums : tuple of int
        Positions of what it is differentiated by, and of arguments that it writes its result into.
    measured : Costs or None
        What sweeps were measured to cost.
    """

    target: Target
    argnums: tuple[int, ...]
    out_argnums: tuple[int, ...] = ()
    measured: Costs | None = None
    _counted: dict[Any, dict[str, float]] = field(default_factory=dict)
    _cuts: dict[tuple[types.Type, ...], Cuts | None] = field(default_factory=dict)

    def counted(
        self, kinds: tuple[types.Type, ...], argnums: tuple[int, ...] | None = None, call: float = CALL
    ) -> Costs:
        """Costs as counted from the program for argument types; the typical ones where it has no region tree."""
        active = self.argnums if argnums is None else argnums
        if (kinds, active) not in self._counted:
            self._counted[kinds, active] = _count(self.target, kinds, active)
        return counted(self._counted[kinds, active], call)

    def cuts(self, kinds: tuple[types.Type, ...]) -> Cuts | None:
        """Where the function can be cut, if anywhere."""
        if kinds not in self._cuts:
            from .mixed import cuts_of  # which makes derivative functions itself

            self._cuts[kinds] = cuts_of(self.target, kinds, self.argnums)
        return self._cuts[kinds]


def _count(target: Target, kinds: tuple[types.Type, ...], argnums: tuple[int, ...]) -> dict[str, float]:
    """Operations by kind; none where the program has no region tree."""
    from ..program import build  # reads much of Numba, which few calls need
    from ..program.census import census, spread
    from ..program.tree import operands

    twin = target.twin
    kinds = tuple(
        types.float64 if i in argnums and isinstance(kind, types.Integer) else types.unliteral(kind)
        for i, kind in enumerate(kinds)
    )
    made = getattr(twin, "row_by_row", getattr(twin, "implementation", None))
    function = twin.original if made is None else made(kinds)
    try:
        program = build(function, kinds)
    except (DualadError, NumbaError):
        return {}  # what is wrong is said where derivatives are asked for
    parameters = [*program.parameters[: len(kinds)]]
    if len(parameters) < len(kinds):
        parameters[-1:] = parameters[-1]  # `*args`, one by one
    inputs = [part for i in argnums if i < len(parameters) for part in operands(parameters[i])]
    return census(program.body, spread(program.body, inputs))


@dataclass
class Call:
    """One call: its arguments and what follows from them.

    Parameters
    ----------
    facts : Facts
    args : tuple
        All arguments by position, values or Numba types.
    kinds : callable
        `kinds()` gives their types.
    count : callable
        `count()` gives the number of outputs by an evaluation of the function.
    told : bool
        Whether the plan is made to be read.
    needs_shapes : bool
        Set when the number of outputs was asked for: then the plan depends on more than the number of inputs.
    failed : bool
        Set when the function raised an exception in that evaluation.
    """

    facts: Facts
    args: tuple[Any, ...]
    kinds: Callable[[], tuple[types.Type, ...]]
    count: Callable[[], int]
    told: bool = False
    needs_shapes: bool = False
    failed: bool = False

    @property
    def active(self) -> list[Any]:
        """Arguments to differentiate by."""
        return [self.args[i] for i in self.facts.argnums if i < len(self.args)]

    @property
    def has_arrays(self) -> bool:
        """Whether there are arrays among them."""
        return any(map(has_array, self.active))

    @property
    def inputs(self) -> int | None:
        """How many floats they hold; None for an array of which only the type is given."""
        sizes = [_size(value) for value in self.active]
        return None if None in sizes else sum(sizes)  # type: ignore[arg-type]

    @property
    def outputs(self) -> int | None:
        """How many floats the function gives; None where only types are given."""
        self.needs_shapes = True
        if any(isinstance(value, types.Type) for value in self.args):
            return None
        if self.facts.out_argnums:
            return sum(_size(self.args[i]) or 0 for i in self.facts.out_argnums)
        try:
            return self.count()
        except Exception:
            self.failed = True
            raise

    def counted(self, call: float = CALL) -> Costs:
        """Costs of sweeps as counted from the program."""
        return self.facts.counted(self.kinds(), call=call)


def has_array(value: Any) -> bool:
    """Whether a value, or a Numba type, is or holds an array."""
    if isinstance(value, types.Type):
        return any(leaf.is_array for leaf in leaves("", value))
    return any(map(has_array, value)) if isinstance(value, tuple) else isinstance(value, np.ndarray)


def _size(value: Any) -> int | None:
    """How many floats a value holds."""
    if isinstance(value, types.Type):
        return None if has_array(value) else len(list(leaves("", value)))
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, tuple):
        sizes = list(map(_size, value))
        return None if None in sizes else sum(sizes)  # type: ignore[arg-type]
    return 1


def shapes(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """What the number of outputs may follow from: shapes of arrays, whole numbers, and types of everything else."""
    return tuple([value.shape if type(value) is np.ndarray else _shape(value) for value in values])


def _shape(value: Any) -> Any:
    if isinstance(value, (int, np.integer)):
        return value
    return shapes(value) if isinstance(value, tuple) else getattr(value, "shape", type(value))


def least_time(run: Callable[[], Any]) -> float:
    """Seconds of the fastest of some calls, after one that compiles."""
    run()
    least, runs, end = float("inf"), 0, time.perf_counter() + MEASURED
    while runs < LEAST_RUNS or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        least, runs = min(least, time.perf_counter() - start), runs + 1
    return least


def copied(value: Any) -> Any:
    """The same value with arrays and lists of its own."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, list):
        return list(map(copied, value))
    if isinstance(value, tuple):
        members = map(copied, value)
        return type(value)(*members) if hasattr(value, "_fields") else tuple(members)
    return value
