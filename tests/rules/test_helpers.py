"""The helper functions against mpmath over wide ranges, and compiled by Numba."""

import math
import random

import mpmath as mp
import numba
import numpy as np
import pytest

from dualad.rules.helpers import HELPERS, digamma, polygamma, sinc_derivative

ROOT = 1.4616321449683623


def error(got, want, scale=0.0):
    """Error relative to the value, or to `scale` where that is larger."""
    return float(abs(mp.mpf(float(got)) - want) / max(abs(want), mp.mpf(scale)))


def spread(low, high, count, seed=1):
    """Numbers spread evenly over the orders of magnitude of a range."""
    draw = random.Random(seed)
    return [math.exp(draw.uniform(math.log(low), math.log(high))) for _ in range(count)]


def test_digamma_on_positive_numbers():
    near_root = [ROOT + s * d for d in spread(1e-15, 0.1, 20) for s in (-1, 1)]
    for x in [*spread(1e-300, 1e300, 60), *spread(0.05, 30.0, 100), *near_root, ROOT, 1.0, 2.0, 10.0]:
        with mp.workdps(40):
            assert error(digamma(np.float64(x)), mp.digamma(x)) < 2e-15, x


def test_digamma_on_negative_numbers():
    """Relative to its larger term where the two nearly cancel: between any two poles lies a root."""
    for x in spread(1e-10, 1e6, 150):
        with mp.workdps(40):
            assert error(digamma(-x), mp.digamma(-x), scale=math.log(1 + x)) < 1e-14, -x


@pytest.mark.parametrize("n", range(1, 7))
def test_polygamma_on_positive_numbers(n):
    for x in [*spread(1e-40, 1e40, 30), *spread(0.05, 30.0, 40), 1.0, 2.0]:
        with mp.workdps(40):
            # The logarithm: mpmath sums polygamma slowly for huge arguments, where two terms of its series
            # are exact.
            want = mp.polygamma(n, x) if x < 1e6 else two_terms(n, x)
            assert error(polygamma(n, np.float64(x)), want) < 3e-15 * n, x


def two_terms(n, x):
    """Stirling's series of polygamma, enough beyond 1e6 for 1e-12 squared."""
    x = mp.mpf(x)
    terms = (
        mp.factorial(n - 1) / x**n + mp.factorial(n) / (2 * x ** (n + 1)) + mp.factorial(n + 1) / (12 * x ** (n + 2))
    )
    return (-1) ** (n + 1) * terms


@pytest.mark.parametrize("n", range(1, 6))
def test_polygamma_on_negative_numbers(n):
    """Relative to the larger of the two terms of the reflection formula: even orders have roots."""
    for x in spread(1e-3, 1e4, 60):
        with mp.workdps(60):
            want = mp.polygamma(n, -mp.mpf(x))
            scale = abs(mp.polygamma(n, 1 + mp.mpf(x)))
            assert error(polygamma(n, -x), want, scale=max(scale, 1)) < 1e-13, -x


@pytest.mark.parametrize("pole", [0.0, -0.0, -1.0, -7.0, math.nan])
def test_poles_are_nan(pole):
    assert math.isnan(digamma(pole))
    assert all(math.isnan(polygamma(n, pole)) for n in (1, 2, 3))


def test_far_out():
    assert digamma(math.inf) == math.inf
    assert polygamma(1, math.inf) == 0.0


@pytest.mark.parametrize("n", range(5))
def test_sinc_derivative(n):
    """Relative to the amplitude 1 / (pi x) of the oscillation, times a power of pi for each derivative."""
    for x in [0.0, *spread(1e-300, 1e4, 60), *spread(0.1, 5.0, 60)]:
        with mp.workdps(60):
            want = mp.chop(mp.diff(mp.sincpi, x, n), 1e-25) if x > 1e-3 else series(n, x)
            scale = mp.pi**n / (1 + mp.pi * x) if x > 0.1 else 0
            assert error(sinc_derivative(n, x), want, scale) < 2e-15 * (n + 2) if want else sinc_derivative(n, x) == 0


def series(n, x):
    """Taylor's series of the n-th derivative of sinc at 0, ten terms."""
    x, total = mp.mpf(x), mp.mpf(0)
    for k in range((n + 1) // 2, n + 10):
        m = 2 * k - n
        total += (-1) ** k * mp.pi ** (2 * k) * x**m / (mp.factorial(m) * (2 * k + 1))
    return total


def test_integers_are_taken_as_floats_are():
    assert polygamma(2, 0.3) == polygamma(2.0, 0.3)
    assert sinc_derivative(3, 0.3) == sinc_derivative(3.0, 0.3)


@pytest.mark.parametrize("real", [np.float64, np.float32])
def test_compiled_helpers_give_the_same(real):
    """Numba compiles the functions as they stand; nothing raises, at poles and at zero neither."""
    for name, function in HELPERS.items():
        compiled = numba.njit(error_model="numpy")(function)
        for x in map(real, [0.3, 5.5, 40.0, -3.25, -1.0, 0.0, math.inf, math.nan]):
            args = {"digamma": (x,), "frexp_mantissa": (x,), "powi": (x, real(3))}.get(name, (2, x))
            with np.errstate(all="ignore"):
                want = function(*args)
            np.testing.assert_allclose(compiled(*args), want, rtol=1e-14 if real is np.float64 else 1e-6)
