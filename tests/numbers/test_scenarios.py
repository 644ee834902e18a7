"""The whole corpus through the forward operators: Jacobian, value and arguments, then directions, chunks, second order."""

import functools

import numba as nb
import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher

import dualad as ad
from tests.compare import assert_close, assert_same_bits
from tests.oracle import is_active, leaves, map_leaves
from tests.scenarios import SCENARIOS
from tests.scenarios.corpus import reference_of

BY_NAME = {s.name: s for s in SCENARIOS}
SECOND_ORDER = [s for s in SCENARIOS if s.second_order]
# One program of each kind: inputs longer than a chunk, scalars, tuples in and out, output argument, several arguments.
KINDS = [
    BY_NAME[name]
    for name in (
        "more_inputs_than_a_chunk", "boolean_operators", "nested_namedtuple_argument", "tuple_of_scalar_and_array_result",
        "right_hand_side", "lu_with_pivoting", "lorenz_rk4_in_place", "complex_array_expression",
    )
]  # fmt: skip


def primal_function(function):
    """`function` compiled by Numba alone, with the flags of the derivative's own code."""
    if isinstance(function, functools.partial):
        inner = primal_function(function.func)
        return lambda *args: inner(*function.args, *args, **function.keywords)
    return nb.njit(error_model="numpy")(function.py_func if isinstance(function, Dispatcher) else function)


def with_float_inputs(s):
    """Arguments of a scenario in which an int given for an active argument is the float it counts as."""
    active = (s.argnums,) if isinstance(s.argnums, int) else s.argnums
    return [float(a) if i in active and type(a) is int else a for i, a in enumerate(s.args())]


def call_primal(s):
    """What the function itself returns (or writes), and its arguments after the call."""
    args = with_float_inputs(s)
    result = primal_function(s.function)(*args)
    if s.out_argnums is None:
        return result, args
    return args[s.out_argnums] if isinstance(s.out_argnums, int) else tuple(args[i] for i in s.out_argnums), args


@pytest.mark.parametrize("s", SCENARIOS, ids=str)
def test_jacobian_and_value_of_every_scenario(s):
    given = s.args()
    value, jacobian = ad.value_and_jacobian(s.function, s.argnums, out_argnums=s.out_argnums)(*given)
    expected_value, written = call_primal(s)
    assert_close(jacobian, reference_of(s, s.args()), s.tolerance, s.name)
    assert_same_bits(value, expected_value, f"value of {s.name}")
    for after, before, by_primal in zip(given, s.args(), written, strict=True):
        for kept, original, changed in zip(leaves(after), leaves(before), leaves(by_primal), strict=True):
            if isinstance(kept, np.ndarray):
                untouched = np.array_equal(kept, original, equal_nan=True)
                assert untouched or np.array_equal(kept, changed, equal_nan=True), f"{s.name} damages an argument"


@pytest.mark.parametrize("s", SECOND_ORDER, ids=str)
def test_hessian(s):
    hessian = ad.hessian(s.function, s.argnums)(*s.args())
    assert_close(hessian, reference_of(s, s.args(), 2), 10 * s.tolerance, s.name)


@pytest.mark.parametrize("s", SECOND_ORDER[::4], ids=str)
def test_value_gradient_and_hessian_from_one_evaluation(s):
    value, gradient, hessian = ad.value_grad_and_hessian(s.function, s.argnums)(*s.args())
    assert_same_bits(value, call_primal(s)[0], f"value of {s.name}")
    assert_close(gradient, reference_of(s, s.args()), s.tolerance, s.name)
    assert_close(hessian, reference_of(s, s.args(), 2), 10 * s.tolerance, s.name)


@pytest.mark.parametrize("chunk", [1, 2, 4, 16])
@pytest.mark.parametrize("s", KINDS[:5], ids=str)
def test_chunk_width_changes_nothing(s, chunk):
    jacobian = ad.jacfwd(s.function, s.argnums, out_argnums=s.out_argnums, chunk=chunk)(*s.args())
    assert_close(jacobian, reference_of(s, s.args()), s.tolerance, f"{s.name} by chunks of {chunk}")


@pytest.mark.parametrize("chunk", [(1, 1), (1, 2), (2, 4), (4, 8)])
def test_chunk_widths_of_the_hessian_change_nothing(chunk):
    s = BY_NAME["more_inputs_than_a_chunk"]
    assert_close(ad.hessian(s.function, chunk=chunk)(*s.args()), reference_of(s, s.args(), 2), 1e-11, str(chunk))


@pytest.mark.parametrize("s", KINDS, ids=str)
def test_jacobian_in_the_transposed_sense(s):
    """A Jacobian-vector product is the Jacobian times the direction, one direction at a time or several at once."""
    if s.out_argnums is not None:
        pytest.skip("jvp of an output argument is a test of the operators")
    args = s.args()
    active = (s.argnums,) if isinstance(s.argnums, int) else s.argnums
    rng = np.random.default_rng(7)
    directions = [
        tuple(map_leaves(lambda x: rng.normal(size=np.shape(x))[()], a) if i in active else None for i, a in enumerate(args))
        for _ in range(3)
    ]
    jacobian = reference_of(s, s.args())
    for direction in directions:
        tangents = direction if len(active) == len(args) else tuple(direction[i] for i in active)
        options = {} if len(active) == len(args) else {"argnums": s.argnums}
        value, tangent = ad.jvp(s.function, **options)(s.args(), tangents)
        assert_same_bits(value, call_primal(s)[0], f"value of {s.name}")
        assert_close(tangent, _push(jacobian, [direction[i] for i in active], s), 1e-11, s.name)


def _push(jacobian, directions, s):
    """Jacobian times direction, output leaf by output leaf."""
    tangents = [leaf for d in directions for leaf in leaves(d)]

    def product(block):
        parts = leaves(block)
        terms = [np.tensordot(j, t, axes=np.ndim(t)) for j, t in zip(parts, tangents, strict=True)]
        return sum(terms[1:], terms[0])

    results = _outputs(jacobian, s)
    return product(results[0]) if len(results) == 1 else tuple(map(product, results))


def _outputs(jacobian, s):
    value = call_primal(s)[0]
    return jacobian if isinstance(value, tuple) else (jacobian,)


SCALAR = [s for s in SCENARIOS if s.second_order and s.argnums == 0 and isinstance(s.args()[0], float)]


@pytest.mark.parametrize("s", SCALAR[::5], ids=str)
def test_derivative_and_second_derivative(s):
    assert_close(ad.derivative(s.function)(*s.args()), reference_of(s, s.args()), s.tolerance, s.name)
    assert_close(ad.second_derivative(s.function)(*s.args()), reference_of(s, s.args(), 2), 10 * s.tolerance, s.name)


@pytest.mark.parametrize("s", SECOND_ORDER[::6], ids=str)
def test_grad_from_jitted_code(s):
    gradient = ad.grad(s.function, s.argnums)
    args = s.args()

    @nb.njit
    def caller(args):
        return gradient(*args)

    assert_close(caller(tuple(args)), reference_of(s, s.args()), s.tolerance, s.name)


def test_corpus_holds_programs_of_every_kind():
    assert len(SCENARIOS) >= 120
    assert sum(s.second_order for s in SCENARIOS) >= 40
    assert {type(leaf) for s in SCENARIOS for leaf in leaves(s.args()) if is_active(leaf)} >= {float, np.ndarray, np.float32}
