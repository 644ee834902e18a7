"""Ten programs whose adjoints are kept as text beside this file, to be read in reviews."""

import math

import numpy as np
from numba import float64, int64, njit

vector = float64[::1]
matrix = float64[:, ::1]


def expression(x, y):
    return math.sin(x) * y + x / y


def branches(x, y):
    if x > y:
        z = x * y
        if x > 2.0:
            z = z * x
    elif x < -1.0:
        z = y * y
    else:
        z = x + y
    return z * z


def rosenbrock(x):
    total = 0.0
    for i in range(x.size - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def newton_root(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


def first_above(x, level):
    for i in range(x.size):
        if x[i] > level:
            return x[i] * level
    return level * level


def stencil_in_place(x, steps):
    for _ in range(steps):
        for i in range(1, x.size - 1):
            x[i] = x[i] + 0.1 * math.sin(x[i - 1] - 2.0 * x[i] + x[i + 1])
    return np.sum(x)


def buffers_change_places(initial, rate, steps):
    u = initial.copy()
    new = np.zeros_like(u)
    for _ in range(steps):
        for i in range(1, u.size - 1):
            new[i] = u[i] + rate * (u[i - 1] - 2.0 * u[i] + u[i + 1])
        u, new = new, u
    return np.sum(u * u)


def layer(weights, bias, x):
    return np.sum(np.tanh(np.dot(weights, x) + bias) ** 2)


@njit
def pendulum(y, dy):
    dy[0] = y[1]
    dy[1] = -math.sin(y[0])


def euler(y0, h, steps):
    y = y0.copy()
    dy = np.empty(2)
    for _ in range(steps):
        pendulum(y, dy)
        y[0] += h * dy[0]
        y[1] += h * dy[1]
    return y[0]


def sum_of_rows(x):
    """Records of one row at a time: rows are done again."""
    work = np.empty(x.shape[1])
    total = 0.0
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            work[j] = math.exp(x[i, j])
        norm = 0.0
        for k in range(3):
            for j in range(work.size):
                work[j] = math.sin(work[j])
                norm += work[j] * work[j]
        total += math.sqrt(norm)
    return total


PROGRAMS = {
    expression: (float64, float64),
    branches: (float64, float64),
    rosenbrock: (vector,),
    newton_root: (float64,),
    first_above: (vector, float64),
    stencil_in_place: (vector, int64),
    buffers_change_places: (vector, float64, int64),
    layer: (matrix, vector, vector),
    euler: (vector, float64, int64),
    sum_of_rows: (matrix,),
}
