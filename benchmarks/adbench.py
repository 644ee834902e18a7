"""The published ADBench workloads (arXiv 1807.10129) as programs that a scientist writes.

The objectives are those of the paper; the inputs are drawn from the distributions that its data were drawn from. The C++
source ``cpp/adbench.cpp`` repeats the programs.
"""

import math

import numpy as np

from benchmarks.programs import jit


@jit
def log_sum_exp(values):
    top = values[0]
    for value in values:
        top = max(top, value)
    total = 0.0
    for value in values:
        total += math.exp(value - top)
    return top + math.log(total)


@jit
def log_multigamma(a, d):
    total = 0.25 * d * (d - 1) * math.log(math.pi)
    for j in range(1, d + 1):
        total += math.lgamma(a + 0.5 * (1 - j))
    return total


@jit
def log_wishart_prior(diagonals, icf, sums, gamma, m):
    components, d = diagonals.shape
    degrees = d + m + 1
    squares = 0.0
    trace = 0.0
    for k in range(components):
        for a in range(d):
            squares += diagonals[k, a] ** 2
        for a in range(d, icf.shape[1]):
            squares += icf[k, a] ** 2
        trace += sums[k]
    constant = degrees * d * (math.log(gamma) - 0.5 * math.log(2.0)) - log_multigamma(0.5 * degrees, d)
    return 0.5 * gamma * gamma * squares - m * trace - components * constant


def gmm(alphas, means, icf, x, gamma, m):
    """Log-likelihood of a Gaussian mixture with Wishart prior, in plain loops over small work arrays."""
    n, d = x.shape
    components = alphas.size
    diagonals = np.exp(icf[:, :d])
    sums = np.zeros(components)
    for k in range(components):
        for a in range(d):
            sums[k] += icf[k, a]
    centred = np.empty(d)
    y = np.empty(d)
    terms = np.empty(components)
    total = -0.5 * n * d * math.log(2.0 * math.pi)
    for i in range(n):
        for k in range(components):
            for a in range(d):
                centred[a] = x[i, a] - means[k, a]
                y[a] = diagonals[k, a] * centred[a]
            position = d
            for a in range(d):
                for b in range(a + 1, d):
                    y[b] += icf[k, position] * centred[a]
                    position += 1
            square = 0.0
            for a in range(d):
                square += y[a] * y[a]
            terms[k] = alphas[k] + sums[k] - 0.5 * square
        total += log_sum_exp(terms)
    total -= n * log_sum_exp(alphas)
    return total + log_wishart_prior(diagonals, icf, sums, gamma, m)


@jit
def lower_times(diagonal, below, v, out):
    """``out = Q v`` for the lower triangle Q whose entries below the diagonal stand column by column."""
    for a in range(v.size):
        out[a] = diagonal[a] * v[a]
    position = 0
    for a in range(v.size):
        for b in range(a + 1, v.size):
            out[b] += below[position] * v[a]
            position += 1


def gmm_helpers(alphas, means, icf, x, gamma, m):
    """The same with a helper function on views of rows, which fills a work array."""
    n, d = x.shape
    components = alphas.size
    diagonals = np.exp(icf[:, :d])
    sums = np.zeros(components)
    for k in range(components):
        for a in range(d):
            sums[k] += icf[k, a]
    centred = np.empty(d)
    y = np.empty(d)
    terms = np.empty(components)
    total = -0.5 * n * d * math.log(2.0 * math.pi)
    for i in range(n):
        for k in range(components):
            for a in range(d):
                centred[a] = x[i, a] - means[k, a]
            lower_times(diagonals[k], icf[k, d:], centred, y)
            square = 0.0
            for a in range(d):
                square += y[a] * y[a]
            terms[k] = alphas[k] + sums[k] - 0.5 * square
        total += log_sum_exp(terms)
    total -= n * log_sum_exp(alphas)
    return total + log_wishart_prior(diagonals, icf, sums, gamma, m)


def gmm_dot(alphas, means, icf, x, gamma, m):
    """The same with one matrix product per component."""
    n, d = x.shape
    components = alphas.size
    diagonals = np.exp(icf[:, :d])
    sums = np.sum(icf[:, :d], axis=1)
    q = np.zeros((d, d))
    terms = np.empty((n, components))
    for k in range(components):
        position = d
        for a in range(d):
            q[a, a] = diagonals[k, a]
            for b in range(a + 1, d):
                q[b, a] = icf[k, position]
                position += 1
        y = np.dot(x - means[k], q.T)
        terms[:, k] = alphas[k] + sums[k] - 0.5 * np.sum(y * y, axis=1)
    total = -0.5 * n * d * math.log(2.0 * math.pi)
    for i in range(n):
        total += log_sum_exp(terms[i])
    total -= n * log_sum_exp(alphas)
    return total + log_wishart_prior(diagonals, icf, sums, gamma, m)


