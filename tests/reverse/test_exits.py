"""Checkpointed loops whose length is not known before, and such loops in loops: right, with the same bits for all schedules."""

import math

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.checkpoint import online
from dualad.checkpoint.binomial import plain_steps
from dualad.checkpoint.replay import replay
from dualad.errors import BudgetError
from tests.reverse.checkpoint_exits import EXITS, NESTED, adaptive_steps, endless, marked_in_a_marked, may_break
from tests.reverse.rollouts import variant
from tests.reverse.test_checkpointed import START, counted
from tests.sampling import some

PROGRAMS = [*EXITS, *NESTED]


def gradient(function, kind, mode="reverse"):
    return ad.grad(variant(function, kind), mode=mode)


@pytest.mark.parametrize("function", some(PROGRAMS, 10))
def test_compiled(function):
    unmarked, forward = gradient(function, "unmarked"), gradient(function, "snapshots", "forward")
    marked = [(gradient(function, "snapshots"), option) for option in (1, 2, 4, 30)]
    marked += [(gradient(function, "memory"), option) for option in (2000, 10**5)]
    for steps in (0, 1, 2, 5, 9):
        expected = unmarked(START.copy(), steps, 0)
        np.testing.assert_allclose(expected, forward(START.copy(), steps, 1), rtol=1e-10, atol=1e-12)
        for found, option in marked:
            assert np.array_equal(found(START.copy(), steps, option), expected)


@pytest.mark.parametrize("function", some(PROGRAMS, 2))
def test_run_by_plain_python(function):
    for steps in (0, 1, 2, 5, 9, 14):
        expected, _, _ = counted(variant(function, "unmarked"), (START.copy(), steps, 0), (0,))
        for kind, options in (("snapshots", (1, 2, 4, 30)), ("memory", (2000, 10**5)), ("default", (0,))):
            for option in options:
                found, _, _ = counted(variant(function, kind), (START.copy(), steps, option), (0,))
                assert np.array_equal(found[0], expected[0])


def test_a_counter_that_goes_on_without_a_derivative():
    value = endless(START.copy(), 6, 1)
    assert nb.njit(endless)(START.copy(), 6, 1) == value
    assert ad.value_and_grad(endless, mode="reverse")(START.copy(), 6, 1)[0] == value
    with pytest.raises(StopIteration):
        next(iter(ad.checkpointed(range(0))))


# -- counts and bytes


def sines_until(x, n, option):
    for i in ad.checkpointed(snapshots=option):
        if i >= n:
            break
        x = 1.5 * math.sin(x)
    return x


@pytest.mark.parametrize("steps", [1, 2, 5, 40, 150])
def test_steps_are_those_of_the_online_schedule(steps):
    """The step that breaks is run twice, and calls no sine."""
    for snapshots in (1, 2, 3, 8, 20):
        _, calls, _ = counted(sines_until, (0.3, steps, snapshots), (0,))
        expected = replay(online.schedule(steps + 1, snapshots), steps + 1, snapshots)
        assert calls == expected.plain - 1 + steps


def test_steps_of_a_loop_in_a_loop():
    """Each step of the outer loop runs its inner loop without records as often as it is run so itself, else binomially."""

    def nested(x, n, option):
        for _ in ad.checkpointed(range(6), snapshots=2):
            for _ in ad.checkpointed(range(n), snapshots=option):
                x = 1.5 * math.sin(x)
        return x

    for steps, snapshots in ((1, 1), (4, 1), (9, 2), (9, 9)):
        _, calls, _ = counted(nested, (0.3, steps, snapshots), (0,))
        assert calls == plain_steps(6, 2) * steps + 6 * (plain_steps(steps, snapshots) + steps)


@pytest.mark.parametrize("memory", [100, 200, 1000, 10**5])
def test_store_does_not_exceed_the_budget(memory):
    function = variant(sines_until, "memory")
    for steps in (0, 1, 5, 50, 300):
        slope, _, room = counted(function, (0.3, steps, memory), (0,))
        assert room <= memory
        assert slope == counted(variant(sines_until, "unmarked"), (0.3, steps, 0), (0,))[0]


def test_too_small_a_budget_says_what_is_needed():
    with pytest.raises(BudgetError, match="allow at least"):
        gradient(sines_until, "memory")(0.3, 5, 20)


def test_a_million_steps_in_little_memory():
    slope = gradient(sines_until, "memory")(0.3, 10**6, 4000)
    assert slope == gradient(sines_until, "unmarked")(0.3, 10**6, 0)


# -- second order, results


@pytest.mark.full
@pytest.mark.parametrize("function", [adaptive_steps, may_break, marked_in_a_marked])
def test_hessian_vector_product(function):
    v = np.array([0.3, -1.0, 0.7])
    expected = ad.hvp(variant(function, "unmarked"), mode="forward")(START.copy(), 7, 0, v)
    found = ad.hvp(variant(function, "snapshots"), mode="reverse")(START.copy(), 7, 2, v)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.full
def test_results_that_are_states():
    def states(x, n):
        u, v, y = x.copy(), np.zeros(3), x[0]
        for i in ad.checkpointed(snapshots=2):
            x[i % 3] = x[i % 3] * 0.9 + math.sin(u[0] * y)
            for j in range(3):
                v[j] = u[j] * x[j]
            if i > n:
                break
            y = y * 0.5 + v[1]
            u, v = v, u
        return x, u, y

    found = ad.value_and_jacobian(states, mode="reverse")(START.copy(), 7)
    expected = ad.value_and_jacobian(states, mode="forward")(START.copy(), 7)
    for a, b in zip((*found[0], *found[1]), (*expected[0], *expected[1]), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)


def test_a_failing_step_inside_a_nested_loop_is_the_users_error():
    def fails(x, n):
        y = x[0]
        for _ in ad.checkpointed(range(2)):
            for i in ad.checkpointed(range(n)):
                if i == 3:
                    raise ValueError("no further")
                y = math.sin(y)
        return y

    with pytest.raises(ValueError, match="no further"):
        ad.grad(fails, mode="reverse")(START.copy(), 5)
    assert ad.grad(fails, mode="reverse")(START.copy(), 2)[0] != 0.0
