"""What Numba is told about generated code."""

from pathlib import Path

import numpy as np
import pytest
from numba import njit

import dualad as ad
from dualad.pipeline.compiler import GeneratedCompiler
from dualad.pipeline.linked import linked
from dualad.pipeline.splicing import spliced


def compiled(function):
    return njit(pipeline_class=GeneratedCompiler)(function)


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
    assert any(entry.path.name == Path(__file__).name for entry in caught.traceback[1:])


def test_loops_are_not_cut_up():
    """Every loop says so, also in what is put into a caller; a loop of vectors is made all the same."""

    @marked
    def body(x, y):
        for i in range(x.shape[0]):
            total = 0.0
            for j in range(x.shape[1]):
                total += x[i, j]
            y[i] = total

    @compiled
    def caller(x, y):
        body(x, y)
        k = 0
        while y[k] > 0.0:
            y[k] *= 2.0
            k += 1
        return k

    x, y = np.ones((3, 4)), np.zeros(4)
    assert caller(x, y) == 3
    np.testing.assert_array_equal(y, [8.0, 8.0, 8.0, 0.0])
    code = caller.inspect_llvm(caller.signatures[0])
    assert "llvm.loop.unroll.runtime.disable" in code
    plain = njit(caller.py_func)
    plain(x, np.zeros(4))
    assert code.count("fadd") <= 2 < plain.inspect_llvm(plain.signatures[0]).count("fadd")

    @compiled
    def vectors(x):
        for i in range(x.size):
            x[i] = 2.0 * x[i] + 1.0

    z = np.arange(100.0)
    vectors(z)
    np.testing.assert_array_equal(z, 2.0 * np.arange(100.0) + 1.0)
    assert "vector.body" in vectors.inspect_llvm(vectors.signatures[0])


def test_a_linked_function_runs_as_python_when_python_calls_it():
    def twice(x):
        if not isinstance(x, float):
            raise TypeError("a float")
        return 2.0 * x

    inner = linked(twice)
    assert inner(3.0) == 6.0
    assert inner.signatures == []

    @njit
    def outer(x):
        return inner(x) + 1.0

    assert outer(3.0) == 7.0
    assert len(inner.signatures) == 1
    assert inner(4.0) == 8.0  # not the compiled code, which has no way in from Python
    with pytest.raises(TypeError, match="a float"):
        inner([])


def test_names_that_numba_makes_the_same_are_told_apart():
    def f(x, x_1, x__1):
        x += 1.0  # which Numba calls x.1
        total = x_1 + 2.0 * x + x__1 * x * x_1
        return total, x, x_1

    args = np.array([1.0, 2.0]), np.array([3.0, 5.0]), 0.5
    found = njit(f)(*(np.copy(a) if isinstance(a, np.ndarray) else a for a in args))
    for a, b in zip(found, f(*args), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.full
def test_an_adjoint_of_arrays_changed_in_place_is_differentiated_again():
    def f(x, y):
        y = x
        x += 1.5
        k = 0
        while k < 2:
            k += 1
            x = x + -1.19 * (1.0 * y)
        x = np.sin(x[::-1]) * y
        return np.sum(x) + np.sum(x * x * x)

    x, y = np.array([-0.695, -0.966, -1.286]), np.array([-0.437, 0.697, -0.013])
    again = ad.jacobian(ad.grad(f, mode="reverse"), mode="reverse")(x, y)
    np.testing.assert_allclose(again, ad.hessian(f, mode="forward")(x, y), rtol=1e-13, atol=1e-13)
