"""`custom_jvp` and `custom_vjp`: functions whose derivative the user states."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from numba.core import types

from ..errors import ArgumentError, RuleError, UnsupportedError
from ..numbers.aliases import returned
from ..numbers.sets import LEVEL
from ..numbers.types import SERIES, levels_in
from ..program.locate import Location
from .along import HIGHEST, by_slopes
from .forward import by_jvp, by_sets, by_vjp, result_of
from .primitive import Primitive, rule_twin
from .transpose import from_jvp, from_vjp, jitted, kept

Function = Callable[..., Any]


class CustomFunction(Primitive):
    """A function with a rule of the user's, made by `custom_jvp` or `custom_vjp`.

    Parameters
    ----------
    function : callable
        The function, plain or jitted.
    kind : {"custom_jvp", "custom_vjp"}
        Which decorator made it.

    Attributes
    ----------
    jvp, fwd, bwd : callable or None
        The rules.
    """

    def __init__(self, function: Function, kind: str) -> None:
        parameters = _parameters(function, kind)
        if any(p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters):
            raise ArgumentError(f"{kind}: `{function.__name__}` needs a fixed number of positional arguments")
        self.jvp: Function | None = None
        self.fwd: Function | None = None
        self.bwd: Function | None = None
        self.count = len(parameters)
        super().__init__(_unaliased(function), kind, getattr(function, "py_func", function))

    def defjvp(self, jvp: Function) -> Function:
        """State the derivative along tangents.

        Parameters
        ----------
        jvp : callable
            `jvp(primals, tangents)` returns `(y, y_dot)`. Both arguments are tuples with one entry for each argument of the
            function. The tangent of a whole number is 0.0, that of anything else without derivatives None. `y_dot` is shaped
            like `y` and linear in the tangents.

        Returns
        -------
        callable
            The rule itself, so that this method can be a decorator.

        Raises
        ------
        RuleError
            If the function has such a rule already, or the rule takes other arguments.

        Examples
        --------
        >>> import dualad as ad
        >>> @ad.custom_jvp
        ... def cube(x):
        ...     return x * x * x
        >>> @cube.defjvp
        ... def cube_jvp(primals, tangents):
        ...     (x,), (x_dot,) = primals, tangents
        ...     return cube(x), 3.0 * x * x * x_dot
        >>> ad.derivative(cube)(2.0)
        12.0
        """
        if self.jvp is not None:
            raise RuleError(f"`{self.__name__}` has a jvp rule already")
        _check_rule(jvp, 2, f"{self.__name__}.defjvp: the rule takes (primals, tangents)")
        self.jvp = jvp
        return jvp

    def defvjp(self, fwd: Function, bwd: Function) -> None:
        """State the cotangents of the arguments.

        Parameters
        ----------
        fwd : callable
            `fwd(*args)` returns `(y, record)`: the value, and whatever `bwd` needs.
        bwd : callable
            `bwd(record, y_bar)` returns a tuple with the cotangent of each argument, shaped like it; None for arguments
            without derivatives.

        Raises
        ------
        RuleError
            If the function has such rules already, or the rules take other arguments.

        Examples
        --------
        >>> import dualad as ad
        >>> @ad.custom_vjp
        ... def cube(x):
        ...     return x * x * x
        >>> cube.defvjp(lambda x: (x * x * x, x), lambda x, y_bar: (3.0 * x * x * y_bar,))
        >>> ad.derivative(cube)(2.0)
        12.0
        """
        if self.fwd is not None:
            raise RuleError(f"`{self.__name__}` has vjp rules already")
        _check_rule(fwd, self.count, f"{self.__name__}.defvjp: fwd takes the arguments of the function")
        _check_rule(bwd, 2, f"{self.__name__}.defvjp: bwd takes (record, y_bar)")
        self.fwd, self.bwd = fwd, bwd

    def depends_on(self) -> tuple[Any, ...]:
        return self.kind, self.primal, self.jvp, self.fwd, self.bwd

    def with_derivatives(self, args: tuple[types.Type, ...]) -> Function:
        f = self.__dualad_dispatcher__()
        result = result_of(f, args)
        levels = levels_in(args)
        if levels == (LEVEL,):
            return by_sets(args, result, f)
        if levels[-1][0] == SERIES:
            return by_slopes(args, result, rule_twin(self._rule_along_series(levels[-1][1])))
        if self.jvp is not None:
            return by_jvp(args, result, f, rule_twin(self.jvp))
        self._refuse_without_rule()
        return by_vjp(args, result, f, rule_twin(self.fwd), rule_twin(self.bwd), self.__name__, self._where())

    def _rule_along_series(self, order: int) -> Function:
        if order > HIGHEST:
            raise UnsupportedError(
                f"Taylor coefficients of order {order} through `{self.__name__}`",
                "its rule is compiled anew for each order, of which Numba takes no more within one another",
                f"orders up to {HIGHEST}, or the function without its rule",
                self._where(),
            )
        if self.jvp is not None:
            return self.jvp
        self._refuse_without_rule()
        raise UnsupportedError(
            f"Taylor coefficients through `{self.__name__}`",
            "its rule is a custom_vjp, from which no slope along a line follows",
            f"give `{self.__name__}.defjvp(...)` as well",
            self._where(),
        )

    def pullback(self, args: tuple[types.Type, ...]) -> Function:
        self.check()
        if self.fwd is not None:
            return from_vjp(self.__name__, args, self.fwd, self.bwd)
        self._refuse_without_rule()
        return from_jvp(self.__name__, args, result_of(self._dispatcher, args), self.jvp, self._where())

    def _refuse_without_rule(self) -> None:
        if self.jvp is None and self.fwd is None:
            give = "defjvp(rule)" if self.kind == "custom_jvp" else "defvjp(fwd, bwd)"
            raise UnsupportedError(
                f"`{self.__name__}`",
                f"it is decorated by `{self.kind}`, but has no rule yet",
                f"call `{self.__name__}.{give}` first",
                self._where(),
            )

    def _where(self) -> str:
        return Location.of_function(self.py_func).show()


def custom_jvp(function: Function) -> CustomFunction:
    """A function whose derivative along tangents is stated, not found.

    Its code is no longer looked into: for iterations whose derivative is known in closed form, for formulas that cancel when
    they are differentiated step by step, for code that cannot be differentiated.

    Parameters
    ----------
    function : callable
        A function that Numba can compile, plain or jitted, that writes none of its arguments.

    Returns
    -------
    CustomFunction
        The same function; `defjvp` states its rule. It can be called from Python and from jitted code. Its result never
        shares memory with an argument.

    Raises
    ------
    ArgumentError
        If it is no function with a fixed number of arguments.

    Notes
    -----
    Forward mode calls the rule once for each direction. Reverse mode uses the rule of `defvjp` if there is one, else it calls
    this rule once for each float among the arguments. Second derivatives are those of the rule's code. `taylor` calls the rule
    once, for the slope along the line.

    Examples
    --------
    >>> import math
    >>> import dualad as ad
    >>> @ad.custom_jvp
    ... def log1pexp(x):
    ...     return math.log(1.0 + math.exp(x))
    >>> @log1pexp.defjvp
    ... def log1pexp_jvp(primals, tangents):
    ...     (x,), (x_dot,) = primals, tangents
    ...     return log1pexp(x), x_dot / (1.0 + math.exp(-x))
    >>> ad.derivative(lambda x: 2.0 * log1pexp(x))(0.0)
    1.0
    """
    return CustomFunction(function, "custom_jvp")


def custom_vjp(function: Function) -> CustomFunction:
    """A function whose cotangents are stated, not found.

    Parameters
    ----------
    function : callable
        A function that Numba can compile, plain or jitted, that writes none of its arguments.

    Returns
    -------
    CustomFunction
        The same function; `defvjp` states its rules. It can be called from Python and from jitted code. Its result never
        shares memory with an argument.

    Raises
    ------
    ArgumentError
        If it is no function with a fixed number of arguments.

    Notes
    -----
    Forward mode uses the rule of `defjvp` if there is one. Else it calls `bwd` twice for each float in the result, and raises
    ValueError where that is not linear in `y_bar`: a rule that clips gradients means something in reverse mode only. Second
    derivatives are those of the rules' code.

    Examples
    --------
    >>> import dualad as ad
    >>> @ad.custom_vjp
    ... def clipped(x):  # the identity, whose derivative never exceeds 1
    ...     return x
    >>> clipped.defvjp(lambda x: (x, None), lambda record, y_bar: (min(max(y_bar, -1.0), 1.0),))
    >>> ad.grad(lambda x: 5.0 * clipped(x), mode="reverse")(2.0)
    1.0
    """
    return CustomFunction(function, "custom_vjp")


def _parameters(function: Any, kind: str) -> list[inspect.Parameter]:
    inner = getattr(function, "py_func", function)
    if not inspect.isfunction(inner):
        raise ArgumentError(f"{kind}: expected a Python function or a jitted one, got {function!r}")
    return list(inspect.signature(inner).parameters.values())


def _unaliased(function: Any) -> Any:
    """The function, with a copy of its result where that may be one of its arguments.

    A rule speaks of values: in a derivative the result is always a new array, so it has to be one everywhere.
    """
    if not any(isinstance(source, int) for source in returned(function)):
        return function
    inner = getattr(function, "py_func", function)
    parameters = inspect.signature(inner).parameters.values()
    namespace: dict[str, Any] = {"function": jitted(function), "kept": kept, "__name__": inner.__module__}
    names = [p.name for p in parameters]
    header = [p.name if p.default is p.empty else f"{p.name}=default_{p.name}" for p in parameters]
    namespace |= {f"default_{p.name}": p.default for p in parameters if p.default is not p.empty}
    name = inner.__name__ if inner.__name__.isidentifier() else "function_"
    exec(f"def {name}({', '.join(header)}):\n    return kept(function({', '.join(names)}))\n", namespace)
    return jitted(namespace[name])


def _check_rule(rule: Any, count: int, expected: str) -> None:
    inner = getattr(rule, "py_func", rule)
    if not inspect.isfunction(inner):
        raise RuleError(f"{expected}; got {rule!r}")
    try:
        inspect.signature(inner).bind(*range(count))
    except TypeError:
        raise RuleError(f"{expected}; this one takes {inspect.signature(inner)}") from None
