"""The choice of a mode: lists of decisions, each the docstring of a function and, in the same order, its code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from .cost import TYPICAL, Costs
from .plan import Plan
from .widths import MANY, rows_for, sweeps, width_for

__all__ = [
    "CLEAR",
    "FEW_FOR_HESSIANS",
    "FEW_INPUTS",
    "Mixture",
    "Question",
    "choose",
    "hessian",
    "hessian_route",
    "many",
    "products",
    "refused",
]

FORWARD, REVERSE, MIXED = "forward", "reverse", "mixed"
#: Most inputs for which "auto" goes forward, whatever the outputs.
FEW_INPUTS = 8
#: Most inputs for which a Hessian does.
FEW_FOR_HESSIANS = 8
#: Typical costs settle a choice where they differ by this factor: of no program known they are off by more.
CLEAR = 4.0
#: In short calls the memory counts that an adjoint of several outputs asks for, and how long a call takes is not known.
NEARLY = 1.2
#: Evaluations of the function from which on it is looked for narrow places; and by which factor mixed mode must be cheaper.
COSTLY, WORTH = 4.0, 1.4


@dataclass(frozen=True)
class Mixture:
    """A way to accumulate a Jacobian in parts.

    Parameters
    ----------
    cost : float
        Predicted, in evaluations of the function.
    tree : tuple
        See `chains`.
    words : str
        The same for a reader.
    """

    cost: float
    tree: tuple[object, ...]
    words: str


@dataclass(frozen=True)
class Question:
    """What the choice for a first derivative depends on.

    Parameters
    ----------
    inputs, outputs : int or None
        How many floats the function is differentiated by, and how many it gives; None where that is not known.
    count : callable
        `count()` gives the costs of sweeps as counted from this program; called only where they are needed.
    measured : Costs or None
        The same as measured, if they were.
    mode : {"auto", "forward", "reverse"}
        What the user asked for.
    chunk : int or None
        The width that the user asked for: directions of a forward sweep, or with mode="reverse" rows of a reverse sweep.
    columns, rows : int or None
        Colours of a compressed Jacobian: how many directions serve all inputs, how many cotangents all outputs. None for a
        dense one.
    several : bool
        Whether a reverse sweep can carry the cotangents of several rows.
    itemsize : int
        Bytes of one float.
    modes : tuple of str
        What there is to choose from.
    mixture : callable
        `mixture()` gives the best `Mixture`, None where there is none.
    told : bool
        Whether the plan is made to be read: with counted costs where the decision does without them.
    """

    inputs: int | None
    outputs: int | None
    count: Callable[[], Costs]
    measured: Costs | None = None
    mode: str = "auto"
    chunk: int | None = None
    columns: int | None = None
    rows: int | None = None
    several: bool = False
    itemsize: int = 8
    modes: tuple[str, ...] = (FORWARD, REVERSE)
    mixture: Callable[[], Mixture | None] = lambda: None
    told: bool = False

    @property
    def directions(self) -> int | None:
        """Directions that forward mode propagates."""
        return self.inputs if self.columns is None else self.columns

    @property
    def cotangents(self) -> int | None:
        """Cotangents that reverse mode propagates."""
        return self.outputs if self.rows is None else self.rows

    @property
    def width(self) -> int | None:
        """Directions that a forward sweep carries; None where that follows from types."""
        if self.mode == REVERSE or (self.chunk is None and self.directions is not None):
            return None if self.directions is None else width_for(self.directions)
        return self.chunk

    @property
    def at_once(self) -> int:
        """Cotangents that a reverse sweep carries."""
        if not self.several:
            return 1
        return self.chunk if self.mode == REVERSE and self.chunk is not None else rows_for(self.cotangents)

    def known(self) -> Costs:
        """Costs to speak of."""
        return self.measured or (self.count() if self.told else TYPICAL)

    def cost(self, mode: str, costs: Costs) -> float | None:
        """Predicted cost of a mode; None where its number of sweeps is not known."""
        if mode == REVERSE:
            if self.cotangents is None:
                return None
            return sweeps(self.cotangents, self.at_once) * costs.backward(self.at_once)
        if self.directions is None or self.width is None:
            return None
        return sweeps(self.directions, self.width) * costs.forward(self.width)


def choose(question: Question) -> Plan:
    """The plan of a first derivative.

    1. The only mode that there is; the mode and the chunk that the user named; a chunk alone means forward mode.
    2. Few inputs: forward. One sweep serves them all, keeps no record of the function, and compiles faster than an adjoint.
    3. One output: reverse, for more inputs than a forward sweep carries or a number that is not known (jitted code), unless
       measured costs decide. Nothing has to be counted for this.
    4. Inputs or outputs in a number that is not known otherwise: forward.
    5. The cheaper mode, at the costs that were measured.
    6. The mode that is `CLEAR` times cheaper at typical costs.
    7. The cheaper mode, at the costs that are counted from this program; of equals forward, and of those that are equal but for a
       factor of `NEARLY` where one forward sweep serves all inputs of a Jacobian.
    8. Where the mode of 5, 6 or 7 costs `COSTLY` evaluations or more: mixed mode, if the function has narrow places and the product
       of the Jacobians of its parts is `WORTH` times cheaper.
    9. Where reverse or mixed mode was chosen and refuses the function: forward (see `refused`).

    Where reverse mode was chosen, not asked for, it takes the partials of called functions that loop over a few numbers forward,
    where they are called: mixed mode too (`api.locals`).

    Parameters
    ----------
    question : Question

    Returns
    -------
    Plan
    """
    n, m = question.directions, question.cotangents
    if len(question.modes) == 1:
        return _planned(question, question.modes[0], f"{question.modes[0]} mode is all that this operator has")
    if question.mode == MIXED:
        return _mixed(question, question.mixture(), "mode='mixed' was asked for")
    if question.mode != "auto":
        return _planned(question, question.mode, f"mode={question.mode!r} was asked for")
    if question.chunk is not None:
        return _planned(question, FORWARD, f"chunk={question.chunk} was asked for, which only forward mode has")
    if n is not None and n <= FEW_INPUTS:
        return _planned(question, FORWARD, f"{many(n, 'input')} in one sweep, without a record of f")
    if m == 1 and (n is None or (n > MANY and question.measured is None)):
        inputs = "inputs in a number that is not known when compiling" if n is None else many(n, "input")
        return _planned(question, REVERSE, f"one output, and {inputs}")
    if n is None or m is None:
        unknown = "inputs" if n is None else "outputs"
        return _planned(question, FORWARD, f"{unknown} in a number that is not known when compiling")
    because = f"the cheaper way for {many(n, 'input')} and {many(m, 'output')}"
    costs = question.measured or TYPICAL
    forward, reverse = question.cost(FORWARD, costs), question.cost(REVERSE, costs)
    assert forward is not None and reverse is not None
    if question.measured is None:
        if forward / CLEAR < reverse < forward * CLEAR:
            costs = question.count()
            question = replace(question, told=True)
        else:
            because = f"{because} by far"
    found = _planned(question, _cheaper(question, costs), because)
    assert found.cost is not None
    if found.cost >= COSTLY and MIXED in question.modes:
        mixture = question.mixture()
        if mixture is not None and mixture.cost * WORTH <= found.cost:
            return _mixed(
                question, mixture, f"narrow places: {found.mode} mode alone takes {found.cost:.3g} evaluations of f"
            )
    return found


def _mixed(question: Question, mixture: Mixture | None, because: str) -> Plan:
    if mixture is None:
        return Plan(MIXED, None, None, because)
    said = f"{because}; {mixture.words}, {mixture.cost:.3g} evaluations of f, at counted costs"
    return Plan(MIXED, None, mixture.cost, said, bytes=_bytes(question, REVERSE), tree=mixture.tree)


def _cheaper(question: Question, costs: Costs) -> str:
    forward, reverse = question.cost(FORWARD, costs), question.cost(REVERSE, costs)
    assert forward is not None and reverse is not None and question.directions is not None
    one_sweep = costs.origin == "counted" and question.directions <= MANY and question.several
    return REVERSE if reverse * (NEARLY if one_sweep else 1.0) < forward else FORWARD


def _planned(question: Question, mode: str, because: str) -> Plan:
    costs = question.known()
    seeds = question.cotangents if mode == REVERSE else question.directions
    return Plan(
        mode,
        (question.at_once if question.at_once > 1 else None) if mode == REVERSE else question.width,
        question.cost(mode, costs),
        f"{because}{_prices(question, costs)}",
        colors=seeds if (question.rows if mode == REVERSE else question.columns) is not None else None,
        bytes=_bytes(question, mode),
    )


def _prices(question: Question, costs: Costs) -> str:
    """What both modes would cost, as the rest of a sentence."""
    said = []
    for mode in question.modes:
        if mode == MIXED:
            continue
        cost = question.cost(mode, costs)
        if cost is None:
            continue
        if mode == FORWARD:
            assert question.directions is not None and question.width is not None
            count, one = sweeps(question.directions, question.width), costs.forward(question.width)
        else:
            assert question.cotangents is not None
            count, one = sweeps(question.cotangents, question.at_once), costs.backward(question.at_once)
        each = f" for {question.at_once} rows" if mode == REVERSE and question.at_once > 1 else ""
        said.append(f"{many(count, f'{mode} sweep')} of {one:.2g}{each}, {cost:.3g} evaluations of f")
    return f": {' against '.join(said)}, at {costs.origin} costs" if said else ""


def _bytes(question: Question, mode: str) -> int | None:
    if question.inputs is None or question.outputs is None:
        return None
    reals = question.inputs * question.outputs
    if mode == FORWARD:
        reals += question.inputs * (1 + (question.width or 0))
    return reals * question.itemsize


def many(count: int, what: str) -> str:
    """`2 inputs`, `1 input`."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def refused(question: Question, why: str) -> Plan:
    """The plan where the chosen mode, reverse or mixed, refuses the function, as `why` says."""
    forward = _planned(question, FORWARD, "")
    return replace(forward, reason=f"{choose(question).mode} mode, chosen at first, refuses f{forward.reason}; {why}")


