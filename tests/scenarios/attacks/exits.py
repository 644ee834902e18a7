"""Programs meant to break an adjoint: loops that do not run, or end early, or change what they count by."""

import math

import numpy as np

from tests.scenarios.corpus import attack

V3 = np.array([0.3, -1.2, 2.5])
V4 = np.array([0.3, -1.2, 2.5, 0.7])
EMPTY = np.zeros(0)


@attack(V3, 0, reference=lambda x, n: np.array([1.0, 0.0, 0.0]), full=True)
def loops_that_never_run(x, n):
    s = x[0]
    for i in range(n):
        s *= x[i]
    for i in range(3, 0):
        s = 0.0
    while n > 0:
        s = s * s
        n -= 1
    return s


@attack(EMPTY, 1.5, argnums=(0, 1), reference=lambda x, s: (np.zeros(0), 2 * s), full=True)
def empty_array(x, s):
    t = s * s
    for v in x:
        t *= v
    x[:] = x * t
    return t + x.sum()


@attack(1.5, 3, reference=lambda x, n: 1.0, full=True)
def break_in_the_first_iteration(x, n):
    s = x
    for i in range(n):
        if s > 0.0:
            break
        s = s * s * i
    return s


@attack(0.9, full=True)
def while_true_with_three_exits(x):
    k = 0
    while True:
        k += 1
        x = x * math.cos(x)
        if k == 2:
            continue
        if x < 0.05:
            return x * 3.0
        if k > 6:
            break
        if k > 20:
            raise ValueError("never")
    return x * x


@attack(V3, 1.0, full=True)
def return_out_of_three_loops(x, limit):
    s = 0.0
    for i in range(3):
        for j in range(3):
            k = 0
            while k < 3:
                s += x[i] * x[j] * (k + 1)
                if s > limit:
                    return s * x[k]
                k += 1
            s = math.sin(s)
    return s


@attack(V3, 1.0, full=True)
def break_leaves_a_partly_updated_state(x, limit):
    a, b = x[0], x[1]
    for i in range(10):
        a = a * b + x[2]
        if a > limit:
            break
        b = b + 0.1 * a * i
    else:
        a = 0.0
    return a * b


@attack(0.5, 5, full=True)
def else_of_loops(x, n):
    for i in range(n):
        if i > 7:
            break
        x = x * 1.1 + math.sin(x)
    else:
        x = x * x
    while x > 100.0:
        break
    else:
        x = x * 3.0
    return x


@attack(0.5, 4, full=True)
def loop_variable_assigned_in_the_body(x, n):
    s = x
    for i in range(n):
        i = i * 2
        s = s * x + i
    return s * i


@attack(0.5, 4, full=True)
def bound_changed_in_the_body(x, n):
    s = 1.0
    for i in range(n):
        n = n + i
        s = s * x + n
    return s


@attack(V4, full=True)
def backwards_and_by_negative_indices(x):
    s = 0.5
    for i in range(-1, -5, -1):
        x[i] = s * x[i]
        s = s + x[i] * x[-1]
    return s


@attack(0.999999, 1000000, reference=lambda x, n: n * math.exp((n - 1) * math.log(x)), tolerance=1e-9, full=True)
def a_million_iterations(x, n):
    y = 1.0
    for _ in range(n):
        y = y * x
    return y


@attack(0.7, 300, full=True, tolerance=1e-10)
def nested_trip_counts_that_grow(x, n):
    s = 0.0
    for i in range(0, n, 30):
        t = x
        for _ in range(i // 10):
            t = 0.9 * math.sin(t) + 0.1 * x
        s += t * t
    return s
