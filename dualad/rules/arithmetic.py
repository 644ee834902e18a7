"""Rules of the arithmetic operators and of powers."""

import math
import operator

import numpy as np

from .table import rule

# fmt: off
BOTH = [(-3, 3), (-3, 3)]
APART = [(-3, 3), (0.2, 5)]

rule("add", (operator.add, np.add), "x y", "1", "1", samples=BOTH, complex_call=operator.add)
rule("sub", (operator.sub, np.subtract), "x y", "1", "-1", samples=BOTH, complex_call=operator.sub)
rule("mul", (operator.mul, np.multiply), "x y", "y", "x",
     samples=BOTH, edges=[(0, 0)], complex_call=operator.mul)
rule("div", (operator.truediv, np.divide), "x y", "i", "-r * i", setup={"i": "1 / y"},
     second={(0, 1): "-i * i", (1, 1): "2 * r * i * i"},
     samples=APART, edges=[(0, 2), (1, -2), (1e-200, 1e-150), (1e200, -1e140), (1, 0)],
     strong_zero=True, complex_call=operator.truediv)
rule("neg", (operator.neg, np.negative), "x", "-1", samples=(-3, 3), complex_call=operator.neg)
rule("pos", (operator.pos, np.positive), "x", "1", samples=(-3, 3), complex_call=operator.pos)
rule("square", (np.square,), "x", "2 * x", samples=(-3, 3), edges=[0, 1e-200], complex_call=np.square)
rule("reciprocal", (np.reciprocal,), "x", "-r * r", second="2 * r * r * r",
     samples=(0.2, 5), edges=[-1e-3, 1e80, 0], strong_zero=True, complex_call=np.reciprocal)

# At 0 the slope by the exponent is 0, as 0**y is constant for y > 0; 0**0 is 1, and there both slopes are 0.
# A negative base has no slope by the exponent: log makes it nan. Where the exponent carries no derivative,
# that partial is never asked for.
rule("pow", (operator.pow, pow, math.pow, np.power, np.float_power), "x y",
     "0 if x == 0 and y == 0 else y * pow(x, y - 1)", "0 if x == 0 and y >= 0 else r * log(x)",
     second={(0, 1): "0 if x == 0 and (y == 0 or y > 1) else pow(x, y - 1) * (1 + y * log(x))",
             (1, 1): "0 if x == 0 and y >= 0 else r * log(x) * log(x)"},
     samples=[(0.1, 4), (-3, 3)],
     edges=[(0, 0), (0, 0.5), (0, 1), (0, 2), (0, 2.5), (-2, 2), (-2, 3), (2, 0),
            (1e-200, 2), (1e-3, -40), (1, 1e5)],
     strong_zero=True, complex_call=operator.pow)
