"""Subscripts that count from the end, that fall, or come out of data: no sign may be assumed of them."""

import numpy as np

from tests.scenarios.corpus import attack

V3 = np.array([0.3, -1.2, 2.5])
V5 = np.array([0.3, -1.2, 2.5, 0.7, 1.9])


@attack(V5)
def falls_below_zero(x):
    p = 1
    s = 0.0
    for i in range(3):
        p -= 2
        if p < 0:
            s += x[p + 1 - 2 + i]
    return s


@attack(V5)
def range_from_minus_two(x):
    s = 0.0
    for i in range(-2, 1):
        s += x[i] * x[i]
    return s


@attack(V5, 3)
def argument_takes_from_index(x, n):
    s = 0.0
    for i in range(1, 4):
        s += x[i - n] * (2.0 if i == 1 else 1.0) * (1.0 if i != 3 else 0.0)
        s += x[i - 1] * (1.0 if i == 3 else 0.0)
    return s


@attack(V5, np.array([-1, 0, 3, -2]))
def places_from_data(x, at):
    s = 0.0
    for k in range(at.size):
        s += x[at[k]]
    return s


@attack(V5, np.array([1, 0, 2]))
def position_carried_by_steps_from_data(x, steps):
    p = 0
    s = 0.0
    for k in range(steps.size):
        p += steps[k]
        s += x[p]
    return s


@attack(V5)
def position_through_a_triangle(x):
    y = np.empty(10)
    for k in range(10):
        y[k] = x[k % 5] * (k + 1)
    p = 0
    s = 0.0
    for i in range(4):
        for j in range(i + 1, 5):
            s += y[p] * x[j] * x[i]
            p += 1
    return s


@attack(V3)
def short_loops_written_out(x):
    s = 0.0
    for a in range(3):
        for b in range(2, -1, -1):
            s = s * (2.0 if b == 2 else 1.0)
            if b != a:
                continue
            s += x[a] * x[b] * 0.5
            s += 0.5 * x[a] ** 2
    return s


@attack(V3)
def short_loop_whose_last_value_is_used(x):
    y = 1.0
    last = 0.0
    for a in range(3):
        last = x[a]
        y = last * last
    return y * last


@attack(V3, 1.5)
def short_loop_that_swaps(x, c):
    a, b = c, 1.0
    for i in range(3):
        a, b = b * x[i], a + x[i]
        if i == 1:
            a, b = b, a
    return a * b


@attack(V3, 1.5, argnums=(0, 1))
def one_element_by_two_indices(x, c):
    y = x.copy()
    for i in range(-3, 2):
        y[i] = y[i] * y[i] / c
    return y[0] + 2.0 * y[1]


@attack(V3, -1, reference=lambda x, start: np.array([1.0, 1.0, 3.0]))
def start_from_an_argument(x, start):
    y = x.copy()
    s = 0.0
    for i in range(start, 3):
        s += y[i]
        y[i] = 2.0 * y[i]
    return s
