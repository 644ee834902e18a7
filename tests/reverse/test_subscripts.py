"""What is assumed of subscripts is true, and what is true is found where it matters."""

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.program import build
from dualad.reverse.places import Places
from dualad.reverse.subscripts import Subscripts

VECTOR = nb.float64[::1]


def assumed(function, *kinds):
    """Names of the variables that the compiler is told about."""
    return {var.name for var in Subscripts(Places(build(function, kinds))).assumed}


def triangle(x, y):
    s = 0.0
    position = 0
    for i in range(x.size):
        for j in range(i + 1, x.size):
            s += y[position] * x[j] * x[i]
            position += 1
    return s


def test_position_that_is_carried_through_loops():
    found = assumed(triangle, VECTOR, VECTOR)
    assert any(name.startswith("position") for name in found)
    assert any(name.startswith("j") for name in found)
    assert not any(name == "i" for name in found), "the compiler knows it"


def falling(x, n):
    p = n
    s = 0.0
    for i in range(3):
        s += x[p] * x[i - n] * x[n - i]
        p -= 1
    return s


def steps_from_data(x, steps):
    p = 0
    s = 0.0
    for k in range(steps.size):
        s += x[p]
        p += steps[k]
    return s


def hashed(x):
    h = 1
    s = 0.0
    for i in range(40):
        h = h * 31 + 7
        s += x[h >> 63] * (i + 1)
    return s


def doubling(x):
    a, b = 0, 1
    s = 0.0
    for i in range(100):
        a, b = b, a + b
        s += x[b >> 63] * i
    return s


def backwards(x, n):
    s = 0.0
    for i in range(n, -3, -1):
        s += x[i]
    return s


def difference_of_another_loop(x):
    s = 0.0
    for i in range(2, 4):
        for j in range(i, 4):
            s += x[j - i] * x[i - j]
    return s


@pytest.mark.parametrize(
    ("function", "kinds"),
    [
        (falling, (VECTOR, nb.int64)),
        (steps_from_data, (VECTOR, nb.int64[::1])),
        (hashed, (VECTOR,)),
        (doubling, (VECTOR,)),
        (backwards, (VECTOR, nb.int64)),
    ],
)
def test_nothing_is_assumed_of_what_may_be_negative(function, kinds):
    assert assumed(function, *kinds) == set()


def test_a_difference_is_natural_only_one_way_round():
    names = assumed(difference_of_another_loop, VECTOR)
    assert len(names) == 1  # `j - i`, but not `i - j`


def test_overflow_keeps_its_sign():
    """64 bits wrap around; plain Python cannot be asked."""
    x = np.array([0.5, 1.5])
    expected, h = np.zeros(2), 1
    for i in range(40):
        h = (h * 31 + 7 + 2**63) % 2**64 - 2**63
        expected[h >> 63] += i + 1
    assert np.array_equal(ad.grad(hashed, mode="reverse")(x), expected)
    assert 0 < expected[0] < expected.sum()
