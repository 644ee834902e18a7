"""The verdict on one case: right, refused, wrong, crashed or unsuitable, with what was expected and what came."""

import random
import re
import traceback
from dataclasses import dataclass

import numba as nb
import numpy as np

import dualad as ad
from tests.oracle import leaves
from tests.reverse import judge
from tests.reverse.programs import Case, load

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Verdict:
    """What became of a case.

    Parameters
    ----------
    kind : str
        "right", "refused", "wrong value", "wrong", "crashed" or "unsuitable".
    reason : str
        By which cases of a kind are grouped.
    detail : str
    """

    kind: str
    reason: str = ""
    detail: str = ""

    @property
    def group(self):
        """Kind and reason: a smaller program shows the same fault if it has the same group."""
        return self.kind, self.reason


def verdict_on(case, method="reverse", jitted=False):
    """Judge a case.

    Parameters
    ----------
    case : Case
    method : str
        "reverse", "forward", or "complex", which checks the oracle by a complex step.
    jitted : bool
        Compile the adjoint instead of running it by plain Python.
    """
    try:
        reference = judge.by_numbers(case)
    except judge.Unsuitable as reason:
        return Verdict("unsuitable", str(reason)[:60])
    rng = random.Random(case.source)
    seeds = judge.seeds_of(reference, rng)
    try:
        expected_values, expected, values, actual = METHODS[method](case, reference, seeds, jitted)
    except ad.errors.UnsupportedError as refusal:
        reason = re.sub("`[^`]*`", "_", f"{refusal.what}: {refusal.reason}")  # names differ, and make no other reason
        return Verdict("refused", reason[:150], str(refusal))
    except judge.Unsuitable as reason:
        return Verdict("unsuitable", str(reason))
    except Exception as error:
        if not compiles(case):
            return Verdict("unsuitable", "Numba does not compile the program")
        return Verdict("crashed", _where(error), traceback.format_exc())
    kind = "right"
    if not judge.near(values, expected_values, TOLERANCE):
        kind = "wrong value"
    elif not judge.near(actual, expected, TOLERANCE):
        kind = "wrong"
    if kind != "right" and not steady(case, reference):
        return Verdict("unsuitable", "magnifies rounding")
    if kind != "right" and not judge.near(values_by_numba(case), reference.values, TOLERANCE):
        return Verdict("unsuitable", "Numba compiles another program")
    detail = f"expected {expected_values} {expected}\ngot      {values} {actual}"
    return Verdict(kind, "", "" if kind == "right" else detail)


def _by_reverse(case, reference, seeds, jitted):
    values, cotangents = judge.by_reverse_mode(case, seeds, jitted)
    return reference.values, reference.cotangents(seeds), values, cotangents


def _by_forward(case, reference, seeds, jitted):
    blocks = judge.by_forward_mode(case)
    return [], sum(reference.blocks, []), [], sum(blocks, [])


def _by_complex_step(case, reference, seeds, jitted):
    draw = np.random.default_rng(len(case.source))
    direction = [draw.normal(size=np.shape(case.args()[k])) for k in case.argnums]
    tangents = judge.by_complex_step(case, direction)
    if tangents is None:
        raise judge.Unsuitable("not analytic")
    expected = [
        sum(np.tensordot(block, d, axes=np.ndim(d)) for block, d in zip(row, direction, strict=True))
        for row in reference.blocks
    ]
    return [], expected, [], tangents


METHODS = {"reverse": _by_reverse, "forward": _by_forward, "complex": _by_complex_step}


def compiles(case):
    """Whether Numba compiles the program as it stands."""
    args = case.args()
    try:
        nb.njit(load(case)).compile(tuple(nb.typeof(a) for a in args))
    except Exception:
        return False
    return True


def values_by_numba(case):
    """What the compiled program returns.

    Numba 0.68 loses some stores from functions that hold a closure or a comprehension: through the rows of
    `for row in y`, and in-place operations on arguments whose operand a conditional expression gives.
    """
    args = case.args()
    result = nb.njit(load(case))(*args)
    return [args[k] for k in case.out_argnums] if case.out_argnums else leaves(result)


def steady(case, reference):
    """Whether the derivative hardly moves when the point does: else rounding alone explains a disagreement."""
    text = f"tuple(a * (1 + 1e-13) if not isinstance(a, int) else a for a in {case.point})"
    try:
        moved = judge.by_numbers(Case(case.source, text, case.argnums, case.out_argnums))
    except judge.Unsuitable:
        return False
    return judge.near(sum(moved.blocks, []), sum(reference.blocks, []), TOLERANCE / 10)


def _where(error):
    """The exception's type and the place that raised it, which tells one fault from another."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    name = frame.filename.rsplit("/", 1)[-1]
    place = f"{name}:{frame.name}" if not name.startswith("<") else name.split(" ")[0]
    message = re.sub("['`][^'`]*['`]", "_", str(error).splitlines()[0]) if str(error) else ""
    return f"{type(error).__name__} in {place}: {message[:80]}"
