"""Hessians by both routes, hyper-dual numbers and forward over reverse: right, alike in shape and type, symmetric to the bit."""

import math
from typing import NamedTuple

import mpmath
import numpy as np
import pytest
from numba import njit

import dualad as ad
from dualad.errors import ArgumentError, OutputError, UnsupportedError
from dualad.plan.choose import FEW_FOR_HESSIANS, hessian_route
from tests.compare import assert_close
from tests.oracle import evaluate, leaves
from tests.sampling import some
from tests.scenarios import SCENARIOS
from tests.scenarios.corpus import reference_of

ROUTES = ("forward", "reverse")
SCALAR_OUTPUT = [s for s in SCENARIOS if s.second_order and np.ndim(evaluate(s.function, s.args(), s.out_argnums)) == 0]


def chain(x):
    """Neighbours coupled by a sine, and all elements by a product of sums."""
    total, squares = 0.0, 0.0
    for i in range(x.size - 1):
        total += math.sin(x[i] * x[i + 1])
        squares += x[i] * x[i]
    return total + squares * squares


def chain_hessian(x):
    """Closed form, in NumPy."""
    n = x.size
    hessian = np.zeros((n, n))
    for i in range(n - 1):
        s, c = math.sin(x[i] * x[i + 1]), math.cos(x[i] * x[i + 1])
        hessian[i, i] -= x[i + 1] ** 2 * s
        hessian[i + 1, i + 1] -= x[i] ** 2 * s
        hessian[i, i + 1] += c - x[i] * x[i + 1] * s
        hessian[i + 1, i] = hessian[i, i + 1]
    head = np.append(x[:-1], 0.0)
    squares = head @ head
    return hessian + 8.0 * np.outer(head, head) + np.diag(np.append(np.full(n - 1, 4.0 * squares), 0.0))


@pytest.mark.parametrize("s", some(SCALAR_OUTPUT, 5))
def test_corpus_forward_over_reverse(s):
    operator = ad.hessian(s.function, s.argnums, mode="reverse")
    assert_close(operator(*s.args()), reference_of(s, s.args(), 2), 10 * s.tolerance, s.name)


def test_every_size_and_chunk_of_the_route_over_reverse():
    """Sizes below, at and beyond multiples of the chunk, in a matrix of which no entry is zero by itself."""
    for chunk in (1, 4, 16):
        hessian = ad.hessian(chain, mode="reverse", chunk=chunk)
        for n in (1, 2, 3, 4, 5, 8, 15, 16, 17, 33):
            x = np.random.default_rng(n).uniform(-1.0, 1.0, n)
            found = hessian(x)
            assert_close(found, chain_hessian(x), 1e-13, f"n = {n} by {chunk}")
            np.testing.assert_array_equal(found, found.T)


def test_auto_takes_the_route_of_the_size():
    hessian = ad.hessian(chain)
    for n in (2, FEW_FOR_HESSIANS, FEW_FOR_HESSIANS + 1, 40):
        x = np.random.default_rng(n).uniform(-1.0, 1.0, n)
        assert_close(hessian(x), chain_hessian(x), 1e-13, f"n = {n}")
    assert "for row in range" in hessian.source(np.ones(FEW_FOR_HESSIANS))
    assert "chain_adjoint" in hessian.source(np.ones(FEW_FOR_HESSIANS + 1))
    assert [hessian_route("auto", n) for n in (1, FEW_FOR_HESSIANS, FEW_FOR_HESSIANS + 1, None)] == [
        "forward",
        "forward",
        "reverse",
        "reverse",
    ]
    assert "for row in range" in ad.hessian(chain, chunk=(2, 4)).source(np.ones(40))


def test_second_derivatives_to_forty_digits():
    def energy(x):
        return math.exp(x[0] * x[1]) / (1.0 + x[1] * x[1]) + math.sqrt(x[0]) * math.tanh(x[1])

    def exact(a, b):
        return mpmath.exp(a * b) / (1 + b * b) + mpmath.sqrt(a) * mpmath.tanh(b)

    x = np.array([0.7, -0.4])
    with mpmath.workdps(40):
        at = tuple(map(mpmath.mpf, x.tolist()))
        expected = [
            [float(mpmath.diff(exact, at, (int(i == 0) + int(j == 0), int(i == 1) + int(j == 1)))) for j in (0, 1)]
            for i in (0, 1)
        ]
    for mode in ROUTES:
        assert_close(ad.hessian(energy, mode=mode)(x), np.array(expected), 1e-14, mode)


class Model(NamedTuple):
    rate: float
    weights: np.ndarray
    inner: tuple


def loss(model, x, power):
    total = model.inner[0] ** 2 * model.inner[1]
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            total += model.rate * model.weights[i] * x[i, j] ** 2 * power
    return total


