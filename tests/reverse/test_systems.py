"""Derivatives of simulations with marked loops against differences in extended precision, for several schedules each."""

import numpy as np
import pytest

import dualad as ad
from tests.reverse import extended
from tests.reverse.rollouts import ROLLOUTS, variant
from tests.reverse.systems import SYSTEMS

pytestmark = pytest.mark.skipif(not extended.WIDE, reason="long double is no longer than double here")

STEPS = 13
BY_NAME = {rollout.function.__name__: rollout for rollout in (*SYSTEMS, *ROLLOUTS)}
#: differentiated in every run of the tests; the others when everything is run
ALWAYS = ("pendulum", "random_walk")
NAMES = ("lorenz_numbers", "lorenz_arrays", "heat", "brusselator", "stencil", "inventory", "rnn", "pendulum")
NAMES = (*NAMES, "lotka_volterra", "verlet", "sir", "random_walk")


def marked_full(names, always):
    return [pytest.param(name, marks=[] if name in always else [pytest.mark.full]) for name in names]


@pytest.mark.parametrize("name", marked_full(NAMES, ALWAYS))
def test_gradient_is_that_of_differences_whatever_the_schedule(name):
    rollout = BY_NAME[name]
    unmarked = variant(rollout.function, "unmarked")
    expected = [extended.gradient(unmarked, (*rollout.args(STEPS), 0), at) for at in rollout.argnums]
    size = max(np.max(np.abs(slopes)) for slopes in expected)
    first = None
    for kind, options in (("snapshots", (1, 2, 4, STEPS)), ("memory", (3000, 6000, 10**6))):
        derivative = ad.grad(variant(rollout.function, kind), rollout.argnums, mode="reverse")
        for option in options:
            found = derivative(*rollout.args(STEPS), option)
            for slopes, right in zip(found, expected, strict=True):
                np.testing.assert_allclose(slopes, right, rtol=1e-11, atol=1e-12 * size)
            first = found if first is None else first
            assert all(np.array_equal(a, b) for a, b in zip(found, first, strict=True))


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("sir", 2),
        pytest.param("lotka_volterra", 1, marks=pytest.mark.full),
        pytest.param("verlet", 0, marks=pytest.mark.full),
        pytest.param("lorenz_arrays", 1, marks=pytest.mark.full),
        pytest.param("heat", 0, marks=pytest.mark.full),
        pytest.param("brusselator", 1, marks=pytest.mark.full),
        pytest.param("rnn", 1, marks=pytest.mark.full),
    ],
)
def test_second_derivatives_are_those_of_differences(name, at):
    rollout = BY_NAME[name]
    args = rollout.args(STEPS)
    vector = np.cos(np.arange(args[at].size, dtype=float)).reshape(args[at].shape)
    expected = extended.hessian_times(variant(rollout.function, "unmarked"), (*args, 0), at, vector)
    close = {"rtol": 1e-8, "atol": 1e-9 * np.max(np.abs(expected))}
    product = ad.hvp(rollout.function, at, mode="reverse")
    for snapshots in (1, 3, STEPS):
        np.testing.assert_allclose(product(*rollout.args(STEPS), snapshots, vector), expected, **close)
    hessian = ad.hessian(rollout.function, at, mode="reverse")(*rollout.args(STEPS), 3)
    np.testing.assert_allclose(np.tensordot(hessian, vector, vector.ndim), expected, **close)


@pytest.mark.parametrize("right", [True, False])
def test_differences_see_a_wrong_slope(right):
    """A relative error of 1e-9 in one step of ten is more than they allow."""

    def program(x, wrong):
        for k in range(10):
            x = x + 0.1 * np.sin(x) * (1.0 + (wrong if k == 4 else 0.0))
        return x

    expected = extended.gradient(lambda x: program(x, 0.0), (0.7,), 0)
    found = extended.gradient(program, (0.7, 0.0 if right else 1e-9), 0)
    assert (abs(found - expected) <= 1e-11 * abs(expected)) == right
