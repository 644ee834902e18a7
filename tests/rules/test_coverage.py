"""Every scalar row of the lists of what Numba supports has a rule, or a stated reason to have none."""

import builtins
import cmath
import csv
import math
import operator
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.core.registry import cpu_target

from dualad.rules import RULE_OF, RULES
from dualad.rules.expressions import Const
from dualad.rules.helpers import HELPERS
from dualad.rules.kinks import INACTIVE
from tests.rules.compare import active

DATA = Path(__file__).parents[1] / "data" / "coverage"
SCALAR = {"operator", "math", "cmath", "ufunc-math", "ufunc-trig", "ufunc-comparison", "ufunc-floating"}
MODULES = {"operator": operator, "builtins": builtins, "math": math, "cmath": cmath, "numpy": np}

IN_PLACE = "on numbers it is its plain operator; on arrays, a store"
ARRAYS = "an operation on arrays or containers"
#: Rows without a rule of their own, and where they are handled instead.
ELSEWHERE = {
    "operator.matmul": ARRAYS,
    "operator.getitem": ARRAYS,
    "operator.setitem": ARRAYS,
    "operator.iadd": IN_PLACE,
    "operator.isub": IN_PLACE,
    "operator.imul": IN_PLACE,
    "operator.itruediv": IN_PLACE,
    "operator.ipow": IN_PLACE,
    "operator.imod": IN_PLACE,
    "builtins.sum": ARRAYS,
    "builtins.sorted": ARRAYS,
    "builtins.map": ARRAYS,
    "builtins.filter": ARRAYS,
    "builtins.float": "the identity on numbers",
    "builtins.complex": "joins two numbers into one, as the number types do",
    "builtins.divmod": "the pair of floordiv and mod",
    "numpy.divmod": "the pair of floordiv and mod",
    "cmath.phase": "real of complex, not holomorphic: atan2 of the parts",
    "cmath.polar": "real of complex, not holomorphic: hypot and atan2 of the parts",
    "cmath.rect": "complex of real: cos and sin, joined",
    "numpy.conj": "antilinear: acts on the parts",
    "numpy.conjugate": "antilinear: acts on the parts",
    "math.gcd": "of integers",
    "numpy.gcd": "of integers",
    "numpy.lcm": "of integers",
}
#: frexp returns a pair; its rule is that of the first member.
MANTISSA = {"math.frexp": "frexp_mantissa"}


def rows(name):
    with open(DATA / f"{name}.csv", newline="") as file:
        return [row["name"] for row in csv.DictReader(file) if row["group"] in SCALAR]


def function(name):
    module, _, attribute = name.rpartition(".")
    return getattr(MODULES[module], attribute)


def rule_of(name):
    """The rule of a row; for a function of cmath, the one that it is the complex call of."""
    if name in MANTISSA:
        return RULES[MANTISSA[name]]
    if name.startswith("cmath."):
        return next((rule for rule in RULES.values() if rule.complex_call is function(name)), None)
    return RULE_OF.get(function(name))


@pytest.mark.parametrize("name", rows("numba_differentiable"))
def test_a_differentiable_row(name):
    rule = rule_of(name)
    assert (rule is None) == (name in ELSEWHERE)
    if rule is not None:
        assert any(rule.partials[k] is not Const(0.0) for k in active(rule))


@pytest.mark.parametrize("name", rows("numba_zero_derivative"))
def test_a_row_without_derivative(name):
    is_question = name.startswith("cmath.") or function(name) in INACTIVE
    rule = None if is_question else rule_of(name)
    assert (rule is None) == (is_question or name in ELSEWHERE)
    if rule is not None:
        assert all(partial is Const(0.0) for partial in rule.partials)


def test_choice_by_keyword_argument_has_a_rule_too():
    assert RULES["clip"].calls == () and len(RULES["clip"].partials) == 3
    assert RULE_OF[np.sinc] is RULES["sinc"] and RULE_OF[np.nan_to_num] is RULES["nan_to_num"]


CALLS = [(rule, call) for rule in RULES.values() for call in rule.calls if call not in HELPERS.values()]


@pytest.mark.parametrize(("rule", "call"), CALLS, ids=[f"{r.name}-{i}" for i, (r, _) in enumerate(CALLS)])
def test_numba_has_every_call_of_the_table(rule, call):
    assert returns(call, [numba.types.int64 if name == "n" else numba.types.float64 for name in rule.arguments])


@pytest.mark.parametrize("rule", [r for r in RULES.values() if r.holomorphic], ids=lambda r: r.name)
def test_numba_has_every_complex_call(rule):
    kind = numba.types.complex128
    assert returns(rule.complex_call, [kind] * len(rule.arguments)) == kind


def returns(call, kinds):
    """What Numba says a call returns."""
    context = cpu_target.typing_context
    context.refresh()
    return context.resolve_function_type(context.resolve_value_type(call), tuple(kinds), {}).return_type


def test_no_reason_is_left_over():
    known = {*rows("numba_differentiable"), *rows("numba_zero_derivative")}
    assert ELSEWHERE.keys() <= known
