"""First derivatives: `derivative`, `grad`, `jacobian` and their relatives, with the drivers of their forward mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from numba.core import types

from ..errors import ArgumentError, OutputError
from ..numbers.types import carries_duals
from .driver import Driver
from .functions import DerivativeFunction
from .leaves import Leaf, rebuild
from .operators import MIXED, MODES, Writer, checked_mode, derivative_function, requested
from .request import Request
from .reverse import build_gradient, build_jacobian
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
    return derivative_function(f, requested("derivative", argnums, out_argnums), _build_derivative)


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
        reverse, from the output back to all inputs at once, at a cost that does not depend on their number.
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
    return _operator(f, requested("grad", argnums), _build_gradient, build_gradient, mode, chunk, outputs=1)


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
    return _operator(f, request, _build_gradient, build_gradient, mode, chunk, outputs=1)


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
    mode : {"auto", "forward", "reverse"}
        How derivatives are propagated: forward, input by input; or in reverse, output by output.
    out_argnums : int or tuple of int, optional
        Positions of array arguments that `f` writes its result into, as in `rhs(t, y, dy)`; what `f` returns is then not
        looked at, and the arrays given are not changed.
    chunk : int, optional
        Number of directions carried at once, a power of two.
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
    one sweep of the adjoint for each of m outputs: the choice where there are many inputs and few outputs. With a pattern, n and
    m are numbers of colours. A pattern that depends on values (`f` branches on them) is checked at each point, by one more
    evaluation, and found anew where it has grown.

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
    return _operator(f, request, _build_jacobian, build_jacobian, mode, chunk)


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
    return derivative_function(f, requested("jacfwd", argnums, out_argnums), _build_jacobian, chunk)


def jacrev(f: Function, argnums: Positions = 0, *, out_argnums: Positions | None = None) -> DerivativeFunction:
    """Jacobian in reverse mode, whatever the dimensions.

    Parameters
    ----------
    f, argnums, out_argnums
        As in `jacobian`.

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
    One evaluation of `f`, and one sweep of the adjoint for each of m outputs.

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
    return derivative_function(f, request, _build_jacobian, reverse=build_jacobian, mode="reverse")


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
    return _operator(f, request, _build_jacobian, build_jacobian, mode, chunk)


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


def _build_derivative(driver: Driver, request: Request) -> None:
    for i, group in zip(driver.argnums, driver.inputs, strict=True):
        if any(leaf.is_array for leaf in group):
            raise ArgumentError(
                f"derivative: argument `{driver.names[i]}` is an array; expected a float. "
                f"Use `grad` for a float output, `jacobian` for others"
            )
    if driver.complex_inputs and not all(isinstance(y.element, types.Complex) for y in driver.outputs("y")):
        raise OutputError(
            f"derivative: `{driver.target.name}` takes a complex argument and returns a real number, so it is not "
            f"holomorphic. Use `grad`, which follows the convention for real-valued losses of complex variables"
        )
    _build_jacobian(driver, request)


def _build_gradient(driver: Driver, request: Request) -> None:
    driver.scalar_output()
    _build_jacobian(driver, request)


def _build_jacobian(driver: Driver, request: Request) -> None:
    """All derivatives of all outputs by all inputs, chunk by chunk."""
    driver.offsets()
    _sweep(driver, request, "rows")
    if driver.complex_inputs:
        driver.imaginary = True
        _sweep(driver, Request(request.operator, request.argnums, request.single, request.out_argnums), "turned")
        for j, leaf in enumerate(driver.outputs("y")):
            _join(driver, j, leaf)
    outputs = driver.outputs("y")
    blocks = (block(driver, f"rows_{j}", leaf) for j, leaf in enumerate(outputs))
    result = rebuild(driver.output_type, blocks, driver.constants)
    if request.with_value:
        values = rebuild(driver.output_type, (f"value_{j}" for j in range(len(outputs))), driver.constants)
        result = f"({values}, {result})"
    driver.add(f"return {result}")


def _join(driver: Driver, j: int, output: Leaf) -> None:
    """Lines that make one derivative of those of an output along both axes of the complex plane."""
    if not isinstance(output.element, types.Complex):
        driver.add(f"rows_{j} = conjugate_gradient(rows_{j}, turned_{j})")
        return
    for k, leaf in enumerate(driver.flat_inputs):
        if isinstance(leaf.element, types.Complex):  # a real one was not turned
            columns = f"[{':, ' * output.is_array}at_{k} : at_{k + 1}]"
            driver.add(f"holomorphic(rows_{j}{columns}, turned_{j}{columns})")


def _in_tuple(driver: Driver, output: Leaf) -> bool:
    """Whether one sweep gives all derivatives of a scalar output, so that they need no memory."""
    ((_, width),) = driver.levels
    one_sweep = driver.known_inputs is not None and driver.known_inputs <= width
    return one_sweep and not output.is_array and not driver.complex_inputs


def _sweep(driver: Driver, request: Request, rows: str) -> None:
    """Lines that fill `rows_j` with the derivatives of output leaf `j` by all inputs.

    The function is called in one place, whatever the number of chunks, as it is compiled into the driver there.
    """
    ((_, width),), (spec,) = driver.levels, driver.specs
    outputs = driver.outputs("y")
    for j, leaf in enumerate(outputs):
        # what is allocated in a loop costs more there, and the type of a number is known before the first call
        if not leaf.is_array and not _in_tuple(driver, leaf):
            kind = driver.constant(f"type_{j}", leaf.type)
            driver.add(f"{rows}_{j} = np.empty(total, tangent_dtype({kind}, {spec}))")
    if driver.known_inputs is not None and driver.known_inputs <= width:
        driver.call("y", ("0",))
        _make_rows(driver, request, rows, 1)
        _store(driver, rows, "0", 1)
        return
    driver.start()
    driver.add(f"for first in range(0, total or 1, {width}):")
    driver.call("y", ("first",), 2)
    if request.with_value or any(leaf.is_array for leaf in outputs):
        driver.add("if first == 0:", 2)
        _make_rows(driver, request, rows, 3)
    _store(driver, rows, "first", 2)


