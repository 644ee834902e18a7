"""Index sets through programs: what depends on what, structurally, and whether values steered the program."""

import math

import numpy as np
import pytest

import dualad as ad
from dualad.api.dependence import dependence
from dualad.api.operators import requested
from dualad.workspace import reveal


def dependences(f, *args, argnums=0, out_argnums=None, every_float=True):
    """Boolean matrix (outputs, inputs) from one sweep, and whether a value was taken out."""
    request = requested("jacobian", argnums, out_argnums)
    active = [args[i] for i in request.argnums]
    count = sum(int(np.size(a)) if not isinstance(a, tuple) else len(a) for a in active)
    words = np.zeros((count + 1, 8), np.uint32)
    for i in range(count):
        words[i, i // 32] = 1 << (i % 32)
    reveal.taken()
    found = dependence(f, request, every_float)(words, *args)
    steered = reveal.taken()
    bits = np.unpackbits(found.view(np.uint8), axis=1, bitorder="little")
    return bits[:, :count].astype(bool), steered


def matrix(*rows):
    return np.array(rows, bool)


def test_vanishing_factors_hide_nothing():
    def f(x, t):
        return np.array([x[0] * 0.0, x[0] * x[1], x[1] ** 0 + x[2], t * x[2], math.exp(x[0])])

    found, steered = dependences(f, np.zeros(3), 0.0)
    assert np.array_equal(found, matrix([1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 0, 1], [1, 0, 0]))
    assert not steered


def test_constants_and_overwritten_elements_depend_on_nothing():
    def f(x):
        y = np.zeros(3)
        y[0] = x[0]
        y[1] = x[1] + y[0]
        y[0] = 7.0
        return y

    found, steered = dependences(f, np.ones(2))
    assert np.array_equal(found, matrix([0, 0], [1, 1], [0, 0]))
    assert not steered


def test_single_precision_and_back():
    """Bits survive every conversion: 32 of them lie in each lane, whatever its width."""

    def f(x):
        y = np.empty(x.size, np.float32)
        for i in range(x.size):
            y[i] = np.float32(x[i]) + np.float32(1.0)
        return y, y.astype(np.float64) * 2.0

    n = 100
    found, _ = dependences(f, np.ones(n))
    assert np.array_equal(found, np.tile(np.eye(n, dtype=bool), (2, 1)))
    found, _ = dependences(f, np.ones(n, np.float32))
    assert np.array_equal(found, np.tile(np.eye(n, dtype=bool), (2, 1)))


def test_complex_numbers_inside():
    def f(x):
        z = complex(x[0], x[1])
        w = np.conj(z) * 2j
        return np.array([z.real, z.imag, w.real, abs(z), np.conj(z).imag])

    found, _ = dependences(f, np.ones(3))
    assert np.array_equal(found[:2], matrix([1, 0, 0], [0, 1, 0]))
    # a product may take either part of the result from both parts of a factor
    assert np.array_equal(found[2:], matrix([1, 1, 0], [1, 1, 0], [0, 1, 0]))


def test_matrix_products_and_reductions():
    def f(x):
        a = np.zeros((2, 3))
        a[0, 0] = x[0]
        a[1, 2] = x[3]
        return a @ x[:3], np.dot(np.ones((1, 3)), x[1:]), np.sum(x[:2]), np.cumsum(x), np.linalg.norm(x[1:3])

    found, _ = dependences(f, np.ones(4))
    assert np.array_equal(found[:2], matrix([1, 1, 1, 0], [1, 1, 1, 1]))
    assert np.array_equal(found[2:4], matrix([0, 1, 1, 1], [1, 1, 0, 0]))
    assert np.array_equal(found[4:8], np.tri(4, dtype=bool))
    assert np.array_equal(found[8:], matrix([0, 1, 1, 0]))


def test_maxima_depend_on_all_they_choose_from_where_a_function_chooses():
    found, _ = dependences(lambda x: np.maximum(x[:2], x[1:]), np.array([1.0, 5.0, 2.0]))
    assert np.array_equal(found, matrix([1, 1, 0], [0, 1, 1]))


STEERED = [
    lambda x: x[0] if x[0] > x[1] else x[1],
    lambda x: x[int(x[1])],
    lambda x: x[0] * np.floor(x[1]),
    lambda x: np.sort(x)[0],
    lambda x: x[0] if ad.stop_gradient(x[1]) > 0.5 else x[1],
    lambda x: x[0] if x[1] else x[1],
    lambda x: x[round(x[1])],
    lambda x: x[math.floor(x[1])],
    lambda x: x[0] * np.sign(x[1]),
    lambda x: max(x[0], x[1]),
    lambda x: x[np.argmax(x)],
    lambda x: np.where(x > 0.0, x, 2.0 * x)[0],
    lambda x: x[0] if math.isnan(x[1]) else x[1],
    lambda x: np.median(x),
    lambda x: x[np.searchsorted(np.array([0.5, 2.5]), x[1])],
]


@pytest.mark.parametrize("f", [pytest.param(f, marks=[pytest.mark.full] * (k > 5)) for k, f in enumerate(STEERED)])
def test_values_that_steer_are_noticed(f):
    _, steered = dependences(f, np.array([1.0, 2.0, 0.0]))
    assert steered


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sin(x) * x[0] / x[1],
        lambda x: np.sum(x**3) + abs(x[0]),
        lambda x: np.hypot(x, 2.0) + np.where(np.array([True, False, True]), x, 0.0),
        lambda x: np.concatenate((x, x[::-1])).reshape(2, 3).T.copy(),
    ],
)
def test_what_no_value_steers_is_not_called_so(f):
    _, steered = dependences(f, np.array([1.0, 2.0, 0.5]))
    assert not steered


