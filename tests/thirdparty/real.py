"""Real numbers of fifty digits that can run a package's Python code in place of floats.

There is deliberately no conversion to float: a number that would be stored into a float array, or be handed
to a C function, raises, so that no digit and no dependence on an argument is lost silently.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp

mp.mp.dps = 50


def as_mpf(value: Any) -> mp.mpf:
    """The number as an mpf; a complex result (logarithm of a negative number) is a nan, as in C."""
    if isinstance(value, Real):
        return value.number
    if isinstance(value, mp.mpc):
        return value.real if value.imag == 0 else mp.nan
    if isinstance(value, mp.mpf):
        return value
    return mp.mpf(int(value)) if isinstance(value, bool) or hasattr(value, "__index__") else mp.mpf(float(value))


def power(base: mp.mpf, exponent: mp.mpf) -> mp.mpf:
    if exponent == int(exponent) if mp.isfinite(exponent) else False:
        return base ** int(exponent)
    return as_mpf(mp.power(base, exponent))


def remainder(a: mp.mpf, b: mp.mpf) -> mp.mpf:
    """Python's `%`: the result has the sign of the divisor."""
    return a - b * mp.floor(a / b)


class Real:
    """A real number of fifty digits with the operators of a float."""

    __slots__ = ("number",)

    def __init__(self, value: Any) -> None:
        self.number = as_mpf(value)

    def __repr__(self) -> str:
        return f"Real({mp.nstr(self.number, 20)})"

    def __hash__(self) -> int:
        return hash(self.number)

    def __bool__(self) -> bool:
        return self.number != 0

    def __int__(self) -> int:
        return int(self.number)

    __trunc__ = __int__

    def __floor__(self) -> int:
        return int(mp.floor(self.number))

    def __ceil__(self) -> int:
        return int(mp.ceil(self.number))

    def __neg__(self) -> Real:
        return Real(-self.number)

    def __pos__(self) -> Real:
        return self

    def __abs__(self) -> Real:
        return Real(abs(self.number))

    def conjugate(self) -> Real:
        return self

    def sqrt(self) -> Real:
        """Called by NumPy's own code (norms, deviations) on arrays of objects."""
        return Real(mp.sqrt(self.number))


def operator(compute: Callable[[mp.mpf, mp.mpf], mp.mpf], swapped: bool) -> Callable[[Real, Any], Any]:
    def method(self: Real, other: Any) -> Any:
        try:
            number = as_mpf(other)
        except TypeError:
            return NotImplemented  # an array: NumPy applies the operator to its elements
        return Real(compute(number, self.number) if swapped else compute(self.number, number))

    return method


def comparison(compute: Callable[[mp.mpf, mp.mpf], bool]) -> Callable[[Real, Any], Any]:
    def method(self: Real, other: Any) -> Any:
        try:
            return bool(compute(self.number, as_mpf(other)))
        except TypeError:
            return NotImplemented

    return method


OPERATORS: dict[str, Callable[[mp.mpf, mp.mpf], mp.mpf]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "truediv": lambda a, b: a / b,
    "floordiv": lambda a, b: mp.floor(a / b),
    "mod": remainder,
    "pow": power,
}
COMPARISONS: dict[str, Callable[[mp.mpf, mp.mpf], bool]] = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}
for _name, _compute in OPERATORS.items():
    setattr(Real, f"__{_name}__", operator(_compute, swapped=False))
    setattr(Real, f"__r{_name}__", operator(_compute, swapped=True))
for _name, _test in COMPARISONS.items():
    setattr(Real, f"__{_name}__", comparison(_test))


# Functions of NumPy and of `math`, under NumPy's names; `math` names that differ are added below.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(mp, name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "sqrt")},
    **{"arc" + name: getattr(mp, "a" + name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "arctan2": mp.atan2,
    "expm1": mp.expm1,
    "log1p": mp.log1p,
    "log2": lambda x: mp.log(x, 2),
    "log10": mp.log10,
    "cbrt": mp.cbrt,
    "hypot": mp.hypot,
    "power": power,
    "divide": lambda a, b: a / b,
    "subtract": lambda a, b: a - b,
    "mod": remainder,
    "floor": mp.floor,
    "ceil": mp.ceil,
    "sign": mp.sign,
    "abs": abs,
    "radians": lambda x: x * math.pi / 180,
    "deg2rad": lambda x: x * math.pi / 180,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "gamma": mp.gamma,
    "lgamma": mp.loggamma,
}
MATH_NAMES = {name.replace("arc", "a"): name for name in FUNCTIONS if name.startswith("arc")} | {"fabs": "abs"}
