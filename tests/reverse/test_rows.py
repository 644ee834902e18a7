"""Several rows of a Jacobian in one sweep of the adjoint: the same rows as one at a time, and as forward mode, everywhere."""

import math

import numpy as np
import pytest
from numba import njit
from numba.core.errors import NumbaError

import dualad as ad
from dualad.numbers.compiler import TwinDispatcher
from dualad.numbers.linear import LINEAR
from dualad.numbers.rows import rows_level
from dualad.numbers.seed import seed
from dualad.rules import RULES
from tests.compare import assert_close
from tests.sampling import some
from tests.scenarios import SCENARIOS
from tests.scenarios.corpus import reference_of


def rows(f, *args, chunk=8, argnums=0, refused=False):
    """The Jacobian by rows at once, or one at a time where that is refused."""
    jacobian = ad.jacrev(f, argnums, chunk=chunk)
    found = jacobian(*args)
    assert (jacobian.plan(*args).chunk is None) == refused
    return found


def readings(x):
    """Slopes that are infinite at zeros of x, asked for by some rows and not by others."""
    out = np.empty(7)
    out[0] = math.sqrt(x[0])
    out[1] = math.sqrt(x[1]) + x[0]
    out[2] = x[0] * math.log(1.0 + x[1])
    out[3] = x[1] / x[2]
    out[4] = math.atan2(x[0], x[3])
    out[5] = 0.0 * math.sqrt(x[0])
    out[6] = math.hypot(x[0], x[3])
    return out


def test_an_infinite_slope_stays_in_its_row():
    found = rows(readings, np.array([0.0, 4.0, 2.0, 0.0]))
    expected = np.zeros((7, 4))
    expected[0, 0] = np.inf
    expected[1, :2] = 1.0, 0.25
    expected[2, 0] = math.log(5.0)
    expected[3, 1:3] = 0.5, -1.0
    np.testing.assert_array_equal(found, expected)


@pytest.mark.full
def test_kinks():
    def f(x):
        first = np.array([max(x[0], x[1]), np.maximum(x[0], x[1]), abs(x[2]), np.max(x[:2])])
        return np.concatenate((first, np.where(x > 0.0, np.sqrt(x), 0.0)))

    found = rows(f, np.array([1.0, 1.0, 0.0]))
    np.testing.assert_array_equal(found[:4], [[1, 0, 0], [0.5, 0.5, 0], [0, 0, 0], [0.5, 0.5, 0]])
    np.testing.assert_array_equal(found[4:], np.diag([0.5, 0.5, 0.0]))


@pytest.mark.full
def test_nan_and_infinities_as_one_at_a_time():
    def f(x):
        return np.sin(x) * x[::-1]

    x = np.array([np.nan, 1.0, np.inf, 2.0])
    np.testing.assert_allclose(rows(f, x), ad.jacrev(f, chunk=1)(x), rtol=1e-14)


def powers(x, m):
    """As many outputs as are asked for."""
    out = np.zeros(m)
    for i in range(m):
        out[i] = x[i % 3] ** (i + 1)
    return out


LEFT_OVER = ad.jacrev(powers, chunk=4)


@pytest.mark.parametrize("m", [0, 1, 3, 4, 9])
def test_rows_that_are_left_over(m):
    x = np.array([0.5, 1.5, 2.0])
    expected = np.zeros((m, 3))
    for i in range(m):
        expected[i, i % 3] = (i + 1) * x[i % 3] ** i
    np.testing.assert_allclose(LEFT_OVER(x, m), expected, rtol=1e-14)


@pytest.mark.full
def test_tuples_of_everything():
    def f(x, z, a):
        return (x * a, (z * z * x[0], 3), np.outer(x, x), a), x[1] * z

    args = np.array([0.5, 1.5]), 1.0 + 2.0j, 2.0
    (along, _, _, last), turned = rows(f, *args, argnums=2)
    assert_close((along, last, turned), (args[0], 1.0, 0j), 1e-15)
    value, slopes = ad.value_and_jacobian(f, 0, mode="reverse")(*args)
    assert value[0][1] == f(*args)[0][1]
    np.testing.assert_array_equal(value[0][2], np.outer(args[0], args[0]))
    assert_close(slopes[0][1], (np.array([args[1] ** 2, 0.0]), np.zeros(2)), 1e-15)
    assert_close(slopes[1], np.array([0.0, args[1]]), 1e-15)


@pytest.mark.full
def test_complex_rows_have_two_parts():
    z = np.array([1.0 + 2.0j, 0.5j, 3.0 - 1.0j])
    found = rows(lambda z: np.dot(np.array([[1j, 2.0, 0j], [1.0 + 1j, 0j, 3.0]]), z * z), z)
    np.testing.assert_allclose(found, [[2j * z[0], 4.0 * z[1], 0.0], [(2.0 + 2j) * z[0], 0.0, 6.0 * z[2]]], rtol=1e-14)


@pytest.mark.full
def test_single_precision():
    x = np.linspace(0.1, 1.0, 5, dtype=np.float32)
    found = rows(lambda x: np.sin(x) * x[0], x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.diag(found)[1:], (np.cos(x) * x[0])[1:], rtol=1e-6)


@pytest.mark.full
def test_an_output_argument():
    def rhs(t, y, dy):
        dy[0] = y[1] * t
        dy[1] = -y[0]

    y, dy = np.array([1.0, 2.0]), np.array([7.0, 7.0])
    value, found = ad.value_and_jacobian(rhs, 1, "reverse", out_argnums=2)(3.0, y, dy)
    np.testing.assert_array_equal(found, [[0.0, 3.0], [-1.0, 0.0]])
    np.testing.assert_array_equal(value, [6.0, -1.0])
    np.testing.assert_array_equal(dy, [7.0, 7.0])


