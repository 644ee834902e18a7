"""Lists of arrays in reverse mode: reached through the list alone, or not written any more; everything else is refused."""

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.reverse import adjoint
from tests.reverse.judge import compiled, plain

V = np.array([0.5, -0.3, 1.2])


def gradient(function, *args, argnums=(0,), jitted=False):
    made = adjoint(function, tuple(map(nb.typeof, args)), argnums, with_value=False)
    return (compiled(made.function) if jitted else plain(made.function))(*args)


def check(function, v, *rest, jitted=False):
    """Against the complex step."""
    expected = [np.imag(function(v + 1e-100j * unit, *rest)) / 1e-100 for unit in np.eye(v.size)]
    (found,) = gradient(function, v.copy(), *rest, jitted=jitted)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def literal_with_views(v, n):
    parts = [v, v * v, v[::-1] * 1.0, v]
    s = 0.0 * v[0]
    for k in range(len(parts)):
        for j in range(v.size):
            s += parts[k][j] * parts[k - 1][-1] * (k + 1)
    return s + v[0]


def trajectory(v, n):
    states = []
    u = v * 1.0
    for k in range(n):
        states.append(u)
        u = u * v + 0.1 * k
    s = 0.0 * v[0]
    for k in range(n):
        s += states[k].sum() * states[n - 1 - k][1]
    return s


def trajectory_of_copies(v, n):
    u = v.copy()
    states = [u.copy()]
    for _ in range(n):
        for j in range(u.size):
            u[j] = u[j] * u[j - 1] + v[j]
        states.append(u.copy())
    return (states[n] * states[n // 2]).sum() + states[0][1] * u[0]


def buffers(v, n):
    rows = [np.zeros_like(v) for _ in range(n)]
    for k in range(n):
        row = rows[k]
        row[0] = v[k % 3]
        row[1:] = v[1:] * k
        rows[k - 1][2] += row[0] * v[2]
        row *= v
    return (rows[0] * rows[n - 1]).sum() + rows[1][2]


def recorded_and_taken_back(v, n):
    record = []
    u = v * 1.0
    for _ in range(n):
        record.append(u)
        u = u * u[0] + v
    s = u.sum()
    while len(record) > 0:
        w = record.pop()
        s = s * w[1] + w[0] * w[2]
    return s


def list_in_a_loop(v, n):
    s = v[0]
    for k in range(n):
        pair = [v * s]
        if k % 2 == 0:
            pair.append(v + s)
        s = pair[0][1] * pair[-1][2] + 0.1 * s
    return s


def inactive_members(v, n):
    fixed = np.ones(3)
    parts = [fixed, v]
    parts.append(fixed * 2.0)
    return (parts[0] * parts[1] * parts[2]).sum()


PROGRAMS = [
    literal_with_views,
    trajectory,
    trajectory_of_copies,
    recorded_and_taken_back,
    list_in_a_loop,
    inactive_members,
]


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_slope(function):
    check(function, V, 4)


def test_buffers():
    """Compared with differences, as plain Python gives the buffers the type of the argument."""
    (found,) = gradient(buffers, V, 4)
    h = 1e-6
    expected = [(buffers(V + h * e, 4) - buffers(V - h * e, 4)) / (2 * h) for e in np.eye(3)]
    np.testing.assert_allclose(found, expected, rtol=1e-8)


@pytest.mark.parametrize("function", [trajectory_of_copies, recorded_and_taken_back], ids=lambda f: f.__name__)
def test_compiled(function):
    check(function, V, 4, jitted=True)


@pytest.mark.full
@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_all_compiled(function):
    check(function, V, 4, jitted=True)


def written_by_its_own_name(v):
    u = v * 1.0
    parts = [u]
    u[0] = v[1] * v[1]
    return parts[0][0] + u[1]


def written_through_the_list(v):
    u = v * 1.0
    parts = [u]
    parts[0][0] = v[1] * v[1]
    return u[0]


def the_same_array_twice(v):
    u = v * 1.0
    parts = [u, u]
    parts[0][0] = v[1]
    return parts[1][0]


def in_place_trajectory(v):
    u = v * 1.0
    parts = []
    for k in range(3):
        parts.append(u)
        u[k] = u[k] * u[0]
    return parts[0].sum()


def element_used_before_the_list_grows(v):
    parts = [v * 1.0]
    last = parts[-1]
    parts.append(v * v)
    return last[0] + parts[-1][1]


def replaced(v):
    parts = [v, v * v]
    parts[0] = v + 1.0
    return parts[0][0]


def reversed_order(v):
    parts = [v, v * v]
    parts.reverse()
    return parts[0][0]


def sliced(v):
    parts = [v, v * v]
    return parts[1:][0][0]


REFUSED = [
    (written_by_its_own_name, "written after it was put into a list"),
    (written_through_the_list, "written after it was put into a list"),
    (the_same_array_twice, "written after it was put into a list"),
    (in_place_trajectory, "written after it was put into a list"),
    (element_used_before_the_list_grows, "changes its length after an element was used"),
    (replaced, "in this operation"),
    (reversed_order, "in this operation"),
    (sliced, "in this operation"),
]


@pytest.mark.parametrize("function, message", REFUSED, ids=lambda f: getattr(f, "__name__", ""))
def test_refused(function, message):
    with pytest.raises(ad.errors.UnsupportedError, match=message):
        gradient(function, V)


def test_inactive_list_is_read_in_its_state_at_the_time():
    def function(x, v):
        tables = [v, v * 2.0]
        s = 1.0
        for k in range(3):
            s = s * x * tables[-1][k]
            tables.append(v * (k + 3))
        return s

    # x**3 * 2 v0 * 3 v1 * 4 v2
    (found,) = gradient(function, 0.7, V)
    assert abs(found - 3 * 0.49 * 24 * V.prod()) < 1e-14


def test_inactive_list_of_numbers_of_changing_length():
    def function(x):
        sizes = [1.0]
        s = 1.0
        for k in range(4):
            s = s * x * len(sizes) * sizes[-1]
            if k < 2:
                sizes.append(2.0)
        return s

    # lengths 1, 2, 3, 3; last elements 1, 2, 2, 2
    (found,) = gradient(function, 0.5)
    assert abs(found - 4 * 0.125 * 18 * 8) < 1e-12
