"""Loops that are hard to run again: names and contents of arrays, values from around the loop. All take `(x, n, option)`."""

import math

import numpy as np

import dualad as ad

WEIGHTS = np.array([0.3, 0.7])


def view_kept_over_steps(x, n, option):
    u = x.copy()
    v = u[1:]
    for _ in ad.checkpointed(range(n), snapshots=option):
        v[0] = v[0] * 1.1 + math.sin(u[0])
        u[0] = u[0] * 0.9 + v[1] * v[0]
    return np.sum(v * v) + u[0]


def two_names_of_one_array(x, n, option):
    u = x.copy()
    w = u
    for _ in ad.checkpointed(range(n), snapshots=option):
        u[0] = w[1] * 0.5 + math.sin(w[0])
        w[1] = u[0] * u[1]
    return np.sum(u * u)


def captured_array(x, n, option):
    y = x[0]
    for i in ad.checkpointed(range(n), snapshots=option):
        y = y * WEIGHTS[i % 2] + math.sin(y)
    return y


def early_element_read_after_the_loop(x, n, option):
    path = np.zeros(n + 1)
    path[0] = x[0] * x[0]
    for i in ad.checkpointed(range(n), snapshots=option):
        path[i + 1] = path[i] * 0.9 + math.sin(path[i // 2])
    return path[0] * path[n] + path[n // 2]


def argument_overwritten(x, n, option):
    for _ in ad.checkpointed(range(n), snapshots=option):
        x[0] = x[0] * 0.9 + math.sin(x[1])
        x[1] = x[1] * x[0]
    x[2] = x[0] * x[2]
    return np.sum(x * x)


def read_in_the_loop_and_written_after_it(x, n, option):
    c, y = x * 2.0, 1.0
    for i in ad.checkpointed(range(n), snapshots=option):
        y = y * c[i % 3] * 0.5 + math.sin(y * c[0])
    c[0] = y
    c[1] = y * y
    return np.sum(c * c)


def written_before_and_in_the_loop(x, n, option):
    c, y = x * 2.0, 1.0
    c[0] = c[0] * c[1]
    for i in ad.checkpointed(range(n), snapshots=option):
        c[1] = y * c[i % 3] * 0.5 + math.sin(y * c[0])
        y = c[1] * 0.9
    return np.sum(c * c) * y


def argument_changes_places(x, n, option):
    u, v = x, np.zeros(3)
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(3):
            v[j] = u[j] * 0.9 + math.sin(u[(j + 1) % 3])
        u, v = v, u
    return np.sum(u * u)


def changes_places_sometimes(x, n, option):
    u, v = x.copy(), np.zeros(3)
    for i in ad.checkpointed(range(n), snapshots=option):
        v[i % 3] = u[i % 3] * 0.9 + math.sin(u[(i + 1) % 3])
        if v[0] > u[1]:
            u, v = v, u
    return np.sum(u * u) + v[0]


def three_change_places(x, n, option):
    a, b, c = x.copy(), x * 2.0, np.ones(3)
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(3):
            c[j] = 2.0 * b[j] * 0.3 - a[j] * 0.1 + math.sin(c[j])
        a, b, c = b, c, a
    return np.sum(a * b) + c[0]


def new_array_in_each_step(x, n, option):
    u = x
    for _ in ad.checkpointed(range(n), snapshots=option):
        u = u * 0.9 + np.sin(x * u)
    return np.sum(u * u) + u[0]


def new_array_filled_in_each_step(x, n, option):
    u = x.copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        new = np.empty(3)
        for j in range(3):
            new[j] = u[j] * 0.9 + math.sin(u[(j + 1) % 3])
        u = new
    return np.sum(u * u)


def whole_arrays_change_places(x, n, option):
    u, new = x.copy(), np.zeros(3)
    for _ in ad.checkpointed(range(n), snapshots=option):
        new[:] = u * u * 0.9 + np.sin(u)
        u, new = new, u
    return np.sum(u * u)


def rows_are_states(x, n, option):
    h = np.zeros((n + 1, 3))
    h[0] = x
    for i in ad.checkpointed(range(n), snapshots=option):
        h[i + 1] = h[i] * 0.9 + np.sin(h[i])
    return np.sum(h[n] * h[0])


def rows_by_turns(x, n, option):
    h = np.zeros((2, 3))
    h[0] = x
    for i in ad.checkpointed(range(n), snapshots=option):
        a, b = h[i % 2], h[(i + 1) % 2]
        for j in range(3):
            b[j] = a[j] * 0.9 + math.sin(a[(j + 1) % 3])
    return np.sum(h[0] * h[1])


def filled_before_it_is_read(x, n, option):
    w, u = np.zeros(3), x.copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        w[:] = u
        for j in range(3):
            u[j] = w[j] * 0.9 + math.sin(w[(j + 1) % 3])
    return np.sum(u * w)


def early_return(x, n, option):
    if n == 5:
        return x[0]
    y = x[1]
    for _ in ad.checkpointed(range(n), snapshots=option):
        y = y * 0.9 + math.sin(y * x[0])
    return y * x[2]


def may_raise(x, n, option):
    y = x[1]
    for _ in ad.checkpointed(range(n), snapshots=option):
        if y > 1e9:
            raise ValueError("too large")
        y = y * 0.9 + math.sin(y * x[0])
    return y * x[2]


def last_values_of_names_in_the_loop(x, n, option):
    y, j, z = x[0], 5, 0.0
    for i in ad.checkpointed(range(n), snapshots=option):
        y = y * 0.9 + math.sin(y * x[1])
        j = i
        z = y * x[2]
    return y * j + z * z


def integers_and_flags(x, n, option):
    y, k, flag, counts = x[0], 1, False, np.zeros(3, np.int64)
    for _ in ad.checkpointed(range(n), snapshots=option):
        counts[k % 3] += 1
        k = (k * 5 + counts[0]) % 7
        if flag:
            y = y * 0.9 + math.sin(y * x[1]) * counts[1]
        else:
            y = y * x[2]
        flag = not flag
    return y


def other_kinds_of_numbers(x, n, option):
    y, z = np.float32(x[0]), 1j * x[1]
    for _ in ad.checkpointed(range(n), snapshots=option):
        y = np.float32(y * np.float32(0.9) + np.float32(0.1) * y * y)
        z = z * (0.9 + 0.1j) * y
    return z.real + y


def nothing_of_it_is_used(x, n, option):
    """Its reverse runs with zeros, and needs that the loop was run."""
    for _ in ad.checkpointed(range(n), snapshots=option):
        a, v = x[0] * 1.0, x[::-1]
        while v.size > 1:
            a += v[0] * v[1]
            v = v[:-1]
    a = math.tanh(x[0])
    return a * x[1] * x[2]


def inner_loop_without_use(x, n, option):
    """Its bounds are computed nowhere: the time of a step is told without them."""
    u, last = x.copy(), 0.0
    for _ in ad.checkpointed(range(n), snapshots=option):
        bound = n - 1
        for k in range(bound, 1, -1):
            last = u[0] * u[k % 3]  # noqa: F841
        u[0] = math.sin(u[1] * u[0]) + u[2]
    return np.sum(u * u)


def flags_and_short_integers_in_rows(x, n, option):
    larger, count, u = np.zeros((3, 3), np.bool_), np.zeros((3, 3), np.int8), x.copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for i in range(3):
            for j in range(1, 3):
                larger[i, j] = u[i] > u[j]
                count[i, j] += 1
        for i in range(3):
            for j in range(1, 3):
                if larger[i, j]:
                    u[i] = u[i] * 0.9 + 0.01 * u[j] * count[i, j]
    return np.sum(u * u)


RIGHT = [
    flags_and_short_integers_in_rows,
    nothing_of_it_is_used,
    inner_loop_without_use,
    view_kept_over_steps,
    two_names_of_one_array,
    captured_array,
    early_element_read_after_the_loop,
    argument_overwritten,
    read_in_the_loop_and_written_after_it,
    written_before_and_in_the_loop,
    argument_changes_places,
    changes_places_sometimes,
    three_change_places,
    new_array_in_each_step,
    new_array_filled_in_each_step,
    whole_arrays_change_places,
    rows_are_states,
    rows_by_turns,
    filled_before_it_is_read,
    early_return,
    may_raise,
    last_values_of_names_in_the_loop,
    integers_and_flags,
    other_kinds_of_numbers,
]


def view_moves(x, n, option):
    u = x.copy()
    v = u[:2]
    for i in ad.checkpointed(range(n), snapshots=option):
        v[0] = v[0] * 0.9 + math.sin(v[1])
        v = u[1:3] if i % 2 == 0 else u[:2]
    return np.sum(u * u)


def swapped_and_read_by_another_name(x, n, option):
    u, v = x, np.zeros(3)
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(3):
            v[j] = u[j] * 0.9 + math.sin(u[(j + 1) % 3]) + x[j]
        u, v = v, u
    return np.sum(u * u)


def random_numbers(x, n, option):
    y = x[0]
    for _ in ad.checkpointed(range(n), snapshots=option):
        y = y * 0.9 + np.random.normal()
    return y


def prints(x, n, option):
    y = x[0]
    for i in ad.checkpointed(range(n), snapshots=option):
        y = y * y * 0.9
        print(i)
    return y


def list_of_numbers(x, n, option):
    values = [x[0]]
    for _ in ad.checkpointed(range(n), snapshots=option):
        values.append(values[-1] * values[-1] * 0.9)
    return values[-1]


def list_of_arrays(x, n, option):
    rows = [x.copy(), x * 2.0]
    for i in ad.checkpointed(range(n), snapshots=option):
        rows[i % 2][0] = rows[(i + 1) % 2][0] * math.sin(rows[i % 2][0])
    return rows[0][0]


#: Each with words of the message.
REFUSED = [
    (view_moves, "two names"),
    (swapped_and_read_by_another_name, "two names"),
    (random_numbers, "random"),
    (prints, "print"),
    (list_of_numbers, "list"),
    (list_of_arrays, "list"),
]


def changes_its_shape(x, n, option):
    u = x * 1.0
    for _ in ad.checkpointed(range(n), snapshots=option):
        u = np.append(u, u[0] * u[1])
    return np.sum(u * u)
