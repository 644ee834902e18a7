"""First and second derivatives of elementary functions, from mpmath's *values* alone.

Nothing here knows a derivative formula: a function is evaluated at 40 and more digits and differentiated
numerically at that precision, so a wrong formula in the library cannot be repeated here. The few kinks
are listed, with the library's conventions.
"""

import math

import mpmath
import numpy as np

DIGITS = 40

SMOOTH = {
    "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan,
    "arcsin": mpmath.asin, "arccos": mpmath.acos, "arctan": mpmath.atan,
    "sinh": mpmath.sinh, "cosh": mpmath.cosh, "tanh": mpmath.tanh,
    "arcsinh": mpmath.asinh, "arccosh": mpmath.acosh, "arctanh": mpmath.atanh,
    "exp": mpmath.exp, "exp2": lambda x: mpmath.mpf(2) ** x, "expm1": mpmath.expm1,
    "log": mpmath.log, "log2": lambda x: mpmath.log(x, 2), "log10": mpmath.log10,
    "log1p": mpmath.log1p,
    "sqrt": mpmath.sqrt, "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "erf": mpmath.erf, "erfc": mpmath.erfc, "gamma": mpmath.gamma,
    "lgamma": lambda x: mpmath.log(abs(mpmath.gamma(x))),
    "square": lambda x: x * x, "reciprocal": lambda x: 1 / x,
    "negative": lambda x: -x, "positive": lambda x: +x,
    "degrees": mpmath.degrees, "radians": mpmath.radians,
    "rad2deg": mpmath.degrees, "deg2rad": mpmath.radians, "sinc": lambda x: mpmath.sincpi(x),
}  # fmt: skip
ALIASES = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh",
    "fabs": "absolute", "abs": "absolute", "conj": "conjugate",
}  # fmt: skip
PAIRS = {
    "arctan2": mpmath.atan2,
    "hypot": mpmath.hypot,
    "logaddexp": lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)),
    "logaddexp2": lambda x, y: mpmath.log(mpmath.mpf(2) ** x + mpmath.mpf(2) ** y, 2),
}
# derivative 0 everywhere, jumps included
STEPS = {"sign", "floor", "ceil", "rint", "trunc", "fix"}
PREDICATES = {"isnan", "isinf", "isfinite", "signbit"}


def arity(name):
    """Number of arguments that come before ``out``."""
    function = getattr(np, name, None)
    return function.nin if isinstance(function, np.ufunc) else 1


def value_of(name, *arguments):
    """The primal value, by the float function that a user would have called."""
    function = getattr(np, name, None) or getattr(math, name)
    with np.errstate(all="ignore"):
        value = function(*arguments)
    return complex(value) if np.iscomplexobj(value) else float(value)


def partials(name, x):
    """``(f'(x), f''(x))`` of a function of one variable.

    Parameters
    ----------
    name : str
        A key of `SMOOTH`.
    x : float or complex

    Returns
    -------
    pair of float or complex
        NaN where `x` is not finite or the function has no derivative that mpmath can compute; infinities at
        the square root's and the logarithm's zero.
    """
    if x == 0 and name in ("sqrt", "cbrt", "log", "log2", "log10"):
        return math.inf, -math.inf
    return tuple(_numeric(SMOOTH[name], (x,), (order,)) for order in (1, 2))


def partials_of_pair(name, x, y):
    """``(f_x, f_y, f_xx, f_xy, f_yy)`` of a function of two real variables, 0 at the origin by convention."""
    if x == 0 and y == 0 and name in ("arctan2", "hypot"):
        return (0.0,) * 5
    return tuple(_numeric(PAIRS[name], (x, y), orders) for orders in ((1, 0), (0, 1), (2, 0), (1, 1), (0, 2)))


def _numeric(function, point, orders):
    if not all(np.isfinite(p) for p in point):
        return math.nan
    with mpmath.workdps(DIGITS):
        try:
            derivative = mpmath.diff(function, tuple(mpmath.mpmathify(p) for p in point), orders)
        except (ValueError, ZeroDivisionError):
            return math.nan
        if any(isinstance(p, complex) for p in point):
            return complex(derivative)
        # a real function that leaves the real axis is outside its domain there
        return float(derivative.real) if abs(mpmath.im(derivative)) < 1e-25 else math.nan
