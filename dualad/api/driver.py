"""Drivers of forward mode, piece by piece: the seeded arguments and the call of the twin."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from numba.core import types

from ..numbers import lift as lifting
from ..numbers.promotion import PromotionRequest
from ..numbers.types import Level, Levels, levels_in, lifted_type
from ..plan.widths import default_width, default_widths
from .frame import Frame, passed_expression, passed_type
from .leaves import Leaf, leaves, rebuild
from .request import Request
from .target import Target

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
        written = self.written()
        active = {*self.argnums, *self.out_argnums}
        #: arguments without derivatives that the function is given copies of: every call must find what was given
        self.copied = (set(range(len(self.given))) if written is None else written) - active
        #: active arguments that the function does not write
        self.only_read = (
            () if written is None else tuple(i for i in self.argnums if i not in {*written, *self.out_argnums})
        )
        self.result_type = self._type_call()
        self.refuse_shared_memory(self._is_copied, written, _WHY_NOT_SHARED)
        #: active arguments whose seeded arrays can serve several calls
        self.kept = tuple(i for i in self.only_read if i not in self.lifted)

    def _add_levels(self, width: Any, count: int) -> None:
        """One level for first derivatives, two for second ones, above all levels of the arguments."""
        inputs = None if any(leaf.is_array for leaf in self.flat_inputs) else len(self.flat_inputs)
        if width is None:
            width = default_width(inputs) if count == 1 else default_widths(inputs)
        widths = (width,) if count == 1 else width
        first_tag = 1 + max((-1, *(tag for tag, _ in levels_in((*self.given, *self.beside)))))
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
            elif i in self.copied:
                kind = passed_type(kind, floats=False, copied=True)
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
        return (
            argument in self.argnums
            or argument in self.out_argnums
            or argument in self.lifted
            or argument in self.copied
        )

    def start(self) -> None:
        """Lines before the first call: the seeded arrays that serve every call, with units for the chunks at 0."""
        for i in self.kept:
            for position, leaf in enumerate(leaves(self.paths[i], self.given[i]), self._first_leaf(i)):
                if leaf.is_array:
                    self._seed_array(leaf, position, ("0",) * len(self.levels), 1)
                    for old in self._before(position):
                        self.add(f"{old} = 0")

    def call(self, result: str, firsts: tuple[str, ...], indent: int = 1) -> None:
        """Lines that call the function with the chunks that begin at `firsts`, one for each level.

        Arrays that the function does not write are seeded anew only where their units move; see `start`.
        """
        arguments = []
        for i, name in enumerate(self.paths):
            expression = name
            if i in self.argnums:
                parts = []
                for position, leaf in enumerate(leaves(name, self.given[i]), self._first_leaf(i)):
                    if leaf.is_array and i in self.kept:
                        parts.append(self._reseed(leaf, position, firsts, indent))
                    else:
                        parts.append(self._seeded(leaf, position, firsts, indent))
                expression = rebuild(self.given[i], iter(parts), self.constants)
            elif i in self.out_argnums:
                expression = self.output_array(name, self.given[i])
            if i in self.lifted:
                expression = f"lift({expression}, {self.constant(f'lift_{i}', Levels(self.lifted[i]))})"
            elif i in self.copied:
                found = list(leaves(name, self.given[i]))
                if any(leaf.is_array for leaf in found):
                    parts = [passed_expression(leaf, floats=False, copied=True) for leaf in found]
                    expression = rebuild(self.given[i], iter(parts), self.constants)
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

    def output_array(self, path: str, kind: types.Type) -> str:
        """Expression of what the function writes an output argument of this type into."""
        return f"lift({path}, {self.constant('levels', Levels(self.levels))})"

    def _first_leaf(self, argument: int) -> int:
        """Position among all input leaves, which are in the order of `argnums`, of the first one of an argument."""
        before = self.argnums.index(argument)
        return sum(len(group) for group in self.inputs[:before])

    def _before(self, position: int) -> list[str]:
        """Names of where the chunks of the last call began, for a seeded array."""
        return [f"{name}_{position}" for name in ("before", "before_outer")[: len(self.levels)]]

    def _seeded(self, leaf: Leaf, position: int, firsts: tuple[str, ...], indent: int) -> str:
        """Expression of an input with units in the chunks at `firsts`; may add lines that make it."""
        if leaf.is_array:
            return self._seed_array(leaf, position, firsts, indent)
        return self._units(leaf.path, leaf, position, firsts, f"at_{position}")

    def _seed_array(self, leaf: Leaf, position: int, firsts: tuple[str, ...], indent: int) -> str:
        """Lines that make the array `seeded_k`; loops stand in the driver itself, which compiles faster than helpers do."""
        seeded = f"seeded_{position}"
        # fresh memory of the system's would cost more than the sweep
        make = "empty_record" if leaf.type.ndim else "np.empty"
        self.add(f"{seeded} = {make}({leaf.path}.shape, {self._seed_dtype(leaf)})", indent)
        if leaf.type.ndim == 1:  # plain indices are faster than an iterator
            self.add(f"for i in range({leaf.path}.size):", indent)
            self.add(self._put_seed(seeded, f"{leaf.path}[i]", leaf, position, firsts), indent + 1)
            return seeded
        self.add(f"flat_{position} = {seeded}.reshape(-1)", indent)
        element = f"element_{position}"
        self.add("i = 0", indent)
        self.add(f"for {element} in {leaf.path}.flat:", indent)
        self.add(self._put_seed(f"flat_{position}", element, leaf, position, firsts), indent + 1)
        self.add("i += 1", indent + 1)
        return seeded

    def _seed_dtype(self, leaf: Leaf) -> str:
        """Expression of the element type of a seeded array."""
        return f"lifted_dtype({leaf.path}, {self.constant('levels', Levels(self.levels))})"

    def _put_seed(self, array: str, value: str, leaf: Leaf, position: int, firsts: tuple[str, ...]) -> str:
        """Line that makes element `i` of a seeded array out of a value."""
        return f"{array}[i] = {self._units(value, leaf, position, firsts, f'at_{position} + i')}"

    def _reseed(self, leaf: Leaf, position: int, firsts: tuple[str, ...], indent: int) -> str:
        """Lines that move the units of a seeded array to the chunks at `firsts`, touching nothing else."""
        at, flat = f"at_{position}", f"{'seeded' if leaf.type.ndim == 1 else 'flat'}_{position}"
        befores = self._before(position)
        self.add(f"if {' or '.join(f'{first} > 0' for first in firsts)}:", indent)
        for first, before, spec, (_, width) in zip(firsts, befores, self.specs, self.levels, strict=True):
            self.add(f"for lane in range({width}):", indent + 1)
            self.add(f"put_unit({flat}, {before} - {at} + lane, {spec}, lane, 0.0)", indent + 2)
            self.add(f"put_unit({flat}, {first} - {at} + lane, {spec}, lane, {self._unit(leaf)})", indent + 2)
        for first, before in zip(firsts, befores, strict=True):
            self.add(f"{before} = {first}", indent + 1)
        return f"seeded_{position}"

    def _units(self, value: str, leaf: Leaf, position: int, firsts: tuple[str, ...], at: str) -> str:
        """Expression of the input number `at` with its units in the chunks at `firsts`."""
        for spec, first in zip(self.specs, firsts, strict=True):
            value = f"seed({value}, {spec}, {at} - {first}, {self._unit(leaf)})"
        return value

    def _unit(self, leaf: Leaf) -> str:
        if not self.imaginary:
            return "1.0"
        return "1j" if isinstance(leaf.element, types.Complex) else "0.0"

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

    from ..numbers import results, seed
    from ..workspace.record import empty_record

    taking = ("tangents", "tangent_dtype", "primal", "primal_array", "store_lanes", "mirror", "store_hessian",
              "store_slopes", "holomorphic", "conjugate_gradient")  # fmt: skip
    return {
        "np": np,
        "empty_record": empty_record,
        "seed": seed.seed,
        "put_unit": seed.put_unit,
        "lifted_dtype": lifting.lifted_dtype,
        **{name: getattr(results, name) for name in taking},
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
