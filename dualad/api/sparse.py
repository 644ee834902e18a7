"""Sparse Jacobians and Hessians: a pattern, a colouring, and compressed derivatives that the nonzeros are read from."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numba import typeof
from numba.core.errors import NumbaError

from ..errors import ArgumentError, SparsityError, UnsupportedError
from ..plan.cost import Costs
from ..plan.plan import Plan
from ..plan.widths import MANY
from ..sparsity.bidirectional import bidirectional_coloring
from ..sparsity.coloring import Coloring
from ..sparsity.columns import column_coloring, row_coloring
from ..sparsity.orderings import BEST
from ..sparsity.pattern import Pattern, from_matrix, symmetric
from ..sparsity.reading import reverse_reading
from ..sparsity.star import star_coloring
from ..workspace.results import new_array
from .calls import Facts
from .compressed import filled_forward, filled_in_reverse
from .functions import DerivativeFunction
from .patterns import Detector, Found
from .refilling import arrays, refilling
from .request import Request
from .structures import Entry, Structure, planned
from .target import Target


class SparseDerivative:
    """A sparse Jacobian or Hessian, called like the function it was made from. Made by `jacobian` and `hessian`.

    Parameters
    ----------
    f : callable
        For a Hessian, the gradient.
    request : Request
    sparsity : "auto" or matrix
        As the user gives it.
    mode : {"auto", "forward", "reverse", "mixed"}
    chunk : int or None
    is_symmetric : bool
        Whether it is a Hessian.
    verify : bool
        Whether a pattern that is given is checked.
    """

    def __init__(
        self, f: Callable[..., Any], request: Request, sparsity: Any, mode: str, chunk: int | None, is_symmetric: bool,
        verify: bool,
    ) -> None:  # fmt: skip
        self._f, self._request, self._mode, self._chunk = f, request, mode, chunk
        self._is_symmetric = is_symmetric
        self._target = Target(f, request.operator)
        kinds = [parameter.kind for parameter in self._target.signature.parameters.values()]
        self._arity = -1 if inspect.Parameter.VAR_POSITIONAL in kinds else len(kinds)
        self._given = None if isinstance(sparsity, str) else _given_pattern(sparsity, is_symmetric)
        self._verify = verify or self._given is None
        if isinstance(sparsity, str) and sparsity != "auto":
            raise ArgumentError(
                f"{request.operator}: `sparsity` is {sparsity!r}; expected 'auto', a boolean array or a scipy.sparse matrix"
            )
        self._detector = Detector(f, request, is_symmetric)
        self._facts = Facts(self._target, request.argnums, request.out_argnums)
        self._entries: dict[Any, Entry] = {}
        self._filling: dict[Any, DerivativeFunction] = {}
        self.__name__ = f"{request.operator}({self._target.name})"
        self.__doc__ = f"Sparse `{request.operator}` of `{self._target.name}`, compiled by dualad."

    def __repr__(self) -> str:
        return f"<{self.__name__}, sparse derivative of dualad>"

    def __call__(self, *args: Any, out: Any = None, **kwargs: Any) -> Any:
        """The matrix at a point.

        Parameters
        ----------
        *args, **kwargs
            Arguments of the function.
        out : scipy.sparse.csc_array or tuple, optional
            A matrix that an earlier call gave for such arguments, or its `(data, indices, indptr)`: its values are overwritten.

        Returns
        -------
        scipy.sparse.csc_array
            Shape (outputs, inputs), with all elements of all outputs, and of all arguments in `argnums`, in one sequence: in the
            order of tuples and arguments, an array in C order. Without SciPy the triple `(data, indices, indptr)`.

        Raises
        ------
        SparsityError
            If a pattern that was given, or that of `out`, lacks something that is nonzero here.
        ArgumentError
            If `out` is another matrix.
        """
        args = self._bound(args, kwargs)
        entry = self._entry(args, may_change=out is None)
        data = new_array(entry.nonzeros, entry.dtype) if out is None else self._data_of(out, entry)
        value = self._fill(entry, data, args)
        found = out if out is not None else entry.matrix(data)
        return (value, found) if self._request.with_value else found

    def _fill(self, entry: Entry, data: np.ndarray, args: tuple[Any, ...]) -> Any:
        value = None
        forward, reverse = entry.readings
        if entry.is_forward:
            value = self._forward(entry)(data, forward, *args)
        if entry.is_reverse:
            value = self._reverse()(data, reverse, *args)
        return value

    def _dtype(self, args: tuple[Any, ...]) -> Any:
        """float32 in, float32 out; of several arguments the widest."""
        return np.result_type(*(_dtype_of(args[i]) for i in self._request.argnums))

    def _data_of(self, out: Any, entry: Entry) -> np.ndarray:
        parts: Any = (
            out if isinstance(out, tuple) else [getattr(out, name, None) for name in ("data", "indices", "indptr")]
        )
        fits = len(parts) == 3 and all(isinstance(part, np.ndarray) and part.ndim == 1 for part in parts)
        if fits:
            data, indices, indptr = parts
            fits = data.size == indices.size and indices.dtype.kind == indptr.dtype.kind == "i"
        if not fits or not entry.has_indices(indices, indptr):
            raise ArgumentError(
                f"{self._request.operator}: `out` has not the nonzeros of this derivative; expected a matrix that an earlier call "
                f"gave for arguments of these shapes"
            )
        return data  # type: ignore[no-any-return]

    def structure(self, *args: Any, **kwargs: Any) -> Structure:
        """Pattern, colouring and check for arguments like these, to be handed to what `refill` gives.

        Parameters
        ----------
        *args, **kwargs
            Arguments of the function.

        Returns
        -------
        Structure
        """
        args = self._bound(args, kwargs)
        entry = self._entry(args, may_change=True)
        found, numbers = entry.found, self._numbers(args)
        # of arguments other than numbers it is not told in jitted code whether they have changed
        unseen = found.local or found.sweeps == 0 or len(numbers) < len(self._detector.inactive(args))
        forward, reverse = entry.readings
        indices, indptr = entry.index_arrays()
        return Structure(
            indptr,
            indices,
            forward._replace(overwrites=forward.overwrites and not unseen),
            reverse,
            *found.check,
            checked=self._verify and unseen,
            known=tuple(args[i] for i in numbers),
            shapes=tuple(array.shape for _, array in arrays(args)),
        )

    def _numbers(self, args: tuple[Any, ...]) -> list[int]:
        """Positions of whole numbers that the pattern may depend on."""
        inactive = self._detector.inactive(args) if self._verify else []
        return [i for i in inactive if isinstance(args[i], (int, np.integer))]

    def refill(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """A jitted function that overwrites the nonzeros at new points: for loops in jitted code.

        Parameters
        ----------
        *args, **kwargs
            Arguments of the function, as they will be given.

        Returns
        -------
        callable
            `fill(data, structure, *args)` with `data` of shape (nonzeros,), in the order of the matrix, and what `structure` gives.
            It raises ValueError where something else is nonzero than the structure says.
        """
        args = self._bound(args, kwargs)
        entry = self._entry(args, may_change=True)
        return refilling(
            self._forward(entry, with_value=False) if entry.is_forward else None,
            self._reverse(with_value=False) if entry.is_reverse else None,
            self._detector.function,
            args,
            self._numbers(args),
        )

    def prepare(self, *args: Any, **kwargs: Any) -> SparseDerivative:
        """Find the pattern and compile now, so that later calls with arguments of such types and shapes do not.

        Parameters
        ----------
        *args, **kwargs
            Arguments as they will be given.

        Returns
        -------
        SparseDerivative
            Itself.
        """
        self(*args, **kwargs)
        return self

    def source(self, *args: Any, **kwargs: Any) -> Any:
        """The generated code that the matrix is made by, as readable Python.

        Parameters
        ----------
        *args, **kwargs
            Arguments as they will be given.

        Returns
        -------
        str
        """
        args = self._bound(args, kwargs)
        entry = self._entry(args, may_change=True)
        data, (forward, reverse) = np.empty(0, entry.dtype), entry.readings
        if entry.is_forward:
            return self._forward(entry).source(data, forward, *args)
        return self._reverse().source(data, reverse, *args)

    def pattern(self, *args: Any, **kwargs: Any) -> Any:
        """Where the derivative may be nonzero.

        Parameters
        ----------
        *args, **kwargs
            Arguments of the function.

        Returns
        -------
        scipy.sparse.csc_array of bool
            Without SciPy the triple `(data, indices, indptr)`.
        """
        entry = self._entry(self._bound(args, kwargs), may_change=True)
        return entry.matrix(np.ones(entry.nonzeros, np.bool_))

    @property
    def _numba_type_(self) -> Any:
        raise UnsupportedError(
            f"a call of {self.__name__} in jitted code",
            "a sparse matrix is an object of Python's",
            "take `structure = J.structure(x)` and `fill = J.refill(x)` outside, and call `fill(data, structure, x)` inside",
        )

    # the way to a matrix

    def _bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        if not kwargs and len(args) == self._arity:
            return args
        try:
            bound = self._target.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise ArgumentError(f"{self.__name__}: {error}") from None
        bound.apply_defaults()
        return bound.args

    def _entry(self, args: tuple[Any, ...], may_change: bool) -> Entry:
        key = tuple(map(_shape, args))
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = self._new(args)
            return entry
        if not self._verify:
            return entry
        if self._detector.holds(entry.found, args):
            return entry
        if self._given is not None or not may_change:
            raise self._violation(may_change)
        entry = self._entries[key] = self._made(self._detector.extended(entry.found, args, self._inputs(args)), args)
        return entry

    def _new(self, args: tuple[Any, ...]) -> Entry:
        inputs = self._inputs(args)
        if self._given is None:
            return self._made(self._detector.find(args, inputs), args)
        found = Found(self._given, False, 0, None)
        if self._given.columns != inputs:
            raise ArgumentError(
                f"{self.__name__}: the given pattern has {self._given.columns} columns, the arguments {inputs} elements"
            )
        if self._verify and not self._detector.holds(found, args):
            raise self._violation(True)
        return self._made(found, args)

    def _violation(self, is_given: bool) -> SparsityError:
        what = "the given pattern" if is_given else "the pattern of `out`"
        return SparsityError(
            f"{self.__name__}: {what} lacks an entry that may be nonzero at this point, or has another number of rows",
            "leave `sparsity` at 'auto'" if is_given else "leave `out` away, which gives a matrix with more nonzeros",
        )

    def _made(self, found: Found, args: tuple[Any, ...]) -> Entry:
        return Entry(found, lambda pattern: self._colored(pattern, args), self._chunk, self._dtype(args))

    def _colored(self, pattern: Pattern, args: tuple[Any, ...]) -> tuple[Coloring, str]:
        """The groups of columns and rows, and why these.

        1. A Hessian: star colouring, which reads one of each two mirror images.
        2. The mode that the user named: columns forward, rows in reverse, both if mixed.
        3. Columns, rows or both, whichever costs least.
        4. Where that takes rows and reverse mode refuses the function: columns.
        """
        if self._is_symmetric:
            return star_coloring(pattern, BEST), "of two mirrored entries one is read"
        if self._mode != "auto":
            why = f"mode={self._mode!r} was asked for"
            if self._mode == "forward":
                return column_coloring(pattern, BEST), why
            if self._mode == "reverse":
                return row_coloring(pattern, BEST), why
            return self._both(pattern, args), why
        found = self._both(pattern, args)
        if found.row_count:
            reading = reverse_reading(found)
            try:
                self._reverse().source(np.empty(0, self._dtype(args)), reading, *args)
            except (UnsupportedError, NumbaError) as error:
                return column_coloring(pattern, BEST), f"reverse mode, chosen at first, refuses f; {error}"
        return found, "the cheapest groups"

    def _both(self, pattern: Pattern, args: tuple[Any, ...]) -> Coloring:
        costs = self._costs(args)
        width = self._chunk or MANY
        found: Coloring = bidirectional_coloring(pattern, BEST, costs.forward(width) / width, costs.reverse)
        return found

    def _costs(self, args: tuple[Any, ...]) -> Costs:
        """Of sweeps of the function, or of the gradient of a Hessian."""
        return self._facts.counted(tuple(typeof(a) for a in args))

    def plan(self, *args: Any, **kwargs: Any) -> Plan:
        """What a call with these arguments does, and why. Finds the pattern, if that is not known yet.

        Parameters
        ----------
        *args, **kwargs
            Arguments as they will be given.

        Returns
        -------
        Plan
            `colors` counts those of columns and rows together.
        """
        args = self._bound(args, kwargs)
        entry = self._entry(args, may_change=True)
        return planned(entry, self._costs(args), self._is_symmetric, self._verify)

    def _inputs(self, args: tuple[Any, ...]) -> int:
        return sum(_size(args[i]) for i in self._request.argnums if i < len(args))

    def _forward(self, entry: Entry, with_value: bool = True) -> DerivativeFunction:
        """What fills from J S; gives the value too where it is asked for at all, unless `with_value` is false."""
        key = entry.width, with_value
        if key not in self._filling:
            self._filling[key] = filled_forward(self._f, self._asked(with_value), entry.width)
        return self._filling[key]

    def _reverse(self, with_value: bool = True) -> DerivativeFunction:
        """The same from W^T J."""
        key = None, with_value
        if key not in self._filling:
            self._filling[key] = filled_in_reverse(self._f, self._asked(with_value))
        return self._filling[key]

    def _asked(self, with_value: bool) -> Request:
        return replace(self._request, with_value=with_value and self._request.with_value)


def _given_pattern(sparsity: Any, is_symmetric: bool) -> Pattern:
    pattern = from_matrix(sparsity)
    return symmetric(pattern) if is_symmetric else pattern


def _shape(value: Any) -> Any:
    """What types and shapes a pattern is kept for."""
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape
    if isinstance(value, tuple):
        return type(value), *map(_shape, value)
    return type(value)


def _dtype_of(value: Any) -> Any:
    if isinstance(value, tuple):
        return np.result_type(*map(_dtype_of, value))
    kind = value.dtype if isinstance(value, (np.ndarray, np.generic)) else np.dtype(type(value))
    return kind if kind.kind == "f" else np.dtype(np.float64)


def _size(value: Any) -> int:
    if isinstance(value, tuple):
        return sum(map(_size, value))
    return value.size if isinstance(value, np.ndarray) else 1