def test_floats_beside_steer_too():
    def f(x, t, n):
        return x[0] if t > 0.0 else x[n]

    assert dependences(f, np.ones(2), 1.0, 1)[1]
    assert not dependences(f, np.ones(2), 1.0, 1, every_float=False)[1]


def test_rules_of_users_unite_everything():
    @ad.custom_jvp
    def scaled(x, a):
        return x * a

    scaled.defjvp(lambda p, t: (p[0] * p[1], t[0] * p[1] + p[0] * t[1]))

    @ad.custom_vjp
    def doubled(x):
        return 2.0 * x

    doubled.defvjp(lambda x: (2.0 * x, 0), lambda record, y_bar: (2.0 * y_bar,))

    found, _ = dependences(lambda x: (scaled(x[:2], x[3]), doubled(x[2]), doubled(x[:1])), np.ones(4))
    assert np.array_equal(found, matrix([1, 1, 0, 1], [1, 1, 0, 1], [0, 0, 1, 0], [1, 0, 0, 0]))


def test_gradients_inside_and_outside():
    def f(x):
        return x[0] ** 2 * x[1] + math.sin(x[2]) + 3.0 * x[3]

    expected = matrix([1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0])
    found, steered = dependences(ad.grad(f, mode="reverse"), np.ones(4))
    assert np.array_equal(found, expected)
    assert not steered
    # directions are values, a direction that is 0 for an input not a thing that sets know: more than there is, never less
    found, _ = dependences(ad.grad(f, mode="forward"), np.ones(4))
    assert np.array_equal(found & expected, expected)

    slope = ad.derivative(lambda y, a, b: y * y * a + b)
    found, _ = dependences(lambda x: np.array([slope(x[2], x[0], x[1]), x[1]]), np.ones(3))
    assert np.array_equal(found, matrix([1, 0, 1], [0, 1, 0]))


def test_output_arguments_tuples_and_whole_numbers():
    def rhs(t, y, dy):
        dy[0] = y[1] * t
        dy[1] = y[0]

    found, _ = dependences(rhs, 0.0, np.ones(2), np.zeros(2), argnums=1, out_argnums=2)
    assert np.array_equal(found, matrix([0, 1], [1, 0]))
    found, _ = dependences(lambda x: (x[0], 3, x), np.ones(2))
    assert np.array_equal(found, matrix([1, 0], [0, 0], [1, 0], [0, 1]))
    found, _ = dependences(lambda p, q: p[0] * q, (1.0, 2.0), 3, argnums=(0, 1))
    assert np.array_equal(found, matrix([1, 0, 1]))
