"""The judge of the run over published packages: what it accepts and what it must not."""

from __future__ import annotations

import numpy as np
import pytest

from tests.thirdparty.case import Case
from tests.thirdparty.compare import FAILED, REFUSED, RIGHT, WRONG, judge

CASE = Case("package:function", (2.0, np.ones(2)), (0, 1))
JACOBIAN = np.array([[3.0, 0.5, -2e-5], [4e6, 0.0, 7.0]])  # two results of different units, one float, one pair
COMPILED = {
    "status": "done",
    "value": [1.0, 2e6],
    "columns": JACOBIAN.T.tolist(),
    "errors": np.full((3, 2), 1e-7).tolist(),
    "sizes": [1, 1, 1],
    "active": [True, False, True],  # an integer between two floats
    "points": [2.0, 1.0, 1.0],
    "inputs": [1, 2],
}
EXACT = {"status": "done", "columns": np.insert(JACOBIAN, 1, 0.0, axis=0).T.tolist()}


def outcome(jacobian: np.ndarray, value: tuple[float, float] = (1.0, 2e6)) -> str:
    library = {"status": "done", "value": list(value), "columns": jacobian.T.tolist(), "seconds": 1.0}
    return judge(CASE, EXACT, COMPILED, library).outcome


def test_rounding_is_accepted() -> None:
    verdict = judge(CASE, EXACT, COMPILED, {**COMPILED, "columns": (JACOBIAN * (1 + 1e-13)).T.tolist()})
    assert verdict.outcome == RIGHT
    assert verdict.same_value
    assert verdict.second_opinion < 1


@pytest.mark.parametrize("element", [(0, 0), (0, 1), (0, 2), (1, 0), (1, 2)])
def test_five_hundredths_of_a_percent_are_wrong(element: tuple[int, int]) -> None:
    changed = JACOBIAN.copy()
    changed[element] *= 1.0005
    assert outcome(changed) == WRONG


def test_something_in_place_of_zero_is_wrong() -> None:
    changed = JACOBIAN.copy()
    changed[1, 1] = 1e-2
    assert outcome(changed) == WRONG


def test_nan_is_wrong() -> None:
    assert outcome(np.where(JACOBIAN == 3.0, np.nan, JACOBIAN)) == WRONG


def test_missing_column_is_wrong() -> None:
    assert outcome(JACOBIAN[:, :2]) == WRONG


def test_wrong_value_is_wrong() -> None:
    assert outcome(JACOBIAN, value=(1.0, 2.1e6)) == WRONG


def test_refusals_and_failures_are_told_apart() -> None:
    refused = {"status": "error", "error": "UnsupportedError", "message": "why: ..."}
    failed = {"status": "error", "error": "LoweringError", "message": "..."}
    assert judge(CASE, EXACT, COMPILED, refused).outcome == REFUSED
    assert judge(CASE, EXACT, COMPILED, failed).outcome == FAILED
    assert judge(CASE, EXACT, COMPILED, {"status": "crashed"}).outcome == FAILED


def test_doubtful_reference_shows() -> None:
    doubtful = {**EXACT, "columns": (np.array(EXACT["columns"]) * 1.01).tolist()}
    assert judge(CASE, doubtful, COMPILED, {"status": "crashed"}).second_opinion > 1
