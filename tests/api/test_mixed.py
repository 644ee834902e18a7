"""Mixed mode: Jacobians of functions through narrow places, against closed forms and forward mode."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from numba import float64, int64, njit

import dualad as ad
from dualad.errors import ArgumentError, OutputError, UnsupportedError
from dualad.reverse.cuts import Parts
from tests.compare import assert_close
from tests.scenarios import SCENARIOS
from tests.scenarios.corpus import reference_of


def waist(x, m):
    """n inputs, three sums of them, m outputs."""
    sums = np.zeros(3)
    for i in range(x.size):
        sums[0] += math.sin(x[i])
        sums[1] += x[i] * x[i]
        sums[2] += math.exp(-x[i])
    out = np.empty(m)
    for i in range(m):
        out[i] = sums[0] * math.cos(0.1 * i * sums[1]) + sums[2] * i
    return out


def waist_jacobian(x, m):
    i = np.arange(m)[:, None]
    a, b = np.sum(np.sin(x)), np.sum(x * x)
    by_sums = np.hstack([np.cos(0.1 * i * b), -a * 0.1 * i * np.sin(0.1 * i * b), i + 0.0 * b])
    return by_sums @ np.stack([np.cos(x), 2.0 * x, -np.exp(-x)])


def test_auto_cuts_a_function_with_a_waist_and_says_where():
    jacobian, x = ad.jacobian(waist), np.linspace(-1.0, 1.0, 300)
    plan = jacobian.plan(x, 300)
    assert plan.mode == "mixed" and "300 -> 3 in reverse, 3 -> 300 forward" in plan.reason
    assert_close(jacobian(x, 300), waist_jacobian(x, 300), 1e-13, "300 -> 3 -> 300")
    few = x[::40].copy()
    assert jacobian.plan(few, 300).mode == "forward"
    assert_close(jacobian(few, 300), waist_jacobian(few, 300), 1e-13, "few inputs")


@pytest.mark.full
def test_a_chain_of_matrix_products():
    def f(x, a, b, c):
        return np.dot(c, np.sin(np.dot(b, np.tanh(np.dot(a, x)))))

    rng = np.random.default_rng(1)
    x, a, b, c = rng.normal(size=5), rng.normal(size=(2, 5)), rng.normal(size=(4, 2)), rng.normal(size=(6, 4))
    inner = np.tanh(a @ x)
    exact = c @ (np.cos(b @ inner)[:, None] * b) @ ((1.0 - inner**2)[:, None] * a)
    value, found = ad.value_and_jacobian(f, mode="mixed")(x, a, b, c)
    assert_close(found, exact, 1e-14, "chain")
    np.testing.assert_array_equal(value, njit(f)(x, a, b, c))


class Pair(NamedTuple):
    scale: float
    points: np.ndarray


def test_numbers_cross_and_arguments_and_results_have_any_form():
    def f(pair, shift, m):
        total, size = 0.0, pair.points.size
        for i in range(pair.points.shape[0]):
            for j in range(pair.points.shape[1]):
                total += pair.points[i, j] ** 2 * pair.scale
        spread = math.sqrt(total) + shift
        out = np.empty((m, 2))
        for i in range(m):
            out[i, 0], out[i, 1] = spread * i, total * spread + size
        return out, spread

    pair = Pair(0.5, np.arange(1.0, 7.0).reshape(2, 3))
    mixed = ad.value_and_jacobian(f, argnums=(0, 1), mode="mixed")(pair, 0.3, 4)
    forward = ad.value_and_jacobian(f, argnums=(0, 1), mode="forward")(pair, 0.3, 4)
    assert type(mixed[1][0][0]) is Pair

    def flat(value):
        return [part for v in value for part in flat(v)] if isinstance(value, tuple) else [np.asarray(value)]

    for one, other in zip(flat(mixed), flat(forward), strict=True):
        assert one.shape == other.shape
        assert_close(one, other, 1e-13, "any form")


def test_zero_slopes_meet_infinite_ones():
    def f(x, m):
        total = 0.0
        for i in range(x.size):
            total += x[i] * x[i]
        root = math.sqrt(total)
        out = np.zeros(m)
        for i in range(m):
            out[i] = root * i
        return out

    x = np.zeros(3)
    np.testing.assert_array_equal(ad.jacobian(f, mode="mixed")(x, 3), ad.jacfwd(f)(x, 3))


def refuses(f, *args):
    with pytest.raises(UnsupportedError, match="in mixed mode"):
        ad.jacobian(f, mode="mixed")(*args)
    np.testing.assert_allclose(ad.jacobian(f)(*args), ad.jacfwd(f)(*args), rtol=1e-12, err_msg=f.__name__)


def test_functions_that_cannot_be_cut():
    def reads_inputs_again(x):
        total = np.sum(x)
        return np.sin(total) * x

    def overwrites_its_argument(x):
        total = 0.0
        for i in range(x.size):
            total += x[i]
            x[i] = 1.0
        out = np.empty(2)
        out[0], out[1] = total, 2.0 * total + x.size
        return out

    def hands_on_a_view(x):
        first = x[:2]
        return first * first[0]

    for f in (reads_inputs_again, overwrites_its_argument, hands_on_a_view):
        refuses(f, np.linspace(1.0, 2.0, 12))


def test_an_array_made_before_a_cut_and_filled_behind_it():
    def f(x, m):
        out, other = np.zeros(m), np.ones(m)
        total = 0.0
        for i in range(x.size):
            total += math.exp(x[i])
        for i in range(m):
            out[i] += total * other[i] * i
            other[i] = total
        return out + other

    x = np.linspace(0.0, 1.0, 7)
    exact = (np.arange(5.0) + 1.0)[:, None] * np.exp(x)
    assert_close(ad.jacobian(f, mode="mixed")(x, 5), exact, 1e-14, "made before")


def test_what_is_filled_on_both_sides_flows_across_the_cut_or_prevents_it():
    def f(x, m):
        table = np.zeros(m)
        for i in range(m):
            table[i] = 0.5 * i
        total = 0.0
        for i in range(x.size):
            total += x[i] * x[i]
        for i in range(m):
            table[i] += total
        return table * total

    cuts = Parts(f, (float64[::1], int64), (0,)).cuts
    assert [[var.name for var in cut.crossing] for cut in cuts] == [["table", "total"]], "behind the last loop alone"
    x = np.linspace(0.0, 1.0, 7)
    exact = (2.0 * (x @ x) + 0.5 * np.arange(4.0))[:, None] * 2.0 * x
    assert_close(ad.jacobian(f, mode="mixed")(x, 4), exact, 1e-14, "filled on both sides")


def test_where_mixed_mode_is_not_offered():
    jacobian = ad.jacobian(waist, mode="mixed")
    with pytest.raises(UnsupportedError, match="jitted code"):
        njit(lambda x: jacobian(x, 3))(np.ones(4))
    with pytest.raises(ArgumentError, match="mode"):
        ad.grad(waist, mode="mixed")
    with pytest.raises(UnsupportedError, match="in mixed mode"):
        jacobian(np.ones(4, np.float32), 3)


@pytest.mark.full
@pytest.mark.parametrize("s", [s for s in SCENARIOS if s.out_argnums is None], ids=str)
def test_corpus_in_mixed_mode(s):
    """Right wherever a program can be cut: some 40 % of them."""
    try:
        found = ad.jacobian(s.function, s.argnums, mode="mixed")(*s.args())
    except (ArgumentError, OutputError, UnsupportedError) as refusal:
        pytest.skip(str(refusal).splitlines()[0])
    assert_close(found, reference_of(s, s.args()), 10 * s.tolerance, s.name)


def test_parts_put_together_do_what_the_whole_does():
    x, m = np.linspace(0.2, 1.4, 6), 3
    parts = Parts(waist, (float64[::1], int64), (0,))
    assert parts.crossed(parts.sizes()(x, m)) == [3] * len(parts.cuts)
    for cut in parts.cuts:
        crossing = parts.part(0, cut.position).function(x, m)
        (y,) = parts.part(cut.position, parts.end).function(x, m, *crossing)
        np.testing.assert_allclose(y, waist(x, m), rtol=1e-14)
