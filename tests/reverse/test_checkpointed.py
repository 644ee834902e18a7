"""Marked loops in reverse mode: the gradient of the program without marks, bit for bit, within what was allowed."""

import functools
import math
import random
import types

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.checkpoint.binomial import plain_steps
from dualad.errors import ArgumentError, BudgetError, UnsupportedError
from dualad.reverse import adjoint
from tests.reverse.checkpoint_attacks import REFUSED, RIGHT, changes_its_shape, whole_arrays_change_places
from tests.reverse.judge import plain, spaces
from tests.reverse.marked import compare
from tests.reverse.programs import generate
from tests.reverse.rollouts import ROLLOUTS, lorenz_numbers, stencil, variant
from tests.sampling import some

BY_NAME = {rollout.function.__name__: rollout for rollout in ROLLOUTS}
START = np.array([0.4, 0.5, 0.6])


def name(thing):
    return getattr(thing, "function", thing).__name__


def gradient(rollout, kind, mode="reverse"):
    return ad.grad(variant(rollout.function, kind), rollout.argnums, mode=mode)


def equal(found, expected):
    return all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("rollout", some(ROLLOUTS, 4, first=1))
def test_every_schedule_gives_the_same_bits(rollout):
    default, within = gradient(rollout, "default"), gradient(rollout, "snapshots")
    for steps in (0, 1, 2, 7, 23):
        expected = default(*rollout.args(steps), 0)
        for snapshots in (1, 2, 3, 10, 23, 50):
            assert equal(within(*rollout.args(steps), snapshots), expected)


@pytest.mark.parametrize("rollout", some(ROLLOUTS, 6))
def test_every_budget_gives_the_same_bits(rollout):
    default, within = gradient(rollout, "default"), gradient(rollout, "memory")
    for steps in (0, 1, 2, 7, 23):
        expected = default(*rollout.args(steps), 0)
        for memory in (2500, 4000, 10**6):
            assert equal(within(*rollout.args(steps), memory), expected)


@pytest.mark.parametrize("rollout", some(ROLLOUTS, 6))
def test_gradient_is_that_of_forward_mode(rollout):
    args = (*rollout.args(9), 2)
    for found, expected in zip(
        gradient(rollout, "snapshots")(*args), gradient(rollout, "snapshots", "forward")(*args), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11 * np.max(np.abs(expected)))


def test_gradient_is_that_of_complex_steps():
    args = (1.0, 2.0, 3.0, 10.0, 28.0, 8.0 / 3.0, 0.01, 50, 3)
    found = gradient(BY_NAME["lorenz_numbers"], "snapshots")(*args)
    for k, slope in enumerate(found):
        moved = [a + 1e-30j if i == k else a for i, a in enumerate(args)]
        assert slope == pytest.approx(lorenz_by_python(*moved).imag / 1e-30, rel=1e-12)


lorenz_by_python = variant.__wrapped__(lorenz_numbers, "unmarked")  # one that may be changed
lorenz_by_python.__globals__["lorenz"] = lorenz_by_python.__globals__["lorenz"].py_func


@pytest.mark.parametrize("function", some(RIGHT, 8, first=3))
def test_loops_that_are_hard_to_run_again(function):
    make = ad.grad
    unmarked = make(variant(function, "unmarked"), mode="reverse")
    marked = [(make(variant(function, "snapshots"), mode="reverse"), option) for option in (1, 3)]
    marked.append((make(variant(function, "memory"), mode="reverse"), 1500))
    for steps in (0, 1, 2, 5, 8):
        expected = unmarked(START.copy(), steps, 0)
        for found, option in marked:
            assert np.array_equal(found(START.copy(), steps, option), expected)


def test_contents_of_arrays_that_change_places_are_kept():
    """What one step read is overwritten, through the other name, by the next."""
    unmarked = variant(whole_arrays_change_places, "unmarked")
    found, expected = (ad.grad(unmarked, mode=mode)(START.copy(), 4, 0) for mode in ("reverse", "forward"))
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize(("function", "words"), REFUSED, ids=lambda part: getattr(part, "__name__", ""))
def test_what_cannot_be_run_again_is_refused(function, words):
    with pytest.raises(UnsupportedError, match=words) as found:
        ad.grad(function, mode="reverse")(START.copy(), 3, 2)
    assert "checkpoint_attacks.py, line" in found.value.where


