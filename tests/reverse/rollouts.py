"""Rollouts whose loops are marked, with the number of snapshots as their last argument; see `variant`."""

import functools
import inspect
import linecache
import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit

import dualad as ad


@dataclass(frozen=True)
class Rollout:
    """A program; `args(steps)` are its arguments but the last, of which those at `argnums` are active."""

    function: Callable[..., float]
    args: Callable[[int], tuple]
    argnums: tuple[int, ...]


#: What a loop is over: `option` is a number of snapshots, a number of bytes, either with a folder, or nothing.
KINDS = {
    "snapshots": r"ad.checkpointed(\1, snapshots=option)",
    "memory": r"ad.checkpointed(\1, memory=option)",
    "disk": r"ad.checkpointed(\1, snapshots=option[0], disk=option[1])",
    "memory and disk": r"ad.checkpointed(\1, memory=option[0], disk=option[1])",
    "default": r"ad.checkpointed(\1)",
    "unmarked": r"\1",
}
#: What stands for an endless counter where nothing is marked.
ENDLESS = "range(10**9)"


@functools.cache
def variant(function, kind):
    """A program with its loops marked in another way."""
    source = inspect.getsource(function)
    source = source.replace("ad.checkpointed(snapshots", f"ad.checkpointed({ENDLESS}, snapshots")
    source = re.sub(r"ad\.checkpointed\((range\(.*?\)), snapshots=option\)", KINDS[kind], source)
    if kind != "unmarked":
        source = source.replace(f"({ENDLESS}, ", "(").replace(f"({ENDLESS})", "()")
    return made(source, function.__name__, f"<{kind} {function.__name__}>", function.__globals__)


def made(source, name, filename, space):
    """The function of a source, which is at hand for it."""
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    space = dict(space)
    exec(compile(source, filename, "exec"), space)
    return space[name]


def complex_steps(function, start, *args):
    """Slopes of an analytic function by each element of its first argument."""
    points = [start + 1e-30j * (np.arange(start.size) == k) for k in range(start.size)]
    return [np.imag(function(point, *args)) / 1e-30 for point in points]


@njit
def lorenz(x, y, z, sigma, rho, beta):
    return sigma * (y - x), x * (rho - z) - y, x * y - beta * z


def lorenz_numbers(x, y, z, sigma, rho, beta, dt, steps, option):
    h = 0.5 * dt
    for _ in ad.checkpointed(range(steps), snapshots=option):
        a1, b1, c1 = lorenz(x, y, z, sigma, rho, beta)
        a2, b2, c2 = lorenz(x + h * a1, y + h * b1, z + h * c1, sigma, rho, beta)
        a3, b3, c3 = lorenz(x + h * a2, y + h * b2, z + h * c2, sigma, rho, beta)
        a4, b4, c4 = lorenz(x + dt * a3, y + dt * b3, z + dt * c3, sigma, rho, beta)
        x += dt / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
        y += dt / 6.0 * (b1 + 2.0 * b2 + 2.0 * b3 + b4)
        z += dt / 6.0 * (c1 + 2.0 * c2 + 2.0 * c3 + c4)
    return x * x + y * y + z * z


@njit
def lorenz_into(u, p, du):
    du[0] = p[0] * (u[1] - u[0])
    du[1] = u[0] * (p[1] - u[2]) - u[1]
    du[2] = u[0] * u[1] - p[2] * u[2]


def lorenz_arrays(start, p, dt, steps, option):
    u, k, middle, total = start.copy(), np.empty(3), np.empty(3), np.empty(3)
    for _ in ad.checkpointed(range(steps), snapshots=option):
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


def heat(initial, rate, steps, option):
    u = initial.copy()
    new = np.zeros_like(u)
    for _ in ad.checkpointed(range(steps), snapshots=option):
        for i in range(1, u.size - 1):
            new[i] = u[i] + rate * (1.0 + u[i] * u[i]) * (u[i - 1] - 2.0 * u[i] + u[i + 1])
        u, new = new, u
    return np.sum(u * u)


def stencil(x, steps, option):
    for _ in ad.checkpointed(range(steps), snapshots=option):
        for i in range(1, x.size - 1):
            x[i] = x[i] + 0.1 * math.sin(x[i - 1] - 2.0 * x[i] + x[i + 1])
    return np.sum(x * x)


