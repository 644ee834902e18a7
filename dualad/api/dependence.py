"""Drivers that run a function on index sets: which outputs depend on which groups of inputs, in one sweep (see `numbers.sets`)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from numba.core import types

from ..errors import ArgumentError
from ..numbers.sets import LEVEL
from ..numbers.types import carries_duals
from ..plan.plan import Plan
from .calls import Call
from .dispatchers import Operator
from .driver import Driver
from .functions import DerivativeFunction
from .leaves import Leaf, leaves
from .request import Request
from .target import Target

WORDS = inspect.Parameter("words", inspect.Parameter.POSITIONAL_ONLY)


def dependence(f: Callable[..., Any], request: Request, every_float: bool) -> DerivativeFunction:
    """The function `found = d(words, *args)` of bits.

    Parameters
    ----------
    f : callable
    request : Request
    every_float : bool
        Whether floats that are not differentiated are given (empty) sets too, so that a value of theirs that steers the
        program is noticed like one of an active argument.

    Returns
    -------
    DerivativeFunction
        `words`, a uint32 array of shape (inputs + 1, LANES), holds the set of each input, and an empty one in its last row;
        `found`, of shape (outputs, LANES), the set of each output.
    """
    target = Target(f, request.operator)
    target.before = 1
    parameters = [WORDS, *(positional(p) for p in target.signature.parameters.values())]
    recipe = _DependenceRecipe(request, every_float, tuple(parameters))
    return DerivativeFunction(target, request.operator, recipe, parameters, None)


def positional(parameter: inspect.Parameter) -> inspect.Parameter:
    """A parameter of the user's behind one of ours, whose name it may share."""
    return parameter if parameter.kind is parameter.VAR_POSITIONAL else parameter.replace(kind=WORDS.kind)


@dataclass(frozen=True)
class _DependenceRecipe(Operator):
    request: Request
    every_float: bool
    parameters: tuple[inspect.Parameter, ...]

    def identity(self) -> tuple[Any, ...]:
        """See `dispatchers.Builder`."""
        return "dependence", self.request.argnums, self.request.out_argnums, self.every_float

    def takes_adjoint(self, width: Any, given: tuple[types.Type, ...] | None = None) -> bool:
        """See `dispatchers.Builder`."""
        return False

    def plan(self, call: Call, driver: Any, refusal: Exception | None) -> Plan:
        """See `dispatchers.Operator`."""
        return Plan("forward", None, 1.0, "one evaluation on index sets")

    def __call__(self, target: Target, given: tuple[types.Type, ...], width: Any) -> Callable[..., Any]:
        points = given[1:]
        if any(map(carries_duals, points)):
            raise ArgumentError(
                f"{self.request.operator}: the sparsity of `{target.name}` is not looked for inside another derivative"
            )
        driver = _DependenceDriver(target, points, self.request, self.every_float)
        driver.write()
        return driver.finish("dependence", list(self.parameters))


class BehindDriver(Driver):
    """A driver of forward mode that takes further arguments before those of the function."""

    #: how many
    before = 1

    def argument_paths(self) -> list[str]:
        """See `Frame`."""
        return self.behind(super().argument_paths(), self.before)

    @staticmethod
    def behind(paths: list[str], count: int) -> list[str]:
        """Expressions `arg_i` and `arg_i[j]` of arguments that stand behind `count` others."""
        return [re.sub(r"^arg_(\d+)", lambda found: f"arg_{int(found[1]) + count}", path) for path in paths]


class _DependenceDriver(BehindDriver):
    def __init__(self, target: Target, given: Sequence[types.Type], request: Request, every_float: bool) -> None:
        self._active = len(request.argnums)
        if every_float:
            taken = {*request.argnums, *request.out_argnums}
            others = (i for i, type_ in enumerate(given) if i not in taken and _is_floats(type_))
            request = replace(request, argnums=(*request.argnums, *others))
        super().__init__(target, given, request, None, 1)
        self.kept = ()
        #: leaves that are differentiated come first
        self._differentiated = sum(len(group) for group in self.inputs[: self._active])

    def _add_levels(self, width: Any, count: int) -> None:
        from ..numbers.sets import SPEC, put_set, seed_set

        self.levels, self.known_inputs = (LEVEL,), None
        self.specs = (self.constant("level_0", SPEC),)
        self.constants.update(seed_set=seed_set, put_set=put_set)

    def _units(self, value: str, leaf: Leaf, position: int, firsts: tuple[str, ...], at: str) -> str:
        row = at if position < self._differentiated else "arg_0.shape[0] - 1"
        return f"seed_set({value}, arg_0, {row})"

    def write(self) -> None:
        """Lines of the body."""
        self.offsets()
        self.call("y", ("0",))
        outputs = self.outputs("y")
        sizes = [leaf.size for leaf in outputs]
        self.add(f"found = np.empty(({' + '.join(sizes)}, {LEVEL[1]}), np.uint32)")
        self.add("k = 0")
        for leaf in outputs:
            if not leaf.is_array:
                self.add(f"put_set({leaf.path}, found, k)")
                self.add("k += 1")
                continue
            self.add(f"for element in {leaf.path}.flat:")
            self.add("put_set(element, found, k)", 2)
            self.add("k += 1", 2)
        self.add("return found")


def _is_floats(type_: types.Type) -> bool:
    """Whether there is nothing in an argument but real numbers."""
    found = list(leaves("", types.unliteral(type_)))
    return bool(found) and all(isinstance(leaf.element, types.Float) for leaf in found)