def test_an_array_that_changes_its_shape_is_refused_when_running():
    with pytest.raises(ValueError, match="changes its shape"):
        ad.grad(changes_its_shape, mode="reverse")(START.copy(), 5, 2)


@pytest.mark.parametrize(
    ("seeds", "least"),
    [
        ((*range(4), 395, 838), 1),
        pytest.param((*range(12), 395, 838), 4, marks=pytest.mark.full),
        pytest.param(range(12, 24), 4, marks=pytest.mark.full),
    ],
)
def test_random_programs(seeds, least):
    """Programs with marks on all loops that can have one: the same bits, whatever the schedule."""
    verdicts = [compare(generate(random.Random(seed))) for seed in seeds]
    assert [v.detail for v in verdicts if v.kind == "other"] == []
    assert sum(v.kind == "same" for v in verdicts) > least


# -- counts and bytes


@functools.cache
def generated(function, kinds, argnums):
    return adjoint(function, kinds, argnums, with_value=False).function


def counted(function, args, argnums):
    """Run an adjoint by plain Python: its result, how often it called `math.sin`, and the bytes that it made room for."""
    run = plain(generated(function, tuple(nb.typeof(a) for a in args), argnums))
    calls, room = [], []

    def empty(shape, dtype=float):
        found = np.empty(shape, dtype)
        room.append(found.nbytes)
        return found

    counting = types.SimpleNamespace(sin=lambda x: calls.append(x) or math.sin(x), cos=math.cos)
    arrays = types.SimpleNamespace(**vars(np) | {"empty": empty, "arange": lambda n: empty(n, int) * 0 + np.arange(n)})
    for space in spaces(run):
        space |= {"empty_record": empty, "math": counting, "np": arrays}
    return run(*args), len(calls), sum(room)


def sines(x, steps, option):
    for _ in ad.checkpointed(range(steps), snapshots=option):
        x = 1.5 * math.sin(x)
    return x


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7, 10, 20, 33, 60, 100])
def test_plain_steps_are_as_few_as_can_be(steps):
    for snapshots in (*range(1, 9), 20):
        _, calls, _ = counted(sines, (0.3, steps, snapshots), (0,))
        assert calls - steps == plain_steps(steps, snapshots)


@pytest.mark.parametrize("memory", [60, 100, 200, 1000, 10**5])
def test_store_does_not_exceed_the_budget(memory):
    function = variant(sines, "memory")
    for steps in (1, 5, 50, 300):
        slope, _, room = counted(function, (0.3, steps, memory), (0,))
        assert room <= memory
        assert slope == counted(variant(sines, "unmarked"), (0.3, steps, 0), (0,))[0]


def test_store_of_arrays_does_not_exceed_the_budget():
    x = BY_NAME["stencil"].args(1)[0]
    for memory in (300, 1000, 4000):
        _, _, room = counted(scattered, (x.copy(), 40, memory), (0,))
        assert room <= memory


def test_a_step_takes_the_time_of_its_inner_loops():
    """Long inner loops: the fewest plain steps that the budget allows, however long it takes to store and load."""
    x = np.linspace(0.1, 0.9, 400)
    _, calls, room = counted(scattered, (x, 40, 10_000), (0,))
    assert room <= 10_000
    assert calls == (x.size - 2) * (40 + plain_steps(40, 2))


def scattered(x, steps, option):
    for _ in ad.checkpointed(range(steps), memory=option):
        for i in range(1, x.size - 1):
            x[i] = x[i] + 0.1 * math.sin(x[i - 1] - 2.0 * x[i] + x[i + 1])
    return x[3] * x[4]


def test_too_small_a_budget_says_what_is_needed():
    within = gradient(BY_NAME["stencil"], "memory")
    with pytest.raises(BudgetError, match="allow at least 120 bytes"):
        within(*BY_NAME["stencil"].args(10), 50)


