"""Linear algebra. Factorisations are used again where the result holds them.

Of the matrix of a Cholesky factorisation only the lower triangle is read, so only there is a derivative.
"""

# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np

from .table import pullback


def _solve_a(a, b, y, y_bar, a_bar):
    into = a_bar
    flow = np.linalg.solve(a.T, y_bar)
    if b.ndim == 1:
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                into[i, j] -= flow[i] * y[j]
    else:
        into -= np.dot(flow, y.T)


def _solve_b(a, y_bar, b_bar):
    b_bar += np.linalg.solve(a.T, y_bar)


def _inv_a(y, y_bar, a_bar):
    a_bar -= np.dot(np.dot(y.T, y_bar), y.T)


def _det_a(a, y, y_bar, a_bar):
    into = a_bar
    n = a.shape[0]
    if y != 0.0:
        into += (y_bar * y) * np.linalg.inv(a).T
    elif n == 1:
        into[0, 0] += y_bar
    else:  # cofactors by minors, for a singular matrix
        minor = np.empty((n - 1, n - 1), a.dtype)
        for i in range(n):
            for j in range(n):
                for k in range(n - 1):
                    for m in range(n - 1):
                        minor[k, m] = a[k + (k >= i), m + (m >= j)]
                into[i, j] += y_bar * np.linalg.det(minor) * (1 - 2 * ((i + j) % 2))


def _slogdet_a(a, y0, y0_bar, y1_bar, a_bar):
    if np.imag(y0_bar * y0) != 0.0:
        raise ValueError("the sign of a complex determinant has no derivative here: use np.linalg.det")
    a_bar += y1_bar * np.linalg.inv(a).T


def _cholesky_a(y, y_bar, a_bar):
    n = y.shape[0]
    inner = np.dot(y.T, y_bar)
    for i in range(n):
        inner[i, i] *= 0.5
        for j in range(i + 1, n):
            inner[i, j] = 0.0
    flow = np.linalg.solve(np.conj(y).T, np.linalg.solve(y.T, inner).T).T
    for i in range(n):
        a_bar[i, i] += np.real(flow[i, i])
        for j in range(i):
            a_bar[i, j] += flow[i, j] + np.conj(flow[j, i])


def _matrix_power_a(a, n, y_bar, a_bar):
    into = a_bar
    if n != 0:
        base = np.linalg.inv(a) if n < 0 else a.copy()
        total = y_bar.copy()
        right = y_bar.copy()
        for _ in range(abs(n) - 1):
            right = np.dot(right, base.T)
            total = np.dot(base.T, total) + right
        if n < 0:
            into -= np.dot(np.dot(base.T, total), base.T)
        else:
            into += total


def _norm_x(x, ord, y, y_bar, x_bar):
    """0 where the norm is 0, and in elements that are 0; tied elements, rows or columns share equally."""
    into = x_bar
    if ord is None:
        if y != 0.0:
            for index in np.ndindex(x.shape):
                into[index] += y_bar * (np.conj(x[index]) / y)
    elif x.ndim == 1:
        if ord == 2:
            if y != 0.0:
                for i in range(x.size):
                    into[i] += y_bar * (np.conj(x[i]) / y)
        else:
            ties = 0
            for i in range(x.size):
                ties += abs(x[i]) == y
            for i in range(x.size):
                size = abs(x[i])
                if size != 0.0:
                    sign = y_bar * (np.conj(x[i]) / size)
                    if ord == 1:
                        into[i] += sign
                    elif abs(ord) == np.inf:
                        if size == y:
                            into[i] += sign / ties
                    elif ord != 0:
                        into[i] += sign * (size / y) ** (ord - 1)
    elif abs(ord) != 1 and abs(ord) != np.inf:
        raise ValueError("a norm by singular values has no derivative here: use the Frobenius norm, inf, -inf, 1 or -1")
    elif x.size > 0:
        by_rows = abs(ord) == np.inf
        sums = np.sum(np.abs(x), 1) if by_rows else np.sum(np.abs(x), 0)
        best = np.max(sums) if ord > 0 else np.min(sums)
        ties = 0
        for k in range(sums.size):
            ties += sums[k] == best
        for i in range(x.shape[0]):
            for j in range(x.shape[1]):
                if sums[i if by_rows else j] == best and x[i, j] != 0.0:
                    into[i, j] += y_bar / ties * (np.conj(x[i, j]) / abs(x[i, j]))


pullback("solve", (np.linalg.solve,), "a b", a=_solve_a, b=_solve_b)
pullback("inv", (np.linalg.inv,), "a", a=_inv_a)
pullback("det", (np.linalg.det,), "a", a=_det_a)
pullback("slogdet", (np.linalg.slogdet,), "a", a=_slogdet_a)
pullback("cholesky", (np.linalg.cholesky,), "a", a=_cholesky_a)
pullback("matrix_power", (np.linalg.matrix_power,), "a n", a=_matrix_power_a)
pullback("norm", (np.linalg.norm,), "x ord=None", x=_norm_x)
