"""Rollouts whose loops are marked: `simulations.lorenz_scalars`, and a reaction that spreads over a plate."""

import numpy as np

import dualad as ad
from benchmarks.simulations import lorenz_rate


def lorenz(y0, parameters, steps, h, memory):
    """`simulations.lorenz_scalars` with its loop marked."""
    x, y, z = y0[0], y0[1], y0[2]
    s, r, b = parameters[0], parameters[1], parameters[2]
    for _ in ad.checkpointed(range(steps), memory=memory):
        a0, a1, a2 = lorenz_rate(x, y, z, s, r, b)
        b0, b1, b2 = lorenz_rate(x + 0.5 * h * a0, y + 0.5 * h * a1, z + 0.5 * h * a2, s, r, b)
        c0, c1, c2 = lorenz_rate(x + 0.5 * h * b0, y + 0.5 * h * b1, z + 0.5 * h * b2, s, r, b)
        d0, d1, d2 = lorenz_rate(x + h * c0, y + h * c1, z + h * c2, s, r, b)
        x += h / 6.0 * (a0 + 2.0 * (b0 + c0) + d0)
        y += h / 6.0 * (a1 + 2.0 * (b1 + c1) + d1)
        z += h / 6.0 * (a2 + 2.0 * (b2 + c2) + d2)
    return x * x + y * y + z * z


def brusselator(u0, v0, a, b, spread, steps, h, memory):
    """Explicit Euler steps of the Brusselator on a square grid whose edge is held."""
    n = u0.shape[0]
    u, v, new_u, new_v = u0.copy(), v0.copy(), u0.copy(), v0.copy()
    for _ in ad.checkpointed(range(steps), memory=memory):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                uuv = u[i, j] * u[i, j] * v[i, j]
                around_u = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j]
                around_v = v[i - 1, j] + v[i + 1, j] + v[i, j - 1] + v[i, j + 1] - 4.0 * v[i, j]
                new_u[i, j] = u[i, j] + h * (a + uuv - (b + 1.0) * u[i, j] + spread * around_u)
                new_v[i, j] = v[i, j] + h * (b * u[i, j] - uuv + spread * around_v)
        u, new_u = new_u, u
        v, new_v = new_v, v
    total = 0.0
    for i in range(n):
        for j in range(n):
            total += u[i, j] * v[i, j]
    return total


def brusselator_data(steps=2000, n=64):
    random = np.random.default_rng(4)
    return random.uniform(0.5, 1.5, (n, n)), random.uniform(2.0, 4.0, (n, n)), 1.0, 3.0, 0.1, steps, 0.01
