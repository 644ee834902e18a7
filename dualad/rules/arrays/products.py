"""Products of vectors and matrices; where `a` and `b` may be either, their ranks decide."""

# mypy: allow-untyped-defs

from __future__ import annotations

import operator

import numpy as np

from .table import pullback


def _dot_a(a, b, y_bar, a_bar):
    into = a_bar
    if a.ndim == 1:
        if b.ndim == 1:
            into += y_bar * b
        else:
            into += np.dot(b, y_bar)
    elif b.ndim == 1:
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                into[i, j] += y_bar[i] * b[j]
    else:
        # libraries multiply by rows of a small transposed matrix slowly: up to three times as fast by those of its copy
        product = np.dot(y_bar, np.ascontiguousarray(b.T)) if b.shape[0] < y_bar.shape[0] else np.dot(y_bar, b.T)
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                into[i, j] += product[i, j]


def _dot_b(a, b, y_bar, b_bar):
    into = b_bar
    if b.ndim == 1:
        if a.ndim == 1:
            into += y_bar * a
        else:
            into += np.dot(a.T, y_bar)
    elif a.ndim == 1:
        for i in range(b.shape[0]):
            for j in range(b.shape[1]):
                into[i, j] += a[i] * y_bar[j]
    else:
        product = np.dot(a.T, y_bar)
        for i in range(b.shape[0]):
            for j in range(b.shape[1]):
                into[i, j] += product[i, j]


def _vdot_a(b, y_bar, a_bar):
    a_bar += np.conj(y_bar * b)


def _vdot_b(a, y_bar, b_bar):
    b_bar += y_bar * np.conj(a)


def _outer_a(b, y_bar, a_bar):
    """Both count as vectors, whatever their rank; a number as a vector of one."""
    right = np.asarray(b)
    i = 0
    for p in np.ndindex(a_bar.shape):
        j = 0
        for q in np.ndindex(right.shape):
            a_bar[p] += y_bar[i, j] * right[q]
            j += 1
        i += 1


def _outer_b(a, y_bar, b_bar):
    left = np.asarray(a)
    i = 0
    for p in np.ndindex(left.shape):
        j = 0
        for q in np.ndindex(b_bar.shape):
            b_bar[q] += y_bar[i, j] * left[p]
            j += 1
        i += 1


def _outer_number_a(b, y_bar):
    right = np.asarray(b)
    total = 0.0
    j = 0
    for q in np.ndindex(right.shape):
        total += y_bar[0, j] * right[q]
        j += 1
    return total


def _outer_number_b(a, y_bar):
    left = np.asarray(a)
    total = 0.0
    i = 0
    for p in np.ndindex(left.shape):
        total += y_bar[i, 0] * left[p]
        i += 1
    return total


def _kron_a(a, b, y_bar, a_bar):
    """A vector counts as a matrix of one row."""
    m, n = (a.shape[0] if a.ndim == 2 else 1), a.shape[-1]
    p, q = (b.shape[0] if b.ndim == 2 else 1), b.shape[-1]
    right = np.ascontiguousarray(b).reshape((p, q))
    blocks = y_bar.reshape((m, p, n, q))
    contribution = np.zeros((m, n), a_bar.dtype)
    for i in range(m):
        for k in range(p):
            for j in range(n):
                for s in range(q):
                    contribution[i, j] += blocks[i, k, j, s] * right[k, s]
    a_bar += contribution.reshape(a_bar.shape)


def _kron_b(a, b, y_bar, b_bar):
    m, n = (a.shape[0] if a.ndim == 2 else 1), a.shape[-1]
    p, q = (b.shape[0] if b.ndim == 2 else 1), b.shape[-1]
    left = np.ascontiguousarray(a).reshape((m, n))
    blocks = y_bar.reshape((m, p, n, q))
    contribution = np.zeros((p, q), b_bar.dtype)
    for i in range(m):
        for k in range(p):
            for j in range(n):
                for s in range(q):
                    contribution[k, s] += blocks[i, k, j, s] * left[i, j]
    b_bar += contribution.reshape(b_bar.shape)


def _cross_a(b, y_bar, a_bar):
    """Vectors stand along the last axis; one without a third component has zero there. A single vector meets all."""
    if (a_bar.ndim > 1 and a_bar.shape[:-1] != y_bar.shape[:-1]) or (b.ndim > 1 and b.shape[:-1] != y_bar.shape[:-1]):
        raise ValueError("the cross product of broadcast arrays of vectors has no derivative here: give them one shape")
    for place in np.ndindex(y_bar.shape[:-1]):
        into = a_bar if a_bar.ndim == 1 else a_bar[place]
        other = b if b.ndim == 1 else b[place]
        third = other[2] if other.size == 3 else 0.0 * other[0]
        flow = y_bar[place]
        into[0] += other[1] * flow[2] - third * flow[1]
        into[1] += third * flow[0] - other[0] * flow[2]
        if into.size == 3:
            into[2] += other[0] * flow[1] - other[1] * flow[0]


def _cross_b(a, y_bar, b_bar):
    if (b_bar.ndim > 1 and b_bar.shape[:-1] != y_bar.shape[:-1]) or (a.ndim > 1 and a.shape[:-1] != y_bar.shape[:-1]):
        raise ValueError("the cross product of broadcast arrays of vectors has no derivative here: give them one shape")
    for place in np.ndindex(y_bar.shape[:-1]):
        into = b_bar if b_bar.ndim == 1 else b_bar[place]
        other = a if a.ndim == 1 else a[place]
        third = other[2] if other.size == 3 else 0.0 * other[0]
        flow = y_bar[place]
        into[0] += flow[1] * third - flow[2] * other[1]
        into[1] += flow[2] * other[0] - flow[0] * third
        if into.size == 3:
            into[2] += flow[0] * other[1] - flow[1] * other[0]


def _trace_a(offset, y_bar, a_bar):
    for i in range(a_bar.shape[0]):
        if 0 <= i + offset < a_bar.shape[1]:
            a_bar[i, i + offset] += y_bar


pullback("dot", (np.dot, np.matmul, operator.matmul), "a b", a=_dot_a, b=_dot_b)
pullback("vdot", (np.vdot,), "a b", a=_vdot_a, b=_vdot_b)
pullback("outer", (np.outer,), "a b", a=(_outer_a, _outer_number_a), b=(_outer_b, _outer_number_b))
pullback("kron", (np.kron,), "a b", a=_kron_a, b=_kron_b)
pullback("cross", (np.cross,), "a b", a=_cross_a, b=_cross_b)
pullback("trace", (np.trace,), "a offset=0", a=_trace_a)
