"""The plan of a derivative: what is done, at what predicted cost, and why."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, repr=False)
class Plan:
    """What a derivative function does with some arguments, and why; `plan` of every derivative function gives one.

    Parameters
    ----------
    mode : {"forward", "reverse", "mixed", "forward over reverse"}
        How derivatives are propagated. "mixed" is a product of Jacobians of parts, or reverse mode that takes the partials of some
        called functions forward; `reason` says which.
    chunk : int, (int, int) or None
        Directions that a sweep carries at once; a pair for the two levels of hyper-dual numbers, None where it carries none.
    cost : float or None
        Predicted time, in evaluations of the function; None where the sizes are not known.
    reason : str
        The decision that led here, in one sentence with its numbers.
    colors : int or None
        Colours of a compressed Jacobian: as many directions or cotangents serve all columns or rows.
    snapshots : int or None
        States of marked loops that are stored at a time, in the reverse sweep.
    bytes : int or None
        Memory of what is known beforehand: the result and the seeded inputs; with a marked loop also its snapshots and the
        records of a block. The records of other loops are not counted.
    tree : tuple or None
        In mixed mode, which parts are differentiated how, and the order of the products.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as ad
    >>> plan = ad.grad(lambda x: np.sum(x * x)).plan(np.ones(1000))
    >>> plan.mode
    'reverse'
    """

    mode: str
    chunk: Any
    cost: float | None
    reason: str
    colors: int | None = None
    snapshots: int | None = None
    bytes: int | None = None
    tree: tuple[Any, ...] | None = None

    def __repr__(self) -> str:
        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.cost is not None:
            shown["cost"] = f"{self.cost:.3g} evaluations of f"
        reason, _ = shown.pop("reason"), shown.pop("tree")
        lines = [f"{name:<10}{value}" for name, value in shown.items() if value is not None]
        return "\n".join([*lines, f"{'reason':<10}{reason}"])
