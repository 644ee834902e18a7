"""Drivers of reverse mode: calls of the generated adjoint, and what its arguments must be.

The adjoint is generated for the plain types of the arguments. Where these carry derivatives of an outer operator, the
driver is compiled as a twin like any other function, and numbers flow through the adjoint: forward over reverse.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from typing import Any

from numba.core import types
from numba.core.dispatcher import _FunctionCompiler

from ..errors import OutputError, UnsupportedError
from ..numbers.compiler import TwinDispatcher
from ..numbers.registration import ensure
from ..numbers.types import plain_type
from ..pipeline.compiler import GeneratedCompiler
from ..pipeline.splicing import spliced
from ..plan.widths import rows_for
from .frame import Frame, passed_expression, passed_type
from .leaves import Leaf, leaves, rebuild
from .request import Request
from .target import Target

_WHY_NOT_SHARED = (
    "the function may write one of them, and the copies that its adjoint works on would no longer be the same array"
)
#: Options that change results.
_OPTIONS = ("boundscheck", "error_model", "fastmath")


class ReverseDriver(Frame):
    """One driver of reverse mode under construction.

    Parameters
    ----------
    target, given, request
        As for `Frame`; what carries derivatives is taken as plain.
    width : int or None
        How many cotangents a sweep carries: with more than one, it runs on numbers with so many directions. None for as many
        as the types of the outputs suggest.
    preaccumulates : bool
        Whether called functions may be preaccumulated unasked.
    """

    def __init__(
        self,
        target: Target,
        given: Sequence[types.Type],
        request: Request,
        width: int | None = 1,
        preaccumulates: bool = False,
    ) -> None:
        super().__init__(target, [plain_type(type_) for type_ in given], request)
        self.constants.update(f=target.twin, **_namespace())
        self._calls = 0
        self._may_preaccumulate = preaccumulates
        written = self.written()
        #: arguments that the function is given copies of: the user's own must not be damaged
        self.copied = set(range(len(self.given))) if written is None else {*written, *self.out_argnums}
        self.refuse_shared_memory(self.copied.__contains__, written, _WHY_NOT_SHARED)
        passed = [self._passed(i) for i in range(len(self.given))]
        self.passed = tuple(type_ for _, type_ in passed)
        self.expressions = [expression for expression, _ in passed]
        self.carry(rows_for(self.most_rows) if width is None else width)

    def carry(self, width: int) -> None:
        """Carry so many cotangents in a sweep; before anything is written."""
        self.width = width
        if width > 1:
            from ..numbers.results import primal
            from ..numbers.rows import rows_level, store_rows

            self.levels = rows_level(width).levels
            self.constants.update(spec=rows_level(width), store_rows=store_rows, primal=primal)

    @cached_property
    def most_rows(self) -> int | None:
        """How many rows the Jacobian has, if the types of the outputs tell."""
        found = [leaf for leaf in self.outputs("y") if is_float(leaf)]
        return None if any(leaf.is_array for leaf in found) else sum(1 + is_complex(leaf) for leaf in found)

    def casts(self, argument: int) -> bool:
        """Whether whole numbers in an argument are taken as floats."""
        return argument in self.argnums

    def _passed(self, i: int) -> tuple[str, types.Type]:
        """Expression and type of what the function is called with for argument `i`."""
        path, type_ = self.paths[i], self.given[i]
        floats, copied = self.casts(i), i in self.copied
        found = list(leaves(path, type_))
        parts = [passed_expression(leaf, floats, copied) for leaf in found]
        if all(part == leaf.path for part, leaf in zip(parts, found, strict=True)):
            return path, type_
        return rebuild(type_, iter(parts), self.constants), passed_type(type_, floats, copied)

    def differentiate(self, seeded: bool, with_value: bool = True, rows: bool = False) -> None:
        """Generate the adjoint, the global `adjoint` of the driver.

        Parameters
        ----------
        seeded : bool
            Whether it takes the cotangents of the outputs.
        with_value : bool
            Whether it gives the outputs too, before the cotangents of the inputs.
        rows : bool
            Whether it takes the number of a row of the Jacobian, the first one of those that a sweep carries.
        """
        from ..reverse import (  # the generator need not be read where the machine code is on the disk
            adjoint,
            schedule_of,
        )
        from ..reverse.units import unit_row

        units: Any = unit_row
        if self.width > 1:
            from ..numbers.rows import unit_rows

            units = partial(unit_rows, width=self.width)
        from .locals import Locals  # which makes derivative functions itself

        chosen = Locals() if self._may_preaccumulate else None
        found = adjoint(
            self._function(),
            self.passed,
            self.argnums,
            out_argnums=self.out_argnums,
            seeded=seeded or rows,
            with_value=with_value,
            units=units if rows else None,
            local=chosen,
        )
        self.preaccumulated = chosen.names if chosen is not None else ()
        if self.width > 1:
            self._refuse_rows(found)
        self._adjoint = found.function
        self.takes_adjoint = True
        self.source = found.source
        self.on_disk = found.on_disk
        if not found.on_disk:
            self.schedule = partial(schedule_of, found.source, found.function)

    def _refuse_rows(self, found: Any) -> None:
        """Refuse several cotangents at once where that is known not to work.

        Raises
        ------
        UnsupportedError
        """
        what, rewrite = "the adjoint for cotangents of several outputs at once", "one at a time"
        if found.on_disk:
            raise UnsupportedError(what, "a checkpointed loop with `disk` stores plain numbers only", rewrite)
        if not found.is_linear:
            raise UnsupportedError(
                what, "a `custom_vjp` rule or a function that calls itself may do with them what is not linear", rewrite
            )

    def _function(self) -> Any:
        """What the adjoint is generated from: a function of as many arguments as the driver passes."""
        twin = self.target.twin
        made = getattr(twin, "row_by_row", getattr(twin, "implementation", None))
        if made is not None:
            driver = made(self.passed)
            refuse_on_disk(driver)
            return driver
        parameters = self.target.signature.parameters.values()
        if any(p.kind is p.VAR_POSITIONAL for p in parameters):
            names = ", ".join(f"a{i}" for i in range(len(self.passed)))
            name = self.target.name if self.target.name.isidentifier() else "function"
            scope: dict[str, Any] = {f"{name}_": twin.original, "__name__": __name__}
            exec(f"def {name}({names}):\n    return {name}_({names})\n", scope)
            return scope[name]
        return twin.original

    def outputs(self, path: str) -> list[Leaf]:
        """Leaves of the result."""
        if self.out_argnums:
            kinds = [self.passed[i] for i in self.out_argnums]
            self.output_type = kinds[0] if len(kinds) == 1 else types.Tuple(kinds)
        else:
            template, _, args, _ = self.target.twin.get_call_template(self.passed, {})
            cases = [case for case in template.cases if tuple(case.args) == tuple(args)]
            self.output_type = types.unliteral((cases or template.cases)[-1].return_type)
        return super().outputs(path)

    def evaluate(self) -> None:
        """Lines that make `y`: what the function gives, or its output arguments as it leaves them."""
        arguments = list(self.expressions)
        for i in self.out_argnums:
            self.add(f"out_{i} = {arguments[i]}")
            arguments[i] = f"out_{i}"
        call = f"f({', '.join(arguments)})"
        outs = [f"out_{i}" for i in self.out_argnums]
        if outs:
            self.add(call)
            call = outs[0] if len(outs) == 1 else f"({', '.join(outs)})"
        self.add(f"y = {call}")

    def pull_back(self, seeds: Sequence[str] = (), indent: int = 1) -> None:
        """Line that makes `swept`: outputs if wanted, then cotangents of the inputs, for cotangents of the outputs."""
        self._calls += 1
        self.add(f"swept = adjoint({', '.join([*self.expressions, *seeds])})", indent)

    def finish(self, name: str, parameters: list[inspect.Parameter]) -> Callable[..., Any]:
        """See `Frame.finish`."""
        if self._calls and self.width > 1:
            ensure()  # what the numbers in it need
            self.constants["adjoint"] = TwinDispatcher(self._adjoint, None, kept_options(self.target))
        elif self._calls:
            made = jitted_adjoint(self._adjoint, kept_options(self.target))
            self.constants["adjoint"] = spliced(made) if self._calls == 1 else made
        return super().finish(name, parameters)

    def store_rows(self, inputs: list[Leaf], first: str, outputs: int, indent: int) -> None:
        """Lines that store the cotangents of inputs, swept behind so many outputs, in rows from `first` on."""
        if self.width == 1 and first == "0":
            self.add("if total > 0:", indent)
            indent += 1
        for k, leaf in enumerate(inputs):
            bars = f"swept[{outputs + k}]"
            if self.width > 1:
                self.add(f"store_rows(rows_{k}, {first}, {bars}, spec)", indent)
            elif leaf.is_array:
                self.add(f"rows_{k}[{first}] = np.ravel({bars})", indent)
            else:
                self.add(f"rows_{k}[{first}, 0] = {bars}", indent)

    def values(self, outputs: list[Leaf]) -> str:
        """Expression of the outputs out of `swept`."""
        values = [f"swept[{j}]" for j in range(len(outputs))]
        if self.width > 1:  # beside cotangents of several rows, numbers in one tuple carry rows too
            values = [
                f"primal({value}, spec)" if is_float(leaf) and not leaf.is_array else value
                for value, leaf in zip(values, outputs, strict=True)
            ]
        return rebuild(self.output_type, iter(values), self.constants)

    def like_inputs(self, parts: Iterator[str]) -> str:
        """Expression of values shaped like the active arguments, from one part for each of their leaves."""
        groups = [rebuild(self.given[i], parts, self.constants) for i in self.argnums]
        return groups[0] if self.single else f"({', '.join(groups)},)"


def refuse_on_disk(driver: Callable[..., Any]) -> None:
    """Refuse to differentiate a driver again whose adjoint keeps states on disk.

    Raises
    ------
    UnsupportedError
    """
    if getattr(driver, "on_disk", False):
        raise UnsupportedError(
            "the gradient of a checkpointed loop with `disk`",
            "only plain numbers are stored on disk",
            "keep the states in memory for second derivatives: leave `disk` out",
        )


class _AdjointCompiler(_FunctionCompiler):
    def _customize_flags(self, flags: Any) -> Any:
        return without_ssa(flags)


def without_ssa(flags: Any) -> Any:
    """Compiler flags for generated code, which has a name for every type and needs no single assignments.

    To make them takes Numba a time that grows with the square of the number of names.
    """
    flags.enable_ssa = False
    return flags


def jitted_adjoint(adjoint: Callable[..., Any], options: dict[str, Any]) -> Any:
    from numba import njit

    made = njit(pipeline_class=GeneratedCompiler, **options)(adjoint)
    made._compiler = _AdjointCompiler(
        made.py_func, made.targetdescr, made.targetoptions, made.locals, made._compiler.pipeline_class
    )
    return made


def kept_options(target: Target) -> dict[str, Any]:
    """What the user's own @njit says of results, for code that does what the function does."""
    return {name: value for name, value in target.twin.targetoptions.items() if name in _OPTIONS}


