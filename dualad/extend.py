"""For authors of rules: derivatives of scalar functions that dualad cannot, or should not, look into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .rules.table import Rule

__all__ = ["rule"]


def rule(
    function: Callable[..., Any],
    arguments: str,
    *partials: str,
    setup: Mapping[str, str] | None = None,
    second: Mapping[tuple[int, int], str] | None = None,
    strong_zero: bool = False,
    name: str | None = None,
) -> Rule:
    """Add a line to the rule table for a scalar function of floats.

    Derivatives of calls of `function` are then taken from the line, and its code is no longer looked into: for functions
    in C, for iterations whose derivative is known, for formulas that cancel when differentiated step by step.

    Parameters
    ----------
    function : callable
        A function that Numba can call on floats, jitted or not; it computes the primal.
    arguments : str
        Names of the arguments in the expressions, such as `"x y"`.
    *partials : str
        One expression for each argument, in terms of the arguments, the result `r`, names of `setup`, other rules by name.
    setup : mapping of str to str, optional
        Shared sub-expressions.
    second : mapping of (int, int) to str, optional
        Second partials where those derived from the first ones would cancel.
    strong_zero : bool
        Whether seed times partial is 0 as soon as one of them is exactly 0: for partials that can be infinite.
    name : str, optional
        Name of the rule, under which other rules can call the function; by default that of the function.

    Returns
    -------
    Rule
        The line.

    Raises
    ------
    RuleError
        If the line is malformed or the function has a rule already.

    Examples
    --------
    >>> import numba
    >>> import dualad as ad
    >>> @numba.njit
    ... def logistic(x):
    ...     return 1.0 / (1.0 + numpy_exp(-x))
    >>> from numpy import exp as numpy_exp
    >>> line = ad.extend.rule(logistic, "x", "r * (1 - r)")
    >>> ad.derivative(lambda x: logistic(x))(0.0)
    0.25
    """
    # imported here, as the rule table need not be read where every derivative comes from the disk cache
    from .numbers import registration
    from .numbers.primitives import USER_RULES, primitive
    from .rules.table import check_calls
    from .rules.table import rule as add_line

    shown = name or str(getattr(function, "__name__", "function"))
    count = len(arguments.split())
    stand_in = primitive(function, count)
    line = add_line(
        shown, (stand_in,), arguments, *partials, setup=setup or {}, second=second or {},
        samples=[(-1.0, 1.0)] * count, strong_zero=strong_zero,
    )  # fmt: skip
    check_calls(line)
    if registration.is_done():  # else it will be registered with the table
        from .numbers.operations import register_rule

        register_rule(line)
    USER_RULES.append((function, repr((arguments, partials, setup, second, strong_zero))))
    return line
