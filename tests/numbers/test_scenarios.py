"""The whole corpus through the forward operators: Jacobian, value, directions, chunks, second order."""

import numba as nb
import numpy as np
import pytest

import dualad as ad
from tests.compare import assert_close, assert_same_bits
from tests.oracle import is_active, leaves, map_leaves
from tests.primal import active_positions, call_primal
from tests.sampling import some
from tests.scenarios import SCENARIOS
from tests.scenarios.corpus import reference_of

BY_NAME = {s.name: s for s in SCENARIOS}
SECOND_ORDER = [s for s in SCENARIOS if s.second_order]
SCALAR = [s for s in SECOND_ORDER if s.argnums == 0 and isinstance(s.args()[0], float)]
# Inputs longer than a chunk, scalars, tuples in and out, several arguments, matrices, complex intermediates.
KINDS = [
    BY_NAME["more_inputs_than_a_chunk"],
    BY_NAME["boolean_operators"],
    BY_NAME["nested_namedtuple_argument"],
    BY_NAME["tuple_of_scalar_and_array_result"],
    BY_NAME["lu_with_pivoting"],
    BY_NAME["lorenz_rk4_in_place"],
    BY_NAME["complex_array_expression"],
]


@pytest.mark.parametrize("s", some(SCENARIOS, 10, first=1))
def test_jacobian_and_value_of_every_scenario(s):
    given = s.args()
    try:
        value, jacobian = ad.value_and_jacobian(s.function, s.argnums, out_argnums=s.out_argnums)(*given)
    except ad.errors.UnsupportedError:
        if s.later:
            pytest.skip("refused: beyond the NumPy functions of this version")
        raise
    expected_value, written = call_primal(s)
    assert_close(jacobian, reference_of(s, s.args()), s.tolerance, s.name)
    assert_same_bits(value, expected_value, f"value of {s.name}")
    for after, before, by_primal in zip(given, s.args(), written, strict=True):
        for kept, original, changed in zip(leaves(after), leaves(before), leaves(by_primal), strict=True):
            if isinstance(kept, np.ndarray):
                untouched = np.array_equal(kept, original, equal_nan=True)
                as_by_primal = np.array_equal(kept, changed, equal_nan=True)
                assert untouched or as_by_primal, f"{s.name} damages an argument"


@pytest.mark.parametrize("s", some(SECOND_ORDER, 4))
def test_hessian(s):
    hessian = ad.hessian(s.function, s.argnums)(*s.args())
    assert_close(hessian, reference_of(s, s.args(), 2), 10 * s.tolerance, s.name)


@pytest.mark.parametrize("s", some(SECOND_ORDER, 12))
def test_value_gradient_and_hessian_from_one_evaluation(s):
    value, gradient, hessian = ad.value_grad_and_hessian(s.function, s.argnums)(*s.args())
    assert_same_bits(value, call_primal(s)[0], f"value of {s.name}")
    assert_close(gradient, reference_of(s, s.args()), s.tolerance, s.name)
    assert_close(hessian, reference_of(s, s.args(), 2), 10 * s.tolerance, s.name)


@pytest.mark.parametrize("chunk", [1, pytest.param(2, marks=pytest.mark.full), 16])
@pytest.mark.parametrize("s", some(KINDS[:4]))
def test_chunk_width_changes_nothing(s, chunk):
    jacobian = ad.jacfwd(s.function, s.argnums, chunk=chunk)(*s.args())
    assert_close(jacobian, reference_of(s, s.args()), s.tolerance, f"{s.name} by chunks of {chunk}")


@pytest.mark.parametrize("chunk", [(1, 1), (1, 2), (2, 4), (4, 8)])
def test_chunk_widths_of_the_hessian_change_nothing(chunk):
    s = BY_NAME["more_inputs_than_a_chunk"]
    hessian = ad.hessian(s.function, chunk=chunk)(*s.args())
    assert_close(hessian, reference_of(s, s.args(), 2), 10 * s.tolerance, str(chunk))


@pytest.mark.parametrize("s", [pytest.param(s, id=s.name, marks=[pytest.mark.full] * (s in KINDS[4:6])) for s in KINDS])
def test_jvp_is_the_jacobian_times_the_direction(s):
    """One direction at a time, and three at once behind a leading axis."""
    args, active = s.args(), active_positions(s)
    rng = np.random.default_rng(7)
    stacked = tuple(map_leaves(lambda x: rng.normal(size=(3, *np.shape(x))), args[i]) for i in active)
    assert len(active) == len(args), "jvp takes one tangent per argument"
    push = ad.jvp(s.function)
    expected_value, jacobian = call_primal(s)[0], reference_of(s, s.args())
    expected = []
    for k in range(3):
        direction = tuple(map_leaves(lambda x: x[k], tree) for tree in stacked)
        value, tangent = push(s.args(), direction)
        expected.append(product(jacobian, direction, isinstance(expected_value, tuple)))
        assert_same_bits(value, expected_value, f"value of {s.name}")
        assert_close(tangent, expected[k], 10 * s.tolerance, s.name)
    value, tangents = push(s.args(), stacked)
    together = tuple(map(np.stack, zip(*expected))) if isinstance(expected_value, tuple) else np.stack(expected)
    assert_same_bits(value, expected_value, f"value of {s.name}")
    assert_close(tangents, together, 10 * s.tolerance, f"{s.name}, three directions at once")


def product(jacobian, direction, tuple_of_outputs):
    """Jacobian times direction: one array, or one for each of several outputs."""

    def one(block):
        pairs = zip(leaves(block), leaves(direction), strict=True)
        return sum(np.tensordot(part, t, axes=np.ndim(t)) for part, t in pairs)

    return tuple(map(one, jacobian)) if tuple_of_outputs else one(jacobian)


@pytest.mark.parametrize("s", some(SCALAR, 4))
def test_derivative_and_second_derivative(s):
    assert_close(ad.derivative(s.function)(*s.args()), reference_of(s, s.args()), s.tolerance, s.name)
    second = ad.second_derivative(s.function)(*s.args())
    assert_close(second, reference_of(s, s.args(), 2), 10 * s.tolerance, s.name)


@pytest.mark.parametrize("s", some([s for s in SECOND_ORDER if type(s.args()[0]) is not int], 16))
def test_gradient_called_from_jitted_code(s):
    gradient = ad.grad(s.function, s.argnums)

    @nb.njit
    def caller(args):
        return gradient(*args)

    assert_close(caller(s.args()), reference_of(s, s.args()), s.tolerance, s.name)


def test_corpus_holds_programs_of_every_kind():
    kinds = {type(leaf) for s in SCENARIOS for leaf in leaves(s.args()) if is_active(leaf)}
    assert len(SCENARIOS) >= 120
    assert len(SECOND_ORDER) >= 40
    assert kinds >= {float, complex, np.ndarray, np.float32}