def _namespace() -> dict[str, Any]:
    """Globals of drivers; imported when the first one is made."""
    import numpy as np

    from ..numbers.results import holomorphic

    return {"np": np, "holomorphic": holomorphic}


def build_gradient(driver: ReverseDriver, request: Request) -> None:
    """One sweep of the adjoint."""
    try:
        driver.differentiate(seeded=False, with_value=request.with_value)
    except OutputError:
        driver.scalar_output()
        raise
    driver.pull_back()
    first = int(request.with_value)
    result = driver.like_inputs(f"swept[{first + k}]" for k in range(len(driver.flat_inputs)))
    driver.add(f"return swept[0], {result}" if request.with_value else f"return {result}")


def build_derivative(driver: ReverseDriver, request: Request) -> None:
    """By a float: the gradient of a float, the Jacobian of other outputs."""
    try:
        build_gradient(driver, request)
    except OutputError:
        build_jacobian(driver, request)


def build_jacobian(driver: ReverseDriver, request: Request) -> None:
    """Sweeps of the adjoint for the rows of all outputs, as many at once as the driver carries."""
    from ..reverse.units import rows_of

    driver.differentiate(seeded=False, rows=True)
    outputs, inputs = driver.outputs("y"), driver.flat_inputs
    driver.pull_back(["0"])  # without outputs too, for what the function raises
    driver.add(f"y = {driver.values(outputs)}")
    driver.add("row_0 = 0")
    for j, leaf in enumerate(outputs):
        # a status or a count beside floats does not move
        size = rows_of(leaf.type, leaf.size) if is_float(leaf) else "0"
        driver.add(f"row_{j + 1} = row_{j} + {size}")
    driver.add(f"total = row_{len(outputs)}")
    for k, leaf in enumerate(inputs):
        driver.add(f"rows_{k} = np.empty((total, {leaf.size}), {dtype_of(leaf)})")
    driver.store_rows(inputs, "0", len(outputs), 1)
    if driver.most_rows is None or driver.most_rows > driver.width:
        driver.add(f"for first in range({driver.width}, total, {driver.width}):")
        driver.pull_back(["first"], 2)
        driver.store_rows(inputs, "first", len(outputs), 2)
    blocks = (_block(driver, leaf, j) for j, leaf in enumerate(outputs))
    result = rebuild(driver.output_type, blocks, driver.constants)
    driver.add(f"return y, {result}" if request.with_value else f"return {result}")


