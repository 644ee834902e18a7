"""Functions that expressions of the table call and that neither Python nor NumPy has.

Plain Python, each complete in itself, so that Numba compiles it as it stands. Whatever the type of the
arguments, they compute in float64. `n` is a whole number, as int or float.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

__all__ = ["HELPERS", "digamma", "frexp_mantissa", "polygamma", "powi", "sinc_derivative"]

#: The root of digamma on x > 0, as the sum of two floats.
_ROOT, _ROOT_REST = 1.4616321449683622, 9.549995429965697e-17
#: Numerator and denominator of digamma(x) / (x - root) on [1, 2], highest power of x - 1.5 first.
_ABOVE = (
    -2.1371909144303333e-07, 1.9227634434238662e-05, 0.0035369185229135415, 0.06552136794893776,
    0.41869245850949033, 1.0786473286494878, 0.9510558760318328,
)  # fmt: skip
_BELOW = (
    0.000857691360255349, 0.023995076433558565, 0.22226135682897646, 0.8909108601153678, 1.5795862133768737,
    1.0,
)  # fmt: skip
#: -B(2j) / (2j), highest j first: Stirling's series of digamma in 1 / x**2.
_STIRLING = (-1 / 12, 691 / 32760, -1 / 132, 1 / 240, -1 / 252, 1 / 120, -1 / 12)
#: B(2j) / (2j)!, j = 1, 2, ...: the tail of the Euler-Maclaurin formula.
_EULER_MACLAURIN = (
    1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600,
    -3617 / 10670622842880000, 43867 / 5109094217170944000, -174611 / 802857662698291200000,
)  # fmt: skip


def digamma(x: float) -> float:
    """Derivative of log(gamma(x)); nan at its poles 0, -1, -2, ...

    Accurate relatively for x > 0, next to the root included, to a few units in the last place; for x < 0
    relatively to the larger of the two terms of the reflection formula. On [1, 2], digamma(x) / (x - root) is
    a rational function interpolated at twelve Chebyshev nodes, with error 6e-18; smaller and larger numbers
    come there by recurrence, those from 10 on have Stirling's series.
    """
    w = np.float64(x)
    reflected = 0.0
    if w <= 0.0:  # reflection; cot(pi t) has period 1, and t is exact
        t = w - np.rint(w)
        if t == 0.0:
            return math.nan
        far = abs(t) > 0.25
        reflected = math.pi * (
            math.copysign(math.tan(math.pi * (0.5 - abs(t))), t) if far else 1.0 / math.tan(math.pi * t)
        )
        w = 1.0 - w
    if w >= 10.0:
        series = 0.0
        for coefficient in _STIRLING:
            series = (series + coefficient) / w / w
        return math.log(w) - 0.5 / w + series - reflected
    shift = 0.0
    while w > 2.0:
        w -= 1.0
        shift += 1.0 / w
    if w < 1.0:
        shift -= 1.0 / w
        w += 1.0
    above = below = 0.0
    for coefficient in _ABOVE:
        above = above * (w - 1.5) + coefficient
    for coefficient in _BELOW:
        below = below * (w - 1.5) + coefficient
    return shift + ((w - _ROOT) - _ROOT_REST) * (above / below) - reflected


def polygamma(n: int, x: float) -> float:
    """The n-th derivative of digamma, n = 1, 2, ...; nan at the poles 0, -1, -2, ...

    For x > 0 it is Hurwitz' zeta function of order n + 1, by a sum and its Euler-Maclaurin tail, accurate to
    a few units in the last place; for x < 0 by reflection.
    """
    order = int(n)
    w = np.float64(x)
    reflected = 0.0
    if w <= 0.0:
        # The n-th derivative of pi cot(pi x) is pi**(n + 1) times a polynomial in c = cot(pi x), by c' = -(1
        # + c * c).
        t = w - np.rint(w)
        if t == 0.0:
            return math.nan
        far = abs(t) > 0.25
        c = math.copysign(math.tan(math.pi * (0.5 - abs(t))), t) if far else 1.0 / math.tan(math.pi * t)
        polynomial = np.zeros(order + 3)
        polynomial[1] = 1.0
        for _ in range(order):
            slope = np.zeros(order + 3)
            for k in range(order + 2):
                slope[k] = -(k + 1) * polynomial[k + 1] - ((k - 1) * polynomial[k - 1] if k else 0.0)
            polynomial = slope
        for k in range(order + 1, -1, -1):
            reflected = reflected * c + polynomial[k]
        reflected *= math.pi ** (order + 1)
        w = 1.0 - w
    factorial = 1.0
    for k in range(2, order + 1):
        factorial *= k
    zeta = 0.0
    while w < order + 12.0:
        zeta += 1.0 / w ** (order + 1.0)
        w += 1.0
    power = 1.0 / w**order
    zeta += power / order + 0.5 * power / w
    term = power / w / w * (order + 1.0)  # s (s + 1) ... (s + 2j) / w**(s + 2j + 1) for s = n + 1
    for j in range(len(_EULER_MACLAURIN)):
        zeta += term * _EULER_MACLAURIN[j]
        term *= (order + 2.0 * j + 2.0) * (order + 2.0 * j + 3.0) / (w * w)
    # The sign is (-1)**(n + 1), after reflection -1.
    return (factorial if order % 2 == 1 and x > 0.0 else -factorial) * zeta - reflected


def sinc_derivative(n: int, x: float) -> float:
    """The n-th derivative of sin(pi x) / (pi x), n = 0, 1, 2, ...

    Its power series next to 0; further out the recurrence that comes from differentiating y sinc = sin(y) n
    times.
    """
    order = int(n)
    y = math.pi * np.float64(x)
    scale = math.pi**order
    value = 0.0
    if abs(y) < 1.0 + 0.5 * order:
        k = (order + 1) // 2
        m = 2 * k - order
        term = (-scale if k % 2 else scale) * (y if m else 1.0)  # (-1)**k y**m / m!, times pi**n
        while abs(term) > 1e-20 * abs(value):
            value += term / (m + order + 1)
            term *= -(y * y) / ((m + 1) * (m + 2))
            m += 2
    else:
        t = x - 2.0 * np.rint(0.5 * x)  # exact, so that sine and cosine of pi x keep their digits
        sine, cosine = math.sin(math.pi * t), math.cos(math.pi * t)
        value = sine / y
        for k in range(1, order + 1):
            sine, cosine = cosine, -sine
            value = (sine - k * value) / y
        value *= scale
    return value


def frexp_mantissa(x: float) -> float:
    """The mantissa of `math.frexp`."""
    return math.frexp(x)[0]


def powi(x: float, n: float) -> float:
    """`x` to the whole power `n`."""
    return float(x**n)


#: The functions above that expressions may call, by the name of their rule.
HELPERS: dict[str, Callable[..., float]] = {
    "digamma": digamma,
    "frexp_mantissa": frexp_mantissa,
    "polygamma": polygamma,
    "powi": powi,
    "sinc_derivative": sinc_derivative,
}