def inventory(level, order, price, demand, steps, option):
    stock, paid, days = 20.0, 0.0, 0
    for day in ad.checkpointed(range(steps), snapshots=option):
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


def rnn(w, v, h0, inputs, steps, option):
    h = h0
    total = 0.0
    for t in ad.checkpointed(range(steps), snapshots=option):
        h = np.tanh(np.dot(w, h) + v * inputs[t % inputs.size])
        total += np.sum(h) ** 2
    return total


def used_all_over(a, x, steps, option):
    """Values used before, in and after the loop; an offset; an array of results."""
    scale = a * a
    path = np.zeros(steps + 3)
    path[0] = math.sin(a)
    n = 0
    for i in ad.checkpointed(range(2, steps + 2), snapshots=option):
        x[i % x.size] = x[i % x.size] * scale + a * math.cos(x[(i + 1) % x.size])
        path[i + 1] = x[i % x.size] * 0.5 * path[i - 1]
        scale = 0.9 * scale + 0.01 * a
        n += i
    return np.sum(path * path) + scale * a * n + np.sum(x) * path[0]


def backwards(x, a, steps, option):
    y = 1.0
    for i in ad.checkpointed(range(3 * steps, 0, -3), snapshots=option):
        y = y * math.sin(x + 0.1 * i) + a * x
        x = x * 0.99 + 0.01 * y * y
    return x * y


def inner_loops(x, a, steps, option):
    """Inner loops of lengths that change, one of them without a range."""
    y = 0.5
    for i in ad.checkpointed(range(steps), snapshots=option):
        for j in range(i % 4):
            y = y * math.cos(x * j) + 0.1
        z = y + 2.0
        while z > 1.0:
            z = z * math.exp(-a)
            y += 0.01 * z * z
        x = x * 0.9 + 0.1 * y * z
    return x + y


def two_loops(x, a, steps, option):
    y = x
    for _ in ad.checkpointed(range(steps), snapshots=option):
        y = y + a * math.sin(y)
    if x > 0.0:
        z = y * x
        for i in ad.checkpointed(range(steps), snapshots=option):
            z = z * 0.9 + math.cos(z * y) / (1.0 + i)
    else:
        z = y
    return z * y


def brusselator(u0, v0, a, b, steps, option):
    n = u0.shape[0]
    u, v, du, dv = u0.copy(), v0.copy(), np.zeros((n, n)), np.zeros((n, n))
    for _ in ad.checkpointed(range(steps), snapshots=option):
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


def _field(n, seed):
    return np.random.default_rng(seed).uniform(0.5, 1.5, n)


ROLLOUTS = [
    Rollout(lorenz_numbers, lambda n: (1.0, 2.0, 3.0, 10.0, 28.0, 8.0 / 3.0, 0.01, n), (0, 1, 2, 3, 4, 5)),
    Rollout(
        lorenz_arrays,
        lambda n: (np.array([1.0, 2.0, 3.0]), np.array([10.0, 28.0, 8 / 3]), 0.01, n),
        (0, 1),
    ),
    Rollout(heat, lambda n: (_field(8, 1), 0.1, n), (0, 1)),
    Rollout(stencil, lambda n: (_field(8, 2), n), (0,)),
    Rollout(inventory, lambda n: (6.0, 9.0, 0.7, 5.0 * _field(5, 3), n), (0, 1, 2, 3)),
    Rollout(rnn, lambda n: (_field((4, 4), 4) - 1.0, _field(4, 5), _field(4, 6), _field(6, 7), n), (0, 1, 2, 3)),
    Rollout(used_all_over, lambda n: (0.7, _field(4, 8), n), (0, 1)),
    Rollout(backwards, lambda n: (0.3, 0.2, n), (0, 1)),
    Rollout(inner_loops, lambda n: (0.3, 0.4, n), (0, 1)),
    Rollout(two_loops, lambda n: (0.3, 0.4, n), (0, 1)),
    Rollout(brusselator, lambda n: (_field((5, 5), 9), _field((5, 5), 10), 1.0, 3.0, n), (0, 1, 2, 3)),
]
