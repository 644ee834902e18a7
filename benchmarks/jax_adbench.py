"""The ADBench workloads in JAX, in the forms that it runs best: matrix products for the mixture, a scan for the LSTM."""

import math

import numpy as np

from benchmarks.harness import Candidate, timed_calls
from benchmarks.peers import load_jax


def gradients(objective, arguments: tuple) -> Candidate:
    """Gradient by all `arguments`, compiled, called from Python."""
    jax = load_jax()
    compiled = jax.jit(jax.grad(objective, argnums=tuple(range(len(arguments)))))
    values = [jax.numpy.asarray(a) for a in arguments]

    def call():
        return jax.block_until_ready(compiled(*values))

    return Candidate(lambda: np.concatenate([np.ravel(part) for part in call()]), timed_calls(call))


def gmm(alphas, means, icf, x, gamma, m, *, block: int | None = None) -> Candidate:
    """All components in one product; with `block` that many points at a time, in a scan."""
    jax = load_jax()
    jnp = jax.numpy
    (n, d), components = x.shape, alphas.size
    columns, rows = np.triu_indices(d, 1)  # the entries below the diagonal, column by column
    points = jnp.asarray(x if block is None else x.reshape(-1, block, d))
    degrees = d + m + 1
    multigamma = 0.25 * d * (d - 1) * math.log(math.pi)
    multigamma += sum(math.lgamma(0.5 * (degrees + 1 - j)) for j in range(1, d + 1))
    constant = degrees * d * (math.log(gamma) - 0.5 * math.log(2.0)) - multigamma

    def objective(alphas, means, icf):
        diagonals, sums = jnp.exp(icf[:, :d]), icf[:, :d].sum(axis=1)
        q = jnp.zeros((components, d, d)).at[:, rows, columns].set(icf[:, d:])
        q = q.at[:, np.arange(d), np.arange(d)].set(diagonals)
        shift, stacked = jnp.einsum("kab,kb->ka", q, means).reshape(-1), q.reshape(-1, d).T

        def likelihood(some):
            y = some @ stacked - shift
            squares = (y * y).reshape(-1, components, d).sum(axis=-1)
            return jax.scipy.special.logsumexp(alphas + sums - 0.5 * squares, axis=1).sum()

        if block is None:
            total = likelihood(points)
        else:
            total = jax.lax.scan(lambda s, some: (s + jax.checkpoint(likelihood)(some), None), 0.0, points)[0]
        squares = (diagonals**2).sum() + (icf[:, d:] ** 2).sum()
        prior = 0.5 * gamma**2 * squares - m * sums.sum() - components * constant
        flat = n * jax.scipy.special.logsumexp(alphas)
        return total - flat - 0.5 * n * d * math.log(2.0 * math.pi) + prior

    return gradients(objective, (alphas, means, icf))


def lstm(main, extra, state, sequence) -> Candidate:
    """A scan over time, the layers written out."""
    jax = load_jax()
    jnp = jax.numpy
    symbols, (steps, b) = jnp.asarray(sequence), sequence.shape

    def objective(main, extra):
        def step(carried, pair):
            now, after = pair
            u, kept = now * extra[0], []
            for weights, (hidden, cell) in zip(main, carried, strict=True):
                forget = jax.nn.sigmoid(u * weights[0] + weights[4])
                ingate = jax.nn.sigmoid(hidden * weights[1] + weights[5])
                outgate = jax.nn.sigmoid(u * weights[2] + weights[6])
                cell = cell * forget + ingate * jnp.tanh(hidden * weights[3] + weights[7])
                u = outgate * jnp.tanh(cell)
                kept.append((u, cell))
            y = u * extra[1] + extra[2]
            return kept, jnp.dot(after, y - jnp.log(2.0 + jnp.exp(y).sum()))

        start = [(jnp.asarray(layer[0]), jnp.asarray(layer[1])) for layer in state]
        terms = jax.lax.scan(step, start, (symbols[:-1], symbols[1:]))[1]
        return -terms.sum() / (b * (steps - 1))

    return gradients(objective, (main, extra))
