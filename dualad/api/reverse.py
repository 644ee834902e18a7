"""Drivers of reverse mode: calls of the generated adjoint, and what its arguments must be.

The adjoint is generated for the plain types of the arguments. Where these carry derivatives of an outer operator, the
driver is compiled as a twin like any other function, and numbers flow through the adjoint: forward over reverse.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from numba.core import types
from numba.core.dispatcher import _FunctionCompiler

from ..errors import OutputError, UnsupportedError
from ..numbers.types import plain_type
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
    """

    def __init__(self, target: Target, given: Sequence[types.Type], request: Request) -> None:
        super().__init__(target, [plain_type(type_) for type_ in given], request)
        self.constants.update(f=target.twin, **_namespace())
        self._calls = 0
        written = self.written()
        #: arguments that the function is given copies of: the user's own must not be damaged
        self.copied = set(range(len(self.given))) if written is None else {*written, *self.out_argnums}
        self.refuse_shared_memory(self.copied.__contains__, written, _WHY_NOT_SHARED)
        passed = [self._passed(i) for i in range(len(self.given))]
        self.passed = tuple(type_ for _, type_ in passed)
        self.expressions = [expression for expression, _ in passed]

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

    def differentiate(self, seeded: bool, with_value: bool = True) -> None:
        """Generate the adjoint, the global `adjoint` of the driver.

        Parameters
        ----------
        seeded : bool
            Whether it takes the cotangents of the outputs.
        with_value : bool
            Whether it gives the outputs too, before the cotangents of the inputs.
        """
        from ..reverse import (  # the generator need not be read where the machine code is on the disk
            adjoint,
            schedule_of,
        )

        found = adjoint(
            self._function(),
            self.passed,
            self.argnums,
            out_argnums=self.out_argnums,
            seeded=seeded,
            with_value=with_value,
        )
        self._adjoint = found.function
        self.takes_adjoint = True
        self.source = found.source
        self.on_disk = found.on_disk
        if not found.on_disk:
            self.schedule = partial(schedule_of, found.source, found.function)

    def _function(self) -> Any:
        """What the adjoint is generated from: a function of as many arguments as the driver passes."""
        in_reverse = getattr(self.target.function, "__dualad_in_reverse__", None)
        twin = self.target.twin if in_reverse is None else in_reverse()
        if hasattr(twin, "implementation"):
            driver = twin.implementation(self.passed)
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
        if self._calls:
            # a function that is called in one place is compiled with its caller, in half the time
            inline = "always" if self._calls == 1 else "never"
            self.constants["adjoint"] = jitted_adjoint(self._adjoint, inline, kept_options(self.target))
        return super().finish(name, parameters)

    def values(self, outputs: list[Leaf]) -> str:
        """Expression of the outputs out of `swept`."""
        return rebuild(self.output_type, (f"swept[{j}]" for j in range(len(outputs))), self.constants)

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


def jitted_adjoint(adjoint: Callable[..., Any], inline: str, options: dict[str, Any]) -> Any:
    from numba import njit

    made = njit(inline=inline, **options)(adjoint)
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
    """One sweep of the adjoint for each component of the outputs."""
    driver.differentiate(seeded=True)
    driver.evaluate()
    outputs = driver.outputs("y")
    for j, leaf in enumerate(outputs):
        _rows(driver, outputs, j, "rows", "1.0")
        if is_complex(leaf):
            _rows(driver, outputs, j, "turned", "1j")
    blocks = (_block(driver, leaf, j) for j, leaf in enumerate(outputs))
    result = rebuild(driver.output_type, blocks, driver.constants)
    driver.add(f"return y, {result}" if request.with_value else f"return {result}")


def _rows(driver: ReverseDriver, outputs: list[Leaf], j: int, rows: str, unit: str) -> None:
    """Lines that fill `rows_j_k` with the cotangents of input leaf `k` for `unit` in each component of output leaf `j`."""
    output = outputs[j]
    size = output.size
    for k, leaf in enumerate(driver.flat_inputs):
        columns = leaf.size
        driver.add(f"{rows}_{j}_{k} = np.zeros(({size}, {columns}), {dtype_of(leaf)})")
    if not is_float(output):
        return  # a status or a count beside floats does not move
    driver.add(f"for i in range({size}):")
    for other, leaf in enumerate(outputs):
        if leaf.is_array:
            driver.add(f"seed_{other} = np.zeros({leaf.path}.shape, {dtype_of(leaf)})", 2)
            if other == j:
                driver.add(f"seed_{other}.reshape(-1)[i] = {unit}", 2)
        else:
            driver.add(f"seed_{other} = {dtype_of(leaf)}({unit if other == j else '0.0'})", 2)
    driver.pull_back([f"seed_{other}" for other in range(len(outputs))], 2)
    for k, leaf in enumerate(driver.flat_inputs):
        part = f"swept[{len(outputs) + k}]"
        driver.add(f"{rows}_{j}_{k}[i] = np.ravel({part})" if leaf.is_array else f"{rows}_{j}_{k}[i, 0] = {part}", 2)


def _block(driver: ReverseDriver, output: Leaf, j: int) -> str:
    """Expression of the derivative of output leaf `j`, shaped like the active arguments."""

    def parts() -> Iterator[str]:
        for k, leaf in enumerate(driver.flat_inputs):
            rows = f"rows_{j}_{k}"
            if is_complex(output):
                # the cotangent of a real input is the real part of seed times derivative
                turned = f"turned_{j}_{k}"
                rows = f"holomorphic({rows}, {turned})" if is_complex(leaf) else f"({rows} - 1j * {turned})"
            axes = [f"{part.path}.shape" for part in (output, leaf) if part.is_array]
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
