"""Programs of any number of inputs and outputs, for the choice of a mode. Each takes what ``arguments(n, m)`` of it makes."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


def layer(x, weights):
    """Rows of a matrix against the inputs, in loops, each through one elementary function."""
    out = np.empty(weights.shape[0])
    for i in range(weights.shape[0]):
        total = 0.0
        for j in range(x.size):
            total += weights[i, j] * x[j]
        out[i] = math.tanh(total)
    return out


def products(x, first, second):
    """Two layers in matrix products."""
    return np.dot(second, np.tanh(np.dot(first, x)))


def elementary(x, m):
    """Little arithmetic between many elementary functions."""
    out = np.zeros(m)
    for i in range(x.size):
        out[i % m] += math.exp(-x[i] * x[i]) * math.sin(x[i]) + math.log(2.0 + math.cos(x[i]))
    return out


def expressions(x, m):
    """Whole arrays in an expression, summed up by strides."""
    waves = np.sin(x) * np.exp(-0.5 * x * x) + np.sqrt(1.0 + x * x)
    out = np.zeros(m)
    for i in range(m):
        out[i] = np.sum(waves[i::m])
    return out


def diffusion(x, m, steps):
    """Nonlinear diffusion of the inputs by explicit steps in place, read at some points."""
    state, rate = x.copy(), np.zeros(x.size)
    for _ in range(steps):
        for i in range(1, x.size - 1):
            rate[i] = (state[i + 1] - 2.0 * state[i] + state[i - 1]) * (1.0 + state[i] * state[i])
        for i in range(1, x.size - 1):
            state[i] += 0.1 * rate[i]
    out = np.empty(m)
    for i in range(m):
        out[i] = state[(i * (x.size - 1)) // m]
    return out


def oscillators(x, m, steps):
    """Two coupled oscillators whose rates are polynomials of the inputs; what is read are their first states."""
    a, b, out = 1.0, 0.5, np.empty(m)
    for step in range(steps):
        force = 0.0
        for k in range(x.size):
            force = force * 0.5 * a + x[k]
        a, b = a + 0.01 * b, b - 0.01 * (a + force * math.tanh(b))
        if step < m:
            out[step] = a * b
    return out


def energy(x):
    """Neighbours that repel each other: one output."""
    total = 0.0
    for i in range(x.size - 1):
        gap = 1.0 + (x[i + 1] - x[i]) ** 2
        total += 1.0 / gap**3 - 1.0 / gap + 0.1 * x[i] ** 2
    return total


def pairs(x):
    """All pairs: one output, work that grows as the square."""
    total = 0.0
    for i in range(x.size):
        for j in range(i):
            distance = (x[i] - x[j]) ** 2 + 0.1
            total += math.sqrt(distance) + 1.0 / distance
    return total


def waist(x, m):
    """Three sums over the inputs, and a curve of them at many places."""
    first, second, third = 0.0, 0.0, 0.0
    for i in range(x.size):
        first += math.sin(x[i])
        second += x[i] * x[i]
        third += math.exp(-x[i])
    out = np.empty(m)
    for i in range(m):
        out[i] = math.sin(first * math.cos(0.1 * i * second)) + third * i
    return out


# not looked at while prices were fitted


def kinetics(x, m):
    """Rates of a chain of reactions with saturation, read in groups."""
    out = np.zeros(m)
    for i in range(1, x.size):
        rate = (x[i - 1] + 1.0) * x[i] / (1.5 + x[i] + 0.1 * x[i - 1] ** 2)
        out[i % m] += rate
        out[(i - 1) % m] -= 0.5 * rate / (1.0 + rate * rate)
    return out


def recurrent(x, inputs, m):
    """A network with memory: a square matrix of weights in the inputs, as many steps as there are rows of data."""
    side = int(math.sqrt(x.size))
    weights = x[: side * side].reshape((side, side))
    state = np.zeros(side)
    for t in range(inputs.shape[0]):
        state = np.tanh(np.dot(weights, state) + inputs[t, :side])
    out = np.empty(m)
    for i in range(m):
        out[i] = state[i % side] * (1.0 + 0.1 * i)
    return out


def elimination(x, m):
    """A banded system with the inputs on its diagonals, solved by elimination without pivoting."""
    upper, right = np.empty(x.size), np.empty(x.size)
    upper[0], right[0] = 1.0 / (4.0 + x[0]), x[0] / (4.0 + x[0])
    for i in range(1, x.size):
        pivot = 4.0 + x[i] - upper[i - 1]
        upper[i] = 1.0 / pivot
        right[i] = (x[i] * x[i] - right[i - 1]) / pivot
    for i in range(x.size - 2, -1, -1):
        right[i] -= upper[i] * right[i + 1]
    out = np.empty(m)
    for i in range(m):
        out[i] = right[(i * x.size) // m]
    return out


@dataclass(frozen=True)
class Family:
    """A program with the shapes that it is measured in.

    Parameters
    ----------
    program : callable
    arguments : callable
        ``arguments(x, m)``: all arguments for inputs ``x`` and ``m`` outputs.
    shapes : tuple of (int, int)
        Numbers of inputs and of outputs.
    fitted : bool
        Whether prices were fitted to it.
    mixed : bool
        Whether mixed mode is measured.
    """

    program: Callable[..., Any]
    arguments: Callable[[np.ndarray, int], tuple[Any, ...]]
    shapes: tuple[tuple[int, int], ...]
    fitted: bool = True
    mixed: bool = False

    def at(self, n: int, m: int) -> tuple[Any, ...]:
        """Arguments for a shape."""
        x = np.random.default_rng(1000 * n + m).uniform(-0.9, 0.9, n)
        return self.arguments(x, m)


def _matrix(m: int, n: int) -> np.ndarray:
    return np.random.default_rng(m + n).standard_normal((m, n)) / math.sqrt(n)


def _grid(inputs: tuple[int, ...], outputs: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((n, m) for n in inputs for m in outputs)


FAMILIES = {
    "layer": Family(
        layer, lambda x, m: (x, _matrix(m, x.size)), _grid((4, 12, 24, 64, 128, 400), (1, 2, 4, 8, 24, 96))
    ),
    "products": Family(
        products,
        lambda x, m: (x, _matrix(32, x.size), _matrix(m, 32)),
        _grid((4, 12, 24, 64, 128, 400), (1, 2, 4, 8, 24, 96)),
        mixed=True,
    ),
    "elementary": Family(elementary, lambda x, m: (x, m), _grid((4, 12, 24, 64, 128, 400), (1, 2, 4, 8, 24, 96))),
    "expressions": Family(expressions, lambda x, m: (x, m), _grid((4, 24, 64, 128, 400), (1, 2, 4, 8, 24))),
    "diffusion": Family(diffusion, lambda x, m: (x, m, 50), _grid((4, 12, 32, 96), (1, 2, 4, 8, 24))),
    "oscillators": Family(oscillators, lambda x, m: (x, m, 200), _grid((3, 16, 48, 96), (1, 2, 4, 8, 48))),
    "energy": Family(energy, lambda x, m: (x,), _grid((2, 8, 9, 16, 32, 64, 200, 1000), (1,))),
    "pairs": Family(pairs, lambda x, m: (x,), _grid((2, 8, 9, 16, 32, 64, 200), (1,))),
    "waist": Family(waist, lambda x, m: (x, m), _grid((24, 96, 400), (24, 96, 400)), mixed=True),
    "kinetics": Family(
        kinetics, lambda x, m: (x, m), _grid((4, 12, 24, 64, 128, 400), (1, 2, 4, 8, 24, 96)), fitted=False
    ),
    "recurrent": Family(
        recurrent,
        lambda x, m: (x, _matrix(20, x.size), m),
        _grid((4, 16, 64, 144), (1, 2, 4, 8, 24)),
        fitted=False,
        mixed=True,
    ),
    "elimination": Family(
        elimination, lambda x, m: (x, m), _grid((4, 12, 24, 64, 200), (1, 2, 4, 8, 24)), fitted=False
    ),
}