def _block(driver: ReverseDriver, output: Leaf, j: int) -> str:
    """Expression of the derivative of output leaf `j`, shaped like the active arguments."""

    def parts() -> Iterator[str]:
        whole = driver.output_type == output.type and not is_complex(output)
        for k, leaf in enumerate(driver.flat_inputs):
            axes = [f"{part.path}.shape" for part in (output, leaf) if part.is_array]
            if not is_float(output):
                yield f"np.zeros({' + '.join(axes)}, {dtype_of(leaf)})" if axes else f"{dtype_of(leaf)}(0.0)"
                continue
            rows = f"rows_{k}" if whole else f"rows_{k}[row_{j} : row_{j + 1}]"
            if is_complex(output):
                # the cotangent of a real input is the real part of seed times derivative
                along = f"rows_{k}[row_{j} : row_{j} + {output.size}]"
                turned = f"rows_{k}[row_{j} + {output.size} : row_{j + 1}]"
                rows = f"holomorphic({along}.copy(), {turned})" if is_complex(leaf) else f"({along} - 1j * {turned})"
            elif not whole:
                rows = f"{rows}.copy()"
            yield f"{rows}.reshape({' + '.join(axes)})" if axes else f"{rows}[0, 0]"

    return driver.like_inputs(parts())


def is_float(leaf: Leaf) -> bool:
    """Whether a leaf carries derivatives."""
    return isinstance(leaf.element, (types.Float, types.Complex))


def is_complex(leaf: Leaf) -> bool:
    return isinstance(leaf.element, types.Complex)


def dtype_of(leaf: Leaf) -> str:
    """Expression of the type of the cotangent of one element."""
    return f"np.{leaf.element}" if is_float(leaf) else "np.float64"
