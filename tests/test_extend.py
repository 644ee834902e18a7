"""Rules of the user's."""

import math

import numpy as np
import pytest
from numba import njit

import dualad as ad
from dualad.errors import RuleError


@njit
def newton_cube_root(a):
    x = 1.0
    for _ in range(60):
        x = x - (x * x * x - a) / (3.0 * x * x)
    return x


@njit
def opaque(x):
    return math.exp(x)


def test_a_rule_replaces_the_code_of_the_function():
    ad.extend.rule(newton_cube_root, "a", "1 / (3 * r * r)")
    assert ad.derivative(lambda a: newton_cube_root(a))(8.0) == pytest.approx(1 / 12, rel=1e-15)
    assert ad.second_derivative(lambda a: newton_cube_root(a))(8.0) == pytest.approx(-2 / 9 * 8 ** (-5 / 3), rel=1e-14)


def test_the_rule_is_what_counts():
    ad.extend.rule(opaque, "x", "2 * r")  # not the truth: shows that the code is not looked into
    assert ad.derivative(lambda x: opaque(x) + x)(0.0) == 3.0
    np.testing.assert_allclose(opaque(1.0), math.e)


@pytest.mark.parametrize("partials", [("1 +",), ("x", "x"), ("nowhere(x)",), ("y",)])
def test_malformed_rules_are_refused(partials):
    @njit
    def fresh(x):
        return x

    with pytest.raises(RuleError):
        ad.extend.rule(fresh, "x", *partials, name="fresh_for_this_test")
