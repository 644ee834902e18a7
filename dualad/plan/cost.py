"""What sweeps over a program cost, in evaluations of it: typically, as counted from its operations, or as measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

from .widths import REGISTER

__all__ = ["CALL", "GRADIENT", "PRICES", "TYPICAL", "Costs", "Price", "counted", "work"]


@dataclass(frozen=True)
class Costs:
    """Costs of one sweep each, in evaluations of the function.

    Parameters
    ----------
    fixed : float
        Of a forward sweep, whatever its width.
    lane : float
        Of each direction that a forward sweep carries.
    reverse : float
        Of a reverse sweep, the forward sweep in it included; infinite where reverse mode refuses the function.
    origin : {"typical", "counted", "measured"}
        Where the numbers are from.
    rows, row : float
        Of a reverse sweep that carries several cotangents: whatever their number, and for each of them.
    """

    fixed: float
    lane: float
    reverse: float
    origin: str
    rows: float
    row: float

    def forward(self, width: int) -> float:
        """Cost of a forward sweep that carries `width` directions."""
        return self.fixed + self.lane * width

    def backward(self, rows: int) -> float:
        """Cost of a reverse sweep that carries so many cotangents."""
        return self.reverse if rows == 1 else self.rows + self.row * rows

    def measured(self, forward: float, width: int, reverse: float, rows: int = 1) -> Costs:
        """These costs, corrected by what a forward sweep of some width and a reverse sweep of some rows were measured to cost."""
        ahead, back = forward / self.forward(width), reverse / self.backward(rows)
        return Costs(
            ahead * self.fixed,
            ahead * self.lane,
            back * self.reverse,
            "measured",
            back * self.rows,
            back * self.row,
        )


#: Medians over the programs of `benchmarks/shapes.py`.
TYPICAL = Costs(fixed=0.9, lane=0.3 / REGISTER, reverse=1.7, origin="typical", rows=1.9, row=0.24 / REGISTER)


@dataclass(frozen=True)
class Price:
    """Times of one operation, in units of an addition of two numbers.

    Parameters
    ----------
    primal : float
        Of the operation itself.
    fixed, lane : float
        Of its forward sweep: whatever the width, and for each direction.
    reverse : float
        Of its forward and reverse sweep.
    rows, row : float
        Of these with several cotangents: whatever their number, and for each of them.
    """

    primal: float
    fixed: float
    lane: float
    reverse: float
    rows: float
    row: float

    def on(self, register: int, fills_lanes: bool, rows: float = 1.0, masked: bool = False) -> Price:
        """The same with vector registers of so many doubles, from that with 4; `rows` is what half as many registers save.

        With `masked`, lanes are looked at one by one: they do not become cheaper in a wider register.
        """
        narrow = 4 / register
        plain = narrow**0.75 if fills_lanes else 1.0
        saved = rows if register > 4 else 1.0
        return Price(
            plain * self.primal,
            self.fixed,
            self.lane if masked else narrow * self.lane,
            plain * self.reverse,
            saved * self.rows,
            narrow * self.row,
        )


#: From fits to the programs of `benchmarks/shapes.py` (AMD EPYC with AVX2, float64; what AVX-512 changes, on another one). What
#: matters is the proportion of forward to reverse. A `+` behind a kind stands for innermost loops whose iterations fill the
#: lanes of registers: there the plain operation is cheap, and tangents take the lanes for themselves.
_WITH_AVX2 = {
    "sum": Price(1.0, 1.0, 0.04, 1.2, 2.03, 0.018),
    "scaling": Price(1.0, 1.0, 0.06, 1.2, 2.65, 0.025),
    "product": Price(1.0, 1.0, 0.06, 4.0, 1.0, 0.093),
    "quotient": Price(4.0, 4.0, 0.3, 5.0, 4.8, 0.15),
    "function": Price(15.0, 19.0, 0.6, 26.5, 21.84, 0.0),
    "load": Price(0.5, 0.5, 0.06, 1.0, 0.59, 0.0),
    "store": Price(0.5, 0.5, 0.06, 1.0, 0.61, 0.067),
    "passive": Price(0.5, 0.5, 0.0, 0.5, 1.06, 0.003),
    "sum+": Price(0.25, 0.4, 0.08, 1.0, 0.7, 0.088),
    "scaling+": Price(0.25, 0.4, 0.1, 1.0, 0.5, 0.1),
    "product+": Price(0.25, 0.4, 0.12, 2.0, 0.5, 0.2),
    "quotient+": Price(1.5, 2.5, 0.3, 3.0, 1.8, 0.23),
    "load+": Price(0.25, 0.6, 0.14, 1.5, 1.0, 0.069),
    "store+": Price(0.25, 0.6, 0.14, 1.0, 0.5, 0.096),
    "passive+": Price(0.25, 0.25, 0.0, 0.25, 0.25, 0.003),
    "whole": Price(1.0, 1.0, 0.07, 2.5, 1.38, 0.0),
    "whole function": Price(10.0, 11.0, 0.6, 22.0, 25.72, 1.42),
    "matrix": Price(0.4, 0.4, 0.1, 0.5, 1.28, 0.023),
    "iteration": Price(0.5, 0.5, 0.0, 0.5, 1.25, 0.003),
}
#: Cotangents of eight rows fill one register with AVX-512, two with AVX2: what that makes of the price of rows, where it makes
#: a difference (a fit to 125 Jacobians on an AMD Zen 4).
_IN_ONE_REGISTER = {
    "sum": 0.7,
    "scaling": 0.7,
    "load": 0.9,
    "passive": 0.8,
    "iteration": 0.9,
    "matrix": 0.55,
    "load+": 1.5,
}
#: Their partials can be infinite, so that tangents of zero are looked for among the lanes.
_MASKED = {"quotient"}
#: What a call of an adjoint takes besides, where it gives rows of a Jacobian: memory for outputs, cotangents and records.
CALL = 800.0
#: The same where it gives a gradient: the function has one output, which is no array.
GRADIENT = 200.0
PRICES = {
    kind: price.on(REGISTER, kind.endswith("+"), _IN_ONE_REGISTER.get(kind, 1.0), kind in _MASKED)
    for kind, price in _WITH_AVX2.items()
}


def work(operations: Mapping[str, float]) -> float:
    """Time of operations without derivatives, in additions."""
    return sum(count * PRICES[kind].primal for kind, count in operations.items())


def counted(operations: Mapping[str, float], call: float = CALL) -> Costs:
    """Costs of a program of which the operations were counted by kind (`program.census`).

    Parameters
    ----------
    operations : mapping
        For each kind of operation, a key of `PRICES`, how many there are.
    call : float
        What a call of the adjoint takes besides, in additions.

    Returns
    -------
    Costs
        The typical ones where nothing was counted that has a price.
    """
    totals = [0.0] * 6
    for kind, count in operations.items():
        for i, part in enumerate(astuple(PRICES[kind])):
            totals[i] += count * part
    if totals[0] == 0.0:
        return TYPICAL
    fixed, lane, reverse, rows, row = (total / totals[0] for total in totals[1:])
    besides = call / totals[0]
    return Costs(fixed, lane, reverse + besides, "counted", rows + besides, row)
