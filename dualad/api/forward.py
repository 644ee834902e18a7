"""Drivers of first derivatives in forward mode: they fill the rows of a Jacobian, a chunk of columns in each sweep."""

from __future__ import annotations

from collections.abc import Iterator

from numba.core import types

from ..errors import ArgumentError, OutputError
from ..numbers.types import carries_duals
from .driver import Driver
from .leaves import Leaf, rebuild
from .request import Request

__all__ = [
    "block",
    "build_derivative",
    "build_gradient",
    "build_jacobian",
    "rounded",
    "shaped",
    "single_precision",
    "store_rows",
    "value_of",
]


def build_derivative(driver: Driver, request: Request) -> None:
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
    build_jacobian(driver, request)


def build_gradient(driver: Driver, request: Request) -> None:
    driver.scalar_output()
    build_jacobian(driver, request)


def build_jacobian(driver: Driver, request: Request) -> None:
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