def _make_rows(driver: Driver, request: Request, rows: str, indent: int) -> None:
    """Lines that make room for derivatives once their number is known, and take the values where they are wanted."""
    (spec,) = driver.specs
    for j, leaf in enumerate(driver.outputs("y")):
        if _in_tuple(driver, leaf):
            driver.add(f"{rows}_{j} = tangents({leaf.path}, {spec})", indent)
        elif leaf.is_array:
            driver.add(f"{rows}_{j} = np.empty(({leaf.path}.size, total), tangent_dtype({leaf.path}, {spec}))", indent)
        if request.with_value:
            driver.add(f"value_{j} = {value_of(leaf, spec)}", indent)


def value_of(leaf: Leaf, spec: str) -> str:
    """Expression of the value of an output."""
    if leaf.is_array and not isinstance(leaf.element, (types.Float, types.Complex)):
        return f"{leaf.path}.copy()"
    return f"primal_array({leaf.path}, {spec})" if leaf.is_array else f"primal({leaf.path}, {spec})"


def _store(driver: Driver, rows: str, first: str, indent: int) -> None:
    for j, leaf in enumerate(driver.outputs("y")):
        if not _in_tuple(driver, leaf):
            store_rows(driver, leaf, f"{rows}_{j}", first, indent)


def store_rows(driver: Driver, output: Leaf, rows: str, first: str, indent: int, spec: str = "") -> None:
    """Lines that store the derivatives of an output by the chunk at `first` of all `total` inputs, a row for each element."""
    y, spec = output.path, spec or driver.specs[0]
    if not output.is_array:
        driver.add(f"store_lanes({rows}, {first}, 0, total - {first}, {y}, {spec})", indent)
    elif output.type.ndim == 1:  # plain indices are faster than an iterator
        driver.add(f"for i in range({y}.size):", indent)
        driver.add(f"store_lanes({rows}, i * total + {first}, 0, total - {first}, {y}[i], {spec})", indent + 1)
    else:
        element = f"element_of_{rows}"
        driver.add("i = 0", indent)
        driver.add(f"for {element} in {y}.flat:", indent)
        driver.add(f"store_lanes({rows}, i * total + {first}, 0, total - {first}, {element}, {spec})", indent + 1)
        driver.add("i += 1", indent + 1)


def block(driver: Driver, rows: str, output: Leaf) -> str:
    """Expression of the derivative of one output, shaped like the active arguments."""
    shape = f"{output.path}.shape" if output.is_array else None
    whole = len(driver.flat_inputs) == 1
    position = iter(range(len(driver.flat_inputs)))
    memory = len(driver.levels) > 1 or not _in_tuple(driver, output)

    def parts(group: list[Leaf]) -> Iterator[str]:
        for leaf in group:
            part = shaped(rows, shape, leaf, next(position), whole, memory)
            if _is_real_among_complex(driver, output, leaf):
                part = f"{part}.real.copy()" if leaf.is_array or output.is_array else f"{part}.real"
            yield single_precision(part, driver, output, leaf)

    groups = [
        rebuild(driver.given[i], parts(group), driver.constants)
        for i, group in zip(driver.argnums, driver.inputs, strict=True)
    ]
    return groups[0] if driver.single else f"({', '.join(groups)},)"


def _is_real_among_complex(driver: Driver, output: Leaf, leaf: Leaf) -> bool:
    """Whether the derivatives of a real output by a real input stand in one array with complex ones."""
    is_real = not isinstance(output.element, types.Complex) and not isinstance(leaf.element, types.Complex)
    return driver.complex_inputs and is_real


def single_precision(part: str, driver: Driver, output: Leaf, leaf: Leaf) -> str:
    """float32 in, float32 out, though the function may compute in float64 on the way."""
    wide = output.element == types.float64 or isinstance(output.element, (types.Integer, types.Boolean))
    if leaf.element != types.float32 or not wide or any(map(carries_duals, driver.given)):
        return part
    return rounded(part, leaf.is_array or output.is_array)


def rounded(part: str, is_array: bool) -> str:
    """Expression of a value in single precision."""
    return f"({part}).astype(np.float32)" if is_array else f"np.float32({part})"


def shaped(rows: str, output_shape: str | None, leaf: Leaf, k: int, whole: bool, memory: bool = True) -> str:
    """The columns of input leaf `k` out of `rows`, in the shape `output.shape + input.shape`.

    Without `memory`, `rows` is a tuple with one entry for each (scalar) input.
    """
    columns = f"at_{k} : at_{k + 1}"
    if output_shape is None:
        if not leaf.is_array:
            return f"{rows}[{'at_' if memory else ''}{k}]"
        part = rows if whole else f"{rows}[{columns}].copy()"
        return part if leaf.type.ndim == 1 else f"{part}.reshape({leaf.path}.shape)"
    if not leaf.is_array:
        return f"{rows}[:, at_{k}].copy().reshape({output_shape})"
    block = rows if whole else f"{rows}[:, {columns}].copy()"
    return f"{block}.reshape({output_shape} + {leaf.path}.shape)"
