"""`custom_jvp` and `custom_vjp`: the rule is what counts, in every mode and order, wherever the function is called."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from numba import njit

import dualad as ad
from dualad.errors import ArgumentError, RuleError, UnsupportedError
from tests.sampling import some

X = np.array([0.5, 1.0, 3.0])
GRADIENTS = {mode: lambda f, mode=mode: ad.grad(f, mode=mode) for mode in ("forward", "reverse")}
HESSIANS = {
    "hyper-dual": ad.hessian,
    "forward over forward": lambda f: ad.jacfwd(ad.grad(f)),
    "forward over reverse": lambda f: ad.jacfwd(ad.grad(f, mode="reverse")),
}


@ad.custom_jvp
def softplus(x):
    return math.log(1.0 + math.exp(x))


@softplus.defjvp
def softplus_jvp(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return softplus(x), x_dot / (1.0 + math.exp(-x))


@ad.custom_vjp
def power_of_norm(x, n):
    return np.sqrt(np.sum(x * x)) ** n


def power_of_norm_fwd(x, n):
    r = np.sqrt(np.sum(x * x))
    return r**n, (x, r, n)


def power_of_norm_bwd(record, y_bar):
    x, r, n = record
    return n * r ** (n - 2) * x * y_bar, None


power_of_norm.defvjp(power_of_norm_fwd, power_of_norm_bwd)


def sum_of_softplus(x):
    total = 0.0
    for i in range(x.size):
        total += softplus(x[i]) * x[0]
    return total


def with_norm(x):
    return power_of_norm(x, 3) + x[0] * x[1]


def plain(function):
    """The same program with the rules' functions written out."""
    if function is sum_of_softplus:
        return lambda x: np.sum(np.log(1.0 + np.exp(x))) * x[0]
    return lambda x: np.sqrt(np.sum(x * x)) ** 3 + x[0] * x[1]


def test_the_function_is_itself_in_python_and_in_jitted_code():
    assert softplus(0.0) == math.log(2.0)
    assert njit(lambda x: softplus(x))(0.0) == math.log(2.0)
    assert power_of_norm(X, 2) == njit(lambda x: power_of_norm(x, 2))(X)
    assert softplus.__name__ == "softplus"


def test_the_rule_is_what_counts():
    @ad.custom_jvp
    def wrong(x):
        return x * x

    wrong.defjvp(lambda primals, tangents: (primals[0] ** 2, 10.0 * tangents[0]))
    for derivative in (ad.derivative, lambda f: ad.grad(f, mode="reverse")):
        assert derivative(wrong)(3.0) == 10.0
        assert derivative(lambda x: wrong(x) + x)(3.0) == 11.0
    assert ad.second_derivative(wrong)(3.0) == 0.0


def test_a_rule_that_is_finite_where_the_code_is_not():
    assert ad.derivative(softplus)(800.0) == 1.0
    assert ad.grad(softplus, mode="reverse")(800.0) == 1.0


@pytest.mark.parametrize("gradient", GRADIENTS.values(), ids=GRADIENTS)
@pytest.mark.parametrize("function", [sum_of_softplus, with_norm])
def test_gradient(function, gradient):
    np.testing.assert_allclose(gradient(function)(X), ad.grad(plain(function))(X), rtol=1e-13)


@pytest.mark.parametrize("hessian", HESSIANS.values(), ids=HESSIANS)
@pytest.mark.parametrize("function", some([sum_of_softplus, with_norm], 2))
def test_second_order_comes_from_the_code_of_the_rule(function, hessian):
    np.testing.assert_allclose(hessian(function)(X), ad.hessian(plain(function))(X), rtol=1e-12, atol=1e-13)


def test_third_order():
    s = 1.0 / (1.0 + math.exp(-0.3))
    third = ad.derivative(ad.derivative(ad.derivative(softplus)))
    assert third(0.3) == pytest.approx(s * (1 - s) * (1 - 2 * s), rel=1e-13)


