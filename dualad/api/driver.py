"""Drivers of forward mode, piece by piece: the seeded arguments and the call of the twin."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from numba.core import types

from ..numbers import lift as lifting
from ..numbers.promotion import PromotionRequest
from ..numbers.types import Level, Levels, levels_in, lifted_type
from .frame import Frame
from .leaves import Leaf, leaves, rebuild
from .request import Request
from .target import Target
from .widths import default_width, default_widths

_WHY_NOT_SHARED = (
    "the function may write one of them, and their copies with derivatives would no longer be the same array"
)


class Driver(Frame):
    """One driver of forward mode under construction.

    Parameters
    ----------
    target : Target
    given : tuple of numba types
        Types of the arguments that the driver is called with.
    request : Request
    width : int, (int, int) or None
        Widths of the levels to add; None chooses them from the types.
    levels : int
        1 for first derivatives, 2 for second ones.
    beside : sequence of numba types
        Types of further values, whose levels must stay below those of this driver.
    """

    def __init__(
        self,
        target: Target,
        given: Sequence[types.Type],
        request: Request,
        width: Any,
        levels: int,
        beside: Sequence[types.Type] = (),
    ) -> None:
        super().__init__(target, given, request)
        self.beside = tuple(beside)
        self.constants.update(f=target.twin, lift=lifting.lift, **_namespace())
        #: whether calls are seeded along the imaginary axis of complex inputs
        self.imaginary = False
        self._add_levels(width, levels)
        self.lifted: dict[int, tuple[Level, ...]] = self._lift_with_neighbours()
        self.result_type = self._type_call()
        written = self.written()
        self.refuse_shared_memory(self._is_copied, written, _WHY_NOT_SHARED)
        #: active arguments whose seeded arrays can serve several calls, because the function does not write them
        self.kept = (
            ()
            if written is None
            else tuple(
                i for i in self.argnums if i not in written and i not in self.out_argnums and i not in self.lifted
            )
        )

    def _add_levels(self, width: Any, count: int) -> None:
        """One level for first derivatives, two for second ones, above all levels of the arguments."""
        inputs = None if any(leaf.is_array for leaf in self.flat_inputs) else len(self.flat_inputs)
        if width is None:
            width = default_width(inputs) if count == 1 else default_widths(inputs)
        widths = (width,) if count == 1 else width
        first_tag = 1 + max((tag for tag, _ in levels_in((*self.given, *self.beside))), default=-1)
        self.levels: tuple[Level, ...] = tuple((first_tag + i, w) for i, w in enumerate(widths))
        self.specs = tuple(self.constant(f"level_{i}", Levels((level,))) for i, level in enumerate(self.levels))
        #: number of inputs where the types tell it: no array among the active arguments
        self.known_inputs = inputs

    def _lift_with_neighbours(self) -> dict[int, tuple[Level, ...]]:
        """`*args` is one tuple to the function, which may loop over it: all of its floats carry derivatives or none does."""
        kinds = [parameter.kind for parameter in self.target.signature.parameters.values()]
        if inspect.Parameter.VAR_POSITIONAL not in kinds:
            return {}
        star = range(kinds.index(inspect.Parameter.VAR_POSITIONAL), len(self.given))
        if not any(i in self.argnums for i in star):
            return {}
        return {
            i: self.levels
            for i in star
            if i not in self.argnums and _lift_fully(self.given[i], self.levels) != self.given[i]
        }

    def seeded_types(self) -> list[types.Type]:
        """Types of the arguments that the function is called with."""
        kinds = []
        for i, type_ in enumerate(self.given):
            kind = _lift_fully(type_, self.levels) if i in self.argnums else type_
            if i in self.out_argnums:
                kind = _lift_fully(type_, self.levels)
            if i in self.lifted:
                kind = lifted_type(kind, self.lifted[i])
            kinds.append(kind)
        return kinds

    def _type_call(self) -> types.Type:
        """Type of the result of the twin on seeded arguments; compiles it."""
        twin = self.target.twin
        while True:
            kinds = tuple(self.seeded_types())
            try:
                template, _, args, _ = twin.get_call_template(kinds, {})
            except PromotionRequest as request:
                fresh = {i: levels for i, levels in request.levels.items() if self.lifted.get(i) != levels}
                if not fresh:
                    raise
                self.lifted.update(fresh)
                continue
            cases = [case for case in template.cases if tuple(case.args) == tuple(args)]
            return (cases or template.cases)[-1].return_type

    def _is_copied(self, argument: int) -> bool:
        return argument in self.argnums or argument in self.out_argnums or argument in self.lifted

    def call(self, result: str, firsts: tuple[str, ...], indent: int = 1, again: bool = False) -> None:
        """Lines that call the function with the chunks that begin at `firsts`, one for each level.

        `again` says that an earlier call is on the way to this one: arrays that the function does not write are then
        seeded anew only where their units move.
        """
        self._again, self._indent = again, indent
        arguments = []
        for i, name in enumerate(self.paths):
            expression = name
            if i in self.argnums:
                parts = []
                position = self._first_leaf(i)
                for leaf in leaves(name, self.given[i]):
                    seeded = self._seeded(leaf, position, firsts)
                    parts.append(self._kept(leaf, position, firsts, seeded) if i in self.kept else seeded)
                    position += 1
                expression = rebuild(self.given[i], iter(parts), self.constants)
            elif i in self.out_argnums:
                expression = f"lift({name}, {self.constant('levels', Levels(self.levels))})"
            if i in self.lifted:
                expression = f"lift({expression}, {self.constant(f'lift_{i}', Levels(self.lifted[i]))})"
            if i in self.out_argnums:
                self.add(f"out_{i} = {expression}", indent)
                expression = f"out_{i}"
            arguments.append(expression)
        call = f"f({', '.join(arguments)})"
        if not self.out_argnums:
            self.add(f"{result} = {call}", indent)
            return
        self.add(call, indent)
        outs = [f"out_{i}" for i in self.out_argnums]
        self.add(f"{result} = {outs[0] if len(outs) == 1 else '(' + ', '.join(outs) + ')'}", indent)

    def _first_leaf(self, argument: int) -> int:
        """Position among all input leaves, which are in the order of `argnums`, of the first one of an argument."""
        before = self.argnums.index(argument)
        return sum(len(group) for group in self.inputs[:before])

    def _kept(self, leaf: Leaf, position: int, firsts: tuple[str, ...], seeded: str) -> str:
        """Name of the seeded array that stays the same from call to call; adds the lines that make or reseed it."""
        if not leaf.is_array:
            return seeded
        name, before = f"seeded_{position}", [f"{name}_{position}" for name in ("before", "before_outer")]
        if self._again:
            at = f"at_{position}"
            olds = ", ".join(f"{old} - {at}" for _, old in zip(firsts, before, strict=False))
            news = ", ".join(f"{first} - {at}" for first in firsts)
            function = "reseed" if len(firsts) == 1 else "reseed_pair"
            self.add(f"{function}({name}, {', '.join(self.specs)}, {olds}, {news}, {self._unit(leaf)})", self._indent)
        else:
            self.add(f"{name} = {seeded}", self._indent)
        for old, first in zip(before, firsts, strict=False):
            self.add(f"{old} = {first}", self._indent)
        return name

    def _unit(self, leaf: Leaf) -> str:
        if not self.imaginary:
            return "1.0"
        return "1j" if isinstance(leaf.element, types.Complex) else "0.0"

    def _seeded(self, leaf: Leaf, position: int, firsts: tuple[str, ...]) -> str:
        expression = leaf.path
        unit = self._unit(leaf)
        for spec, first in zip(self.specs, firsts, strict=True):
            if leaf.is_array:
                function = "seed_vector" if leaf.type.ndim == 1 else "seed_array"
                expression = f"{function}({expression}, {spec}, {first} - at_{position}, {unit})"
            else:
                expression = f"seed({expression}, {spec}, at_{position} - {first}, {unit})"
        return expression

    def outputs(self, path: str) -> list[Leaf]:
        """Leaves of the result."""
        self.output_type = self.result_type
        if self.out_argnums:
            kinds = [self.seeded_types()[i] for i in self.out_argnums]
            self.output_type = kinds[0] if len(kinds) == 1 else types.Tuple(kinds)
        return super().outputs(path)


def _namespace() -> dict[str, Any]:
    """Globals of drivers; imported when the first one is made, as they pull in much of Numba."""
    import numpy as np

    from ..numbers import seed as seeding

    names = ("seed", "seed_array", "seed_vector", "seed_tangents", "tangents", "tangent_dtype", "primal", "primal_array",
             "store_tangents", "store_jacobian", "store_hessian", "store_slopes",
             "holomorphic", "conjugate_gradient", "reseed", "reseed_pair")  # fmt: skip
    return {
        "np": np,
        **{name: getattr(seeding, name) for name in names},
    }


def _lift_fully(type_: types.Type, levels: tuple[Level, ...]) -> types.Type:
    """Type of an active argument after seeding: as `lifted_type`, with integers taken as floats, arrays fresh."""
    if isinstance(type_, types.Integer):
        return lifted_type(types.float64, levels)
    if isinstance(type_, types.Array):
        return types.Array(lifted_type(type_.dtype, levels), type_.ndim, "C")
    if isinstance(type_, types.BaseTuple):
        members = [_lift_fully(member, levels) for member in type_.types]
        return types.BaseTuple.from_types(members, getattr(type_, "instance_class", None))
    return lifted_type(type_, levels)
