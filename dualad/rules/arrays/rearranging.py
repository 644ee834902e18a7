"""Elements copied to other places, or to several.

Where NumPy has many ways to say which element goes where, the call itself says it: made on the numbers 0, 1, 2 ... of the
elements, it returns the places.
"""

# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np

from .table import pullback


def _copy_a(y_bar, a_bar):
    a_bar += y_bar


def _array_object(y_bar, object_bar):
    object_bar += y_bar


def _reshape_a(y_bar, a_bar):
    """For a copy with another shape and the same order of elements."""
    a_bar += np.ascontiguousarray(y_bar).reshape(a_bar.shape)


def _broadcast_array(y_bar, array_bar):
    places = np.broadcast_to(np.arange(array_bar.size).reshape(array_bar.shape), y_bar.shape).flatten()
    shares = y_bar.flatten()
    contribution = np.zeros(array_bar.size, array_bar.dtype)
    for k in range(places.size):
        contribution[places[k]] += shares[k]
    k = 0
    for index in np.ndindex(array_bar.shape):
        array_bar[index] += contribution[k]
        k += 1


def _broadcast_number(y_bar):
    return np.sum(y_bar)


def _take_a(indices, axis, y_bar, a_bar):
    into = a_bar
    shares = np.asarray(y_bar)
    if a_bar.ndim == 1:
        chosen = np.asarray(indices)
        for place in np.ndindex(chosen.shape):
            into[chosen[place]] += shares[place]
    else:
        numbered = np.arange(a_bar.size).reshape(a_bar.shape)
        places = np.asarray(np.take(numbered, indices, axis))
        contribution = np.zeros(a_bar.size, a_bar.dtype)
        for place in np.ndindex(places.shape):
            contribution[places[place]] += shares[place]
        k = 0
        for index in np.ndindex(a_bar.shape):
            into[index] += contribution[k]
            k += 1


def _take_along_axis_arr(indices, axis, y_bar, arr_bar):
    into = arr_bar
    if axis is None:
        chosen, shares = indices.flatten(), y_bar.flatten()
        contribution = np.zeros(arr_bar.size, arr_bar.dtype)
        for k in range(chosen.size):
            contribution[chosen[k]] += shares[k]
        k = 0
        for index in np.ndindex(arr_bar.shape):
            into[index] += contribution[k]
            k += 1
    else:
        last = arr_bar.ndim - 1
        along, numbers = np.swapaxes(arr_bar, axis, last), np.swapaxes(indices, axis, last)
        flow = np.swapaxes(y_bar, axis, last)
        if along.shape[:-1] != numbers.shape[:-1]:
            raise ValueError("take_along_axis of broadcast arrays has no derivative here: give them one shape")
        for row in np.ndindex(along.shape[:-1]):
            for k in range(numbers.shape[-1]):
                along[row][numbers[row][k]] += flow[row][k]


def _repeat_a(repeats, y_bar, a_bar):
    places = np.repeat(np.arange(a_bar.size), repeats)
    contribution = np.zeros(a_bar.size, a_bar.dtype)
    for k in range(places.size):
        contribution[places[k]] += y_bar[k]
    k = 0
    for index in np.ndindex(a_bar.shape):
        a_bar[index] += contribution[k]
        k += 1


def _resize_a(y_bar, a_bar):
    """The elements over and over; an empty array gives zeros."""
    shares = y_bar.flatten()
    contribution = np.zeros(a_bar.size, a_bar.dtype)
    for k in range(shares.size if a_bar.size > 0 else 0):
        contribution[k % a_bar.size] += shares[k]
    k = 0
    for index in np.ndindex(a_bar.shape):
        a_bar[index] += contribution[k]
        k += 1


def _roll_a(shift, y_bar, a_bar):
    a_bar += np.roll(y_bar, -shift)


def _delete_arr(obj, y_bar, arr_bar):
    places = np.delete(np.arange(arr_bar.size), obj)
    contribution = np.zeros(arr_bar.size, arr_bar.dtype)
    for k in range(places.size):
        contribution[places[k]] = y_bar[k]
    k = 0
    for index in np.ndindex(arr_bar.shape):
        arr_bar[index] += contribution[k]
        k += 1


def _insert_arr(obj, values, y_bar, arr_bar):
    places = np.insert(np.arange(arr_bar.size), obj, np.full(np.asarray(values).size, -1))
    contribution = np.zeros(arr_bar.size, arr_bar.dtype)
    for k in range(places.size):
        if places[k] >= 0:
            contribution[places[k]] = y_bar[k]
    k = 0
    for index in np.ndindex(arr_bar.shape):
        arr_bar[index] += contribution[k]
        k += 1


def _insert_values(arr, obj, y_bar, values_bar):
    places = np.insert(np.full(arr.size, -1), obj, np.arange(values_bar.size))
    contribution = np.zeros(values_bar.size, values_bar.dtype)
    for k in range(places.size):
        if places[k] >= 0:
            contribution[places[k]] += y_bar[k]
    k = 0
    for index in np.ndindex(values_bar.shape):
        values_bar[index] += contribution[k]
        k += 1


def _insert_number(arr, obj, y_bar):
    places = np.insert(np.full(arr.size, -1), obj, np.zeros(1, np.int64))
    return np.sum(np.where(places == 0, y_bar, 0.0 * y_bar))


def _extract_arr(condition, y_bar, arr_bar):
    chosen = np.asarray(condition).flatten()
    contribution = np.zeros(arr_bar.size, arr_bar.dtype)
    taken = 0
    for k in range(min(chosen.size, arr_bar.size)):
        if chosen[k]:
            contribution[k] = y_bar[taken]
            taken += 1
    k = 0
    for index in np.ndindex(arr_bar.shape):
        arr_bar[index] += contribution[k]
        k += 1


pullback("copy", (np.copy,), "a", a=_copy_a)
pullback("array", (np.array,), "object dtype=None", object=_array_object)  # of an array
pullback("astype", (np.ndarray.astype,), "a dtype", a=_copy_a)
pullback("broadcast_to", (np.broadcast_to,), "array shape", array=(_broadcast_array, _broadcast_number))
pullback("take", (np.take,), "a indices axis=None", a=_take_a)
pullback("take_along_axis", (np.take_along_axis,), "arr indices axis", arr=_take_along_axis_arr)
pullback("repeat", (np.repeat,), "a repeats", a=(_repeat_a, _broadcast_number))
pullback("resize", (np.resize,), "a new_shape", a=_resize_a)
pullback("roll", (np.roll,), "a shift", a=_roll_a)
pullback("delete", (np.delete,), "arr obj", arr=_delete_arr)
pullback("insert", (np.insert,), "arr obj values axis=None", arr=_insert_arr, values=(_insert_values, _insert_number))
pullback("extract", (np.extract,), "condition arr", arr=_extract_arr)
pullback("ravel", (np.ravel,), "a", a=_reshape_a)
pullback("flatten", (np.ndarray.flatten,), "a", a=_reshape_a)
pullback("reshape", (np.reshape,), "a shape", a=_reshape_a)
pullback(
    "as_array",
    (np.asarray, np.ascontiguousarray, np.asfortranarray, np.asarray_chkfinite),
    "a dtype=None",
    a=(_copy_a, _broadcast_number),
)
