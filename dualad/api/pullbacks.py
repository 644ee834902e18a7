"""`vjp`: cotangents of the arguments for given cotangents of the outputs, one set or several at once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from numba import typeof
from numba.core import types

from ..errors import ArgumentError
from ..numbers.types import carries_duals, plain_type
from ..plan.choose import many, one_by_one, products
from ..plan.plan import Plan
from ..plan.widths import rows_for
from .calls import Call
from .directions import number_of_products, seeded_along
from .dispatchers import Operator
from .functions import DerivativeFunction
from .leaves import Leaf, leaves, rebuild
from .operators import scheduled
from .request import Request
from .reverse import ReverseDriver, dtype_of, is_complex, is_float
from .target import Target
from .widths import checked_argnums, checked_width

PARAMETERS = [
    inspect.Parameter("primals", inspect.Parameter.POSITIONAL_OR_KEYWORD),
    inspect.Parameter("y_bar", inspect.Parameter.POSITIONAL_OR_KEYWORD),
]


def vjp(
    f: Callable[..., Any],
    *,
    argnums: int | tuple[int, ...] | None = None,
    out_argnums: int | tuple[int, ...] | None = None,
    chunk: int | None = None,
) -> DerivativeFunction:
    """Cotangents of all arguments for given cotangents of the outputs: transposed Jacobian times vector.

    Parameters
    ----------
    f : callable
        Any function that Numba can compile; its outputs are floats, complex numbers, arrays, or tuples of those.
    argnums : int or tuple of int, optional
        Positions of the arguments whose cotangents are wanted; by default all that hold floats.
    out_argnums : int or tuple of int, optional
        Positions of array arguments that `f` writes its result into: these are then the outputs.
    chunk : int, optional
        Number of cotangents carried at once where several are given, a power of two.

    Returns
    -------
    DerivativeFunction
        `v(primals, y_bar)` takes a tuple with one entry for each argument, and a cotangent shaped like the output; it returns
        `(y, x_bars)`. `x_bars` is a tuple with one entry for each argument, shaped like it, None for those without
        derivatives. With one more axis in front on every array and number in it, `y_bar` holds several cotangents, and so
        do `x_bars`.

    Raises
    ------
    ArgumentError
        If `y_bar` is not built like the output.
    OutputError, UnsupportedError
        As `grad` does.
    ValueError
        At run time, if `y_bar` has another shape than the output.

    Notes
    -----
    One sweep of the adjoint for a cotangent, or for `chunk` of several: a small multiple of one evaluation of `f`, whatever
    the size of the arguments. For complex numbers the product is `y_bar dy/dz`, without conjugates, as in JAX.

    Examples
    --------
    >>> import dualad as ad
    >>> ad.vjp(lambda x, y: x * y)((2.0, 3.0), 1.0)
    (6.0, (3.0, 2.0))
    """
    target = Target(f, "vjp")
    active = None if argnums is None else checked_argnums(argnums, "argnums", "vjp")
    outs = () if out_argnums is None else checked_argnums(out_argnums, "out_argnums", "vjp")
    return DerivativeFunction(target, "vjp", _VjpRecipe(active, outs), PARAMETERS, checked_width(chunk, "vjp"))


def vjp_of_shape(f: Callable[..., Any], argnums: tuple[int, ...]) -> DerivativeFunction:
    """`vjp` for cotangents that are known to be shaped like the output: one that need not be evaluated to check it."""
    return DerivativeFunction(Target(f, "vjp"), "vjp", _VjpRecipe(argnums, (), checks=False), PARAMETERS, None)


@dataclass(frozen=True)
class _VjpRecipe(Operator):
    """Makes the driver of a vjp for the types of primals and cotangents."""

    argnums: tuple[int, ...] | None
    out_argnums: tuple[int, ...]
    checks: bool = True

    def identity(self) -> tuple[Any, ...]:
        """See `dispatchers.Builder`."""
        return "vjp", self.argnums, self.out_argnums, self.checks

    def takes_adjoint(self, width: Any, given: tuple[types.Type, ...] | None = None) -> bool:
        """See `dispatchers.Builder`."""
        return True

    def instead(self, width: Any) -> Any:
        """See `dispatchers.Builder`."""
        return 1

    def one_row(self, width: Any) -> Any:
        """See `dispatchers.Builder`."""
        return 1

    def plan(self, call: Call, driver: Any, refusal: Exception | None) -> Plan:
        """See `dispatchers.Operator`."""
        primals = tuple(call.kinds()[0].types)
        count = number_of_products(call.args[1]) if driver.several else 1
        what = f"{'cotangents' if count is None else many(count, 'cotangent')} of vjp go"
        width = driver.widths[0] if driver.widths else None
        plan = products(what, "reverse", count, width, call.facts.counted(primals, self._active(primals)))
        if refusal is not None:
            plan = one_by_one(plan, str(refusal))
        return scheduled(plan, driver, call.args[0]) if isinstance(call.args[0], tuple) else plan

    def _active(self, primals: Sequence[types.Type]) -> tuple[int, ...]:
        """Positions of the arguments that get cotangents: those asked for, or all that hold floats."""
        if self.argnums is not None:
            return self.argnums
        return tuple(
            i for i, type_ in enumerate(primals) if i not in self.out_argnums and any(map(is_float, leaves("", type_)))
        )

    def __call__(self, target: Target, given: tuple[types.Type, ...], width: Any) -> Callable[..., Any]:
        primals, bar = map(plain_type, given)
        if not isinstance(primals, types.BaseTuple):
            raise ArgumentError(
                f"vjp: `primals` is {primals}; expected a tuple with one entry for each argument of `{target.name}`"
            )
        active = self._active(primals.types)
        if not active:
            raise ArgumentError("vjp: no argument holds a float: there is nothing to differentiate by")
        request = Request("vjp", active, False, self.out_argnums, with_value=True)
        driver = _VjpDriver(target, primals.types, request, casts=self.argnums is not None)
        driver.write(bar, self.checks, 1 if any(map(carries_duals, given)) else width or rows_for(None))
        return driver.finish("vjp", PARAMETERS)


class _VjpDriver(ReverseDriver):
    """The arguments of the function sit in the tuple `primals`; those left out have defaults.

    Parameters
    ----------
    target, given, request
        As for `ReverseDriver`.
    casts : bool
        Whether whole numbers in active arguments are taken as floats; else they stay what they are.
    """

    def __init__(self, target: Target, given: Sequence[types.Type], request: Request, casts: bool) -> None:
        self._casts, self._count = casts, len(given)
        parameters = list(target.signature.parameters.values())[self._count :]
        self._defaults = [p.default for p in parameters if p.default is not p.empty]
        super().__init__(target, given, request)
        for k, value in enumerate(self._defaults):
            self.constant(f"default_{k}", value)

    def casts(self, argument: int) -> bool:
        return self._casts and super().casts(argument)

    def expanded(self, given: Sequence[types.Type]) -> list[types.Type]:
        return [*given, *map(typeof, self._defaults)]

    def argument_names(self) -> list[str]:
        return [f"primals[{i}]" for i in range(len(self.given))]

    def argument_paths(self) -> list[str]:
        return [
            *(f"arg_0[{i}]" for i in range(self._count)),
            *(f"default_{k}" for k in range(len(self._defaults))),
        ]

    def write(self, bar: types.Type, checks: bool, width: int) -> None:
        """Lines of the body.

        Parameters
        ----------
        bar : numba type
            Of the cotangent.
        checks : bool
            Whether its shape is looked at.
        width : int
            How many of several cotangents a sweep carries.
        """
        outputs = self.outputs("y")
        bars = list(leaves("arg_1", bar))
        several = self.several = _several(outputs, bars, self.target.name)
        self.carry(width if several else 1)
        self.differentiate(seeded=True)
        if several or (checks and any(leaf.is_array for leaf in outputs)):
            self.evaluate()
        if checks:
            self._check_shapes(outputs, bars, several)
        if several:
            self._sweep_several(outputs, bars)
            return
        self.pull_back([_seed(leaf, bar.path, bar) for leaf, bar in zip(outputs, bars, strict=True)])
        parts = self._with_whole(f"swept[{len(outputs) + k}]" for k in range(len(self._float_inputs())))
        self.add(f"return {self.values(outputs)}, {self._one_for_each(parts)}")

    def _float_inputs(self) -> list[Leaf]:
        return [leaf for leaf in self.flat_inputs if self._casts or is_float(leaf)]

    def _with_whole(self, parts: Iterator[str]) -> Iterator[str]:
        """A part for each leaf of the active arguments, from those of the floats: whole numbers do not move."""
        return (next(parts) if self._casts or is_float(leaf) else "0.0" for leaf in self.flat_inputs)

    def _one_for_each(self, parts: Iterator[str]) -> str:
        """Expression of a tuple with one entry for each argument given."""
        made = {i: rebuild(self.given[i], parts, self.constants) for i in self.argnums}
        return f"({', '.join(made.get(i, 'None') for i in range(self._count))},)"

    def _check_shapes(self, outputs: list[Leaf], bars: list[Leaf], several: bool) -> None:
        moving = [(leaf, bar) for leaf, bar in zip(outputs, bars, strict=True) if is_float(leaf)]
        for leaf, bar in moving:
            if several:
                self.add(f"if {bar.path}.shape[0] != {moving[0][1].path}.shape[0]:")
                self.add('raise ValueError("vjp: cotangents in different numbers")', 2)
            if leaf.is_array:
                self.add(f"if {bar.path}.shape{'[1:]' if several else ''} != {leaf.path}.shape:")
                self.add('raise ValueError("vjp: `y_bar` has another shape than the output")', 2)

    def _sweep_several(self, outputs: list[Leaf], bars: list[Leaf]) -> None:
        inputs = self._float_inputs()
        count = next(f"{bar.path}.shape[0]" for leaf, bar in zip(outputs, bars, strict=True) if is_float(leaf))
        self.add(f"total = {count}")
        for k, leaf in enumerate(inputs):
            self.add(f"rows_{k} = np.empty((total, {leaf.size}), {dtype_of(leaf)})")
        if self.width == 1:
            seeds = [_seed(leaf, f"{bar.path}[first]", bar) for leaf, bar in zip(outputs, bars, strict=True)]
        else:
            seeds = [self._several_seeds(j, leaf, bar) for j, (leaf, bar) in enumerate(zip(outputs, bars, strict=True))]
        self.add(f"for first in range(0, total, {self.width}):")
        self.pull_back(seeds, 2)
        self.store_rows(inputs, "first", len(outputs), 2)
        shapes = [f"(total,) + {leaf.path}.shape" if leaf.is_array else "total" for leaf in inputs]
        parts = self._with_whole(f"rows_{k}.reshape({shape})" for k, shape in enumerate(shapes))
        self.add(f"return y, {self._one_for_each(parts)}")

    def _several_seeds(self, j: int, output: Leaf, bar: Leaf) -> str:
        """Expression of the cotangents of an output from number `first` on; may add lines before the loop over them."""
        if not is_float(output):
            return "0.0"
        dtype = dtype_of(output)
        self.add(f"bars_{j} = {bar.path if bar.element == output.element else f'{bar.path}.astype({dtype})'}")
        self.add(f"start_{j} = {f'np.zeros({output.path}.shape, {dtype})' if output.is_array else f'{dtype}(0.0)'}")
        along = seeded_along(self.width, output.is_array, True)
        return f"{self.constant(f'along_{int(output.is_array)}', along)}(start_{j}, spec, bars_{j}, first)"


def _several(outputs: list[Leaf], bars: list[Leaf], function: str) -> bool:
    """Whether `y_bar` holds several cotangents; checks that it is built like the output."""
    if len(outputs) != len(bars):
        raise ArgumentError(
            f"vjp: `{function}` gives {len(outputs)} outputs and `y_bar` has {len(bars)}; expected one cotangent for each, "
            f"in tuples as the outputs are"
        )
    answers = set()
    for leaf, bar in zip(outputs, bars, strict=True):
        if not is_float(leaf):
            continue  # a count or a status beside floats: its cotangent is not looked at
        if not isinstance(bar.element, types.Number) or (is_complex(bar) and not is_complex(leaf)):
            raise ArgumentError(f"vjp: `y_bar` holds {bar.type} where `{function}` gives {leaf.type}")
        axes = [part.type.ndim if part.is_array else 0 for part in (leaf, bar)]
        if axes[1] - axes[0] not in (0, 1):
            raise ArgumentError(
                f"vjp: the output has {axes[0]} axes and `y_bar` has {axes[1]}; expected as many, or one more in front for "
                f"several cotangents"
            )
        answers.add(axes[1] - axes[0])
    if len(answers) > 1:
        raise ArgumentError("vjp: some cotangents have a leading axis and others have not; give all of them one")
    return answers == {1}


def _seed(output: Leaf, expression: str, bar: Leaf) -> str:
    """Expression of the cotangent of one output, which the adjoint may overwrite."""
    if not is_float(output):
        return "0.0"
    same = bar.element == output.element
    if output.is_array:
        return f"{expression}.copy()" if same else f"{expression}.astype({dtype_of(output)})"
    return expression if same else f"{dtype_of(output)}({expression})"
