"""Bodies of generated functions that become part of their callers."""

import numpy as np
import pytest
from numba import njit

import dualad as ad
from dualad.numbers.splicing import SplicingCompiler, spliced


def compiled(function):
    return njit(pipeline_class=SplicingCompiler)(function)


def marked(function):
    return spliced(njit(function))


def test_names_of_caller_and_body_stay_apart():
    @marked
    def body(a, b):
        total, y = 2.0 * a, b
        for k in range(3):
            total += k * y
        return total, y

    @compiled
    def caller(a, y):
        total = 10.0
        k = 7
        swept = body(y, a)
        return total + k, swept[0], swept[1], y

    assert caller(1.5, 2.5) == (17.0, 2.0 * 2.5 + 3.0 * 1.5, 1.5, 2.5)
    assert len(body.signatures) == 0  # nothing was compiled for itself


def test_early_returns_and_calls_in_a_row():
    @marked
    def body(a):
        if a > 3:
            return 1.0
        for k in range(10):
            if k > a:
                return float(k)
        return -1.0

    @compiled
    def caller(a):
        first = body(a)
        second = 0.0
        if a > 2:
            second = body(a + 1)
        return first, second, body(0)

    assert [caller(a) for a in (0, 2, 3, 5)] == [
        (1.0, 0.0, 1.0),
        (3.0, 0.0, 1.0),
        (4.0, 1.0, 1.0),
        (1.0, 1.0, 1.0),
    ]


def test_a_body_that_raises():
    @marked
    def body(x, n):
        if n < 0:
            raise ValueError("there are", n)
        x[0] = n
        return x

    @compiled
    def caller(x, n):
        return body(x, n).sum()

    assert caller(np.ones(3), 5) == 7.0
    with pytest.raises(ValueError, match="there are"):
        caller(np.ones(3), -5)


def test_a_body_is_reached_by_numbers_that_carry_derivatives():
    body = marked(lambda x: np.sin(x) * x)
    derivative = ad.derivative(lambda x: body(x) + body(2.0 * x))
    x = 0.7
    expected = np.cos(x) * x + np.sin(x) + 2.0 * (np.cos(2 * x) * 2 * x + np.sin(2 * x))
    assert derivative(x) == pytest.approx(expected, rel=1e-14)


def test_the_line_of_an_error_is_the_program_s():
    def f(x):
        if x[0] > 0.0:
            raise ValueError("too large")
        return x[0] * x[1]

    with pytest.raises(ValueError, match="too large") as caught:
        ad.grad(f, mode="reverse")(np.array([1.0, 2.0]))
    assert any(entry.path.name == "test_splicing.py" for entry in caught.traceback[1:])
