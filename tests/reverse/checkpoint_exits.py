"""Loops that end early, loops without an end of their own, and loops in loops. All take `(x, n, option)`."""

import math

import numpy as np

import dualad as ad

# -- known bounds, unknown length


def may_break(x, n, option):
    y, z = x[0], 0.0
    for i in ad.checkpointed(range(n), snapshots=option):
        y = y * 0.9 + math.sin(y * x[1])
        if i == 5:
            z = y * x[2]
            break
        y = y * 1.01
    return y + z * z


def returns_from_the_middle(x, n, option):
    y = x[0]
    for i in ad.checkpointed(range(n), snapshots=option):
        y = y * 0.9 + math.sin(y * x[1])
        if y * y + i > 5.0:
            return y * x[2] * i
        y += 0.1 * x[2]
    return y * y


def breaks_in_the_first_step(x, n, option):
    y = x[0]
    for _ in ad.checkpointed(range(n), snapshots=option):
        if y < 1e9:
            y = y * y * x[1]
            break
        y = y * 0.9
    return y * x[0]


def never_breaks(x, n, option):
    y = x[0]
    for _ in ad.checkpointed(range(n), snapshots=option):
        y = y * 0.9 + math.sin(y * x[1])
        if y > 1e9:
            break
    return y * y


def else_clause(x, n, option):
    y = x[0]
    for i in ad.checkpointed(range(3, n + 3), snapshots=option):
        y = y * 0.9 + math.sin(y * x[1] * i)
        if i == 6:
            break
    else:
        y = y * x[2]
    return y * y


def backwards_by_twos(x, n, option):
    y, last = x[0], -1
    for i in ad.checkpointed(range(2 * n, -n, -2), snapshots=option):
        last = i
        if i < -4:
            break
        y = y * 0.9 + math.sin(y * i + x[1])
    return y * y + last * x[0]


def continues_and_breaks(x, n, option):
    u = x.copy()
    for i in ad.checkpointed(range(n), snapshots=option):
        if i % 3 == 1:
            continue
        u[i % 3] = u[i % 3] * 0.9 + math.sin(u[0] * u[1])
        if i == 6:
            u[0] = u[0] * u[0]
            break
        u[2] += 0.1 * u[1]
    return np.sum(u * u)


def leaves_from_an_inner_loop(x, n, option):
    u, y = x.copy(), 1.0
    for i in ad.checkpointed(range(n), snapshots=option):
        for j in range(u.size):
            u[j] = u[j] * 0.8 + math.sin(u[j - 1] * y)
            if i * j > 8:
                return u[0] * u[1] * u[2] * y
        y = y * 0.9 + u[1]
    return y + np.sum(u * u)


# -- no bounds


def endless(x, n, option):
    y = x[0]
    for i in ad.checkpointed(snapshots=option):
        if i >= n:
            break
        y = y * 0.9 + math.sin(y * x[1])
    return y * x[2]


def adaptive_steps(x, n, option):
    """Heun's method with a step that follows the error; steps that are too large are taken again."""
    y, t, h, tried = x[0], 0.0, 0.01, 0
    for _ in ad.checkpointed(snapshots=option):
        if t >= 0.1 * n:
            break
        tried += 1
        h = min(h, 0.1 * n - t)
        first = -x[1] * y
        second = -x[1] * (y + h * first) + x[2] * t
        if abs(0.5 * h * (second - first)) < 1e-3:
            y, t, h = y + 0.5 * h * (first + second), t + h, 1.3 * h
        else:
            h *= 0.5
    return y * tried


def endless_on_buffers_that_change_places(x, n, option):
    u, new = x.copy(), x.copy()
    steps = 0
    for _ in ad.checkpointed(snapshots=option):
        if steps >= n:
            return np.sum(u * u) * new[0]
        new[1] = u[1] + 0.1 * (1.0 + u[1] ** 2) * (u[0] - 2.0 * u[1] + u[2])
        new[0] = math.sin(u[1])
        u, new = new, u
        steps += 1
    return 0.0


# -- loops in loops


