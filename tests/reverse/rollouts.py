"""Rollouts as functions of how their loop is marked: `over` is `ad.checkpointed`, or `unmarked`, which leaves it as it is."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit


@dataclass(frozen=True)
class Rollout:
    """A program; `args(steps)` are its arguments, of which those at `argnums` are active."""

    name: str
    make: Callable[[Any], Callable[..., float]]
    args: Callable[[int], tuple]
    argnums: tuple[int, ...]


@njit
def unmarked(steps, snapshots=None, memory=None):
    """The range itself."""
    return steps


@njit
def lorenz(x, y, z, sigma, rho, beta):
    return sigma * (y - x), x * (rho - z) - y, x * y - beta * z


def lorenz_numbers(over, snapshots=None, memory=None):
    def end(x, y, z, sigma, rho, beta, dt, steps):
        h = 0.5 * dt
        for _ in over(range(steps), snapshots, memory):
            a1, b1, c1 = lorenz(x, y, z, sigma, rho, beta)
            a2, b2, c2 = lorenz(x + h * a1, y + h * b1, z + h * c1, sigma, rho, beta)
            a3, b3, c3 = lorenz(x + h * a2, y + h * b2, z + h * c2, sigma, rho, beta)
            a4, b4, c4 = lorenz(x + dt * a3, y + dt * b3, z + dt * c3, sigma, rho, beta)
            x += dt / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
            y += dt / 6.0 * (b1 + 2.0 * b2 + 2.0 * b3 + b4)
            z += dt / 6.0 * (c1 + 2.0 * c2 + 2.0 * c3 + c4)
        return x * x + y * y + z * z

    return end


@njit
def lorenz_into(u, p, du):
    du[0] = p[0] * (u[1] - u[0])
    du[1] = u[0] * (p[1] - u[2]) - u[1]
    du[2] = u[0] * u[1] - p[2] * u[2]


def lorenz_arrays(over, snapshots=None, memory=None):
    def end(start, p, dt, steps):
        u, k, middle, total = start.copy(), np.empty(3), np.empty(3), np.empty(3)
        for _ in over(range(steps), snapshots, memory):
            lorenz_into(u, p, k)
            for j in range(u.size):
                total[j] = k[j]
                middle[j] = u[j] + 0.5 * dt * k[j]
            lorenz_into(middle, p, k)
            for j in range(u.size):
                total[j] += 2.0 * k[j]
                middle[j] = u[j] + 0.5 * dt * k[j]
            lorenz_into(middle, p, k)
            for j in range(u.size):
                total[j] += 2.0 * k[j]
                middle[j] = u[j] + dt * k[j]
            lorenz_into(middle, p, k)
            for j in range(u.size):
                u[j] += dt / 6.0 * (total[j] + k[j])
        return np.sum(u * u)

    return end


def heat(over, snapshots=None, memory=None):
    def end(initial, rate, steps):
        u = initial.copy()
        new = np.zeros_like(u)
        for _ in over(range(steps), snapshots, memory):
            for i in range(1, u.size - 1):
                new[i] = u[i] + rate * (1.0 + u[i] * u[i]) * (u[i - 1] - 2.0 * u[i] + u[i + 1])
            u, new = new, u
        return np.sum(u * u)

    return end


def stencil(over, snapshots=None, memory=None):
    def end(x, steps):
        for _ in over(range(steps), snapshots, memory):
            for i in range(1, x.size - 1):
                x[i] = x[i] + 0.1 * math.sin(x[i - 1] - 2.0 * x[i] + x[i + 1])
        return np.sum(x * x)

    return end


def inventory(over, snapshots=None, memory=None):
    def cost(level, order, price, demand, steps):
        stock, paid, days = 20.0, 0.0, 0
        for day in over(range(steps), snapshots, memory):
            wanted = demand[day % demand.size] * (1.0 - 0.01 * price)
            if wanted > stock:
                paid += 3.0 * (wanted - stock)
                stock = 0.0
            else:
                stock -= wanted
            if stock < level:
                missing = level + order - stock
                stock += missing
                paid += 5.0 + price * missing * missing / (1.0 + days)
                days = 0
            elif day % 7 == 3:
                continue
            days += 1
            paid += 0.1 * stock
        return paid + stock * days

    return cost


def rnn(over, snapshots=None, memory=None):
    def loss(w, v, h0, inputs, steps):
        h = h0
        total = 0.0
        for t in over(range(steps), snapshots, memory):
            h = np.tanh(np.dot(w, h) + v * inputs[t % inputs.size])
            total += np.sum(h) ** 2
        return total

    return loss


def used_all_over(over, snapshots=None, memory=None):
    """Values used before, in and after the loop; an offset; an array of results."""

    def end(a, x, steps):
        scale = a * a
        path = np.zeros(steps + 3)
        path[0] = math.sin(a)
        n = 0
        for i in over(range(2, steps + 2), snapshots, memory):
            x[i % x.size] = x[i % x.size] * scale + a * math.cos(x[(i + 1) % x.size])
            path[i + 1] = x[i % x.size] * 0.5 * path[i - 1]
            scale = 0.9 * scale + 0.01 * a
            n += i
        return np.sum(path * path) + scale * a * n + np.sum(x) * path[0]

    return end


def backwards(over, snapshots=None, memory=None):
    def end(x, a, steps):
        y = 1.0
        for i in over(range(3 * steps, 0, -3), snapshots, memory):
            y = y * math.sin(x + 0.1 * i) + a * x
            x = x * 0.99 + 0.01 * y * y
        return x * y

    return end


def inner_loops(over, snapshots=None, memory=None):
    """Inner loops of lengths that change, one of them without a range."""

    def end(x, a, steps):
        y = 0.5
        for i in over(range(steps), snapshots, memory):
            for j in range(i % 4):
                y = y * math.cos(x * j) + 0.1
            z = y + 2.0
            while z > 1.0:
                z = z * math.exp(-a)
                y += 0.01 * z * z
            x = x * 0.9 + 0.1 * y * z
        return x + y

    return end


def two_loops(over, snapshots=None, memory=None):
    def end(x, a, steps):
        y = x
        for _ in over(range(steps), snapshots, memory):
            y = y + a * math.sin(y)
        if x > 0.0:
            z = y * x
            for i in over(range(steps), snapshots, memory):
                z = z * 0.9 + math.cos(z * y) / (1.0 + i)
        else:
            z = y
        return z * y

    return end


def brusselator(over, snapshots=None, memory=None):
    def end(u0, v0, a, b, steps):
        n = u0.shape[0]
        u, v, du, dv = u0.copy(), v0.copy(), np.zeros((n, n)), np.zeros((n, n))
        for _ in over(range(steps), snapshots, memory):
            for i in range(1, n - 1):
                for j in range(1, n - 1):
                    uv = u[i, j] * u[i, j] * v[i, j]
                    lu = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j]
                    lv = v[i - 1, j] + v[i + 1, j] + v[i, j - 1] + v[i, j + 1] - 4.0 * v[i, j]
                    du[i, j] = u[i, j] + 0.01 * (a + uv - (b + 1.0) * u[i, j] + lu)
                    dv[i, j] = v[i, j] + 0.01 * (b * u[i, j] - uv + lv)
            u, du = du, u
            v, dv = dv, v
        return np.sum(u * v)

    return end


def _field(n, seed):
    return np.random.default_rng(seed).uniform(0.5, 1.5, n)


ROLLOUTS = [
    Rollout(
        "lorenz_numbers", lorenz_numbers, lambda n: (1.0, 2.0, 3.0, 10.0, 28.0, 8.0 / 3.0, 0.01, n), (0, 1, 2, 3, 4, 5)
    ),
    Rollout(
        "lorenz_arrays",
        lorenz_arrays,
        lambda n: (np.array([1.0, 2.0, 3.0]), np.array([10.0, 28.0, 8 / 3]), 0.01, n),
        (0, 1),
    ),
    Rollout("heat", heat, lambda n: (_field(8, 1), 0.1, n), (0, 1)),
    Rollout("stencil", stencil, lambda n: (_field(8, 2), n), (0,)),
    Rollout("inventory", inventory, lambda n: (6.0, 9.0, 0.7, 5.0 * _field(5, 3), n), (0, 1, 2, 3)),
    Rollout("rnn", rnn, lambda n: (_field((4, 4), 4) - 1.0, _field(4, 5), _field(4, 6), _field(6, 7), n), (0, 1, 2, 3)),
    Rollout("used_all_over", used_all_over, lambda n: (0.7, _field(4, 8), n), (0, 1)),
    Rollout("backwards", backwards, lambda n: (0.3, 0.2, n), (0, 1)),
    Rollout("inner_loops", inner_loops, lambda n: (0.3, 0.4, n), (0, 1)),
    Rollout("two_loops", two_loops, lambda n: (0.3, 0.4, n), (0, 1)),
    Rollout("brusselator", brusselator, lambda n: (_field((5, 5), 9), _field((5, 5), 10), 1.0, 3.0, n), (0, 1, 2, 3)),
]
