"""Small numerical programs as scientists write them; where a closed form exists, it is the reference."""

import math

import numba as nb
import numpy as np

from tests.scenarios.corpus import scenario

SPD = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]])
GENERAL = np.array([[0.1, 2.0, -1.0], [3.0, 0.5, 1.0], [1.0, -1.5, 4.0]])
RIGHT = np.array([1.0, -2.0, 0.5])


@nb.njit
def _lu_solve(a, b):
    n = b.size
    lu, x = a.copy(), b.copy()
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(lu[i, k]) > abs(lu[p, k]):
                p = i
        if p != k:
            for j in range(n):
                lu[k, j], lu[p, j] = lu[p, j], lu[k, j]
            x[k], x[p] = x[p], x[k]
        for i in range(k + 1, n):
            lu[i, k] /= lu[k, k]
            x[i] -= lu[i, k] * x[k]
            for j in range(k + 1, n):
                lu[i, j] -= lu[i, k] * lu[k, j]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= lu[i, j] * x[j]
        x[i] /= lu[i, i]
    return x


def _solution_jacobians(a, b):
    inverse = np.linalg.inv(a)
    return -np.einsum("ij,k->ijk", inverse, inverse @ b), inverse


@scenario(GENERAL, RIGHT, argnums=(0, 1), reference=_solution_jacobians)
def lu_with_pivoting(a, b):
    return _lu_solve(a, b)


def _cholesky_logdet_gradient(a):
    """Of sum(log(diag(L))) when only the lower triangle of `a` is read."""
    inverse = np.linalg.inv(a)
    return np.tril(inverse) - 0.5 * np.diag(np.diag(inverse))


@scenario(SPD, reference=_cholesky_logdet_gradient)
def cholesky_log_determinant(a):
    n = a.shape[0]
    low = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = a[i, j]
            for k in range(j):
                s -= low[i, k] * low[j, k]
            low[i, j] = math.sqrt(s) if i == j else s / low[j, j]
    total = 0.0
    for i in range(n):
        total += math.log(low[i, i])
    return total


@scenario(np.array([0.3, -0.2]), np.array([4.0, 3.0, 5.0]), np.array([1.0, -0.5, 2.0]), argnums=(0, 1, 2))
def tridiagonal_solve(off, diagonal, right):
    n = diagonal.size
    c, x = np.zeros(n), np.zeros(n)
    c[0] = off[0] / diagonal[0]
    x[0] = right[0] / diagonal[0]
    for i in range(1, n):
        pivot = diagonal[i] - off[i - 1] * c[i - 1]
        if i < n - 1:
            c[i] = off[i] / pivot
        x[i] = (right[i] - off[i - 1] * x[i - 1]) / pivot
    for i in range(n - 2, -1, -1):
        x[i] -= c[i] * x[i + 1]
    return x


@scenario(0.9, np.array([1.0, 0.5, -0.25, 2.0]), argnums=(0, 1))
def cumulative_recurrence(decay, signal):
    level = np.empty(signal.size)
    level[0] = signal[0]
    for i in range(1, signal.size):
        level[i] = decay * level[i - 1] + (1 - decay) * signal[i]
    return level


@scenario(0.5, 0.2, argnums=(0, 1), second_order=True, full=True)
def sir_epidemic(beta, gamma):
    s, i, peak = 0.99, 0.01, 0.0
    for _ in range(20):
        new, recovered = beta * s * i, gamma * i
        s, i = s - new, i + new - recovered
        peak = max(peak, i)
    return peak


@scenario(np.array([0.5, 0.2, 0.99]), second_order=True)
def sir_in_array_form(p):
    y = np.array([p[2], 1.0 - p[2], 0.0])
    dy = np.zeros(3)
    loss = 0.0
    for k in range(8):
        dy[0] = -p[0] * y[0] * y[1]
        dy[2] = p[1] * y[1]
        dy[1] = -dy[0] - dy[2]
        y = y + 0.5 * dy
        loss += (y[1] - 0.1) ** 2
    return loss


@scenario(1.0, 2.0, argnums=(0, 1))
def adaptive_step(y0, rate):
    t, y, h = 0.0, y0, 0.5
    while t < 1.0:
        h = min(h, 1.0 - t)
        euler = y - h * rate * y
        heun = y - h / 2 * rate * (y + euler)
        error = abs(heun - euler)
        if error < 1e-2:
            t += h
            y = heun
        h = h * min(2.0, max(0.3, 0.9 * math.sqrt(1e-2 / (error + 1e-12))))
    return y


