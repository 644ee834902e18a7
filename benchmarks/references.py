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


def complex_step_gradient(program, argnums, *arguments):
    """Gradient of a program that is analytic in `argnums`, one input at a time, flattened: exact to rounding."""
    tiny = 1e-40
    compiled = jit(program)
    # All float arrays become complex: a program makes its work arrays after the type of any of them.
    values = [a.astype(complex) if isinstance(a, np.ndarray) else a for a in arguments]
    parts = []
    for k in argnums:
        entries = values[k].reshape(-1)  # a view: the program sees what is written here
        for i in range(entries.size):
            kept = entries[i]
            entries[i] = kept + 1j * tiny
            parts.append(compiled(*values).imag / tiny)
            entries[i] = kept
    return np.array(parts)


def gmm_value_and_gradient(alphas, means, icf, x, gamma, m):
    """Gaussian mixture with Wishart prior: value, and the gradient from responsibilities and moments, in NumPy."""
    (n, d), components = x.shape, alphas.size
    diagonals, sums = np.exp(icf[:, :d]), icf[:, :d].sum(axis=1)
    columns, rows = np.triu_indices(d, 1)
    q = np.zeros((components, d, d))
    q[:, rows, columns], q[:, range(d), range(d)] = icf[:, d:], diagonals
    terms = np.empty((n, components))
    for k in range(components):
        terms[:, k] = alphas[k] + sums[k] - 0.5 * np.sum(((x - means[k]) @ q[k].T) ** 2, axis=1)
    tops = terms.max(axis=1, keepdims=True)
    weights = np.exp(terms - tops)
    norms = weights.sum(axis=1, keepdims=True)
    weights /= norms
    shares = np.exp(alphas - alphas.max()) / np.sum(np.exp(alphas - alphas.max()))
    degrees = d + m + 1
    squares = np.sum(diagonals**2) + np.sum(icf[:, d:] ** 2)
    multigamma = 0.25 * d * (d - 1) * math.log(math.pi)
    multigamma += sum(math.lgamma(0.5 * (degrees + 1 - j)) for j in range(1, d + 1))
    constant = degrees * d * (math.log(gamma) - 0.5 * math.log(2.0)) - multigamma
    value = np.sum(tops + np.log(norms)) - 0.5 * n * d * math.log(2.0 * math.pi) - n * math.log(np.exp(alphas).sum())
    value += 0.5 * gamma**2 * squares - m * sums.sum() - components * constant
    means_bar, icf_bar = np.empty_like(means), np.empty_like(icf)
    for k in range(components):
        centred = x - means[k]
        y = centred @ q[k].T
        weighted = weights[:, k, None] * y
        means_bar[k] = weighted.sum(axis=0) @ q[k]
        q_bar = -weighted.T @ centred + gamma**2 * q[k]
        icf_bar[k, d:] = q_bar[rows, columns]
        icf_bar[k, :d] = np.diag(q_bar) * diagonals[k] + weights[:, k].sum() - m
    alphas_bar = weights.sum(axis=0) - n * shares
    return value, np.concatenate([alphas_bar, means_bar.ravel(), icf_bar.ravel()])
