"""Arrays made of numbers, and arrays filled with them.

`linspace` and its kin put `stop` itself into the last element.
"""

# mypy: allow-untyped-defs

from __future__ import annotations

import math

import numpy as np

from .table import pullback


def _all(y_bar):
    return np.sum(y_bar)


def _linspace_start(y_bar):
    total = 0.0
    for i in range(y_bar.size):
        total += (1.0 - i / max(y_bar.size - 1, 1)) * y_bar[i]
    return total


def _linspace_stop(y_bar):
    total = 0.0
    for i in range(1, y_bar.size):
        total += i / (y_bar.size - 1) * y_bar[i]
    return total


def _logspace_start(y, y_bar):
    total = 0.0
    for i in range(y_bar.size):
        total += (1.0 - i / max(y_bar.size - 1, 1)) * y[i] * y_bar[i]
    return math.log(10.0) * total


def _logspace_stop(y, y_bar):
    total = 0.0
    for i in range(1, y_bar.size):
        total += i / (y_bar.size - 1) * y[i] * y_bar[i]
    return math.log(10.0) * total


def _geomspace_start(start, y, y_bar):
    total = 0.0
    for i in range(y_bar.size):
        total += (1.0 - i / max(y_bar.size - 1, 1)) * (y[i] / start) * y_bar[i]
    return total


def _geomspace_stop(stop, y, y_bar):
    total = 0.0
    for i in range(1, y_bar.size):
        total += i / (y_bar.size - 1) * (y[i] / stop) * y_bar[i]
    return total


def _arange_start(stop, y_bar):
    """With one argument, that is the stop."""
    if stop is None:
        return 0.0
    return np.sum(y_bar)


def _arange_step(y_bar):
    total = 0.0
    for i in range(y_bar.size):
        total += i * y_bar[i]
    return total


def _fill_value(a_bar):
    return np.sum(a_bar)


def _fill_a(a_bar):
    a_bar[...] = 0.0


def _fill_diagonal_val(wrap, a_bar, val_bar):
    """A vector is used over and over."""
    places = np.full(a_bar.shape, -1)
    np.fill_diagonal(places, np.arange(val_bar.size), wrap)
    contribution = np.zeros(val_bar.size, val_bar.dtype)
    for index in np.ndindex(a_bar.shape):
        if places[index] >= 0:
            contribution[places[index]] += a_bar[index]
    k = 0
    for index in np.ndindex(val_bar.shape):
        val_bar[index] += contribution[k]
        k += 1


def _fill_diagonal_number(wrap, a_bar):
    places = np.full(a_bar.shape, -1)
    np.fill_diagonal(places, 0, wrap)
    total = 0.0
    for index in np.ndindex(a_bar.shape):
        if places[index] == 0:
            total += a_bar[index]
    return total


def _fill_diagonal_a(wrap, a_bar):
    np.fill_diagonal(a_bar, 0.0, wrap)


pullback("full", (np.full,), "shape fill_value dtype=None", fill_value=_all)
pullback("full_like", (np.full_like,), "a fill_value dtype=None", fill_value=_all, inactive="a")
pullback("linspace", (np.linspace,), "start stop num=50", start=_linspace_start, stop=_linspace_stop)
pullback("logspace", (np.logspace,), "start stop num=50", start=_logspace_start, stop=_logspace_stop)
pullback("geomspace", (np.geomspace,), "start stop num=50", start=_geomspace_start, stop=_geomspace_stop)
pullback(
    "arange", (np.arange,), "start stop=None step=None dtype=None",
    start=_arange_start, step=_arange_step, inactive="stop",
)  # fmt: skip
pullback("fill", (np.ndarray.fill,), "a value", a=_fill_a, value=_fill_value, overwrites="a")
pullback(
    "fill_diagonal", (np.fill_diagonal,), "a val wrap=False",
    a=_fill_diagonal_a, val=(_fill_diagonal_val, _fill_diagonal_number), overwrites="a",
)  # fmt: skip
