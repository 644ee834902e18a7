"""Second derivatives: `second_derivative`, `hessian`, `value_grad_and_hessian`; the drivers of the last two are in `hessians`."""

from __future__ import annotations

from typing import Any

from ..errors import ArgumentError
from .driver import Driver
from .first import Function, Positions, grad
from .functions import DerivativeFunction
from .hessians import hessian_function, refuse_complex
from .leaves import rebuild
from .operators import FORWARD, checked_mode, derivative_function, requested
from .request import Request
from .second_directions import second_of
from .target import Target
from .widths import checked_width

Chunk = int | tuple[int, int]


def second_derivative(f: Function, argnums: int = 0) -> DerivativeFunction:
    """Second derivative of any output of `f` by a float argument.

    Parameters
    ----------
    f : callable
        Any function that Numba can compile; its outputs are floats, float arrays, or tuples of those.
    argnums : int
        Position of the argument, a real float.

    Returns
    -------
    DerivativeFunction
        `d2f(*args)`, shaped like the output of `f`; exact to rounding, as no difference is taken.

    Raises
    ------
    ArgumentError, OutputError, UnsupportedError
        As `derivative` does.

    Notes
    -----
    One evaluation of `f` on hyper-dual numbers (Fike and Alonso, AIAA 2011-886, doi:10.2514/6.2011-886).

    Examples
    --------
    >>> import dualad as ad
    >>> ad.second_derivative(lambda x: x**3)(2.0)
    12.0
    """
    return derivative_function(f, requested("second_derivative", argnums), _build_second, (1, 1), levels=2)


def hessian(
    f: Function,
    argnums: Positions = 0,
    mode: str = "auto",
    *,
    chunk: Chunk | None = None,
    sparsity: Any = None,
    verify: bool = True,
) -> Any:
    """Exact Hessian of a function with one real output.

    Parameters
    ----------
    f : callable
        Any function that Numba can compile, with a real float as output.
    argnums : int or tuple of int
        Positions of the arguments to differentiate by: floats, float arrays, tuples and NamedTuples of those.
    mode : {"auto", "forward", "reverse"}
        How derivatives are propagated: forward, on hyper-dual numbers; or forward over reverse, on the adjoint, at a cost that
        grows in proportion to the number of inputs only. "auto" goes forward for up to 8 inputs, and where reverse mode
        refuses the function; in jitted code, where the length of an array is not known, it takes arrays to be longer.
    chunk : (int, int) or int, optional
        Directions carried at once, powers of two. On hyper-dual numbers a pair, the second one a multiple of the first: one
        sweep gives a block of that many second derivatives, and "auto" goes forward. With `mode="reverse"` one number: one
        sweep gives so many columns.
    sparsity : "auto", boolean array or scipy.sparse matrix, optional
        For a sparse Hessian: where it may be nonzero. "auto" finds that at the first call for arguments of some shapes. The
        gradient is then taken in reverse mode.
    verify : bool
        Whether a pattern that is given is checked, at the first point and wherever it may have changed.

    Returns
    -------
    DerivativeFunction
        `H(*args)`, an array of shape `x.shape + x.shape`, symmetric to the last bit; for a tuple of positions a tuple of
        tuples of blocks. With `sparsity` a `SparseDerivative`, whose call gives one `scipy.sparse.csc_array` of shape
        (inputs, inputs), with `out=` into an earlier one.

    Raises
    ------
    ArgumentError, OutputError, UnsupportedError
        As `grad` does.
    SparsityError
        If a given pattern lacks something that may be nonzero.

    Notes
    -----
    Forward: about `n (n + N) / (2 M N)` evaluations of `f` on hyper-dual numbers of M x N directions, for n inputs: no block
    below the diagonal is computed. Reverse: `ceil(n / N)` sweeps of the adjoint on numbers with N tangents; what it records of
    `f` takes N + 1 times the memory that it takes for a gradient. Sparse: as reverse, where n is the number of colours of a
    star colouring, and memory grows with the nonzeros.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as ad
    >>> ad.hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    if sparsity is not None:
        return _sparse_hessian(f, requested("hessian", argnums), argnums, mode, chunk, sparsity, verify)
    return hessian_function(f, requested("hessian", argnums), mode, chunk)


def _sparse_hessian(
    f: Function, request: Request, argnums: Positions, mode: str, chunk: Any, sparsity: Any, verify: bool
) -> Any:
    """The sparse Jacobian of the gradient; what it takes is imported when the first one is made."""
    from .sparse import SparseDerivative

    if checked_mode(mode, request.operator) == FORWARD or isinstance(chunk, (tuple, list)):
        raise ArgumentError(
            f"{request.operator}: a sparse Hessian is taken forward over reverse; leave `mode` out, and give `chunk` as one number"
        )
    gradient = grad(f, argnums, "reverse")
    gradient.__name__ = Target(f, request.operator).name
    return SparseDerivative(gradient, request, sparsity, mode, checked_width(chunk, request.operator), True, verify)


def value_grad_and_hessian(
    f: Function, argnums: Positions = 0, mode: str = "auto", *, chunk: Chunk | None = None
) -> DerivativeFunction:
    """Value, gradient and Hessian from the same evaluations.

    Parameters
    ----------
    f, argnums, mode, chunk
        As in `hessian`.

    Returns
    -------
    DerivativeFunction
        `vgh(*args)` returns `(f(*args), gradient, Hessian)`.

    Raises
    ------
    ArgumentError, OutputError, UnsupportedError
        As `grad` does.

    Examples
    --------
    >>> import dualad as ad
    >>> ad.value_grad_and_hessian(lambda x: x**3)(2.0)
    (8.0, 12.0, 12.0)
    """
    return hessian_function(f, requested("value_grad_and_hessian", argnums, with_value=True), mode, chunk)


def _build_second(driver: Driver, request: Request) -> None:
    refuse_complex(driver.operator, driver.flat_inputs)
    if len(driver.flat_inputs) != 1 or driver.flat_inputs[0].is_array:
        raise ArgumentError(
            "second_derivative: expected one float argument; use `hessian` for arrays and for several arguments"
        )
    driver.offsets()
    driver.call("y", ("0", "0"))
    parts = [second_of(driver, j, leaf) for j, leaf in enumerate(driver.outputs("y"))]
    driver.add(f"return {rebuild(driver.output_type, iter(parts), driver.constants)}")
