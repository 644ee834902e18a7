"""Derivatives of NumPy calls by complex steps or differences, and what a pullback makes of the same call."""

import functools

import numba
import numpy as np

from dualad.rules.arrays import PULLBACK_OF, PULLBACKS

TOLERANCE = {"complex": 1e-12, "long": 1e-9, "float": 1e-7}


@functools.cache
def jitted(function):
    return numba.njit(error_model="numpy")(function)


def entry_of(case):
    return PULLBACKS[case.name] if case.name else PULLBACK_OF[case.call]


def leaves(y):
    return list(y) if isinstance(y, tuple) else [y]


def cotangents(y, rng):
    """One number or array for each result."""
    return [rng.normal(size=np.shape(leaf)) if np.ndim(leaf) else float(rng.normal()) for leaf in leaves(y)]


def shared(y, y_bars):
    """The sum of all results times their cotangents."""
    return sum(np.sum(np.asarray(leaf) * bar) for leaf, bar in zip(leaves(y), y_bars, strict=True))


def is_float(x):
    return isinstance(x, float) or (isinstance(x, np.ndarray) and x.dtype.kind in "fc")


def derivative(case, args, position, y_bars):
    """Of `shared`, by every element of an argument."""
    function = case.plain or case.call
    wide = {"complex": complex, "long": np.longdouble, "float": float}[case.step]

    def at(step, index):
        given = [np.array(x, wide) if is_float(x) else x for x in args]
        given[position][index] += step
        return shared(function(*(x[()] if np.ndim(x) == 0 and is_float(x) else x for x in given)), y_bars)

    moved = np.asarray(args[position])
    result = np.zeros(moved.shape)
    for index in np.ndindex(moved.shape):
        if case.step == "complex":
            result[index] = np.imag(at(1e-30j, index)) / 1e-30
        else:
            h = np.longdouble(1e-6) if case.step == "long" else 1e-6
            result[index] = (at(h, index) - at(-h, index)) / (2 * h)
    return result


def pulled(entry, bound, argument, y, y_bars, compiled=False):
    """What the pullback adds to the cotangent of an argument."""
    value = bound[argument]
    is_array = isinstance(value, np.ndarray)
    part = entry.part(argument, is_array)
    known = dict(bound)
    if isinstance(y, tuple):
        known |= {f"y{k}": leaf for k, leaf in enumerate(y)} | {f"y{k}_bar": bar for k, bar in enumerate(y_bars)}
    else:
        known |= {"y": y, "y_bar": y_bars[0]}
    function = jitted(part.function) if compiled else part.function
    if not is_array:
        return function(*(known[name] for name in part.needs))
    before = like(value, np.random.default_rng(0).normal(size=value.shape).astype(value.dtype))
    known[f"{argument}_bar"] = after = like(value, before)
    assert function(*(known[name] for name in part.needs)) is None
    return after - before


def like(array, values):
    """The values in an array whose memory is laid out like another one."""
    if array.ndim and array.size and not (array.flags.c_contiguous or array.flags.f_contiguous):
        return strided(values)
    return values.copy(order="F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C")


def strided(values):
    """A view of every other element."""
    wide = np.zeros(tuple(2 * n for n in values.shape), values.dtype)
    view = wide[tuple(slice(None, None, 2) for _ in values.shape)]
    view[...] = values
    return view
