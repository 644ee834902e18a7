"""What is returned at kinks, edges and singular points: every row of the conventions, both orders."""

import cmath
import math

import numba as nb
import numpy as np
import pytest

import dualad as ad
from tests.compare import assert_close, assert_same_bits

INF, NAN = math.inf, math.nan


def scalars(*rows):
    """Parametrisation by rows (name, program, point, gradient)."""
    cases = [pytest.param(*row[1:], id=row[0]) for row in rows]
    return pytest.mark.parametrize("program, point, gradient", cases)


def gradient_of(program, point):
    return ad.jacfwd(program, argnums=tuple(range(len(point))))(*point)


@scalars(
    ("abs", lambda x: abs(x), (0.0,), (0.0,)),
    ("fabs", lambda x: math.fabs(x), (0.0,), (0.0,)),
    ("np.abs", lambda x: np.abs(x), (0.0,), (0.0,)),
    ("abs of -0", lambda x: abs(x), (-0.0,), (0.0,)),
    ("abs of complex 0", lambda x, y: abs(complex(x, y)), (0.0, 0.0), (0.0, 0.0)),
    ("sign", lambda x: np.sign(x) + x, (0.0,), (1.0,)),
    ("floor", lambda x: math.floor(x) + np.floor(x) + x, (2.0,), (1.0,)),
    ("ceil", lambda x: math.ceil(x) + np.ceil(x) + x, (2.0,), (1.0,)),
    ("rint", lambda x: np.rint(x) + round(x) + x, (2.5,), (1.0,)),
    ("trunc", lambda x: math.trunc(x) + np.trunc(x) + x, (-3.0,), (1.0,)),
    ("int", lambda x: int(x) + x, (2.0,), (1.0,)),
    ("sqrt(x*x)", lambda x: math.sqrt(x * x), (0.0,), (0.0,)),
    ("x log x", lambda x: x * math.log(x), (0.0,), (-INF,)),
    ("maximum tie", lambda x, y: np.maximum(x, y), (1.5, 1.5), (0.5, 0.5)),
    ("minimum tie", lambda x, y: np.minimum(x, y), (1.5, 1.5), (0.5, 0.5)),
    ("maximum tie of zeros", lambda x, y: np.maximum(x, y), (0.0, -0.0), (0.5, 0.5)),
    ("maximum tie with constant", lambda x: np.maximum(x, 0.0), (0.0,), (0.5,)),
    ("fmax tie", lambda x, y: np.fmax(x, y), (1.5, 1.5), (0.5, 0.5)),
    ("fmin tie", lambda x, y: np.fmin(x, y), (1.5, 1.5), (0.5, 0.5)),
    ("max tie", lambda x, y: max(x, y), (1.5, 1.5), (1.0, 0.0)),
    ("min tie", lambda x, y: min(x, y), (1.5, 1.5), (1.0, 0.0)),
    ("max of three, last two tie", lambda x, y, z: max(x, y, z), (1.0, 2.0, 2.0), (0.0, 1.0, 0.0)),
    ("min of three, outer two tie", lambda x, y, z: min(x, y, z), (1.0, 2.0, 1.0), (1.0, 0.0, 0.0)),
    ("max tie with constant first", lambda x: max(0.0, x), (0.0,), (0.0,)),
    ("max tie with constant second", lambda x: max(x, 0.0), (0.0,), (1.0,)),
    ("clip at lower end", lambda x: np.clip(np.array([x]), 0.0, 1.0)[0], (0.0,), (1.0,)),
    ("clip at upper end", lambda x: np.clip(np.array([x]), 0.0, 1.0)[0], (1.0,), (1.0,)),
    ("clip outside", lambda x: np.clip(np.array([x]), 0.0, 1.0)[0], (1.5,), (0.0,)),
    ("mod at a jump", lambda x, y: x % y, (4.0, 2.0), (1.0, -2.0)),
    ("np.mod at a jump", lambda x, y: np.mod(x, y), (4.0, 2.0), (1.0, -2.0)),
    ("np.remainder at a jump", lambda x, y: np.remainder(x, y), (4.0, 2.0), (1.0, -2.0)),
    ("mod of a negative", lambda x, y: x % y, (-4.5, 2.0), (1.0, 3.0)),
    ("divmod at a jump", lambda x, y: divmod(x, y)[1] + divmod(x, y)[0], (4.0, 2.0), (1.0, -2.0)),
    ("pow(0, 0)", lambda x, y: x**y, (0.0, 0.0), (0.0, 0.0)),
    ("pow(0, 1)", lambda x, y: x**y, (0.0, 1.0), (1.0, 0.0)),
    ("pow(0, 2)", lambda x, y: x**y, (0.0, 2.0), (0.0, 0.0)),
    ("pow(0, 0.5)", lambda x, y: x**y, (0.0, 0.5), (INF, 0.0)),
    ("pow(-2, 2)", lambda x, y: x**y, (-2.0, 2.0), (-4.0, NAN)),
    ("math.pow(0, 0)", lambda x, y: math.pow(x, y), (0.0, 0.0), (0.0, 0.0)),
    ("np.power(0, 1)", lambda x, y: np.power(x, y), (0.0, 1.0), (1.0, 0.0)),
    ("constant exponent, negative base", lambda x: x**2.0, (-2.0,), (-4.0,)),
    ("exponent of an inactive argument", lambda x: x ** (1.0 + 1.0), (-2.0,), (-4.0,)),
    ("x**0", lambda x: x**0, (0.0,), (0.0,)),
    ("x**1", lambda x: x**1, (0.0,), (1.0,)),
    ("x**2", lambda x: x**2, (0.0,), (0.0,)),
    ("x**0.0", lambda x: x**0.0, (0.0,), (0.0,)),
    ("0**y", lambda y: 0.0**y, (2.0,), (0.0,)),
    ("hypot", lambda x, y: math.hypot(x, y), (0.0, 0.0), (0.0, 0.0)),
    ("np.hypot", lambda x, y: np.hypot(x, y), (0.0, 0.0), (0.0, 0.0)),
    ("atan2", lambda x, y: math.atan2(x, y), (0.0, 0.0), (0.0, 0.0)),
    ("arctan2", lambda x, y: np.arctan2(x, y), (0.0, 0.0), (0.0, 0.0)),
    ("where guards sqrt", lambda x: np.where(x > 0, np.sqrt(x), 0.0), (0.0,), (0.0,)),
    ("where guards sqrt of a negative", lambda x: np.where(x >= 0, x, np.sqrt(-x)), (1.0,), (1.0,)),
    ("branch guards sqrt", lambda x: math.sqrt(x) if x > 0 else 0.0, (0.0,), (0.0,)),
    ("sinc", lambda x: np.sinc(x), (0.0,), (0.0,)),
    ("logaddexp of -inf", lambda x, y: np.logaddexp(x, y), (-INF, -INF), (0.5, 0.5)),
    ("logaddexp2 of -inf", lambda x, y: np.logaddexp2(x, y), (-INF, -INF), (0.5, 0.5)),
    ("copysign", lambda x, y: math.copysign(x, y), (1.0, -0.0), (-1.0, 0.0)),
    ("np.copysign", lambda x, y: np.copysign(x, y), (-1.0, -0.0), (1.0, 0.0)),
    ("equality", lambda x, y: x * x if x == y else 0.0, (3.0, 3.0), (6.0, 0.0)),
    ("inequality", lambda x, y: 0.0 if x != y else y * y, (3.0, 3.0), (0.0, 6.0)),
)  # fmt: skip
def test_scalar_kinks(program, point, gradient):
    assert_close(gradient_of(program, point), gradient, 1e-15)


