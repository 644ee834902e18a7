"""`checkpointed` and `rollout`: ranges everywhere but in reverse mode, and options that are checked."""

import math
from typing import NamedTuple

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.errors import ArgumentError, UnsupportedError


class Layer(NamedTuple):
    """A state of a number and an array."""

    x: float
    h: np.ndarray


def layer(i, state, w):
    h = np.tanh(np.dot(w, state.h) + state.x)
    return Layer(state.x * 0.9 + h[i % 2], h)


def in_place(i, u, a):
    for j in range(1, u.size):
        u[j] += a * math.sin(u[j - 1])
    return u


def new_array(i, u, a):
    new = np.empty_like(u)
    new[0] = u[0]
    for j in range(1, u.size):
        new[j] = u[j] + a * math.sin(u[j - 1]) * i
    return new


def number(i, y, a):
    return y + a * math.sin(y + i)


@nb.njit
def euler(i, state, rate, dt):
    return state[0] + dt * state[1], state[1] - dt * rate * state[0]


def test_a_marked_range_is_the_range():
    assert ad.checkpointed(range(2, 9, 3), snapshots=2) == range(2, 9, 3)
    assert ad.checkpointed(range(4), memory="1kB") == range(4)

    @nb.njit
    def total(n):
        found = 0
        for i in ad.checkpointed(range(2, n), memory="500MB"):
            found += i
        return found

    assert total(7) == sum(range(2, 7))


def test_forward_mode_ignores_the_mark():
    def end(x, n):
        for i in ad.checkpointed(range(n), snapshots=1):
            x = x * math.cos(x + i)
            if x > 10.0:
                break
        return x

    def plain(x, n):
        for i in range(n):
            x = x * math.cos(x + i)
            if x > 10.0:
                break
        return x

    assert ad.derivative(end)(0.4, 6) == ad.derivative(plain)(0.4, 6)
    assert ad.second_derivative(end)(0.4, 6) == ad.second_derivative(plain)(0.4, 6)


def test_a_marked_range_may_be_used_as_any_range():
    def end(x, n):
        for k, i in enumerate(ad.checkpointed(range(n), snapshots=2)):
            x = x * math.cos(x + i * k)
        return x

    assert ad.grad(end, mode="reverse")(0.4, 5) == pytest.approx(ad.derivative(end)(0.4, 5), rel=1e-13)


BAD = [
    ({"snapshots": 0}, "at least 1"),
    ({"snapshots": 2.5}, "whole number"),
    ({"snapshots": 3, "memory": 1000}, "not both"),
    ({"memory": "much"}, "500MB"),
    ({"memory": 0}, "number of bytes"),
    ({"disk": 3}, "disk"),
    ({"disk": ""}, "disk"),
    ({"progress": 1}, "progress"),
]


@pytest.mark.parametrize(("options", "words"), BAD, ids=str)
def test_bad_options(options, words):
    with pytest.raises(ArgumentError, match=words):
        ad.checkpointed(range(3), **options)
    given = ", ".join(f"{name}={value!r}" for name, value in options.items())
    space = {"ad": ad}
    exec(f"def f(x):\n    for i in ad.checkpointed(range(3), {given}):\n        x = x * x\n    return x\n", space)
    with pytest.raises(ArgumentError, match=words):
        ad.grad(space["f"], mode="reverse")(0.5)


def test_what_is_no_range():
    with pytest.raises(ArgumentError, match="a loop over a range"):
        ad.checkpointed([1, 2])
    with pytest.raises(ArgumentError, match="function of one step"):
        ad.rollout(3, 4)
    with pytest.raises(ArgumentError, match="at least 0"):
        ad.rollout(euler, -1)
    with pytest.raises(ArgumentError, match="500MB"):
        ad.rollout(euler, 3, memory="1 byte or two")


def test_a_range_from_another_function_is_refused():
    @nb.njit
    def marked(steps):
        return ad.checkpointed(steps, snapshots=2)

    def end(x, n):
        for _ in marked(range(n)):
            x = x * x
        return x

    with pytest.raises(UnsupportedError, match="another function"):
        ad.grad(end, mode="reverse")(0.5, 3)


@pytest.mark.parametrize("text", ["1000", "1kB", "1 KB", "0.001MB", "1000 B", "1e3"])
def test_texts_of_memory(text):
    if text == "1e3":
        with pytest.raises(ArgumentError):
            ad.rollout(number, 3, memory=text)
        return
    assert ad.rollout(number, 3, memory=text)(0.3, 0.1) == ad.rollout(number, 3)(0.3, 0.1)


@pytest.mark.parametrize("step", [in_place, pytest.param(new_array, marks=pytest.mark.full)], ids=lambda f: f.__name__)
def test_rollout_of_an_array(step):
    u = np.array([0.3, 0.4, 0.5])
    roll = ad.rollout(step, 6, snapshots=2)

    def loss(u, a):
        return np.sum(roll(u, a) ** 2)

    found, expected = (ad.grad(loss, (0, 1), mode=mode)(u.copy(), 0.2) for mode in ("reverse", "forward"))
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-13)
    assert found[1] == pytest.approx(expected[1], rel=1e-13)
    curved = [ad.hvp(loss, mode=mode)(u.copy(), 0.2, np.ones(3)) for mode in ("reverse", "forward")]
    np.testing.assert_allclose(curved[0], curved[1], rtol=1e-12)


@pytest.mark.full
def test_rollout_of_numbers_and_tuples():
    roll = ad.rollout(number, 9, snapshots=3)
    assert roll(0.3, 0.1) == roll.py_func(0.3, 0.1)
    assert ad.grad(roll, (0, 1), mode="reverse")(0.3, 0.1) == pytest.approx(
        ad.grad(roll, (0, 1), mode="forward")(0.3, 0.1)
    )
    pair = ad.rollout(euler, 50, memory="300")
    state, rate, dt = (1.0, 0.0), 2.0, 0.1
    np.testing.assert_allclose(
        ad.jacobian(pair, 1, mode="reverse")(state, rate, dt),
        ad.jacobian(pair, 1, mode="forward")(state, rate, dt),
        rtol=1e-12,
    )
    assert ad.rollout(euler, 0)(state, rate, dt) == state


@pytest.mark.full
def test_rollout_of_a_named_tuple():
    roll = ad.rollout(layer, 9, memory=2000)

    def loss(w, x):
        last = roll(Layer(x, x * np.ones(2)), w)
        return last.x**2 + np.sum(last.h)

    w = np.array([[0.1, 0.2], [0.3, -0.4]])
    found, expected = (ad.grad(loss, (0, 1), mode=mode)(w, 0.5) for mode in ("reverse", "forward"))
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-13)
    assert found[1] == pytest.approx(expected[1], rel=1e-13)
