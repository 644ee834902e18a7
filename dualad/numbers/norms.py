"""`np.linalg.norm` of arrays of numbers. The primal is Numba's; the slope at zero is 0 (CONVENTIONS)."""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.extending import overload, register_jitable

from .broadcasting import is_none
from .parts import imaginary, real, with_primal
from .primals import is_dual_array, primal_view, primals, real_dtype


@register_jitable
def _zero_like(x):
    """A number without derivatives, of the type of the norm of `x`."""
    return np.zeros(1, real_dtype(x))[0]


def _for_blas(x):
    """The primals as BLAS would see those of the user: side by side where they are, else with some stride."""
    raise NotImplementedError("only inside compiled code")


@overload(_for_blas)
def _choose_for_blas(x):
    if x.ndim == 1 and x.layout == "A":
        return lambda x: primals(x)[::1] if x.strides[0] == x.itemsize else primal_view(x)
    return lambda x: primals(x)


def _square(z):
    raise NotImplementedError("only inside compiled code")


@overload(_square)
def _squared_modulus(z):
    if z.is_complex:
        return lambda z: real(z) * real(z) + imaginary(z) * imaginary(z)
    return lambda z: z * z


@register_jitable
def _euclidean(x):
    """The 2-norm of all elements."""
    value = np.linalg.norm(_for_blas(x))
    zero = _zero_like(x)
    if value == 0:
        return zero
    # divided by the norm first, so that no square overflows
    squares = zero
    for element in x.flat:
        squares += _square(element / value)
    return with_primal(value, value * np.sqrt(squares))


@register_jitable
def _of_vector(x, ord):
    if x.size == 0 or ord == 0:
        return _zero_like(x)
    if ord == 2:
        return _euclidean(x)
    if ord == np.inf:
        return np.max(np.abs(x))
    if ord == -np.inf:
        return np.min(np.abs(x))
    if ord == 1:
        return np.sum(np.abs(x))
    total = _zero_like(x)
    for element in x:
        total += abs(element) ** ord
    return total ** (1.0 / ord)


@register_jitable
def _of_matrix(x, ord):
    if x.size == 0:
        return _zero_like(x)
    if ord == np.inf:
        return np.max(np.sum(np.abs(x), 1))
    if ord == -np.inf:
        return np.min(np.sum(np.abs(x), 1))
    if ord == 1:
        return np.max(np.sum(np.abs(x), 0))
    if ord == -1:
        return np.min(np.sum(np.abs(x), 0))
    raise ValueError("a norm by singular values has no derivative here: use the Frobenius norm, inf, -inf, 1 or -1")


@overload(np.linalg.norm, target="cpu")
def _norm(x, ord=None):
    if not is_dual_array(x) or x.ndim not in (1, 2):
        return None
    if is_none(ord):
        return lambda x, ord=None: _euclidean(x)
    if not isinstance(ord, (types.Integer, types.Float, types.Boolean)):
        return None
    inner = _of_vector if x.ndim == 1 else _of_matrix

    def norm(x, ord=None):
        # a number first: it refuses what has no derivative
        number = inner(x, ord)
        return with_primal(np.linalg.norm(primals(x), ord), number)

    return norm
