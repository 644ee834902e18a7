"""Stencils whose cotangents are gathered from the neighbours, and loops that only look like it."""

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.reverse import adjoint
from tests.compare import assert_close
from tests.oracle import differentiate
from tests.reverse.judge import compiled, plain
from tests.sampling import some

WIDTH, LAST = 4, 3
RANDOM = np.random.default_rng(11)


def five_points(u, c, n):
    out = np.zeros_like(u)
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            around = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j]
            out[i, j] = np.sin(u[i, j]) + c * around
    return (out * out).sum() + u[0, 0]


def columns_and_rows(u, c, n):
    """The axes are indexed in the other order."""
    out = 0.0
    for i in range(2, u.shape[1] - 1):
        for j in range(u.shape[0] - 3):
            out += (c * (u[j + 1, i - 2] - u[j + 3, i + 1] + u[j, i])) ** 2
    return out


def seven_points(u, c, n):
    v = u.reshape((u.shape[0], u.shape[1] // 2, 2)).repeat(2).reshape((u.shape[0], u.shape[1] // 2, 4))
    out = 0.0
    for i in range(1, v.shape[0] - 1):
        for j in range(1, v.shape[1] - 1):
            for k in range(1, v.shape[2] - 1):
                around = (
                    v[i - 1, j, k] + v[i + 1, j, k] + v[i, j - 1, k] + v[i, j + 1, k] + v[i, j, k - 1] + v[i, j, k + 1]
                )
                out += np.sin(c * around) * v[i, j, k]
    return out


def steps(u, c, n):
    """Arrays that change places, and a length that is known before all steps."""
    u, new = u.copy(), u.copy()
    for _ in range(n):
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                around = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j]
                new[i, j] = u[i, j] + 0.1 * c * around * u[i, j]
        u, new = new, u
    return u.sum() + new[0, 0]


def growing(u, c, n):
    """The lengths are others in each step."""
    out = 0.0
    for m in range(u.shape[0]):
        columns = min(m, u.shape[1]) - 1
        for i in range(1, m - 1):
            for j in range(1, columns):
                out += (u[i, j - 1] + u[i - 1, j] + u[i, j + 1]) ** 2 * c
    return out


def known_width(u, c, n):
    """A length that is a global constant."""
    v, out = np.zeros((u.shape[0], WIDTH)), 0.0
    for i in range(u.shape[0]):
        v[i, i % WIDTH] = u[i, 0] * c
    for i in range(1, u.shape[0] - 1):
        for j in range(1, LAST):
            out += (v[i - 1, j] + v[i, j + 1] - v[i, j - 1]) ** 2
    return out


GATHERED = [five_points, columns_and_rows, seven_points, steps, growing, known_width]


def from_the_end(u, c, n):
    """-1 is the last element."""
    out = 0.0
    for i in range(1, u.shape[0] - 1):
        for j in range(u.shape[1] - 1):
            out += np.cos(u[i - 1, j] + u[i, j - 1] + u[i, j + 1]) * c
    return out


def where_it_is_large(u, c, n):
    """Not in every iteration."""
    out = 0.0
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            if u[i, j] > 1.0:
                out += np.cos(u[i - 1, j] + u[i, j - 1] + u[i, j + 1]) * c
    return out


def in_place(u, c, n):
    v = u.copy()
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            v[i, j] = np.cos(v[i - 1, j] + v[i, j - 1] + v[i, j + 1]) * c
    return v.sum()


def chosen(u, c, n):
    """Elements that a table names."""
    out, at = 0.0, np.arange(u.shape[1])[::-1]
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            out += np.cos(u[i, j - 1] + u[i, j + 1] + u[i, at[j]]) * c
    return out


def every_other(u, c, n):
    out = 0.0
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1, 2):
            out += np.cos(u[i - 1, j] + u[i, j - 1] + u[i, j + 1]) * c
    return out


def triangle(u, c, n):
    out = 0.0
    for i in range(1, u.shape[0] - 1):
        for j in range(1, min(i, u.shape[1] - 1)):
            out += np.cos(u[i - 1, j] + u[i, j - 1] + u[i, j + 1]) * c
    return out


def diagonal(u, c, n):
    """Both axes by one index."""
    out = 0.0
    for k in range(2):
        for i in range(1, min(u.shape) - 1):
            out += np.cos(u[i - 1, i - 1] + u[i, i] + u[i + 1, i + 1]) * c
    return out


def sums_over_rows(u, c, n):
    """The outer loop does not move the elements."""
    v, out = u[0].copy(), 0.0
    for k in range(u.shape[0]):
        for i in range(1, v.size - 1):
            out += np.cos(v[i - 1] + v[i] + v[i + 1]) * u[k, 0] * c
    return out


def two_names(u, c, n):
    v, out = u.copy(), 0.0
    w = v[:, 1:]
    for i in range(1, w.shape[0] - 1):
        for j in range(1, w.shape[1] - 1):
            out += np.cos(v[i, j - 1] + v[i, j + 1] + w[i - 1, j] + w[i, j - 1] + w[i, j + 1]) * c
    return out


def of_two(u, c, n):
    """Either array, as the values are."""
    a, b, out = u * c, u * 2.0, 0.0
    v = a if a[0, 0] > b[0, 0] else b
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            out += np.cos(v[i, j - 1] + v[i, j] + v[i, j + 1]) * a[i, j - 1] * c
    return out


def products(u, c, n):
    """Each access gives something else."""
    v, w, out = u * c, u * 2.0, 0.0
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            out += v[i, j - 1] * w[i - 1, j] * v[i, j] * w[i, j] * v[i, j + 1] * w[i + 1, j]
    return out


