"""The programs that are differentiated, written as a user writes them; the C++ sources repeat them."""

import math

import numpy as np
from numba import njit

# The plain programs get the compiler options that make them fastest, because a slow primal flatters a ratio.
jit = njit(error_model="numpy")


def rosenbrock(x):
    total = 0.0
    for i in range(x.size - 1):
        a = 1.0 - x[i]
        b = x[i + 1] - x[i] * x[i]
        total += a * a + 100.0 * b * b
    return total


def ackley(x):
    squares = 0.0
    cosines = 0.0
    for i in range(x.size):
        squares += x[i] * x[i]
        cosines += math.cos(2.0 * math.pi * x[i])
    return -20.0 * math.exp(-0.2 * math.sqrt(squares / x.size)) - math.exp(cosines / x.size) + 20.0 + math.e


def logit(x):
    """Self-weighted logit of the ForwardDiff paper, arXiv 1607.07892."""
    squares = 0.0
    for i in range(x.size):
        squares += x[i] * x[i]
    return 1.0 / (1.0 + math.exp(-squares))


def two_arguments(x, y):
    """Small function whose call from Python costs more than its arithmetic."""
    return x * math.sin(y) + y * y / (1.0 + x * x)


@jit
def lorenz_rate(x, y, z, sigma, rho, beta):
    return sigma * (y - x), x * (rho - z) - y, x * y - beta * z


def lorenz(theta, steps, h):
    """RK4; theta is x, y, z, sigma, rho, beta, the result the last state."""
    x, y, z = theta[0], theta[1], theta[2]
    sigma, rho, beta = theta[3], theta[4], theta[5]
    for _ in range(steps):
        a0, a1, a2 = lorenz_rate(x, y, z, sigma, rho, beta)
        g = 0.5 * h
        b0, b1, b2 = lorenz_rate(x + g * a0, y + g * a1, z + g * a2, sigma, rho, beta)
        c0, c1, c2 = lorenz_rate(x + g * b0, y + g * b1, z + g * b2, sigma, rho, beta)
        d0, d1, d2 = lorenz_rate(x + h * c0, y + h * c1, z + h * c2, sigma, rho, beta)
        w = h / 6.0
        x += w * (a0 + 2.0 * (b0 + c0) + d0)
        y += w * (a1 + 2.0 * (b1 + c1) + d1)
        z += w * (a2 + 2.0 * (b2 + c2) + d2)
    return np.array([x, y, z])


@jit
def sir_rates(s, i, r, beta, gamma):
    infections = beta * s * i / (s + i + r)
    recoveries = gamma * i
    return -infections, infections - recoveries, recoveries


def sir_scalars(theta, steps, h):
    """RK4; theta is S, I, R, beta, gamma, the result the last state."""
    s, i, r = theta[0], theta[1], theta[2]
    beta, gamma = theta[3], theta[4]
    for _ in range(steps):
        a0, a1, a2 = sir_rates(s, i, r, beta, gamma)
        g = 0.5 * h
        b0, b1, b2 = sir_rates(s + g * a0, i + g * a1, r + g * a2, beta, gamma)
        c0, c1, c2 = sir_rates(s + g * b0, i + g * b1, r + g * b2, beta, gamma)
        d0, d1, d2 = sir_rates(s + h * c0, i + h * c1, r + h * c2, beta, gamma)
        w = h / 6.0
        s += w * (a0 + 2.0 * (b0 + c0) + d0)
        i += w * (a1 + 2.0 * (b1 + c1) + d1)
        r += w * (a2 + 2.0 * (b2 + c2) + d2)
    return np.array([s, i, r])


@jit
def sir_rate_into(y, theta, dy):
    infections = theta[3] * y[0] * y[1] / (y[0] + y[1] + y[2])
    recoveries = theta[4] * y[1]
    dy[0] = -infections
    dy[1] = infections - recoveries
    dy[2] = recoveries


def sir_buffers(theta, steps, h):
    """The same in array form, as solvers are written: work arrays made once, rates stored into them."""
    y = np.empty(3)
    stage = np.empty(3)
    k1 = np.empty(3)
    k2 = np.empty(3)
    k3 = np.empty(3)
    k4 = np.empty(3)
    for i in range(3):
        y[i] = theta[i]
    for _ in range(steps):
        sir_rate_into(y, theta, k1)
        for i in range(3):
            stage[i] = y[i] + 0.5 * h * k1[i]
        sir_rate_into(stage, theta, k2)
        for i in range(3):
            stage[i] = y[i] + 0.5 * h * k2[i]
        sir_rate_into(stage, theta, k3)
        for i in range(3):
            stage[i] = y[i] + h * k3[i]
        sir_rate_into(stage, theta, k4)
        for i in range(3):
            y[i] += h / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i])
    return y


@jit
def sir_rate(y, theta):
    infections = theta[3] * y[0] * y[1] / (y[0] + y[1] + y[2])
    recoveries = theta[4] * y[1]
    return np.array([-infections, infections - recoveries, recoveries])


def sir_expressions(theta, steps, h):
    """The same in array form, as formulas are written: whole-array expressions, a new array for each."""
    y = theta[:3].copy()
    for _ in range(steps):
        k1 = sir_rate(y, theta)
        k2 = sir_rate(y + 0.5 * h * k1, theta)
        k3 = sir_rate(y + 0.5 * h * k2, theta)
        k4 = sir_rate(y + h * k3, theta)
        y = y + h / 6.0 * (k1 + 2.0 * (k2 + k3) + k4)
    return y
