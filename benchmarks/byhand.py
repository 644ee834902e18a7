"""Hand-written Numba: what a scientist without the library writes, tangents in loops of constant width."""

import math

import numpy as np

from benchmarks.programs import jit


def chunked(tangents, width):
    """Gradient by chunks from ``tangents(x, seeds, y_dot)``, which adds to the tangents ``y_dot``."""

    @jit
    def gradient(x):
        n = x.size
        out = np.empty(n)
        seeds = np.zeros((n, width))
        y_dot = np.empty(width)
        for start in range(0, n, width):
            count = min(width, n - start)
            for k in range(count):
                seeds[start + k, k] = 1.0
            y_dot[:] = 0.0
            tangents(x, seeds, y_dot)
            for k in range(count):
                out[start + k] = y_dot[k]
                seeds[start + k, k] = 0.0
        return out

    return gradient


def rosenbrock_gradient(width):
    @jit
    def tangents(x, seeds, y_dot):
        for i in range(x.size - 1):
            a = 1.0 - x[i]
            b = x[i + 1] - x[i] * x[i]
            here, after = -2.0 * a - 400.0 * b * x[i], 200.0 * b
            for k in range(width):
                y_dot[k] += here * seeds[i, k] + after * seeds[i + 1, k]

    return chunked(tangents, width)


def ackley_gradient(width):
    @jit
    def tangents(x, seeds, y_dot):
        squares = 0.0
        cosines = 0.0
        squares_dot = np.zeros(width)
        cosines_dot = np.zeros(width)
        for i in range(x.size):
            angle = 2.0 * math.pi * x[i]
            squares += x[i] * x[i]
            cosines += math.cos(angle)
            slope, ripple = 2.0 * x[i], -2.0 * math.pi * math.sin(angle)
            for k in range(width):
                squares_dot[k] += slope * seeds[i, k]
                cosines_dot[k] += ripple * seeds[i, k]
        n = x.size
        radius = math.sqrt(squares / n)
        bowl = 2.0 * math.exp(-0.2 * radius) / (radius * n)
        waves = -math.exp(cosines / n) / n
        for k in range(width):
            y_dot[k] += bowl * squares_dot[k] + waves * cosines_dot[k]

    return chunked(tangents, width)


def logit_gradient(width):
    @jit
    def tangents(x, seeds, y_dot):
        squares = 0.0
        for i in range(x.size):
            squares += x[i] * x[i]
            for k in range(width):
                y_dot[k] += 2.0 * x[i] * seeds[i, k]
        y = 1.0 / (1.0 + math.exp(-squares))
        for k in range(width):
            y_dot[k] *= y * (1.0 - y)

    return chunked(tangents, width)


@jit
def rosenbrock_closed_form(x):
    """Reverse mode by hand: no chunks, one pass."""
    out = np.zeros_like(x)
    for i in range(x.size - 1):
        b = x[i + 1] - x[i] * x[i]
        out[i] += -2.0 * (1.0 - x[i]) - 400.0 * b * x[i]
        out[i + 1] += 200.0 * b
    return out


@jit
def _lorenz_sensitivity_rate(y, theta, dy):
    """Rate of the state (column 0) and of its sensitivities (columns 1 to 6): S' = J S + df/dtheta."""
    x, v, z = y[0, 0], y[1, 0], y[2, 0]
    sigma, rho, beta = theta[3], theta[4], theta[5]
    dy[0, 0] = sigma * (v - x)
    dy[1, 0] = x * (rho - z) - v
    dy[2, 0] = x * v - beta * z
    for k in range(1, 7):
        dy[0, k] = sigma * (y[1, k] - y[0, k])
        dy[1, k] = (rho - z) * y[0, k] - y[1, k] - x * y[2, k]
        dy[2, k] = v * y[0, k] + x * y[1, k] - beta * y[2, k]
    dy[0, 4] += v - x
    dy[1, 5] += x
    dy[2, 6] -= z


@jit
def lorenz_jacobian(theta, steps, h):
    """Forward sensitivity equations of Lorenz, integrated by RK4 beside the state."""
    y = np.zeros((3, 7))
    stage = np.empty((3, 7))
    k1 = np.empty((3, 7))
    k2 = np.empty((3, 7))
    k3 = np.empty((3, 7))
    k4 = np.empty((3, 7))
    for i in range(3):
        y[i, 0] = theta[i]
        y[i, 1 + i] = 1.0
    for _ in range(steps):
        _lorenz_sensitivity_rate(y, theta, k1)
        for i in range(3):
            for k in range(7):
                stage[i, k] = y[i, k] + 0.5 * h * k1[i, k]
        _lorenz_sensitivity_rate(stage, theta, k2)
        for i in range(3):
            for k in range(7):
                stage[i, k] = y[i, k] + 0.5 * h * k2[i, k]
        _lorenz_sensitivity_rate(stage, theta, k3)
        for i in range(3):
            for k in range(7):
                stage[i, k] = y[i, k] + h * k3[i, k]
        _lorenz_sensitivity_rate(stage, theta, k4)
        for i in range(3):
            for k in range(7):
                y[i, k] += h / 6.0 * (k1[i, k] + 2.0 * (k2[i, k] + k3[i, k]) + k4[i, k])
    return y[:, 1:].copy()