@pytest.mark.full
def test_a_checkpointed_loop():
    def f(x):
        state = x.copy()
        for _ in ad.checkpointed(range(20), snapshots=3):
            for k in range(state.size):
                state[k] += 0.1 * math.sin(state[k] * state[k - 1])
        return state

    x = np.array([0.5, 1.0, 1.5])
    np.testing.assert_allclose(rows(f, x), ad.jacfwd(f)(x), rtol=1e-13)


@pytest.mark.full
def test_matrix_products():
    def f(x):
        a = x.reshape((3, 2))
        return a @ a.T, np.dot(a[0], a[1]), a @ x[:2], x[:3] @ a

    x = np.linspace(0.5, 1.5, 6)
    assert_close(rows(f, x), ad.jacfwd(f)(x), 1e-14)


# what is not linear


@ad.custom_vjp
def clipped(x):
    """A gradient that is cut off."""
    return 3.0 * x


clipped.defvjp(lambda x: (3.0 * x, None), lambda _, y_bar: (min(max(3.0 * y_bar, -1.0), 1.0),))


@ad.custom_jvp
def cube(x):
    """Stated along tangents, so linear."""
    return x * x * x


@cube.defjvp
def _cube_along(primals, tangents):
    return cube(primals[0]), 3.0 * primals[0] ** 2 * tangents[0]


def test_a_rule_that_branches_on_cotangents_gets_one_at_a_time():
    jacobian = ad.jacrev(lambda x: np.array([clipped(x), 2.0 * x, 0.1 * clipped(x)]))
    np.testing.assert_allclose(jacobian(2.0), [1.0, 2.0, 0.3], rtol=1e-15)
    plan = jacobian.plan(2.0)
    assert plan.chunk is None and "one row at a time" in plan.reason and "custom_vjp" in plan.reason
    x = np.array([2.0, 3.0])
    np.testing.assert_allclose(rows(lambda x: np.array([cube(x[0]), cube(x[1]) * x[0]]), x), [[12, 0], [27, 54]])


@njit
def nested_sine(x, n):
    return x if n == 0 else math.sin(nested_sine(x, n - 1))


@pytest.mark.full
def test_a_function_that_calls_itself_gets_one_at_a_time():
    found = rows(lambda x: np.array([nested_sine(x, 1), nested_sine(x, 0)]), 0.5, refused=True)
    np.testing.assert_allclose(found, [math.cos(0.5), 1.0], rtol=1e-15)


def test_an_array_of_values_and_cotangents_gets_one_at_a_time():
    x = np.array([3.0, 0.5, 2.0])
    np.testing.assert_allclose(
        rows(lambda x: np.cumprod(x), x, refused=True), [[1, 0, 0], [0.5, 3, 0], [1, 6, 1.5]], rtol=1e-14
    )


def test_rules_that_rows_go_through_are_linear():
    """f(a + 2 b) = f(a) + 2 f(b), and f(0) = 0, in the arguments that the table of linear rules names."""
    a, b = 0.3, -1.7
    for name, places in LINEAR.items():
        call, c = RULES[name].calls[0], 0 if name in ("add", "sub") else 3
        for linear in places:

            def f(value, call=call, c=c, linear=linear):
                return call(*(value if row else c for row in linear))

            assert f(a + 2.0 * b) == pytest.approx(f(a) + 2.0 * f(b), rel=1e-14) and f(0.0) == 0.0


NOT_LINEAR = {
    "square": lambda w: w * w,
    "division by it": lambda w: 1.0 / w,
    "absolute value": lambda w: abs(w),
    "power": lambda w: w**2,
    "test": lambda w: w if w > 0.0 else 0.0,
    "rounding": lambda w: int(w),
    "floor": lambda w: math.floor(w),
    "sign": lambda w: np.copysign(2.0, w),
    "sort": lambda w: np.sort(np.array([w, w])),
    "square of an array": lambda w: np.dot(np.array([w, w]), np.array([w, w])),
}


@pytest.mark.parametrize("f", [pytest.param(njit(f), id=name) for name, f in NOT_LINEAR.items()])
def test_what_is_not_linear_is_refused(f):
    spec = rows_level(4)
    twin = TwinDispatcher(lambda: f(seed(0.0, spec, 0, 1.0)))
    with pytest.raises((ad.errors.UnsupportedError, NumbaError), match="cotangent"):
        twin.compile(())


@pytest.mark.parametrize("s", some(SCENARIOS, len(SCENARIOS), first=1))
def test_scenario(s):
    """The rows of every program; what reverse mode refuses is in `test_scenarios`."""
    try:
        found = ad.jacrev(s.function, s.argnums, out_argnums=s.out_argnums, chunk=8)(*s.args())
    except (ad.errors.UnsupportedError, ad.errors.OutputError):
        return
    assert_close(found, reference_of(s, s.args()), s.tolerance)


def test_values_beside_rows_of_numbers_only():
    """Nine floats in and three out: values and cotangents stand in one tuple of numbers."""

    def f(a, b, c, d, e, g, h, i, j):
        return a * b + c, d * e * g, h * i + j * a

    point = tuple(float(k) for k in range(1, 10))
    for _ in range(2):
        value, jacobian = ad.value_and_jacobian(f, tuple(range(9)), mode="reverse")(*point)
        assert value == f(*point)
        np.testing.assert_array_equal(jacobian, ad.jacfwd(f, tuple(range(9)))(*point))
