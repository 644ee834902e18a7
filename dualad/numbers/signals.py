"""`interp`, `convolve`, `correlate`, `cross`, `bincount`, `nan_to_num` and `vander` of numbers.

The primals come from Numba's own functions, the derivatives from the plain formula on the numbers.
"""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.extending import overload, register_jitable
from numba.np import arraymath
from numba.np.numpy_support import as_dtype, from_dtype

from .broadcasting import dtype_of, is_none, joint_dtype, plain, value_type
from .entries import is_scalar
from .parts import with_primal
from .primals import is_dual_array, primals, put_primals
from .types import DualType, carries_duals, dual_type, levels_in


def _joint(*given):
    """An intrinsic that gives the element type of a result made of arrays `given`, promoted as NumPy does."""
    value = from_dtype(np.result_type(*(as_dtype(value_type(x)) for x in given)))
    return dtype_of(dual_type(value, levels_in(given)))


def _are_arrays(ndim, *given) -> bool:
    return all(isinstance(x, types.Array) and x.ndim in ndim for x in given) and any(map(carries_duals, given))


# interpolation: linear on the closed interval of the samples


@register_jitable
def _interpolated(x, xp, fp, knots, value, zero):
    """One interpolated number; `knots` are the primals of `xp`, `x0` that of `x`."""
    x0 = plain(x)
    last = knots.size - 1
    if last == 0 or x0 < knots[0]:
        return with_primal(value, fp[0] + zero)
    if x0 > knots[last]:
        return with_primal(value, fp[last] + zero)
    if np.isnan(x0):
        return with_primal(value, x + zero)
    j = min(np.searchsorted(knots, x0, side="right") - 1, last - 1)
    slope = (fp[j + 1] - fp[j]) / (xp[j + 1] - xp[j])
    return with_primal(value, slope * (x - xp[j]) + fp[j] + zero)


@overload(np.interp, target="cpu")
def _interp(x, xp, fp):
    given = x, xp, fp
    if not any(map(carries_duals, given)) or any(isinstance(value_type(z), types.Complex) for z in given):
        return None
    if not all(isinstance(z, types.Array) and z.ndim == 1 for z in (xp, fp)):
        return None
    dtype = dtype_of(dual_type(types.float64, levels_in(given)))
    if is_scalar(x):

        def interp_scalar(x, xp, fp):
            value = np.interp(plain(x), plain(xp), plain(fp))
            return _interpolated(x, xp, fp, plain(xp), value, np.zeros(1, dtype())[0])

        return interp_scalar
    if not isinstance(x, types.Array):
        return None

    def interp(x, xp, fp):
        knots = plain(xp)
        values = np.interp(plain(x), knots, plain(fp))
        result = np.empty(values.shape, dtype())
        zero = np.zeros(1, dtype())[0]
        for index in np.ndindex(values.shape):
            result[index] = _interpolated(x[index], xp, fp, knots, values[index], zero)
        return result

    return interp


# convolution


@register_jitable
def _correlation(longer, shorter, left, result):
    """`result[t] = sum_q longer[t - left + q] * shorter[q]`, as far as there are elements."""
    for t in range(result.size):
        total = result[t]
        for q in range(max(0, left - t), min(shorter.size, longer.size + left - t)):
            total += longer[t - left + q] * shorter[q]
        result[t] = total


@register_jitable
def _left(mode, size):
    """How far the shorter vector reaches out of the longer one at first."""
    return 0 if mode == "valid" else size - 1 if mode == "full" else size // 2


@overload(np.convolve, target="cpu")
def _convolve(a, v, mode="full"):
    if not _are_arrays((1,), a, v):
        return None
    dtype = _joint(a, v)

    def convolve(a, v, mode="full"):
        values = np.convolve(plain(a), plain(v), mode)
        result = np.zeros(values.size, dtype())
        if a.size < v.size:
            _correlation(v, a[::-1], _left(mode, a.size), result)
        else:
            _correlation(a, v[::-1], _left(mode, v.size), result)
        put_primals(values, result)
        return result

    return convolve


@overload(np.correlate, target="cpu")
def _correlate(a, v, mode="valid"):
    if not _are_arrays((1,), a, v):
        return None
    dtype = _joint(a, v)

    def correlate(a, v, mode="valid"):
        values = np.correlate(plain(a), plain(v), mode)
        result = np.zeros(values.size, dtype())
        if a.size < v.size:
            _correlation(np.conj(v), a, _left(mode, a.size), result)
            result = result[::-1].copy()
        else:
            _correlation(a, np.conj(v), _left(mode, v.size), result)
        put_primals(values, result)
        return result

    return correlate


# others


@overload(arraymath._cross, target="cpu")
def _cross(a, b):
    if not _are_arrays((1, 2, 3, 4), a, b):
        return None
    dtype = _joint(a, b)
    if a.ndim == b.ndim == 1:

        def cross_vectors(a, b):
            cp = np.empty((3,), dtype())
            arraymath._cross_operation(a, b, cp)
            return cp

        return cross_vectors

    def cross(a, b):
        shape = np.add(a[..., 0], b[..., 0]).shape
        cp = np.empty((*shape, 3), dtype())
        arraymath._cross_operation(a, b, cp)
        return cp

    return cross


@overload(np.bincount, target="cpu")
def _bincount(a, weights=None, minlength=0):
    if not is_dual_array(weights) or not isinstance(a, types.Array) or not isinstance(a.dtype, types.Integer):
        return None

    def bincount(a, weights=None, minlength=0):
        values = np.bincount(a, primals(weights), minlength)
        result = np.zeros(values.size, joint_dtype(values, (weights,)))
        for i in range(a.size):
            result[a[i]] += weights[i]
        put_primals(values, result)
        return result

    return bincount


@register_jitable
def _finite_or(value, x):
    """`x` where it is finite; what is put in its place has no derivative."""
    return x if np.isfinite(plain(x)) else with_primal(value, np.zeros(1, np.asarray(x).dtype)[0])


@overload(np.nan_to_num, target="cpu")
def _nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    if isinstance(x, DualType) and not x.is_complex:
        return lambda x, copy=True, nan=0.0, posinf=None, neginf=None: _finite_or(
            np.nan_to_num(plain(x), True, nan, posinf, neginf), x
        )
    if not is_dual_array(x) or x.dtype.is_complex:
        return None

    def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
        values = np.nan_to_num(primals(x), True, nan, posinf, neginf)
        output = np.copy(x) if copy else x
        for index in np.ndindex(x.shape):
            output[index] = _finite_or(values[index], x[index])
        return output

    return nan_to_num


@overload(np.vander, target="cpu")
def _vander(x, N=None, increasing=False):
    if not is_dual_array(x) or x.ndim != 1:
        return None
    dtype = dtype_of(dual_type(from_dtype(np.promote_types(as_dtype(x.dtype.value), int)), x.dtype.levels))
    square = is_none(N)

    def vander(x, N=None, increasing=False):
        columns = len(x) if square else N
        if columns < 0:
            raise ValueError("Negative dimensions are not allowed")
        out = np.empty((len(x), columns), dtype())
        for row in range(len(x)):
            for i in range(columns):
                k = i if increasing else columns - 1 - i
                if i == 0:
                    out[row, k] = 1
                else:
                    out[row, k] = x[row] * out[row, k - 1 if increasing else k + 1]
        return out

    return vander
