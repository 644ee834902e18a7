"""What the derivatives are: one table of rules for scalar primitives, plain Python, independent of Numba."""

from . import arithmetic, elementary, holomorphic, kinks, special
from .table import RULE_OF, RULES, Rule, check_calls, complex_rule, rule

__all__ = [
    "RULES",
    "RULE_OF",
    "Rule",
    "arithmetic",
    "check_calls",
    "complex_rule",
    "elementary",
    "holomorphic",
    "kinks",
    "rule",
    "special",
]
