"""`vmap`: every row gives what the function gives for it alone, whatever the arguments, and nothing is lost in threads."""

import pickle
from typing import NamedTuple

import numpy as np
import pytest
from numba import njit, prange

import dualad as ad
from dualad.errors import ArgumentError, CompilationError, OutputError, UnsupportedError

A = np.random.default_rng(1).random((5, 2))
X = np.random.default_rng(2).random(5)


def product(x):
    return x[0] ** 2 * x[1]


def gradients(a):
    """Closed form of the gradient of `product` in each row."""
    return np.stack([2.0 * a[:, 0] * a[:, 1], a[:, 0] ** 2], axis=1)


def rhs(t, y, dy):
    dy[0] = y[1] * t
    dy[1] = -y[0]


class Line(NamedTuple):
    weights: np.ndarray
    bias: float


def turned(line, x):
    return Line(line.weights * x, line.bias + x), (x > 0.5, 3)


slopes = ad.vmap(ad.grad(product))
serial_slopes = ad.vmap(ad.grad(product), parallel=False)
along = ad.vmap(rhs, in_axes=(None, 0, None), out_argnums=2, parallel=False)


@pytest.mark.parametrize("batch", [slopes, serial_slopes], ids=["parallel", "serial"])
def test_rows_are_those_of_single_calls(batch):
    single = ad.grad(product)
    np.testing.assert_array_equal(batch(A), np.array([single(row) for row in A]))
    np.testing.assert_allclose(batch(A), gradients(A), rtol=1e-15)


@pytest.mark.parametrize(
    "a",
    [A[:1], A[::-1], A[::2], np.asfortranarray(A), np.broadcast_to(A[0], (3, 2))],
    ids=["one row", "backwards", "every other", "Fortran", "read-only"],
)
def test_layouts(a):
    np.testing.assert_allclose(serial_slopes(a), gradients(a), rtol=1e-15)


def test_other_axes():
    np.testing.assert_allclose(ad.vmap(ad.grad(product), 1, parallel=False)(A.T), gradients(A), rtol=1e-15)
    np.testing.assert_allclose(ad.vmap(ad.grad(product), -1, parallel=False)(A.T), gradients(A), rtol=1e-15)


def test_nan_stays_in_its_row():
    found = slopes(np.array([[np.nan, 1.0], [1.0, 1.0]]))
    assert np.isnan(found[0]).any()
    assert found[1].tolist() == [2.0, 1.0]


def test_called_from_jitted_code():
    total = njit(lambda a: slopes(a).sum())
    assert total(A) == pytest.approx(gradients(A).sum(), rel=1e-14)


@pytest.mark.full
def test_called_inside_prange():
    @njit(parallel=True)
    def totals(a):
        found = np.empty(3)
        for i in prange(3):
            found[i] = serial_slopes(a + i).sum()
        return found

    np.testing.assert_allclose(totals(A), [gradients(A + i).sum() for i in range(3)], rtol=1e-14)


@pytest.mark.full
def test_products_with_vectors():
    """The operators whose arguments are tuples or vectors."""
    v = A[::-1].copy()
    values, dots = ad.vmap(ad.jvp(product), parallel=False)((A,), (v,))
    np.testing.assert_allclose(values, A[:, 0] ** 2 * A[:, 1], rtol=1e-15)
    np.testing.assert_allclose(dots, np.sum(gradients(A) * v, axis=1), rtol=1e-14)
    curved = ad.vmap(ad.hvp(product), parallel=False)(A, v)
    exact = np.stack([2 * A[:, 1] * v[:, 0] + 2 * A[:, 0] * v[:, 1], 2 * A[:, 0] * v[:, 0]], axis=1)
    np.testing.assert_allclose(curved, exact, rtol=1e-14)


def test_named_tuples_and_values_without_derivatives():
    weights = np.arange(10.0).reshape(5, 2)
    line, (is_large, three) = ad.vmap(turned)(Line(weights, X), X)
    assert isinstance(line, Line)
    np.testing.assert_array_equal(line.weights, weights * X[:, None])
    np.testing.assert_array_equal(line.bias, X + X)
    assert is_large.dtype == bool
    assert is_large.tolist() == (X > 0.5).tolist()
    assert three.dtype == np.int64
    assert three.tolist() == [3] * 5


