"""Drivers of Hessians, by two routes: hyper-dual numbers, or the adjoint on numbers with derivatives; and which one is taken."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from typing import Any

from numba.core import types
from numba.core.errors import NumbaError

from ..errors import ArgumentError, UnsupportedError
from ..numbers.promotion import PromotionRequest
from ..numbers.types import carries_duals, without_level
from ..plan.choose import FEW_FOR_HESSIANS, hessian, hessian_route, many
from ..plan.plan import Plan
from ..plan.widths import power_of_two
from .calls import Call
from .dispatchers import Operator
from .driver import Driver
from .forward import block, rounded, shaped, value_of
from .functions import DerivativeFunction
from .leaves import Leaf, leaves, rebuild
from .operators import FORWARD, REVERSE, checked_mode, checked_widths, derivative_function
from .request import Request
from .reverse import build_gradient
from .target import Target
from .widths import checked_width

#: Most directions that the adjoint carries at once.
LONGEST_CHUNK = 16


def hessian_function(f: Callable[..., Any], request: Request, mode: str, chunk: Any) -> DerivativeFunction:
    """The derivative function of an operator that gives Hessians.

    What stands for a width (see `dispatchers.Builder`) is here a pair for hyper-dual numbers, one number for the chunk of the
    adjoint, FORWARD or REVERSE for either with widths that follow from the types, and None where the types tell all.

    Raises
    ------
    ArgumentError
        For options that are not valid.
    """
    operator = request.operator
    mode = checked_mode(mode, operator)
    width: Any = None if mode == "auto" else mode
    if chunk is not None:
        width = checked_width(chunk, operator) if mode == REVERSE else checked_widths(chunk, operator)
    target = Target(f, operator)
    parameters = tuple(target.signature.parameters.values())

    recipe = HessianRecipe(request, parameters, mode, width)
    chooses = chunk is None and mode != FORWARD
    return DerivativeFunction(target, operator, recipe, list(parameters), width, chooses, request.argnums)


def width_over_reverse(count: int | None) -> int:
    """Directions that the adjoint carries at once, for `count` inputs."""
    return LONGEST_CHUNK if count is None else min(power_of_two(count), LONGEST_CHUNK)


@dataclass(frozen=True)
class HessianRecipe(Operator):
    """Makes the drivers of a Hessian; see `dispatchers.Builder`.

    Parameters
    ----------
    request : Request
    parameters : tuple of inspect.Parameter
        Parameters of the drivers.
    mode : {"auto", "forward", "reverse"}
    chosen : int, (int, int), "forward", "reverse" or None
        What the user named in place of a width.
    """

    request: Request
    parameters: tuple[inspect.Parameter, ...]
    mode: str
    chosen: Any = None

    def identity(self) -> tuple[Any, ...]:
        """See `dispatchers.Builder`."""
        return (*astuple(self.request), "hessian", self.mode)

    def takes_adjoint(self, width: Any, given: tuple[types.Type, ...] | None = None) -> bool:
        """See `dispatchers.Builder`."""
        if width is None and given is not None:
            return hessian_route(self.mode, _count(given, self.request.argnums)) == REVERSE
        return self.mode == REVERSE or width is None or isinstance(width, int)

    def width(self, call: Call) -> Any:
        """See `dispatchers.Operator`."""
        if not call.has_arrays or call.inputs is None:
            return self.chosen
        return FORWARD if hessian_route(self.mode, call.inputs) == FORWARD else width_over_reverse(call.inputs)

    def plan(self, call: Call, driver: Any, refusal: Exception | None) -> Plan:
        """See `dispatchers.Operator`."""
        count = call.inputs
        mode = REVERSE if driver.takes_adjoint else FORWARD
        n = "inputs in a number that is not known when compiling" if count is None else many(count, "input")
        why = (
            f"{n}, at most {FEW_FOR_HESSIANS} for hyper-dual numbers"
            if self.mode == "auto"
            else f"mode={mode!r} was asked for"
        )
        if isinstance(self.chosen, tuple):
            why = f"chunk={self.chosen} was asked for, a pair of hyper-dual numbers"
        elif self.mode == "auto" and mode != hessian_route(self.mode, count):
            why = f"reverse mode, chosen for {n}, refuses f"
        widths = driver.widths if mode == FORWARD else (1, 1)
        return hessian(mode, count, widths, driver.widths[0], call.counted(), why)

    def __call__(self, target: Target, given: tuple[types.Type, ...], width: Any) -> Callable[..., Any]:
        count = _count(given, self.request.argnums)
        if (
            width == FORWARD
            or isinstance(width, tuple)
            or (width is None and hessian_route(self.mode, count) == FORWARD)
        ):
            return self._forward(target, given, None if width == FORWARD else width)
        chunk = width if isinstance(width, int) else width_over_reverse(count)
        try:
            return self._over_reverse(target, given, chunk)
        except PromotionRequest:
            raise
        except (UnsupportedError, NumbaError):
            if self.mode == REVERSE:
                raise
            return self._forward(target, given, None)

    def _forward(self, target: Target, given: tuple[types.Type, ...], widths: Any) -> Callable[..., Any]:
        driver = Driver(target, given, self.request, widths, levels=2)
        _write_forward(driver, self.request)
        return driver.finish(self.request.operator, list(self.parameters))

    def _over_reverse(self, target: Target, given: tuple[types.Type, ...], chunk: int) -> Callable[..., Any]:
        request = self.request
        refuse_complex(
            request.operator, [leaf for i in request.argnums if i < len(given) for leaf in leaves("", given[i])]
        )
        derivative = derivative_function(target.function, request, build_gradient, reverse=build_gradient, mode=REVERSE)
        gradient = Target(derivative, request.operator)
        gradient.name = target.name
        driver = Driver(gradient, given, request, chunk, levels=1)
        _write_over_reverse(driver, request)
        driver.source = gradient.twin.implementation(tuple(driver.seeded_types())).shown
        driver.takes_adjoint = True
        return driver.finish(request.operator, list(self.parameters))


def _count(given: tuple[types.Type, ...], argnums: tuple[int, ...]) -> int | None:
    """Number of inputs where the types tell it."""
    active = [leaf for i in argnums if i < len(given) for leaf in leaves("", given[i])]
    return None if any(leaf.is_array for leaf in active) else len(active)


def refuse_complex(operator: str, active: list[Leaf]) -> None:
    if any(isinstance(leaf.element, types.Complex) for leaf in active):
        raise ArgumentError(
            f"{operator}: second derivatives by complex arguments are not offered; pass real and imaginary part as two "
            f"floats, or nest `derivative` for a holomorphic function"
        )


def _write_forward(driver: Driver, request: Request) -> None:
    """Blocks of M x N second derivatives on and above the diagonal, the rest by symmetry.

    Rows advance by M, columns by N; N is a multiple of M, so the columns of a row block start at the multiple of N at or
    below it.
    """
    refuse_complex(driver.operator, driver.flat_inputs)
    y = driver.scalar_output()
    (_, rows), (_, columns) = driver.levels
    inner, outer = driver.specs
    driver.offsets()
    driver.start()
    slope = driver.constant("type_of_slope", without_level(y.type, driver.levels[1][0]))
    driver.add(f"matrix = np.empty((total, total), tangent_dtype({slope}, {inner}))")
    if request.with_value:
        driver.add("gradient = np.empty(total, matrix.dtype)")
    driver.add(f"for row in range(0, total or 1, {rows}):")
    driver.add(f"for column in range(row // {columns} * {columns}, total or 1, {columns}):", 2)
    driver.call("y", ("row", "column"), 3)
    if request.with_value:
        driver.add("if row == 0 and column == 0:", 3)
        driver.add(f"value = primal(primal(y, {outer}), {inner})", 4)
    driver.add(f"store_hessian(y, {inner}, {outer}, matrix, row, column)", 3)
    if request.with_value:
        driver.add("if row == 0:", 3)
        driver.add(f"store_slopes(y, {inner}, {outer}, gradient, column)", 4)
    result = _nested(driver, y.element != types.float32)
    if request.with_value:
        result = f"value, {block(driver, 'gradient', y)}, {result}"
    driver.add(f"return {result}")


def _write_over_reverse(driver: Driver, request: Request) -> None:
    """Columns of the Hessian, a chunk of them from each sweep of the adjoint on numbers with that many tangents."""
    ((_, width),), (spec,) = driver.levels, driver.specs
    driver.offsets()
    driver.start()
    found = driver.outputs("y")
    slopes = found[int(request.with_value) :]
    kinds = driver.constant("types_of_slopes", types.Tuple([leaf.type for leaf in slopes]))
    driver.add(f"matrix = np.empty((total, total), tangent_dtype({kinds}, {spec}))")
    driver.add(f"for first in range(0, total or 1, {width}):")
    driver.call("y", ("first",), 2)
    if request.with_value:
        driver.add("if first == 0:", 2)
        for j, leaf in enumerate(found):
            driver.add(f"value_{j} = {value_of(leaf, spec)}", 3)
    for k, leaf in enumerate(slopes):
        _store_columns(driver, leaf, k)
    driver.add("mirror(matrix)")
    wide = any(leaf.element != types.float32 for leaf in slopes)
    result = _nested(driver, wide)
    if request.with_value:
        gradient = rebuild(driver.output_type, (f"value_{j}" for j in range(len(found))), driver.constants)
        result = f"{gradient} + ({result},)"
    driver.add(f"return {result}")


def _store_columns(driver: Driver, slopes: Leaf, k: int) -> None:
    """Lines that store the derivatives of part `k` of the gradient; of rows below the diagonal none."""
    (spec,), ((_, width),) = driver.specs, driver.levels

    def store(slope: str, row: str, indent: int) -> None:
        driver.add(f"store_lanes(matrix, ({row}) * total + first, 0, total - first, {slope}, {spec})", indent)

    above = f"first + {width} - at_{k}"
    if not slopes.is_array:
        driver.add(f"if {above} > 0:", 2)
        store(slopes.path, f"at_{k}", 3)
        return
    path = slopes.path if slopes.type.ndim == 1 else f"{slopes.path}.reshape(-1)"
    driver.add(f"slopes_{k} = {path}", 2)
    driver.add(f"for i in range({above} if {above} < slopes_{k}.size else slopes_{k}.size):", 2)
    store(f"slopes_{k}[i]", f"at_{k} + i", 3)


def _nested(driver: Driver, wide: bool) -> str:
    """Expression of the Hessian: for each active argument, for each active argument, a block of the matrix.

    `wide` says that the matrix has double precision; blocks by single precision are then rounded.
    """
    groups, position = [], iter(range(len(driver.flat_inputs)))
    whole = len(driver.flat_inputs) == 1

    def parts(group: list[Leaf]) -> Iterator[str]:
        for leaf in group:
            yield _row_block(driver, leaf, next(position), whole, wide)

    for i, group in zip(driver.argnums, driver.inputs, strict=True):
        groups.append(rebuild(driver.given[i], parts(group), driver.constants))
    return groups[0] if driver.single else f"({', '.join(groups)},)"


def _row_block(driver: Driver, row: Leaf, k: int, whole: bool, wide: bool) -> str:
    """Second derivatives by leaf `k` and each active argument, shaped like the arguments."""
    if row.is_array:
        rows = "matrix" if whole else f"matrix[at_{k} : at_{k + 1}]"
        shape = f"{row.path}.shape"
    else:
        rows, shape = f"matrix[at_{k}]", None
    position = iter(range(len(driver.flat_inputs)))

    def parts(group: list[Leaf]) -> Iterator[str]:
        for leaf in group:
            part = shaped(rows, shape, leaf, next(position), whole)
            single = wide and row.element == leaf.element == types.float32
            yield rounded(part, row.is_array or leaf.is_array) if single and not nested else part

    nested = any(map(carries_duals, driver.given))
    groups = [
        rebuild(driver.given[i], parts(group), driver.constants)
        for i, group in zip(driver.argnums, driver.inputs, strict=True)
    ]
    return groups[0] if driver.single else f"({', '.join(groups)},)"
