"""Reductions that leave nan out: Numba's own steps on the numbers that are none."""

from __future__ import annotations

import numpy as np
from numba.extending import overload

from .broadcasting import is_none
from .parts import of_primal, with_primal
from .primals import is_dual_array, nditer, primals
from .reductions import constant


def _overload(function, choose):
    overload(function, target="cpu")(lambda a: choose(a) if is_dual_array(a) else None)


def _nansum(a):
    zero = constant(a, 0)

    def nansum(a):
        c = zero
        for view in nditer(a):
            v = view.item()
            if not np.isnan(of_primal(v)):
                c += v
        return c

    return nansum


def _nanprod(a):
    one = constant(a, 1)

    def nanprod(a):
        c = one
        for view in nditer(a):
            v = view.item()
            if not np.isnan(of_primal(v)):
                c *= v
        return c

    return nanprod


def _nancumsum(a):
    zero = constant(a, 0)

    def nancumsum(a):
        out = np.empty(a.size, a.dtype)
        c = zero
        for idx, v in enumerate(a.flat):
            if not np.isnan(of_primal(v)):
                c += v
            out[idx] = c
        return out

    return nancumsum


def _nancumprod(a):
    one = constant(a, 1)

    def nancumprod(a):
        out = np.empty(a.size, a.dtype)
        c = one
        for idx, v in enumerate(a.flat):
            if not np.isnan(of_primal(v)):
                c *= v
            out[idx] = c
        return out

    return nancumprod


def _nanmean(a):
    def nanmean(a):
        c = 0.0
        count = 0
        for view in nditer(a):
            v = view.item()
            if not np.isnan(of_primal(v)):
                c += v
                count += 1
        return np.divide(c, count)

    return nanmean


for _function, _choose in (
    (np.nansum, _nansum), (np.nanprod, _nanprod), (np.nancumsum, _nancumsum), (np.nancumprod, _nancumprod),
    (np.nanmean, _nanmean),
):  # fmt: skip
    _overload(_function, _choose)


@overload(np.nanvar, target="cpu")
def _nanvar(a, axis=None, dtype=None, out=None, ddof=0):
    if not is_dual_array(a) or not all(map(is_none, (axis, dtype, out))):
        return None

    def nanvar(a, axis=None, dtype=None, out=None, ddof=0):
        m = np.nanmean(a)
        ssd = 0.0
        count = 0
        for view in nditer(a):
            v = view.item()
            if not np.isnan(of_primal(v)):
                val = v - m
                ssd += np.real(val * np.conj(val))
                count += 1
        if count <= ddof:
            return with_primal(np.nan, ssd)
        return np.divide(ssd, count - ddof)

    return nanvar


@overload(np.nanstd, target="cpu")
def _nanstd(a, axis=None, dtype=None, out=None, ddof=0):
    if not is_dual_array(a) or not all(map(is_none, (axis, dtype, out))):
        return None
    return lambda a, axis=None, dtype=None, out=None, ddof=0: np.nanvar(a, ddof=ddof) ** 0.5


def _overload_extreme(function, extreme):
    @overload(function, target="cpu")
    def choose(a):
        if not is_dual_array(a) or a.dtype.is_complex:
            return None

        def without_nan(a):
            flat = a.flatten()
            numbers = flat[~np.isnan(primals(flat))]
            # Numba's own result where nothing is left: an error, or nan
            return with_primal(function(primals(a)), extreme(numbers) if numbers.size else flat[0])

        return without_nan


_overload_extreme(np.nanmin, np.min)
_overload_extreme(np.nanmax, np.max)
