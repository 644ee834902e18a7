"""What is kept of a sparse derivative for arguments of certain shapes, and what is said of it."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..plan.choose import many
from ..plan.cost import Costs
from ..plan.plan import Plan
from ..plan.widths import sweeps, width_for
from ..sparsity.coloring import Coloring
from ..sparsity.pattern import Pattern
from ..sparsity.reading import ForwardReading, ReverseReading, forward_reading, reverse_reading
from ..sparsity.words import LANES
from ..workspace.lent import Original
from .patterns import Found


class Structure(NamedTuple):
    """What the refilling of a sparse derivative needs besides the point; jitted code takes it as an argument.

    Attributes
    ----------
    indptr, indices : int32 or int64 arrays
        The nonzeros by columns, as in `scipy.sparse.csc_array`.
    forward, reverse : ForwardReading, ReverseReading
        The groups of columns and rows, and which nonzeros are read from them.
    words, allowed : uint32 arrays
        A check that nothing else has become nonzero: see `dualad.sparsity.codes.Check`.
    checked : bool
        Whether that is to be checked at each point: the pattern depends on values.
    known : tuple of int
        Whole numbers among the arguments, in their order; with others the pattern is checked.
    shapes : tuple of tuples of int
        Shapes of all arrays among the arguments.
    """

    indptr: np.ndarray
    indices: np.ndarray
    forward: ForwardReading
    reverse: ReverseReading
    words: np.ndarray
    allowed: np.ndarray
    checked: bool
    known: tuple[int, ...]
    shapes: tuple[tuple[int, ...], ...]


class Entry:
    """Everything that is kept for arguments of certain types and shapes.

    Parameters
    ----------
    found : Found
    color : callable
        Gives a colouring of the pattern, and what decided on it.
    chunk : int or None
        Colours of a forward sweep, where the user says it.
    dtype : np.dtype
        Of the nonzeros.
    """

    #: a matrix without arrays, of which each that is handed out is a copy: SciPy takes ten times as long to make one
    _hollow: Any = None

    def __init__(
        self, found: Found, color: Callable[[Pattern], tuple[Coloring, str]], chunk: int | None, dtype: np.dtype
    ) -> None:
        self.found, self._color, self._chunk, self.dtype = found, color, chunk, dtype
        pattern = found.pattern
        kind = np.int32 if max(pattern.rows, pattern.indices.size) < 2**31 else np.int64
        self._indices, self._indptr = Original(pattern.indices.astype(kind)), Original(pattern.indptr.astype(kind))

    @functools.cached_property
    def _colored(self) -> tuple[Coloring, str]:
        return self._color(self.found.pattern)

    @property
    def coloring(self) -> Coloring:
        """The groups of columns and rows."""
        return self._colored[0]

    @property
    def why(self) -> str:
        """What decided on them."""
        return self._colored[1]

    @property
    def width(self) -> int:
        """Colours of a forward sweep."""
        return self._chunk or width_for(self.coloring.column_count)

    @functools.cached_property
    def _readings(self) -> tuple[tuple[ForwardReading, ReverseReading], ...]:
        forward, reverse = forward_reading(self.coloring, self.width), reverse_reading(self.coloring)
        return (forward, reverse), (forward._replace(overwrites=True), reverse)

    @property
    def readings(self) -> tuple[ForwardReading, ReverseReading]:
        """What is read in forward and in reverse mode."""
        return self._readings[self.found.overwrites]

    @property
    def is_forward(self) -> bool:
        """Whether forward sweeps are made: also where there is nothing to read, as they check the output."""
        return bool(self.coloring.column_count or not self.coloring.row_count)

    @property
    def is_reverse(self) -> bool:
        """Whether reverse sweeps are made."""
        return bool(self.coloring.row_count)

    @property
    def nonzeros(self) -> int:
        """How many there are."""
        return self.found.pattern.indices.size

    @property
    def index_bytes(self) -> int:
        """Bytes of the index arrays of a matrix."""
        return self._indices.nbytes + self._indptr.nbytes

    def has_indices(self, indices: np.ndarray, indptr: np.ndarray) -> bool:
        """Whether a matrix with these index arrays has its nonzeros where this one has them."""
        return self._indices.is_like(indices) and self._indptr.is_like(indptr)

    def index_arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """`indices` and `indptr`, for one user: SciPy's methods may change those of a matrix in place."""
        return self._indices.copy(), self._indptr.copy()

    def matrix(self, data: np.ndarray) -> Any:
        """A csc_array with these nonzeros, where SciPy is installed; else the triple."""
        indices, indptr = self.index_arrays()
        if self._hollow is not None:
            made = copy.copy(self._hollow)
            made.data, made.indices, made.indptr = data, indices, indptr
            return made
        try:
            from scipy.sparse import csc_array  # type: ignore[import-untyped]
        except ImportError:
            return data, indices, indptr
        made = csc_array((data, indices, indptr), shape=(self.found.pattern.rows, self.found.pattern.columns))
        made.has_canonical_format = True
        self._hollow = copy.copy(made)
        self._hollow.data = self._hollow.indices = self._hollow.indptr = None
        return made


def planned(entry: Entry, costs: Costs, is_symmetric: bool, verify: bool) -> Plan:
    """The plan of a sparse derivative.

    Parameters
    ----------
    entry : Entry
    costs : Costs
        Of sweeps over the function; for a Hessian, over the gradient.
    is_symmetric : bool
        Whether it is a Hessian.
    verify : bool
        Whether patterns are checked.
    """
    pattern, found = entry.found.pattern, entry.coloring
    said, cost, width = [], 0.0, None
    if entry.is_forward:
        width = entry.width
        runs = sweeps(found.column_count, width)
        cost += runs * costs.forward(width)
        groups = many(found.column_count, "colour")
        said.append(f"{groups} of columns in {many(runs, 'forward sweep')} of {costs.forward(width):.2g}")
    if entry.is_reverse:
        cost += found.row_count * costs.reverse
        said.append(f"{many(found.row_count, 'colour')} of rows in as many reverse sweeps of {costs.reverse:.2g}")
    checked = ""
    if entry.found.local and verify:
        checks = len(entry.found.check.words)
        cost += checks * costs.forward(LANES)
        checked = f", and {many(checks, 'run')} at each point to check the pattern, which depends on values"
    nonzeros = entry.nonzeros
    unit = "gradients" if is_symmetric else "evaluations of f"
    known = f"found in {many(entry.found.sweeps, 'run')}" if entry.found.sweeps else "given"
    reason = (
        f"{entry.why}: {many(nonzeros, 'nonzero')} of {pattern.rows} x {pattern.columns}, {known}; {' and '.join(said)}"
        f"{checked}, {cost:.3g} {unit}, at {costs.origin} costs"
    )
    mode = "mixed" if entry.is_forward and entry.is_reverse else "reverse" if entry.is_reverse else "forward"
    return Plan(
        "forward over reverse" if is_symmetric else mode,
        width,
        cost * (costs.reverse if is_symmetric else 1.0),
        reason,
        colors=found.column_count + found.row_count,
        bytes=nonzeros * entry.dtype.itemsize + entry.index_bytes,
    )