def one_by_one(plan: Plan, why: str) -> Plan:
    """A plan in reverse mode where several rows at once are refused, as `why` says; its cost is that of one row a sweep."""
    return replace(plan, reason=f"{plan.reason}; one row at a time, as several at once are refused: {why}")


def products(what: str, mode: str, count: int | None, width: int | None, costs: Costs) -> Plan:
    """The plan of products with a derivative, which leave no choice.

    Parameters
    ----------
    what : str
        How many products of what kind, in words.
    mode : {"forward", "reverse", "forward over reverse"}
    count : int or None
        How many products; None where that is not known.
    width : int or None
        How many a sweep carries; None where it carries one.
    costs : Costs

    Returns
    -------
    Plan
    """
    one = 1.0
    if mode != FORWARD:
        one *= costs.backward(width or 1) if mode == REVERSE else costs.reverse
    if mode != REVERSE:
        one *= costs.forward(width or 1)
    runs = None if count is None else sweeps(count, width or 1)
    said = "" if runs is None else f": {many(runs, 'sweep')} of {one:.2g} evaluations of f, at {costs.origin} costs"
    return Plan(mode, width, None if runs is None else runs * one, f"{what} {mode}{said}")


def hessian(mode: str, count: int | None, widths: tuple[int, int], chunk: int, costs: Costs, why: str = "") -> Plan:
    """The plan of a Hessian whose route is known.

    Parameters
    ----------
    mode : {"forward", "reverse"}
        The route, from `hessian_route`.
    count : int or None
        Number of inputs.
    widths : (int, int)
        Directions of the two levels, on the way forward.
    chunk : int
        Directions that the adjoint carries.
    costs : Costs
    why : str
        Which decision led here.

    Returns
    -------
    Plan

    Notes
    -----
    A hyper-dual number of M x N directions is priced as one with (M + 1) (N + 1) - 1 tangents, forward over reverse as the
    product of both sweeps: neither is counted by itself.
    """
    if mode == FORWARD:
        runs = None if count is None else _blocks(count, *widths)
        one = costs.forward((widths[0] + 1) * (widths[1] + 1) - 1)
        where = "forward"
    else:
        runs = None if count is None else sweeps(count, chunk)
        one, where = costs.reverse * costs.forward(chunk), "forward over reverse"
    said = "" if runs is None else f": {many(runs, 'sweep')} of {one:.2g} evaluations of f, at {costs.origin} costs"
    return Plan(
        where,
        widths if mode == FORWARD else chunk,
        None if runs is None else runs * one,
        f"{why}{said}",
        bytes=None if count is None else 8 * count * count,
    )


def _blocks(count: int, rows: int, columns: int) -> int:
    """Blocks of rows x columns on and above the diagonal, as the driver of hyper-dual numbers goes through them."""
    return max(sum(sweeps(count - row // columns * columns, columns) for row in range(0, count, rows)), 1)


def hessian_route(mode: str, count: int | None) -> str:
    """Which way a Hessian takes, "forward" or "reverse", for `count` inputs; None: a number that the types do not tell.

    1. The one that `mode` names.
    2. Forward for few inputs: hyper-dual numbers need two evaluations of the function at most, keep no record of it, and
       compile in a third to two thirds of the time.
    3. Reverse for more, and for any array in jitted code: there the number of evaluations grows with the square of the
       number of inputs forward, in proportion to it in reverse.
    4. Where "auto" chose reverse and reverse mode refuses the function: forward.
    """
    if mode != "auto":
        return mode
    return FORWARD if count is not None and count <= FEW_FOR_HESSIANS else REVERSE
