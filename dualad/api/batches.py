"""`vmap`: a function, or a derivative function, of every row of its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from numba.core import types
from numba.core.typing.arraydecl import get_array_index_type

from ..errors import ArgumentError, OutputError
from ..numbers.promotion import PromotionRequest
from ..numbers.types import DualType, Levels, carries_duals, lifted_type
from ..plan.plan import Plan
from .calls import Call
from .dispatchers import Operator
from .first import Function, Positions
from .frame import Frame
from .functions import DerivativeFunction
from .leaves import Leaf, leaves, rebuild
from .request import Request
from .target import Target
from .widths import checked_argnums

Axes = int | tuple[Any, ...] | None

_WHY_NOT_SHARED = "the function may write one of them, and each row works on a copy of what it writes"


def vmap(
    f: Function, in_axes: Axes = 0, *, out_argnums: Positions | None = None, parallel: bool = True
) -> DerivativeFunction:
    """A function of one row as a function of many, computed in parallel.

    Parameters
    ----------
    f : callable
        Any function that Numba can compile, a derivative function among them, of numbers, arrays and tuples of those; it
        returns numbers, arrays or tuples of those, every row of the same shape.
    in_axes : int, None or tuple
        Axis of the arguments along which the rows lie, negative from the last one; None for an argument that is the same
        for all rows. One for all arguments, or a tuple with one for each; where an argument is a tuple, a tuple again may
        stand for it.
    out_argnums : int or tuple of int, optional
        Positions of array arguments that `f` writes its result into; what `f` returns is then not looked at, and the arrays
        given are not changed.
    parallel : bool
        Whether the rows are spread over the threads of Numba (`numba.set_num_threads`); else they are computed one by one.

    Returns
    -------
    DerivativeFunction
        A function of the same arguments. It returns what `f` does with one more axis in front of every array and number.
        It is called from Python and from jitted code, and may be differentiated: its rows are then computed one by one.

    Raises
    ------
    ArgumentError
        If `in_axes` does not fit the arguments: a number where an axis is asked for, an axis that an array does not have.
    OutputError
        If `f` returns what has no rows, such as None or a text.
    ValueError
        At run time: if the arguments have different numbers of rows, the results different shapes, or there are no rows and
        `f` returns arrays, whose shape is then not known.

    Notes
    -----
    One evaluation of `f` for each row, and no more memory than its results. A row is a view of its argument, copied where `f`
    writes it. Where `f` returns arrays, the first row is computed before the others, as it tells the shape. What `f` raises in
    a thread is raised to the caller: rows that did not come to their end are computed once more. Results do not depend on the
    number of threads. To start the threads takes some microseconds, and a parallel loop compiles in about a second more.

    Where several Python threads call it, or a `prange` of your own, Numba needs OpenMP or TBB as its threading layer; with its
    simple one (`workqueue`) it ends the process. Take `parallel=False` there.

    As `jax.vmap`, but that the axis of results is always the first one; `np.moveaxis` moves it.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as ad
    >>> def height(speed, gravity):
    ...     return 0.5 * speed**2 / gravity
    >>> slopes = ad.vmap(ad.derivative(height), in_axes=(0, None), parallel=False)
    >>> slopes(np.array([1.0, 2.0, 3.0]), 10.0)
    array([0.1, 0.2, 0.3])
    """
    target = Target(f, "vmap")
    outs = () if out_argnums is None else checked_argnums(out_argnums, "out_argnums", "vmap")
    recipe = _VmapRecipe(_checked_axes(in_axes), outs, bool(parallel), tuple(target.signature.parameters.values()))
    return DerivativeFunction(target, "vmap", recipe, list(recipe.parameters), None)


def _checked_axes(in_axes: Any) -> Axes:
    """`in_axes` with tuples for sequences.

    Raises
    ------
    ArgumentError
        For anything but whole numbers, None and tuples of those, and where no axis is named.
    """

    def checked(entry: Any) -> Axes:
        if isinstance(entry, (tuple, list)):
            return tuple(map(checked, entry))
        if entry is not None and (isinstance(entry, bool) or not hasattr(entry, "__index__")):
            raise ArgumentError(
                f"vmap: `in_axes` is {in_axes!r}; expected the number of an axis, None, or a tuple of those with one entry for "
                f"each argument"
            )
        return None if entry is None else int(entry)

    found = checked(in_axes)
    if not any(_named(found)):
        raise ArgumentError(f"vmap: `in_axes` is {in_axes!r}, which names no axis: there are no rows to go through")
    return found


def _named(axes: Axes) -> Iterator[bool]:
    """For every entry, whether it is an axis."""
    if isinstance(axes, tuple):
        for entry in axes:
            yield from _named(entry)
    else:
        yield axes is not None


@dataclass(frozen=True)
class _VmapRecipe(Operator):
    """Makes the driver of a function of many rows; see `dispatchers.Builder`."""

    axes: Axes
    out_argnums: tuple[int, ...]
    parallel: bool
    parameters: tuple[inspect.Parameter, ...]

    def identity(self) -> tuple[Any, ...]:
        """See `dispatchers.Builder`."""
        return "vmap", self.axes, self.out_argnums, self.parallel

    def takes_adjoint(self, width: Any, given: tuple[types.Type, ...] | None = None) -> bool:
        """See `dispatchers.Builder`."""
        return False

    def plan(self, call: Call, driver: Any, refusal: Exception | None) -> Plan:
        """See `dispatchers.Operator`."""
        where = "in threads" if self.parallel else "one after the other"
        return Plan("batch", None, None, f"one evaluation for each row, {where}")

    def __call__(self, target: Target, given: tuple[types.Type, ...], width: Any) -> Callable[..., Any]:
        request = Request("vmap", (), False, self.out_argnums)
        driver = _VmapDriver(target, given, request, self.axes)
        driver.write(self.parallel)
        return driver.finish("vmap", list(self.parameters))


@dataclass(frozen=True)
class _Rows:
    """An array inside an argument whose rows lie along an axis."""

    leaf: Leaf
    axis: int
    name: str


class _VmapDriver(Frame):
    """The driver of a function of many rows under construction.

    Parameters
    ----------
    target, given, request
        As for `Frame`.
    axes : int, None or tuple
        Where the rows lie, as the user gives it.
    """

    def __init__(self, target: Target, given: Sequence[types.Type], request: Request, axes: Axes) -> None:
        super().__init__(target, given, request)
        import numpy as np
        from numba import prange

        self.constants.update(f=target.twin, np=np, prange=prange)
        written = self.written()
        #: arguments of which each row takes a copy: the user's own must not be damaged, nor what other rows read
        self.copied = set(range(len(self.given))) if written is None else {*written, *self.out_argnums}
        self.refuse_shared_memory(self.copied.__contains__, written, _WHY_NOT_SHARED)
        self.batched: list[_Rows] = []
        rows = [self._row(i, axis) for i, axis in enumerate(self._one_for_each(axes, given))]
        self.rows = [expression for expression, _ in rows]
        self.kinds = [type_ for _, type_ in rows]
        self.output_type = self._type_call()

    def _one_for_each(self, axes: Axes, given: Sequence[types.Type]) -> list[Axes]:
        """An entry for each argument; those left to their defaults have no rows."""
        omitted = [isinstance(type_, types.Omitted) for type_ in self.expanded(given)]
        if not isinstance(axes, tuple):
            return [None if left else axes for left in omitted]
        named = [*axes, *([None] * (len(omitted) - len(axes)))]
        if len(named) > len(omitted) or not all(omitted[len(axes) :]):
            raise ArgumentError(
                f"vmap({self.target.name}): `in_axes` has {len(axes)} entries and the call has "
                f"{len(omitted) - sum(omitted)} arguments; expected one for each"
            )
        return named

    def _row(self, i: int, axes: Axes) -> tuple[str, types.Type]:
        """Expression and type of one row of argument `i`."""
        parts: list[str] = []
        type_ = self._row_of(self.paths[i], self.given[i], axes, self.names[i], i in self.copied, parts)
        changed = parts != [leaf.path for leaf in leaves(self.paths[i], self.given[i])]
        return rebuild(type_, iter(parts), self.constants) if changed else self.paths[i], type_

    def _row_of(
        self, path: str, type_: types.Type, axes: Axes, name: str, copied: bool, parts: list[str]
    ) -> types.Type:
        """Type of a row of what stands at `path`; adds the expressions of its leaves to `parts`."""
        if isinstance(axes, tuple) and (not isinstance(type_, types.BaseTuple) or len(type_.types) != len(axes)):
            raise ArgumentError(
                f"vmap({self.target.name}): `in_axes` is {axes} for `{name}`, which is {type_} and no tuple of {len(axes)}"
            )
        if isinstance(type_, types.BaseTuple):
            entries = axes if isinstance(axes, tuple) else (axes,) * len(type_.types)
            labels = getattr(type_, "fields", None)
            members = [
                self._row_of(
                    f"{path}[{k}]", member, entry, f"{name}.{labels[k]}" if labels else f"{name}[{k}]", copied, parts
                )
                for k, (member, entry) in enumerate(zip(type_.types, entries, strict=True))
            ]
            return types.BaseTuple.from_types(members, getattr(type_, "instance_class", None))
        copy = ".copy()" if copied else ""
        if axes is None:
            is_array = isinstance(type_, types.Array)
            parts.append(path + copy * is_array)
            return types.Array(type_.dtype, type_.ndim, "C") if copied and is_array else type_
        assert isinstance(axes, int)
        return self._row_of_array(path, type_, axes, name, copy, parts)

    def _row_of_array(
        self, path: str, type_: types.Type, axis: int, name: str, copy: str, parts: list[str]
    ) -> types.Type:
        ndim = type_.ndim if isinstance(type_, types.Array) else 0
        if not -ndim <= axis < ndim:
            what = f"an array of {ndim} axes" if ndim else f"{type_}, which has no axes"
            instead = "`in_axes` takes None for what is the same in all rows: `in_axes=(0, None)`"
            if isinstance(type_, (types.List, types.ListType)):
                instead = f"Pass `np.array({name})`"
            raise ArgumentError(
                f"vmap({self.target.name}): rows are to lie along axis {axis} of `{name}`, but it is {what}. {instead}"
            )
        axis %= ndim
        self.batched.append(_Rows(Leaf(path, type_), axis, name))
        index = [types.slice2_type] * axis + [types.intp]
        row: types.Type = get_array_index_type(type_, types.Tuple(index)).result
        is_array = isinstance(row, types.Array)
        parts.append(f"{path}[{':, ' * axis}i]{copy * is_array}")
        return types.Array(row.dtype, row.ndim, "C") if copy and is_array else row

    def _type_call(self) -> types.Type:
        """Type of what the function gives for one row."""
        twin = self.target.twin
        while True:
            try:
                template, _, args, _ = twin.get_call_template(tuple(self.kinds), {})
            except PromotionRequest as request:
                # the row of an argument that is written is a copy: it is promoted where it is born
                asked = {i: lifted_type(self.kinds[i], levels) for i, levels in request.levels.items()}
                if not asked.keys() <= self.copied or all(self.kinds[i] == kind for i, kind in asked.items()):
                    raise
                for i, kind in asked.items():
                    self.kinds[i] = kind
                continue
            break
        if self.out_argnums:
            kinds = [self.kinds[i] for i in self.out_argnums]
            return kinds[0] if len(kinds) == 1 else types.Tuple(kinds)
        cases = [case for case in template.cases if tuple(case.args) == tuple(args)]
        return types.unliteral((cases or template.cases)[-1].return_type)

    def outputs(self, path: str) -> list[Leaf]:
        """Leaves of the result of one row: numbers of any kind, or arrays of those."""
        found = list(leaves(path, self.output_type))
        for leaf in found:
            kind = leaf.type.dtype if leaf.is_array else leaf.type
            if not isinstance(kind, (types.Number, types.Boolean, DualType)):
                hint = " (one that writes its result into an argument: name that by `out_argnums`)"
                raise OutputError(
                    f"vmap: `{self.target.name}` returns {leaf.type}; expected numbers, arrays of numbers or tuples of those"
                    + hint * isinstance(kind, types.NoneType)
                )
        if not found:
            raise OutputError(f"vmap: `{self.target.name}` returns an empty tuple: there is nothing to collect")
        return found

    def write(self, parallel: bool) -> None:
        """Lines of the body."""
        self._count_rows()
        outputs = self.outputs("y")
        any_array = any(leaf.is_array for leaf in outputs)
        if any_array:
            what = f"vmap: `{self.target.name}` returns arrays, whose shape is not known for a batch without rows"
            self.add("if total == 0:")
            self.add(f"raise ValueError({what!r})", 2)
            self.add("i = 0")
            self._call(1)
        for j, leaf in enumerate(outputs):
            shape = f"(total,) + {leaf.path}.shape" if leaf.is_array else "total"
            self.add(f"rows_{j} = np.empty({shape}, {self._dtype(leaf, j)})")
        if any_array:
            self._store(outputs, 1)
        first = int(any_array)
        if parallel and not any(map(carries_duals, self.given)):
            self._in_parallel(outputs, first)
        else:
            self.add(f"for i in range({first}, total):")
            self._one(outputs, 2)
        rows = (f"rows_{j}" for j in range(len(outputs)))
        self.add(f"return {rebuild(self.output_type, rows, self.constants)}")

    def _count_rows(self) -> None:
        """Lines that make `total`, the number of rows."""
        sizes = [f"{rows.leaf.path}.shape[{rows.axis}]" for rows in self.batched]
        self.add(f"total = {sizes[0]}")
        for rows, size in zip(self.batched[1:], sizes[1:], strict=True):
            what = (
                f"vmap({self.target.name}): `{self.batched[0].name}` and `{rows.name}` have different numbers of rows"
            )
            self.add(f"if {size} != total:")
            self.add(f"raise ValueError({what!r})", 2)

    def _in_parallel(self, outputs: list[Leaf], first: int) -> None:
        """Lines that compute the rows in threads, and once more those that raised: Numba may lose what a thread raises."""
        fits = " and ".join(self._fits(outputs))
        self.add("done = np.zeros(total, np.bool_)")
        self.add(f"for i in prange({first}, total):")
        self._call(2)
        if fits:
            self.add(f"if {fits}:", 2)
        self._store(outputs, 3 if fits else 2)
        self.add("done[i] = True", 3 if fits else 2)
        self.add(f"for i in range({first}, total):")
        self.add("if not done[i]:", 2)
        self._one(outputs, 3)

    def _one(self, outputs: list[Leaf], indent: int) -> None:
        """Lines that compute and store row `i`."""
        self._call(indent)
        for fits in self._fits(outputs):
            what = f"vmap: `{self.target.name}` returns arrays of different shapes for different rows"
            self.add(f"if not {fits}:", indent)
            self.add(f"raise ValueError({what!r})", indent + 1)
        self._store(outputs, indent)

    def _fits(self, outputs: list[Leaf]) -> list[str]:
        """Conditions that the arrays of a row have the shapes of those of the first one: else a store might broadcast."""
        return [f"{leaf.path}.shape == rows_{j}.shape[1:]" for j, leaf in enumerate(outputs) if leaf.is_array]

    def _call(self, indent: int) -> None:
        """Lines that make `y`, what the function gives for row `i`."""
        arguments = list(self.rows)
        for k in self.out_argnums:
            self.add(f"out_{k} = {arguments[k]}", indent)
            arguments[k] = f"out_{k}"
        call = f"f({', '.join(arguments)})"
        outs = [f"out_{k}" for k in self.out_argnums]
        if outs:
            self.add(call, indent)
            call = outs[0] if len(outs) == 1 else f"({', '.join(outs)})"
        self.add(f"y = {call}", indent)

    def _store(self, outputs: list[Leaf], indent: int) -> None:
        for j, leaf in enumerate(outputs):
            self.add(f"rows_{j}[i] = {leaf.path}", indent)

    def _dtype(self, leaf: Leaf, j: int) -> str:
        """Expression of the element type of the rows of an output."""
        if leaf.is_array:
            return f"{leaf.path}.dtype"
        if isinstance(leaf.type, DualType):
            from ..numbers.results import tangent_dtype

            self.constants.update(tangent_dtype=tangent_dtype, no_level=Levels(((-1, 1),)))
            return f"tangent_dtype({self.constant(f'type_{j}', leaf.type)}, no_level)"
        return "np.bool_" if isinstance(leaf.type, types.Boolean) else f"np.{leaf.type}"
