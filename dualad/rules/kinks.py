"""Rules of functions with kinks and jumps; each convention at a kink is stated beside its line.

The conventions are those of the documentation's table of kinks, and the tests assert every one of them.
"""

import math
import operator

import numpy as np

from .table import rule

# fmt: off
BOTH = [(-3, 3), (-3, 3)]
TIE_AND_NANS = [(1, 1), (math.nan, 1), (1, math.nan)]

# Steps: constant between their jumps, and at a jump 0 as well.
rule("sign", (np.sign,), "x", "0", samples=(-3, 3), edges=[0])
rule("floor", (np.floor, math.floor), "x", "0", samples=(-3, 3), edges=[0, 2])
rule("ceil", (np.ceil, math.ceil), "x", "0", samples=(-3, 3), edges=[0, 2])
rule("trunc", (np.trunc, math.trunc), "x", "0", samples=(-3, 3), edges=[0, 2])
rule("rint", (np.rint,), "x", "0", samples=(-3, 3), edges=[0.5])
rule("round", (np.round, np.around, round), "x", "0", samples=(-3, 3), edges=[0.5])
rule("floordiv", (operator.floordiv, np.floor_divide), "x y", "0", "0",
     samples=[(-3, 3), (0.2, 5)], edges=[(4, 2)])
rule("spacing", (np.spacing,), "x", "0", samples=(0.1, 3), edges=[1])

# Remainders: continued from the right of a jump, where the quotient is what the primal took it for.
rule("mod", (operator.mod, np.remainder), "x y", "1", "-floordiv(x, y)",
     samples=[(-9, 9), (0.2, 5)], edges=[(4, 2), (1, 0.1), (-1, 3), (1, -3)])
rule("fmod", (np.fmod,), "x y", "1", "-rint((x - r) / y)",
     samples=[(-9, 9), (0.2, 5)], edges=[(4, 2), (1, 0.1), (-1, 3), (-7, 3), (1, math.inf)])

# abs: 0 at 0.
rule("abs", (abs, math.fabs, np.abs, np.fabs), "x", "sign(x)", samples=(-3, 3), edges=[0, -0.0])
# The sign of y counts even where y is a zero; that of x as in abs.
rule("copysign", (math.copysign, np.copysign), "x y", "sign(x) * copysign(1, y)", "0",
     samples=BOTH, edges=[(0, 1), (1, -0.0), (1, 0), (-1, -0.0)])
rule("nextafter", (math.nextafter, np.nextafter), "x y", "1", "0", samples=BOTH, edges=[(1, 1)])

# Choices. NumPy's pair: half each at a tie; a nan comes from, and is the slope of, the argument that is nan.
rule("maximum", (np.maximum,), "x y", "0.5 if x == y else (1 if x > y or x != x else 0)",
     "0.5 if x == y else (0 if x > y or x != x else 1)", samples=BOTH, edges=TIE_AND_NANS)
rule("minimum", (np.minimum,), "x y", "0.5 if x == y else (1 if x < y or x != x else 0)",
     "0.5 if x == y else (0 if x < y or x != x else 1)", samples=BOTH, edges=TIE_AND_NANS)
# fmax and fmin pass over a nan.
rule("fmax", (np.fmax,), "x y", "0.5 if x == y else (1 if x > y or y != y else 0)",
     "0.5 if x == y else (0 if x > y or y != y else 1)", samples=BOTH, edges=TIE_AND_NANS)
rule("fmin", (np.fmin,), "x y", "0.5 if x == y else (1 if x < y or y != y else 0)",
     "0.5 if x == y else (0 if x < y or y != y else 1)", samples=BOTH, edges=TIE_AND_NANS)
# Python's pair returns its first argument unless the second one is beyond it, and so do all slopes.
rule("builtin_max", (max,), "x y", "0 if y > x else 1", "1 if y > x else 0",
     samples=BOTH, edges=TIE_AND_NANS)
rule("builtin_min", (min,), "x y", "0 if y < x else 1", "1 if y < x else 0",
     samples=BOTH, edges=TIE_AND_NANS)
# On the bounds of the closed interval x counts; with bounds in the wrong order NumPy returns the upper one.
rule("clip", (), "x lo hi", "0 if x < lo or x > hi or lo > hi else 1", "1 if x < lo and lo <= hi else 0",
     "1 if x > hi or lo > hi else 0",
     samples=[(-2, 3), (-1, 0), (1, 2)],
     edges=[(0, 0, 1), (1, 0, 1), (0.5, 1, 0), (2, 1, 1), (math.nan, 0, 1)])
rule("nan_to_num", (np.nan_to_num,), "x", "1 if abs(x) < INF else 0",
     samples=(-3, 3), edges=[math.inf, -math.inf, math.nan])

# fmt: on
#: Primitives whose result is a truth value or an integer: the derivative ends in them, they get the primals.
INACTIVE = (
    math.isfinite,
    math.isinf,
    math.isnan,
    np.isfinite,
    np.isinf,
    np.isnan,
    np.signbit,
    int,
    bool,
    operator.eq,
    operator.ne,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    operator.not_,
    operator.truth,
    np.equal,
    np.not_equal,
    np.less,
    np.less_equal,
    np.greater,
    np.greater_equal,
    np.logical_and,
    np.logical_or,
    np.logical_xor,
    np.logical_not,
)  # fmt: skip
