"""Bracketing of chains: against all bracketings there are, and the case it is for."""

import numpy as np
import pytest

from dualad.plan import chains
from dualad.plan.chains import Chain, bracket, leaves, moved, show
from dualad.program.census import TRIPS


def all_trees(start, stop):
    for mode in ("forward", "reverse"):
        yield mode, start, stop
    for middle in range(start + 1, stop):
        for left in all_trees(start, middle):
            for right in all_trees(middle, stop):
                yield "product", left, right


def ends(tree):
    found = list(leaves(tree))
    return found[0][1], found[-1][2]


def cost_of(tree, sweep, product):
    if tree[0] != "product":
        return sweep(*tree)
    left, right = tree[1:]
    here = product(ends(left)[0], ends(left)[1], ends(right)[1])
    return cost_of(left, sweep, product) + cost_of(right, sweep, product) + here


@pytest.mark.parametrize("stages", [1, 2, 3, 4])
def test_no_bracketing_is_cheaper(stages):
    rng = np.random.default_rng(stages)
    for _ in range(30):
        sweeps = rng.exponential(1.0, (2, stages + 1, stages + 1)) ** 3
        products = rng.exponential(0.2, (stages + 1,) * 3)

        def sweep(mode, start, stop, sweeps=sweeps):
            return sweeps[int(mode == "reverse"), start, stop]

        def product(start, middle, stop, products=products):
            return products[start, middle, stop]

        cost, tree = bracket(stages, sweep, product)
        assert cost == pytest.approx(cost_of(tree, sweep, product), rel=1e-14)
        assert cost == pytest.approx(min(cost_of(t, sweep, product) for t in all_trees(0, stages)), rel=1e-14)


def test_parts_follow_each_other():
    tree = ("product", ("product", ("reverse", 0, 1), ("forward", 1, 3)), ("forward", 3, 4))
    assert list(leaves(tree)) == [("reverse", 0, 1), ("forward", 1, 3), ("forward", 3, 4)]
    assert moved(tree, [0, 10, 20, 30, 40])[2] == ("forward", 30, 40)
    assert show(tree, [7, 3, 5, 2, 9]) == "7 -> 3 in reverse, 3 -> 2 forward, 2 -> 9 forward"


def chain(sizes):
    def operations(start, stop):
        return {"function": TRIPS * (stop - start)}

    return Chain(sizes, operations)


def test_a_narrow_waist_takes_a_few_sweeps():
    cost, tree = chain([1000, 3, 1000]).best()
    assert tree == ("product", ("reverse", 0, 1), ("forward", 1, 2))
    whole, _ = bracket(1, lambda mode, start, stop: chain([1000, 1000]).best()[0], lambda *points: 0.0)
    assert 4.0 * cost < whole


def test_without_a_waist_one_mode_serves_the_whole():
    assert chain([1000, 1000, 3]).best()[1] == ("reverse", 0, 2)
    assert chain([3, 1000, 1000]).best()[1] == ("forward", 0, 2)
    assert chain([20, 20, 20]).best()[1][0] != "product"
    assert chain([3, 1000, 1000]).best(whole=False)[1][0] == "product"


def test_loops_are_counted_as_the_census_does():
    assert chains.TRIPS == TRIPS
