"""Convolution, correlation and weighted counts of vectors.

All results of mode "full" have a place; the other modes skip the first ones, as many as Numba skips.
"""

# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np

from .table import pullback


def _convolve_a(a, v, mode, y_bar, a_bar):
    shorter = min(a.size, v.size)
    skipped = 0 if mode == "full" else shorter - 1 if mode == "valid" else (shorter - 1) - shorter // 2
    for i in range(a.size):
        for j in range(max(0, skipped - i), min(v.size, y_bar.size + skipped - i)):
            a_bar[i] += y_bar[i + j - skipped] * v[j]


def _convolve_v(a, v, mode, y_bar, v_bar):
    shorter = min(a.size, v.size)
    skipped = 0 if mode == "full" else shorter - 1 if mode == "valid" else (shorter - 1) - shorter // 2
    for j in range(v.size):
        for i in range(max(0, skipped - j), min(a.size, y_bar.size + skipped - j)):
            v_bar[j] += y_bar[i + j - skipped] * a[i]


def _correlate_a(a, v, mode, y_bar, a_bar):
    shorter = min(a.size, v.size)
    left = shorter - 1 if mode == "full" else 0 if mode == "valid" else shorter // 2
    shift = left if a.size >= v.size else y_bar.size - 1 - left
    for i in range(a.size):
        for j in range(max(0, i + shift - y_bar.size + 1), min(v.size, i + shift + 1)):
            a_bar[i] += y_bar[i - j + shift] * np.conj(v[j])


def _correlate_v(a, v, mode, y_bar, v_bar):
    shorter = min(a.size, v.size)
    left = shorter - 1 if mode == "full" else 0 if mode == "valid" else shorter // 2
    shift = left if a.size >= v.size else y_bar.size - 1 - left
    for i in range(a.size):
        for j in range(max(0, i + shift - y_bar.size + 1), min(v.size, i + shift + 1)):
            v_bar[j] += np.conj(y_bar[i - j + shift] * a[i])


def _bincount_weights(x, y_bar, weights_bar):
    for k in range(x.size):
        weights_bar[k] += y_bar[x[k]]


pullback("convolve", (np.convolve,), "a v mode='full'", a=_convolve_a, v=_convolve_v)
pullback("correlate", (np.correlate,), "a v mode='valid'", a=_correlate_a, v=_correlate_v)
pullback("bincount", (np.bincount,), "x weights=None minlength=0", weights=_bincount_weights)
