"""Joining arrays: the cotangent of a member is its piece of the result's.

Where the axis is known only when running, arrays of three and more axes have it swapped with the first one.
"""

# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np

from .table import pullback

# the room that a member of shape `shape` takes


def _along_axis(axis, shape):
    return shape[axis]


def _rows(shape):
    return shape[0] if len(shape) > 1 else 1


def _columns(shape):
    return shape[1] if len(shape) > 1 else 1


def _columns_or_elements(shape):
    return shape[1] if len(shape) > 1 else shape[0]


def _layers(shape):
    return shape[2] if len(shape) > 2 else 1


def _one(shape):
    return 1


def _concatenate(axis, place, y_bar, arrays_bar):
    """By the rank, as swapping axes takes long to compile."""
    into = arrays_bar
    if arrays_bar.ndim == 1:
        for i in range(arrays_bar.size):
            into[i] += y_bar[place + i]
    elif arrays_bar.ndim == 2:
        down, right = (place, 0) if axis % 2 == 0 else (0, place)
        for i in range(arrays_bar.shape[0]):
            for j in range(arrays_bar.shape[1]):
                into[i, j] += y_bar[down + i, right + j]
    else:
        along = np.swapaxes(arrays_bar, 0, axis)
        along += np.swapaxes(y_bar, 0, axis)[place : place + arrays_bar.shape[axis]]


def _stack(axis, place, y_bar, arrays_bar):
    into = arrays_bar
    if arrays_bar.ndim == 1:
        for i in range(arrays_bar.size):
            into[i] += y_bar[place, i] if axis % 2 == 0 else y_bar[i, place]
    elif arrays_bar.ndim == 2:
        along = axis % 3
        for i in range(arrays_bar.shape[0]):
            for j in range(arrays_bar.shape[1]):
                into[i, j] += (
                    y_bar[place, i, j] if along == 0 else y_bar[i, place, j] if along == 1 else y_bar[i, j, place]
                )
    else:
        along = np.swapaxes(np.expand_dims(arrays_bar, axis), 0, axis)
        along += np.swapaxes(y_bar, 0, axis)[place : place + 1]


def _hstack(place, y_bar, tup_bar):
    into = tup_bar
    if tup_bar.ndim == 1:
        into += y_bar[place : place + tup_bar.shape[0]]
    else:
        into += y_bar[:, place : place + tup_bar.shape[1]]


def _vstack(place, y_bar, tup_bar):
    into = tup_bar
    if tup_bar.ndim == 1:
        into += y_bar[place]
    else:
        into += y_bar[place : place + tup_bar.shape[0]]


def _dstack(place, y_bar, tup_bar):
    into = tup_bar
    if tup_bar.ndim == 1:
        into += y_bar[0, :, place]
    elif tup_bar.ndim == 2:
        into += y_bar[:, :, place]
    else:
        into += y_bar[:, :, place : place + tup_bar.shape[2]]


def _column_stack(place, y_bar, tup_bar):
    into = tup_bar
    if tup_bar.ndim == 1:
        into += y_bar[:, place]
    else:
        into += y_bar[:, place : place + tup_bar.shape[1]]


def _append_arr(axis, y_bar, arr_bar):
    into = arr_bar
    if axis is None:
        k = 0
        for index in np.ndindex(arr_bar.shape):
            into[index] += y_bar.flat[k]
            k += 1
    elif arr_bar.ndim == 1:
        for i in range(arr_bar.size):
            into[i] += y_bar[i]
    else:
        along = np.swapaxes(arr_bar, 0, axis)
        along += np.swapaxes(y_bar, 0, axis)[: arr_bar.shape[axis]]


def _append_values(axis, y_bar, values_bar):
    into = values_bar
    if axis is None:
        k = y_bar.size - values_bar.size
        for index in np.ndindex(values_bar.shape):
            into[index] += y_bar.flat[k]
            k += 1
    elif values_bar.ndim == 1:
        for i in range(values_bar.size):
            into[i] += y_bar[y_bar.size - values_bar.size + i]
    else:
        along = np.swapaxes(values_bar, 0, axis)
        along += np.swapaxes(y_bar, 0, axis)[y_bar.shape[axis] - values_bar.shape[axis] :]


def _append_number_arr(y_bar):
    return y_bar[0]


def _append_number_values(y_bar):
    return y_bar[-1]


pullback("concatenate", (np.concatenate,), "arrays axis=0", arrays=_concatenate, extent=_along_axis)
pullback("stack", (np.stack,), "arrays axis=0", arrays=_stack, extent=_one)
pullback("hstack", (np.hstack,), "tup", tup=_hstack, extent=_columns_or_elements)
# `row_stack` is another name of `vstack` as long as NumPy has it
pullback("vstack", (np.vstack,), "tup", tup=_vstack, extent=_rows)
pullback("dstack", (np.dstack,), "tup", tup=_dstack, extent=_layers)
pullback("column_stack", (np.column_stack,), "tup", tup=_column_stack, extent=_columns)
pullback(
    "append", (np.append,), "arr values axis=None",
    arr=(_append_arr, _append_number_arr), values=(_append_values, _append_number_values),
)  # fmt: skip
