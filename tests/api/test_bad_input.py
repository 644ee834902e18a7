"""Every mistake that can be named is named: the argument, what came, what was expected, what to do."""

import numpy as np
import pytest

import dualad as ad
from dualad.errors import ArgumentError, CompilationError, OutputError, UnsupportedError


def square(x):
    return x * x


def total(x):
    s = 0.0
    for v in x:
        s += v * v
    return s


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ad.grad(total)(np.arange(3)), ["`x`", "int64", "astype(float)"]),
        (lambda: ad.grad(total)([1.0, 2.0]), ["`x`", "list", "np.array(x)"]),
        (lambda: ad.grad(total)(np.array([1, None], dtype=object)), ["`x`", "expected a float"]),
        (lambda: ad.grad(square)("a"), ["`x`", "unicode"]),
        (lambda: ad.grad(square)(True), ["`x`", "bool"]),
        (lambda: ad.grad(square)(()), ["`x`", "empty tuple"]),
        (lambda: ad.derivative(square)(np.ones(2)), ["array", "`grad`", "`jacobian`"]),
        (lambda: ad.grad(square)(1.0, 2.0), ["too many", "(x)"]),
        (lambda: ad.grad(square)(), ["missing", "'x'"]),
        (lambda: ad.grad(square)(y=1.0), ["'x'"]),
        (lambda: ad.grad(square, argnums=3)(2.0), ["argument number 3", "1 arguments"]),
        (lambda: ad.grad(square, argnums=-1), ["`argnums`", "-1"]),
        (lambda: ad.grad(square, argnums=(0, 0)), ["only once"]),
        (lambda: ad.grad(3.0), ["expected a function", "ad.grad(f)(x)"]),
        (lambda: ad.grad(object().__repr__), ["expected a Python function"]),
        (lambda: ad.grad(square, mode="backward"), ["'backward'", "'forward' or 'reverse'"]),
        (lambda: ad.hessian(square, mode="backward"), ["'backward'", "'forward' or 'reverse'"]),
        (lambda: ad.value_grad_and_hessian(square, mode=None), ["None", "'forward' or 'reverse'"]),
        (lambda: ad.grad(square, mode="reverse", chunk=4), ["chunk", "mode='reverse'"]),
        (lambda: ad.grad(square, chunk=3), ["chunk", "power of two"]),
        (lambda: ad.hessian(square, chunk=8), ["chunk", "pair"]),
        (lambda: ad.hessian(square, chunk=(4, 2)), ["multiple"]),
        (lambda: ad.jvp(square)(1.0, 2.0), ["`primals`", "tuple"]),
        (lambda: ad.jvp(square)((1.0,), (2.0, 3.0)), ["1 entries", "2"]),
        (lambda: ad.jvp(square)((1.0,), (None,)), ["no direction"]),
        (lambda: ad.jvp(square)((np.ones(2),), (1.0,)), ["axes"]),
        (lambda: ad.jacobian(lambda x, out: None, out_argnums=1)(1.0, 2.0), ["output argument", "array"]),
        (lambda: ad.hessian(square)(2.0j), ["complex"]),
    ],
)
def test_argument_errors(make, words):
    with pytest.raises(ArgumentError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ad.grad(square)(np.ones(3)), ["array", "one real float", "`jacobian`"]),
        (lambda: ad.grad(lambda x: (x, x))(1.0), ["a tuple of 2"]),
        (lambda: ad.jacfwd(lambda x: None)(1.0), ["None", "out_argnums"]),
        (lambda: ad.grad(lambda x: 3)(1.0), ["int64"]),
        (lambda: ad.derivative(lambda z: abs(z))(1j), ["not holomorphic", "`grad`"]),
    ],
)
def test_output_errors(make, words):
    with pytest.raises(OutputError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


def test_a_jvp_with_the_wrong_shape_says_so_at_run_time():
    with pytest.raises(ValueError, match="another shape"):
        ad.jvp(square)((np.ones(2),), (np.ones(3),))


def test_a_function_that_numba_cannot_compile():
    def uses_eval(x):
        return eval("x")

    with pytest.raises(CompilationError) as caught:
        ad.grad(uses_eval)(1.0)
    text = str(caught.value)
    assert "uses_eval" in text and "eval" in text and "test_bad_input.py, line" in text and "^" in text


def test_a_refusal_has_file_line_caret_reason_and_rewrite():
    def stores_in_integers(x):
        a = np.zeros(3, dtype=np.int64)
        a[0] = x
        return a[0] * x

    with pytest.raises(UnsupportedError) as caught:
        ad.grad(stores_in_integers)(2.0)
    text = str(caught.value)
    line = stores_in_integers.__code__.co_firstlineno + 2
    assert f"test_bad_input.py, line {line}" in text
    assert "a[0] = x" in text and "^" in text
    assert caught.value.reason in text and caught.value.rewrite in text


def test_an_error_names_the_users_line_not_a_library_line():
    def nested(x):
        d = {}
        d["a"] = {x: "b"}
        return x

    with pytest.raises(UnsupportedError) as caught:
        ad.grad(nested)(2.0)
    assert "test_bad_input.py" in str(caught.value)
    assert "site-packages" not in str(caught.value)