def test_several_results_and_array_results():
    @ad.custom_vjp
    def scaled(x, a):
        return a * x * x, x.sum(), x.size

    def fwd(x, a):
        return (a * x * x, x.sum(), x.size), (x, a)

    def bwd(record, y_bar):
        x, a = record
        return 2.0 * a * x * y_bar[0] + y_bar[1], np.sum(x * x * y_bar[0])

    scaled.defvjp(fwd, bwd)
    (by_array, by_sum, by_count) = ad.jacfwd(lambda x, a: scaled(x, a), argnums=(0, 1))(X, 2.0)
    np.testing.assert_array_equal(by_array[0], np.diag(4.0 * X))
    np.testing.assert_array_equal(by_array[1], X * X)
    np.testing.assert_array_equal(by_sum[0], np.ones(3))
    np.testing.assert_array_equal(by_count[0], np.zeros(3))


class Point(NamedTuple):
    x: float
    y: np.ndarray


def test_tuples_go_through_a_rule():
    @ad.custom_jvp
    def norm(p):
        return p.x * p.x + np.sum(p.y * p.y)

    @norm.defjvp
    def norm_jvp(primals, tangents):
        (p,), (p_dot,) = primals, tangents
        return norm(p), 2.0 * (p.x * p_dot.x + np.sum(p.y * p_dot.y))

    found = ad.grad(norm)(Point(2.0, X))
    assert found.x == 4.0
    np.testing.assert_array_equal(found.y, 2.0 * X)


@pytest.mark.full
def test_each_kind_gives_the_other():
    by_jvp, by_vjp = ad.jacrev(lambda x: vector_by_jvp(x)), ad.jacfwd(lambda x: vector_by_vjp(x))
    exact = np.diag(2.0 * X) + np.ones((3, 3))
    np.testing.assert_allclose(by_jvp(X), exact, rtol=1e-14)
    np.testing.assert_allclose(by_vjp(X), exact, rtol=1e-14)


@ad.custom_jvp
def vector_by_jvp(x):
    return x * x + np.sum(x)


