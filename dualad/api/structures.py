"""What is kept of a sparse derivative for arguments of certain shapes, and what is said of it."""

from __future__ import annotations

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
    """

    def __init__(self, found: Found, color: Callable[[Pattern], tuple[Coloring, str]], chunk: int | None) -> None:
        self.found, self._color, self._chunk = found, color, chunk
        pattern = found.pattern
        kind = np.int32 if max(pattern.rows, pattern.indices.size) < 2**31 else np.int64
        self.indptr, self.indices = pattern.indptr.astype(kind), pattern.indices.astype(kind)

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
    def _readings(self) -> tuple[ForwardReading, ReverseReading]:
        return forward_reading(self.coloring, self.width), reverse_reading(self.coloring)

    @property
    def readings(self) -> tuple[ForwardReading, ReverseReading]:
        """What is read in forward and in reverse mode."""
        forward, reverse = self._readings
        return forward._replace(overwrites=self.found.overwrites), reverse

    @property
    def is_forward(self) -> bool:
        """Whether forward sweeps are made: also where there is nothing to read, as they check the output."""
        return bool(self.coloring.column_count or not self.coloring.row_count)

    @property
    def is_reverse(self) -> bool:
        """Whether reverse sweeps are made."""
        return bool(self.coloring.row_count)


def planned(entry: Entry, costs: Costs, itemsize: int, is_symmetric: bool, verify: bool) -> Plan:
    """The plan of a sparse derivative.

    Parameters
    ----------
    entry : Entry
    costs : Costs
        Of sweeps over the function; for a Hessian, over the gradient.
    itemsize : int
        Bytes of a nonzero.
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
    nonzeros = pattern.indices.size
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
        bytes=nonzeros * (itemsize + entry.indices.itemsize) + entry.indptr.nbytes,
    )


def as_matrix(parts: tuple[np.ndarray, np.ndarray, np.ndarray], shape: tuple[int, int]) -> Any:
    """`(data, indices, indptr)` as a csc_array where SciPy is installed."""
    try:
        from scipy.sparse import csc_array  # type: ignore[import-untyped]
    except ImportError:
        return parts
    return csc_array(parts, shape=shape)
