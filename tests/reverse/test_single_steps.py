"""Checkpointed loops over arrays that change places: what is stored, when nothing is run again, and that it is right."""

import functools
import re

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.checkpoint.binomial import plain_steps
from dualad.errors import BudgetError
from dualad.reverse import adjoint
from tests.reverse.buffers import OTHERS, SINGLE, edges_are_filled, three_levels, two_buffers
from tests.reverse.judge import plain, spaces
from tests.reverse.rollouts import variant

START = np.array([0.4, 0.7, 0.3, 0.5, 0.6])


@functools.cache
def generated(function, kind):
    kinds = nb.typeof(START), nb.int64, nb.int64
    return adjoint(variant(function, kind), kinds, (0,), with_value=True)


def gradients(function, steps):
    """Values and gradients by plain Python, for several schedules."""
    for kind, options in (("snapshots", (1, 2, 3, 9)), ("memory", (600, 10**6))):
        run = plain(generated(function, kind).function)
        for option in options:
            yield run(START.copy(), steps, option)


def complex_steps(function, steps):
    points = [START + 1e-30j * (np.arange(START.size) == k) for k in range(START.size)]
    return [function(point, steps, 1).imag / 1e-30 for point in points]


@pytest.mark.parametrize("function", [*SINGLE, *OTHERS], ids=lambda function: function.__name__)
def test_every_schedule_gives_the_same_bits_and_is_right(function):
    for steps in (0, 1, 2, 7):
        (value, slopes), *others = gradients(function, steps)
        assert all(np.array_equal(slopes, found) for _, found in others)
        assert value == pytest.approx(function(START.copy(), steps, 1), rel=1e-14)
        np.testing.assert_allclose(slopes, complex_steps(function, steps), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(("function", "state"), (SINGLE | OTHERS).items(), ids=[f.__name__ for f in SINGLE | OTHERS])
def test_what_a_state_consists_of(function, state):
    source = generated(function, "snapshots").source
    arrays = re.findall(r"(\w+)_states(?:_\d)? = (?:np|empty_record|empty_at_\d)\b", source)
    numbers = re.findall(r"states(?:_\d)?\[\w+, \d\] = (\w+)", source)
    assert {re.sub(r"_\d$", "", name) for name in (*arrays, *numbers)} == state
    assert (re.search(r"\bfirst\b", source) is None) == (function in SINGLE)


def test_compiled():
    gradient, expected = ad.grad(variant(three_levels, "snapshots"), mode="reverse"), complex_steps(three_levels, 7)
    for snapshots in (1, 3):
        np.testing.assert_allclose(gradient(START.copy(), 7, snapshots), expected, rtol=1e-11, atol=1e-13)


@pytest.mark.full
@pytest.mark.parametrize("function", [two_buffers, edges_are_filled], ids=lambda function: function.__name__)
def test_second_derivatives(function):
    direction = np.cos(np.arange(5.0))
    found = ad.hvp(variant(function, "snapshots"), mode="reverse")(START.copy(), 7, 2, direction)
    expected = ad.hvp(variant(function, "unmarked"), mode="forward")(START.copy(), 7, 2, direction)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


def steps_run(kind, option, steps=20):
    """How often a step of `two_buffers` is run without its reverse, and bytes of the states."""
    run = plain(generated(two_buffers, kind).function)
    calls, room = [], []

    def empty(shape, dtype=float):
        if dtype is np.int64 or isinstance(
            shape, tuple
        ):  # positions and states, not what the reverse of a step works in
            room.append(np.empty(shape, dtype).nbytes)
        return np.empty(shape, dtype)

    for space in spaces(run):
        space["at_step"] = lambda row, step: calls.append(step) if step >= 0 else None
        space["np"] = type("np", (), {**vars(np), "empty": staticmethod(empty)})
        for name in [name for name in space if re.fullmatch(r"empty_record|empty_at_\d", name)]:
            space[name] = empty
    run(START.copy(), steps, option)
    return len(calls), sum(room)


def test_steps_are_as_few_as_can_be():
    """A state takes 40 bytes, and 8 for where it was stored; each step is run once where all are kept."""
    assert steps_run("snapshots", 19) == (20, 19 * 48)
    assert steps_run("snapshots", 50) == (20, 20 * 48)
    for snapshots in (1, 3, 7):
        assert steps_run("snapshots", snapshots)[0] == plain_steps(20, snapshots) + 1


@pytest.mark.parametrize("memory", [48, 100, 300, 19 * 48, 10**6])
def test_states_do_not_exceed_the_budget(memory):
    steps, room = steps_run("memory", memory)
    assert room <= memory
    assert steps == plain_steps(20, room // 48) + 1


def test_too_small_a_budget_says_what_is_needed():
    with pytest.raises(BudgetError, match="takes 48"):
        steps_run("memory", 47)
    assert steps_run("memory", 1, 1) == (1, 0)


def test_what_comes_out_is_not_written_again():
    def final(x, n):
        u, new = x.copy(), np.zeros_like(x)
        for _ in ad.checkpointed(range(n), snapshots=2):
            for j in range(1, x.size):
                new[j] = u[j] + 0.1 * u[j] * u[j - 1]
            u, new = new, u
        return u

    found = plain(adjoint(final, (nb.typeof(START), nb.int64), (0,), seeded=True).function)(START, 6, np.ones(5))
    np.testing.assert_array_equal(found[0], final(START, 6))


def test_buffers_of_different_lengths_are_refused_when_running():
    def uneven(x, n):
        u, new = x.copy(), np.zeros(x.size + 1)
        for _ in ad.checkpointed(range(n), snapshots=5):
            for j in range(1, x.size):
                new[j] = u[j] + 0.1 * u[j] * u[j - 1]
            u, new = new, u
        return np.sum(u * u)

    with pytest.raises(ValueError, match="changes its shape"):
        plain(adjoint(uneven, (nb.typeof(START), nb.int64), (0,)).function)(START, 6)
