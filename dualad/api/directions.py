"""`jvp`: derivatives in given directions, one or several at once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numba.core import types
from numba.extending import register_jitable

from ..errors import ArgumentError
from ..plan.choose import many, products
from ..plan.plan import Plan
from ..plan.widths import default_width, power_of_two
from .calls import Call
from .dispatchers import Operator
from .driver import Driver
from .forward import store_rows, value_of
from .functions import DerivativeFunction
from .leaves import Leaf, leaves, rebuild
from .request import Request
from .target import Target
from .widths import checked_width

PARAMETERS = [
    inspect.Parameter("primals", inspect.Parameter.POSITIONAL_OR_KEYWORD),
    inspect.Parameter("tangents", inspect.Parameter.POSITIONAL_OR_KEYWORD),
]


def jvp(f: Callable[..., Any], *, chunk: int | None = None) -> DerivativeFunction:
    """Derivative of all outputs in given directions: Jacobian times vector.

    Parameters
    ----------
    f : callable
        Any function that Numba can compile; its outputs are floats, complex numbers, arrays, or tuples of those.
    chunk : int, optional
        Number of directions carried at once, a power of two.

    Returns
    -------
    DerivativeFunction
        `j(primals, tangents)` takes two tuples with one entry for each argument and returns `(y, y_dot)`. A tangent is
        shaped like its argument; with one more axis in front on every tangent it holds several directions, and so does
        `y_dot`. The tangent of an argument without derivatives is None, or 0 for a whole number.

    Raises
    ------
    ArgumentError
        If primals and tangents do not match.
    OutputError, UnsupportedError
        As `grad` does.
    ValueError
        At run time, if a tangent has another shape than its argument.

    Notes
    -----
    `ceil(K / chunk)` evaluations of `f` on numbers with `chunk` tangents, for K directions.

    Examples
    --------
    >>> import dualad as ad
    >>> ad.jvp(lambda x, y: x * y)((2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    target = Target(f, "jvp")
    width = checked_width(chunk, "jvp")
    return DerivativeFunction(target, "jvp", _JvpRecipe(width), PARAMETERS, width)


@dataclass(frozen=True)
class _JvpRecipe(Operator):
    """Makes the driver of a jvp for the types of primals and tangents."""

    chunk: int | None

    def identity(self) -> tuple[Any, ...]:
        """See `dispatchers.Builder`."""
        return ("jvp",)

    def takes_adjoint(self, width: Any, given: tuple[types.Type, ...] | None = None) -> bool:
        """See `dispatchers.Builder`."""
        return False

    def plan(self, call: Call, driver: Any, refusal: Exception | None) -> Plan:
        """See `dispatchers.Operator`."""
        primals, directions = (list(type_.types) for type_ in call.kinds())
        active = tuple(i for i, type_ in enumerate(primals) if is_active(type_, directions[i]))
        count = number_of_products(call.args[1]) if driver.several else 1
        what = f"{'directions' if count is None else many(count, 'direction')} of jvp go"
        return products(what, "forward", count, driver.widths[0], call.facts.counted(tuple(primals), active))

    def __call__(self, target: Target, given: tuple[types.Type, ...], width: int | None) -> Callable[..., Any]:
        primals, directions = given
        for name, type_ in (("primals", primals), ("tangents", directions)):
            if not isinstance(type_, types.BaseTuple):
                raise ArgumentError(
                    f"jvp: `{name}` is {type_}; expected a tuple with one entry for each argument of `{target.name}`"
                )
        if len(primals.types) != len(directions.types):
            raise ArgumentError(
                f"jvp: `primals` has {len(primals.types)} entries and `tangents` has {len(directions.types)}; expected one of "
                f"each for each argument (the tangent of an argument without derivatives is None or 0)"
            )
        active = tuple(i for i, type_ in enumerate(primals.types) if is_active(type_, directions.types[i]))
        if not active:
            raise ArgumentError("jvp: no argument has a tangent: there is no direction to differentiate in")
        along = {i: Leaf(f"arg_1[{i}]", directions.types[i]) for i in active}
        several = has_several(primals.types, along, "jvp")
        request = Request("jvp", active, False, (), with_value=True)
        driver = _JvpDriver(target, primals.types, request, width_along(width, several), 1, beside=[directions])
        driver.write(along, several, with_value=True)
        return driver.finish("jvp", PARAMETERS)


def number_of_products(vectors: Any) -> int | None:
    """How many vectors stand along the leading axis of arrays in a value; None where it is a type."""
    if isinstance(vectors, tuple):
        return next((count for count in map(number_of_products, vectors) if count is not None), None)
    return vectors.shape[0] if isinstance(vectors, np.ndarray) else None


def width_along(width: int | None, several: bool) -> int:
    """Number of directions carried at once: one, unless several are asked for."""
    if width is None:
        width = default_width(None) if several else 1
    return power_of_two(width)


def is_active(primal: types.Type, tangent: types.Type) -> bool:
    """Whether an argument has a tangent: not where that is None, or a whole number beside another one."""
    if isinstance(tangent, types.NoneType):
        return False
    return any(
        isinstance(leaf.element, (types.Float, types.Complex))
        or not isinstance(types.unliteral(tangent), types.Integer)
        for leaf in leaves("", primal)
    )


def has_several(primals: Sequence[types.Type], along: dict[int, Leaf], operator: str) -> bool:
    """Whether tangents have a leading axis of directions; checks that they are built like their arguments.

    Parameters
    ----------
    primals : sequence of numba types
        Types of all arguments.
    along : dict
        For the position of each active argument, its tangent: an expression, and a type that may be a tuple.
    operator : str

    Raises
    ------
    ArgumentError
    """
    answers = set()
    for i, whole in along.items():
        points, tangents = list(leaves(f"argument {i}", primals[i])), list(leaves("", whole.type))
        if len(points) != len(tangents):
            raise ArgumentError(f"{operator}: the tangent of argument {i} is not built like the argument")
        for point, tangent in zip(points, tangents, strict=True):
            extra = _ndim(tangent) - _ndim(point)
            if extra not in (0, 1):
                raise ArgumentError(
                    f"{operator}: the tangent of {point.path} has {_ndim(tangent)} axes, the argument {_ndim(point)}; expected as "
                    f"many, or one more in front for several directions"
                )
            answers.add(extra)
    if len(answers) > 1:
        raise ArgumentError(
            f"{operator}: some tangents have a leading axis of directions and others have not; give all of them one"
        )
    return answers == {1}


def _ndim(leaf: Leaf) -> int:
    return leaf.type.ndim if leaf.is_array else 0


class AlongDriver(Driver):
    """A driver of forward mode whose arguments are seeded along given directions."""

    def write(self, along: dict[int, Leaf], several: bool, with_value: bool) -> None:
        """Lines of the body, for `sweep`; `with_value` says whether the outputs are returned before their derivatives."""
        values, dots = self.sweep(along, several, with_value)
        self.add(f"return {values}, {dots}" if with_value else f"return {dots}")

    def sweep(self, along: dict[int, Leaf], several: bool, with_value: bool = True) -> tuple[str, str]:
        """Lines that evaluate the function and its derivatives; expressions of its outputs and of those.

        Parameters
        ----------
        along : dict
            As for `has_several`.
        several : bool
            Whether the tangents have a leading axis of directions.
        with_value : bool
            Whether the outputs are wanted; else their expression is empty.
        """
        ((_, width),), (spec,) = self.levels, self.specs
        self.several, self.width, self.kept = several, width, ()
        self._tangents = [leaf for i in self.argnums for leaf in leaves(along[i].path, along[i].type)]
        self._check_shapes()
        first = self._tangents[0].path
        self.add(f"total = {first + '.shape[0]' if several else '1'}")
        self.call("y", ("0",))
        outputs = self.outputs("y")
        for j, leaf in enumerate(outputs):
            if with_value:
                self.add(f"value_{j} = {value_of(leaf, spec)}")
            size = leaf.size
            self.add(f"rows_{j} = np.empty(({size}, total), tangent_dtype({leaf.path}, {spec}))")
            store_rows(self, leaf, f"rows_{j}", "0", 1)
        if several:
            self.add(f"for first in range({width}, total, {width}):")
            self.call("y", ("first",), 2)
            for j, leaf in enumerate(outputs):
                store_rows(self, leaf, f"rows_{j}", "first", 2)
        dots = rebuild(self.output_type, (self._dot(j, leaf) for j, leaf in enumerate(outputs)), self.constants)
        if not with_value:
            return "", dots
        return rebuild(self.output_type, (f"value_{j}" for j in range(len(outputs))), self.constants), dots

    def _check_shapes(self) -> None:
        for point, tangent in zip(self.flat_inputs, self._tangents, strict=True):
            if self.several:
                self.add(f"if {tangent.path}.shape[0] != {self._tangents[0].path}.shape[0]:")
                self.add(f'raise ValueError("{self.operator}: tangents with different numbers of directions")', 2)
            if point.is_array:
                rest = ".shape[1:]" if self.several else ".shape"
                self.add(f"if {tangent.path}{rest} != {point.path}.shape:")
                self.add(f'raise ValueError("{self.operator}: a tangent has another shape than its argument")', 2)

    def _seeded(self, leaf: Leaf, position: int, firsts: tuple[str, ...], indent: int) -> str:
        tangent = self._tangents[position]
        along = seeded_along(self.width, leaf.is_array, self.several)
        name = self.constant(f"along_{int(leaf.is_array)}{int(self.several)}", along)
        return f"{name}({leaf.path}, {self.specs[0]}, {tangent.path}, {firsts[0]})"

    def _dot(self, j: int, leaf: Leaf) -> str:
        if not self.several:
            return f"rows_{j}[:, 0].copy().reshape({leaf.path}.shape)" if leaf.is_array else f"rows_{j}[0, 0]"
        if leaf.is_array:
            return f"rows_{j}.T.copy().reshape((total,) + {leaf.path}.shape)"
        return f"rows_{j}[0]"


class SeedsOfTuple(Driver):
    """A driver of forward mode, the arguments of whose function sit in the tuple `primals`."""

    def expanded(self, given: Sequence[types.Type]) -> list[types.Type]:
        return list(given)

    def argument_names(self) -> list[str]:
        return [f"primals[{i}]" for i in range(len(self.given))]

    def argument_paths(self) -> list[str]:
        return [f"arg_0[{i}]" for i in range(len(self.given))]


class _JvpDriver(SeedsOfTuple, AlongDriver):
    """See both."""


@cache
def seeded_along(width: int, is_array: bool, several: bool) -> Callable[..., Any]:
    """A function `(x, level, tangent, first)` that seeds `x` with directions `first, first + 1, ...` of `tangent`."""
    from ..numbers import seed as seeding

    namespace = {
        "__name__": __name__,
        "np": np,
        "seed_tangents": seeding.seed_tangents,
        "seeded_along_dtype": seeding.seeded_along_dtype,
    }
    if several:
        # directions beyond the last one repeat it; the driver does not read them
        lanes = [f"t[min(first + {k}, t.shape[0] - 1)]" for k in range(width)]
        item = [f"rows[min(first + {k}, t.shape[0] - 1), i]" for k in range(width)]
    else:
        lanes, item = ["t"] * width, ["rows[0, i]"] * width
    if not is_array:
        source = f"def along(x, level, t, first):\n    return seed_tangents(x, level, ({', '.join(lanes)},))\n"
    else:
        count = "t.shape[0]" if several else "1"
        source = (
            "def along(x, level, t, first):\n"
            "    seeded = np.empty(x.shape, seeded_along_dtype(x, level, t))\n"
            "    flat = seeded.reshape(-1)\n"
            f"    rows = np.ascontiguousarray(t).reshape(({count}, x.size))\n"
            "    i = 0\n"
            "    for element in x.flat:\n"
            f"        flat[i] = seed_tangents(element, level, ({', '.join(item)},))\n"
            "        i += 1\n"
            "    return seeded\n"
        )
    exec(source, namespace)
    along: Callable[..., Any] = register_jitable(namespace["along"])
    return along
