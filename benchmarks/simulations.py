"""Simulations in plain loops, as they are found in people's programs; ``cpp/simulations.cpp`` repeats them."""

import math

import numpy as np

from benchmarks.programs import jit, lorenz_rate


def stencil(u, steps):
    """A smoothing step with a sine, in place: each point already sees the new value of its left neighbour."""
    u = u.copy()
    for _ in range(steps):
        for i in range(1, u.size - 1):
            u[i] += 0.3 * np.sin(u[i - 1] - 2.0 * u[i] + u[i + 1])
    total = 0.0
    for value in u:
        total += value * value
    return total


def lennard_jones(positions):
    """Energy of all pairs."""
    energy = 0.0
    for i in range(positions.shape[0]):
        for j in range(i + 1, positions.shape[0]):
            square = 0.0
            for a in range(3):
                distance = positions[i, a] - positions[j, a]
                square += distance * distance
            sixth = 1.0 / square**3
            energy += 4.0 * sixth * (sixth - 1.0)
    return energy


@jit
def lorenz_rhs(t, y, parameters, dy):
    dy[0] = parameters[0] * (y[1] - y[0])
    dy[1] = y[0] * (parameters[1] - y[2]) - y[1]
    dy[2] = y[0] * y[1] - parameters[2] * y[2]


def lorenz_arrays(y0, parameters, steps, h):
    """RK4 on work arrays; the square of the last state's length."""
    y = y0.copy()
    k1, k2, k3, k4, stage = (np.empty_like(y), np.empty_like(y), np.empty_like(y), np.empty_like(y), np.empty_like(y))
    for step in range(steps):
        t = step * h
        lorenz_rhs(t, y, parameters, k1)
        for i in range(y.size):
            stage[i] = y[i] + 0.5 * h * k1[i]
        lorenz_rhs(t + 0.5 * h, stage, parameters, k2)
        for i in range(y.size):
            stage[i] = y[i] + 0.5 * h * k2[i]
        lorenz_rhs(t + 0.5 * h, stage, parameters, k3)
        for i in range(y.size):
            stage[i] = y[i] + h * k3[i]
        lorenz_rhs(t + h, stage, parameters, k4)
        for i in range(y.size):
            y[i] += h / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i])
    return y[0] ** 2 + y[1] ** 2 + y[2] ** 2


def lorenz_scalars(y0, parameters, steps, h):
    """The same on scalars."""
    x, y, z = y0[0], y0[1], y0[2]
    s, r, b = parameters[0], parameters[1], parameters[2]
    for _ in range(steps):
        a0, a1, a2 = lorenz_rate(x, y, z, s, r, b)
        b0, b1, b2 = lorenz_rate(x + 0.5 * h * a0, y + 0.5 * h * a1, z + 0.5 * h * a2, s, r, b)
        c0, c1, c2 = lorenz_rate(x + 0.5 * h * b0, y + 0.5 * h * b1, z + 0.5 * h * b2, s, r, b)
        d0, d1, d2 = lorenz_rate(x + h * c0, y + h * c1, z + h * c2, s, r, b)
        x += h / 6.0 * (a0 + 2.0 * (b0 + c0) + d0)
        y += h / 6.0 * (a1 + 2.0 * (b1 + c1) + d1)
        z += h / 6.0 * (a2 + 2.0 * (b2 + c2) + d2)
    return x * x + y * y + z * z


def heat(initial, conductivity, steps):
    """Explicit heat equation on two buffers that change places; misfit from a flat temperature of one."""
    u = initial.copy()
    new = initial.copy()
    for _ in range(steps):
        for i in range(1, u.size - 1):
            right = 0.5 * (conductivity[i] + conductivity[i + 1]) * (u[i + 1] - u[i])
            left = 0.5 * (conductivity[i - 1] + conductivity[i]) * (u[i] - u[i - 1])
            new[i] = u[i] + right - left
        u, new = new, u
    misfit = 0.0
    for i in range(u.size):
        misfit += (u[i] - 1.0) ** 2
    return misfit


def stencil_data(points=100, steps=1000):
    return np.random.default_rng(1).uniform(-1.0, 1.0, points), steps


def particles(count=200):
    """A jittered cubic lattice, near the distance of least energy."""
    side = math.ceil(count ** (1 / 3))
    lattice = np.stack(np.meshgrid(*[np.arange(side)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)[:count]
    return (1.1 * lattice + np.random.default_rng(2).uniform(-0.05, 0.05, (count, 3)),)


def lorenz_data(steps=10_000):
    return np.ones(3), np.array([10.0, 28.0, 8.0 / 3.0]), steps, 2e-4


def heat_data(points=200, steps=1000):
    random = np.random.default_rng(3)
    return random.uniform(0.0, 2.0, points), random.uniform(0.1, 0.4, points), steps
