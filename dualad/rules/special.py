"""Rules of special functions, and of the helper functions that expressions call.

An integer argument is called `n` and has the partial 0: nothing can be differentiated by it.
"""

import math

import numpy as np

from .helpers import HELPERS, digamma, frexp_mantissa, polygamma, powi, sinc_derivative
from .table import rule

__all__ = ["HELPERS"]

# fmt: off
rule("erf", (math.erf,), "x", "p", setup={"p": "TWO_OVER_SQRT_PI * exp(-x * x)"}, second="-2 * x * p",
     samples=(-3, 3), edges=[0, 1e-12, 6, 26, 40])
rule("erfc", (math.erfc,), "x", "p", setup={"p": "-TWO_OVER_SQRT_PI * exp(-x * x)"}, second="-2 * x * p",
     samples=(-3, 3), edges=[0, 1e-12, 6, 26, 40])
rule("gamma", (math.gamma,), "x", "r * d", setup={"d": "digamma(x)"}, second="r * (d * d + polygamma(1, x))",
     samples=(0.1, 8), edges=[1.4616321449683622, 2, 1e-3, 150, -0.5, -7.3, -1], strong_zero=True)
rule("lgamma", (math.lgamma,), "x", "digamma(x)",
     samples=(0.1, 8), edges=[1.4616321449683622, 2, 1e-3, 1e8, -0.5, -7.3, -1], strong_zero=True)
rule("digamma", (digamma,), "x", "polygamma(1, x)",
     samples=(0.1, 8), edges=[1e-3, 1e8, -0.4], strong_zero=True)
rule("polygamma", (polygamma,), "n x", "0", "polygamma(n + 1, x)", second={(0, 1): "0"},
     samples=[(1, 4), (0.1, 8)], edges=[(1, 1e-3), (2, 1e5), (1, -0.4)], strong_zero=True)
# sinc(x) = sin(pi x) / (pi x): its derivatives are entire, but every closed form of them cancels at 0.
rule("sinc", (np.sinc,), "x", "sinc_derivative(1, x)", samples=(-4, 4), edges=[0, 1e-12, 0.01, 0.3, 20.3])
rule("sinc_derivative", (sinc_derivative,), "n x", "0", "sinc_derivative(n + 1, x)", second={(0, 1): "0"},
     samples=[(1, 4), (-4, 4)], edges=[(1, 0), (1, 1e-12), (2, 0.01), (3, 0.3)])

# Powers of two and whole powers. The mantissa has the slope 2**-e, and at 0 frexp takes e = 0.
rule("ldexp", (math.ldexp, np.ldexp), "x n", "exp2(n)", "0", second={(0, 1): "0"},
     samples=[(-3, 3), (-9, 9)], edges=[(0, 3), (1e-300, 900)])
rule("frexp_mantissa", (frexp_mantissa,), "x", "1 if x == 0 else r / x", second="0",
     samples=(-9, 9), edges=[0, 1, 1e-300])
rule("powi", (powi,), "x n", "0 if n == 0 else n * powi(x, n - 1)", "0", second={(0, 1): "0"},
     samples=[(-3, 3), (-4, 6)], edges=[(0, 0), (0, 1), (0, 2), (0, 3), (2, 0), (0, -1)], strong_zero=True)