@pytest.mark.full
def test_both_routes_give_the_same_tree():
    """A matrix, a NamedTuple with floats, an array and a tuple, in an order of their own; with value and gradient too."""
    given = Model(2.0, np.array([1.0, 2.0]), (3.0, 5.0)), np.arange(6.0).reshape(2, 3), 3
    for operator in (ad.hessian, ad.value_grad_and_hessian):
        forward, reverse = (operator(loss, argnums=(1, 0), mode=mode)(*given) for mode in ROUTES)
        assert_close(reverse, forward, 1e-14, operator.__name__)
        for a, b in zip(leaves(forward), leaves(reverse), strict=True):
            assert type(a) is type(b)
        assert type((reverse if operator is ad.hessian else reverse[2])[1]) is Model
    value, gradient, hessian = ad.value_grad_and_hessian(loss, argnums=(1, 0), mode="reverse")(*given)
    assert value == loss(*given)
    assert_close(gradient, ad.grad(loss, argnums=(1, 0))(*given), 1e-15)
    assert_close(hessian[1].rate[1].weights, np.array([15.0, 150.0]), 1e-15)


def test_floats_only_and_whole_numbers():
    def product(x, y):
        return x * x * y

    for mode in ROUTES:
        assert ad.hessian(product, argnums=(0, 1), mode=mode)(2.0, 3.0) == ((6.0, 4.0), (4.0, 0.0))
        assert ad.hessian(lambda x: x**3, mode=mode)(2) == 12.0
        assert ad.value_grad_and_hessian(lambda x: x**3, mode=mode)(2.0) == (8.0, 12.0, 12.0)
        assert ad.hessian(chain, mode=mode)(np.empty(0)).shape == (0, 0)


def test_single_precision_in_and_out():
    def single(x):
        total = np.float32(0.0)
        for v in x:
            total += v * v * v
        return total

    def wide(a, x):
        total = 0.0
        for v in x:
            total += a * v * v * v
        return total

    x = np.array([1.0, 2.0, 3.0], np.float32)
    for mode in ROUTES:
        hessian = ad.hessian(single, mode=mode)(x)
        assert hessian.dtype == np.float32
        np.testing.assert_array_equal(hessian, np.diag(6.0 * x))
        (aa, ax), (xa, xx) = ad.hessian(wide, argnums=(0, 1), mode=mode)(2.0, x)
        assert (type(aa), ax.dtype, xa.dtype, xx.dtype) == (float, np.float64, np.float64, np.float32)
        np.testing.assert_array_equal(xx, np.diag(12.0 * x))
        np.testing.assert_array_equal(ax, xa)


def test_kinks_and_strided_inputs():
    """Conventions at kinks, an input that is a view, and a function that writes its argument."""

    def kinked(x):
        total = 0.0
        for v in x:
            total += abs(v) * v + max(v, 0.0) ** 2  # a tie goes to the first argument, so 2 at 0
        return total

    def consume(x):
        x *= x
        return x.sum()

    view = np.array([0.0, 9.0, 1.0, 9.0, -1.0, 9.0])[::2]
    for mode in ROUTES:
        np.testing.assert_array_equal(ad.hessian(kinked, mode=mode)(view), np.diag([2.0, 4.0, -2.0]))
        x = np.array([1.0, 2.0])
        np.testing.assert_array_equal(ad.hessian(consume, mode=mode)(x), 2.0 * np.eye(2))
        np.testing.assert_array_equal(x, [1.0, 2.0])


def test_in_jitted_code_and_differentiated_again():
    x = np.random.default_rng(2).uniform(-1.0, 1.0, 5)
    for mode in ("auto", *ROUTES):
        hessian = ad.hessian(chain, mode=mode)

        @njit
        def trace(x, hessian=hessian):
            return np.trace(hessian(x))

        assert trace(x) == pytest.approx(np.trace(chain_hessian(x)), rel=1e-13)
    step = 1e-5
    difference = [(trace(x + step * e) - trace(x - step * e)) / (2 * step) for e in np.eye(5)]
    np.testing.assert_allclose(ad.grad(trace)(x), difference, rtol=1e-7)


def test_what_reverse_mode_refuses_goes_forward_unless_it_is_asked_for():
    def sorted_product(x):
        three = sorted([x[0], x[1], x[2]])
        return three[0] * three[1] * three[2]

    x = np.arange(1.0, 12.0)
    np.testing.assert_array_equal(ad.hessian(sorted_product)(x)[:3, :3], [[0, 3, 2], [3, 0, 1], [2, 1, 0]])
    with pytest.raises(UnsupportedError, match="sorted"):
        ad.hessian(sorted_product, mode="reverse")(x)


def test_bad_input_is_refused_in_the_words_of_the_operator():
    x = np.ones(3)
    for mode in ROUTES:
        with pytest.raises(OutputError, match=r"hessian: `<lambda>` returns an array"):
            ad.hessian(lambda x: x * 2.0, mode=mode)(x)
        with pytest.raises(ArgumentError, match="hessian: second derivatives by complex"):
            ad.hessian(lambda x: abs(x[0]), mode=mode)(x * 1j)
        with pytest.raises(ArgumentError, match=r"hessian: argument `x` is an array of int64"):
            ad.hessian(lambda x: x[0] * 1.0, mode=mode)(np.ones(3, int))
    with pytest.raises(ArgumentError, match="power of two"):
        ad.hessian(chain, mode="reverse", chunk=(4, 8))
