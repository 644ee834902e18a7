"""Second derivatives by hyper-dual numbers: `second_derivative`, `hessian`, `value_grad_and_hessian`."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import ArgumentError
from .driver import Driver
from .first import Function, Positions, _block, shaped
from .functions import DerivativeFunction
from .leaves import Leaf, rebuild
from .operators import checked_mode, derivative_function, requested
from .request import Request

Chunk = tuple[int, int]


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
    f: Function, argnums: Positions = 0, mode: str = "auto", *, chunk: Chunk | None = None
) -> DerivativeFunction:
    """Exact Hessian of a function with one real output.

    Parameters
    ----------
    f : callable
        Any function that Numba can compile, with a real float as output.
    argnums : int or tuple of int
        Positions of the arguments to differentiate by: floats, float arrays, tuples and NamedTuples of those.
    mode : {"auto", "forward"}
        How derivatives are propagated.
    chunk : (int, int), optional
        Directions carried at once in both levels, powers of two, the second one a multiple of the first: one sweep gives
        a block of that many second derivatives.

    Returns
    -------
    DerivativeFunction
        `H(*args)`, an array of shape `x.shape + x.shape`, symmetric to the last bit; for a tuple of positions a tuple of
        tuples of blocks.

    Raises
    ------
    ArgumentError, OutputError, UnsupportedError
        As `grad` does.

    Notes
    -----
    About `n (n + N) / (2 M N)` evaluations of `f` on hyper-dual numbers of M x N directions, for n inputs: no block below
    the diagonal is computed.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as ad
    >>> ad.hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    checked_mode(mode, "hessian", ("auto", "forward"))
    return derivative_function(f, requested("hessian", argnums), _build_hessian, chunk, levels=2)


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
    checked_mode(mode, "value_grad_and_hessian", ("auto", "forward"))
    request = requested("value_grad_and_hessian", argnums, with_value=True)
    return derivative_function(f, request, _build_hessian, chunk, levels=2)


def _refuse_complex(driver: Driver) -> None:
    if driver.complex_inputs:
        raise ArgumentError(
            f"{driver.operator}: second derivatives by complex arguments are not offered; pass real and imaginary part as two "
            f"floats, or nest `derivative` for a holomorphic function"
        )


def _build_second(driver: Driver, request: Request) -> None:
    _refuse_complex(driver)
    if len(driver.flat_inputs) != 1 or driver.flat_inputs[0].is_array:
        raise ArgumentError(
            "second_derivative: expected one float argument; use `hessian` for arrays and for several arguments"
        )
    inner, outer = driver.specs
    driver.offsets()
    driver.call("y", ("0", "0"))
    parts = []
    for j, leaf in enumerate(driver.outputs("y")):
        if not leaf.is_array:
            parts.append(f"tangents(tangents({leaf.path}, {outer})[0], {inner})[0]")
            continue
        driver.add(f"first_{j} = np.empty(({leaf.path}.size, 1), tangent_dtype({leaf.path}, {outer}))")
        driver.add(f"store_jacobian({leaf.path}, {outer}, first_{j}, 0, 1)")
        driver.add(f"second_{j} = np.empty(({leaf.path}.size, 1), tangent_dtype(first_{j}, {inner}))")
        driver.add(f"store_jacobian(first_{j}, {inner}, second_{j}, 0, 1)")
        parts.append(f"second_{j}.reshape({leaf.path}.shape)")
    driver.add(f"return {rebuild(driver.output_type, iter(parts), driver.constants)}")


def _build_hessian(driver: Driver, request: Request) -> None:
    """Blocks of M x N second derivatives on and above the diagonal, the rest by symmetry.

    Rows advance by M, columns by N; N is a multiple of M, so the columns of a row block start at the multiple of N at or
    below it.
    """
    _refuse_complex(driver)
    driver.scalar_output("`jacobian` of a gradient for other outputs")
    (_, rows), (_, columns) = driver.levels
    inner, outer = driver.specs
    driver.offsets()
    driver.call("y", ("0", "0"))
    driver.add(f"slope = tangents(y, {outer})[0]")
    driver.add(f"matrix = np.empty((total, total), tangent_dtype(slope, {inner}))")
    if request.with_value:
        driver.add(f"value = primal(primal(y, {outer}), {inner})")
        driver.add("gradient = np.empty(total, matrix.dtype)")
    driver.add(f"store_hessian(y, {inner}, {outer}, matrix, 0, 0)")
    if request.with_value:
        driver.add(f"store_slopes(y, {inner}, {outer}, gradient, 0)")
    driver.add(f"for row in range(0, total, {rows}):")
    driver.add(f"for column in range(row // {columns} * {columns}, total, {columns}):", 2)
    driver.add("if row > 0 or column > 0:", 3)
    driver.call("y", ("row", "column"), 4, again=True)
    driver.add(f"store_hessian(y, {inner}, {outer}, matrix, row, column)", 4)
    if request.with_value:
        driver.add("if row == 0:", 4)
        driver.add(f"store_slopes(y, {inner}, {outer}, gradient, column)", 5)
    result = _nested(driver)
    if request.with_value:
        leaf = Leaf("y", driver.output_type)
        result = f"value, {_block(driver, 'gradient', leaf)}, {result}"
    driver.add(f"return {result}")


def _nested(driver: Driver) -> str:
    """Expression of the Hessian: for each active argument, for each active argument, a block of the matrix."""
    groups, position = [], iter(range(len(driver.flat_inputs)))
    whole = len(driver.flat_inputs) == 1

    def parts(group: list[Leaf]) -> Iterator[str]:
        for leaf in group:
            yield _row_block(driver, leaf, next(position), whole)

    for i, group in zip(driver.argnums, driver.inputs, strict=True):
        groups.append(rebuild(driver.given[i], parts(group), driver.constants))
    return groups[0] if driver.single else f"({', '.join(groups)},)"


def _row_block(driver: Driver, row: Leaf, k: int, whole: bool) -> str:
    """Second derivatives by leaf `k` and each active argument, shaped like the arguments."""
    if row.is_array:
        rows = "matrix" if whole else f"matrix[at_{k} : at_{k + 1}]"
        shape = f"{row.path}.shape"
    else:
        rows, shape = f"matrix[at_{k}]", None
    position = iter(range(len(driver.flat_inputs)))
    groups = []
    for i, group in zip(driver.argnums, driver.inputs, strict=True):
        parts = (shaped(rows, shape, leaf, next(position), whole) for leaf in group)
        groups.append(rebuild(driver.given[i], parts, driver.constants))
    return groups[0] if driver.single else f"({', '.join(groups)},)"
