"""Rules of the elementary functions: exponentials, logarithms, roots, trigonometric and hyperbolic functions.

Outside its domain, where the primal is nan, a slope is nan too. Many rules name their slope `p` and state the
slope of `p` in terms of itself, which keeps all orders accurate.
"""

import cmath
import math

import numpy as np

from .table import rule

# fmt: off
BOTH = [(-3, 3), (-3, 3)]
WITHIN = (-0.99, 0.99)
#: Ends of domains, points next to them and beyond, and very small and large ones.
LOG_ENDS = [0, -0.0, -1, 1, 1e-100, 1e100]
UNIT_ENDS = [0, 1e-12, 1 - 1e-12, -1 + 1e-12, 1, -1, 2]
#: For the logarithm of a sum of exponentials.
SUMMANDS = [(1, 1), (700, -30), (-800, 1), (-math.inf, -math.inf), (-math.inf, 0), (math.inf, 0)]

# Exponentials and logarithms. abs(x) makes the slope at -0.0 the +inf of log at 0.
rule("exp", (math.exp, np.exp), "x", "r", samples=(-5, 5), edges=[0, -700, 700], complex_call=cmath.exp)
rule("exp2", (math.exp2, np.exp2), "x", "LN2 * r", samples=(-5, 5), edges=[0, -1000], complex_call=np.exp2)
rule("expm1", (math.expm1, np.expm1), "x", "exp(x)",  # r + 1 has no digits left below -37
     samples=(-3, 3), edges=[0, 1e-12, -40], complex_call=np.expm1)
rule("log", (math.log, np.log), "x", "p", setup={"p": "1 / abs(x) if x >= 0 else NAN"}, second="-p * p",
     samples=(0.01, 50), edges=LOG_ENDS, strong_zero=True, complex_call=cmath.log)
rule("log2", (math.log2, np.log2), "x", "p", setup={"p": "1 / (LN2 * abs(x)) if x >= 0 else NAN"},
     second="-LN2 * p * p",
     samples=(0.01, 50), edges=LOG_ENDS, strong_zero=True, complex_call=np.log2)
rule("log10", (math.log10, np.log10), "x", "p", setup={"p": "1 / (LN10 * abs(x)) if x >= 0 else NAN"},
     second="-LN10 * p * p",
     samples=(0.01, 50), edges=LOG_ENDS, strong_zero=True, complex_call=cmath.log10)
rule("log1p", (math.log1p, np.log1p), "x", "p", setup={"p": "1 / (1 + x) if x >= -1 else NAN"},
     second="-p * p", samples=(-0.9, 20), edges=[-1, -2, 0, 1e-12, -1 + 1e-10],
     strong_zero=True, complex_call=np.log1p)
# exp(-|x - y|) cannot overflow. Equal infinities differ by nan, so equality is asked for first: half each.
rule("logaddexp", (np.logaddexp,), "x y", "p", "q",
     setup={"t": "exp(-(0 if x == y else abs(x - y)))", "p": "(1 if x >= y else t) / (1 + t)",
            "q": "(1 if y >= x else t) / (1 + t)"},
     second={(0, 0): "p * q", (0, 1): "-p * q", (1, 1): "p * q"},
     samples=BOTH, edges=SUMMANDS, strong_zero=True)
rule("logaddexp2", (np.logaddexp2,), "x y", "p", "q",
     setup={"t": "exp2(-(0 if x == y else abs(x - y)))", "p": "(1 if x >= y else t) / (1 + t)",
            "q": "(1 if y >= x else t) / (1 + t)"},
     second={(0, 0): "LN2 * p * q", (0, 1): "-LN2 * p * q", (1, 1): "LN2 * p * q"},
     samples=BOTH, edges=SUMMANDS, strong_zero=True)

# Roots and lengths. sqrt(-0.0) is -0.0, and its slope +inf like that of sqrt(0.0).
rule("sqrt", (math.sqrt, np.sqrt), "x", "p", setup={"p": "0.5 / abs(r)"}, second="-2 * p * p * p",
     samples=(0.01, 50), edges=[0, -0.0, -1, 1e-200, 1e200], strong_zero=True, complex_call=cmath.sqrt)
rule("cbrt", (np.cbrt,), "x", "p", setup={"p": "1 / (3 * r * r)"}, second="-2 * p / (3 * x)",
     samples=(0.01, 50), edges=[0, -2, 1e-150, -1e150], strong_zero=True)