def singular(*rows):
    """Parametrisation by rows (name, program of one variable, singular point, slope there)."""
    cases = [pytest.param(*row[1:], id=row[0]) for row in rows]
    return pytest.mark.parametrize("program, x, slope", cases)


SINGULAR = [
    ("sqrt", lambda x: math.sqrt(x), 0.0, INF),
    ("np.sqrt", lambda x: np.sqrt(x), 0.0, INF),
    ("cbrt", lambda x: np.cbrt(x), 0.0, INF),
    ("log", lambda x: math.log(x), 0.0, INF),
    ("np.log", lambda x: np.log(x), 0.0, INF),
    ("log2", lambda x: np.log2(x), 0.0, INF),
    ("log10", lambda x: math.log10(x), 0.0, INF),
    ("log1p", lambda x: math.log1p(x), -1.0, INF),
    ("reciprocal", lambda x: 1.0 / x, 0.0, -INF),
    ("np.reciprocal", lambda x: np.reciprocal(x), 0.0, -INF),
    ("power", lambda x: x**0.5, 0.0, INF),
    ("negative power", lambda x: x**-1.0, 0.0, -INF),
    ("arcsin", lambda x: np.arcsin(x), 1.0, INF),
    ("asin at -1", lambda x: math.asin(x), -1.0, INF),
    ("acos", lambda x: math.acos(x), 1.0, -INF),
    ("arccosh", lambda x: np.arccosh(x), 1.0, INF),
    ("arctanh", lambda x: np.arctanh(x), 1.0, INF),
]


