"""`preaccumulated`: a function whose local Jacobian reverse mode takes forward, in the forward sweep, and keeps.

A call of it becomes two operations of the program that is reversed: one that gives values and partials and has no derivative
itself, and for each output a link of its value to the inputs by these partials. The reverse sweep multiplies by them and never
goes into the function. The adjoint calls the first one under a name that has derivatives forward, so that second derivatives
take along how the partials change; reverse over reverse is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit
from numba.core import types

from ..custom.primitive import Primitive
from ..errors import ArgumentError, UnsupportedError
from ..program.linked import Local
from .first import value_and_jacobian
from .leaves import leaves, rebuild

__all__ = ["preaccumulated"]


def preaccumulated(f: Callable[..., Any]) -> Any:
    """A function of few numbers whose Jacobian reverse mode takes in forward mode, where the function is called.

    For a step of a long loop that does much inner work on a small state: an iteration that converges, many substeps.

    Parameters
    ----------
    f : callable
        A function of floats, and of tuples of floats, that gives floats or tuples of floats; whole numbers ride along. Plain
        Python that Numba can compile, or a jitted function.

    Returns
    -------
    callable
        The same function, for Python and for jitted code. Derivatives are those of `f`, by every operator.

    Raises
    ------
    ArgumentError
        If `f` is not a function.
    UnsupportedError
        In reverse mode, if `f` takes or gives anything but numbers in double precision; or if that is differentiated in
        reverse mode again.

    Notes
    -----
    In the forward sweep a call costs one evaluation of `f` on numbers with as many directions as it has float arguments, and
    keeps a partial for each pair of an output and an input. In the reverse sweep it costs a product with these, whatever the
    function does: no record of its loops is kept. Without a derivative, and in forward mode, it costs nothing.

    References
    ----------
    Griewank and Walther, Evaluating Derivatives (2008), section 10.2 (preaccumulation of local Jacobians).

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as ad
    >>> @ad.preaccumulated
    ... def root(a, guess):
    ...     while abs(guess * guess - a) > 1e-14 * a:
    ...         guess = 0.5 * (guess + a / guess)
    ...     return guess
    >>> slopes = ad.grad(lambda a: np.sum(a) + root(a[0], 1.0), mode="reverse")(np.array([4.0, 9.0]))
    >>> slopes.round(12)
    array([1.25, 1.  ])
    """
    if not callable(f):
        raise ArgumentError(f"`preaccumulated` takes a function, not {f!r}")
    return _Preaccumulated(f)


class _Preaccumulated(Primitive):
    """See `preaccumulated`."""

    def __init__(self, f: Callable[..., Any]) -> None:
        super().__init__(
            f if hasattr(f, "py_func") else njit(error_model="numpy")(f), "preaccumulated", getattr(f, "py_func", f)
        )
        self._local: dict[tuple[Any, Any], Local] = {}

    def with_derivatives(self, args: tuple[types.Type, ...]) -> Callable[..., Any]:
        """See `Primitive`: forward mode goes into the function."""
        return self.py_func  # type: ignore[no-any-return]

    def local(self, args: tuple[types.Type, ...], result: types.Type, where: str) -> Local:
        """Values and partials of a call; `args` and `result` are types, `where` is the place of the call."""
        key = tuple(map(types.unliteral, args)), types.unliteral(result)
        if key not in self._local:
            self._local[key] = _local(self, *key, where)
        return self._local[key]


def _local(function: Primitive, args: tuple[types.Type, ...], result: types.Type, where: str) -> Local:
    given, outputs = [list(leaves(f"[{i}]", kind)) for i, kind in enumerate(args)], list(leaves("", result))
    numbers = [leaf for group in given for leaf in group]
    floats = [leaf for leaf in (*numbers, *outputs) if leaf.type == types.float64]
    rest = [leaf.type for leaf in numbers if not isinstance(leaf.type, (types.Integer, types.Boolean, types.Float))]
    mixed = any(0 < sum(leaf.type == types.float64 for leaf in group) < len(group) for group in given)
    if rest or mixed or len(floats) < sum(isinstance(leaf.type, types.Float) for leaf in numbers) + len(outputs):
        raise UnsupportedError(
            f"`{function.__name__}`, which is preaccumulated, of {args} in reverse mode",
            "it has to take and give numbers in double precision, or tuples of these",
            "pass what it reads of arrays number by number, or leave `preaccumulated` out",
            where,
        )
    active = tuple(i for i, group in enumerate(given) if group and group[0].type == types.float64)
    scope: dict[str, Any] = {"__name__": __name__}
    scope["derivative"] = value_and_jacobian(function.primal, active, mode="forward")
    names = iter([f"x{k}" for k in range(len(numbers))])
    head = ", ".join(f"x{k}" for k in range(len(numbers)))
    call = ", ".join(
        rebuild(kind, (next(names) for _ in group), scope) for kind, group in zip(args, given, strict=True)
    )
    found = [f"values{leaf.path}" for leaf in outputs]
    for output in outputs:
        for k, i in enumerate(active):
            found += [leaf.path for leaf in leaves(f"slopes{output.path}[{k}]", args[i])]
    lines = [f"def partials({head}):", f"    values, slopes = derivative({call})", f"    return ({', '.join(found)},)"]
    found[len(outputs) :] = ["0.0"] * (len(found) - len(outputs))
    scope["function"] = function.primal
    lines += [f"def values({head}):", f"    values = function({call})", f"    return ({', '.join(found)},)"]
    exec("\n".join(lines) + "\n", scope)
    partials, values = (_Partials(njit(error_model="numpy")(scope[name]), name) for name in ("partials", "values"))
    positions = [k for k, leaf in enumerate(numbers) if leaf.type == types.float64]
    return Local(partials, values, linked, positions, len(outputs))


class _Partials(Primitive):
    """Values and partials of a preaccumulated function, with derivatives forward."""

    def with_derivatives(self, args: tuple[types.Type, ...]) -> Callable[..., Any]:
        """See `Primitive`."""
        return self.py_func  # type: ignore[no-any-return]

    def pullback(self, args: tuple[types.Type, ...]) -> Callable[..., Any]:
        """See `Primitive`."""
        raise UnsupportedError(
            "the adjoint of a preaccumulated function",
            "its partials are taken forward, and reverse mode does not go through that",
            "forward over reverse (`hvp`, `hessian`), or leave `preaccumulated` out",
        )


@njit
def linked(value, *partials_and_inputs):  # type: ignore[no-untyped-def]
    """A value, with its partials and the inputs that these are by."""
    return value


linked.__dualad_linked__ = True