def test_an_axis_for_each_member_of_a_tuple():
    weights = np.arange(10.0).reshape(2, 5)
    line, _ = ad.vmap(turned, in_axes=((1, None), 0), parallel=False)(Line(weights, 2.0), X)
    np.testing.assert_array_equal(line.weights, weights.T * X[:, None])
    np.testing.assert_array_equal(line.bias, 2.0 + X)


@pytest.mark.parametrize("kind", [np.float32, np.bool_])
def test_dtypes_stay(kind):
    x = np.array([0, 1, 3]).astype(kind)
    scalars, arrays = ad.vmap(lambda x: (x, np.array([x, x])), parallel=False)(x)
    assert scalars.dtype == arrays.dtype == kind
    np.testing.assert_array_equal(arrays, np.stack([x, x], axis=1))


def test_defaults_and_star_arguments():
    def scaled(x, factor=3.0):
        return x * factor

    batch = ad.vmap(scaled, parallel=False)
    np.testing.assert_array_equal(batch(X), X * 3.0)
    np.testing.assert_array_equal(batch(X, factor=X), X * X)
    np.testing.assert_array_equal(ad.vmap(scaled, in_axes=(0,), parallel=False)(X), X * 3.0)
    starred = ad.vmap(lambda *xs: xs[0] * xs[1], in_axes=(0, None), parallel=False)
    np.testing.assert_array_equal(starred(X, 2.0), X * 2.0)


def test_nested():
    table = ad.vmap(ad.vmap(lambda x, y: x * y, in_axes=(0, None), parallel=False), in_axes=(None, 0), parallel=False)
    np.testing.assert_array_equal(table(X, A[:, 0]), X * A[:, :1])


# ---- functions that write


def test_results_written_into_an_argument():
    given = np.zeros(2)
    np.testing.assert_array_equal(along(2.0, A, given), np.stack([A[:, 1] * 2.0, -A[:, 0]], axis=1))
    assert given.tolist() == [0.0, 0.0]
    slopes_of_rhs = ad.vmap(ad.jacobian(rhs, argnums=1, out_argnums=2), in_axes=(None, 0, None), parallel=False)
    np.testing.assert_array_equal(slopes_of_rhs(2.0, A, given), [[[0.0, 2.0], [-1.0, 0.0]]] * 5)


def test_what_a_row_writes_no_other_row_sees():
    def counted(x, seen):
        seen[0] += x
        return seen[0]

    seen = np.zeros(1)
    np.testing.assert_array_equal(ad.vmap(counted, in_axes=(0, None))(X, seen), X)
    assert seen[0] == 0.0


def test_arguments_that_share_memory_and_are_written():
    def both(x, y):
        x[0] = 5.0
        return y[0]

    with pytest.raises(UnsupportedError, match="share memory"):
        ad.vmap(both, parallel=False)(A, A)


# ---- derivatives of batches


def test_derivative_of_a_batch_in_both_modes():
    sizes = ad.vmap(lambda x, a: np.sum(np.sin(a * x)), in_axes=(0, None))
    exact = np.sum(A * np.cos(0.7 * A), axis=1)
    np.testing.assert_allclose(ad.derivative(sizes, argnums=1)(A, 0.7), exact, rtol=1e-14)
    by_rows = ad.grad(lambda a: np.sum(sizes(a, 0.7)), mode="reverse")
    np.testing.assert_allclose(by_rows(A), 0.7 * np.cos(0.7 * A), rtol=1e-14)


def test_second_derivative_through_a_batch_of_gradients():
    """The sum of a batch of gradients, differentiated in reverse: rows of the Hessian of each row, summed."""
    inner = ad.vmap(ad.grad(product, mode="reverse"), parallel=False)
    by_rows = ad.grad(lambda a: np.sum(inner(a)), mode="reverse")
    exact = np.stack([2.0 * (A[:, 1] + A[:, 0]), 2.0 * A[:, 0]], axis=1)
    np.testing.assert_allclose(by_rows(A), exact, rtol=1e-14)


