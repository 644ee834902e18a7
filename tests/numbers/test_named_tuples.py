"""NamedTuples made inside a function, of values that carry derivatives only once all of it is known."""

from typing import NamedTuple

import numba
import numpy as np

import dualad as ad
from tests.compare import assert_close

X = np.array([1.0, 2.0, 3.0])


class Point(NamedTuple):
    a: float
    b: float


class State(NamedTuple):
    level: float
    history: np.ndarray


def from_an_accumulator(x):
    total = 0.0
    for v in x:
        total += v * v
    point = Point(total, 1.0)
    return point.a * point.a * point.b


def beside_an_array(x):
    total = 0.0
    for v in x:
        total += v * v
    state = State(total, x)
    return state.level * state.history[0]


def from_two_branches(x):
    if x[0] > 0.0:
        point = Point(x[0], 1.0)
    else:
        point = Point(2.0, x[1])
    return point.a * point.b


def carried_by_a_loop(x):
    state = Point(0.0, 1.0)
    for v in x:
        state = Point(state.a + v * state.b, state.b * 0.5)
    return state.a * state.b


def test_members_that_start_as_literals():
    assert_close(ad.grad(from_an_accumulator)(X), 4.0 * 14.0 * X, 1e-15)
    assert_close(ad.grad(beside_an_array)(X), 2.0 * X * X[0] + np.array([14.0, 0.0, 0.0]), 1e-15)
    assert_close(ad.grad(carried_by_a_loop)(X), np.array([1.0, 0.5, 0.25]) / 8.0, 1e-15)
    assert_close(ad.hessian(from_an_accumulator)(X), 8.0 * np.outer(X, X) + 56.0 * np.eye(3), 1e-15)


def test_branches_that_make_other_members_active():
    assert_close(ad.grad(from_two_branches)(X), np.array([1.0, 0.0, 0.0]), 0.0)
    assert_close(ad.grad(from_two_branches)(-X), np.array([0.0, 2.0, 0.0]), 0.0)


def test_classes_stay_apart_without_derivatives():
    """The patch of Numba has no effect on plain NamedTuples: Numba's own verdict stays."""
    ad.grad(from_two_branches).prepare(X)

    @numba.njit
    def plain(flag):
        if flag:
            point = Point(1, 2.0)
        else:
            point = Point(1.0, 2.0)
        return point.a

    try:
        plain(True)
    except numba.core.errors.TypingError as refusal:
        assert "Cannot unify" in str(refusal)
    else:
        raise AssertionError("Numba unifies NamedTuples itself: the patch can go")
