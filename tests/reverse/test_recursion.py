"""Functions that call themselves, in reverse mode."""

import math

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.errors import UnsupportedError
from dualad.reverse import adjoint
from tests.reverse.judge import plain


@nb.njit
def chain(x, n):
    if n == 0:
        return 1.0
    return math.sin(x) * chain(0.9 * x, n - 1)


def chain_slope(x, n):
    value = math.prod(math.sin(0.9**k * x) for k in range(n))
    return value * sum(0.9**k / math.tan(0.9**k * x) for k in range(n))


@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_of_itself(n):
    assert ad.grad(chain, mode="reverse")(0.7, n) == pytest.approx(chain_slope(0.7, n), rel=1e-14)


def test_by_plain_python_and_as_source():
    made = adjoint(chain, (nb.float64, nb.int64), (0,))
    assert "chain_pull(" in made.source
    value, slope = plain(made.function)(0.7, 4)
    assert (value, slope) == pytest.approx((chain(0.7, 4), chain_slope(0.7, 4)), rel=1e-14)


@nb.njit
def simpson(f, a, b, fa, fm, fb, p, tolerance):
    m = 0.5 * (a + b)
    fl, fr = f(0.5 * (a + m), p), f(0.5 * (m + b), p)
    whole = (b - a) / 6 * (fa + 4 * fm + fb)
    left, right = (m - a) / 6 * (fa + 4 * fl + fm), (b - m) / 6 * (fm + 4 * fr + fb)
    if abs(left + right - whole) < 15 * tolerance:
        return left + right
    half = 0.5 * tolerance
    return simpson(f, a, m, fa, fl, fm, p, half) + simpson(f, m, b, fm, fr, fb, p, half)


@nb.njit
def integrand(x, p):
    return math.exp(p[0] * x) * p[1]


def integral(p):
    return simpson(integrand, 0.0, 2.0, integrand(0.0, p), integrand(1.0, p), integrand(2.0, p), p, 1e-10)


@pytest.mark.full
def test_adaptive_quadrature_with_a_function_and_an_array_as_arguments():
    a, c = p = np.array([0.8, 1.3])
    e = math.exp(2 * a)
    by_a = c * (2 * e / a - (e - 1) / a**2)
    gradient = ad.grad(integral, mode="reverse")(p)
    np.testing.assert_allclose(gradient, [by_a, (e - 1) / a], rtol=1e-9)  # of the integral
    np.testing.assert_allclose(gradient, ad.grad(integral, mode="forward")(p), rtol=1e-13)  # of the program
    v = np.array([0.3, -0.7])
    np.testing.assert_allclose(ad.hvp(integral)(p, v), ad.hessian(integral)(p) @ v, rtol=1e-12)


@nb.njit
def folded(x, k):
    """An array as argument and as result."""
    if k == 0:
        return 2.0 * x
    y = folded(x * x[k % x.size], k - 1)
    y[0] += x[1]
    return y


@pytest.mark.full
def test_arrays_and_several_outputs():
    x = np.array([0.6, -1.1, 0.4])
    for k in (0, 1, 3):
        expected = ad.jacobian(folded, mode="forward")(x, k)
        np.testing.assert_allclose(ad.jacobian(folded, mode="reverse")(x, k), expected, rtol=1e-13, atol=1e-15)


@nb.njit
def of_pair(pair, n):
    if n == 0:
        return pair[0] * pair[1]
    return of_pair((pair[1], pair[0] * pair[1]), n - 1) + pair[0]


def test_a_tuple_as_argument():
    def f(x, y):
        return of_pair((x, y), 3)

    expected = ad.grad(f, argnums=(0, 1), mode="forward")(0.7, 1.2)
    assert ad.grad(f, argnums=(0, 1), mode="reverse")(0.7, 1.2) == pytest.approx(expected, rel=1e-14)


@nb.njit
def ping(x, n):
    return x if n == 0 else math.cos(x) * pong(x, n - 1)


@nb.njit
def pong(x, n):
    return 1.0 if n == 0 else x * ping(x, n - 1)


@pytest.mark.parametrize("n", [0, 1, 4, 5])
def test_two_functions_that_call_each_other(n):
    expected = ad.derivative(ping)(0.7, n)
    assert ad.grad(ping, mode="reverse")(0.7, n) == pytest.approx(expected, rel=1e-14, abs=1e-15)


@nb.njit
def in_place(x, k):
    if k < x.size:
        x[k] *= x[k - 1]
        in_place(x, k + 1)


@nb.njit
def handed_back(x, k):
    return x if k == 0 else handed_back(x, k - 1)


@nb.njit
def noisy(x, k):
    return x if k == 0 else noisy(x * np.random.random(), k - 1)


def writes(x):
    y = x.copy()
    in_place(y, 1)
    return y.sum()


def aliases(x):
    y = handed_back(x, 2)
    y[0] = 3.0 * y[1]
    return y.sum()


def draws(x):
    return noisy(x[0], 3)


@pytest.mark.parametrize(
    ("function", "reason"), [(writes, "writes its arguments"), (aliases, "another name"), (draws, "random")]
)
def test_effects_are_refused(function, reason):
    with pytest.raises(UnsupportedError, match=reason):
        ad.grad(function, mode="reverse")(np.array([0.5, 1.5, 2.5]))
