"""The decisions about first derivatives and Hessians: every line of the lists, and that the cheaper way is taken."""

import itertools

import numpy as np
import pytest

from dualad.plan.choose import CLEAR, COSTLY, FEW_INPUTS, Mixture, Question, choose, hessian, hessian_route, refused
from dualad.plan.cost import TYPICAL, Costs
from dualad.plan.widths import MANY, width_for

MEASURED = Costs(0.5, 0.1, 3.0, "measured", 3.0, 0.2)
COUNTED = Costs(1.0, 0.05, 2.0, "counted", 2.0, 0.2)


def never():
    raise AssertionError("not to be asked for")


def question(n, m, count=never, **options):
    return Question(n, m, count, **options)


# the list, line by line


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_the_only_mode_and_the_mode_of_the_user_are_taken(mode):
    plan = choose(question(1000, 1, modes=(mode,)))
    assert plan.mode == mode and "all that" in plan.reason
    plan = choose(question(1000, 1, mode=mode))
    assert plan.mode == mode and f"mode='{mode}' was asked for" in plan.reason


def test_a_chunk_means_forward_mode():
    plan = choose(question(1000, 1, chunk=4))
    assert (plan.mode, plan.chunk) == ("forward", 4) and "chunk=4 was asked for" in plan.reason
    assert plan.cost == pytest.approx(250 * TYPICAL.forward(4))


@pytest.mark.parametrize("m", [0, 1, 1000, None])
def test_few_inputs_go_forward_in_one_sweep(m):
    for n in range(FEW_INPUTS + 1):
        plan = choose(question(n, m))
        assert plan.mode == "forward" and plan.chunk >= n
        assert plan.cost == pytest.approx(TYPICAL.forward(plan.chunk))
    assert choose(question(FEW_INPUTS + 1, 1, lambda: Costs(9.0, 0.0, 1.0, "counted", 1.0, 0.2))).mode == "reverse"


def test_one_output_goes_in_reverse_and_nothing_is_counted():
    for n in (MANY + 1, 100, 10**6, None):
        assert choose(question(n, 1)).mode == "reverse"
    cheap = Costs(0.9, 0.01, 9.0, "counted", 9.0, 0.2)  # a call that is short: the adjoint asks for memory
    for n in (FEW_INPUTS + 1, MANY):
        assert choose(question(n, 1, lambda: cheap)).mode == "forward"
    dear = Costs(1.0, 0.1, 2.0, "counted", 2.0, 0.2)
    assert choose(question(MANY, 1, lambda: dear)).mode == "reverse"
    assert choose(question(16, 1, measured=Costs(0.5, 0.0, 9.0, "measured", 9.0, 0.2))).mode == "forward"
    # 2.1 forward: only rows of a Jacobian have to be cheaper by a factor
    width = width_for(MANY)
    nearly = Costs(1.0, (2.1 * width / MANY - 1.0) / width, 2.0, "counted", 2.0, 0.2)
    assert _forward(MANY, nearly) == pytest.approx(2.1)
    assert choose(question(MANY, 1, lambda: nearly)).mode == "reverse"
    assert choose(question(MANY, 1, lambda: nearly, several=True)).mode == "forward"
    assert choose(question(None, 1, measured=MEASURED)).mode == "reverse"


