"""Applies a jvp rule to power series: the slope of the result along `t` is what the rule gives for the slopes of the arguments.

With arguments known to order K, their values and slopes are series of order K - 1, and so is the slope that the rule computes
with them; its integral is the result to order K. If the rule calls its own function, that is the same with one order less.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import types
from numba.core.errors import NumbaTypeError
from numba.extending import overload

from ..numbers.broadcasting import dtype_of
from ..numbers.expansion import integrated, shortened, shorter_type, slope
from ..numbers.leaves import Leaf, rebuild
from ..numbers.types import dual_type, in_words, primal_type
from .forward import Application

#: Highest order. A rule that calls its own function is compiled for it within the compilation for one order more, and Python
#: ends recursions that go deep.
HIGHEST = 16


def by_slopes(args: tuple[types.Type, ...], result: types.Type, rule: Any) -> Callable[..., Any]:
    """Code for a rule `rule(primals, tangents) -> (y, y_dot)`: one call of it."""
    code = _AlongSeries(args, result, {"rule": rule, **_NAMESPACE})
    primals = code.without_level()
    dots = [
        rebuild(types.unliteral(type_), (code.tangent(leaf, "0") for leaf in group), code.constants)
        for type_, group in zip(args, code.groups, strict=True)
    ]
    code.add(f"y, dot = rule(({primals},), ({', '.join(dots)},))")
    return code.finish("y", lambda leaf, lane: f"dot{leaf.path}")


class _AlongSeries(Application):
    """The level is that of series, whose coefficients are no directions: there is one tangent, the slope."""

    def __init__(self, args: tuple[types.Type, ...], result: types.Type, constants: dict[str, Any]) -> None:
        super().__init__(args, result, constants)
        self.width = 1

    def _below(self, leaf: Leaf) -> str:
        return f"values_along({leaf.path})"

    def tangent(self, leaf: Leaf, lane: str) -> str:
        return f"slopes_along({leaf.path})" if self.carries(leaf) else super().tangent(leaf, lane)


def _each(of_number: Callable[..., Any]) -> Callable[..., Any]:
    """A function of numbers, for numbers and arrays of them."""

    def along(x):
        raise NotImplementedError("only inside compiled code")

    @overload(along)
    def choose(x):
        if not isinstance(x, types.Array):
            return lambda x: of_number(x)
        dtype = dtype_of(shorter_type(x.dtype))

        def of_array(x):
            made = np.empty(x.shape, dtype())
            flat, i = made.reshape(-1), 0
            for element in x.flat:
                flat[i] = of_number(element)
                i += 1
            return made

        return of_array

    return along


def _joined(y, spec, directions):
    raise NotImplementedError("only inside compiled code")


@overload(_joined)
def _join(y, spec, directions):
    (given,), scalar = directions.types, not isinstance(y, types.Array)
    if scalar != (not isinstance(given, types.Array)) or (not scalar and given.ndim != y.ndim):
        raise NumbaTypeError(f"a rule gives a tangent of type {in_words(str(given))} where the function gives {y}")
    if scalar:
        return lambda y, spec, directions: integrated(y, spec, directions[0])
    dtype = dtype_of(dual_type(primal_type(y.dtype), spec.levels))

    def of_arrays(y, spec, directions):
        if directions[0].shape != y.shape:
            raise ValueError("a rule gives a tangent of another shape than the result")
        made = np.empty(y.shape, dtype())
        flat, dots, i = made.reshape(-1), directions[0].copy().reshape(-1), 0
        for element in y.flat:
            flat[i] = integrated(element, spec, dots[i])
            i += 1
        return made

    return of_arrays


_NAMESPACE = {"join": _joined, "values_along": _each(shortened), "slopes_along": _each(slope)}
