"""Complex forms of the rules whose real expressions compare, take `abs`, or call what is not holomorphic.

`==` is the only comparison that complex numbers have. The inverse functions take the root in their slope from
the result: the result knows on which side of a branch cut it is, where a formula in `x` would depend on the
sign of a zero. For asin, acos and acosh one step of Heron's rule, (c + s / c) / 2, then brings the root to
full precision.
"""

from .table import complex_rule

# fmt: off
complex_rule("pow", "0 if x == 0 and y == 0 else y * pow(x, y - 1)", "0 if x == 0 else r * log(x)",
             second={(0, 1): "0 if x == 0 else pow(x, y - 1) * (1 + y * log(x))",
                     (1, 1): "0 if x == 0 else r * log(x) * log(x)"})
complex_rule("log", "p", setup={"p": "1 / x"}, second="-p * p")
complex_rule("log2", "p", setup={"p": "1 / (LN2 * x)"}, second="-LN2 * p * p")
complex_rule("log10", "p", setup={"p": "1 / (LN10 * x)"}, second="-LN10 * p * p")
complex_rule("log1p", "p", setup={"p": "1 / (1 + x)"}, second="-p * p")
complex_rule("sqrt", "p", setup={"p": "0.5 / r"}, second="-2 * p * p * p")
# tan and tanh tend to constants away from the real or imaginary axis, where 1 + r * r and 1 - r * r cancel.
complex_rule("tan", "p", setup={"c": "1 / cos(x)", "p": "c * c"}, second="2 * r * p")
complex_rule("tanh", "p", setup={"c": "1 / cosh(x)", "p": "c * c"}, second="-2 * r * p")
complex_rule("asin", "p", second="x * p * p * p",
             setup={"c": "cos(r)", "p": "INF if x * x == 1 else 2 / (c + (1 - x) * (1 + x) / c)"})
complex_rule("acos", "p", second="x * p * p * p",
             setup={"c": "sin(r)", "p": "-INF if x * x == 1 else -2 / (c + (1 - x) * (1 + x) / c)"})
complex_rule("acosh", "p", second="-x * p * p * p",
             setup={"c": "sinh(r)", "p": "INF if x * x == 1 else 2 / (c + (x - 1) * (x + 1) / c)"})
complex_rule("asinh", "p", setup={"p": "1 / cosh(r)"}, second="-x * p * p * p")
complex_rule("atanh", "p", setup={"p": "1 / ((1 - x) * (1 + x))"}, second="2 * x * p * p")