def test_numbers_known_when_running_are_checked():
    rollout = BY_NAME["stencil"]
    with pytest.raises(ArgumentError, match="snapshots"):
        gradient(rollout, "snapshots")(*rollout.args(5), 0)
    with pytest.raises(ArgumentError, match="memory"):
        gradient(rollout, "memory")(*rollout.args(5), -1)


# -- values, results, second order


def test_value_and_gradient():
    rollout = BY_NAME["used_all_over"]
    value, slopes = ad.value_and_grad(rollout.function, rollout.argnums, mode="reverse")(*rollout.args(9), 2)
    assert value == nb.njit(rollout.function)(*rollout.args(9), 2)
    assert equal(slopes, gradient(rollout, "unmarked")(*rollout.args(9), 0))


@pytest.mark.full
def test_results_that_are_states():
    def states(x, n):
        u, v, y = x.copy(), np.zeros(3), x[0]
        for i in ad.checkpointed(range(n), snapshots=2):
            x[i % 3] = x[i % 3] * 0.9 + math.sin(u[0] * y)
            for j in range(3):
                v[j] = u[j] * x[j]
            y = y * 0.5 + v[1]
            u, v = v, u
        return x, u, y

    found = ad.value_and_jacobian(states, mode="reverse")(START.copy(), 7)
    expected = ad.value_and_jacobian(states, mode="forward")(START.copy(), 7)
    for a, b in zip((*found[0], *found[1]), (*expected[0], *expected[1]), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)


@pytest.mark.full
def test_a_result_that_each_step_fills_anew():
    """It is no part of the state, and yet the steps that are run again write it."""

    def last(x, n):
        y = np.zeros(3)
        s = x[0]
        for i in ad.checkpointed(range(n), snapshots=1):
            y[:] = math.sin(s) * (i + 1.0)
            s = s * 0.9 + y[1] * x[2]
        return y

    value, jacobian = ad.value_and_jacobian(last, mode="reverse")(START.copy(), 5)
    expected, slopes = ad.value_and_jacobian(last, mode="forward")(START.copy(), 5)
    np.testing.assert_array_equal(value, expected)
    np.testing.assert_allclose(jacobian, slopes, rtol=1e-13, atol=1e-15)


def test_output_argument():
    def into(x, out, n):
        out[:] = x
        for _ in ad.checkpointed(range(n), snapshots=2):
            out[0] = out[0] * 0.9 + math.sin(out[1] * x[2])
            out[1] = out[1] * out[0]

    found = ad.jacobian(into, mode="reverse", out_argnums=1)(START, np.zeros(3), 6)
    np.testing.assert_allclose(
        found, ad.jacobian(into, mode="forward", out_argnums=1)(START, np.zeros(3), 6), rtol=1e-13
    )


@pytest.mark.full
@pytest.mark.parametrize(
    "which", ["stencil", *(pytest.param(w, marks=pytest.mark.full) for w in ("heat", "used_all_over", "inventory"))]
)
def test_hessian_vector_product(which):
    rollout = BY_NAME[which]
    at = rollout.argnums[0]
    args = rollout.args(7)
    v = np.cos(np.arange(np.size(args[at]))) if np.ndim(args[at]) else 1.0
    expected = ad.hvp(variant(rollout.function, "unmarked"), at, mode="forward")(*args, 0, v)
    for kind, option in (("snapshots", 2), ("memory", 2500)):
        found = ad.hvp(variant(rollout.function, kind), at, mode="reverse")(*rollout.args(7), option, v)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def test_inside_jitted_code():
    slope = ad.grad(sines, mode="reverse")

    @nb.njit
    def steepest(x):
        return max(slope(x, 5, 2), slope(2.0 * x, 5, 3))

    assert steepest(0.3) == max(slope(0.3, 5, 1), slope(0.6, 5, 1))


def test_an_unmarked_loop_is_as_before():
    source = ad.grad(variant(stencil, "unmarked"), mode="reverse").source(*BY_NAME["stencil"].args(3), 0)
    assert "block" not in source
