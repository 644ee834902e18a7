"""`stop_gradient` and `straight_through`: the two primitives whose rule is fixed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import types
from numba.core.errors import NumbaTypeError
from numba.extending import intrinsic, overload

from ..errors import ArgumentError
from ..numbers.entries import convert, from_entry, to_entry
from ..numbers.leaves import leaves, rebuild
from ..numbers.model import pack, unpack
from ..numbers.parts import of_primal
from ..numbers.types import DualType, dual_type, plain_type, primal_type
from .primitive import Primitive
from .transpose import jitted


class Fixed(Primitive):
    """A primitive that does in compiled code what an overload says, with and without derivatives.

    Parameters
    ----------
    function : function
        Its code calls that overload only.
    kind : str
    """

    def with_derivatives(self, args: tuple[types.Type, ...]) -> Callable[..., Any]:
        return self.py_func

    def pullback(self, args: tuple[types.Type, ...]) -> Callable[..., Any]:
        return _to_nothing


def _to_nothing(x, y_bar):
    """Pullback of `stop_gradient`."""
    return (None,)


def _to_soft(hard, soft, y_bar):
    """Pullback of `straight_through`."""
    return None, y_bar


def stopped(x):
    """The value alone, with arrays of its own."""
    if isinstance(x, np.ndarray):
        return x.copy()
    if isinstance(x, tuple):
        members = map(stopped, x)
        return type(x)(*members) if hasattr(x, "_fields") else tuple(members)
    return x


@overload(stopped)
def _stopped(x):
    if isinstance(x, DualType):
        return lambda x: of_primal(x)
    if isinstance(x, types.Array) and isinstance(x.dtype, DualType):

        def primals(x):
            values = np.empty(x.shape, plain_dtype(x))
            flat = values.reshape(-1)
            i = 0
            for element in x.flat:
                flat[i] = of_primal(element)
                i += 1
            return values

        return primals
    if isinstance(x, types.Array):
        return lambda x: x.copy()
    if isinstance(x, types.BaseTuple):
        namespace: dict[str, Any] = {"stopped": stopped}
        parts = (f"stopped(x{leaf.path})" for leaf in leaves("", x))
        exec(f"def members(x):\n    return {rebuild(x, parts, namespace)}\n", namespace)
        return namespace["members"]
    return lambda x: x


@intrinsic
def plain_dtype(typingctx, x):
    """Element type of an array without derivatives, as a dtype."""
    dtype = types.DType(plain_type(x).dtype)
    return dtype(x), lambda context, builder, sig, args: context.get_dummy_value()


def passed(hard, soft):
    """The value of `hard` with the derivatives of `soft`."""
    if np.shape(hard) != np.shape(soft):
        raise ValueError("straight_through: hard and soft have different shapes")
    if isinstance(hard, np.ndarray):
        return hard.astype(np.result_type(hard, soft))
    return hard if isinstance(hard, (float, np.floating)) else type(soft)(hard)


def _passed_type(typingctx, hard, soft):
    """Type of the result for two numbers."""
    value, slope = primal_type(types.unliteral(hard)), primal_type(types.unliteral(soft))
    if isinstance(value, types.Boolean):
        value = slope
    if not isinstance(value, (types.Integer, types.Float)) or not isinstance(slope, types.Float):
        raise NumbaTypeError(f"straight_through takes two real numbers or two arrays of them, not {hard} and {soft}")
    levels = soft.levels if isinstance(soft, DualType) else ()
    return dual_type(typingctx.unify_types(value, slope), levels)


@intrinsic
def passed_scalar(typingctx, hard, soft):
    """`passed` for numbers."""
    hard, soft = types.unliteral(hard), types.unliteral(soft)
    target = _passed_type(typingctx, hard, soft)

    def codegen(context, builder, sig, args):
        number, kind, value = args[0], hard, primal_type(target)
        if isinstance(hard, DualType):
            kind = hard.value
            number = from_entry(context, builder, kind, unpack(builder, hard, number)[()][0])
        number = context.cast(builder, number, kind, value)
        if not isinstance(target, DualType):
            return number
        blocks = convert(context, builder, soft.value, value, unpack(builder, soft, args[1]))
        return pack(builder, target, {**blocks, (): [to_entry(context, builder, value, number)]})

    return target(hard, soft), codegen


@intrinsic
def passed_dtype(typingctx, hard, soft):
    """Element type of `passed` for arrays, as a dtype."""
    dtype = types.DType(_passed_type(typingctx, hard.dtype, soft.dtype))
    return dtype(hard, soft), lambda context, builder, sig, args: context.get_dummy_value()


@overload(passed)
def _passed(hard, soft):
    if not isinstance(hard, types.Array) and not isinstance(soft, types.Array):
        return lambda hard, soft: passed_scalar(hard, soft)
    if not isinstance(hard, types.Array) or not isinstance(soft, types.Array) or hard.ndim != soft.ndim:
        raise NumbaTypeError(f"straight_through takes two numbers or two arrays of one shape, not {hard} and {soft}")

    def arrays(hard, soft):
        if hard.shape != soft.shape:
            raise ValueError("straight_through: hard and soft have different shapes")
        values = np.empty(hard.shape, passed_dtype(hard, soft))
        for index in np.ndindex(hard.shape):
            values[index] = passed_scalar(hard[index], soft[index])
        return values

    return arrays


class StraightThrough(Fixed):
    """`straight_through`: of two values, or, from Python, of two functions."""

    def __call__(self, hard: Any, soft: Any) -> Any:
        if callable(hard) and callable(soft):
            return _function(hard, soft)
        if callable(hard) or callable(soft):
            raise ArgumentError("straight_through: `hard` and `soft` are both functions or both values")
        return super().__call__(hard, soft)

    def pullback(self, args: tuple[types.Type, ...]) -> Callable[..., Any]:
        return _to_soft


def _function(hard: Callable[..., Any], soft: Callable[..., Any]) -> Any:
    """The jitted function that computes as `hard` does and is differentiated as `soft` is."""
    parameters = inspect.signature(getattr(soft, "py_func", soft)).parameters.values()
    names = ", ".join(p.name for p in parameters)
    frozen = ", ".join(f"stop({p.name})" for p in parameters)
    namespace: dict[str, Any] = {
        "hard": _callee(hard),
        "soft": _callee(soft),
        "stop": stop_gradient,
        "through": straight_through,
        "__name__": __name__,
    }
    exec(f"def straight({names}):\n    return through(hard({frozen}), soft({names}))\n", namespace)
    return jitted(namespace["straight"])


def _callee(function: Callable[..., Any]) -> Any:
    return jitted(function) if inspect.isfunction(function) else function


def _stop_gradient(x):
    """The same value, with no derivative: what it is computed from no longer matters to any operator.

    Parameters
    ----------
    x : float, complex, array, tuple or NamedTuple of those
        Anything; what carries no derivative is given back as it is.

    Returns
    -------
    as `x`
        Arrays are copies.

    Examples
    --------
    >>> import dualad as ad
    >>> ad.derivative(lambda x: x * ad.stop_gradient(x))(3.0)
    3.0
    """
    return stopped(x)


def _straight_through(hard, soft):
    """The value of one thing with the derivative of another: for steps, roundings and choices inside a model.

    Parameters
    ----------
    hard : real number, array, or function
        What is computed with. Its own derivative, if any, is dropped.
    soft : float, float array of the same shape, or function of the same arguments
        What is differentiated in its place.

    Returns
    -------
    float, array or function
        Of two values, the first with the derivative of the second; arrays are copies. Of two functions (from Python only), a
        jitted function that does this with their results.

    Raises
    ------
    ArgumentError
        If one of them is a function and the other is not.
    ValueError
        If two arrays have different shapes.

    Notes
    -----
    As `soft + stop_gradient(hard - soft)`, without the rounding errors of that formula in the value.

    References
    ----------
    Bengio, Leonard and Courville, Estimating or propagating gradients through stochastic neurons, arXiv:1308.3432 (2013).

    Examples
    --------
    >>> import math
    >>> import dualad as ad
    >>> ad.value_and_grad(lambda x: ad.straight_through(round(x), x * x))(1.4)
    (1.0, 2.8)
    >>> step = ad.straight_through(lambda x: x > 0.0, lambda x: math.tanh(x))
    >>> step(0.5), ad.derivative(step)(0.0)
    (1.0, 1.0)
    """
    return passed(hard, soft)


_stop_gradient.__name__ = _stop_gradient.__qualname__ = "stop_gradient"
_straight_through.__name__ = _straight_through.__qualname__ = "straight_through"
stop_gradient = Fixed(_stop_gradient, "stop_gradient")
straight_through = StraightThrough(_straight_through, "straight_through")
