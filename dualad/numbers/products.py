"""Matrix products of arrays of numbers, through BLAS.

With `a = a0 + da` (primal, derivatives), the derivatives of `a @ b` are those of `a0 @ b + (b0.T @ a.T).T`.
A product of a plain matrix with an array of numbers is linear in every real of the latter, so it is one
product with the raw memory of the array (see `primals`): all tangents of all columns in a single call. The
primal comes from Numba's own product of the primals. Complex numbers, index sets, products of numbers over
several levels, and those of power series, take plain loops.
"""

from __future__ import annotations

import operator

import numpy as np
from numba.core import types
from numba.extending import intrinsic, overload, register_jitable

from .broadcasting import value_type
from .linear import is_row
from .parts import with_primal
from .primals import is_dual_array, primals, put_primals, raw_view
from .types import SERIES, SETS, dual_type, levels_in


def _is_product(a, b) -> bool:
    """Whether Numba multiplies the primals of `a` and `b` and one of them carries derivatives."""
    if not all(isinstance(x, types.Array) and x.ndim in (1, 2) for x in (a, b)):
        return False
    return is_dual_array(a) or is_dual_array(b)


@intrinsic
def product_dtype(typingctx, a, b):
    """Element type of a product, as a dtype."""
    dtype = types.DType(dual_type(value_type(a), levels_in([a, b])))
    return dtype(a, b), lambda context, builder, sig, args: context.get_dummy_value()


@register_jitable
def _times_numbers(plain, numbers):
    """A matrix of plain values times a matrix of numbers: one matrix product with all their reals."""
    numbers = np.ascontiguousarray(numbers)
    out = np.empty((plain.shape[0], numbers.shape[1]), numbers.dtype)
    np.dot(plain, raw_view(numbers), raw_view(out))
    return out


@register_jitable
def _add_numbers_times(numbers, plain, out):
    """Add a matrix of numbers times a plain matrix to `out`."""
    transposed = _times_numbers(plain.T, numbers.T)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] += transposed[j, i]


@register_jitable
def _add_numbers_times_vector(numbers, plain, out):
    """`_add_numbers_times` for a vector, where a loop reads the numbers just once."""
    for i in range(numbers.shape[0]):
        total = out[i]
        for k in range(numbers.shape[1]):
            total += numbers[i, k] * plain[k]
        out[i] = total


@register_jitable
def _loops(a, b, out):
    """The product of two matrices, whatever their elements."""
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            total = out[i, j]
            for k in range(a.shape[1]):
                total += a[i, k] * b[k, j]
            out[i, j] = total


def _column(x):
    raise NotImplementedError("only inside compiled code")


def _row(x):
    raise NotImplementedError("only inside compiled code")


@overload(_column)
def _as_column(x):
    if x.ndim == 2:
        return lambda x: x
    return lambda x: np.ascontiguousarray(x).reshape((x.size, 1))


@overload(_row)
def _as_row(x):
    if x.ndim == 2:
        return lambda x: x
    return lambda x: np.ascontiguousarray(x).reshape((1, x.size))


def _matrix_product(a, b):
    """Implementation where the result is an array."""
    left, right = is_dual_array(a), is_dual_array(b)
    numbers = [x.dtype for x in (a, b) if is_dual_array(x)]
    simple = not any(n.is_complex or SETS in n.tags for n in numbers) and (len(numbers) == 1 or a.dtype == b.dtype)
    if any(map(is_row, numbers)):
        return _product_of_rows(simple, left, a.ndim, b.ndim)
    if not simple or (left and right and (len(a.dtype.levels) > 1 or SERIES in a.dtype.tags)):

        def by_loops(a, b):
            values = np.dot(primals(a), primals(b))
            out = np.zeros(values.shape, product_dtype(a, b))
            _loops(_row(a), _column(b), out.reshape((_row(a).shape[0], _column(b).shape[1])))
            put_primals(values, out)
            return out

        return by_loops
    if left and b.ndim == 1:

        def numbers_times_vector(a, b):
            plain = primals(b)
            values = np.dot(primals(a), plain)
            out = _start(a, b).reshape(values.shape)
            _add_numbers_times_vector(a, plain, out)
            put_primals(values, out)
            return out

        return numbers_times_vector

    def by_blas(a, b):
        values = np.dot(primals(a), primals(b))
        out = _start(a, b)
        _finish(a, b, out)
        result = out.reshape(values.shape)
        put_primals(values, result)
        return result

    return by_blas


