"""Sums, products and moments.

Products are pulled back without division: with the product of what stands before an element and of what stands behind
it, zeros are exact, to every order.
"""

# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np

from .table import pullback


def _sum_a(axis, y_bar, a_bar):
    """By the rank, as broadcasting takes long to compile."""
    into = a_bar
    if axis is None or a_bar.ndim == 1:
        into += y_bar
    elif a_bar.ndim == 2:
        down = axis % 2 == 0
        for i in range(a_bar.shape[0]):
            for j in range(a_bar.shape[1]):
                into[i, j] += y_bar[j if down else i]
    elif a_bar.ndim == 3:
        first, last = axis % 3 == 0, axis % 3 == 2
        for i in range(a_bar.shape[0]):
            for j in range(a_bar.shape[1]):
                for k in range(a_bar.shape[2]):
                    into[i, j, k] += y_bar[j if first else i, j if last else k]
    else:
        into += np.expand_dims(y_bar, axis)


def _sum_axes_a(axis, y_bar, a_bar):
    """For a tuple of axes, each put back in ascending order."""
    into = a_bar
    if len(axis) == a_bar.ndim or len(axis) == 0:
        into += y_bar
    elif len(axis) == 1:
        into += np.expand_dims(y_bar, axis[0])
    elif len(axis) == 2:
        first, second = axis[0] % a_bar.ndim, axis[1] % a_bar.ndim
        into += np.expand_dims(np.expand_dims(y_bar, min(first, second)), max(first, second))
    else:
        raise ValueError("a sum over three or more axes of many: sum over one or two at a time")


def _mean_a(y_bar, a_bar):
    a_bar += y_bar / max(a_bar.size, 1)


def _prod_a(a, y_bar, a_bar):
    behind = np.empty(a.size, a.dtype)
    k = 0
    for index in np.ndindex(a.shape):
        behind[k] = a[index]
        k += 1
    product = y_bar
    for k in range(a.size - 1, -1, -1):
        element = behind[k]
        behind[k] = product
        product = product * element
    before = 1.0
    k = 0
    for index in np.ndindex(a.shape):
        a_bar[index] += before * behind[k]
        before = before * a[index]
        k += 1


def _cumsum_a(y_bar, a_bar):
    later = np.empty_like(y_bar)
    total = 0.0
    for k in range(y_bar.size - 1, -1, -1):
        total = total + y_bar[k]
        later[k] = total
    k = 0
    for index in np.ndindex(a_bar.shape):
        a_bar[index] += later[k]
        k += 1


def _cumprod_a(a, y, y_bar, a_bar):
    """`later` is what a factor meets: the cotangents from its place on, times the factors in between."""
    later = np.empty_like(y_bar)
    k = 0
    for index in np.ndindex(a.shape):
        later[k] = a[index]
        k += 1
    total = 0.0
    for k in range(y_bar.size - 1, -1, -1):
        element = later[k]
        total = total + y_bar[k]
        later[k] = total * y[k - 1] if k > 0 else total
        total = total * element
    k = 0
    for index in np.ndindex(a.shape):
        a_bar[index] += later[k]
        k += 1


def _var_a(a, y_bar, a_bar):
    count = max(a.size, 1)
    mean = np.sum(a) / count
    for index in np.ndindex(a.shape):
        a_bar[index] += (2.0 * y_bar / count) * np.conj(a[index] - mean)


def _std_a(a, y, y_bar, a_bar):
    if y != 0.0:  # the deviation of equal numbers has the slope 0
        count = max(a.size, 1)
        mean = np.sum(a) / count
        for index in np.ndindex(a.shape):
            a_bar[index] += (y_bar / (count * y)) * np.conj(a[index] - mean)


def _average_a(a, weights, y_bar, a_bar):
    into = a_bar
    if weights is None:
        into += y_bar / max(a_bar.size, 1)
    else:
        into += y_bar * (weights / np.sum(weights))


def _average_weights(a, weights, y, y_bar, weights_bar):
    weights_bar += (y_bar / np.sum(weights)) * (a - y)


pullback("sum", (np.sum,), "a axis=None dtype=None", a=_sum_a)
pullback("sum_axes", (), "a axis dtype=None", a=_sum_axes_a)
pullback("mean", (np.mean,), "a", a=_mean_a)
pullback("prod", (np.prod,), "a", a=_prod_a)
pullback("cumsum", (np.cumsum,), "a", a=_cumsum_a)
pullback("cumprod", (np.cumprod,), "a", a=_cumprod_a)
pullback("var", (np.var,), "a", a=_var_a)
pullback("std", (np.std,), "a", a=_std_a)
pullback("average", (np.average,), "a axis=None weights=None", a=_average_a, weights=_average_weights)
