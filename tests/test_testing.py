"""`ad.testing.check` passes right derivatives and catches wrong ones."""

import math

import numpy as np
import pytest
from numba import njit

import dualad as ad


def test_passes_a_right_derivative():
    ad.testing.check(lambda x, n: x**n * np.sum(x), np.array([1.0, 2.0]), 3)
    ad.testing.check(lambda x, y: math.sin(x * y), 0.3, 1.2)


def test_catches_a_rule_that_is_0_05_percent_wrong():
    @njit
    def sine(x):
        return math.sin(x)

    ad.extend.rule(sine, "x", "1.0005 * cos(x)", name="sine_slightly_wrong")
    with pytest.raises(AssertionError, match="first derivative"):
        ad.testing.check(lambda x: sine(x), 0.3)


def test_catches_a_wrong_second_derivative():
    @njit
    def sine(x):
        return math.sin(x)

    ad.extend.rule(sine, "x", "cos(x)", second={(0, 0): "-1.0005 * r"}, name="sine_wrong_in_second_order")
    with pytest.raises(AssertionError, match="second derivative"):
        ad.testing.check(lambda x: sine(x), 0.3)


def test_refuses_functions_without_floats():
    with pytest.raises(AssertionError, match="no argument"):
        ad.testing.check(lambda n: n, 3)
