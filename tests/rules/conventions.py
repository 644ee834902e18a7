"""What the rules return where no derivative exists, or only a one-sided one: one row per point.

A row is the rule, the point, the first partials and, as a dict, those second partials that are not 0.
"""

import math

inf, nan = math.inf, math.nan
LN2 = math.log(2.0)

ROWS = [
    # Arithmetic.
    ("div", (1, 0), (inf, -inf), {(0, 1): -inf, (1, 1): inf}),
    ("reciprocal", (0,), (-inf,), {(0, 0): inf}),
    ("pow", (0, 0), (0, 0), {}),
    ("pow", (0, 0.5), (inf, 0), {(0, 0): -inf, (0, 1): -inf}),
    ("pow", (0, 1), (1, 0), {(0, 1): -inf}),
    ("pow", (0, 2), (0, 0), {(0, 0): 2}),
    ("pow", (0, 2.5), (0, 0), {}),
    ("pow", (-2, 2), (-4, nan), {(0, 0): 2, (0, 1): nan, (1, 1): nan}),
    ("pow", (-2, 3), (12, nan), {(0, 0): -12, (0, 1): nan, (1, 1): nan}),
    ("powi", (0, 0), (0, 0), {}),
    ("powi", (0, 1), (1, 0), {}),
    ("powi", (0, 2), (0, 0), {(0, 0): 2}),
    ("powi", (0, 3), (0, 0), {}),
    ("powi", (0, -1), (-inf, 0), {(0, 0): inf}),
    # Ends of domains, and beyond them.
    ("log", (0.0,), (inf,), {(0, 0): -inf}),
    ("log", (-0.0,), (inf,), {(0, 0): -inf}),
    ("log", (-1,), (nan,), {(0, 0): nan}),
    ("log2", (0.0,), (inf,), {(0, 0): -inf}),
    ("log2", (-0.0,), (inf,), {(0, 0): -inf}),
    ("log2", (-1,), (nan,), {(0, 0): nan}),
    ("log10", (0.0,), (inf,), {(0, 0): -inf}),
    ("log10", (-0.0,), (inf,), {(0, 0): -inf}),
    ("log10", (-1,), (nan,), {(0, 0): nan}),
    ("log1p", (-1,), (inf,), {(0, 0): -inf}),
    ("log1p", (-2,), (nan,), {(0, 0): nan}),
    ("sqrt", (0.0,), (inf,), {(0, 0): -inf}),
    ("sqrt", (-0.0,), (inf,), {(0, 0): -inf}),
    ("sqrt", (-1,), (nan,), {(0, 0): nan}),
    ("cbrt", (0,), (inf,), {(0, 0): -inf}),
    ("asin", (1,), (inf,), {(0, 0): inf}),
    ("asin", (-1,), (inf,), {(0, 0): -inf}),
    ("asin", (2,), (nan,), {(0, 0): nan}),
    ("acos", (1,), (-inf,), {(0, 0): -inf}),
    ("acos", (-1,), (-inf,), {(0, 0): inf}),
    ("acos", (2,), (nan,), {(0, 0): nan}),
    ("acosh", (1,), (inf,), {(0, 0): -inf}),
    ("acosh", (0.5,), (nan,), {(0, 0): nan}),
    ("acosh", (-2,), (nan,), {(0, 0): nan}),
    ("atanh", (1,), (inf,), {(0, 0): inf}),
    ("atanh", (-1,), (inf,), {(0, 0): -inf}),
    ("atanh", (2,), (nan,), {(0, 0): nan}),
    ("gamma", (-1,), (nan,), {(0, 0): nan}),
    ("lgamma", (-1,), (nan,), {(0, 0): nan}),
    # Origins, and the cut of atan2.
    ("hypot", (0, 0), (0, 0), {}),
    ("atan2", (0, 0), (0, 0), {}),
    ("atan2", (0, -1), (-1, 0), {(0, 1): -1}),
    ("logaddexp", (-inf, -inf), (0.5, 0.5), {(0, 0): 0.25, (0, 1): -0.25, (1, 1): 0.25}),
    ("logaddexp", (-inf, 0), (0, 1), {}),
    ("logaddexp", (inf, 0), (1, 0), {}),
    ("logaddexp2", (-inf, -inf), (0.5, 0.5), {(0, 0): LN2 / 4, (0, 1): -LN2 / 4, (1, 1): LN2 / 4}),
    ("logaddexp2", (-inf, 0), (0, 1), {}),
    ("logaddexp2", (inf, 0), (1, 0), {}),
    # Steps.
    ("sign", (0,), (0,), {}),
    ("floor", (0,), (0,), {}),
    ("floor", (2,), (0,), {}),
    ("ceil", (0,), (0,), {}),
    ("ceil", (2,), (0,), {}),
    ("trunc", (0,), (0,), {}),
    ("trunc", (2,), (0,), {}),
    ("rint", (0.5,), (0,), {}),
    ("round", (0.5,), (0,), {}),
    ("floordiv", (4, 2), (0, 0), {}),
    ("spacing", (1,), (0,), {}),
    ("mod", (4, 2), (1, -2), {}),
    ("fmod", (4, 2), (1, -2), {}),
    ("fmod", (1, inf), (1, 0), {}),
    # Kinks.
    ("abs", (0.0,), (0,), {}),
    ("abs", (-0.0,), (0,), {}),
    ("copysign", (0, 1), (0, 0), {}),
    ("copysign", (1, 0.0), (1, 0), {}),
    ("copysign", (1, -0.0), (-1, 0), {}),
    ("copysign", (-1, -0.0), (1, 0), {}),
    ("frexp_mantissa", (0,), (1,), {}),
    ("frexp_mantissa", (1,), (0.5,), {}),
    # Choices.
    ("maximum", (1, 1), (0.5, 0.5), {}),
    ("maximum", (nan, 1), (1, 0), {}),
    ("maximum", (1, nan), (0, 1), {}),
    ("minimum", (1, 1), (0.5, 0.5), {}),
    ("minimum", (nan, 1), (1, 0), {}),
    ("minimum", (1, nan), (0, 1), {}),
    ("fmax", (1, 1), (0.5, 0.5), {}),
    ("fmax", (nan, 1), (0, 1), {}),
    ("fmax", (1, nan), (1, 0), {}),
    ("fmin", (1, 1), (0.5, 0.5), {}),
    ("fmin", (nan, 1), (0, 1), {}),
    ("fmin", (1, nan), (1, 0), {}),
    ("builtin_max", (1, 1), (1, 0), {}),
    ("builtin_max", (nan, 1), (1, 0), {}),
    ("builtin_max", (1, nan), (1, 0), {}),
    ("builtin_min", (1, 1), (1, 0), {}),
    ("builtin_min", (nan, 1), (1, 0), {}),
    ("builtin_min", (1, nan), (1, 0), {}),
    ("clip", (0, 0, 1), (1, 0, 0), {}),
    ("clip", (1, 0, 1), (1, 0, 0), {}),
    ("clip", (0.5, 1, 0), (0, 0, 1), {}),
    ("clip", (2, 1, 1), (0, 0, 1), {}),
    ("clip", (nan, 0, 1), (1, 0, 0), {}),
    ("nan_to_num", (inf,), (0,), {}),
    ("nan_to_num", (-inf,), (0,), {}),
    ("nan_to_num", (nan,), (0,), {}),
]


def at(name, point):
    """Key of a point, which tells -0.0 from 0.0 and takes nan for equal to itself."""
    return name, tuple(repr(float(x)) for x in point)


EXPECTED = {at(name, point): (firsts, seconds) for name, point, firsts, seconds in ROWS}
