"""`sparsity_pattern`: where a Jacobian may be nonzero. What it takes is imported when it is called first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .first import Function, Positions
from .operators import requested


def sparsity_pattern(
    f: Function, argnums: Positions = 0, *, out_argnums: Positions | None = None
) -> Callable[..., Any]:
    """Where the Jacobian of a function may be nonzero.

    Parameters
    ----------
    f : callable
        Any function that Numba can compile; its outputs are real floats, float arrays, or tuples of those. For the pattern of a
        Hessian, a gradient in reverse mode: `ad.grad(f, mode="reverse")`.
    argnums : int or tuple of int
        Positions of the arguments that the Jacobian is taken by.
    out_argnums : int or tuple of int, optional
        Positions of array arguments that `f` writes its result into.

    Returns
    -------
    callable
        `pattern(*args)`, a `scipy.sparse.csc_array` of booleans, shape (outputs, inputs); without SciPy the triple
        `(data, indices, indptr)`. Arrays are in C order, tuples and several arguments in their own order. Where the control flow
        of `f` depends on values, the pattern is that of the point.

    Raises
    ------
    ArgumentError, OutputError, UnsupportedError
        As `jacobian` does.

    Notes
    -----
    `f` runs on index sets of 256 bits, a few times for a stencil of any size, `inputs / 256` times where an output depends on
    everything. A factor that happens to be zero hides nothing: `0.0 * x` depends on `x`. (Griewank and Walther, Evaluating
    Derivatives (2008), section 7.1; Griewank and Mitev, Mathematical Programming 93 (2002) 1-25, doi:10.1007/s101070100281.)

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as ad
    >>> def differences(x):
    ...     d = np.empty(x.size - 1)
    ...     for i in range(d.size):
    ...         d[i] = x[i + 1] ** 2 - x[i]
    ...     return d
    >>> ad.sparsity_pattern(differences)(np.zeros(4)).toarray().astype(int)
    array([[1, 1, 0, 0],
           [0, 1, 1, 0],
           [0, 0, 1, 1]])
    """
    from .sparse import SparseDerivative

    request = requested("sparsity_pattern", argnums, out_argnums)
    return SparseDerivative(f, request, "auto", "forward", None, False, True).pattern
