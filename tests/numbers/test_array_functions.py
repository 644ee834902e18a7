"""NumPy's array functions on arrays of numbers: values to the bit of Numba's, derivatives against NumPy.

A program takes one vector and returns a tuple. Run by NumPy alone its differences give the Jacobian; run by
Numba its values are the measure for ours.
"""

import numba as nb
import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided, sliding_window_view

import dualad as ad
from tests.compare import assert_close, assert_same_bits, difference

#: strided operands of a product are part of the test
pytestmark = pytest.mark.filterwarnings("ignore::numba.NumbaPerformanceWarning")

X = np.array([0.31, 0.82, -0.55, 0.74, 1.13, -0.27, 0.48, 0.96, -1.2, 0.66, 0.15, -0.89])


def methods(x):
    F = x.reshape(3, 4).T
    return (
        x.mean(), x.std(), x.prod(), x.min(), x.max(), x.clip(-0.5, 0.5), x[x.argsort()[:3]], x.dot(x),
        F.astype(np.float64), F.real, x.astype(np.int64) * x, x.view(np.float64)[2:],
    )  # fmt: skip


def reductions(x):
    A, F, S, one = x.reshape(3, 4), x.reshape(3, 4).T, x[1::3], x[4:5]
    return (
        np.mean(A), np.var(F), np.prod(F), np.min(F), np.max(S), np.amax(one), np.ptp(F),
        np.cumprod(S), np.cumsum(A, 1),
        np.sum(A, 0), np.sum(F), np.mean(one), np.std(S), np.prod(x[:0]), x[np.nanargmin(S)], x[np.argmax(A)],
    )  # fmt: skip


def products(x):
    A, B, v, w = x[:6].reshape(2, 3), x[6:].reshape(3, 2), x[:3], x[::4]
    C, c = np.arange(6.0).reshape(3, 2) - 2.5, np.array([1.5, -2.0, 0.25])
    into = np.empty((2, 2))
    np.dot(A, C, out=into)
    return (
        A @ B, C @ A, A.T @ B.T, np.dot(A, v), np.dot(A, c), C.T @ w, w @ B, c @ B, v @ w, np.dot(w, c), into,
        np.vdot(v, v), np.outer(v, c), np.kron(A, B), np.trace(A, 1), np.trace(B, -1), A[:, ::2] @ B[::2],
        A[:1] @ B[:, :1], A[:, :0] @ B[:0],
    )  # fmt: skip


def norms(x):
    A = x.reshape(3, 4)
    return (
        np.linalg.norm(x), np.linalg.norm(x[::2]), np.linalg.norm(A.T), np.linalg.norm(A[:, ::2]),
        np.linalg.norm(x, 1), np.linalg.norm(x, 2), np.linalg.norm(x, 3), np.linalg.norm(x, np.inf),
        np.linalg.norm(x, -np.inf),
        np.linalg.norm(A, 1), np.linalg.norm(A, -1), np.linalg.norm(A, np.inf), np.linalg.norm(A, -np.inf),
    )  # fmt: skip


def choices(x):
    A, s = x.reshape(3, 4), x[3]
    return (
        np.where(x > s, 1.0, x), np.where(A > 0.2, A, x[:4]), np.where(A.T > 0, A.T, 2), np.where(s > 0, x, 0),
        np.where(s > 5, s, 2.0), x[np.where(x > 0.5)[0]], np.clip(x, -0.4, s), np.clip(A, x[:4] - 1.03, 0.9),
        np.clip(A.T, None, s),
    )  # fmt: skip


def orders(x):
    A = x.reshape(3, 4).copy()
    A.sort()
    return (
        np.sort(x[::3]), A, np.median(x), np.median(x[:5]), np.percentile(x, np.array([0.0, 12.5, 100.0])),
        np.quantile(x, 0.4 + 0.1 * x[0]), np.nanmedian(x[2:3]), np.searchsorted(np.sort(x), 0.5) * x[0],
    )  # fmt: skip


def footprints(x):
    A = x.reshape(3, 4)
    return (
        as_strided(x, (3,), (32,)), as_strided(A, (4, 3), (A.strides[1], A.strides[0])),
        sliding_window_view(x, 5), x[::2] * x[::2].strides[0] / A.nbytes,
    )  # fmt: skip


