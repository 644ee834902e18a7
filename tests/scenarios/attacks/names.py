"""Programs meant to break an adjoint: names it may make up itself, types and layouts, results that share memory."""

import math

import numba as nb
import numpy as np

from tests.scenarios.corpus import Made, attack

V3 = np.array([0.3, -1.2, 2.5])
V4 = np.array([0.3, -1.2, 2.5, 0.7])
M23 = np.array([[0.3, -1.2, 2.5], [0.75, -0.4, 1.1]])


# -- names


@attack(V3)
def names_of_drivers(arg_0):
    """What is put into a driver has names of its own."""
    swept, adjoint, y = arg_0[0], arg_0[1], arg_0[2]
    f = swept * adjoint
    at_0 = f + y
    total = 0.0
    for first in range(arg_0.size):
        total += at_0 * at_0 * arg_0[first] * swept
    rows_0 = [total * k for k in range(3)]
    return total + rows_0[1] * y


@attack(1.3, 0.4, argnums=(0, 1), full=True)
def names_of_cotangents(x, x_bar):
    t1 = x * x_bar
    t1_bar = t1 * x
    result = t1_bar + t1
    result_bar = result * x_bar
    x_bar_bar = result_bar * result
    return x_bar_bar + t1_bar


@attack(1.3, 3, full=True)
def names_of_generated_things(x, n):
    rec = x
    stack = x * x
    tape, count, seed, i_1, trip = 1.0, 2.0, rec * 0.5, stack, 0.1
    for top in range(n):
        for k in range(2):
            rec, tape = tape * seed, rec * stack + k * top
        math_ = math.sin(rec)
        i_1 += math_ * count * trip
    return i_1 + tape


@attack(1.3, full=True)
def names_of_modules_and_builtins(x):
    range_, float_, len, zip, abs = x, x * x, x + 1.0, 2.0, math.cos(x)
    for _ in range(2):
        len = len * zip + abs
    return len * range_ + float_


@attack(np.array([0.5, 1.5]), full=True)
def name_of_the_library(dualad):
    empty, zeros, np_ = dualad[0], dualad[1], dualad[0] * dualad[1]
    for i in range(2):
        dualad[i] = empty * zeros + np_
    return dualad[0] * dualad[1]


@nb.njit
def _inner_with_same_names(x, s):
    for i in range(3):
        s = s * x + i
        x = x * 0.5
    return s


@attack(0.8, full=True)
def same_names_in_caller_and_callee(x):
    s = 1.0
    for i in range(3):
        x = _inner_with_same_names(s, x) * 0.2 + i * x
        s = _inner_with_same_names(x, s) * 0.1
    return x * s


@attack(0.8, full=True)
def closures_with_same_names(x):
    s = 2.0

    def first(x):
        t = x * s
        return t * t

    def second(t):
        x = t + 1.0
        return first(x) * x

    t = second(x)
    return t + first(t)


# -- types, layouts, special values


@attack(1.3, full=True)
def int_then_float(x):
    s = 0
    for i in range(3):
        s = s + i
    s = s * x
    k = 1
    k = k * 1.5 * x
    return s * k


@attack(V3.astype(np.float32), tolerance=1e-5, full=True)
def single_precision_recurrence(x):
    s = x[0]
    for i in range(3):
        s = s * x[i] + x[i - 1]
        x[i] = s
    return s * x[1]


@attack(Made(lambda: np.arange(1.0, 9.0)[::2]), full=True)
def strided_argument_overwritten(x):
    for i in range(1, 4):
        x[i] = x[i] * x[i - 1]
    return x[3] + x[1]


@attack(Made(lambda: np.asfortranarray(M23 * 1.0)), full=True)
def fortran_argument_overwritten(y):
    for j in range(3):
        y[:, j] = y[:, j - 1] * y[0, j]
    return y.sum()


@attack(V4, np.array([2, 0, 2, 3]), full=True)
def repeated_indices(x, k):
    z = x[k] * x
    for i in range(4):
        x[k[i]] += z[i] * x[k[3 - i]]
    return (x[k] * z).sum()


@attack(V3, reference=lambda x: np.array([0.0, 1.0, 0.0]), full=True)
def not_a_number_that_is_not_used(x):
    y = x * 1.0
    y[0] = np.nan
    return y[1] * 1.0


@attack(np.array([np.inf, 2.0]), reference=lambda x: np.array([2.0, np.inf]), full=True)
def infinite_input(x):
    return x[0] * x[1]


@attack(1.3, reference=lambda x: 0.0, full=True)
def constant_function(x):
    s = 1.0
    for _ in range(3):
        s = s * 2.0
    return s


@attack(V3, reference=lambda x: np.zeros(3), full=True)
def constant_through_integers(x):
    k = 0
    for i in range(x.size):
        if x[i] > 0.0:
            k += int(x[i])
    return float(k)


@attack(V3)
def flags_in_rows(x):
    """Arrays of truth values and short whole numbers that nested loops go along."""
    larger, count = np.zeros((3, 3), np.bool_), np.zeros((3, 3), np.int8)
    for _ in range(2):
        for i in range(3):
            for j in range(1, 3):
                larger[i, j] = x[i] > x[j]
                count[i, j] += 1
    total = 0.0
    for i in range(3):
        for j in range(1, 3):
            if larger[i, j]:
                total += x[i] * x[j] * count[i, j]
    return total


# -- results


@attack(V3, reference=lambda x: np.eye(3), full=True)
def returns_its_argument(x):
    return x


@attack(V3, full=True)
def two_outputs_of_one_memory(x):
    y = x * x
    z = y[1:]
    z[0] = x[0] * y[2]
    return y, z


@attack(V3, full=True)
def argument_written_and_returned(x):
    for i in range(3):
        x[i] = x[i] * x[i - 1]
    return x, x[0] * x[2]


@attack(V3, 3, full=True)
def array_or_its_view_returned(x, n):
    y = x * 2.0
    if n > 5:
        return y[:2]
    y[0] = y[1] * x[0]
    return y[1:]
