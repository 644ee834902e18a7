"""`second_jvp`: second derivatives along two directions, from one evaluation on hyper-dual numbers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from numba.core import types

from ..errors import ArgumentError
from ..plan.choose import hessian
from ..plan.plan import Plan
from .calls import Call
from .directions import SeedsOfTuple, has_several, is_active, seeded_along
from .dispatchers import Operator
from .driver import Driver
from .first import Function
from .forward import store_rows
from .functions import DerivativeFunction
from .hessians import refuse_complex
from .leaves import Leaf, leaves, rebuild
from .request import Request
from .reverse import is_float
from .target import Target

PARAMETERS = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in ("primals", "v", "w")]


def second_jvp(f: Function) -> DerivativeFunction:
    """Second derivative of all outputs along two directions, which may be the same.

    Parameters
    ----------
    f : callable
        Any function that Numba can compile; its outputs are floats, float arrays, or tuples of those.

    Returns
    -------
    DerivativeFunction
        `s(primals, v, w)` takes three tuples with one entry for each argument and returns `(y, (y_v, y_w), y_vw)`: the outputs
        at the point x, their derivatives along v and along w, and the second derivative d2 f(x + s v + t w) / ds dt at 0, which
        is v^T H w with the Hessian H of each output. A direction is shaped like its argument. Where it is None, or 0 for a
        whole number, the argument is not moved.

    Raises
    ------
    ArgumentError
        If the directions are not built like the primals, or an argument is complex.
    OutputError, UnsupportedError
        As `grad` does.
    ValueError
        At run time, if a direction has another shape than its argument.

    Notes
    -----
    One evaluation of `f` on numbers with one direction on each of two levels, typically 1.5 to 4 evaluations of `f`, whatever
    the size of the arguments; exact to rounding, as no difference is taken (Fike and Alonso, AIAA 2011-886,
    doi:10.2514/6.2011-886). For a function with one output and every w at once, `hvp` is the choice; for many pairs of
    directions `ad.vmap(ad.second_jvp(f))`.

    Examples
    --------
    >>> import dualad as ad
    >>> ad.second_jvp(lambda x, y: x * x * y)((3.0, 5.0), (1.0, 0.0), (0.0, 1.0))
    (45.0, (30.0, 9.0), 6.0)
    """
    return DerivativeFunction(Target(f, "second_jvp"), "second_jvp", _Recipe(), PARAMETERS, None)


class _Recipe(Operator):
    """Makes the driver for the types of primals and directions."""

    def identity(self) -> tuple[Any, ...]:
        """See `dispatchers.Builder`."""
        return ("second_jvp",)

    def takes_adjoint(self, width: Any, given: tuple[types.Type, ...] | None = None) -> bool:
        """See `dispatchers.Builder`."""
        return False

    def plan(self, call: Call, driver: Any, refusal: Exception | None) -> Plan:
        """See `dispatchers.Operator`."""
        primals, first, second = (list(type_.types) for type_ in call.kinds())
        active = tuple(i for i, t in enumerate(primals) if is_active(t, first[i]) or is_active(t, second[i]))
        costs = call.facts.counted(tuple(primals), active)
        return hessian("forward", 1, (1, 1), 1, costs, "one evaluation serves both directions")

    def __call__(self, target: Target, given: tuple[types.Type, ...], width: Any) -> Callable[..., Any]:
        for parameter, type_ in zip(PARAMETERS, given, strict=True):
            if not isinstance(type_, types.BaseTuple):
                raise ArgumentError(
                    f"second_jvp: `{parameter.name}` is {type_}; expected a tuple with one entry for each argument of "
                    f"`{target.name}`"
                )
        primals, *directions = (type_.types for type_ in given)
        moved = []
        for k, (parameter, kinds) in enumerate(zip(PARAMETERS[1:], directions, strict=True), 1):
            if len(kinds) != len(primals):
                raise ArgumentError(
                    f"second_jvp: `primals` has {len(primals)} entries and `{parameter.name}` has {len(kinds)}; expected one of "
                    f"each for each argument (the direction of an argument that is not moved is None or 0)"
                )
            along = {i: Leaf(f"arg_{k}[{i}]", kinds[i]) for i in range(len(primals)) if is_active(primals[i], kinds[i])}
            if not along:
                raise ArgumentError(f"second_jvp: no argument is moved by `{parameter.name}`")
            if has_several(primals, along, "second_jvp"):
                raise ArgumentError(
                    "second_jvp: a direction has one axis more than its argument; for several pairs of directions take "
                    "`ad.vmap(ad.second_jvp(f), in_axes=...)`"
                )
            moved.append(along)
        active = tuple(sorted({*moved[0], *moved[1]}))
        driver = _Driver(target, primals, Request("second_jvp", active, False, ()), (1, 1), 2, beside=given[1:])
        driver.write(moved)
        return driver.finish("second_jvp", PARAMETERS)


class _Driver(SeedsOfTuple):
    """The arguments are seeded along v on the inner level and along w on the outer one."""

    def write(self, moved: list[dict[int, Leaf]]) -> None:
        """Lines of the body, for the directions of both levels by the positions of the arguments that they move."""
        refuse_complex(self.operator, self.flat_inputs)
        self.kept = ()
        self._directions = [
            [
                part
                for i, group in zip(self.argnums, self.inputs, strict=True)
                for part in (leaves(along[i].path, along[i].type) if i in along else [None] * len(group))
            ]
            for along in moved
        ]
        for directions in self._directions:
            for point, direction in zip(self.flat_inputs, directions, strict=True):
                if point.is_array and direction is not None:
                    self.add(f"if {direction.path}.shape != {point.path}.shape:")
                    self.add('raise ValueError("second_jvp: a direction has another shape than its argument")', 2)
        self.call("y", ("0", "0"))
        self.add("total = 1")
        outputs = self.outputs("y")
        parts = list(zip(*(self._parts(j, leaf) for j, leaf in enumerate(outputs)), strict=True))
        value, along_v, along_w, second = (rebuild(self.output_type, iter(p), self.constants) for p in parts)
        self.add(f"return {value}, ({along_v}, {along_w}), {second}")

    def _seeded(self, leaf: Leaf, position: int, firsts: tuple[str, ...], indent: int) -> str:
        value = leaf.path
        for spec, directions in zip(self.specs, self._directions, strict=True):
            direction = directions[position]
            if direction is None:
                value = f"lift({value}, {spec})"
            else:
                along = self.constant(f"along_{int(leaf.is_array)}", seeded_along(1, leaf.is_array, several=False))
                value = f"{along}({value}, {spec}, {direction.path}, 0)"
        return value

    def _parts(self, j: int, leaf: Leaf) -> tuple[str, str, str, str]:
        """Expressions of an output, its derivatives along both directions, and its second derivative."""
        inner, outer = self.specs
        second = second_of(self, j, leaf)
        if not leaf.is_array:
            below = f"primal({leaf.path}, {outer})"
            return f"primal({below}, {inner})", f"tangents({below}, {inner})[0]", f"primal(slope_{j}, {inner})", second
        shape = f".reshape({leaf.path}.shape)"
        self.add(f"below_{j} = primal_array({leaf.path}, {outer})")
        self.add(f"along_v_{j} = np.empty(below_{j}.size, tangent_dtype(below_{j}, {inner}))")
        store_rows(self, Leaf(f"below_{j}", leaf.type), f"along_v_{j}", "0", 1, inner)
        value = f"primal_array(below_{j}, {inner})" if is_float(leaf) else f"{leaf.path}.copy()"
        return value, f"along_v_{j}{shape}", f"primal_array(slope_{j}, {inner}){shape}", second


def second_of(driver: Driver, j: int, leaf: Leaf) -> str:
    """Expression of the second derivative of output `j` of a driver with one direction on each of two levels.

    Adds lines that make `slope_j`, its derivative by the outer level, which still has the inner one.
    """
    inner, outer = driver.specs
    if not leaf.is_array:
        driver.add(f"slope_{j} = tangents({leaf.path}, {outer})[0]")
        return f"tangents(slope_{j}, {inner})[0]"
    driver.add(f"slope_{j} = np.empty({leaf.path}.size, tangent_dtype({leaf.path}, {outer}))")
    store_rows(driver, leaf, f"slope_{j}", "0", 1, outer)
    driver.add(f"second_{j} = np.empty({leaf.path}.size, tangent_dtype(slope_{j}, {inner}))")
    store_rows(driver, Leaf(f"slope_{j}", types.Array(leaf.type.dtype, 1, "C")), f"second_{j}", "0", 1, inner)
    return f"second_{j}.reshape({leaf.path}.shape)"
