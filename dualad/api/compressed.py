"""Drivers of compressed Jacobians: sums of columns in forward mode, sums of rows in reverse mode.

Columns of one colour share no row, so that each of their nonzeros can be read from the sum of them (Curtis, Powell and Reid
1974); which colours there are, and which nonzero is read where, is not known here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numba.core import types

from ..errors import ArgumentError, OutputError
from ..workspace.record import empty_record
from .dependence import BehindDriver, positional
from .first import store_rows, value_of
from .functions import DerivativeFunction
from .leaves import Leaf, rebuild
from .request import Request
from .reverse import ReverseDriver, is_float
from .target import Target

COLORS = inspect.Parameter("colors", inspect.Parameter.POSITIONAL_ONLY)
COUNT = inspect.Parameter("count", inspect.Parameter.POSITIONAL_ONLY)


def compressed_columns(f: Callable[..., Any], request: Request, width: int | None) -> DerivativeFunction:
    """The function `compressed = c(colors, count, *args)`: J S, where column k of S holds a 1 for each input of colour k.

    Parameters
    ----------
    f : callable
    request : Request
        With a value asked for, `c` gives `(f(*args), compressed)`.
    width : int or None
        Columns made in one sweep, a power of two.

    Returns
    -------
    DerivativeFunction
        `colors` is an int64 array with the colour of each input, from 0 to `count` - 1, or -1 for none; `compressed` has the
        shape (outputs, count).
    """
    return _function(f, request, _Recipe(request, "columns"), width)


def compressed_rows(f: Callable[..., Any], request: Request) -> DerivativeFunction:
    """The function `compressed = c(colors, count, *args)`: W^T J, where column k of W holds a 1 for each output of colour k.

    As `compressed_columns`; `compressed` has the shape (count, inputs).
    """
    return _function(f, request, _Recipe(request, "rows"), None)


def _function(f: Callable[..., Any], request: Request, recipe: _Recipe, width: int | None) -> DerivativeFunction:
    target = Target(f, request.operator)
    parameters = [COLORS, COUNT, *(positional(p) for p in target.signature.parameters.values())]
    return DerivativeFunction(target, request.operator, recipe, parameters, width)


@dataclass(frozen=True)
class _Recipe:
    request: Request
    of: str

    def identity(self) -> tuple[Any, ...]:
        """See `functions.Builder`."""
        request = self.request
        return "compressed", self.of, request.argnums, request.out_argnums, request.with_value

    def takes_adjoint(self, width: Any) -> bool:
        """See `functions.Builder`."""
        return self.of == "rows"

    def instead(self, width: Any) -> Any:
        """See `functions.Builder`."""
        return width

    def __call__(self, target: Target, given: tuple[types.Type, ...], width: int | None) -> Callable[..., Any]:
        signature = target.signature.parameters.values()
        parameters = [COLORS, COUNT, *signature]
        if self.of == "rows":
            rows = _RowsDriver(target, given[2:], self.request)
            rows.write(self.request.with_value)
            return rows.finish("compressed_rows", parameters)
        columns = _ColumnsDriver(target, given[2:], self.request, width, 1)
        columns.write(self.request.with_value)
        return columns.finish("compressed_columns", parameters)


def refuse_complex(operator: str, inputs: list[Leaf], outputs: list[Leaf]) -> None:
    """Refuse complex inputs and outputs of a sparse derivative."""
    message = (
        f"{operator}: sparse derivatives of complex numbers are not offered; pass and return real and imaginary parts"
    )
    if any(isinstance(leaf.element, types.Complex) for leaf in inputs):
        raise ArgumentError(message)
    if any(isinstance(leaf.element, types.Complex) for leaf in outputs):
        raise OutputError(message)


class _ColumnsDriver(BehindDriver):
    before = 2

    def _units(self, value: str, leaf: Leaf, position: int, firsts: tuple[str, ...], at: str) -> str:
        return f"seed({value}, {self.specs[0]}, arg_0[{at}] - {firsts[0]}, 1.0)"

    def write(self, with_value: bool) -> None:
        """Lines of the body."""
        ((_, width),), (spec,) = self.levels, self.specs
        self.kept = ()
        outputs = self.outputs("y")
        refuse_complex(self.operator, self.flat_inputs, outputs)
        self.offsets()
        self.add("total = arg_1")
        kinds = self.constant("types_of_outputs", types.Tuple([leaf.type for leaf in outputs]))
        self.add(f"for first in range(0, total or 1, {width}):")
        self.call("y", ("first",), 2)
        self.add("if first == 0:", 2)
        sizes = [f"{leaf.path}.size" if leaf.is_array else "1" for leaf in outputs]
        self.add(f"compressed = empty_record(({' + '.join(sizes)}, total), tangent_dtype({kinds}, {spec}))", 3)
        for j, leaf in enumerate(outputs):
            start = " + ".join(sizes[:j]) or "0"
            self.add(f"rows_{j} = compressed[{start} : {start} + {sizes[j]}]", 3)
            if with_value:
                self.add(f"value_{j} = {value_of(leaf, spec)}", 3)
        for j, leaf in enumerate(outputs):
            store_rows(self, leaf, f"rows_{j}", "first", 2)
        if with_value:
            values = rebuild(self.output_type, (f"value_{j}" for j in range(len(outputs))), self.constants)
            self.add(f"return {values}, compressed")
        else:
            self.add("return compressed")


class _RowsDriver(ReverseDriver):
    def argument_paths(self) -> list[str]:
        """See `Frame`."""
        return BehindDriver.behind(super().argument_paths(), 2)

    def write(self, with_value: bool) -> None:
        """Lines of the body."""
        self.differentiate(seeded=True)
        self.evaluate()
        outputs = self.outputs("y")
        refuse_complex(self.operator, self.flat_inputs, outputs)
        self.offsets()
        wide = any(leaf.element != types.float32 for leaf in (*self.flat_inputs, *outputs) if is_float(leaf))
        self.constants["empty_record"] = empty_record
        self.add(f"compressed = empty_record((arg_1, total), np.{'float64' if wide else 'float32'})")
        self.add("for color in range(arg_1):")
        self.add("k = 0", 2)
        for j, leaf in enumerate(outputs):
            kind = f"np.{leaf.element}" if is_float(leaf) else "np.float64"
            if leaf.is_array:
                self.add(f"seed_{j} = np.zeros({leaf.path}.shape, {kind})", 2)
                self.add(f"flat_{j} = seed_{j}.reshape(-1)", 2)
                self.add(f"for i in range(flat_{j}.size):", 2)
                self.add("if arg_0[k] == color:", 3)
                self.add(f"flat_{j}[i] = 1.0", 4)
                self.add("k += 1", 3)
            else:
                self.add(f"seed_{j} = {kind}(1.0 if arg_0[k] == color else 0.0)", 2)
                self.add("k += 1", 2)
        self.pull_back([f"seed_{j}" for j in range(len(outputs))], 2)
        for k, leaf in enumerate(self.flat_inputs):
            part = f"swept[{len(outputs) + k}]"
            if leaf.is_array:
                self.add(f"compressed[color, at_{k} : at_{k + 1}] = {part}.reshape(-1)", 2)
            else:
                self.add(f"compressed[color, at_{k}] = {part}", 2)
        self.add("return y, compressed" if with_value else "return compressed")
