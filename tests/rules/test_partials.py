"""Every rule against mpmath, at sampled points and at its edges."""

import dataclasses

import mpmath as mp
import numpy as np
import pytest

from dualad.rules import RULES
from dualad.rules.calculus import differentiate
from dualad.rules.evaluate import _quiet, partial_at
from tests.rules import oracle
from tests.rules.compare import active, close, expected, failures, multi_indices, points, primal
from tests.rules.conventions import EXPECTED, at

every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)

#: Partials that pass through 0 inside the sampled range lose digits relatively there, in any formula: twice
#: the error of
#: one rounding, times the largest ratio of scale to value among the samples.
ALLOWANCE = {"sinc_derivative": 1e-12}


def test_every_rule_has_an_oracle():
    assert oracle.PRIMALS.keys() == RULES.keys()


@every_rule
def test_first_and_second_partials(rule):
    assert failures(rule, orders=(1, 2), tolerance=ALLOWANCE.get(rule.name, 1e-13)) == []


@every_rule
def test_third_partials(rule):
    """Nested derivatives reach the third order, through second partials stated or derived."""
    smooth = [p for p in points(rule, 4) if at(rule.name, p) not in EXPECTED and all(1e-9 < abs(x) < 20 for x in p)]
    assert failures(rule, orders=(3,), tolerance=1e-12, at_points=smooth) == []


@every_rule
def test_stated_and_derived_second_partials_agree(rule):
    """Mixed ones whichever argument comes first. To fewer digits, as derived ones may cancel."""
    bare = dataclasses.replace(rule, second={}, _derivatives={})
    for point in points(rule, 4):
        if point in rule.edges:
            continue
        result = primal(rule, point)
        for i, j in multi_indices(rule, (2,)):
            want = mp.mpmathify(float(partial_at(rule, (i, j), point, result)))
            for first, last in {(i, j), (j, i)}:
                derived = differentiate(bare.partials[first], bare, last)
                got = partial_at(
                    dataclasses.replace(bare, second={(0, 0): derived}, _derivatives={}),
                    (0, 0),
                    point,
                    result,
                )
                assert close(got, want, 1e-9), (point, (first, last), got, want)


CALLS = [
    pytest.param(rule, call, id=f"{rule.name}-{getattr(call, '__module__', None) or 'numpy'}.{call.__name__}")
    for rule in RULES.values()
    for call in rule.calls
]


@pytest.mark.parametrize(("rule", "call"), CALLS)
def test_every_call_means_the_rule(rule, call):
    """All spellings compute the one primal that the partials were checked for."""
    for point in points(rule, 6):
        if not all(map(np.isfinite, point)) or at(rule.name, point) in EXPECTED:
            continue
        given = [int(x) if name == "n" else np.float64(x) for name, x in zip(rule.arguments, point, strict=True)]
        got = float(_quiet(call)(*given))
        want = oracle.value(rule, point)
        assert close(got, want, 4e-15 * (1 + conditioning(rule, point, want))), (point, got, want)


def conditioning(rule, point, want):
    """Relative change of the result by that of the arguments, which bounds what a primal can do."""
    if not want or abs(want) > 1e300:
        return 0.0
    return sum(float(abs(point[k] * expected(rule, (k,), point) / want)) for k in active(rule))
