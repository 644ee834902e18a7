"""Diagonals and triangles."""

# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np

from .table import pullback


def _diag_v(k, y_bar, v_bar):
    """A vector becomes a diagonal, of a matrix the diagonal is taken."""
    down, right = max(-k, 0), max(k, 0)
    if v_bar.ndim == 1:
        for i in range(v_bar.size):
            v_bar[i] += y_bar[i + down, i + right]
    else:
        for i in range(y_bar.size):
            v_bar[i + down, i + right] += y_bar[i]


def _diagflat_v(k, y_bar, v_bar):
    down, right = max(-k, 0), max(k, 0)
    contribution = np.zeros(v_bar.size, v_bar.dtype)
    for i in range(v_bar.size):
        contribution[i] = y_bar[i + down, i + right]
    k = 0
    for index in np.ndindex(v_bar.shape):
        v_bar[index] += contribution[k]
        k += 1


def _tril_m(k, y_bar, m_bar):
    """A vector is taken for a matrix of equal rows."""
    if m_bar.ndim == 1:
        for i in range(y_bar.shape[0]):
            for j in range(y_bar.shape[1]):
                if j <= i + k:
                    m_bar[j] += y_bar[i, j]
    else:
        for place in np.ndindex(m_bar.shape[:-2]):
            into, flow = m_bar[place], y_bar[place]
            for i in range(flow.shape[0]):
                for j in range(flow.shape[1]):
                    if j <= i + k:
                        into[i, j] += flow[i, j]


def _triu_m(k, y_bar, m_bar):
    if m_bar.ndim == 1:
        for i in range(y_bar.shape[0]):
            for j in range(y_bar.shape[1]):
                if j >= i + k:
                    m_bar[j] += y_bar[i, j]
    else:
        for place in np.ndindex(m_bar.shape[:-2]):
            into, flow = m_bar[place], y_bar[place]
            for i in range(flow.shape[0]):
                for j in range(flow.shape[1]):
                    if j >= i + k:
                        into[i, j] += flow[i, j]


def _vander_x(x, increasing, y_bar, x_bar):
    columns = y_bar.shape[1]
    for i in range(x.size):
        power = 1.0
        for k in range(1, columns):
            column = k if increasing else columns - 1 - k
            x_bar[i] += k * power * y_bar[i, column]
            power = power * x[i]


pullback("diag", (np.diag,), "v k=0", v=_diag_v)
pullback("diagflat", (np.diagflat,), "v k=0", v=_diagflat_v)
pullback("tril", (np.tril,), "m k=0", m=_tril_m)
pullback("triu", (np.triu,), "m k=0", m=_triu_m)
pullback("vander", (np.vander,), "x N=None increasing=False", x=_vander_x)
