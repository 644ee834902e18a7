"""Problems 20 to 35: residuals of as many unknowns as the starting point has."""

import numpy as np


def watson(x):
    r = np.empty(31, x.dtype)
    for i in range(29):
        t = (i + 1) / 29.0
        slope, value = 0.0 * x[0], 0.0 * x[0]
        for j in range(x.size):
            if j > 0:
                slope += j * x[j] * t ** (j - 1)
            value += x[j] * t**j
        r[i] = slope - value**2 - 1.0
    r[29] = x[0]
    r[30] = x[1] - x[0] ** 2 - 1.0
    return r


def extended_rosenbrock(x):
    r = np.empty(x.size, x.dtype)
    for i in range(0, x.size, 2):
        r[i] = 10.0 * (x[i + 1] - x[i] ** 2)
        r[i + 1] = 1.0 - x[i]
    return r


def extended_powell_singular(x):
    r = np.empty(x.size, x.dtype)
    for i in range(0, x.size, 4):
        r[i] = x[i] + 10.0 * x[i + 1]
        r[i + 1] = np.sqrt(5.0) * (x[i + 2] - x[i + 3])
        r[i + 2] = (x[i + 1] - 2.0 * x[i + 2]) ** 2
        r[i + 3] = np.sqrt(10.0) * (x[i] - x[i + 3]) ** 2
    return r


def penalty_1(x):
    r = np.empty(x.size + 1, x.dtype)
    r[: x.size] = np.sqrt(1e-5) * (x - 1.0)
    r[x.size] = np.sum(x * x) - 0.25
    return r


def penalty_2(x):
    n, weight = x.size, np.sqrt(1e-5)
    r = np.empty(2 * n, x.dtype)
    r[0] = x[0] - 0.2
    for i in range(1, n):
        y = np.exp((i + 1) / 10.0) + np.exp(i / 10.0)
        r[i] = weight * (np.exp(x[i] / 10.0) + np.exp(x[i - 1] / 10.0) - y)
        r[n + i - 1] = weight * (np.exp(x[i] / 10.0) - np.exp(-0.1))
    r[2 * n - 1] = -1.0
    for j in range(n):
        r[2 * n - 1] += (n - j) * x[j] ** 2
    return r


def variably_dimensioned(x):
    n = x.size
    r = np.empty(n + 2, x.dtype)
    total = 0.0 * x[0]
    for j in range(n):
        r[j] = x[j] - 1.0
        total += (j + 1) * (x[j] - 1.0)
    r[n] = total
    r[n + 1] = total**2
    return r


def trigonometric(x):
    n = x.size
    cosines = np.sum(np.cos(x))
    r = np.empty(n, x.dtype)
    for i in range(n):
        r[i] = n - cosines + (i + 1) * (1.0 - np.cos(x[i])) - np.sin(x[i])
    return r


def brown_almost_linear(x):
    n = x.size
    r = x + np.sum(x) - (n + 1.0)
    r[n - 1] = np.prod(x) - 1.0
    return r


def boundary_value(x):
    n = x.size
    h = 1.0 / (n + 1)
    r = np.empty(n, x.dtype)
    for i in range(n):
        r[i] = 2.0 * x[i] + h * h * (x[i] + (i + 1) * h + 1.0) ** 3 / 2.0
        if i > 0:
            r[i] -= x[i - 1]
        if i < n - 1:
            r[i] -= x[i + 1]
    return r


def integral_equation(x):
    n = x.size
    h = 1.0 / (n + 1)
    r = x.copy()
    for i in range(n):
        t = (i + 1) * h
        for j in range(n):
            s = (j + 1) * h
            green = (1.0 - t) * s if j <= i else t * (1.0 - s)
            r[i] += 0.5 * h * green * (x[j] + s + 1.0) ** 3
    return r


def broyden_tridiagonal(x):
    n = x.size
    r = (3.0 - 2.0 * x) * x + 1.0
    r[1:] -= x[: n - 1]
    r[: n - 1] -= 2.0 * x[1:]
    return r


def broyden_banded(x):
    n = x.size
    r = x * (2.0 + 5.0 * x**2) + 1.0
    for i in range(n):
        for j in range(max(0, i - 5), min(n, i + 2)):
            if j != i:
                r[i] -= x[j] * (1.0 + x[j])
    return r


def linear_full_rank(x):
    n = x.size
    r = np.empty(2 * n, x.dtype)
    r[:] = -np.sum(x) / n - 1.0
    r[:n] += x
    return r


def linear_rank_1(x):
    m = 2 * x.size
    total = 0.0 * x[0]
    for j in range(x.size):
        total += (j + 1) * x[j]
    r = np.empty(m, x.dtype)
    for i in range(m):
        r[i] = (i + 1) * total - 1.0
    return r


def linear_rank_1_with_zeros(x):
    m = 2 * x.size
    total = 0.0 * x[0]
    for j in range(1, x.size - 1):
        total += (j + 1) * x[j]
    r = np.empty(m, x.dtype)
    for i in range(m):
        r[i] = i * total - 1.0
    r[m - 1] = -1.0
    return r


def chebyquad(x):
    """Means of the shifted Chebyshev polynomials over the points, less their integrals."""
    n = x.size
    r = np.zeros(n, x.dtype)
    for j in range(n):
        before, now = 1.0 + 0.0 * x[j], 2.0 * x[j] - 1.0
        for i in range(n):
            r[i] += now / n
            before, now = now, 2.0 * (2.0 * x[j] - 1.0) * now - before
    for i in range(1, n, 2):
        r[i] += 1.0 / ((i + 1) ** 2 - 1.0)
    return r