@pytest.mark.full
def test_derivative_along_a_batch_that_writes():
    _, change = ad.jvp(along)((2.0, A, np.zeros(2)), (1.0, None, None))
    np.testing.assert_array_equal(change, np.stack([A[:, 1], 0.0 * A[:, 1]], axis=1))


# ---- errors


def late(x):
    """Raises in the last rows only, which are those of another thread than the first."""
    if x > 0.9:
        raise ValueError("too large")
    return x


def test_what_a_thread_raises_is_raised():
    batch, x = ad.vmap(late), np.linspace(0.0, 0.8, 20)
    for _ in range(30):
        np.testing.assert_array_equal(batch(x), x)
        with pytest.raises(ValueError, match="too large"):
            batch(np.append(x, 1.0))


ragged, serial_ragged = (ad.vmap(lambda n: np.ones(int(n)), parallel=parallel) for parallel in (True, False))


@pytest.mark.parametrize("batch", [ragged, serial_ragged], ids=["parallel", "serial"])
@pytest.mark.parametrize("rows", [[3.0, 3.0, 1.0], [1.0, 3.0]], ids=["that would broadcast", "that would not"])
def test_results_of_different_shapes(batch, rows):
    assert batch(np.array([2.0, 2.0])).shape == (2, 2)
    with pytest.raises(ValueError, match="different shapes"):
        batch(np.array(rows))


def test_batch_without_rows():
    assert ad.vmap(late)(np.empty(0)).shape == (0,)
    with pytest.raises(ValueError, match="without rows"):
        serial_ragged(np.empty(0))


def test_rows_without_elements():
    assert ad.vmap(ad.grad(lambda x: np.sum(x * x)), parallel=False)(np.empty((3, 0))).shape == (3, 0)


def times(x, a):
    return x * a


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: ad.vmap(times)(A, 2.0), ArgumentError, ["axis 0 of `a`", "float64", "(0, None)"]),
        (lambda: ad.vmap(times, 2)(A, A), ArgumentError, ["axis 2 of `x`", "2 axes"]),
        (lambda: ad.vmap(times)([1.0], A), ArgumentError, ["`x`", "np.array(x)"]),
        (lambda: ad.vmap(times, (0,))(A, 2.0), ArgumentError, ["1 entries", "2 arguments"]),
        (lambda: ad.vmap(times, (0, None, 0))(A, 2.0), ArgumentError, ["3 entries", "2 arguments"]),
        (lambda: ad.vmap(times, ((0, 0), None))(A, 2.0), ArgumentError, ["`x`", "no tuple of 2"]),
        (lambda: ad.vmap(times, None), ArgumentError, ["no axis"]),
        (lambda: ad.vmap(times, (0, "1")), ArgumentError, ["'1'", "number of an axis"]),
        (lambda: ad.vmap(times)(A), ArgumentError, ["missing", "(x, a)"]),
        (lambda: ad.vmap(times)(X, X[:2]), ValueError, ["`x`", "`a`", "numbers of rows"]),
        (lambda: ad.vmap(lambda x: None)(X), OutputError, ["none", "out_argnums"]),
        (lambda: ad.vmap(lambda x: "a")(X), OutputError, ["unicode"]),
        (lambda: ad.vmap(lambda x: ())(X), OutputError, ["empty tuple"]),
        (lambda: ad.vmap(lambda x: x.foo)(A), CompilationError, ["foo", "line"]),
        (lambda: ad.vmap(ad.grad(lambda x: x))(A), OutputError, ["grad", "`jacobian`"]),
        (lambda: ad.vmap(3.0), ArgumentError, ["expected a function"]),
    ],
)
def test_mistakes_are_named(make, error, words):
    with pytest.raises(error) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


def test_pickled():
    again = pickle.loads(pickle.dumps(along))
    np.testing.assert_array_equal(again(2.0, A, np.zeros(2)), along(2.0, A, np.zeros(2)))
