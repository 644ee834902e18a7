"""Programs meant to break an adjoint: memory of several names, and values overwritten before the reverse sweep asks."""

import math

import numba as nb
import numpy as np

from tests.scenarios.corpus import attack

V3 = np.array([0.3, -1.2, 2.5])
V4 = np.array([0.3, -1.2, 2.5, 0.7])
M23 = np.array([[0.3, -1.2, 2.5], [0.75, -0.4, 1.1]])


# -- one memory, several names


@attack(V3, reference=lambda x: np.array([4.0 * x[0], 0.0, 1.0]), full=True)
def write_through_an_alias(x):
    z = x
    z[1] = z[0] * 2.0
    return x[1] * x[0] + z[2]


@attack(M23, full=True)
def row_kept_across_writes(y):
    row = y[0]
    s = row[1] * row[1]
    y[0, 1] = y[1, 1] * row[2]
    y[0] = y[0] * 2.0
    return s + row[1] * row[0]


@attack(V4, reference=lambda x: np.array([1 + 2 * x[0], 2 * x[1], 2 * x[2], 0.0]), full=True)
def slice_shifted_within_itself(x):
    x[1:] = x[:-1]
    return x[0] + (x[1:] * x[1:]).sum()


@attack(V4, full=True)
def slice_shifted_again_and_again(x):
    total = 0.0
    for k in range(3):
        x[:-1] = np.sin(x[1:]) * x[0]
        total += x[k]
    return total


@attack(M23, full=True)
def transposed_view_written(y):
    t = y.T
    for i in range(3):
        t[i, 0] = t[i, 1] * y[0, i]
    return (y * y).sum()


@attack(V4, full=True)
def reshaped_view_written(x):
    m = x.reshape((2, 2))
    m[1] = m[0] * x[3]
    x[0] = m[1, 1] * m[1, 0]
    return x.sum() * m[0, 0]


@attack(V4, 2, full=True)
def alias_chosen_by_a_branch(x, k):
    a, b = x.copy(), x * 2.0
    z = a if k > 1 else b
    for i in range(3):
        z[i] = z[i + 1] * a[i]
        if i == 1:
            z = b
    return a.sum() * b[0] + z[2]


@attack(V3, 5, full=True)
def buffers_swapped_in_a_loop(x, n):
    old, new = x.copy(), np.zeros(3)
    for k in range(n):
        for i in range(3):
            new[i] = old[i] + 0.1 * old[i - 1] * old[i]
        old, new = new, old
        if k == 2:
            old[0] *= x[1]
    return old[0] * new[2]


@attack(V3, full=True)
def three_buffers_rotated(x):
    a, b, c = x.copy(), x * 0.5, x + 1.0
    for _ in range(4):
        a, b, c = b, c, a
        a[0] = b[1] * c[2]
    return a[0] + 2.0 * b[0] + 3.0 * c[0]


@attack(V3, full=True)
def name_rebound_while_a_view_lives(x):
    row = x[1:]
    x = x * x
    row[0] = 2.0 * row[1]
    return x[1] + row[0] * row[1]


@nb.njit
def _scale_into(out, a, s):
    for i in range(out.size):
        out[i] = a[i] * s
        s = s + out[i]
    return s


@attack(V3, 0.7, argnums=(0, 1), full=True)
def array_passed_twice_to_a_helper(x, s):
    t = _scale_into(x, x, s)
    return x.sum() * t


@attack(V4, full=True)
def overlapping_slices_passed_to_a_helper(x):
    t = _scale_into(x[1:], x[:-1], 0.5)
    return x.sum() * t


# -- overwritten before it is needed


@attack(V3, reference=lambda x: np.zeros(3), full=True)
def input_overwritten_by_constants(x):
    for i in range(x.size):
        x[i] = 1.0
    return x.sum()


@attack(1.3, reference=lambda x: 5.0 * x**4, full=True)
def scalar_overwritten_by_its_powers(x):
    y = x
    x = x * x
    x = x * x
    return x * y


@attack(V3, full=True)
def element_both_factor_and_target(x):
    for i in range(3):
        x[i] *= x[i]
        x[i] *= x[i - 1]
        x[i] /= 1.0 + x[i] * x[i]
    return x.sum()


@attack(0.4, 6, full=True)
def carried_value_killed_by_a_constant(x, n):
    s, t = x, x
    for i in range(n):
        t = t * s
        if i == 3:
            s = 0.5
        s = math.sin(s) + x
    return s * t


@attack(V3, full=True)
def returned_value_changed_after_it_was_read(x):
    s = 0.0
    for i in range(3):
        s = s * x[i] + math.sin(x[i])
    r = s
    for _ in range(2):
        s = s * s
    return r


@attack(1.1, 4)
def result_that_each_iteration_overwrites(x, n):
    for _ in range(n):
        x = math.sin(x) * 1.5
    return x


@attack(V3, 3)
def array_that_each_iteration_makes_anew(x, n):
    for _ in range(n):
        x = x * 1.5 - 0.1 * x * x
    return x


@attack(M23)
def view_of_a_view_in_a_loop(y):
    c = y[1]
    for _ in range(3):
        c = c[::1]
    return (c * c).sum()


@attack(V4)
def view_that_becomes_shorter(x):
    c, s = x, 0.0
    while c.size > 1:
        s += c[0] * c[1] * c[0]
        c = c[1:]
    return s + (c * x[0]).sum()


@attack(V4)
def views_that_change_places(x):
    a, b = x[:2], x[2:]
    s = 0.0
    for i in range(3):
        a, b = b[::-1], a[::-1]
        s += a[0] * b[1] * (i + 1.0)
    return s + (a * b).sum()


@attack(V4, 3)
def shorter_views_of_an_array_made_in_the_loop(x, n):
    s = 0.0
    for i in range(n):
        c = x * (i + 1.0)
        for _ in range(i):
            c = c[1:]
        s += (c * c).sum()
    return s


@attack(M23, full=True)
def row_named_before_a_loop_that_never_uses_it(y):
    c = y[y.shape[0] - 1]
    for _ in y:
        c = c[::1]
    return y[0, 0] * y[1, 1]


@nb.njit
def moves_and_scales(z, v):
    z += 1.0
    z *= v


@attack(V3)
def sum_handed_to_what_writes(x):
    """What is handed over is computed before the array that it was computed from is written."""
    y = x * 1.0
    moves_and_scales(y, 0.3 * np.sum(y))
    moves_and_scales(y, 1.0 - 0.1 * np.dot(y, y))
    moves_and_scales(y, -(y @ y) / 7.0)
    return np.sum(x * y)


@attack(V3, V3[::-1].copy(), argnums=(0,))
def sum_of_what_does_not_move(x, y):
    moves_and_scales(y, 0.3 * np.sum(y))
    return np.sum(x * x * y[0])
