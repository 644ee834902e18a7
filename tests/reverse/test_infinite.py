"""Infinite slopes below which nothing moves: reverse mode gives 0 as forward mode does, and infinity where that is right."""

import math

import numpy as np
import pytest

import dualad as ad


def numbers(x):
    """Sum of terms that the elements do not move; most of them have an infinite slope inside."""
    total = math.sqrt(abs(x[0])) + math.sqrt(x[1] * x[1]) + math.log(x[2] ** 3 + 0.0) + math.sqrt(max(x[3], 0.0))
    total += math.sqrt(max(x[4], 0.0) * x[5] + 0.0) + math.log(-min(x[6], 0.0))
    total += 1.0 / (math.sin(x[7]) * math.sin(x[7])) + math.acos(math.cos(x[8]))
    return total + math.sqrt(2.0 * (1.0 - math.cos(x[9])) / 3.0)


def arrays(x):
    return np.sum(np.sqrt(np.maximum(x[:2], 0.0))) + np.sqrt(np.sum(x[2:4] * x[2:4])) + np.sum(x[4:] ** 2) ** 0.5


def distances(x):
    """Sum of the distances of points, each one from itself too; by a store, a sum that a loop carries, and a view."""
    n, total, squares = x.shape[0], 0.0, np.zeros(2)
    for i in range(n):
        for j in range(n):
            for k in range(2):
                squares[k] = (x[i, k] - x[j, k]) ** 2
            square = 0.0
            for k in range(2):
                square += squares[k]
            total += math.sqrt(square)
    return total


def something_moves(x):
    """Two slopes each: infinite, and 0 or finite."""
    total = math.sqrt(x[0]) + 0.0 * x[1] + math.sqrt(2.0 * x[2]) * x[3] + math.sqrt(x[4] * x[5])
    return total + math.sqrt(max(x[6], -1.0) * x[7])


NOTHING = np.array([0.0, 0.0, 0.0, -1.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (numbers, NOTHING, np.zeros(NOTHING.size)),
        (arrays, np.array([-1.0, -2.0, 0.0, 0.0, 0.0, 0.0]), np.zeros(6)),
        (distances, np.array([[0.0, 0.0], [3.0, 4.0]]), [[-1.2, -1.6], [1.2, 1.6]]),
        (something_moves, np.array([0.0, 3.0] * 4), [math.inf, 0.0] * 4),
    ],
)
def test_slopes(f, x, expected, mode):
    np.testing.assert_allclose(ad.grad(f, mode=mode)(x), expected, rtol=1e-15)


def test_a_partial_that_no_direction_moves():
    """In the Hessian times a vector, a product of two plain numbers stands among numbers that carry derivatives."""

    def f(x, days):
        return 5.0 * (x / (1.0 + days)) + x * x * x

    assert ad.hvp(f, mode="reverse")(2.0, 3, 1.0) == 12.0
