"""Compares what the table says with mpmath, point by point."""

import itertools
import math
import random

import mpmath as mp
import numpy as np

from dualad.rules.evaluate import FLOAT, partial_at
from tests.rules import oracle
from tests.rules.conventions import EXPECTED, at

TOLERANCE = 1e-13  # relative
SAMPLES = 8
#: Below, floats have fewer digits: the smallest normal number.
TINY = 2.3e-308


def points(rule, samples=SAMPLES):
    """Sampled points of a rule, integers where an argument is one, and then its edge points."""
    draw = random.Random(rule.name)
    for _ in range(samples):
        sample = [draw.uniform(low, high) for low, high in rule.samples]
        yield tuple(float(round(x)) if name == "n" else x for name, x in zip(rule.arguments, sample, strict=True))
    yield from rule.edges


def active(rule):
    """Indices of the arguments that can be differentiated by: all but integers."""
    return [k for k, name in enumerate(rule.arguments) if name != "n"]


def multi_indices(rule, orders=(1, 2)):
    return [i for order in orders for i in itertools.combinations_with_replacement(active(rule), order)]


def primal(rule, point):
    """What the primitive itself returns: the `r` of the expressions."""
    if rule.name == "clip":
        return np.clip(*point)
    if rule.name == "ldexp":
        return math.ldexp(point[0], int(point[1]))
    with np.errstate(all="ignore"):
        return FLOAT[rule.name](*map(np.float64, point))


def expected(rule, indices, point):
    row = EXPECTED.get(at(rule.name, point))
    if row is None:
        return oracle.derivative(rule, indices, point)
    firsts, seconds = row
    return firsts[indices[0]] if len(indices) == 1 else seconds.get(indices, 0)


def close(got, want, tolerance=TOLERANCE):
    """Relative agreement; nan only with nan, an infinity only with itself, 0 only with 0."""
    if mp.isnan(want) or np.isnan(got):
        return bool(mp.isnan(want) and np.isnan(got))
    if mp.isinf(want) or np.isinf(got):
        return bool(mp.mpmathify(complex(got)) == want)
    return bool(abs(mp.mpmathify(complex(got)) - want) <= (max(tolerance * abs(want), TINY) if want else 0))


def failures(rule, orders=(1, 2), tolerance=TOLERANCE, at_points=None):
    """Every partial of a rule that is wrong at a point, as a sentence."""
    found = []
    for point in points(rule) if at_points is None else at_points:
        result = primal(rule, point)
        for indices in multi_indices(rule, orders):
            got, want = partial_at(rule, indices, point, result), expected(rule, indices, point)
            if not close(got, want, tolerance):
                found.append(f"{rule.name}{point} by {indices}: {got!r}, expected {mp.nstr(want, 20)}")
    return found
