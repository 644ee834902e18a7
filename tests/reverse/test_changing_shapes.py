"""Arrays whose names mean arrays of other shapes as loops go on: in branches, before `break` and `continue`, in `while` loops."""

import functools

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.reverse import adjoint
from tests.reverse.judge import plain
from tests.reverse.random_shapes import check
from tests.reverse.rollouts import complex_steps
from tests.sampling import some

START = np.array([0.4, 0.7, 0.9])


def left_by_a_break(x, n):
    """The arrays that a branch leaves with `break` are those that it changed."""
    u, v = np.zeros((2, x.size), x.dtype), np.zeros((2, x.size), x.dtype)
    u += x
    v += x * x
    m = 0
    while m < n:
        m += 1
        if x[1] < -0.66 and m % 2 == 0:
            break
        v, u = u, v
        for k in range(3):
            if x[k] > 0.5 and u[0, k] < 2.0:
                u, v = v, u
            elif x[k] > 0.3:
                x[k] = u[1, k] * v[0, k]
            else:
                u, v = v, u
    return np.sum(u * u * u) + np.sum(v) * x[1]


def of_two_lengths(x, n):
    u, v, m = x.copy(), np.cos(x[:2]).copy(), 0
    while m < n:
        m += 1
        if x[1] < -0.66 and m % 2 == 0:
            break
        v, u = u, v
        for k in range(m):
            if x[k % 3] > 0.5:
                u, v = v, u
            else:
                x[k % 3] = u[1] * v[0]
    return np.sum(u * u * u) + np.sum(v) * x[1]


def grows_while(x, n):
    u, m = x.copy(), 0
    while m < n:
        u = np.concatenate((u, u[:1] * x[1]))
        m += 1
    return np.sum(u * u * u)


def grows_and_shrinks(x, n):
    u, m = x.copy(), 0
    while True:
        m += 1
        if m > n:
            break
        if m % 2 == 0:
            u = u[:-1] * 2.0
            continue
        u = np.append(u, u[0] * u[1])
        if u.size > 4:
            u = u[1:] * u[0]
    return np.sum(u * u * u)


def skips(x, n):
    u = x.copy()
    for m in range(n):
        if m % 3 == 2:
            continue
        if m % 2 == 0:
            u = np.append(u, u[0] * u[1])
        else:
            u = u[1:] * u[0]
    return np.sum(u * u * u)


def by_its_length(x, n):
    """The number of iterations follows from the array."""
    u = np.ones(n) * x[0]
    while u.size > 1:
        half = u.size // 2
        if u.size % 2 == 0:
            u = u[:half] * u[half:] + x[1]
        else:
            u = np.append(u[:half] + x[2] * u[half:-1], u[-1])
    return np.sum(u)


def first_of_another_length(x, n):
    """What a name means before the loop is not read in it."""
    u, w = x.copy(), x[1:] * x[0]
    for _ in range(n):
        u = w
    return np.sum(u * u)


def copied_over(x, n):
    u, v = x.copy(), np.cos(x[:2])
    for _ in range(n):
        v = u.copy()
    return np.sum(v) * v[0]


def made_in_the_loop(x, n):
    """Of no length that a later iteration knows; read behind the loop."""
    u, w = x.copy(), x.copy()
    for _ in range(2):
        u = np.concatenate((w[:2], w[1:]))
        w = np.append(w, w[0] * w[-1])
    return np.sum(u * u)


def change_places(x, n):
    u, v, total, k = x.copy(), np.cos(x[:2]), 0.0 * x[0], 0
    while k < n:
        k += 1
        total += x[-1] * x[0]
        v, u = u, v
    return total + np.sum(u * u) + np.sum(v) * v[0]


def one_of_them_is_new(x, n):
    u, v, w = x.copy(), np.cos(x[:2]), x[1:] * x[0]
    k = 0
    while k < n:
        k += 1
        u, w = w, u
        v = np.concatenate((v, v[:1]))
        w = v.copy()
    return np.sum(u * u)


PROGRAMS = [left_by_a_break, of_two_lengths, grows_while, grows_and_shrinks, skips, by_its_length]
PROGRAMS += [first_of_another_length, copied_over, made_in_the_loop, change_places, one_of_them_is_new]


@functools.cache
def expected(function, n):
    return complex_steps(function, START, n)


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_run_by_plain_python(function):
    """Which does not read or write beyond the end of an array."""
    found = adjoint(function, (nb.typeof(START), nb.int64), (0,)).function
    for n in range(8):
        np.testing.assert_allclose(plain(found)(START.copy(), n)[1], expected(function, n), rtol=1e-11)


@pytest.mark.parametrize("function", some([left_by_a_break, grows_while, first_of_another_length], 3))
def test_compiled(function):
    gradient = ad.grad(function, mode="reverse")
    for n in range(8):
        np.testing.assert_allclose(gradient(START.copy(), n), expected(function, n), rtol=1e-11)


@pytest.mark.parametrize(("seeds", "least"), [(range(4), 1), pytest.param(range(25), 15, marks=pytest.mark.full)])
def test_random_programs(seeds, least):
    found = [check(seed) for seed in seeds]
    assert found.count("right") > least


@pytest.mark.full
@pytest.mark.parametrize("first", range(1000, 1400, 50))
def test_many_random_programs(first):
    for seed in range(first, first + 50):
        check(seed)