def constructions(x):
    s, t = x[0], x[1]
    A = x.reshape(3, 4).copy()
    np.fill_diagonal(A, s)
    alias = np.asarray(A, np.float64)
    alias[0, 1] = t * t
    same = 1.0 if A.dtype == alias.dtype else 2.0
    return (
        np.array([s, 2.0, t]), np.array(((s, t), (t, 1))), np.asarray((s, t)), np.linspace(s, t, 4),
        np.logspace(s, 1, 3), np.geomspace(s, t, 3), np.arange(s, 3.0, t), np.insert(x, 2, s),
        A * same, np.vander(x[:3], 4),
        np.tril(A, -1), np.extract(x > 0, x), np.unique(x[:5]), np.nan_to_num(x),
    )  # fmt: skip


def signals(x):
    a, v, knots = x[:5], x[7:10], np.array([-0.6, 0.1, 0.5, 1.2])
    return (
        np.interp(x, knots, x[3:7]), np.interp(0.3, np.sort(x[:4]), x[2:6]),
        np.convolve(a, v), np.convolve(v, a, "same"),
        np.correlate(a, v), np.correlate(v, a, "full"), np.convolve(a, np.array([0.5, 2.0]), "valid"),
        np.cross(v, x[:3]), np.cross(x.reshape(4, 3), v), np.bincount(np.array([0, 2, 2]), weights=v),
    )  # fmt: skip


def without_nan(x):
    y = x[:6].copy()
    y[2] = np.nan
    return (
        np.nansum(y), np.nanprod(y), np.nanmean(y), np.nanvar(y), np.nanstd(y), np.nanmin(y), np.nanmax(y),
        np.nancumsum(y), np.nancumprod(y), np.nanmedian(y), np.nanquantile(y, 0.7),
    )  # fmt: skip


PROGRAMS = (methods, reductions, products, norms, choices, orders, footprints, constructions, signals, without_nan)


def leaves(result):
    return [np.asarray(leaf, dtype=float) for leaf in result]


#: Slow to compile: they run when everything is run.
SLOW = ("constructions", "orders", "signals", "products", "choices", "without_nan", "norms", "reductions", "methods")


@pytest.mark.parametrize(
    "program",
    [pytest.param(f, id=f.__name__, marks=[pytest.mark.full] * (f.__name__ in SLOW)) for f in PROGRAMS],
)
def test_first_derivatives_match_differences_of_numpy(program):
    values, jacobian = ad.value_and_jacobian(program)(X)
    assert_same_bits(values, nb.njit(error_model="numpy")(program)(X))
    (expected,) = difference(lambda inputs: leaves(program(inputs[0])), [X.copy()])
    for k, (actual, slope) in enumerate(zip(jacobian, expected, strict=True)):
        assert_close(np.asarray(actual), np.moveaxis(slope, 0, -1), 1e-9, f"{program.__name__}[{k}]", floor=1.0)


def scalar_program(x):
    A, B = x[:6].reshape(2, 3), x[6:].reshape(3, 2)
    total = np.sum((A @ B) * (A[:, ::2] @ A[:, ::2].T)) + np.sum(np.sin(A) @ x[:3]) + x.mean() * x.var() * x.std()
    total += np.linalg.norm(x) ** 3 * x.prod() + np.linalg.norm(A, 1) * x.max() * x.min()
    total += np.sum(np.cumprod(x) * np.sort(x) ** 2) + np.median(x * x) * np.quantile(x**3, 0.3 + 0.1 * x[1])
    return total + np.sum(np.where(x > 0, x**3, x**2)) + np.sum(np.clip(x**3, -0.3, 0.4)) * x[0]


@pytest.mark.full
def test_second_derivatives_match_differences_of_first_ones():
    gradient = ad.grad(scalar_program)
    (slope,) = difference(lambda inputs: [scalar_program(inputs[0])], [X.copy()])
    assert_close(gradient(X), slope[0], 1e-9, "gradient", floor=1.0)
    (slope,) = difference(lambda inputs: [gradient(inputs[0])], [X.copy()])
    assert_close(ad.hessian(scalar_program)(X), slope[0], 1e-9, "hessian", floor=1.0)


