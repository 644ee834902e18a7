"""Never silently wrong: a hostile program is differentiated right or refused with a reason, nothing else."""

import math

import numba as nb
import numpy as np
import pytest

import dualad as ad
from tests.compare import assert_close, assert_same_bits
from tests.primal import call_primal
from tests.sampling import some
from tests.scenarios.attacks import ATTACKS
from tests.scenarios.corpus import reference_of

#: Programs that multiply an infinite input by a tangent of zero, which docs/limits.md says is NaN.
INFINITE = {"infinite_input"}


@pytest.mark.parametrize("s", some([s for s in ATTACKS if s.name not in INFINITE], 6, first=1))
def test_right_or_refused(s):
    try:
        value, jacobian = ad.value_and_jacobian(s.function, s.argnums, out_argnums=s.out_argnums)(*s.args())
    except ad.errors.UnsupportedError as refusal:
        assert refusal.what and refusal.reason and refusal.rewrite
        return
    assert_close(jacobian, reference_of(s, s.args()), s.tolerance, s.name)
    assert_same_bits(value, call_primal(s)[0], f"value of {s.name}")


def test_tangent_of_zero_times_an_infinite_input():
    gradient = ad.grad(lambda x: x[0] * x[1], mode="forward")(np.array([np.inf, 2.0]))
    assert np.isnan(gradient[0])
    assert gradient[1] == np.inf


def right_or_refused(derivative, expected):
    """Fail if `derivative()` is another number than `expected`, or fails otherwise than by a refusal."""
    try:
        actual = derivative()
    except ad.errors.UnsupportedError:
        return
    assert_close(actual, expected, 1e-12)


def overlapping(v, w):
    w[0] = 2.0 * v[1]
    return v[0] * v[1]


def test_inactive_argument_that_overlaps_the_active_one():
    v = np.array([0.5, 3.0])
    right_or_refused(lambda: ad.jacfwd(overlapping)(v, v), np.array([0.0, 12.0]))


def test_inactive_view_of_the_active_argument():
    v = np.array([0.5, 3.0])
    right_or_refused(lambda: ad.jacfwd(overlapping)(v, v[:1]), np.array([0.0, 12.0]))


def test_active_argument_that_is_a_view_of_an_inactive_one():
    w = np.array([0.5, 3.0])

    def program(v, w):
        w[1] = v[0]
        return v[1] * v[0]

    right_or_refused(lambda: ad.jacfwd(program)(w, w), np.array([1.0, 0.0]))


def test_output_argument_that_is_the_input():
    def rhs(y, dy):
        for i in range(y.size):
            dy[i] = y[i] * y[i - 1]

    y = np.array([2.0, 3.0])
    # dy[0] = y0 y1 overwrites y0 before dy[1] = y1 y0 reads it
    right_or_refused(lambda: ad.jacfwd(rhs, out_argnums=1)(y, y), np.array([[3.0, 2.0], [9.0, 12.0]]))


def test_two_inactive_arguments_that_overlap():
    def program(x, a, b):
        a[0] = x
        return b[0] * x

    a = np.zeros(2)
    right_or_refused(lambda: ad.jacfwd(program)(1.5, a, a), 3.0)
    right_or_refused(lambda: ad.jacfwd(program)(1.5, a, a[:1]), 3.0)


def test_overlapping_arguments_that_are_only_read():
    v = np.array([2.0, 3.0])
    gradient = ad.jacfwd(lambda a, b: (a * b).sum(), argnums=(0, 1))(v, v)
    assert_close(gradient, (v, v), 1e-14)


def test_captured_array_cannot_be_written():
    table = np.zeros(2)

    def program(x):
        table[0] = x
        return table[0] * x

    with pytest.raises(ad.errors.DualadError):
        ad.derivative(program)(1.3)


def test_list_argument_of_arrays():
    def program(x, arrays):
        arrays[0][1] = x
        return arrays[0][1] * x

    with pytest.warns(nb.errors.NumbaPendingDeprecationWarning):
        right_or_refused(lambda: ad.derivative(program)(1.3, [np.zeros(2)]), 2.6)


def test_reflected_list_argument():
    def program(x, values):
        values[0] = x
        return values[0] * x

    with pytest.warns(nb.errors.NumbaPendingDeprecationWarning):
        right_or_refused(lambda: ad.derivative(program)(1.3, [1.0, 2.0]), 2.6)


def test_function_that_numba_rejects_is_not_called_unsupported():
    def program(x):
        return x.no_such_attribute

    with pytest.raises(ad.errors.CompilationError):
        ad.derivative(program)(1.3)


