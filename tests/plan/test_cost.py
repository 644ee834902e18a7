"""Prices of operations, and what sweeps over counted programs cost."""

import math

import numpy as np
import pytest
from numba import float64, int64

from dualad.plan.cost import CALL, PRICES, TYPICAL, Costs, Price, counted, work
from dualad.program import build
from dualad.program.census import KINDS, TRIPS, census, spread

VECTOR = float64[::1]


def counts(function, *kinds):
    program = build(function, kinds)
    return census(program.body, spread(program.body, [program.parameters[0]]))


def test_every_kind_has_a_price_and_no_sweep_is_cheaper_than_the_operation():
    assert set(PRICES) == set(KINDS)
    for price in PRICES.values():
        assert price.fixed >= price.primal and price.reverse >= price.primal and price.lane >= 0.0
        assert price.rows >= price.primal and price.row >= 0.0


def test_costs_are_weighted_means():
    costs = counted({"function": 2.0, "load": 4.0})
    primal = 2.0 * PRICES["function"].primal + 4.0 * PRICES["load"].primal
    assert work({"function": 2.0, "load": 4.0}) == primal
    reverse = 2.0 * PRICES["function"].reverse + 4.0 * PRICES["load"].reverse
    assert costs.reverse == pytest.approx((reverse + CALL) / primal)
    assert counted({"function": 2.0, "load": 4.0}, call=0.0).reverse == pytest.approx(reverse / primal)
    assert counted({"function": 1.0}).forward(8) == counted({"function": 7.0}).forward(8)
    assert counted({}) is TYPICAL


def test_wide_registers_make_tangents_cheaper():
    for kind in ("sum", "sum+"):
        price = Price(1.0, 1.2, 0.08, 2.0, 3.0, 0.1)
        same, wide = price.on(4, kind == "sum+"), price.on(8, kind == "sum+")
        assert same == price
        assert (wide.lane, wide.row, wide.fixed, wide.rows) == (0.04, 0.05, 1.2, 3.0)
        assert (wide.primal < 1.0) == (wide.reverse < 2.0) == (kind == "sum+")
        assert price.on(8, kind == "sum+", masked=True).lane == 0.08


def test_measured_costs_are_met():
    costs = TYPICAL.measured(3.0, 16, 5.0)
    assert costs.forward(16) == pytest.approx(3.0) and costs.reverse == 5.0 and costs.origin == "measured"
    assert costs.forward(8) / costs.forward(16) == pytest.approx(TYPICAL.forward(8) / TYPICAL.forward(16))
    by_rows = TYPICAL.measured(3.0, 16, 5.0, 8)
    assert by_rows.backward(8) == pytest.approx(5.0)
    assert by_rows.backward(1) / by_rows.backward(4) == pytest.approx(TYPICAL.backward(1) / TYPICAL.backward(4))
    found = Costs(1.0, 0.5, 2.0, "counted", 3.0, 0.25)
    assert (found.forward(4), found.backward(1), found.backward(4)) == (3.0, 2.0, 4.0)


def test_operations_of_a_loop():
    def f(x, a):
        total = 0.0
        for i in range(x.size):
            total += a * math.sin(x[i]) * x[i]
        return total

    found = counts(f, VECTOR, float64)
    assert found["function"] == found["scaling"] == found["product"] == found["sum"] == TRIPS
    assert found["iteration"] == TRIPS and found["load"] >= TRIPS


def test_what_carries_no_derivatives_is_passive():
    def f(x, table):
        total = 0.0
        for i in range(x.size):
            total += table[i] * table[i]
        return total + x[0]

    found = counts(f, VECTOR, VECTOR)
    assert found["passive"] >= 2 * TRIPS and found["sum"] == found["load"] == 1.0
    assert "product" not in found and "scaling" not in found


def test_written_numbers_of_iterations_and_nesting():
    def f(x):
        for _ in range(10):
            for i in range(x.size):
                x[i] = 2.0 * x[i]
        return x[0]

    found = counts(f, VECTOR)
    assert found["scaling+"] == found["store+"] == 10 * TRIPS, "iterations that do not wait for each other"
    assert found["iteration"] == 10 + 10 * TRIPS


def test_derivatives_spread_through_stores_loops_and_calls():
    def helper(out, v):
        out[0] = v

    def f(x, n):
        out, last = np.zeros(1), 0.0
        for _ in range(n):
            helper(out, x[0])
            last = out[0]
        return math.exp(last)

    from numba import njit

    helper = njit(helper)
    found = counts(f, VECTOR, int64)
    assert found["function"] == 1.0


def test_whole_arrays_and_matrices():
    def f(x, a):
        return np.sum(np.tanh(np.dot(a, x)))

    found = counts(f, VECTOR, float64[:, ::1])
    assert found["matrix"] == TRIPS**2 and found["whole function"] == found["whole"] == TRIPS