@vector_by_jvp.defjvp
def vector_by_jvp_rule(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return vector_by_jvp(x), 2.0 * x * x_dot + np.sum(x_dot)


@ad.custom_vjp
def vector_by_vjp(x):
    return x * x + np.sum(x)


vector_by_vjp.defvjp(
    lambda x: (x * x + np.sum(x), x),
    lambda x, y_bar: (2.0 * x * y_bar + np.sum(y_bar),),
)


def test_both_rules_may_be_given():
    @ad.custom_jvp
    def both(x):
        return x

    both.defjvp(lambda primals, tangents: (primals[0], 2.0 * tangents[0]))
    both.defvjp(lambda x: (x, None), lambda record, y_bar: (3.0 * y_bar,))
    assert ad.derivative(both)(1.0) == 2.0  # each mode takes its own
    assert ad.grad(both, mode="reverse")(1.0) == 3.0


@pytest.mark.full
def test_arrays_changed_after_the_call_do_not_change_its_derivative():
    def loop(x):
        total = 0.0
        y = x.copy()
        for i in range(3):
            total += power_of_norm(y, 2) + y[0]
            y[i] = total * y[i]
        return total

    def written_out(x):
        total = 0.0
        y = x.copy()
        for i in range(3):
            total += np.sum(y * y) + y[0]
            y[i] = total * y[i]
        return total

    exact = ad.grad(written_out)(X)
    np.testing.assert_allclose(ad.grad(loop, mode="reverse")(X), exact, rtol=1e-12)
    np.testing.assert_allclose(ad.grad(loop)(X), exact, rtol=1e-12)


def test_a_result_never_shares_memory_with_an_argument():
    @ad.custom_vjp
    def clipped(x):
        return x

    clipped.defvjp(lambda x: (x, None), lambda record, y_bar: (np.minimum(y_bar, 1.0),))
    x = X.copy()
    for y in (clipped(x), njit(lambda x: clipped(x))(x)):
        y[0] = 7.0
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(ad.grad(lambda x: 5.0 * np.sum(clipped(x)), mode="reverse")(X), np.ones(3))
    # clipping a cotangent is no linear map, so no derivative along tangents belongs to it
    with pytest.raises(ValueError, match="not linear"):
        ad.grad(lambda x: 5.0 * np.sum(clipped(x)), mode="forward")(X)


def test_single_precision_stays():
    found = ad.grad(lambda x: softplus(x))(np.float32(0.3))
    assert found == pytest.approx(1.0 / (1.0 + math.exp(-0.3)), rel=1e-6)

    @ad.custom_jvp
    def half(x):
        return x * np.float32(0.5)

    half.defjvp(lambda primals, tangents: (half(primals[0]), 0.5 * tangents[0]))
    jacobian = ad.jacfwd(lambda x: np.array([half(x[0]), half(x[1])], dtype=np.float32))(np.ones(2, dtype=np.float32))
    assert jacobian.dtype == np.float32


def test_a_function_with_a_rule_passed_as_an_argument():
    @njit
    def apply(function, x):
        return function(x) + 1.0

    assert ad.derivative(lambda x: apply(softplus, x))(800.0) == 1.0


def test_recursive_function():
    @ad.custom_jvp
    def doubled(x, n):
        return x if n == 0 else 2.0 * doubled(x, n - 1)

    doubled.defjvp(lambda primals, tangents: (doubled(primals[0], primals[1]), 2.0 ** primals[1] * tangents[0]))
    assert ad.derivative(doubled)(3.0, 4) == 16.0


# mistakes


def test_a_function_without_its_rule_is_refused_at_its_line():
    @ad.custom_jvp
    def bare(x):
        return x

    for derivative in (ad.derivative, lambda f: ad.grad(f, mode="reverse")):
        with pytest.raises(UnsupportedError) as caught:
            derivative(lambda x: bare(x))(1.0)
        assert "no rule yet" in str(caught.value) and "bare.defjvp(rule)" in str(caught.value)
        assert "test_rules.py, line" in str(caught.value)


def test_a_function_that_writes_its_argument_is_refused():
    @ad.custom_jvp
    def writes(n, x):
        x[0] = 1.0
        return x.sum() * n

    writes.defjvp(lambda primals, tangents: (0.0, 0.0))
    for mode in ("forward", "reverse"):
        with pytest.raises(UnsupportedError, match="writes its argument `x`"):
            ad.grad(lambda x: writes(2, x), mode=mode)(X)


def test_complex_numbers_need_the_rule_of_the_mode():
    @ad.custom_vjp
    def square(z):
        return z * z

    square.defvjp(lambda z: (z * z, z), lambda z, y_bar: (2.0 * z * y_bar,))
    with pytest.raises(UnsupportedError, match="square.defjvp"):
        ad.derivative(lambda z: square(z))(1 + 2j)
    square.defjvp(lambda primals, tangents: (square(primals[0]), 2.0 * primals[0] * tangents[0]))
    assert ad.derivative(lambda z: square(z))(1 + 2j) == 2 + 4j


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: ad.custom_jvp(3), ArgumentError, "expected a Python function"),
        (lambda: ad.custom_vjp(lambda *xs: xs), ArgumentError, "fixed number"),
        (lambda: ad.custom_jvp(lambda x: x).defjvp(lambda x: x), RuleError, r"\(primals, tangents\)"),
        (lambda: ad.custom_vjp(lambda x: x).defvjp(lambda: 1, lambda r, b: b), RuleError, "the arguments"),
        (lambda: ad.custom_vjp(lambda x: x).defvjp(lambda x: x, lambda r: r), RuleError, r"\(record, y_bar\)"),
        (lambda: softplus.defjvp(softplus_jvp), RuleError, "already"),
        (lambda: power_of_norm.defvjp(power_of_norm_fwd, power_of_norm_bwd), RuleError, "already"),
    ],
)
def test_mistakes_are_named(make, kind, words):
    with pytest.raises(kind, match=words):
        make()


def test_a_tangent_of_another_shape_is_found():
    @ad.custom_jvp
    def twice(x):
        return 2.0 * x

    twice.defjvp(lambda primals, tangents: (2.0 * primals[0], 2.0 * tangents[0][:1]))
    with pytest.raises(ValueError, match="another shape"):
        ad.jacfwd(lambda x: twice(x))(X)

    @ad.custom_jvp
    def total(x):
        return np.sum(x)

    total.defjvp(lambda primals, tangents: (np.sum(primals[0]), tangents[0]))
    with pytest.raises(UnsupportedError):
        ad.grad(lambda x: total(x))(X)
