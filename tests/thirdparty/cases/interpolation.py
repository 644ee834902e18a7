"""interpolation.py: functions generated from text inside `@overload`, chosen by Numba types."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case

NODES = np.array([0.0, 0.4, 1.1, 2.0, 3.0])
VALUES = np.array([0.2, 1.3, 0.7, 2.1, 1.0])
SLOPES = np.array([1.0, -0.4, 0.3, 0.2, -1.1])
INSIDE = np.array([0.3, 0.8, 2.4])
TABLE = np.array([[0.2, 1.3, 0.7, 2.1], [1.0, 0.4, -0.6, 0.9], [2.2, 1.7, 0.1, -0.3]])
EVEN = ((0.0, 2.0, 3), (0.0, 3.0, 4))
PLACES = np.array([[0.7, 1.2], [1.6, 2.4]])
COEFFICIENTS = np.array([0.1, 0.8, -0.4, 1.2, 0.6, 0.3, -0.2])
SURFACE = np.add.outer(np.array([0.1, 0.8, -0.4, 1.2, 0.5]), np.array([0.3, -0.2, 0.9, 0.4, -0.6, 0.7]) ** 2)
CHOSEN_BY_TYPE = "chooses its code by comparing Numba types with those of float arrays, which an array of duals is not"


def cell(nodes: Any, x: Any) -> tuple[int, Any]:
    """Index of the interval of `nodes` that holds `x`, and the position in it from 0 to 1."""
    i = max(k for k in range(len(nodes) - 1) if nodes[k] <= x or k == 0)
    return i, (x - nodes[i]) / (nodes[i + 1] - nodes[i])


def linear(nodes: Any, values: Any, points: Any) -> Any:
    found = [cell(nodes, x) for x in points]
    return [values[i] * (1 - t) + values[i + 1] * t for i, t in found]


def bilinear(nodes: Any, values: Any, point: Any) -> Any:
    (i, s), (j, t) = (cell(line, x) for line, x in zip(nodes, point, strict=True))
    low = values[i, j] * (1 - t) + values[i, j + 1] * t
    high = values[i + 1, j] * (1 - t) + values[i + 1, j + 1] * t
    return low * (1 - s) + high * s


def even_nodes(grid: Any) -> Any:
    return [[a + (b - a) * k / (n - 1) for k in range(n)] for a, b, n in grid]


def bilinear_even(grid: Any, values: Any, points: Any) -> Any:
    return [bilinear(even_nodes(grid), values, point) for point in points]


def cubic_even(grid: Any, coefficients: Any, points: Any) -> Any:
    """Tensor product of uniform cubic B-splines."""

    def weights(t: Any) -> Any:
        return (
            (1 - t) ** 3 / 6,
            (3 * t**3 - 6 * t**2 + 4) / 6,
            (1 + 3 * t + 3 * t**2 - 3 * t**3) / 6,
            t**3 / 6,
        )

    found = []
    for point in points:
        (i, s), (j, t) = (cell(line, x) for line, x in zip(even_nodes(grid), point, strict=True))
        found.append(
            sum(w * v * coefficients[i + p, j + q] for p, w in enumerate(weights(s)) for q, v in enumerate(weights(t)))
        )
    return found


CASES = [
    Case("interpolation:interp", (NODES, VALUES, INSIDE), (0, 1, 2), formula=linear, note="variable arguments"),
    Case(
        "interpolation:mlinterp",
        ((NODES[:3], NODES[:4]), TABLE, (0.7, 1.6)),
        (1, 2),
        formula=bilinear,
        note="tuple of arrays",
    ),
    Case("interpolation.splines:eval_linear", (EVEN, TABLE, PLACES), (1, 2), formula=bilinear_even),
    Case("interpolation.splines:eval_cubic", (EVEN, SURFACE, PLACES), (1, 2), formula=cubic_even),
    Case(
        "interpolation.splines.eval_cubic_numba:eval_cubic_spline_1",
        (np.array([0.0]), np.array([4.0]), np.array([5]), COEFFICIENTS, np.array([1.3])),
        (3, 4),
        note="cache=True",
    ),
    Case(
        "interpolation.splines.eval_cubic_numba:vec_eval_cubic_spline_2",
        (np.zeros(2), np.array([2.0, 3.0]), np.array([3, 4]), SURFACE, PLACES, np.zeros(2)),
        (3, 4),
        out=(5,),
        note="cache=True, constant matrices of the module",
    ),
    Case(
        "interpolation.splines.filter_cubic:filter_coeffs_1d",
        (np.array([1.5]), VALUES),
        (0, 1),
        note="banded solve in place",
    ),
    Case(
        "interpolation.splines.filter_cubic:filter_coeffs_2d",
        (np.array([1.5, 2.0]), TABLE),
        (0, 1),
        note="views as output arguments",
    ),
    Case(
        "interpolation.splines.hermite:HermiteInterpolationVect",
        (INSIDE, NODES, VALUES, SLOPES),
        (0, 1, 2, 3),
        note="np.searchsorted",
    ),
    Case(
        "interpolation.complete_poly:_complete_poly_impl_vec",
        (np.array([0.7, -1.2, 0.4]), 3, np.zeros(20)),
        (0,),
        out=(2,),
    ),
]
