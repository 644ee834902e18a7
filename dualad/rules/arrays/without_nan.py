"""Reductions that leave nan out: nothing flows into an element that is nan."""

# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np

from .table import pullback


def _nansum_a(a, y_bar, a_bar):
    for index in np.ndindex(a.shape):
        if not np.isnan(a[index]):
            a_bar[index] += y_bar


def _nanmean_a(a, y_bar, a_bar):
    count = a.size - np.sum(np.isnan(a))
    for index in np.ndindex(a.shape):
        if not np.isnan(a[index]):
            a_bar[index] += y_bar / count


def _nanvar_a(a, ddof, y_bar, a_bar):
    count = a.size - np.sum(np.isnan(a))
    mean = np.nanmean(a)
    if count > ddof:
        for index in np.ndindex(a.shape):
            if not np.isnan(a[index]):
                a_bar[index] += 2.0 * y_bar / (count - ddof) * np.conj(a[index] - mean)


def _nanstd_a(a, ddof, y, y_bar, a_bar):
    count = a.size - np.sum(np.isnan(a))
    mean = np.nanmean(a)
    if count > ddof and y != 0.0:
        for index in np.ndindex(a.shape):
            if not np.isnan(a[index]):
                a_bar[index] += y_bar / ((count - ddof) * y) * np.conj(a[index] - mean)


def _nanprod_a(a, y_bar, a_bar):
    elements = a.flatten()
    contribution = np.zeros_like(elements)
    behind = y_bar
    for k in range(elements.size - 1, -1, -1):
        if not np.isnan(elements[k]):
            contribution[k] = behind
            behind = behind * elements[k]
    before = 1.0
    for k in range(elements.size):
        if not np.isnan(elements[k]):
            contribution[k] *= before
            before = before * elements[k]
    k = 0
    for index in np.ndindex(a_bar.shape):
        a_bar[index] += contribution[k]
        k += 1


def _nancumsum_a(a, y_bar, a_bar):
    elements = a.flatten()
    contribution = np.zeros_like(y_bar)
    total = 0.0
    for k in range(y_bar.size - 1, -1, -1):
        total = total + y_bar[k]
        if not np.isnan(elements[k]):
            contribution[k] = total
    k = 0
    for index in np.ndindex(a_bar.shape):
        a_bar[index] += contribution[k]
        k += 1


def _nancumprod_a(a, y, y_bar, a_bar):
    elements = a.flatten()
    contribution = np.zeros_like(y_bar)
    total = 0.0
    for k in range(y_bar.size - 1, -1, -1):
        total = total + y_bar[k]
        if not np.isnan(elements[k]):
            contribution[k] = total * y[k - 1] if k > 0 else total
            total = total * elements[k]
    k = 0
    for index in np.ndindex(a_bar.shape):
        a_bar[index] += contribution[k]
        k += 1


def _nanextreme_a(a, y, y_bar, a_bar):
    ties = 0
    for element in a.flat:
        ties += element == y
    for index in np.ndindex(a.shape):
        if a[index] == y:
            a_bar[index] += y_bar / ties


pullback("nansum", (np.nansum,), "a", a=_nansum_a)
pullback("nanmean", (np.nanmean,), "a", a=_nanmean_a)
pullback("nanvar", (np.nanvar,), "a axis=None dtype=None out=None ddof=0", a=_nanvar_a)
pullback("nanstd", (np.nanstd,), "a axis=None dtype=None out=None ddof=0", a=_nanstd_a)
pullback("nanprod", (np.nanprod,), "a", a=_nanprod_a)
pullback("nancumsum", (np.nancumsum,), "a", a=_nancumsum_a)
pullback("nancumprod", (np.nancumprod,), "a", a=_nancumprod_a)
pullback("nanmax", (np.nanmax,), "a", a=_nanextreme_a)
pullback("nanmin", (np.nanmin,), "a", a=_nanextreme_a)
