"""Drivers that fill the nonzeros of a sparse Jacobian: from sums of columns in forward mode, of rows in reverse mode.

Columns of one colour share no row where they are read, so that their nonzeros can be read from the sum of them (Curtis, Powell
and Reid 1974). Which colours there are and which nonzero is read where, is in the readings of `sparsity.reading`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numba.core import types

from ..errors import ArgumentError, OutputError
from ..numbers.compact import compact_type
from ..numbers.types import CompactType, Levels, element_types
from ..plan.plan import Plan
from .calls import Call
from .dependence import BehindDriver, positional
from .dispatchers import Operator
from .forward import value_of
from .frame import Frame
from .functions import DerivativeFunction
from .leaves import Leaf, rebuild
from .request import Request
from .reverse import ReverseDriver, dtype_of
from .target import Target

DATA = inspect.Parameter("data", inspect.Parameter.POSITIONAL_ONLY)
READING = inspect.Parameter("reading", inspect.Parameter.POSITIONAL_ONLY)


def filled_forward(f: Callable[..., Any], request: Request, width: int | None) -> DerivativeFunction:
    """The function `fill(data, reading, *args)`, which writes what is read from J S into `data`.

    Column k of S holds a 1 for each input of colour k.

    Parameters
    ----------
    f : callable
    request : Request
        With a value asked for, `fill` returns `f(*args)`.
    width : int or None
        Columns made in one sweep, a power of two.

    Returns
    -------
    DerivativeFunction
    """
    return _function(f, request, _Recipe(request, "forward"), width)


def filled_in_reverse(f: Callable[..., Any], request: Request) -> DerivativeFunction:
    """The same for what is read from W^T J, where column k of W holds a 1 for each output of colour k."""
    return _function(f, request, _Recipe(request, "reverse"), None)


def _function(f: Callable[..., Any], request: Request, recipe: _Recipe, width: int | None) -> DerivativeFunction:
    target = Target(f, request.operator)
    target.before = 2
    parameters = [DATA, READING, *(positional(p) for p in target.signature.parameters.values())]
    return DerivativeFunction(target, request.operator, recipe, parameters, width)


@dataclass(frozen=True)
class _Recipe(Operator):
    request: Request
    mode: str

    def identity(self) -> tuple[Any, ...]:
        """See `dispatchers.Builder`."""
        request = self.request
        return "sparse", self.mode, request.argnums, request.out_argnums, request.with_value

    def takes_adjoint(self, width: Any, given: tuple[types.Type, ...] | None = None) -> bool:
        """See `dispatchers.Builder`."""
        return self.mode == "reverse"

    def plan(self, call: Call, driver: Any, refusal: Exception | None) -> Plan:
        """See `dispatchers.Operator`; the plan that users see is that of `sparse.SparseDerivative`."""
        return Plan(self.mode, None, None, "sweeps for the colours of a sparse derivative")

    def __call__(self, target: Target, given: tuple[types.Type, ...], width: int | None) -> Callable[..., Any]:
        _check_data(given[0], self.request.operator)
        parameters = [DATA, READING, *target.signature.parameters.values()]
        driver: _ForwardFill | _ReverseFill
        if self.mode == "reverse":
            driver = _ReverseFill(target, given[2:], self.request)
        else:
            driver = _ForwardFill(target, given[2:], self.request, width, 1)
        driver.write(self.request.with_value)
        return driver.finish("fill", parameters)


def _check_data(data: types.Type, operator: str) -> None:
    """Nonzeros are written to plain memory, one behind the other."""
    if not isinstance(data, types.Array) or not isinstance(data.dtype, types.Float) or data.ndim != 1:
        raise ArgumentError(
            f"{operator}: the nonzeros are to be written into {data}; expected a float array of one axis"
        )
    if data.layout != "C" or not data.mutable:
        raise ArgumentError(
            f"{operator}: the nonzeros are to be written into {data}; expected a contiguous array that may be written"
        )


def refuse_complex(operator: str, inputs: list[Leaf], outputs: list[Leaf]) -> None:
    """Refuse complex inputs and outputs of a sparse derivative."""
    message = (
        f"{operator}: sparse derivatives of complex numbers are not offered; pass and return real and imaginary parts"
    )
    if any(isinstance(leaf.element, types.Complex) for leaf in inputs):
        raise ArgumentError(message)
    if any(isinstance(leaf.element, types.Complex) for leaf in outputs):
        raise OutputError(message)


def check_shape(driver: Frame, outputs: list[Leaf], indent: int) -> None:
    """Lines that raise where the matrix has another shape than what is to be read: nothing else checks the indices."""
    sizes = " + ".join(leaf.size for leaf in outputs)
    driver.add(f"if arg_1.rows != {sizes} or arg_1.columns != total:", indent)
    driver.add(
        f'raise ValueError("{driver.operator}: the sparsity pattern has another shape than the Jacobian")', indent + 1
    )


class _ForwardFill(BehindDriver):
    before = 2
    #: arguments whose seeded elements are compact
    compact: tuple[int, ...] = ()

    def _type_call(self) -> types.Type:
        """See `Driver`: with compact elements for what is only read, unless the function does more with it than reading."""
        lifted = dict(self.lifted)
        self.compact = tuple(
            i for i in self.only_read if i not in lifted and compact_type(self.given[i], self.levels[0])
        )
        if self.compact:
            try:
                found = super()._type_call()
                if not any(isinstance(element, CompactType) for element in element_types(found)):
                    self.compact = tuple(i for i in self.compact if i not in self.lifted)
                    return found
            except Exception:
                pass  # this is one way of two: what is wrong with the function itself is wrong with the other too
            self.compact, self.lifted = (), lifted
        return super()._type_call()

    def seeded_types(self) -> list[types.Type]:
        """See `Driver`."""
        kinds = super().seeded_types()
        for i in self.compact:
            kinds[i] = kinds[i] if i in self.lifted else compact_type(self.given[i], self.levels[0])
        return kinds

    def output_array(self, path: str, kind: types.Type) -> str:
        """See `Driver`: where all elements are written, none need be there before."""
        filled = super().output_array(path, kind)
        if not isinstance(kind, types.Array) or not kind.ndim or not kind.mutable or kind.layout != "C":
            return filled
        dtype = f"lifted_dtype({path}, {self.constant('levels', Levels(self.levels))})"
        return f"empty_record({path}.shape, {dtype}) if arg_1.overwrites else {filled}"

    def _units(self, value: str, leaf: Leaf, position: int, firsts: tuple[str, ...], at: str) -> str:
        return f"seed({value}, {self.specs[0]}, arg_1.colors[{at}] - {firsts[0]}, 1.0)"

    def _is_compact(self, leaf: Leaf) -> bool:
        return any(leaf.path == self.paths[i] for i in self.compact)

    def _seed_dtype(self, leaf: Leaf) -> str:
        """See `Driver`."""
        return f"compact_dtype({leaf.path}, {self.specs[0]})" if self._is_compact(leaf) else super()._seed_dtype(leaf)

    def _put_seed(self, array: str, value: str, leaf: Leaf, position: int, firsts: tuple[str, ...]) -> str:
        """See `Driver`."""
        if not self._is_compact(leaf):
            return super()._put_seed(array, value, leaf, position, firsts)
        return f"put_compact({array}, i, {value}, arg_1.colors[at_{position} + i] - {firsts[0]})"

    def write(self, with_value: bool) -> None:
        """Lines of the body."""
        from ..numbers.compact import compact_dtype, put_compact
        from ..numbers.results import read_real

        ((_, width),), (spec,) = self.levels, self.specs
        self.kept = ()
        self.constants.update(read_real=read_real, compact_dtype=compact_dtype, put_compact=put_compact)
        outputs = self.outputs("y")
        refuse_complex(self.operator, self.flat_inputs, outputs)
        self.offsets()
        self.add(f"for first in range(0, arg_1.number or 1, {width}):")
        self.call("y", ("first",), 2)
        check_shape(self, outputs, 2)
        self.add(f"if arg_1.width != {width}:", 2)
        self.add(f'raise ValueError("{self.operator}: the structure is that of another chunk")', 3)
        if with_value:
            self.add("if first == 0:", 2)
            for j, leaf in enumerate(outputs):
                self.add(f"value_{j} = {value_of(leaf, spec)}", 3)
        self._read(outputs, width, spec)
        values = rebuild(self.output_type, (f"value_{j}" for j in range(len(outputs))), self.constants)
        self.add(f"return {values if with_value else None}")

    def _read(self, outputs: list[Leaf], width: int, spec: str) -> None:
        """Lines that look up all nonzeros of a sweep."""
        self.add("end_0 = 0", 2)
        for j, leaf in enumerate(outputs):
            flat = leaf.path
            if leaf.is_array and leaf.type.layout != "C":
                flat = f"np.ascontiguousarray({flat})"
            if leaf.is_array and leaf.type.ndim != 1:
                flat = f"{flat}.reshape(-1)"
            self.add(f"results_{j}, end_{j + 1} = {flat}, end_{j} + {leaf.size} * {width + 1}", 2)
        self.add("for k in range(arg_0.size):", 2)
        self.add(f"if arg_1.at_once or arg_1.sweep[k] == first // {width}:", 3)
        self.add("place = arg_1.place[k]", 4)
        if len(outputs) == 1:
            self.add(f"arg_0[k] = read_real(results_0, place, {spec})", 4)
            return
        for j in range(len(outputs)):
            self.add(f"{'if' if j == 0 else 'elif'} place < end_{j + 1}:", 4)
            self.add(f"arg_0[k] = read_real(results_{j}, place - end_{j}, {spec})", 5)


class _ReverseFill(ReverseDriver):
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
        check_shape(self, outputs, 1)
        self.add("for color in range(arg_1.number):")
        self.add("k = 0", 2)
        for j, leaf in enumerate(outputs):
            kind = dtype_of(leaf)
            if leaf.is_array:
                self.add(f"seed_{j} = np.zeros({leaf.path}.shape, {kind})", 2)
                self.add(f"flat_{j} = seed_{j}.reshape(-1)", 2)
                self.add(f"for i in range(flat_{j}.size):", 2)
                self.add("if arg_1.colors[k] == color:", 3)
                self.add(f"flat_{j}[i] = 1.0", 4)
                self.add("k += 1", 3)
            else:
                self.add(f"seed_{j} = {kind}(1.0 if arg_1.colors[k] == color else 0.0)", 2)
                self.add("k += 1", 2)
        self.pull_back([f"seed_{j}" for j in range(len(outputs))], 2)
        for k, leaf in enumerate(self.flat_inputs):
            part = f"swept[{len(outputs) + k}]"
            self.add(f"bars_{k} = {part}.reshape(-1)" if leaf.is_array else f"bar_{k} = {part}", 2)
        self.add("for k in range(arg_1.start[color], arg_1.start[color + 1]):", 2)
        self.add("column = arg_1.item[k]", 3)
        for k, leaf in enumerate(self.flat_inputs):
            self.add(f"{'if' if k == 0 else 'elif'} column < at_{k + 1}:", 3)
            value = f"bars_{k}[column - at_{k}]" if leaf.is_array else f"bar_{k}"
            self.add(f"arg_0[arg_1.position[k]] = {value}", 4)
        self.add("return y" if with_value else "return None")
