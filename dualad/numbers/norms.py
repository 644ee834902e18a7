"""`np.linalg.norm` of arrays of numbers. The primal is Numba's; the slope at zero is 0 (CONVENTIONS)."""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.extending import overload, register_jitable

from .parts import of_primal, with_primal
from .primals import is_dual_array, primal_view, primals
from .types import DualType


@register_jitable
def _zero_of(x):
    return np.zeros(1, x.dtype)[0]


def _euclidean(x):
    """The 2-norm of all elements."""
    raise NotImplementedError("only inside compiled code")


@overload(_euclidean)
def _euclidean_norm(x):
    def euclidean(x):
        value = np.linalg.norm(_for_blas(x))
        if value == 0:
            return _zero_of(x)
        # divided by the norm first, so that no square overflows
        squares = _zero_of(x)
        for element in x.flat:
            squares += _square(element / value)
        return with_primal(value, value * np.sqrt(squares))

    return euclidean


def _for_blas(x):
    """The primals as BLAS would see them: side by side where the user's array is, else with some stride."""
    raise NotImplementedError("only inside compiled code")
