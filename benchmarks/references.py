"""Right answers that no candidate computes the same way: closed forms, and for rollouts the complex step."""

import math

import numpy as np

from benchmarks.programs import jit


def rosenbrock_gradient(x):
    g = np.zeros_like(x)
    b = x[1:] - x[:-1] ** 2
    g[:-1] += -2.0 * (1.0 - x[:-1]) - 400.0 * x[:-1] * b
    g[1:] += 200.0 * b
    return g


def rosenbrock_hessian(x):
    diagonal = np.zeros_like(x)
    diagonal[:-1] += 2.0 - 400.0 * (x[1:] - x[:-1] ** 2) + 800.0 * x[:-1] ** 2
    diagonal[1:] += 200.0
    beside = -400.0 * x[:-1]
    return np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)


def _ackley_parts(x):
    n = x.size
    radius = math.sqrt(np.mean(x * x))
    bowl = 4.0 * math.exp(-0.2 * radius)
    waves = math.exp(np.mean(np.cos(2.0 * np.pi * x)))
    return n, radius, bowl, waves, x / (n * radius), 2.0 * np.pi / n * np.sin(2.0 * np.pi * x)


def ackley_gradient(x):
    _, _, bowl, waves, slope, ripple = _ackley_parts(x)
    return bowl * slope + waves * ripple


def ackley_hessian(x):
    n, radius, bowl, waves, slope, ripple = _ackley_parts(x)
    bend = (np.eye(n) - n * np.outer(slope, slope)) / (n * radius)
    curl = np.diag(4.0 * np.pi**2 / n * np.cos(2.0 * np.pi * x))
    return bowl * (bend - 0.2 * np.outer(slope, slope)) + waves * (curl - np.outer(ripple, ripple))


def logit_gradient(x):
    y = 1.0 / (1.0 + math.exp(-(x @ x)))
    return 2.0 * y * (1.0 - y) * x


def logit_hessian(x):
    y = 1.0 / (1.0 + math.exp(-(x @ x)))
    return y * (1.0 - y) * (2.0 * np.eye(x.size) + 4.0 * (1.0 - 2.0 * y) * np.outer(x, x))


def complex_step_jacobian(program):
    """Jacobian of an analytic ``program(theta, *rest)``, run on complex numbers: exact to rounding."""
    compiled = jit(program)

    def jacobian(theta, *rest):
        tiny = 1e-40
        seeded = theta + 1j * tiny * np.eye(theta.size)
        return np.stack([compiled(row, *rest).imag / tiny for row in seeded], axis=1)

    return jacobian
