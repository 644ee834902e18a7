"""Extremes and order statistics: the chosen elements, with their weights.

Tied extremes share equally, also among each other at the second order; a sort is a stable permutation. With nan in the
array, an extreme is the first nan.
"""

# mypy: allow-untyped-defs

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .table import pullback


def _extreme_a(a, y, y_bar, a_bar):
    """For `max` and `min`: the elements that equal the result."""
    into = a_bar
    if np.isnan(y):
        first = True
        for index in np.ndindex(a.shape):
            if first and np.isnan(a[index]):
                into[index] += y_bar
                first = False
    else:
        ties = 0
        for element in a.flat:
            ties += element == y
        for index in np.ndindex(a.shape):
            if a[index] == y:
                into[index] += y_bar / ties


def _ptp_a(a, y_bar, a_bar):
    largest, smallest = np.max(a), np.min(a)
    largest_ties, smallest_ties = 0, 0
    for element in a.flat:
        largest_ties += element == largest
        smallest_ties += element == smallest
    for index in np.ndindex(a.shape):
        if a[index] == largest:
            a_bar[index] += y_bar / largest_ties
        if a[index] == smallest:
            a_bar[index] -= y_bar / smallest_ties


def _sort_a(a, y_bar, a_bar):
    """Along the last axis."""
    for row in np.ndindex(a.shape[:-1]):
        order = np.argsort(a[row], kind="mergesort")
        for k in range(order.size):
            a_bar[row][order[k]] += y_bar[row][k]


def _sort_in_place(a, a_bar):
    """The cotangent of the sorted array becomes that of the array before."""
    for row in np.ndindex(a.shape[:-1]):
        order = np.argsort(a[row], kind="mergesort")
        sorted_bar = a_bar[row].copy()
        for k in range(order.size):
            a_bar[row][order[k]] = sorted_bar[k]


def _partition_a(a, kth, y_bar, a_bar):
    order = np.argpartition(a, kth)
    for row in np.ndindex(a.shape[:-1]):
        for k in range(a.shape[-1]):
            a_bar[row][order[row][k]] += y_bar[row][k]


def _unique_ar(ar, y, y_bar, ar_bar):
    """The first of equal elements is taken."""
    order = np.argsort(ar.flatten(), kind="mergesort")
    elements = ar.flatten()
    contribution = np.zeros(elements.size, ar_bar.dtype)
    taken = 0
    for k in range(order.size):
        if taken < y.size and elements[order[k]] == y[taken]:
            contribution[order[k]] = y_bar[taken]
            taken += 1
    k = 0
    for index in np.ndindex(ar_bar.shape):
        ar_bar[index] += contribution[k]
        k += 1


def _median_a(a, y_bar, a_bar):
    order = np.argsort(a.flatten(), kind="mergesort")
    contribution = np.zeros(order.size, a_bar.dtype)
    half = order.size >> 1
    if order.size & 1:
        contribution[order[half]] = y_bar
    elif order.size > 0:
        contribution[order[half - 1]] = y_bar / 2
        contribution[order[half]] = y_bar / 2
    k = 0
    for index in np.ndindex(a_bar.shape):
        a_bar[index] += contribution[k]
        k += 1


def _nanmedian_a(a, y_bar, a_bar):
    elements = a.flatten()
    order = np.argsort(elements, kind="mergesort")  # nan comes last
    count = order.size - np.sum(np.isnan(elements))
    contribution = np.zeros(order.size, a_bar.dtype)
    half = count >> 1
    if count & 1:
        contribution[order[half]] = y_bar
    elif count > 0:
        contribution[order[half - 1]] = y_bar / 2
        contribution[order[half]] = y_bar / 2
    k = 0
    for index in np.ndindex(a_bar.shape):
        a_bar[index] += contribution[k]
        k += 1


def _quantile(top: float) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """For the array, for one fraction `q` and for an array of fractions, 0 to `top`; nan is left out."""

    def quantile_a(a, q, y_bar, a_bar):
        elements = a.flatten()
        order = np.argsort(elements, kind="mergesort")
        count = order.size - np.sum(np.isnan(elements))
        contribution = np.zeros(order.size, a_bar.dtype)
        fractions, shares = np.asarray(q).flatten(), np.asarray(y_bar).flatten()
        for k in range(shares.size if count > 0 else 0):
            rank = (count - 1) * (fractions[k] / top)
            below = max(min(math.floor(rank), count - 2), 0)
            above = min(below + 1, count - 1)
            contribution[order[below]] += shares[k] * (1 - (rank - below))
            contribution[order[above]] += shares[k] * (rank - below)
        k = 0
        for index in np.ndindex(a_bar.shape):
            a_bar[index] += contribution[k]
            k += 1

    def quantile_q(a, q, y_bar):
        elements = np.sort(a.flatten())
        count = elements.size - np.sum(np.isnan(elements))
        if count < 2:
            return 0.0 * y_bar
        below = min(math.floor((count - 1) * (q / top)), count - 2)
        return y_bar * ((count - 1) / top) * (elements[below + 1] - elements[below])

    def quantile_qs(a, q, y_bar, q_bar):
        elements = np.sort(a.flatten())
        count = elements.size - np.sum(np.isnan(elements))
        contribution = np.zeros(q.size, q_bar.dtype)
        fractions = q.flatten()
        for k in range(fractions.size if count > 1 else 0):
            below = min(math.floor((count - 1) * (fractions[k] / top)), count - 2)
            contribution[k] = y_bar[k] * ((count - 1) / top) * (elements[below + 1] - elements[below])
        k = 0
        for index in np.ndindex(q_bar.shape):
            q_bar[index] += contribution[k]
            k += 1

    return quantile_a, quantile_q, quantile_qs


_percentile_a, *_percentile_q = _quantile(100.0)
_quantile_a, *_quantile_q = _quantile(1.0)

pullback("max", (np.max, np.amax), "a", a=_extreme_a)
pullback("min", (np.min, np.amin), "a", a=_extreme_a)
pullback("ptp", (np.ptp,), "a", a=_ptp_a)
pullback("sort", (np.sort,), "a", a=_sort_a)
pullback("sort_in_place", (np.ndarray.sort,), "a kind='quicksort'", a=_sort_in_place, overwrites="a")
pullback("partition", (np.partition,), "a kth", a=_partition_a)
pullback("unique", (np.unique,), "ar", ar=_unique_ar)
pullback("median", (np.median,), "a", a=_median_a)
pullback("nanmedian", (np.nanmedian,), "a", a=_nanmedian_a)
pullback("percentile", (np.percentile, np.nanpercentile), "a q", a=_percentile_a, q=tuple(_percentile_q))
pullback("quantile", (np.quantile, np.nanquantile), "a q", a=_quantile_a, q=tuple(_quantile_q))