@scenario(0.7, 0.5, argnums=(0, 1), full=True)
def verlet_pendulum(angle, velocity):
    acceleration = -math.sin(angle)
    for _ in range(10):
        angle += 0.1 * velocity + 0.005 * acceleration
        new = -math.sin(angle)
        velocity += 0.05 * (acceleration + new)
        acceleration = new
    return angle, velocity


@scenario(np.array([[0.0, 0.0], [1.1, 0.1], [0.4, 1.2]]), second_order=True)
def lennard_jones(x):
    energy = 0.0
    for i in range(x.shape[0]):
        for j in range(i):
            d = x[i] - x[j]
            r2 = (d * d).sum()
            if r2 < 4.0:
                s = 1.0 / r2**3
                energy += 4.0 * (s * s - s)
    return energy


@scenario(np.array([0.5, -0.3, 0.8]), np.array([[1.0, 0.2, 0.1], [0.3, -1.0, 2.0]]), np.array([1.0, 0.0]), full=True)
def logistic_loss(w, features, labels):
    loss = 0.0
    for k in range(labels.size):
        z = 0.0
        for j in range(w.size):
            z += w[j] * features[k, j]
        loss += math.log1p(math.exp(-z)) if labels[k] == 1.0 else math.log1p(math.exp(z))
    return loss


@scenario(np.array([0.5, -1.3, 0.8]), second_order=True, reference=lambda v: np.exp(v) / np.exp(v).sum())
def stable_log_sum_exp(v):
    top = v.max()
    return top + np.log(np.exp(v - top).sum())


@scenario(1.7, reference=lambda a: 0.5 / math.sqrt(a), tolerance=1e-10, full=True)
def secant_root(a):
    x0, x1 = 1.0, a
    for _ in range(12):
        f0, f1 = x0 * x0 - a, x1 * x1 - a
        if f1 == f0:
            break
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
    return x1 - (x1 * x1 - a) / (2.0 * x1)


@scenario(np.array([1.0, 0.5, 0.25, -1.0]), 0.3, argnums=(0, 1), second_order=True)
def horner_polynomial(c, x):
    s = c[-1]
    for k in range(c.size - 2, -1, -1):
        s = s * x + c[k]
    return s


def _matrix_power_gradient(a):
    """Of trace(a**4)."""
    return 4.0 * np.linalg.matrix_power(a, 3).T


@scenario(GENERAL, reference=_matrix_power_gradient, full=True)
def matrix_products_by_loops(a):
    n = a.shape[0]
    p = np.eye(n)
    for _ in range(4):
        q = np.zeros((n, n))
        for i in range(n):
            for j in range(n):
                for k in range(n):
                    q[i, j] += p[i, k] * a[k, j]
        p = q
    t = 0.0
    for i in range(n):
        t += p[i, i]
    return t


@scenario(0.4, 1.2, argnums=(0, 1), full=True)
def simpson_quadrature(a, b):
    n = 8
    h = (b - a) / n
    s = math.exp(-a * a) + math.exp(-b * b)
    for i in range(1, n):
        x = a + i * h
        s += math.exp(-x * x) * (4 if i % 2 else 2)
    return s * h / 3


@scenario(0.8, 7, full=True)
def bessel_series(x, terms):
    total, term = 0.0, 1.0
    for k in range(terms):
        if k:
            term *= -((x / 2) ** 2) / (k * k)
        total += term
    return total


@scenario(np.array([2.0, 0.5]), np.array([0.1, 0.7, 1.5]), np.array([1.9, 1.3, 1.0]), second_order=True)
def exponential_fit(p, t, y):
    return ((p[0] * np.exp(-p[1] * t) - y) ** 2).sum()


@scenario(np.array([1.5, 0.3, -0.8, 0.4]), np.array([0.5, 1.0]), argnums=(0, 1), full=True)
def small_network(w, x):
    hidden = np.zeros(2)
    for i in range(2):
        for j in range(2):
            hidden[i] += w[2 * i + j] * x[j]
        hidden[i] = math.tanh(hidden[i])
    return hidden[0] * hidden[1]


@scenario(np.array([0.2, 1.0, -0.5]), full=True)
def central_differences(v):
    h = 1e-3
    return (np.sin(v + h) - np.sin(v - h)) / (2 * h)


@scenario(100.0, 105.0, 0.2, 1.5, 0.03, argnums=(0, 1, 2, 3, 4), second_order=True)
def black_scholes(spot, strike, sigma, maturity, rate):
    root = sigma * math.sqrt(maturity)
    d1 = (math.log(spot / strike) + (rate + 0.5 * sigma**2) * maturity) / root
    return spot * 0.5 * math.erfc(-d1 / math.sqrt(2.0)) - strike * math.exp(-rate * maturity) * 0.5 * math.erfc(
        -(d1 - root) / math.sqrt(2.0)
    )
