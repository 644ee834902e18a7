"""`check`: derivatives of a user's function against each other and against an independent difference."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .api.directions import jvp
from .api.target import Target

__all__ = ["check"]


def check(f: Callable[..., Any], *args: Any, order: int = 2, rtol: float = 1e-6, seed: int = 0) -> None:
    """Check derivatives of `f` at a point, in a random direction of all float arguments.

    First derivatives by `jvp` are compared with differences of values of the jitted function, second derivatives by
    nested `jvp` with differences of first ones; the differences are central ones, extrapolated twice (Richardson), so that
    the agreement to expect is far better than `rtol`.

    Parameters
    ----------
    f : callable
        Function of floats, float arrays and inactive arguments; its output is a float or a float array.
    *args
        The point.
    order : {1, 2}
        Highest order to check.
    rtol : float
        Tolerance relative to the largest entry compared.
    seed : int
        Seed of the random direction.

    Raises
    ------
    AssertionError
        Where a derivative differs, with both numbers.
    DualadError
        Where `f` cannot be differentiated.

    Examples
    --------
    >>> import math
    >>> import dualad as ad
    >>> ad.testing.check(lambda x, y: math.sin(x * y), 0.3, 1.2)
    """
    function, primals = _without_inactive(f, args)
    generator = np.random.default_rng(seed)
    tangents = tuple(
        generator.standard_normal(np.shape(p)) if np.ndim(p) else float(generator.standard_normal()) for p in primals
    )
    first, value = jvp(function), value_of(function)

    def shifted(step: float) -> tuple[Any, ...]:
        return tuple(p + step * t for p, t in zip(primals, tangents, strict=True))

    _, slope = first(primals, tangents)
    _compare("first derivative", slope, _difference(lambda h: value(*shifted(h))), rtol)
    if order >= 2:
        still = tuple(np.zeros_like(t) if np.ndim(t) else 0.0 for t in tangents)
        _, (_, curvature) = jvp(first)((primals, tangents), (tangents, still))
        _compare("second derivative", curvature, _difference(lambda h: first(shifted(h), tangents)[1]), rtol)


def _without_inactive(f: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """`f` with all arguments bound that are no floats, and the others."""
    active = tuple(a for a in args if _is_active(a))
    if not active:
        raise AssertionError("check: no argument is a float or a float array")
    if len(active) == len(args):
        return f, active
    names = Target(f, "check").parameters
    bound = {name: a for name, a in zip(names, args, strict=False) if not _is_active(a)}
    return functools.partial(f, **bound), active


def value_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """The undifferentiated function, compiled by Numba alone."""
    return Target(function, "check").twin.original or function


def _is_active(value: Any) -> bool:
    return isinstance(value, (float, np.floating)) or (isinstance(value, np.ndarray) and value.dtype.kind == "f")


def _difference(value: Callable[[float], Any], step: float = 1e-2) -> Any:
    """Central differences with steps h, h/2, h/4, extrapolated to order h^6 (Richardson)."""
    rows = [(np.asarray(value(h)) - np.asarray(value(-h))) / (2 * h) for h in (step, step / 2, step / 4)]
    once = [(4 * fine - coarse) / 3 for coarse, fine in zip(rows[:-1], rows[1:], strict=True)]
    return (16 * once[1] - once[0]) / 15


def _compare(what: str, found: Any, expected: Any, rtol: float) -> None:
    found, expected = np.asarray(found), np.asarray(expected)
    scale = max(float(np.max(np.abs(expected), initial=0.0)), 1e-8)
    wrong = ~(np.abs(found - expected) <= rtol * scale)
    if np.any(wrong):
        raise AssertionError(f"{what}: {found} by dualad, {expected} by differences (tolerance {rtol} relative)")
