"""Judges one row: the library against the reference, and the reference against a second opinion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .case import Case

RIGHT, REFUSED, FAILED, WRONG = "right", "refused", "failed", "wrong"
SMALL = 1e-3  # an element below this part of the largest one of its block is compared with that part
TINY = 1e-4  # and likewise of result over argument: derivatives that cancel to zero do so up to rounding


@dataclass(frozen=True)
class Verdict:
    """What came out for one row."""

    case: Case
    outcome: str
    error: float  # largest relative error of the derivative; nan where there is none
    reference: str
    second_opinion: float  # largest disagreement of reference and differences, in units of what is expected
    same_value: bool  # whether the value beside the derivative has the bits of the function's own
    seconds: float
    cause: str = ""


def active_rows(compiled: dict[str, Any]) -> np.ndarray:
    """Which numbers of a result are floats, from the types of the compiled run."""
    return np.repeat(np.array(compiled["active"], bool), compiled["sizes"])


def scales(matrix: np.ndarray, compiled: dict[str, Any], small: float = SMALL) -> np.ndarray:
    """Per element the size that its error is compared with.

    A block, one result leaf by one argument leaf, has one unit: a much smaller element is compared with a
    part of the largest one.
    """
    rows = [n for n, active in zip(compiled["sizes"], compiled["active"], strict=True) if active]
    value, points = np.abs(compiled["value"]), np.abs(compiled["points"])
    scale = np.zeros(matrix.shape)
    for i, n in zip(np.cumsum([0, *rows]), rows, strict=False):
        for j, m in zip(np.cumsum([0, *compiled["inputs"]]), compiled["inputs"], strict=False):
            block = np.abs(matrix[i : i + n, j : j + m])
            natural = np.max(value[i : i + n], initial=0) / (np.max(points[j : j + m], initial=0) or 1)
            scale[i : i + n, j : j + m] = max(small * np.max(block, initial=0), TINY * natural)
    return np.maximum(np.abs(matrix), scale)


def relative(found: np.ndarray, expected: np.ndarray, size: np.ndarray) -> float:
    """The largest error in units of `size`; two zeros agree, and anything against a nan does not."""
    difference = np.abs(found - expected)
    ratio = np.where(difference == 0, 0.0, difference / np.where(size == 0, np.finfo(float).tiny, size))
    return float(np.max(np.where(np.isnan(ratio), np.inf, ratio), initial=0.0))


def judge(case: Case, exact: dict[str, Any], compiled: dict[str, Any], library: dict[str, Any]) -> Verdict:
    """Compare the records of one row."""
    if compiled["status"] != "done":
        raise RuntimeError(f"{case.key} does not run under Numba: {compiled.get('message', 'crashed')}")
    differences, spread = (np.array(compiled[name]).T for name in ("columns", "errors"))
    if exact["status"] == "done":
        expected = np.array(exact["columns"]).T[active_rows(compiled)]
        kind = "formula" if case.formula else "program"
        size, accepted = scales(expected, compiled), case.rtol
        room = 10 * spread + max(1e-5, 100 * case.rtol) * scales(expected, compiled, small=1.0)
        second = float(np.max(np.abs(expected - differences) / room, initial=0.0))
    else:
        expected, kind, second = differences, "differences", float("nan")
        size = scales(expected, compiled)
        accepted = max(case.rtol, 10 * float(np.max(spread / size, initial=0.0)))

    def verdict(outcome: str, error: float, cause: str = "", same_value: bool = False) -> Verdict:
        return Verdict(case, outcome, error, kind, second, same_value, library.get("seconds", 0.0), cause)

    if library["status"] == "crashed":
        return verdict(FAILED, float("nan"), "the process ended (crash or time limit)")
    if library["status"] == "error":
        outcome = REFUSED if library["error"] == "UnsupportedError" else FAILED
        return verdict(outcome, float("nan"), f"{library['error']}: {library['message']}")
    found, value, own_value = (
        np.array(library["columns"]).T,
        np.array(library["value"]),
        np.array(compiled["value"]),
    )
    if found.shape != expected.shape or value.shape != own_value.shape:
        return verdict(WRONG, float("inf"), f"shape {found.shape} instead of {expected.shape}")
    same_value = np.array_equal(value, own_value, equal_nan=True)
    value_error = relative(value, own_value, np.abs(own_value))
    if value_error > case.rtol:
        return verdict(WRONG, value_error, f"the value itself differs by {value_error:.1e}")
    error = relative(found, expected, size)
    if error <= accepted:
        return verdict(RIGHT, error, same_value=same_value)
    return verdict(WRONG, error, f"relative error {error:.1e}, accepted {accepted:.0e}", same_value)
