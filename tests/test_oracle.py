"""The oracle against closed forms, and every reference of the corpus against difference quotients."""

import math
from array import array

import numpy as np
import pytest

from tests.compare import assert_close, difference
from tests.oracle import differentiate, evaluate, is_active, leaves, map_leaves
from tests.scenarios import SCENARIOS
from tests.scenarios.corpus import reference_of

TIGHT = 1e-14


def test_polynomial():
    value, slope, curvature = differentiate(lambda x, y: x**3 * y - 2.0 / y, (2.0, 4.0), (0, 1), 2)
    assert value == 31.5
    assert_close(slope, (48.0, 8.125), TIGHT)
    assert_close(curvature, ((48.0, 12.0), (12.0, -0.0625)), TIGHT)


@pytest.mark.parametrize("x", [0.3, 0.9, 1.7])
def test_elementary_functions(x):
    cases = {
        "sin": (math.cos(x), -math.sin(x)),
        "exp": (math.exp(x), math.exp(x)),
        "log": (1 / x, -1 / x**2),
        "sqrt": (0.5 / math.sqrt(x), -0.25 * x**-1.5),
        "tanh": (1 / math.cosh(x) ** 2, -2 * math.tanh(x) / math.cosh(x) ** 2),
        "arctan": (1 / (1 + x * x), -2 * x / (1 + x * x) ** 2),
        "square": (2 * x, 2.0),
        "floor": (0.0, 0.0),
    }
    for name, (first, second) in cases.items():
        program = eval(f"lambda x: np.{name}(x) * 1.0", {"np": np})
        _, slope, curvature = differentiate(program, (x,), 0, 2)
        assert_close((slope, curvature), (first, second), TIGHT, name)


def test_functions_of_two():
    x, y = 0.6, -0.8
    _, slope, curvature = differentiate(lambda x, y: np.hypot(x, y) + math.atan2(x, y), (x, y), (0, 1), 2)
    cross = -x * y + x * x - y * y  # hypot(x, y) is 1
    assert_close(slope, (x + y, y - x), TIGHT)
    assert_close(curvature, ((y * y - 2 * x * y, cross), (cross, x * x + 2 * x * y)), TIGHT)


def test_power_in_both_arguments():
    x, y = 1.6, 0.4
    _, slope, curvature = differentiate(lambda x, y: x**y, (x, y), (0, 1), 2)
    log, cross = math.log(x), x ** (y - 1) * (1 + y * math.log(x))
    assert_close(slope, (y * x ** (y - 1), x**y * log), TIGHT)
    assert_close(curvature, ((y * (y - 1) * x ** (y - 2), cross), (cross, x**y * log**2)), TIGHT)


def test_quadratic_form_in_a_buffer():
    a = np.array([[2.0, -1.0], [0.5, 3.0]])

    def program(v):
        out = np.zeros(2)
        for i in range(2):
            for j in range(2):
                out[i] += a[i, j] * v[j]
        return v @ out, out

    v = np.array([0.3, -0.7])
    _, (slope, jacobian), (curvature, _) = differentiate(program, (v,), 0, 2)
    assert_close(slope, (a + a.T) @ v, TIGHT)
    assert_close(jacobian, a, TIGHT)
    assert_close(curvature, a + a.T, TIGHT)


def test_complex_intermediate():
    _, slope = differentiate(lambda x: (np.exp(1j * x) * complex(x, 1.0)).real, (0.7,))
    assert_close(slope, math.cos(0.7) - 0.7 * math.sin(0.7) - math.cos(0.7), TIGHT)


def test_a_lost_derivative_is_an_error():
    with pytest.raises(TypeError, match="derivative would be lost"):
        differentiate(lambda x: array("d", [x])[0], (1.0,))


@pytest.mark.parametrize("s", [s for s in SCENARIOS if not s.kink], ids=str)
def test_references_agree_with_difference_quotients(s):
    _check_by_differences(s, 1)


@pytest.mark.parametrize("s", [s for s in SCENARIOS if s.second_order and not s.kink], ids=str)
def test_second_references_agree_with_difference_quotients(s):
    _check_by_differences(s, 2)


def _check_by_differences(s, order):
    """First derivatives against differences of the values, second ones against differences of the first."""
    args = s.args()
    active = [s.argnums] if isinstance(s.argnums, int) else list(s.argnums)
    arrays = [
        np.array(leaf, dtype=float) for i in active for leaf in leaves(args[i]) if is_active(leaf) or type(leaf) is int
    ]

    def outputs(inputs):
        changed, remaining = list(s.args()), iter(inputs)
        for i in active:
            changed[i] = map_leaves(lambda leaf: _like(leaf, next(remaining)), args[i])
        if order == 1:
            return [leaf for leaf in leaves(evaluate(s.function, changed, s.out_argnums)) if is_active(leaf)]
        return leaves(reference_of(s, changed, 1))

    quotients = difference(outputs, arrays)
    reference = [leaf for leaf in leaves(reference_of(s, args, order)) if leaf is not None]
    # quotients: input, output -> in + out; reference: output, input -> out + in
    count = len(reference) // max(len(arrays), 1)
    for i, per_output in enumerate(quotients):
        for k, quotient in enumerate(per_output):
            expected = reference[k * len(arrays) + i]
            axes = list(range(arrays[i].ndim, quotient.ndim)) + list(range(arrays[i].ndim))
            assert len(per_output) == count
            what = f"{s.name}: output {k}, input {i}"
            assert_close(quotient.transpose(axes), expected, max(2e-8, s.tolerance), what, floor=1.0)


def _like(leaf, array):
    return array.copy() if isinstance(leaf, np.ndarray) else float(array)
