"""`Number`: a value with its gradient and Hessian in n directions, in plain Python."""

import math
import operator

import numpy as np

from tests.oracle import elementary


def _times(partial, tangents):
    """Partial times tangents, where an exact zero wins over an infinity (the strong zero)."""
    with np.errstate(all="ignore"):
        product = partial * tangents
    return np.where((tangents == 0) | (partial == 0), 0.0, product)


class Number:
    """A float or complex value that carries its derivatives up to second order.

    Parameters
    ----------
    value : float or complex
    gradient : array, shape (n,)
    hessian : array, shape (n, n), or None
        None when only first derivatives are wanted.
    """

    __slots__ = ("value", "gradient", "hessian")
    __hash__ = None

    def __init__(self, value, gradient, hessian=None):
        self.value, self.gradient, self.hessian = value, gradient, hessian

    def __repr__(self):
        return f"Number({self.value}, {self.gradient})"

    # -- the chain rule, in one and in two variables

    def chain(self, value, first, second):
        hessian = None
        if self.hessian is not None:
            hessian = _times(first, self.hessian) + _times(second, np.outer(self.gradient, self.gradient))
        return Number(value, _times(first, self.gradient), hessian)

    @staticmethod
    def chain_pair(x, y, value, px, py, pxx, pxy, pyy):
        hessian = None
        if x.hessian is not None:
            cross = np.outer(x.gradient, y.gradient)
            hessian = (
                _times(px, x.hessian)
                + _times(py, y.hessian)
                + _times(pxx, np.outer(x.gradient, x.gradient))
                + _times(pxy, cross + cross.T)
                + _times(pyy, np.outer(y.gradient, y.gradient))
            )
        return Number(value, _times(px, x.gradient) + _times(py, y.gradient), hessian)

    def constant(self, value):
        hessian = None if self.hessian is None else np.zeros_like(self.hessian)
        return Number(value, np.zeros_like(self.gradient), hessian)

    # -- arithmetic

    def __add__(self, other):
        return _binary(self, other, lambda x, y: (x + y, 1.0, 1.0, 0.0, 0.0, 0.0))

    def __sub__(self, other):
        return _binary(self, other, lambda x, y: (x - y, 1.0, -1.0, 0.0, 0.0, 0.0))

    def __rsub__(self, other):
        return _binary(other, self, lambda x, y: (x - y, 1.0, -1.0, 0.0, 0.0, 0.0))

    def __mul__(self, other):
        return _binary(self, other, lambda x, y: (x * y, y, x, 0.0, 1.0, 0.0))

    def __truediv__(self, other):
        return _binary(self, other, _divide)

    def __rtruediv__(self, other):
        return _binary(other, self, _divide)

    def __mod__(self, other):
        return _binary(self, other, _remainder)

    def __rmod__(self, other):
        return _binary(other, self, _remainder)

    def __floordiv__(self, other):
        return float(np.floor_divide(primal(self), primal(other)))

    def __rfloordiv__(self, other):
        return float(np.floor_divide(primal(other), primal(self)))

    def __divmod__(self, other):
        return self // other, self % other

    def __rdivmod__(self, other):
        return other // self, other % self

    def __pow__(self, other):
        if isinstance(other, np.ndarray):
            return NotImplemented
        return power(self, other)

    def __rpow__(self, other):
        return power(other, self)

    def __neg__(self):
        return self.chain(-self.value, -1.0, 0.0)

    def __pos__(self):
        return self

    def __abs__(self):
        if isinstance(self.value, complex):
            return apply("hypot", self.real, self.imag)
        return self.chain(abs(self.value), float(np.sign(self.value)), 0.0)

    __radd__ = __add__
    __rmul__ = __mul__

    # -- parts of a complex number

    def _part(self, take):
        return Number(take(self.value), take(self.gradient), None if self.hessian is None else take(self.hessian))

    @property
    def real(self):
        return self._part(lambda a: a.real)

    @property
    def imag(self):
        return self._part(lambda a: a.imag)

    def conjugate(self):
        return self._part(lambda a: a.conjugate())

    # -- comparisons and conversions act on the primal

    def __eq__(self, other):
        return self.value == primal(other)

    def __ne__(self, other):
        return self.value != primal(other)

    def __lt__(self, other):
        return self.value < primal(other)

    def __le__(self, other):
        return self.value <= primal(other)

    def __gt__(self, other):
        return self.value > primal(other)

    def __ge__(self, other):
        return self.value >= primal(other)

    def __bool__(self):
        return bool(self.value)

    def __int__(self):
        return int(self.value)

    def __float__(self):
        raise TypeError("a derivative would be lost: the oracle's stand-in for this function is missing")

    def __round__(self, digits=None):
        return round(self.value, digits)

    def __floor__(self):
        return math.floor(self.value)

    def __ceil__(self):
        return math.ceil(self.value)

    def __trunc__(self):
        return math.trunc(self.value)


