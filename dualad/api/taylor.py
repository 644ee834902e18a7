"""`taylor`: coefficients of a function along a line, to any order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from numba.core import types

from ..errors import ArgumentError, UnsupportedError
from ..numbers.types import SERIES, SETS, Levels, levels_in
from ..plan.plan import Plan
from .calls import Call
from .directions import AlongDriver, has_several
from .dispatchers import Operator
from .first import Function, Positions
from .functions import DerivativeFunction
from .leaves import Leaf, leaves, rebuild
from .operators import requested
from .products import VECTOR, vector_along, with_vector
from .request import Request
from .target import Target


def taylor(
    f: Function, order: int, argnums: Positions = 0, *, out_argnums: Positions | None = None
) -> DerivativeFunction:
    """Taylor coefficients of `f(x + t v)` in `t`.

    Parameters
    ----------
    f : callable
        Any function that Numba can compile; its outputs are floats, complex numbers, arrays, or tuples of those.
    order : int
        Highest order of `t`, from 0.
    argnums : int or tuple of int
        Positions of the arguments that move: floats, float arrays, tuples and NamedTuples of those.
    out_argnums : int or tuple of int, optional
        Positions of the arguments that `f` writes its results into, in the place of a returned value.

    Returns
    -------
    DerivativeFunction
        `coefficients(*args, v)` takes the arguments of `f` and then the direction, shaped like the argument that `argnums`
        names, or a tuple of directions for a tuple of positions. It returns an array of shape `(order + 1,) + y.shape` for
        each output `y` of `f`, float32 where `y` is: the k-th row is the k-th derivative by `t` at 0, divided by k!.

    Raises
    ------
    ArgumentError
        If `order` is no whole number from 0, or the direction is not built like the argument.
    OutputError, UnsupportedError
        As `jvp` does; also for `taylor` inside `taylor`, and for functions with a `custom_vjp` alone.
    ValueError
        At run time, if the direction has another shape than the argument.

    Notes
    -----
    One evaluation of `f` on truncated power series. A product takes about `order**2 / 2` multiplications, an elementary
    function a few times that, where nested first derivatives take `2**order`. Mixed derivatives in many directions follow from
    coefficients along lines (Griewank, Utke and Walther, 2000). At a singular point (`sqrt` at 0) coefficients are
    infinite or NaN; beyond a kink the series is that of the side, or of the mean, which the first derivative is taken from.

    References
    ----------
    Griewank and Walther, Evaluating Derivatives (2008), ch. 13, doi:10.1137/1.9780898717761. Griewank, Utke and Walther,
    Evaluating higher derivative tensors by forward propagation of univariate Taylor series, Math. Comp. 69 (2000),
    doi:10.1090/S0025-5718-00-01120-0.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as ad
    >>> ad.taylor(lambda x: 1.0 / x, 4)(2.0, 1.0)
    array([ 0.5    , -0.25   ,  0.125  , -0.0625 ,  0.03125])
    >>> ad.taylor(lambda x: x[0] * x[1], 2)(np.array([2.0, 3.0]), np.array([1.0, 1.0]))
    array([6., 5., 1.])
    """
    target = Target(f, "taylor")
    if isinstance(order, bool) or not isinstance(order, int) or order < 0:
        raise ArgumentError(f"taylor: `order` is {order!r}; expected a whole number from 0")
    recipe = _TaylorRecipe(requested("taylor", argnums, out_argnums), order)
    return DerivativeFunction(target, "taylor", recipe, with_vector(target), None)


@dataclass(frozen=True)
class _TaylorRecipe(Operator):
    """Makes the driver for the types of the arguments and of the direction."""

    request: Request
    order: int

    def identity(self) -> tuple[Any, ...]:
        """See `dispatchers.Builder`."""
        return (*astuple(self.request), self.order)

    def takes_adjoint(self, width: Any, given: tuple[types.Type, ...] | None = None) -> bool:
        """See `dispatchers.Builder`."""
        return False

    def plan(self, call: Call, driver: Any, refusal: Exception | None) -> Plan:
        """See `dispatchers.Operator`."""
        return Plan("forward", None, None, f"one evaluation of f on power series of order {self.order}")

    def __call__(self, target: Target, given: tuple[types.Type, ...], width: Any) -> Callable[..., Any]:
        _refuse_levels(target, given)
        *points, vector = given
        argnums = self.request.argnums
        along = vector_along(argnums, self.request.single, Leaf(f"arg_{len(points)}", vector), "taylor")
        if all(i < len(points) for i in argnums) and has_several(points, along, "taylor"):
            raise ArgumentError(
                "taylor: the direction has one axis more than the argument; coefficients are taken along one direction at a time"
            )
        # a series has an order of at least 1; for order 0 the coefficient of t is left out again
        driver = _TaylorDriver(target, points, self.request, max(self.order, 1), 1, beside=[vector])
        driver.write_coefficients(along, self.order)
        return driver.finish("taylor", [*target.signature.parameters.values(), VECTOR])


def _refuse_levels(target: Target, given: Sequence[types.Type]) -> None:
    tags = {tag for tag, _ in levels_in(given)}
    if SERIES in tags:
        raise UnsupportedError(
            f"`taylor` of `{target.name}` inside another `taylor`",
            "numbers carry the coefficients along one variable only",
            "`ad.derivative` or `ad.jvp` inside the outer `taylor`, or one `taylor` along a line in both variables",
        )
    if SETS in tags:
        raise UnsupportedError(
            f"the sparsity of a function that calls `taylor` of `{target.name}`",
            "it is not looked for inside another derivative",
            "give the pattern, or leave `sparsity` out",
        )


class _TaylorDriver(AlongDriver):
    """A driver whose arguments are seeded with lines."""

    def _add_levels(self, width: Any, count: int) -> None:
        from ..numbers import expansion

        self.levels, self.known_inputs = ((SERIES, width),), None
        self.specs = (self.constant("series", Levels(self.levels)),)
        for name in ("seed_line", "seed_lines", "store_series"):
            self.constants[name] = getattr(expansion, name)

    def write_coefficients(self, along: dict[int, Leaf], order: int) -> None:
        """Lines of the body.

        Parameters
        ----------
        along : dict
            As for `directions.has_several`.
        order : int
        """
        ((_, width),), (spec,) = self.levels, self.specs
        self.several, self.kept = False, ()
        self._tangents = [leaf for i in self.argnums for leaf in leaves(along[i].path, along[i].type)]
        self._check_shapes()
        self.call("y", ("0",))
        parts = []
        for j, leaf in enumerate(self.outputs("y")):
            rows, size = f"rows_{j}", leaf.size
            self.add(f"{rows} = np.empty(({width + 1}, {size}), tangent_dtype({leaf.path}, {spec}))")
            if leaf.is_array:
                self.add("i = 0")
                self.add(f"for element in {leaf.path}.flat:")
                self.add(f"store_series({rows}, i, element, {spec})", 2)
                self.add("i += 1", 2)
            else:
                self.add(f"store_series({rows}, 0, {leaf.path}, {spec})")
            shape = f"({order + 1},) + {leaf.path}.shape" if leaf.is_array else f"({order + 1},)"
            parts.append(f"{rows}[:{order + 1}].reshape({shape})")
        self.add(f"return {rebuild(self.output_type, iter(parts), self.constants)}")

    def _seeded(self, leaf: Leaf, position: int, firsts: tuple[str, ...], indent: int) -> str:
        tangent = self._tangents[position].path
        return f"{'seed_lines' if leaf.is_array else 'seed_line'}({leaf.path}, {self.specs[0]}, {tangent})"