def marked_in_a_loop(x, n, option):
    y = x[0]
    for k in range(3):
        for i in ad.checkpointed(range(n), snapshots=option):
            y = y * 0.9 + math.sin(y * x[1] + 0.1 * i * k)
        y = y * y * x[2]
    return y


def marked_in_a_while(x, n, option):
    y, k = x[0], 0
    while k < n:
        for i in ad.checkpointed(range(k), snapshots=option):
            y = y * 0.9 + math.sin(y * x[1] + 0.1 * i)
        k += 2
        y += x[2]
    return y * y


def marked_in_a_marked(x, n, option):
    u, y = x.copy(), 1.0
    for i in ad.checkpointed(range(4), snapshots=option):
        z = u[0] * y
        for j in ad.checkpointed(range(n), snapshots=option):
            u[1] = u[1] * 0.9 + math.sin(z * u[2])
            z = z + 0.1 * math.cos(u[1] * y) * (i + j)
        u[0] = u[1] * z
        y = math.sin(y + z) + 0.2 * i
    return y * np.sum(u * u)


def marked_three_deep(x, n, option):
    y = x[0]
    for i in ad.checkpointed(range(2), snapshots=option):
        a = y * x[1]
        for j in ad.checkpointed(range(3), snapshots=option):
            b = a * y
            for k in ad.checkpointed(range(n), snapshots=option):
                b = b * 0.9 + math.sin(a * b + 0.1 * (i + j + k))
            a = a + 0.1 * b * y
        y = math.sin(a) + x[2] * y
    return y


def value_that_the_step_changes_after_the_inner_loop(x, n, option):
    y, c = x[0], x[1]
    for _ in ad.checkpointed(range(3), snapshots=option):
        z = x[2]
        t = c + 1.5
        for _ in ad.checkpointed(range(n), snapshots=option):
            z = z * 0.9 + 0.1 * math.sin(t * z) + y
        c = c * z
        y = y * 0.5 + z * t
    return y * c


def inner_loop_that_breaks(x, n, option):
    y = x[0]
    for k in ad.checkpointed(range(3), snapshots=option):
        for i in ad.checkpointed(snapshots=option):
            y = y * 0.9 + math.sin(y * x[1])
            if i + k >= n:
                break
        y = y * x[2]
    return y


def outer_loop_that_breaks(x, n, option):
    u = x.copy()
    for k in ad.checkpointed(snapshots=option):
        for i in ad.checkpointed(range(n), snapshots=option):
            u[i % 3] = u[i % 3] * 0.9 + math.sin(u[0] * u[1])
        if k == 2:
            break
        u[2] = u[2] * u[0]
    return np.sum(u * u)


def two_marked_in_one(x, n, option):
    u, w = x.copy(), x * 2.0
    for k in range(2):
        for i in ad.checkpointed(range(n), snapshots=option):
            u[i % 3] = u[i % 3] * 0.9 + math.sin(w[0] * u[1])
        for i in ad.checkpointed(range(n), snapshots=option):
            w[i % 3] = w[i % 3] * 0.8 + math.cos(w[1] * u[0])
        u, w = w, u
    return np.sum(u * w)


def marked_under_a_condition(x, n, option):
    y = x[0]
    for k in range(4):
        if k % 2:
            for i in ad.checkpointed(range(n), snapshots=option):
                y = y * 0.9 + math.sin(y * x[1] * i)
        else:
            y = y * x[2]
    return y


EXITS = [
    may_break,
    returns_from_the_middle,
    breaks_in_the_first_step,
    never_breaks,
    else_clause,
    backwards_by_twos,
    continues_and_breaks,
    leaves_from_an_inner_loop,
    endless,
    adaptive_steps,
    endless_on_buffers_that_change_places,
]
NESTED = [
    marked_in_a_loop,
    marked_in_a_while,
    marked_in_a_marked,
    marked_three_deep,
    value_that_the_step_changes_after_the_inner_loop,
    inner_loop_that_breaks,
    outer_loop_that_breaks,
    two_marked_in_one,
    marked_under_a_condition,
]
