"""Taylor coefficients of every rule of the table, to order 6 written out and beyond in loops, against mpmath."""

import mpmath as mp
import numpy as np
import pytest

import dualad as ad
from dualad.numbers.orders import WRITTEN_OUT
from dualad.rules import RULES
from tests.rules import oracle
from tests.rules.compare import active, points
from tests.sampling import some

ORDER, IN_LOOPS = 6, 11
DIRECTION = (1.0, -0.5, 0.25)
#: Coefficients along a line may cancel between arguments, or pass through 0 (that of tan at 0): digits are lost beside the
#: largest term of the sum, which the neighbours tell the size of.
TOLERANCE = 2e-13

# `clip` is a rule without a callable of its own; its coefficients are those of selections.
RULES_WITH_CALLS = {name: rule for name, rule in RULES.items() if rule.calls}
every_rule = pytest.mark.parametrize("rule", RULES_WITH_CALLS.values(), ids=RULES_WITH_CALLS)


def expansion(rule, order):
    """`taylor` of the primitive by all arguments but whole numbers."""
    names = ", ".join(rule.arguments)
    namespace = {"call": rule.calls[0]}
    exec(f"def primitive({names}):\n    return call({names})\n", namespace)
    return ad.taylor(namespace["primitive"], order, tuple(active(rule)))


def coefficients(rule, point, order):
    """The same by mpmath."""
    with mp.workdps(60):
        exact = [mp.mpf(x) for x in point]
        moving = active(rule)
        if rule.name in oracle.CLOSED:
            slopes = (oracle.CLOSED[rule.name](k, *exact) / mp.factorial(k) for k in range(1, order + 1))
            return [oracle.PRIMALS[rule.name](*exact), *slopes]

        def along(t):
            moved = [x + t * DIRECTION[moving.index(k)] if k in moving else x for k, x in enumerate(exact)]
            return oracle.PRIMALS[rule.name](*moved)

        return mp.taylor(along, 0, order)


def inner(rule, count):
    """Sampled points that are no edges."""
    edges = set(rule.edges)
    return [p for p in points(rule, count) if p not in edges]


def wrong(rule, order, count):
    function, found = expansion(rule, order), []
    for point in inner(rule, count):
        given = [int(x) if name == "n" else x for name, x in zip(rule.arguments, point, strict=True)]
        got = function(*given, DIRECTION[: len(active(rule))])
        want = np.array([float(mp.re(c)) for c in coefficients(rule, point, order)])
        size = np.abs(want)
        scale = np.maximum(size, np.maximum(np.append(size[1:], 0.0), np.insert(size[:-1], 0, 0.0)))
        if not np.all(np.abs(got - want) <= TOLERANCE * scale):
            found.append((point, got, want, np.abs(got - want) / scale))
    return found


@pytest.mark.parametrize("rule", some(list(RULES_WITH_CALLS.values()), 2))
def test_coefficients_of_every_rule(rule):
    assert wrong(rule, ORDER, 3) == []


@pytest.mark.full
@every_rule
def test_coefficients_of_every_rule_in_loops(rule):
    assert IN_LOOPS > WRITTEN_OUT
    assert wrong(rule, IN_LOOPS, 2) == []
