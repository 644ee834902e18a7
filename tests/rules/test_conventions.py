"""The conventions at kinks and singular points, row by row, and what they need."""

import math

import numpy as np
import pytest

from dualad.rules import RULES
from dualad.rules.evaluate import partial_at
from tests.rules.compare import close, failures, multi_indices, points, primal
from tests.rules.conventions import ROWS, at


@pytest.mark.parametrize(("name", "point", "firsts", "seconds"), ROWS, ids=[f"{r[0]}{r[1]}" for r in ROWS])
def test_row(name, point, firsts, seconds):
    rule = RULES[name]
    assert failures(rule, at_points=[tuple(map(float, point))]) == []


@pytest.mark.parametrize("row", ROWS, ids=[f"{r[0]}{r[1]}" for r in ROWS])
def test_the_point_of_a_row_is_an_edge_point_of_its_rule(row):
    """So whoever iterates the table, in whatever mode, meets every kink."""
    name, point, *_ = row
    assert at(name, point) in {at(name, edge) for edge in RULES[name].edges}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_with_an_infinite_partial_is_strong_zero(rule):
    """Else a zero seed would make nan of it."""
    for point in points(rule):
        if all(map(math.isfinite, point)):
            partials = [partial_at(rule, (k,), point, primal(rule, point)) for k in range(len(rule.arguments))]
            assert rule.strong_zero or not any(map(np.isinf, partials)), (point, partials)


@pytest.mark.parametrize("exponent", range(6))
def test_constant_powers_at_zero_are_exact_to_all_orders(exponent):
    rule = RULES["powi"]
    for order in range(1, 8):
        got = partial_at(rule, (0,) * order, (0.0, float(exponent)), 0.0**exponent)
        assert got == (math.factorial(exponent) if order == exponent else 0.0)


@pytest.mark.parametrize("exponent", range(6))
def test_float_powers_at_zero_are_exact_to_all_orders_of_the_base(exponent):
    rule = RULES["pow"]
    for order in range(1, 8):
        got = partial_at(rule, (0,) * order, (0.0, float(exponent)), 0.0**exponent)
        assert got == (math.factorial(exponent) if order == exponent else 0.0)


def test_second_derivative_of_sinc_at_zero_is_exact():
    assert partial_at(RULES["sinc"], (0, 0), (0.0,), 1.0) == -(math.pi**2) / 3


@pytest.mark.parametrize("name", ["tanh", "erf", "atan", "sin", "sinc", "asinh", "asin", "atanh", "sinh"])
def test_smooth_rules_have_no_kink_of_their_own_making_at_zero(name):
    """Slopes of order 1 to 7 at 0 against mpmath: a formula in abs(x) or sign(x) would show here."""
    rule = RULES[name]
    for order in range(1, 8):
        assert failures_at_zero(rule, order) == []


def failures_at_zero(rule, order):
    import mpmath as mp

    from tests.rules import oracle

    want = mp.taylor(oracle.PRIMALS[rule.name], 0, order)[order] * mp.factorial(order)
    want = mp.mpf(0) if order % 2 == (rule.name != "sinc") - 1 else mp.chop(want, 1e-8)
    got = partial_at(rule, (0,) * order, (0.0,), primal(rule, (0.0,)))
    return [] if close(got, want, 1e-12) else [(order, got, want)]


def test_nan_is_not_a_number_to_the_comparison():
    import mpmath as mp

    assert close(math.nan, mp.nan)
    assert not close(math.nan, mp.mpf(1)) and not close(1.0, mp.nan)
    assert close(math.inf, mp.inf) and not close(math.inf, -mp.inf) and not close(1e300, mp.inf)
    assert not close(1e-300, mp.mpf(0)) and not close(0.0, mp.mpf("1e-300"))


def test_every_rule_has_partials_of_second_order():
    assert all(multi_indices(rule, (2,)) for rule in RULES.values())
