"""In what order the Jacobian of a chain of stages is accumulated: dynamic programming over its dimensions.

A function that is a chain n -> k -> ... -> m has the product of the stages' Jacobians as its own. Any run of stages may be
differentiated as a whole: forward, by one direction for each float that flows into it, or in reverse, by one cotangent for
each that flows out. The matrices that this gives are multiplied in some order. Where little flows in the middle, a reverse
sweep for each float there and a forward sweep on from it cost less than either mode alone.

Griewank and Naumann, Accumulating Jacobians as chained sparse matrix products, Math. Program. 95 (2003) 555-571,
DOI 10.1007/s10107-003-0456-5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .cost import counted, work
from .widths import REGISTER, rows_for, sweeps, width_for

__all__ = ["MOST_POINTS", "PRODUCT", "Chain", "bracket", "leaves", "moved", "show"]

PRODUCT = "product"

#: Most points inside a chain that are looked at: those that the fewest floats cross.
MOST_POINTS = 8
#: Time of one multiplication in a product of matrices, in additions (see `cost.PRICES`): it fills the lanes of registers.
MULTIPLICATION = 1 / REGISTER
TRIPS = 32.0  # how often a loop runs in the counts of `program.census`

#: `(mode, start, stop)` for stages differentiated as a whole, `("product", left, right)` for the product of two trees of which
#: `left` is of the earlier stages.
Tree = tuple[Any, ...]


@dataclass(frozen=True)
class Chain:
    """A function as a chain of stages.

    Parameters
    ----------
    sizes : sequence of int
        Floats at each point: inputs, what flows from stage to stage, outputs.
    operations : callable
        `operations(start, stop)` counts the operations between two points by kind (`program.census`).
    """

    sizes: Sequence[int]
    operations: Callable[[int, int], Mapping[str, float]]

    @property
    def stages(self) -> int:
        """How many there are."""
        return len(self.sizes) - 1

    def best(self, whole: bool = True) -> tuple[float, Tree]:
        """The cheapest way to its Jacobian, in evaluations of the function.

        Parameters
        ----------
        whole : bool
            Whether one mode for the whole chain is a way too.

        Returns
        -------
        cost : float
        tree : tuple
            As `bracket` gives it.
        """
        # operations are counted for loops of a nominal length; those of a stage go over all that it is given or gives
        done = [
            work(self.operations(i, i + 1)) * max(max(self.sizes[i : i + 2]) / TRIPS, 1.0) for i in range(self.stages)
        ]
        total = max(sum(done), 1.0)

        def sweep(mode: str, start: int, stop: int) -> float:
            if not whole and stop - start == self.stages:
                return float("inf")
            operations = self.operations(start, stop)
            costs, share = counted(operations), sum(done[start:stop]) / total
            if mode == "reverse":
                rows = rows_for(self.sizes[stop])
                return share * sweeps(self.sizes[stop], rows) * costs.backward(rows)
            width = width_for(self.sizes[start])
            return share * sweeps(self.sizes[start], width) * costs.forward(width)

        def product(start: int, middle: int, stop: int) -> float:
            return MULTIPLICATION * self.sizes[start] * self.sizes[middle] * self.sizes[stop] / total

        return bracket(self.stages, sweep, product)


def bracket(
    stages: int,
    sweep: Callable[[str, int, int], float],
    product: Callable[[int, int, int], float],
) -> tuple[float, Tree]:
    """The cheapest way to accumulate the Jacobian of a chain.

    Parameters
    ----------
    stages : int
        Length of the chain, at least 1. Stage i leads from point i to point i + 1.
    sweep : callable
        `sweep(mode, start, stop)` is the cost of the Jacobian between two points in "forward" or "reverse" mode.
    product : callable
        `product(start, middle, stop)` is the cost of multiplying the Jacobians of two neighbouring runs.

    Returns
    -------
    cost : float
    tree : tuple
        `(mode, start, stop)`, or `("product", left, right)` of two trees.

    Notes
    -----
    `stages**3 / 6` comparisons. Of equal costs, the one with fewer parts.

    Examples
    --------
    >>> sizes = [1000, 3, 1000]
    >>> def sweep(mode, start, stop):
    ...     return (stop - start) * sizes[start if mode == "forward" else stop]
    >>> bracket(2, sweep, lambda start, middle, stop: 0)
    (6, ('product', ('reverse', 0, 1), ('forward', 1, 2)))
    """
    best: dict[tuple[int, int], tuple[float, Tree]] = {}
    for length in range(1, stages + 1):
        for start in range(stages - length + 1):
            stop = start + length
            whole: list[tuple[float, Tree]] = [
                (sweep(mode, start, stop), (mode, start, stop)) for mode in ("forward", "reverse")
            ]
            cost, tree = min(whole, key=_cost)
            for middle in range(start + 1, stop):
                left, right = best[start, middle], best[middle, stop]
                split = left[0] + right[0] + product(start, middle, stop)
                if split < cost:
                    cost, tree = split, (PRODUCT, left[1], right[1])
            best[start, stop] = cost, tree
    return best[0, stages]


def _cost(found: tuple[float, Tree]) -> float:
    return found[0]


def leaves(tree: Tree) -> Iterator[Tree]:
    """The parts of a tree that are differentiated as a whole, in the order of the chain."""
    if tree[0] == PRODUCT:
        yield from leaves(tree[1])
        yield from leaves(tree[2])
    else:
        yield tree


def moved(tree: Tree, points: list[int]) -> Tree:
    """The same tree with other names for the points of the chain."""
    if tree[0] == PRODUCT:
        return PRODUCT, moved(tree[1], points), moved(tree[2], points)
    return tree[0], points[tree[1]], points[tree[2]]


def show(tree: Tree, sizes: Sequence[int]) -> str:
    """`1000 -> 3 in reverse, 3 -> 1000 forward`."""
    how = {"forward": "forward", "reverse": "in reverse"}
    return ", ".join(f"{sizes[start]} -> {sizes[stop]} {how[mode]}" for mode, start, stop in leaves(tree))
