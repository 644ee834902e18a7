"""Reading and writing elements through arrays of indices: `a[index]` and `a[index] = values`.

What the index is decides which entry is meant; elements and slices alone make views, which need no entry:

- `INDEXED["integers"]`: one array of integers, for the first axis;
- `INDEXED["mask"]`: one array of booleans, for the first axis;
- `INDEXED["mixed"]`: a tuple with arrays in it. Its elements are numbered, which takes an array of integers of the size
  of `a`.

Each is a pair of entries, for reading and for writing. Of elements that are written twice the last value stays.
"""

# mypy: allow-untyped-defs

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .table import Pullback, pullback

__all__ = ["INDEXED"]

Function = Callable[..., Any]


def _gather_a(index, y_bar, a_bar):
    if index.ndim == 1:
        for k in range(index.size):
            a_bar[index[k]] += y_bar[k]
    else:
        for place in np.ndindex(index.shape):
            a_bar[index[place]] += y_bar[place]


def _gather_mask_a(index, y_bar, a_bar):
    taken = 0
    for k in range(index.size):
        if index[k]:
            a_bar[k] += y_bar[taken]
            taken += 1


def _gather_mixed_a(index, y_bar, a_bar):
    places = np.arange(a_bar.size).reshape(a_bar.shape)[index].flatten()
    shares = y_bar.flatten()
    contribution = np.zeros(a_bar.size, a_bar.dtype)
    for k in range(places.size):
        contribution[places[k]] += shares[k]
    k = 0
    for index in np.ndindex(a_bar.shape):
        a_bar[index] += contribution[k]
        k += 1


def _scatter_a(index, a_bar):
    a_bar[index] = 0.0


def _scatter_values(index, a_bar, values_bar):
    """Which element of the values came where is found by writing their numbers."""
    numbers = np.full(a_bar.shape, -1)
    numbers[index] = np.arange(values_bar.size).reshape(values_bar.shape)
    contribution = np.zeros(values_bar.size, values_bar.dtype)
    for place in np.ndindex(a_bar.shape):
        if numbers[place] >= 0:
            contribution[numbers[place]] += a_bar[place]
    k = 0
    for index in np.ndindex(values_bar.shape):
        values_bar[index] += contribution[k]
        k += 1


def _scatter_number(index, a_bar):
    numbers = np.full(a_bar.shape, -1)
    numbers[index] = 0
    total = 0.0
    for place in np.ndindex(a_bar.shape):
        if numbers[place] == 0:
            total += a_bar[place]
    return total


def _scatter_integers_values(index, a_bar, values_bar):
    """Without a look at all of `a` where the values are as many as the indices: backwards, as the last one stays."""
    into = values_bar
    if values_bar.ndim == a_bar.ndim and index.ndim == 1:
        if values_bar.shape[0] == index.size and values_bar.shape[1:] == a_bar.shape[1:]:
            for k in range(index.size - 1, -1, -1):
                into[k] += a_bar[index[k]]
                a_bar[index[k]] = 0.0
            return
    numbers = np.full(a_bar.shape, -1)
    numbers[index] = np.arange(values_bar.size).reshape(values_bar.shape)
    contribution = np.zeros(values_bar.size, values_bar.dtype)
    for place in np.ndindex(a_bar.shape):
        if numbers[place] >= 0:
            contribution[numbers[place]] += a_bar[place]
    k = 0
    for index in np.ndindex(values_bar.shape):
        into[index] += contribution[k]
        k += 1


def _scatter_integers_number(index, a_bar):
    total = 0.0
    chosen = index.flatten()
    for k in range(chosen.size):
        total += np.sum(a_bar[chosen[k]])
        a_bar[chosen[k]] = 0.0
    return total


def _pair(kind: str, gather: Function, values: Function, number: Function) -> tuple[Pullback, Pullback]:
    return (
        pullback(f"gather_{kind}", (), "a index", a=gather),
        pullback(
            f"scatter_{kind}", (), "a index values", a=_scatter_a, values=(values, number), overwrites="a"
        ),
    )  # fmt: skip


#: What the index is -> the entries of `a[index]` and `a[index] = values`.
INDEXED = {
    "integers": _pair("integers", _gather_a, _scatter_integers_values, _scatter_integers_number),
    "mask": _pair("mask", _gather_mask_a, _scatter_values, _scatter_number),
    "mixed": _pair("mixed", _gather_mixed_a, _scatter_values, _scatter_number),
}
