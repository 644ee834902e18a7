"""Members of tuples picked while running, in reverse mode."""

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.reverse import adjoint
from tests.reverse.judge import compiled, plain


def gradient(function, *args, argnums, jitted=False):
    made = adjoint(function, tuple(map(nb.typeof, args)), argnums, with_value=False)
    return (compiled(made.function) if jitted else plain(made.function))(*args)


def picked(x, y, i):
    return (x, 2.0, y * x)[i] * 3.0


@pytest.mark.parametrize("i", range(-3, 3))
def test_member_by_index_from_either_end(i):
    expected = [(3.0, 0.0), (0.0, 0.0), (3 * 0.5, 3 * 1.5)][i]
    assert gradient(picked, 1.5, 0.5, i, argnums=(0, 1)) == expected


def test_compiled():
    made = adjoint(picked, (nb.float64, nb.float64, nb.int64), (0, 1), with_value=False)
    run = nb.njit(made.function)
    assert [run(1.5, 0.5, i) for i in (-3, -1, 1)] == [(3.0, 0.0), (1.5, 4.5), (0.0, 0.0)]


def test_unsigned_index():
    assert gradient(picked, 1.5, 0.5, np.uint64(2), argnums=(0, 1)) == (1.5, 4.5)


def test_the_same_number_twice_and_a_computed_index():
    def function(x, y):
        s = 0.0
        for i in range(6):
            s = s * 0.5 + (x, y, x)[(i * i) % 3] * y
        return s

    x, y = 0.7, 1.3
    weights = [0.5 ** (5 - i) for i in range(6)]
    of_y = [(i * i) % 3 == 1 for i in range(6)]
    found = gradient(function, x, y, argnums=(0, 1))
    by_x = sum(w * y for w, b in zip(weights, of_y, strict=True) if not b)
    by_y = sum(w * (2 * y if b else x) for w, b in zip(weights, of_y, strict=True))
    np.testing.assert_allclose(found, (by_x, by_y), rtol=1e-14)


def test_a_cotangent_that_waits_for_a_member():
    """The member that is picked from is also what the loop carries."""

    def function(x, n):
        s = x
        for i in range(n):
            s = (s * s, s * 0.5)[i % 2]
        return s

    # x**2, x**2 / 2, x**4 / 4, x**4 / 8
    np.testing.assert_allclose(gradient(function, 1.1, 4, argnums=(0,)), (4 * 1.1**3 / 8,), rtol=1e-14)


def test_complex_member():
    def function(x, i):
        return (x * 1j, complex(x, x))[i].imag

    assert gradient(function, 2.0, 0, argnums=(0,)) == gradient(function, 2.0, 1, argnums=(0,)) == (1.0,)


def test_tuple_of_arrays():
    def function(v, w, i):
        return (v, w)[i][0] * v[1]

    found = gradient(function, np.array([2.0, 3.0]), np.array([5.0, 7.0]), 1, argnums=(0, 1))
    np.testing.assert_array_equal(found, [[0.0, 5.0], [3.0, 0.0]])


def test_what_waits_before_a_loop_keeps_its_value():
    """The cotangent of what a loop carries is asked for again while its former value still waits."""

    def function(x):
        s, u = x, 0.0
        for _ in range(3):
            doubled = s * 2.0
            for _ in range(2):
                u = u + s * 3.0 * s
            s = doubled
        return u + s

    # u = 6 x**2 (1 + 4 + 16), s = 8 x
    np.testing.assert_allclose(gradient(function, 1.5, argnums=(0,)), (252 * 1.5 + 8,), rtol=1e-14)


@nb.njit
def _scaled(x, by=(2.0, 3.0)):
    return x * by[0] + by[1]


def test_a_default_that_is_a_tuple():
    assert ad.grad(lambda x: _scaled(x) * x, mode="reverse")(2.0) == 11.0
