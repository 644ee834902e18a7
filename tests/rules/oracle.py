"""The primitives as mpmath knows them, and their derivatives by differences of many digits."""

import mpmath as mp

DIGITS, MANY_DIGITS = 40, 420


def _chosen(first):
    """max, min and their like: `first(x, y)` says whether x is chosen."""
    return lambda x, y: x if first(x, y) else y


def _mod(x, y):
    return x - y * mp.floor(x / y)


def _fmod(x, y):
    quotient = x / y
    return x - y * (mp.floor(quotient) if quotient >= 0 else mp.ceil(quotient))


def _spacing(x):
    return mp.mpf(2) ** (mp.floor(mp.log(abs(x), 2)) - 52)


def _mantissa(x):
    return x / mp.mpf(2) ** (mp.floor(mp.log(abs(x), 2)) + 1)


def _sinc_derivative(n, x):
    return mp.chop(mp.diff(mp.sincpi, x, int(n)), 1e-30)


#: The primal of every rule.
PRIMALS = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "pos": lambda x: x,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "pow": lambda x, y: x ** (int(y) if mp.im(y) == 0 and y == mp.nint(mp.re(y)) else y),
    "powi": lambda x, n: x ** int(n),
    "exp": mp.exp,
    "exp2": lambda x: mp.exp(x * mp.ln2),
    "expm1": mp.expm1,
    "log": mp.log,
    "log2": lambda x: mp.log(x) / mp.ln2,
    "log10": lambda x: mp.log(x) / mp.ln10,
    "log1p": lambda x: mp.log(1 + x),
    "logaddexp": lambda x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y))),
    "logaddexp2": lambda x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y) * mp.ln2)) / mp.ln2,
    "sqrt": mp.sqrt,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "hypot": lambda x, y: mp.sqrt(x * x + y * y),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "atan2": mp.atan2,
    "degrees": mp.degrees,
    "radians": mp.radians,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "gamma": mp.gamma,
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))) if x < 0 else mp.loggamma(x),
    "digamma": mp.digamma,
    "polygamma": lambda n, x: mp.polygamma(int(n), x),
    "sinc": mp.sincpi,
    "sinc_derivative": _sinc_derivative,
    "sign": mp.sign,
    "floor": mp.floor,
    "ceil": mp.ceil,
    "trunc": lambda x: mp.floor(x) if x >= 0 else mp.ceil(x),
    "rint": mp.nint,
    "round": mp.nint,
    "floordiv": lambda x, y: mp.floor(x / y),
    "spacing": _spacing,
    "mod": _mod,
    "fmod": _fmod,
    "abs": abs,
    "copysign": lambda x, y: abs(x) * mp.sign(y),
    "nextafter": lambda x, y: x,  # but for one unit in the last place
    "maximum": _chosen(lambda x, y: x > y),
    "minimum": _chosen(lambda x, y: x < y),
    "fmax": _chosen(lambda x, y: x > y),
    "fmin": _chosen(lambda x, y: x < y),
    "builtin_max": max,
    "builtin_min": min,
    "clip": lambda x, lo, hi: min(max(x, lo), hi),
    "nan_to_num": lambda x: x,
    "ldexp": lambda x, n: x * mp.mpf(2) ** int(n),
    "frexp_mantissa": _mantissa,
}

# Derivatives of any order where differences would take long: `CLOSED[name](k, *point)` is the k-th one by
# `x`.
CLOSED = {
    "lgamma": lambda k, x: mp.polygamma(k - 1, x),
    "digamma": lambda k, x: mp.polygamma(k, x),
    "polygamma": lambda k, n, x: mp.polygamma(int(n) + k, x),
    "sinc_derivative": lambda k, n, x: _sinc_derivative(n + k, x),
}


def derivative(rule, indices, point):
    """The partial of a rule by the arguments `indices`, with at least 20 digits; 0 only where it is 0.

    Each argument is differenced in units of its own size, so that 1e-200 and 1e200 are points like others. A
    difference that is tiny beside the function itself (the slope of tanh at 300) is taken again with as many
    digits as it needs.
    """
    for digits in (DIGITS, MANY_DIGITS):
        with mp.workdps(digits):
            exact = [mp.mpmathify(x) for x in point]
            if rule.name in CLOSED:
                return CLOSED[rule.name](len(indices), *exact)
            scales = [abs(x) or mp.mpf(1) for x in exact]

            def moved(*steps):
                return PRIMALS[rule.name](*(x + s * t for x, s, t in zip(exact, scales, steps, strict=True)))

            zero = (0,) * len(point)
            counts = tuple(indices.count(k) for k in range(len(point)))
            difference = mp.diff(moved, zero, counts)
            size = abs(moved(*zero)) + abs(moved(*(mp.mpf("1e-3") for _ in point)))
            if abs(difference) > size * mp.mpf(10) ** (20 - digits):
                return difference / mp.fprod(s**n for s, n in zip(scales, counts, strict=True))
    return mp.mpf(0)


def value(rule, point):
    with mp.workdps(DIGITS):
        return PRIMALS[rule.name](*map(mp.mpmathify, point))
