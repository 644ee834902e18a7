"""First derivatives: `derivative`, `grad`, `jacobian` and their relatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import forward, reverse
from .functions import DerivativeFunction
from .operators import MIXED, MODES, Writer, checked_mode, derivative_function, requested
from .request import Request
from .widths import checked_width

Function = Callable[..., Any]
Positions = int | tuple[int, ...]


def derivative(f: Function, argnums: int = 0, *, out_argnums: Positions | None = None) -> DerivativeFunction:
    """Derivative of any output of `f` by a float argument.

    Parameters
    ----------
    f : callable
        Any function that Numba can compile; its outputs are floats, complex numbers, float arrays, or tuples of those.
    argnums : int
        Position of the argument, a float. A complex argument gives the complex derivative of a holomorphic function.
    out_argnums : int or tuple of int, optional
        Positions of array arguments that `f` writes its result into; what `f` returns is then not looked at.

    Returns
    -------
    DerivativeFunction
        `df(*args)`, shaped like the output of `f`.

    Raises
    ------
    ArgumentError
        If the argument is not a float, or an option is not valid.
    OutputError
        If `f` returns something that has no derivative.
    UnsupportedError
        If a construct in `f` cannot be differentiated correctly.
    ValueError
        At run time, if a function of a complex argument does not satisfy the Cauchy-Riemann equations there.

    Notes
    -----
    One evaluation of `f` on numbers with one tangent, typically 1.5 to 2 evaluations of `f`.

    Examples
    --------
    >>> import math
    >>> import dualad as ad
    >>> cosine = ad.derivative(lambda x: math.sin(x))
    >>> cosine(0.0)
    1.0
    """
    request = requested("derivative", argnums, out_argnums)
    return derivative_function(f, request, forward.build_derivative, reverse=reverse.build_derivative)


def grad(f: Function, argnums: Positions = 0, mode: str = "auto", *, chunk: int | None = None) -> DerivativeFunction:
    """Gradient of a function with one real output.

    Parameters
    ----------
    f : callable
        Any function that Numba can compile, with a real float as output.
    argnums : int or tuple of int
        Positions of the arguments to differentiate by: floats, float arrays of any rank, tuples and NamedTuples of those.
        A tuple of positions gives a tuple of gradients.
    mode : {"auto", "forward", "reverse"}
        How derivatives are propagated: forward along with the values, which costs more the more inputs there are; or in
        reverse, from the output back to all inputs at once, at a cost that does not depend on their number. "auto" chooses for
        the sizes of each call, and `plan` of the result says what and why; in jitted code it goes in reverse for arrays.
    chunk : int, optional
        Number of directions that forward mode carries at once, a power of two; by default chosen from the number of inputs.

    Returns
    -------
    DerivativeFunction
        `g(*args)`, shaped and typed like the argument. The gradient by a complex argument is df/dx - i df/dy, as in JAX.

    Raises
    ------
    ArgumentError
        If an active argument is not made of floats, or an option is not valid.
    OutputError
        If `f` does not return one real float; `jacobian` and `derivative` serve other outputs.
    UnsupportedError
        If a construct in `f` cannot be differentiated correctly.

    Notes
    -----
    Forward mode takes `ceil(n / chunk)` evaluations of `f` on numbers with `chunk` tangents, for n inputs. Reverse mode takes
    a small multiple of one evaluation, and memory for the values that its way back needs.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as ad
    >>> def energy(x):
    ...     total = 0.0
    ...     for i in range(x.size - 1):
    ...         total += (x[i + 1] - x[i]) ** 2
    ...     return total
    >>> ad.grad(energy)(np.array([0.0, 1.0, 3.0]))
    array([-2., -2.,  4.])
    >>> ad.grad(energy, mode="reverse")(np.array([0.0, 1.0, 3.0]))
    array([-2., -2.,  4.])
    """
    return _operator(
        f, requested("grad", argnums), forward.build_gradient, reverse.build_gradient, mode, chunk, outputs=1
    )


def value_and_grad(
    f: Function, argnums: Positions = 0, mode: str = "auto", *, chunk: int | None = None
) -> DerivativeFunction:
    """Value and gradient in one sweep, as `scipy.optimize.minimize(..., jac=True)` wants them.

    Parameters
    ----------
    f, argnums, mode, chunk
        As in `grad`.

    Returns
    -------
    DerivativeFunction
        `vg(*args)` returns `(f(*args), gradient)`; the value has the bits that `f` itself gives.

    Raises
    ------
    ArgumentError, OutputError, UnsupportedError
        As `grad` does.

    Examples
    --------
    >>> import dualad as ad
    >>> ad.value_and_grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0)
    (6.0, (3.0, 2.0))
    """
    request = requested("value_and_grad", argnums, with_value=True)
    return _operator(f, request, forward.build_gradient, reverse.build_gradient, mode, chunk, outputs=1)


def jacobian(
    f: Function,
    argnums: Positions = 0,
    mode: str = "auto",
    *,
    out_argnums: Positions | None = None,
    chunk: int | None = None,
    sparsity: Any = None,
    verify: bool = True,
) -> Any:
    """Jacobian of all outputs by all inputs.

    Parameters
    ----------
    f : callable
        Any function that Numba can compile; its outputs are floats, float arrays, or tuples of those.
    argnums : int or tuple of int
        Positions of the arguments to differentiate by.
    mode : {"auto", "forward", "reverse", "mixed"}
        How derivatives are propagated: forward, input by input; in reverse, output by output; or mixed: the function is cut
        where few floats flow between two statements of its top level, and the Jacobians of its parts are multiplied. "auto"
        chooses for the sizes of each call, and `plan` of the result says what and why; in jitted code it goes forward.
    out_argnums : int or tuple of int, optional
        Positions of array arguments that `f` writes its result into, as in `rhs(t, y, dy)`; what `f` returns is then not
        looked at, and the arrays given are not changed.
    chunk : int, optional
        Number of directions carried at once, a power of two; with `mode="reverse"` the number of rows. By default chosen from
        the numbers of inputs and outputs; without a mode, a chunk means forward mode.
    sparsity : "auto", boolean array or scipy.sparse matrix, optional
        For a sparse Jacobian: where it may be nonzero. "auto" finds that at the first call for arguments of some shapes, as
        `sparsity_pattern` does. `mode="mixed"` then compresses rows and columns together, and "auto" takes the cheapest.
    verify : bool
        Whether a pattern that is given is checked, at the first point and wherever it may have changed.

    Returns
    -------
    DerivativeFunction
        `J(*args)`, an array of shape `output.shape + input.shape`; tuples of outputs and of inputs give tuples of those,
        outputs outside. With `sparsity` a `SparseDerivative`, whose call gives one `scipy.sparse.csc_array` of shape
        (outputs, inputs), with `out=` into an earlier one.

    Raises
    ------
    ArgumentError, OutputError, UnsupportedError
        As `grad` does.
    SparsityError
        If a given pattern lacks something that may be nonzero.

    Notes
    -----
    Forward mode takes `ceil(n / chunk)` evaluations of `f` on numbers with `chunk` tangents, for n inputs. Reverse mode takes
    `ceil(m / chunk)` sweeps of the adjoint for m outputs, whose way back is on numbers that carry `chunk` rows: the choice where
    there are many inputs and few outputs. Mixed mode takes as
    many as flow at the narrowest place, and the product of two matrices (Griewank and Naumann, Math. Program. 95 (2003)
    555-571, DOI 10.1007/s10107-003-0456-5). "auto" evaluates the function once for new shapes, to count its outputs. With a
    pattern, n and m are numbers of colours. A pattern that depends on values (`f` branches on them) is checked at each point, by
    one more evaluation, and found anew where it has grown.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as ad
    >>> def rhs(t, y, dy):
    ...     dy[0] = y[1]
    ...     dy[1] = 4.0 * y[0]
    >>> ad.jacobian(rhs, argnums=1, out_argnums=2)(0.0, np.ones(2), np.empty(2))
    array([[0., 1.],
           [4., 0.]])
    """
    request = requested("jacobian", argnums, out_argnums)
    if sparsity is not None:
        return sparse_jacobian(f, request, sparsity, mode, chunk, verify)
    return _operator(f, request, forward.build_jacobian, reverse.build_jacobian, mode, chunk)


def jacfwd(
    f: Function, argnums: Positions = 0, *, out_argnums: Positions | None = None, chunk: int | None = None
) -> DerivativeFunction:
    """Jacobian in forward mode, whatever the dimensions.

    Parameters
    ----------
    f, argnums, out_argnums, chunk
        As in `jacobian`.

    Returns
    -------
    DerivativeFunction
        As `jacobian` gives it.

    Raises
    ------
    ArgumentError, OutputError, UnsupportedError
        As `grad` does.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as ad
    >>> ad.jacfwd(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    request = requested("jacfwd", argnums, out_argnums)
    return derivative_function(f, request, forward.build_jacobian, chunk, reverse=reverse.build_jacobian)


def jacrev(
    f: Function, argnums: Positions = 0, *, out_argnums: Positions | None = None, chunk: int | None = None
) -> DerivativeFunction:
    """Jacobian in reverse mode, whatever the dimensions.

    Parameters
    ----------
    f, argnums, out_argnums
        As in `jacobian`.
    chunk : int, optional
        Number of rows carried at once, a power of two; by default chosen from the number of outputs, at most 8.

    Returns
    -------
    DerivativeFunction
        As `jacobian` gives it.

    Raises
    ------
    ArgumentError, OutputError, UnsupportedError
        As `grad` does.

    Notes
    -----
    `ceil(m / chunk)` sweeps of the adjoint for m outputs. The forward sweep is that of plain numbers, the reverse sweep carries
    `chunk` rows at once. Rows go one at a time through a `custom_vjp` rule, a function that calls itself, and checkpointed loops
    with `disk`; `plan` says so.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as ad
    >>> def moments(x):
    ...     found = np.zeros(2)
    ...     for v in x:
    ...         found[0] += v
    ...         found[1] += v * v
    ...     return found
    >>> ad.jacrev(moments)(np.array([3.0, 5.0, 1.0]))
    array([[ 1.,  1.,  1.],
           [ 6., 10.,  2.]])
    """
    request = requested("jacrev", argnums, out_argnums)
    build = forward.build_jacobian
    return derivative_function(f, request, build, chunk, reverse=reverse.build_jacobian, mode="reverse")


def value_and_jacobian(
    f: Function,
    argnums: Positions = 0,
    mode: str = "auto",
    *,
    out_argnums: Positions | None = None,
    chunk: int | None = None,
    sparsity: Any = None,
    verify: bool = True,
) -> Any:
    """Value and Jacobian from the same evaluations.

    Parameters
    ----------
    f, argnums, mode, out_argnums, chunk, sparsity, verify
        As in `jacobian`.

    Returns
    -------
    DerivativeFunction
        `vj(*args)` returns `(f(*args), J)`; with `out_argnums` the value is what `f` writes.

    Raises
    ------
    ArgumentError, OutputError, UnsupportedError
        As `grad` does.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as ad
    >>> ad.value_and_jacobian(lambda x: 3.0 * x)(np.array([1.0]))
    (array([3.]), array([[3.]]))
    """
    request = requested("value_and_jacobian", argnums, out_argnums, with_value=True)
    if sparsity is not None:
        return sparse_jacobian(f, request, sparsity, mode, chunk, verify)
    return _operator(f, request, forward.build_jacobian, reverse.build_jacobian, mode, chunk)


def sparse_jacobian(f: Function, request: Request, sparsity: Any, mode: str, chunk: int | None, verify: bool) -> Any:
    """The derivative function of a sparse Jacobian; what it takes is imported when the first one is made."""
    from .sparse import SparseDerivative

    mode = checked_mode(mode, request.operator, (*MODES, "mixed"))
    return SparseDerivative(f, request, sparsity, mode, checked_width(chunk, request.operator), False, verify)


def _operator(
    f: Function,
    request: Request,
    build: Writer,
    reverse: Writer,
    mode: str,
    chunk: int | None,
    outputs: int | None = None,
) -> DerivativeFunction:
    """The derivative function of an operator that has both modes; Jacobians have mixed mode too."""
    mode = checked_mode(mode, request.operator, MODES if outputs == 1 else (*MODES, MIXED))
    return derivative_function(f, request, build, chunk, reverse=reverse, mode=mode, outputs=outputs)
