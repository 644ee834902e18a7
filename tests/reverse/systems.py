"""Simulations as people write them, their loops marked: what `rollouts` does not have; the last argument is as there."""

import math

import numpy as np
from numba import njit

import dualad as ad
from tests.reverse.rollouts import Rollout


def pendulum(angle, speed, length, drag, steps, option):
    for _ in ad.checkpointed(range(steps), snapshots=option):
        speed -= 0.02 * (9.81 / length * math.sin(angle) + drag * speed * abs(speed))
        angle += 0.02 * speed
    return angle * angle + 0.1 * speed


@njit
def animals(y, p, dy):
    dy[0] = p[0] * y[0] - p[1] * y[0] * y[1]
    dy[1] = p[2] * y[0] * y[1] - p[3] * y[1]


def lotka_volterra(start, p, tolerance, steps, option):
    """An adaptive step of the user's own, between times at which the state is asked for; the step is part of the state."""
    y, k1, k2, trial, total, h = start.copy(), np.empty(2), np.empty(2), np.empty(2), 0.0, 0.05
    for _ in ad.checkpointed(range(steps), snapshots=option):
        left = 0.3
        while left > 0.0:
            step = min(h, left)
            animals(y, p, k1)
            for j in range(2):
                trial[j] = y[j] + step * k1[j]
            animals(trial, p, k2)
            error = 0.5 * step * math.sqrt((k2[0] - k1[0]) ** 2 + (k2[1] - k1[1]) ** 2)
            if error < tolerance:
                left -= step
                for j in range(2):
                    y[j] += 0.5 * step * (k1[j] + k2[j])
            if step == h or error >= tolerance:
                h = step * min(2.0, max(0.3, 0.9 * math.sqrt(tolerance / (error + 1e-12))))
        total += y[0] * y[1]
    return total


@njit
def pair_forces(x, f):
    f[:] = 0.0
    for i in range(x.shape[0]):
        for j in range(i):
            dx, dy = x[i, 0] - x[j, 0], x[i, 1] - x[j, 1]
            square = dx * dx + dy * dy
            if square > 6.25:
                continue
            sixth = 1.0 / square**3
            push = 24.0 * sixth * (2.0 * sixth - 1.0) / square
            f[i, 0] += push * dx
            f[i, 1] += push * dy
            f[j, 0] -= push * dx
            f[j, 1] -= push * dy


def verlet(x0, v0, h, steps, option):
    x, v, f = x0.copy(), v0.copy(), np.zeros_like(x0)
    pair_forces(x, f)
    for _ in ad.checkpointed(range(steps), snapshots=option):
        for i in range(x.shape[0]):
            for a in range(2):
                v[i, a] += 0.5 * h * f[i, a]
                x[i, a] += h * v[i, a]
        pair_forces(x, f)
        for i in range(x.shape[0]):
            for a in range(2):
                v[i, a] += 0.5 * h * f[i, a]
    return np.sum(x * x) + x[0, 0] * v[1, 1]


def sir(s, i, betas, gamma, steps, option):
    """Deaths, by transmission rates that change with time."""
    dead, whole = 0.0, s + i
    for n in ad.checkpointed(range(steps), snapshots=option):
        infected = betas[n % betas.size] * s * i / whole
        recovered = gamma * i
        s -= 0.5 * infected
        i += 0.5 * (infected - recovered)
        dead += 0.01 * recovered * (1.0 + i / whole) ** 2
    return dead


def random_walk(start, drift, noise, seed, steps, option):
    """In a potential of two wells; all random numbers are drawn before the loop."""
    np.random.seed(seed)
    kicks = np.random.standard_normal(steps)
    x, longest = start, 0.0
    for n in ad.checkpointed(range(steps), snapshots=option):
        x += 0.05 * (drift + x - x**3) + noise * math.sqrt(0.05) * kicks[n]
        longest = max(longest, x * x)
    return x * x + longest


def _atoms():
    random = np.random.default_rng(11)
    lattice = np.array([[0.0, 0.0], [1.12, 0.0], [0.56, 0.97], [1.68, 0.97]])
    return lattice + random.uniform(-0.03, 0.03, (4, 2)), random.uniform(-0.3, 0.3, (4, 2))


SYSTEMS = [
    Rollout(pendulum, lambda n: (1.2, 0.3, 1.5, 0.1, n), (0, 1, 2, 3)),
    Rollout(lotka_volterra, lambda n: (np.array([1.0, 0.5]), np.array([1.1, 0.4, 0.1, 0.4]), 1e-3, n), (0, 1)),
    Rollout(verlet, lambda n: (*_atoms(), 0.01, n), (0, 1, 2)),
    Rollout(sir, lambda n: (990.0, 10.0, np.array([0.9, 0.6, 0.3, 0.5]), 0.25, n), (0, 1, 2, 3)),
    Rollout(random_walk, lambda n: (0.4, 0.05, 0.3, 7, n), (0, 1, 2)),
]
