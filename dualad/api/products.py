"""`hvp`: Hessian times vector, forward over reverse; `linearize`: both products with the Jacobian at one point."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba.core import types
from numba.core.errors import NumbaError

from ..errors import ArgumentError, UnsupportedError
from ..numbers.promotion import PromotionRequest
from .directions import AlongDriver, has_several, jvp, width_along
from .first import grad
from .functions import DerivativeFunction
from .leaves import Leaf, leaves
from .operators import REVERSE, checked_mode
from .pullbacks import vjp
from .request import Request
from .target import Target
from .widths import checked_argnums, checked_width

VECTOR = inspect.Parameter("v", inspect.Parameter.POSITIONAL_OR_KEYWORD)


def hvp(
    f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, mode: str = "auto", *, chunk: int | None = None
) -> DerivativeFunction:
    """Hessian times vector, without ever forming the Hessian.

    Parameters
    ----------
    f : callable
        Any function that Numba can compile, with a real float as output.
    argnums : int or tuple of int
        Positions of the arguments that the Hessian is taken by: floats, float arrays, tuples and NamedTuples of those.
    mode : {"auto", "forward", "reverse"}
        How the gradient inside is taken; "auto" takes reverse mode, and forward mode where that is refused.
    chunk : int, optional
        Number of vectors carried at once, a power of two.

    Returns
    -------
    DerivativeFunction
        `h(*args, v)` takes the arguments of `f` and then the vector, shaped like the argument that `argnums` names, or a
        tuple of vectors for a tuple of positions. It returns what `grad` would, differentiated along `v`. With one more axis
        in front, `v` holds several vectors, and so does the result.

    Raises
    ------
    ArgumentError, OutputError, UnsupportedError
        As `grad` does.
    ValueError
        At run time, if a vector has another shape than its argument.

    Notes
    -----
    One sweep of the adjoint on numbers with `chunk` tangents: a small multiple of a gradient. SciPy calls `hessp(x, p, *args)`:
    with further arguments pass `lambda x, p, *args: h(x, *args, p)`.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as ad
    >>> ad.hvp(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]), np.array([1.0, 0.0]))
    array([10.,  6.])
    """
    target = Target(f, "hvp")
    single = not isinstance(argnums, (tuple, list))
    recipe = _HvpRecipe(checked_argnums(argnums, "argnums", "hvp"), single, checked_mode(mode, "hvp"))
    return DerivativeFunction(target, "hvp", recipe, before_vector(target), checked_width(chunk, "hvp"))


def before_vector(target: Target) -> list[inspect.Parameter]:
    """Parameters of a derivative function that takes the arguments of its function, and then a vector."""
    parameters = []
    for parameter in target.signature.parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            raise ArgumentError(
                f"{target.operator}: `{target.name}` takes `*{parameter.name}`, behind which no vector can stand; wrap it in a "
                f"function with a fixed number of arguments"
            )
        parameters.append(parameter.replace(default=parameter.empty))
    vector = VECTOR
    while vector.name in target.parameters:
        vector = vector.replace(name=f"{vector.name}_")
    return [*parameters, vector]


def along_of(
    argnums: tuple[int, ...], single: bool, points: Sequence[types.Type], vector: types.Type, operator: str
) -> dict[int, Leaf]:
    """For each active argument its part of the vector, which is the last argument of a driver."""
    name = f"arg_{len(points)}"
    if single:
        return {argnums[0]: Leaf(name, vector)}
    if not isinstance(vector, types.BaseTuple) or len(vector.types) != len(argnums):
        raise ArgumentError(f"{operator}: the vector is {vector}; expected a tuple of {len(argnums)}, as `argnums` is")
    return {i: Leaf(f"{name}[{k}]", vector.types[k]) for k, i in enumerate(argnums)}


@dataclass(frozen=True)
class _HvpRecipe:
    """Makes the driver of a hvp for the types of the arguments and of the vector."""

    argnums: tuple[int, ...]
    single: bool
    mode: str

    def identity(self) -> tuple[Any, ...]:
        """See `functions.Builder`."""
        return "hvp", self.argnums, self.single, self.mode

    def takes_adjoint(self, width: Any) -> bool:
        """See `functions.Builder`."""
        return self.mode != "forward"

    def instead(self, width: Any) -> Any:
        """See `functions.Builder`."""
        return width

    def __call__(self, target: Target, given: tuple[types.Type, ...], width: int | None) -> Callable[..., Any]:
        if self.mode != "auto":
            return self._driver(target, given, width, self.mode)
        try:
            return self._driver(target, given, width, REVERSE)
        except PromotionRequest:
            raise
        except (UnsupportedError, NumbaError):
            return self._driver(target, given, width, "forward")

    def _driver(
        self, target: Target, given: tuple[types.Type, ...], width: int | None, mode: str
    ) -> Callable[..., Any]:
        gradient = Target(grad(target.function, self.argnums[0] if self.single else self.argnums, mode), "hvp")
        gradient.name = target.name
        *points, vector = given
        active = [leaf for i in self.argnums if i < len(points) for leaf in leaves("", points[i])]
        if any(isinstance(leaf.element, types.Complex) for leaf in active):
            raise ArgumentError(
                "hvp: second derivatives by complex arguments are not offered; pass real and imaginary part as two floats"
            )
        along = along_of(self.argnums, self.single, points, vector, "hvp")
        request = Request("hvp", self.argnums, self.single, ())
        several = all(i < len(points) for i in self.argnums) and has_several(points, along, "hvp")
        driver = AlongDriver(gradient, points, request, width_along(width, several), 1, beside=[vector])
        driver.write(along, several, with_value=False)
        inner = gradient.twin.implementation(tuple(driver.seeded_types()))
        driver.source = inner.shown
        return driver.finish("hvp", [*target.signature.parameters.values(), VECTOR])


def linearize(f: Callable[..., Any]) -> Callable[..., tuple[Any, Callable[..., Any], Callable[..., Any]]]:
    """Value of a function at a point, and its derivative there as two functions: along tangents and against cotangents.

    Parameters
    ----------
    f : callable
        Any function that Numba can compile; its outputs are floats, complex numbers, arrays, or tuples of those.

    Returns
    -------
    callable
        `at(*args)` returns `(y, pushforward, pullback)`. `pushforward(*tangents)` is what `jvp` gives beside the value,
        `pullback(y_bar)` what `vjp` gives. The point is copied: changing the arrays later does not move it.

    Raises
    ------
    ArgumentError, OutputError, UnsupportedError
        When the two functions are called, as `jvp` and `vjp` do.

    Notes
    -----
    The two functions evaluate `f` anew in each call: nothing is kept but the point. They are called from Python; jitted
    code calls `jvp` and `vjp`.

    Examples
    --------
    >>> import dualad as ad
    >>> y, pushforward, pullback = ad.linearize(lambda x, y: x * y)(2.0, 3.0)
    >>> y, pushforward(1.0, 0.0), pullback(1.0)
    (6.0, 3.0, (3.0, 2.0))
    """
    target = Target(f, "linearize")
    along, against = jvp(f), vjp(f)

    def at(*args: Any) -> tuple[Any, Callable[..., Any], Callable[..., Any]]:
        point = _copied(args)

        def pushforward(*tangents: Any) -> Any:
            return along(point, tangents)[1]

        def pullback(y_bar: Any) -> Any:
            return against(point, y_bar)[1]

        value = target.twin.original or target.twin
        return value(*_copied(args)), pushforward, pullback

    return at


def _copied(value: Any) -> Any:
    """The same value with arrays of its own."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, tuple):
        members = map(_copied, value)
        return type(value)(*members) if hasattr(value, "_fields") else tuple(members)
    return value
