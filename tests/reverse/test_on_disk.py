"""Marked loops with states on disk: the bits of the run in memory; what is refused; calls from jitted code."""

import contextlib
import math
import os

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.errors import ArgumentError, StoreError, UnsupportedError
from dualad.store import session
from tests.reverse.checkpoint_attacks import RIGHT
from tests.reverse.rollouts import ROLLOUTS, variant
from tests.sampling import name, some

START = np.array([0.4, 0.5, 0.6])


def equal(found, expected):
    return all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("rollout", some([r for r in ROLLOUTS if name(r) != "two_loops"], 16))
def test_every_schedule_gives_the_same_bits(rollout, tmp_path):
    in_memory = ad.grad(variant(rollout.function, "snapshots"), rollout.argnums, mode="reverse")
    on_disk = ad.grad(variant(rollout.function, "disk"), rollout.argnums, mode="reverse")
    for steps in (0, 1, 2, 3, 8, 40, 700):
        expected = in_memory(*rollout.args(steps), 3)
        for snapshots in (1, 2, 5, 30):
            assert equal(on_disk(*rollout.args(steps), (snapshots, str(tmp_path))), expected)
            assert os.listdir(tmp_path) == []


@pytest.mark.full
@pytest.mark.parametrize("rollout", some([r for r in ROLLOUTS if name(r) in ("heat", "inner_loops")], 2))
def test_every_budget_gives_the_same_bits(rollout, tmp_path):
    in_memory = ad.grad(variant(rollout.function, "memory"), rollout.argnums, mode="reverse")
    on_disk = ad.grad(variant(rollout.function, "memory and disk"), rollout.argnums, mode="reverse")
    for steps in (0, 1, 9, 200):
        for memory in (2500, 10**4, 10**7):
            expected = in_memory(*rollout.args(steps), memory)
            assert equal(on_disk(*rollout.args(steps), (memory, str(tmp_path))), expected)


@pytest.mark.parametrize("cost", ["free", "dear"])
@pytest.mark.parametrize("units", [3, 10, 500])
def test_every_cost_of_the_disk_gives_the_same_bits(cost, units, tmp_path, monkeypatch):
    """Where states go depends on what is measured."""
    rollout = next(r for r in ROLLOUTS if name(r) == "heat")
    in_memory = ad.grad(variant(rollout.function, "snapshots"), rollout.argnums, mode="reverse")
    on_disk = ad.grad(variant(rollout.function, "disk"), rollout.argnums, mode="reverse")
    tabulate, tables = session._tabulate, []

    def with_cost(units, memory, disk, write, read, blocks):
        found = tabulate(units, memory, disk, *((0.0, 0.0) if cost == "free" else (1e9, 1e9)), blocks)
        tables.append(found[0])
        return found

    monkeypatch.setattr(session, "_tabulate", with_cost)
    monkeypatch.setattr(session, "UNITS", units)
    expected = in_memory(*rollout.args(300), 2)
    assert equal(on_disk(*rollout.args(300), (2, str(tmp_path))), expected)
    assert tables[-1].any() == (cost == "free")


@pytest.mark.parametrize("function", some(RIGHT, 24))
def test_loops_that_are_hard_to_run_again(function, tmp_path):
    in_memory = ad.grad(variant(function, "snapshots"), mode="reverse")
    on_disk = ad.grad(variant(function, "disk"), mode="reverse")
    try:
        on_disk.prepare(START.copy(), 5, (1, str(tmp_path)))
    except UnsupportedError as error:
        assert "`disk`" in str(error)
        pytest.skip(str(error))  # refused on purpose, which was just asserted: there is no derivative to compare
    for steps in (0, 1, 2, 9):
        expected = in_memory(START.copy(), steps, 2)
        for snapshots in (1, 3):
            assert np.array_equal(on_disk(START.copy(), steps, (snapshots, str(tmp_path))), expected)


def pendulum(x, n, folder):
    for _ in ad.checkpointed(range(n), snapshots=2, disk=folder):
        x = x + 0.1 * np.sin(x)
    return x


def test_inside_jitted_code(tmp_path):
    slope = ad.grad(pendulum, mode="reverse")

    @nb.njit
    def twice(x, folder):
        return 2.0 * slope(x, 30, folder)

    expected = 2.0 * slope(0.3, 30, str(tmp_path))
    assert twice(0.3, str(tmp_path)) == expected
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(StoreError, match="is not empty: 'mine'"):
        twice(0.3, str(tmp_path))


@pytest.mark.full
def test_several_sweeps_one_after_the_other(tmp_path):
    def both(x, folder):
        for _ in ad.checkpointed(range(10), snapshots=2, disk=folder):
            x = x + 0.1 * np.sin(x) * x[0]
        return x

    found = ad.jacobian(both, mode="reverse")(START, str(tmp_path))
    np.testing.assert_allclose(found, ad.jacobian(both, mode="forward")(START, str(tmp_path)), rtol=1e-13)