@jit
def log_sum_exps(terms):
    """Sum of the log-sum-exps of all columns, each row at a time."""
    rows, columns = terms.shape
    tops = np.full(columns, -np.inf)
    for k in range(rows):
        for i in range(columns):
            tops[i] = max(tops[i], terms[k, i])
    norms = np.zeros(columns)
    for k in range(rows):
        for i in range(columns):
            norms[i] += math.exp(terms[k, i] - tops[i])
    total = 0.0
    for i in range(columns):
        total += tops[i] + math.log(norms[i])
    return total


def gmm_blocks(alphas, means, icf, x, gamma, m):
    """The same with one matrix product for all components, for blocks of points.

    Blocks are so small that BLAS multiplies without packing (OpenBLAS does so up to 10^6 multiplications), and points along the
    last axis let the loops over them run in the machine's vectors.
    """
    (n, d), components = x.shape, alphas.size
    block = block_of(components, d)
    diagonals = np.exp(icf[:, :d])
    sums = np.sum(icf[:, :d], axis=1)
    q = np.zeros((components * d, d))
    shifts = np.zeros((components, d))
    for k in range(components):
        position = d
        for a in range(d):
            q[k * d + a, a] = diagonals[k, a]
            for b in range(a + 1, d):
                q[k * d + b, a] = icf[k, position]
                position += 1
        for a in range(d):
            for b in range(a + 1):
                shifts[k, a] += q[k * d + a, b] * means[k, b]
    total = -0.5 * n * d * math.log(2.0 * math.pi)
    for start in range(0, n, block):
        points = x[start : start + block].T.copy()
        y = np.dot(q, points).reshape((components, d, points.shape[1]))
        terms = np.empty((components, points.shape[1]))
        for k in range(components):
            terms[k] = alphas[k] + sums[k]
            for a in range(d):
                for i in range(points.shape[1]):
                    terms[k, i] -= 0.5 * (y[k, a, i] - shifts[k, a]) ** 2
        total += log_sum_exps(terms)
    total -= n * log_sum_exp(alphas)
    return total + log_wishart_prior(diagonals, icf, sums, gamma, m)


@jit
def block_of(components, d):
    """How many points are multiplied at once by the factors of all components."""
    return max(16, 10**6 // (components * d * d) // 8 * 8)


@jit
def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


@jit
def lstm_layer(weights, hidden, cell, u):
    """One step of one layer: `hidden`, `cell` and the input `u` of the next layer are updated in place."""
    for j in range(u.size):
        forget = sigmoid(u[j] * weights[0, j] + weights[4, j])
        ingate = sigmoid(hidden[j] * weights[1, j] + weights[5, j])
        outgate = sigmoid(u[j] * weights[2, j] + weights[6, j])
        change = np.tanh(hidden[j] * weights[3, j] + weights[7, j])
        cell[j] = cell[j] * forget + ingate * change
        hidden[j] = outgate * np.tanh(cell[j])
        u[j] = hidden[j]


def lstm(main, extra, state, sequence):
    """Loss of an LSTM language model, next-symbol prediction, normalised by the length."""
    steps, b = sequence.shape
    state = state.copy()
    u = np.empty_like(extra[0])
    y = np.empty_like(u)
    total = 0.0
    for t in range(steps - 1):
        for j in range(b):
            u[j] = sequence[t, j] * extra[0, j]
        for layer in range(main.shape[0]):
            lstm_layer(main[layer], state[layer, 0], state[layer, 1], u)
        exponentials = 2.0
        for j in range(b):
            y[j] = u[j] * extra[1, j] + extra[2, j]
            exponentials += np.exp(y[j])
        norm = np.log(exponentials)
        for j in range(b):
            total += sequence[t + 1, j] * (y[j] - norm)
    return -total / (b * (steps - 1))


def gmm_data(d, components, n):
    random = np.random.default_rng(d)
    alphas = random.standard_normal(components)
    means = random.uniform(size=(components, d))
    icf = random.standard_normal((components, d * (d + 1) // 2))
    return alphas, means, icf, random.standard_normal((n, d)), 1.0, 0


def lstm_data(layers, steps, b=14):
    random = np.random.default_rng(layers)
    main, extra = random.uniform(size=(layers, 8, b)), random.uniform(size=(3, b))
    sequence = (random.uniform(size=(steps, b)) < 0.25).astype(float)
    return main, extra, random.uniform(size=(layers, 2, b)), sequence