def _forward(inputs, costs):
    width = width_for(inputs)
    return -(-inputs // width) * costs.forward(width)


def test_unknown_numbers():
    assert choose(question(None, 1)).mode == "reverse"
    for n, m in ((None, None), (None, 2), (20, None)):
        plan = choose(question(n, m))
        assert plan.mode == "forward" and "not known" in plan.reason


def test_measured_costs_decide_without_counting():
    # three sweeps forward against two in reverse
    assert choose(question(24, 2, measured=MEASURED)).mode == "forward"
    dear = Costs(5.0, 0.1, 3.0, "measured", 3.0, 0.2)
    plan = choose(question(24, 2, measured=dear))
    assert plan.mode == "reverse" and plan.cost == 6.0 and "measured" in plan.reason


def test_nothing_is_counted_where_typical_costs_are_clear():
    assert choose(question(1000, 2)).mode == "reverse"
    assert choose(question(16, 1000)).mode == "forward"


def test_counted_costs_decide_where_typical_ones_do_not():
    asked = []

    def count():
        asked.append(True)
        return COUNTED

    plan = choose(question(64, 4, count))
    assert asked and plan.mode == "forward" and plan.cost == pytest.approx(_forward(64, COUNTED))
    assert choose(question(64, 4, lambda: Costs(1.0, 0.3, 2.0, "counted", 2.0, 0.2))).mode == "reverse"


def test_equals_go_forward():
    even = Costs(2.0, 0.0, 2.0, "measured", 2.0, 0.2)
    assert choose(question(16, 2, measured=even)).mode == "forward"


def test_several_rows_at_once_are_cheaper():
    costs = Costs(2.0, 0.1, 2.0, "measured", 1.5, 0.25)
    assert choose(question(24, 7, measured=costs)).mode == "forward"
    plan = choose(question(24, 7, measured=costs, several=True))
    assert (plan.mode, plan.chunk, plan.cost) == (
        "reverse",
        8,
        3.5,
    ) and "1 reverse sweep of 3.5 for 8 rows" in plan.reason
    asked = choose(question(24, 7, measured=costs, several=True, mode="reverse", chunk=4))
    assert (asked.chunk, asked.cost) == (4, 5.0)
    assert choose(question(100, 1, several=True)).chunk is None


def test_mixed_mode_is_looked_for_where_both_others_are_dear():
    mixture = Mixture(10.0, ("product", ("reverse", 0, 1), ("forward", 1, 2)), "1000 -> 3 -> 1000")
    modes = ("forward", "reverse", "mixed")
    plan = choose(question(1000, 1000, lambda: COUNTED, modes=modes, mixture=lambda: mixture))
    assert (plan.mode, plan.cost, plan.tree) == ("mixed", 10.0, mixture.tree) and "1000 -> 3" in plan.reason
    assert choose(question(1000, 1000, lambda: COUNTED, modes=modes)).mode == "forward"
    close = Mixture(100.0, mixture.tree, "")
    assert choose(question(1000, 1000, lambda: COUNTED, modes=modes, mixture=lambda: close)).mode == "forward"
    assert choose(question(16, 64, modes=modes, mixture=never)).cost < COSTLY


def test_refusal_is_said():
    plan = refused(question(1000, 1), "`np.select` has no pullback")
    assert plan.mode == "forward" and "refuses f" in plan.reason and "np.select" in plan.reason


# what follows from the list


def test_the_cheaper_mode_is_taken_for_all_shapes_and_costs():
    rng = np.random.default_rng(0)
    for _ in range(300):
        n, m = int(rng.integers(FEW_INPUTS + 1, 2000)), int(rng.integers(1, 2000))
        costs = Costs(*rng.uniform(0.1, 4.0, 3), "measured", 1.0, 1.0)
        plan = choose(question(n, m, measured=costs))
        width = width_for(n)
        forward, reverse = -(-n // width) * costs.forward(width), m * costs.reverse
        assert plan.cost == pytest.approx(min(forward, reverse))
        assert plan.mode == ("reverse" if reverse < forward else "forward")


def test_more_outputs_never_turn_a_plan_to_reverse_nor_more_inputs_to_forward():
    sizes = (9, 16, 31, 32, 100, 1000)
    for n, fewer, more in itertools.product(sizes, sizes, sizes):
        if fewer < more and choose(question(n, more, lambda: COUNTED)).mode == "reverse":
            assert choose(question(n, fewer, lambda: COUNTED)).mode == "reverse"


def test_a_clear_choice_is_that_of_all_costs_within_the_factor():
    """Costs that differ from the typical ones by less than `CLEAR` between the modes give the same plan."""
    for n, m in itertools.product((16, 100, 1000), (2, 10, 100, 1000)):
        try:
            chosen = choose(question(n, m)).mode
        except AssertionError:
            continue  # not clear
        for factor in (0.99 * CLEAR, 1 / (0.99 * CLEAR)):
            other = Costs(
                factor * TYPICAL.fixed, factor * TYPICAL.lane, TYPICAL.reverse, "measured", TYPICAL.reverse, 0.2
            )
            assert choose(question(n, m, measured=other)).mode == chosen


def test_colours_stand_for_inputs_and_outputs():
    plan = choose(question(100_000, 100_000, columns=5, rows=5))
    assert (plan.mode, plan.colors, plan.chunk) == ("forward", 5, 8)
    plan = choose(question(100_000, 100_000, columns=400, rows=1, measured=COUNTED))
    assert (plan.mode, plan.colors, plan.cost) == ("reverse", 1, 2.0)


def test_plans_print_what_they_hold():
    text = str(choose(question(1000, 1)))
    for part in (
        "mode      reverse",
        "cost      1.7 evaluations of f",
        "reason    one output, and 1000 inputs: ",
    ):
        assert part in text
    assert "chunk" not in text and "None" not in text


# Hessians


def test_route_of_hessians():
    assert [hessian_route("auto", n) for n in (0, 8, 9, None)] == ["forward", "forward", "reverse", "reverse"]
    assert {hessian_route(mode, n) for mode in ("reverse",) for n in (1, 1000, None)} == {"reverse"}


@pytest.mark.parametrize("n", [0, 1, 3, 8, 9, 33])
@pytest.mark.parametrize("widths", [(1, 1), (2, 8), (4, 8)])
def test_cost_of_hyper_dual_numbers_counts_the_blocks_of_the_driver(n, widths):
    rows, columns = widths
    blocks = sum(1 for row in range(0, n or 1, rows) for _ in range(row // columns * columns, n or 1, columns))
    plan = hessian("forward", n, widths, 16, COUNTED)
    assert plan.cost == pytest.approx(blocks * COUNTED.forward((rows + 1) * (columns + 1) - 1))


def test_cost_of_hessians_over_reverse():
    plan = hessian("reverse", 40, (1, 1), 16, COUNTED)
    assert plan.mode == "forward over reverse" and plan.cost == pytest.approx(3 * 2.0 * 1.8)