def test_global_changed_between_two_derivatives():
    namespace = {}
    exec("scale = 2.0\ndef program(x):\n    return scale * x", namespace)
    assert ad.derivative(namespace["program"])(1.0) == 2.0
    namespace["scale"] = 3.0
    # Numba freezes globals per compilation: a new derivative function must not reuse the old code
    assert ad.derivative(namespace["program"])(1.0) == 3.0


def test_two_functions_of_one_name():
    def make(k):
        def program(x):
            return k * x * x

        return program

    assert [ad.derivative(make(float(k)))(1.0) for k in range(1, 4)] == [2.0, 4.0, 6.0]


def test_two_primitives_whose_defaults_are_filled_in():
    """Numba compiles what fills them in once for equal code, whatever it calls."""
    assert ad.value_and_grad(lambda x: x * np.round(x))(1.3) == (1.3, 1.0)
    assert ad.value_and_grad(lambda x: np.nan_to_num(x) * 2.0)(1.3) == (2.6, 2.0)


def test_closures_over_arrays_of_one_shape():
    def make(table):
        def program(x):
            return table[0] * x + table[1]

        return program

    assert [ad.derivative(make(np.array([float(k), 1.0])))(1.0) for k in range(3)] == [0.0, 1.0, 2.0]


def test_exception_of_the_program_reaches_the_caller():
    def program(x):
        if x > 1.0:
            raise ValueError("too large")
        return x

    with pytest.raises(ValueError, match="too large"):
        ad.derivative(program)(1.3)
    assert ad.derivative(program)(0.5) == 1.0


def test_index_error_of_the_program_reaches_the_caller():
    @nb.njit(boundscheck=True)
    def program(v):
        return v[5]

    with pytest.raises(IndexError):
        ad.jacfwd(program)(np.ones(3))


NAMES = [
    "f",
    "y",
    "np",
    "first",
    "total",
    "seed",
    "lift",
    "rows_0",
    "value_0",
    "at_0",
    "at_1",
    "out_0",
    "level_0",
]
NAMES += ["levels", "primal", "tangents", "min", "range", "numba", "self", "args", "result", "values", "dual"]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_parameters_are_the_users_own(name):
    """By chunks of one, so that the derivative's own code has a loop and all of its variables."""
    namespace = {}
    exec(f"def program(x, {name}): return x / {name} + {name}", namespace)
    by_x, by_name = ad.jacfwd(namespace["program"], argnums=(0, 1), chunk=1)(0.35, 0.8)
    assert_close((by_x, by_name), (1.25, 1.0 - 0.35 / 0.64), 1e-14)


@pytest.mark.parametrize("name", ["x", "y", "total"])
def test_names_of_array_parameters_are_the_users_own(name):
    namespace = {}
    exec(f"def program({name}): return {name} * {name}.sum()", namespace)
    v = np.arange(1.0, 20.0)
    assert_close(ad.jacfwd(namespace["program"], chunk=2)(v), v.sum() * np.eye(19) + v[:, None], 1e-14)


def test_argnums_keep_the_order_in_which_they_are_asked_for():
    by_y, by_x = ad.jacfwd(lambda x, y: x * x * y, argnums=(1, 0))(1.3, 0.4)
    assert_close((by_x, by_y), (1.04, 1.69), 1e-14)


@nb.njit
def _even(x, n):
    if n == 0:
        return 1.0
    return math.sin(x) * _odd(x, n - 1)


@nb.njit
def _odd(x, n):
    if n == 0:
        return 1.0
    return x * _even(x, n - 1)


def test_functions_that_call_each_other_and_end_in_a_literal():
    """Numba compiles `_odd` for an `_even` that returns plain floats."""
    for _ in range(2):  # the second time, `_odd` is compiled already
        with pytest.raises(ad.errors.UnsupportedError, match="call it back"):
            ad.derivative(_even)(0.7, 3)


@nb.njit
def _active_even(x, n):
    if n == 0:
        return 1.0 + 0.0 * x
    return math.sin(x) * _active_odd(x, n - 1)


@nb.njit
def _active_odd(x, n):
    if n == 0:
        return 1.0
    return x * _active_even(x, n - 1)


def test_functions_that_call_each_other_and_end_in_an_active_number():
    x = 0.7  # f(x, 3) = x sin(x)^2
    expected = math.sin(x) ** 2 + 2 * x * math.sin(x) * math.cos(x)
    assert ad.derivative(_active_even)(x, 3) == pytest.approx(expected, rel=1e-15)