def _product_of_rows(simple: bool, left: bool, *axes: int):
    """Implementation for cotangents of several outputs (see `linear`), which have no primals, and a plain array."""
    if simple and left and axes[1] == 1:

        def rows_times_vector(a, b):
            out = _start(a, b).reshape(a.shape[0])
            _add_numbers_times_vector(a, b, out)
            return out

        return rows_times_vector

    @register_jitable
    def product(a, b):
        if simple:
            out = _start(a, b)
            _finish(a, b, out)
            return out
        out = np.zeros((_row(a).shape[0], _column(b).shape[1]), product_dtype(a, b))
        _loops(_row(a), _column(b), out)
        return out

    return (lambda a, b: product(a, b)) if axes == (2, 2) else (lambda a, b: product(a, b).reshape(-1))


def _start(a, b):
    """The part of the product that is linear in the derivatives of `b`, as a matrix."""
    raise NotImplementedError("only inside compiled code")


def _finish(a, b, out):
    """Add the part that is linear in the derivatives of `a`."""
    raise NotImplementedError("only inside compiled code")


@overload(_start)
def _start_product(a, b):
    if is_dual_array(b):
        return lambda a, b: _times_numbers(_row(primals(a)), _column(b))
    return lambda a, b: np.zeros((_row(a).shape[0], _column(b).shape[1]), product_dtype(a, b))


@overload(_finish)
def _finish_product(a, b, out):
    if is_dual_array(a):
        return lambda a, b, out: _add_numbers_times(_row(a), _column(primals(b)), out)
    return lambda a, b, out: None


def _vector_product(a, b):
    """Implementation for two vectors."""

    def inner(a, b):
        value = np.dot(primals(a), primals(b))
        total = np.zeros(1, product_dtype(a, b))[0]
        for i in range(a.size):
            total += a[i] * b[i]
        return with_primal(value, total)

    def of_rows(a, b):
        total = np.zeros(1, product_dtype(a, b))[0]
        for i in range(a.size):
            total += a[i] * b[i]
        return total

    return of_rows if is_row(a.dtype) or is_row(b.dtype) else inner


def _product(a, b):
    if not _is_product(a, b) or value_type(a) != value_type(b):
        return None
    return _vector_product(a, b) if a.ndim == b.ndim == 1 else _matrix_product(a, b)


@overload(operator.matmul, target="cpu")
def _matmul(a, b):
    return _product(a, b)


@overload(np.dot, target="cpu")
def _dot(a, b):
    return _product(a, b)


@overload(np.dot, target="cpu")
def _dot_into(a, b, out):
    if not all(isinstance(x, types.Array) for x in (a, b, out)) or not is_dual_array(out) or a.ndim + b.ndim == 2:
        return None
    if not _is_product(a, b) or value_type(a) != value_type(b):
        return None

    def dot_into(a, b, out):
        product = np.dot(a, b)
        if out.shape != product.shape:
            raise ValueError("incompatible output array size for np.dot(a, b, out)")
        for index in np.ndindex(product.shape):
            out[index] = product[index]
        return out

    return dot_into


@overload(np.vdot, target="cpu")
def _vdot(left, right):
    if not _is_product(left, right) or left.ndim != 1 or right.ndim != 1 or value_type(left) != value_type(right):
        return None
    if not isinstance(value_type(left), types.Complex):
        return lambda left, right: np.dot(left, right)

    def vdot(left, right):
        value = np.vdot(primals(left), primals(right))
        total = np.zeros(1, product_dtype(left, right))[0]
        for i in range(left.size):
            total += np.conj(left[i]) * right[i]
        return with_primal(value, total)

    return vdot


@overload(np.trace, target="cpu")
def _trace(a, offset=0):
    if not is_dual_array(a) or a.ndim != 2 or not isinstance(offset, (int, types.Integer, types.Omitted)):
        return None

    def trace(a, offset=0):
        rows, columns = a.shape[0] + min(offset, 0), a.shape[1] - max(offset, 0)
        total = 0
        for i in range(max(min(rows, columns), 0)):
            total += a[i - min(offset, 0), i + max(offset, 0)]
        return total

    return trace
