"""The checker itself: a rule that is wrong by 0.05 % does not pass."""

import dataclasses

import pytest

from dualad.rules import RULES
from dualad.rules.expressions import Const
from dualad.rules.simplify import call
from tests.rules.compare import active, failures, multi_indices, points
from tests.rules.conventions import EXPECTED, at

WRONG = Const(1.0005)


def is_zero(expr):
    return isinstance(expr, Const) and expr.value == 0


FIRSTS = [(r, k) for r in RULES.values() for k in active(r) if not is_zero(r.partials[k])]
SECONDS = [(r, pair) for r in RULES.values() for pair in multi_indices(r, (2,)) if not is_zero(r.derivative(pair))]


@pytest.mark.parametrize(("rule", "index"), FIRSTS, ids=[f"{r.name}-{k}" for r, k in FIRSTS])
def test_a_first_partial_off_by_a_twentieth_of_a_percent_is_caught(rule, index):
    partials = list(rule.partials)
    partials[index] = call("mul", WRONG, partials[index])
    mutant = dataclasses.replace(rule, partials=tuple(partials), _derivatives={})
    assert_caught(mutant, 1)


@pytest.mark.parametrize(("rule", "pair"), SECONDS, ids=[f"{r.name}-{i}{j}" for r, (i, j) in SECONDS])
def test_a_second_partial_off_by_a_twentieth_of_a_percent_is_caught(rule, pair):
    second = {**rule.second, pair: call("mul", WRONG, rule.derivative(pair))}
    assert_caught(dataclasses.replace(rule, second=second, _derivatives={}), 2)


def assert_caught(mutant, order):
    """At sampled points, not only at some edge."""
    sampled = [p for p in points(mutant, 16) if at(mutant.name, p) not in EXPECTED and p not in mutant.edges]
    assert len(failures(mutant, orders=(order,), at_points=sampled)) >= 2