# At the origin, the kink of the cone, all slopes are 0, as that of abs.
rule("hypot", (math.hypot, np.hypot), "x y", "p", "q",
     setup={"i": "0 if r == 0 else 1 / r", "p": "0 if r == 0 else x / r", "q": "0 if r == 0 else y / r"},
     second={(0, 0): "q * q * i", (0, 1): "-p * q * i", (1, 1): "p * p * i"},
     samples=BOTH, strong_zero=True,
     edges=[(0, 0), (0, 1), (-2, 0), (1e-200, 1e-200), (1e200, -1e200), (1, 1e-12)])

# Trigonometric functions and their inverses. The factored (1 - x) * (1 + x) keeps its digits near the ends.
rule("sin", (math.sin, np.sin), "x", "cos(x)", second="-r",
     samples=(-4, 4), edges=[0, 1e-12, 1e5], complex_call=cmath.sin)
rule("cos", (math.cos, np.cos), "x", "-sin(x)", second="-r",
     samples=(-4, 4), edges=[0, 1e-12, 1e5], complex_call=cmath.cos)
rule("tan", (math.tan, np.tan), "x", "1 + r * r",
     samples=(-1.5, 1.5), edges=[0, 1e-12, 1.57, 3], complex_call=cmath.tan)
rule("asin", (math.asin, np.arcsin), "x", "p", setup={"p": "1 / sqrt((1 - x) * (1 + x))"},
     second="x * p * p * p", samples=WITHIN, edges=UNIT_ENDS, strong_zero=True, complex_call=cmath.asin)
rule("acos", (math.acos, np.arccos), "x", "p", setup={"p": "-1 / sqrt((1 - x) * (1 + x))"},
     second="x * p * p * p", samples=WITHIN, edges=UNIT_ENDS, strong_zero=True, complex_call=cmath.acos)
rule("atan", (math.atan, np.arctan), "x", "p", setup={"p": "1 / (1 + x * x)"}, second="-2 * x * p * p",
     samples=(-5, 5), edges=[0, 1e-12, 1e100, 1e200], complex_call=cmath.atan)
# (c, s) is the direction of the point, h its distance; at the origin, without direction, slopes are 0.
rule("atan2", (math.atan2, np.arctan2), "y x", "c * i", "-s * i",
     setup={"h": "hypot(x, y)", "i": "0 if h == 0 else 1 / h", "c": "0 if h == 0 else x / h",
            "s": "0 if h == 0 else y / h"},
     second={(0, 0): "-2 * c * s * i * i", (1, 1): "2 * c * s * i * i",
             (0, 1): "0 if h == 0 else ((y - x) / h) * ((y + x) / h) * i * i"},
     samples=BOTH, strong_zero=True,
     edges=[(0, 0), (0, 1), (0, -1), (-2, 0), (1, 1 + 1e-9), (1e-100, 1e-100), (1e150, -1e150)])
rule("degrees", (math.degrees, np.degrees, np.rad2deg), "x", "180 / PI", samples=(-4, 4))
rule("radians", (math.radians, np.radians, np.deg2rad), "x", "PI / 180", samples=(-200, 200))

# Hyperbolic functions and their inverses.
rule("sinh", (math.sinh, np.sinh), "x", "cosh(x)", second="r",
     samples=(-4, 4), edges=[0, 1e-12, 700], complex_call=cmath.sinh)
rule("cosh", (math.cosh, np.cosh), "x", "sinh(x)", second="r",
     samples=(-4, 4), edges=[0, 1e-12, 700], complex_call=cmath.cosh)
# 1 - r * r has no digits left at 20. Both branches of t give the same p, so that its slopes join at 0.
rule("tanh", (math.tanh, np.tanh), "x", "p",
     setup={"t": "exp(2 * (-x if x >= 0 else x))", "p": "4 * t / ((1 + t) * (1 + t))"}, second="-2 * r * p",
     samples=(-4, 4), edges=[0, 1e-12, 20, -20, 300, 800], complex_call=cmath.tanh)
rule("asinh", (math.asinh, np.arcsinh), "x", "p", setup={"p": "1 / hypot(x, 1)"}, second="-x * p * p * p",
     samples=(-5, 5), edges=[0, 1e-12, 1e100, -1e200], complex_call=cmath.asinh)
rule("acosh", (math.acosh, np.arccosh), "x", "p", setup={"p": "1 / (sqrt(x - 1) * sqrt(x + 1))"},
     second="-x * p * p * p", samples=(1.01, 5), edges=[1, 0.5, -2, 1 + 1e-12, 1e100, 1e200],
     strong_zero=True, complex_call=cmath.acosh)
rule("atanh", (math.atanh, np.arctanh), "x", "p",
     setup={"p": "1 / ((1 - x) * (1 + x)) if abs(x) <= 1 else NAN"}, second="2 * x * p * p",
     samples=WITHIN, edges=UNIT_ENDS, strong_zero=True, complex_call=cmath.atanh)