def primal(x):
    return x.value if isinstance(x, Number) else x


def _binary(x, y, rule):
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        return NotImplemented
    value, *p = rule(primal(x), primal(y))
    return pair(x, y, value, *p)


def pair(x, y, value, px, py, pxx, pxy, pyy):
    """Chain rule for a function of two variables of which at least one is a `Number`."""
    if not isinstance(y, Number):
        return x.chain(value, px, pxx)
    if not isinstance(x, Number):
        return y.chain(value, py, pyy)
    return Number.chain_pair(x, y, value, px, py, pxx, pxy, pyy)


def _divide(x, y):
    with np.errstate(all="ignore"):
        x, y = (np.complex128(z) if isinstance(z, complex) else np.float64(z) for z in (x, y))
        value = x / y
        p = value.item(), 1 / y, -x / y**2, 0.0, -1 / y**2, 2 * x / y**3
    return p


def _remainder(x, y):
    return float(np.mod(x, y)), 1.0, -float(np.floor_divide(x, y)), 0.0, 0.0, 0.0


def power(x, y):
    """``x ** y``; a constant exponent has no derivative, so that its logarithm is never asked for."""
    a, b = primal(x), primal(y)
    if isinstance(a, complex) or isinstance(b, complex):
        if isinstance(y, Number):
            return apply("exp", apply("log", x) * y)
        return x.chain(a**b, b * a ** (b - 1) if b else 0.0, b * (b - 1) * a ** (b - 2) if b * (b - 1) else 0.0)
    a, b = np.float64(a), np.float64(b)
    with np.errstate(all="ignore"):
        log = np.log(a) if a != 0 else 0.0
        falling = [_monomial(c, a, b - k) for k, c in enumerate((1.0, b, b * (b - 1)))]
        cross = _monomial(1.0, a, b - 1) * (1.0 + b * log)
        along_y = falling[0] * log
        return pair(x, y, float(a**b), falling[1], along_y, falling[2], cross, along_y * log)


def _monomial(coefficient, a, exponent):
    return 0.0 if coefficient == 0 else coefficient * a**exponent


OPERATORS = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": power,
    "float_power": power,
}


def apply(name, *arguments):
    """An elementary function, by name, of plain numbers and `Number`s."""
    name = elementary.ALIASES.get(name, name)
    primals = [primal(x) for x in arguments]
    if name == "absolute":
        return abs(arguments[0])
    if name == "conjugate":
        return arguments[0].conjugate()
    if name in elementary.PREDICATES:
        return bool(getattr(np, name)(*primals))
    if not any(isinstance(x, Number) for x in arguments) or name in elementary.STEPS:
        return elementary.value_of(name, *primals)
    value = elementary.value_of(name, *primals)
    if len(arguments) == 1:
        return arguments[0].chain(value, *elementary.partials(name, *primals))
    if name in elementary.PAIRS:
        return pair(*arguments, value, *elementary.partials_of_pair(name, *primals))
    if name in ("maximum", "minimum", "fmax", "fmin"):
        return _select(name, *arguments)
    if name in ("remainder", "mod", "fmod"):
        x, y = primals
        quotient = np.trunc(x / y) if name == "fmod" else np.floor_divide(x, y)
        return pair(*arguments, value, 1.0, -float(quotient), 0.0, 0.0, 0.0)
    if name == "copysign":
        sign = float(np.sign(primals[0]) * np.copysign(1.0, primals[1]))
        return pair(*arguments, value, sign, 0.0, 0.0, 0.0, 0.0)
    if name in OPERATORS:
        return OPERATORS[name](*arguments)
    raise NotImplementedError(f"the oracle has no function {name!r}")


def _select(name, x, y):
    a, b = primal(x), primal(y)
    if a == b:
        return pair(x, y, a, 0.5, 0.5, 0.0, 0.0, 0.0)
    value = getattr(np, name)(a, b)
    first = float(value == a or (np.isnan(value) and np.isnan(a)))
    return pair(x, y, float(value), first, 1.0 - first, 0.0, 0.0, 0.0)
