"""What derivative functions plan is what they do, and is said."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from numba import float64, njit, types

import dualad as ad
from dualad.errors import ArgumentError, BudgetError, OutputError
from dualad.plan.plan import Plan
from dualad.plan.widths import width_for

VECTOR = float64[::1]


def wave(x, a):
    total = 0.0
    for i in range(x.size):
        total += math.sin(a * x[i]) * x[i]
    return total


def wave_slope(x, a):
    return np.sin(a * x) + a * x * np.cos(a * x)


def summed(x, m):
    """Squares of the inputs, summed up by turns in m outputs."""
    out = np.zeros(m)
    for i in range(x.size):
        out[i % m] += x[i] * x[i]
    return out


def summed_jacobian(x, m):
    found = np.zeros((m, x.size))
    found[np.arange(x.size) % m, np.arange(x.size)] = 2.0 * x
    return found


def compiled(derivative):
    return [width for width, d in derivative._dispatchers.items() if d.overloads]


def test_a_gradient_goes_forward_for_few_inputs_and_in_reverse_for_many():
    gradient = ad.grad(wave)
    for n, mode in ((3, "forward"), (8, "forward"), (200, "reverse")):
        x = np.linspace(-1.0, 1.0, n)
        plan = gradient.plan(x, 0.5)
        assert isinstance(plan, Plan) and plan.mode == mode
        assert not compiled(gradient), "a plan compiles nothing of the derivative"
        assert ("wave_adjoint" in gradient.source(x, 0.5)) == (mode == "reverse")
    np.testing.assert_allclose(gradient(x, 0.5), wave_slope(x, 0.5), rtol=1e-13)
    assert compiled(gradient) == ["reverse"], "only the mode that was planned"
    np.testing.assert_allclose(gradient(x=x, a=0.5), wave_slope(x, 0.5), rtol=1e-13)
    assert gradient.plan(x=x, a=0.5) == gradient.plan(x, 0.5)


def test_the_choice_depends_on_the_number_of_outputs():
    jacobian, x = ad.jacobian(summed), np.linspace(0.5, 1.5, 100)
    for m, mode in ((1, "reverse"), (3, "reverse"), (300, "forward")):
        assert jacobian.plan(x, m).mode == mode
        np.testing.assert_allclose(jacobian(x, m), summed_jacobian(x, m), rtol=1e-13)
        np.testing.assert_allclose(jacobian(m=m, x=x), summed_jacobian(x, m), rtol=1e-13)
    assert set(compiled(jacobian)) == {("reverse", 1), ("reverse", 4), width_for(100)}


def test_the_function_is_evaluated_once_for_shapes(monkeypatch):
    jacobian, asked = ad.jacobian(summed), []
    count = type(jacobian)._counted_outputs
    monkeypatch.setattr(type(jacobian), "_counted_outputs", lambda self, args: asked.append(1) or count(self, args))
    x = np.ones(20)
    for _ in range(3):
        jacobian(x, 4)
        jacobian(x, 4)
    assert len(asked) == 1
    jacobian(x, 5)
    assert len(asked) == 2, "a whole number may be the number of outputs"
    jacobian(np.ones(8), 4)
    assert len(asked) == 2, "few inputs go forward, whatever the outputs"


def test_outputs_in_arguments_are_counted_without_an_evaluation(monkeypatch):
    def rhs(t, y, dy):
        for i in range(y.size):
            dy[i % dy.size] += t * y[i]

    jacobian = ad.jacobian(rhs, argnums=1, out_argnums=2)
    monkeypatch.setattr(type(jacobian), "_counted_outputs", None)
    y = np.ones(40)
    assert jacobian.plan(0.5, y, np.zeros(1)).mode == "reverse"
    assert jacobian.plan(0.5, y, np.zeros(40)).mode == "forward"
    np.testing.assert_array_equal(jacobian(0.5, y, np.zeros(1)), np.full((1, 40), 0.5))


def test_what_the_function_raises_is_raised_by_the_call_and_by_the_plan():
    def f(x):
        if x[0] < 0.0:
            raise ValueError("negative")
        return x * x[0]

    jacobian = ad.jacobian(f)
    for call in (jacobian, jacobian.plan):
        with pytest.raises(ValueError, match="negative"):
            call(np.full(20, -1.0))
    np.testing.assert_allclose(jacobian(np.ones(20))[1, :2], [1.0, 1.0])
    with pytest.raises(OutputError):
        ad.jacobian(lambda x: x.size)(np.ones(20))


def test_a_program_that_reverse_mode_refuses_goes_forward_and_the_plan_says_so():
    def clipped(x):
        return np.sum(np.clip(x, a_min=0.0, a_max=1.0) * x)

    x = np.linspace(-0.5, 1.5, 50)
    gradient = ad.grad(clipped)
    plan = gradient.plan(x)
    assert (
        plan.mode == "forward" and plan.chunk == width_for(50) and "refuses f" in plan.reason and "clip" in plan.reason
    )
    exact = np.where(x < 0.0, 0.0, np.where(x > 1.0, 1.0, 2.0 * x))
    np.testing.assert_allclose(gradient(x), exact, rtol=1e-14)
    assert ad.hvp(clipped).plan(x, x).mode == "forward" and "refuses" in ad.hvp(clipped).plan(x, x).reason
    assert ad.hessian(clipped).plan(x).mode == "forward" and "refuses" in ad.hessian(clipped).plan(x).reason


def test_measured_costs_are_kept():
    gradient, x = ad.grad(wave), np.linspace(-1.0, 1.0, 24)
    assert "counted" in gradient.plan(x, 0.5).reason
    assert gradient.prepare(x, 0.5, measure=True) is gradient
    plan = gradient.plan(x, 0.5)
    assert "measured" in plan.reason and plan.cost > 0.0
    assert "measured" in gradient.plan(np.ones(100), 0.5).reason
    assert set(compiled(gradient)) == {width_for(24), "reverse"}
    np.testing.assert_allclose(gradient(x, 0.5), wave_slope(x, 0.5), rtol=1e-13)


def test_measuring_a_program_that_reverse_mode_refuses():
    gradient, x = ad.grad(lambda x: np.sum(np.clip(x, a_min=0.0, a_max=1.0))), np.full(20, 0.5)
    assert gradient.prepare(x, measure=True).plan(x).mode == "forward"
    np.testing.assert_array_equal(gradient(x), np.ones(20))


@pytest.mark.parametrize(
    ("make", "args"),
    [
        (lambda f: ad.grad(f, mode="reverse"), (np.ones(3), 0.5)),
        (lambda f: ad.grad(f, chunk=4), (np.ones(3), 0.5)),
        (ad.jacfwd, (np.ones(3), 0.5)),
        (ad.hessian, (np.ones(3), 0.5)),
        (ad.grad, (VECTOR, float64)),
    ],
)
def test_nothing_to_measure(make, args):
    with pytest.raises(ArgumentError, match="nothing to measure"):
        make(wave).prepare(*args, measure=True)


def test_types_get_the_plan_of_jitted_code():
    gradient = ad.grad(wave)
    assert gradient.plan(VECTOR, float64).mode == "reverse"
    x = np.linspace(0.0, 1.0, 5)
    np.testing.assert_allclose(njit(lambda x, a: gradient(x, a))(x, 0.5), wave_slope(x, 0.5), rtol=1e-13)
    assert ad.grad(lambda x, y: x * y).plan(float64, float64).mode == "forward"
    assert ad.jacobian(summed).plan(VECTOR, types.int64).mode == "forward"


def test_a_float_beside_an_array_does_not_hide_its_size():
    def f(a, x):
        return a * np.sum(x * x)

    gradient, x = ad.grad(f, argnums=(0, 1)), np.linspace(0.0, 1.0, 300)
    for _ in range(2):  # the first call makes what later calls look at first
        gradient(2.0, np.ones(2))
        slope, slopes = gradient(2.0, x)
        assert slope == pytest.approx(x @ x) and np.allclose(slopes, 4.0 * x, rtol=1e-14)
    assert gradient.plan(2.0, x).mode == "reverse" and "reverse" in compiled(gradient)


class Model(NamedTuple):
    rate: float
    weights: np.ndarray


def test_sizes_in_tuples_count():
    def loss(model, t):
        return model.rate * np.sum(model.weights * model.weights) * t

    gradient = ad.grad(loss)
    assert gradient.plan(Model(1.0, np.ones(3)), 2.0).chunk == 4
    plan = gradient.plan(Model(1.0, np.ones(300)), 2.0)
    assert plan.mode == "reverse" and "301 inputs" in plan.reason
    found = gradient(Model(1.0, np.ones(300)), 2.0)
    assert isinstance(found, Model) and found.rate == 600.0 and np.all(found.weights == 4.0)


def test_empty_and_strided_arrays():
    jacobian = ad.jacobian(lambda x: x * x)
    assert jacobian.plan(np.empty(0)).mode == "forward" and jacobian(np.empty(0)).shape == (0, 0)
    x = np.linspace(0.0, 1.0, 24)[::3]
    assert jacobian.plan(x).mode == "forward"
    np.testing.assert_allclose(jacobian(x), np.diag(2.0 * x), rtol=1e-14)
    nothing = ad.jacobian(lambda x: x[:0])
    assert nothing.plan(np.ones(20)).mode == "reverse" and nothing(np.ones(20)).shape == (0, 20)


def test_every_operator_has_a_plan():
    def f(x):
        return np.sum(x * x * x)

    x = np.linspace(0.0, 1.0, 40)
    directions = np.ones((20, 40))
    plans = {
        "derivative": ad.derivative(lambda x: x * x).plan(1.0),
        "second_derivative": ad.second_derivative(lambda x: x * x).plan(1.0),
        "jacfwd": ad.jacfwd(f).plan(x),
        "jacrev": ad.jacrev(f).plan(x),
        "value_and_grad": ad.value_and_grad(f).plan(x),
        "jvp": ad.jvp(f).plan((x,), (directions,)),
        "vjp": ad.vjp(f).plan((x,), 1.0),
        "hvp": ad.hvp(f).plan(x, directions),
        "hessian": ad.hessian(f).plan(x),
        "few": ad.hessian(f).plan(x[:3]),
        "chunk": ad.hessian(f, chunk=(2, 4)).plan(x),
    }
    both = "forward over reverse"
    modes = [
        "forward",
        "forward",
        "forward",
        "reverse",
        "reverse",
        "forward",
        "reverse",
        both,
        both,
        "forward",
        "forward",
    ]
    assert [plan.mode for plan in plans.values()] == modes
    assert all(plan.cost > 0.0 and plan.reason for plan in plans.values())
    assert plans["jvp"].chunk == 8 and "20 directions" in plans["jvp"].reason and "3 sweeps" in plans["jvp"].reason
    assert plans["hessian"].chunk == 16 and plans["few"].chunk == (4, 8) and plans["chunk"].chunk == (2, 4)
    assert "chunk=(2, 4) was asked for" in plans["chunk"].reason


def test_a_plan_with_wrong_arguments_is_refused_as_the_call_is():
    with pytest.raises(ArgumentError, match="missing"):
        ad.grad(wave).plan(np.ones(3))
    with pytest.raises(ArgumentError, match="mode"):
        ad.grad(wave, mode="mixed")


# checkpointed loops


def decay(x, steps, memory):
    """Two numbers and an array through marked steps: 24 bytes of state besides the array."""
    state, slow = x.copy(), 1.0
    for _ in ad.checkpointed(range(steps), memory=memory):
        slow = slow * 0.999 + 0.001 * state[0]
        for i in range(state.size):
            state[i] = state[i] - 0.01 * slow * state[i] * state[i]
    return np.sum(state) * slow


def test_snapshots_and_bytes_of_a_marked_loop_keep_to_the_budget():
    gradient, x = ad.grad(decay, mode="reverse"), np.linspace(0.5, 1.0, 10)
    everything = gradient.plan(x, 400, 10**7)
    assert everything.snapshots == 0 and "400 steps keeps the records" in everything.reason
    tight = gradient.plan(x, 400, 5_000)
    assert tight.snapshots > 1 and tight.bytes - 80 <= 5_000 < everything.bytes and "400 steps stores" in tight.reason
    with pytest.raises(BudgetError):
        gradient.plan(x, 400, 100)
    np.testing.assert_array_equal(x, np.linspace(0.5, 1.0, 10))
    assert ad.vjp(decay).plan((x, 400, 5_000), 1.0).snapshots == tight.snapshots
    assert gradient.plan(VECTOR, types.int64, types.int64).snapshots is None


def test_snapshots_of_a_rollout():
    def euler(i, state, rate):
        return state[0] + 0.1 * state[1], state[1] - 0.1 * rate * state[0]

    roll = ad.rollout(euler, 1000, snapshots=7)
    jacobian = ad.jacobian(lambda rate: roll((1.0, 0.0), rate), mode="reverse")
    assert jacobian.plan(2.0).snapshots == 7