@singular(*SINGULAR)
def test_singular_slope_for_a_seed_and_zero_without(program, x, slope):
    """Each direction of a chunk is tested by itself: y's has a zero seed in the singular function."""
    compiled = nb.njit(program)
    actual = ad.jacfwd(lambda x, y: compiled(x) + 2.0 * y, argnums=(0, 1))(x, 3.0)
    assert_close(actual, (slope, 2.0), 0.0)
    tangents = [ad.jvp(program)((x,), (seed,))[1] for seed in (0.0, 1.0)]
    assert_close(tangents, [0.0, slope], 0.0)


@singular(*SINGULAR)
def test_inactive_copy_of_the_argument_stays_finite_in_second_order(program, x, slope):
    compiled = nb.njit(program)
    hessian = ad.hessian(lambda x, y: compiled(x) + y * y, argnums=(0, 1))(x, 3.0)
    assert_close(hessian[1], (0.0, 2.0), 0.0)
    assert hessian[0][1] == 0.0


@pytest.mark.parametrize(
    "program, point, gradient",
    [
        (lambda v: np.max(v), [1.0, 1.0, 0.0], [0.5, 0.5, 0.0]),
        (lambda v: v.max(), [2.0, 2.0, 2.0], [1 / 3, 1 / 3, 1 / 3]),
        (lambda v: np.min(v), [1.0, 0.0, 0.0], [0.0, 0.5, 0.5]),
        (lambda v: v.min(), [0.0, -0.0, 1.0], [0.5, 0.5, 0.0]),
        (lambda v: np.linalg.norm(v), [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
        (lambda v: np.linalg.norm(v) ** 2, [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
        (lambda v: np.prod(v), [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
        (lambda v: v.prod(), [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]),
        (lambda v: np.std(v), [2.0, 2.0, 2.0], [0.0, 0.0, 0.0]),
        (lambda v: v.std(), [0.5, 0.5, 0.5], [0.0, 0.0, 0.0]),
        (lambda v: np.sum(np.maximum(v, 1.0)), [1.0, 2.0, 0.0], [0.5, 1.0, 0.0]),
        (lambda v: np.sum(np.abs(v)), [0.0, -2.0, 3.0], [0.0, -1.0, 1.0]),
        (lambda v: np.sum(np.where(v > 0, np.sqrt(v), 0.0)), [0.0, 4.0, -1.0], [0.0, 0.25, 0.0]),
        (lambda v: np.sum(np.clip(v, 0.0, 1.0)), [0.0, 1.0, 2.0], [1.0, 1.0, 0.0]),
        (lambda v: np.sum(v**2), [0.0, 1.0, -1.0], [0.0, 2.0, -2.0]),
    ],
)  # fmt: skip
def test_array_kinks(program, point, gradient):
    assert_close(ad.grad(program)(np.array(point)), np.array(gradient), 1e-15)


def test_sort_ties_follow_the_stable_permutation():
    point = np.array([1.0, 1.0, 0.0])
    stable = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    assert_close(ad.jacfwd(lambda v: np.sort(v))(point), stable, 0.0)


@pytest.mark.parametrize(
    "program, point, expected",
    [
        (lambda v: np.median(v), [3.0, 1.0, 2.0], [0.0, 0.0, 1.0]),
        pytest.param(lambda v: np.median(v), [4.0, 1.0, 2.0, 3.0], [0.0, 0.0, 0.5, 0.5], marks=pytest.mark.full),
        pytest.param(
            lambda v: np.quantile(v, 0.25), [4.0, 1.0, 2.0, 3.0], [0.0, 0.25, 0.75, 0.0], marks=pytest.mark.full
        ),
    ],
)
def test_weights_of_the_chosen_elements(program, point, expected):
    """Beyond the NumPy functions of this version: refused, or right."""
    try:
        gradient = ad.grad(program)(np.array(point))
    except ad.errors.UnsupportedError:
        return
    assert_close(gradient, np.array(expected), 1e-15)


@scalars(
    ("x**0", lambda x: x**0, 0.0, 0.0),
    ("x**1", lambda x: x**1, 0.0, 0.0),
    ("x**2", lambda x: x**2, 0.0, 2.0),
    ("x**3", lambda x: x**3, 0.0, 0.0),
    ("x**2.0", lambda x: x**2.0, 0.0, 2.0),
    ("x**2 of a negative", lambda x: x**2.0, -2.0, 2.0),
    ("abs", lambda x: abs(x), 0.0, 0.0),
    ("floor", lambda x: np.floor(x) * x, 2.0, 0.0),
    ("sinc", lambda x: np.sinc(x), 0.0, -(math.pi**2) / 3),
    ("clip", lambda x: np.clip(np.array([x]), 0.0, 1.0)[0] ** 2, 0.0, 2.0),
    ("maximum tie", lambda x: np.maximum(x, 1.0) + x * x, 1.0, 2.0),
    ("branch on equality", lambda x: x * x * x if x == 2.0 else x, 2.0, 12.0),
    ("where guards sqrt", lambda x: np.where(x > 0, np.sqrt(x), 0.0), 0.0, 0.0),
)
def test_second_derivatives_at_kinks(program, point, gradient):
    assert_close(ad.second_derivative(program)(point), gradient, 1e-14)


def test_second_derivatives_of_a_product_with_zeros():
    hessian = ad.hessian(lambda v: np.prod(v))(np.array([0.0, 2.0, 0.0]))
    assert_close(hessian, np.array([[0.0, 0.0, 2.0], [0.0, 0.0, 0.0], [2.0, 0.0, 0.0]]), 0.0)


def test_holomorphic_derivative():
    z = 0.8 + 0.3j
    assert_close(ad.derivative(lambda z: z * z * cmath.exp(z))(z), (2 * z + z * z) * cmath.exp(z), 1e-14)


PRIMALS = [
    (lambda x: np.tanh(x), 800.0),
    (lambda x: math.tanh(x), -800.0),
    (lambda x: x**2.5, 0.0),
    (lambda x: math.exp(x), 1000.0),
    (lambda x: np.exp(x), -1000.0),
    (lambda x: 1.0 / x, 0.0),
    (lambda x: x / x, 0.0),
    (lambda x: math.log(x), -1.0),
    (lambda x: math.sqrt(x), -1.0),
    (lambda x: x * -1.0, 0.0),
    (lambda x: abs(x), -0.0),
    (lambda x: np.sinc(x), 0.0),
    (lambda x: x % 3.0, -0.0),
    (lambda x: math.erf(x), 9.0),
    (lambda x: math.gamma(x), 171.5),
    (lambda x: math.lgamma(x), 0.0),
    (lambda x: x * x * x + 0.1 * x, 1 / 3),
    (lambda x: np.hypot(x, x), 1e200),
    (lambda x: math.atan2(x, x), -0.0),
    (lambda x: np.logaddexp(x, x), -INF),
    (lambda x: x - x, INF),
    (lambda x: max(x, 0.0), NAN),
    (lambda x: np.maximum(x, 0.0), NAN),
    (lambda x: min(0.0, x), NAN),
    (lambda x: np.fmin(x, 1.0), NAN),
    (lambda x: x**-2, 1e-150),
    (lambda x: math.sin(x), 1e22),
    (lambda x: math.cosh(x), 711.0),
    (lambda x: np.expm1(x), 1e-300),
    (lambda x: np.log1p(x), -1e-300),
    (lambda x: math.asinh(x), 1e300),
]


@pytest.mark.parametrize("program, x", PRIMALS)
def test_value_is_the_primal_bit_for_bit(program, x):
    value, _ = ad.value_and_jacobian(program)(x)
    assert_same_bits(value, nb.njit(error_model="numpy")(program)(x))
