"""`gauss_newton`: the product of a Gauss-Newton matrix with a vector, by one sweep forward and one in reverse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numba.core import types

from ..errors import ArgumentError, OutputError
from ..plan.plan import Plan
from .calls import Call
from .directions import AlongDriver, has_several, width_along
from .dispatchers import Operator
from .first import Function, Positions
from .functions import DerivativeFunction
from .leaves import Leaf
from .products import VECTOR, hvp, vector_along, with_vector
from .pullbacks import vjp_of_shape
from .request import Request
from .reverse import is_complex
from .target import Target
from .widths import checked_argnums, checked_width


def gauss_newton(
    residual: Function, argnums: Positions = 0, *, loss: Function | None = None, chunk: int | None = None
) -> DerivativeFunction:
    """Gauss-Newton matrix times vector, J^T (J v), without ever forming the Jacobian J of the residuals.

    Parameters
    ----------
    residual : callable
        Any function that Numba can compile; its outputs are floats, float arrays, or tuples of those.
    argnums : int or tuple of int
        Positions of the arguments to differentiate by: floats, float arrays, tuples and NamedTuples of those.
    loss : callable, optional
        A function of what `residual` returns, with one real float as output. The product is then J^T (H (J v)) with its
        Hessian H, the generalised Gauss-Newton matrix; without it H is the identity, which belongs to half the sum of
        squares.
    chunk : int, optional
        Number of vectors carried forward at once, a power of two.

    Returns
    -------
    DerivativeFunction
        `g(*args, v)` takes the arguments of `residual` and then the vector, shaped like the argument that `argnums` names, or
        a tuple of vectors for a tuple of positions; it returns what is shaped like `v`. With one more axis in front, `v` holds
        several vectors, and so does the result. It is symmetric, and positive semidefinite where `loss` is convex.

    Raises
    ------
    ArgumentError
        If an active argument is not made of floats, is complex, or the vector is not built like it.
    OutputError
        If `residual` returns complex numbers, or something that has no derivative.
    UnsupportedError
        If a construct in `residual` cannot be differentiated correctly, in forward and in reverse mode.
    ValueError
        At run time, if a vector has another shape than its argument.

    Notes
    -----
    One `jvp` and one `vjp` of `residual`, and one `hvp` of `loss`: typically 3 to 5 evaluations of `residual`, and memory as
    for a gradient. With several vectors there is one sweep in reverse for each. Where the residuals are linear, and at a point
    where the gradient of the loss by them vanishes, it is the product with the Hessian of the loss by the arguments.

    With a loss the matrix is that of N. N. Schraudolph, "Fast curvature matrix-vector products for second-order gradient
    descent", Neural Computation 14 (2002), 1723-1738, doi:10.1162/08997660260028683.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as ad
    >>> def residual(p, t, y):
    ...     return p[0] * np.exp(-p[1] * t) - y
    >>> t = np.array([0.0, 1.0])
    >>> product = ad.gauss_newton(residual)
    >>> product(np.array([2.0, 0.0]), t, t, np.array([1.0, 0.0]))
    array([ 2., -2.])
    """
    target = Target(residual, "gauss_newton")
    single = not isinstance(argnums, (tuple, list))
    if loss is not None:
        taken = Target(loss, "gauss_newton").parameters
        if len(taken) != 1:
            raise ArgumentError(
                f"gauss_newton: `loss` takes {len(taken)} arguments ({', '.join(taken)}); expected a function of what "
                f"`{target.name}` returns"
            )
    recipe = _Recipe(checked_argnums(argnums, "argnums", "gauss_newton"), single, loss)
    parameters = with_vector(target)
    return DerivativeFunction(target, "gauss_newton", recipe, parameters, checked_width(chunk, "gauss_newton"))


@dataclass(frozen=True)
class _Recipe(Operator):
    """Makes the driver of a Gauss-Newton product for the types of the arguments and of the vector."""

    argnums: tuple[int, ...]
    single: bool
    loss: Callable[..., Any] | None

    def identity(self) -> tuple[Any, ...]:
        """See `dispatchers.Builder`."""
        return "gauss_newton", self.argnums, self.single, self.loss

    def takes_adjoint(self, width: Any, given: tuple[types.Type, ...] | None = None) -> bool:
        """See `dispatchers.Builder`."""
        return True

    def plan(self, call: Call, driver: Any, refusal: Exception | None) -> Plan:
        """See `dispatchers.Operator`."""
        costs = call.facts.counted(tuple(call.kinds()[:-1]))
        cost = costs.forward(driver.widths[0]) + costs.reverse
        reason = f"a product with J forward, one with its transpose in reverse: {cost:.2g} evaluations of f"
        return Plan("forward and reverse", driver.widths[0], cost, f"{reason}, at {costs.origin} costs")

    def __call__(self, target: Target, given: tuple[types.Type, ...], width: int | None) -> Callable[..., Any]:
        *points, vector = given
        along = vector_along(self.argnums, self.single, Leaf(f"arg_{len(points)}", vector), "gauss_newton")
        several = all(i < len(points) for i in self.argnums) and has_several(points, along, "gauss_newton")
        request = Request("gauss_newton", self.argnums, self.single, ())
        driver = AlongDriver(target, points, request, width_along(width, several), 1, beside=[vector])
        if driver.complex_inputs:
            raise ArgumentError(_no_complex("takes them"))
        if any(is_complex(leaf) for leaf in driver.outputs("y")):
            raise OutputError(_no_complex(f"`{target.name}` returns them"))
        y, y_dot = driver.sweep(along, several, with_value=self.loss is not None)
        if self.loss is not None:
            y_dot = f"{driver.constant('curve', hvp(self.loss))}({y}, {y_dot})"
        against = driver.constant("against", vjp_of_shape(target.function, self.argnums))
        driver.add(f"_, bars = {against}(({', '.join(driver.paths)},), {y_dot})")
        bars = [f"bars[{i}]" for i in self.argnums]
        driver.add(f"return {bars[0]}" if self.single else f"return ({', '.join(bars)},)")
        return driver.finish("gauss_newton", [*target.signature.parameters.values(), VECTOR])


def _no_complex(where: str) -> str:
    return (
        f"gauss_newton: complex numbers have another product, with the conjugate of the Jacobian, and {where}; use real and "
        f"imaginary part as two floats"
    )