def kinks(x):
    zeros = np.zeros(3) * x[0]
    return (
        np.max(x), np.min(x), np.std(x[:2]), np.linalg.norm(zeros), np.linalg.norm(zeros) ** 2, np.prod(x[3:]),
        np.sort(x[:2]), np.clip(x, 0.5, 1.0), np.linalg.norm(x[:2], np.inf),
    )  # fmt: skip


@pytest.mark.full
def test_conventions_at_kinks():
    x = np.array([1.0, 1.0, 0.5, 0.0, 0.0])
    values, slopes = ad.value_and_jacobian(kinks)(x)
    assert_same_bits(values, nb.njit(kinks)(x))
    half, rows = np.array([0.5, 0.5, 0.0, 0.0, 0.0]), np.eye(5)
    expected = [half, np.array([0.0, 0.0, 0.0, 0.5, 0.5]), 0 * half, 0 * half, 0 * half, 0 * half]
    expected += [rows[:2], rows * np.array([[1.0], [1.0], [1.0], [0.0], [0.0]]), half]
    assert_close(list(slopes), expected, 1e-15)


def test_product_with_zeros_is_exact_to_second_order():
    x = np.array([0.0, 3.0, 0.0])
    expected = np.array([[0.0, 0.0, 3.0], [0.0, 0.0, 0.0], [3.0, 0.0, 0.0]])
    assert_close(ad.hessian(lambda x: x.prod())(x), expected, 1e-15)


def test_norm_of_huge_and_tiny_entries():
    def program(x):
        return np.linalg.norm(x)

    for scale in (1e200, 1e-300):
        assert_close(ad.grad(program)(scale * np.array([3.0, 4.0])), np.array([0.6, 0.8]), 1e-14)


def nans(x):
    return (
        np.min(x), np.max(x[::-1]), np.sort(x), np.median(x), np.nanmedian(x), np.argmax(x) * x[0],
        np.nanargmin(x) * x[0],
    )  # fmt: skip


@pytest.mark.full
def test_nan_goes_where_numba_puts_it():
    x = np.array([0.5, np.nan, 0.25, 1.0])
    values, slopes = ad.value_and_jacobian(nans)(x)
    assert_same_bits(values, nb.njit(nans)(x))
    assert_close(slopes[4], np.array([1.0, 0.0, 0.0, 0.0]), 1e-15)
    assert_close(slopes[2][:3], np.eye(4)[[2, 0, 3]], 1e-15)


def complex_parts(x):
    z = x[:3] * (1.0 + 2.0j) + 1j * x[3:6] ** 2
    Z = z.reshape(1, 3)
    return (
        z.real, z.imag, (Z @ np.conj(Z.T)).real, np.vdot(z, z).imag, x[:3].imag + z.conj().real,
        np.linalg.norm(z), z.sum().real,
    )  # fmt: skip


@pytest.mark.full
def test_complex_arrays():
    values, jacobian = ad.value_and_jacobian(complex_parts)(X)
    assert_same_bits(values, nb.njit(complex_parts)(X))
    (expected,) = difference(lambda inputs: leaves(complex_parts(inputs[0])), [X.copy()])
    for actual, slope in zip(jacobian, expected, strict=True):
        assert_close(np.asarray(actual), np.moveaxis(slope, 0, -1), 1e-9, floor=1.0)


@pytest.mark.full
def test_single_precision_keeps_numbas_types():
    def program(x):
        A = x[:4].reshape(2, 2)
        return x.mean(), x.prod(), np.cumprod(x), x.max(), A @ A, np.linalg.norm(x), np.sort(x)

    x = X[:6].astype(np.float32)
    values, jacobian = ad.value_and_jacobian(program)(x)
    assert_same_bits(values, nb.njit(error_model="numpy")(program)(x))
    wide = ad.jacobian(program)(x.astype(np.float64))
    for actual, expected in zip(jacobian, wide, strict=True):
        assert_close(np.asarray(actual, dtype=float), np.asarray(expected), 1e-5)


@pytest.mark.parametrize("expression", ["x.view(np.int64)", "x.ctypes.data", "x.tobytes()"])
def test_memory_is_not_given_away(expression):
    namespace = {"np": np}
    exec(f"def program(x):\n    return {expression}", namespace)
    with pytest.raises(ad.errors.DualadError):
        ad.jacfwd(namespace["program"])(X)