def far_apart(u, c, n):
    out, v = 0.0, np.zeros((u.shape[0] + 20, u.shape[1]))
    v[: u.shape[0]] = u * c
    for i in range(u.shape[0]):
        for j in range(1, u.shape[1] - 1):
            out += (v[i, j - 1] + v[i, j + 1] + v[i + 20, j]) ** 2
    return out


def begins_later(u, c, n):
    out = 0.0
    for i in range(n, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            out += np.cos(u[i - 1, j] + u[i, j - 1] + u[i, j + 1]) * c
    return out


def along_rows(u, c, n):
    """Single loops: over a view in each iteration, and over rows that another loop counts."""
    out = 0.0
    for k in range(u.shape[0]):
        row = u[k]
        for i in range(1, row.size - 1):
            out += (row[i - 1] + row[i] + row[i + 1]) ** 2 * c
        for i in range(2, u.shape[1] - 1):
            out += np.sin(u[k, i - 2] + u[k, i - 1] + u[k, i + 1])
    return out


def three_signs(u, c, n):
    out = 0.0
    v = u[0] * c
    for i in range(1, v.size - 2):
        out += (v[i - 1] - (v[i + 1] - v[i + 2])) ** 3
    return out


def known_width(u, c, n):
    out = 0.0
    for i in range(1, u.shape[0] - 1):
        for j in range(1, WIDTH):
            out += (u[i, j % 2 - 1 + 1] * 0.0 + u[i, 0] - u[i - 1, 1]) * c
        for j in range(min(u.shape[1], 2) - 1):
            for k in range(WIDTH):
                out += c * k * u[i, j + 1] * u[i, j]
    return out


GATHERED = [five_points, columns_and_rows, seven_points, steps, growing]
OTHERS = [
    from_the_end,
    where_it_is_large,
    in_place,
    chosen,
    every_other,
    triangle,
    diagonal,
    sums_over_rows,
    two_names,
    of_two,
    products,
    far_apart,
    begins_later,
    along_rows,
    three_signs,
]
SHAPES = [(7, 6), (5, 4), (4, 4), (3, 4), (2, 2), (1, 2)]


def check(function, run, shape, steps=3, tolerance=1e-11):
    u = RANDOM.uniform(0.5, 1.5, shape)
    _, expected = differentiate(function, (u, 1.2, steps), (0, 1), 1)
    assert_close(run(u, 1.2, steps)[1:], expected, tolerance, f"{shape}")


def made(function):
    return adjoint(function, (nb.float64[:, ::1], nb.float64, nb.int64), (0, 1))


@pytest.mark.parametrize("function", [*GATHERED, *OTHERS], ids=lambda f: f.__name__)
def test_by_plain_python(function):
    found = made(function)
    assert (" to_" in found.source) == (function not in OTHERS), found.source
    for shape in SHAPES:
        check(function, plain(found.function), shape)
    check(function, plain(found.function), SHAPES[0], steps=0 if function is not begins_later else 2)


@pytest.mark.parametrize("function", some([five_points, seven_points, steps, growing], 2))
def test_compiled(function):
    run = compiled(made(function).function)
    for shape in (*SHAPES, (9, 40)):
        check(function, run, shape)


def test_arrays_for_neighbours_are_made_once():
    def many(u, c, n):
        out = 0.0
        rows, columns = u.shape
        for k in range(n):
            for i in range(1, rows - 1):
                for j in range(1, columns - 1):
                    out += np.cos(u[i, j - 1] + u[i - 1, j] + u[i, j + 1]) * c * k
        return out

    source = made(many).source
    assert source.index("to_u") < source.index("for k in", source.index("# reverse sweep"))


@pytest.mark.full
def test_second_order_and_rows():
    """Other numbers flow through the sweep, which is itself reversed."""
    u, v = RANDOM.uniform(0.5, 1.5, (2, 5, 6))

    def gradient(u):
        return ad.grad(five_points, mode="reverse")(u, 1.2, 0)

    expected = ad.jvp(ad.grad(five_points, mode="forward"))((u, 1.2, 0), (v, 0.0, None))[1]
    np.testing.assert_allclose(ad.hvp(five_points, mode="reverse")(u, 1.2, 0, v), expected, 1e-11)
    np.testing.assert_allclose(ad.vjp(gradient)((u,), v)[1][0], expected, 1e-11)

    def interior(u):
        out = np.zeros_like(u)
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                out[i, j] = (u[i, j - 1] - u[i - 1, j] + u[i, j + 1]) * u[i, j]
        return out

    np.testing.assert_allclose(ad.jacrev(interior)(u), ad.jacfwd(interior)(u), 1e-12)


def test_single_precision():
    def smooth(u):
        out = np.float32(0.0)
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                out += (u[i, j - 1] + u[i - 1, j] + u[i, j + 1]) ** 2
        return out

    u = RANDOM.uniform(0.5, 1.5, (4, 7)).astype(np.float32)
    found = ad.grad(smooth, mode="reverse")(u)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, ad.grad(smooth, mode="forward")(u), 1e-5)


def test_same_array_twice():
    def f(a, b):
        out = 0.0
        for i in range(1, a.shape[0] - 1):
            for j in range(1, a.shape[1] - 1):
                out += (a[i, j - 1] + a[i, j] + a[i, j + 1]) * (b[i, j - 1] - b[i, j + 1])
        return out

    a = RANDOM.uniform(0.5, 1.5, (4, 7))
    both = ad.grad(f, (0, 1), mode="reverse")(a, a)
    np.testing.assert_allclose(both, ad.grad(f, (0, 1), mode="forward")(a, a.copy()), 1e-12)