def test_rollout(tmp_path):
    def step(i, state, rate):
        return state + 0.01 * rate * np.sin(state)

    found = [
        ad.grad(
            lambda rate, roll=ad.rollout(step, 50, snapshots=2, disk=disk): np.sum(roll(START, rate)), mode="reverse"
        )
        for disk in (None, tmp_path / "run")
    ]
    assert found[0](1.5) == found[1](1.5)


def random_before(x, n, folder):
    noise = np.random.normal(0.0, 1.0)
    for _ in ad.checkpointed(range(n), snapshots=2, disk=folder):
        x = x + noise * np.sin(x)
    return x


def two_on_disk(x, n, folder):
    for _ in ad.checkpointed(range(n), snapshots=2, disk=folder):
        x = x + np.sin(x)
    for _ in ad.checkpointed(range(n), snapshots=2, disk=folder + "2"):
        x = x + np.sin(x)
    return x


def ended_by_break(x, n, folder):
    for _ in ad.checkpointed(range(n), snapshots=2, disk=folder):
        x = x + np.sin(x)
        if x > 3.0:
            break
    return x


def endless(x, n, folder):
    for i in ad.checkpointed(disk=folder):
        x = x + np.sin(x)
        if i > n:
            break
    return x


def inside_another(x, n, folder):
    for _ in range(n):
        for _ in ad.checkpointed(range(n), snapshots=2, disk=folder):
            x = x + np.sin(x)
    return x


def around_another(x, n, folder):
    for _ in ad.checkpointed(range(n), snapshots=2, disk=folder):
        for _ in ad.checkpointed(range(n), snapshots=2):
            x = x + np.sin(x)
    return x


def moving_view(x, n, folder):
    table = np.zeros((n, 3)) + x
    row = table[0]
    for i in ad.checkpointed(range(n), snapshots=2, disk=folder):
        x = x + np.sin(row[0])
        row = table[i]
    return x + row[1]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (random_before, "a random number beside a checkpointed loop with `disk`"),
        (two_on_disk, "a second checkpointed loop with `disk`"),
        (ended_by_break, "with `disk` that a `break` may end"),
        (endless, "with `disk` that a `break` may end"),
        (inside_another, "or that has to do with another one"),
        (around_another, "or that has to do with another one"),
        (moving_view, "a part of another array or a view of it"),
    ],
    ids=name,
)
def test_what_cannot_be_resumed_is_refused(function, words, tmp_path):
    with pytest.raises(UnsupportedError, match=words) as found:
        ad.grad(function, mode="reverse")(0.4, 5, str(tmp_path))
    assert "test_on_disk.py, line" in found.value.where


@pytest.mark.parametrize(
    "second",
    [
        lambda f: ad.hvp(f, mode="reverse")(0.4, 5, "folder", 1.0),
        lambda f: ad.hessian(f, mode="reverse")(0.4, 5, "folder"),
        lambda f: ad.jvp(ad.grad(f, mode="reverse"))((0.4, 5, "folder"), (1.0, None, None)),
        lambda f: ad.grad(ad.grad(f, mode="reverse"), mode="reverse")(0.4, 5, "folder"),
    ],
)
def test_second_derivatives_are_refused(second):
    with pytest.raises(UnsupportedError, match="`disk`"):
        second(pendulum)


def test_second_derivatives_by_forward_mode_need_no_folder():
    assert ad.second_derivative(pendulum)(0.4, 5, "folder") == pytest.approx(
        ad.second_derivative(lambda x, n: x)(0.4, 5) + ad.hvp(pendulum, mode="forward")(0.4, 5, "folder", 1.0)
    )
    assert not os.path.exists("folder")


@pytest.mark.parametrize("folder", [3, True, b"x", ""])
def test_a_folder_is_a_text(folder):
    with pytest.raises(ArgumentError, match="`disk` of `checkpointed`"):
        ad.checkpointed(range(3), disk=folder)


def test_an_empty_text_when_running():
    with pytest.raises(StoreError, match="is an empty text"):
        ad.grad(pendulum, mode="reverse")(0.4, 5, "")


def test_threads_of_a_parallel_loop_do_not_wait_for_ever(tmp_path):
    """They are refused; Numba may lose what is raised in its threads (docs/limits.md)."""
    folder = str(tmp_path / "run")

    def sines(y, n):
        for _ in ad.checkpointed(range(n), snapshots=2, disk=folder):
            y = 1.5 * math.sin(y)
        return y

    slope = ad.grad(sines, mode="reverse")

    @nb.njit(parallel=True)
    def several(y):
        for k in nb.prange(y.size):
            y[k] = slope(y[k], 30)
        return y

    with contextlib.suppress(StoreError, SystemError):
        several(np.full(8, 0.5))
    assert slope(0.5, 30) != 0.0
