"""Random programs with their outermost loops marked: the same bits for every schedule, and what comes without the marks."""

import re
import warnings
from dataclasses import dataclass, replace

import numba as nb
import numpy as np

from dualad.errors import UnsupportedError
from dualad.reverse import adjoint
from tests.reverse.judge import limited, plain
from tests.reverse.programs import load

WHILE = re.compile(r"^((?:    ){1,4})while (.*):$")
LOOP = re.compile(r"^((?:    ){1,3})for (\w+) in (range\(.*\)):$")
MODULE = "import dualad as ad\n"


@dataclass(frozen=True)
class Comparison:
    """`kind` is "same", "other", "refused", "unmarked" or "unsuitable"; `detail` says what was found."""

    kind: str
    detail: str = ""


def mark(case, options, nested=False, only=None):
    """The program with the loops of its main function marked, without `nested` those in no other loop, and how many these are.

    With `nested`, a `while` becomes an endless loop with a `break`. With `only`, the loop of that number alone is marked.
    """
    head, main, body = case.source.partition("def f(")
    lines, loops, inside, written = [], 0, None, body.splitlines()
    for number, line in enumerate(written):
        depth = len(line) - len(line.lstrip())
        if inside is not None and line.strip() and depth <= inside:
            inside = None
        found = LOOP.match(line)
        if (inside is None or nested) and re.match(r"\s*(for|while) ", line):
            inside = depth if inside is None else inside
            if found and only in (None, loops):
                line = f"{found[1]}for {found[2]} in ad.checkpointed({found[3]}, {options}):"
            loops += bool(found)
        endless = WHILE.match(line) if nested and only is None else None
        if endless and not _has_else(written, number):
            pad, condition = endless.groups()
            line = f"{pad}for _ in ad.checkpointed({options}):\n{pad}    if not ({condition}):\n{pad}        break"
            loops += 1
        lines.append(line)
    return replace(case, source=MODULE + head + main + "\n".join(lines) + "\n"), loops


def _has_else(lines, number):
    """Whether the loop that begins in a line has an `else`, which a `break` would leave out."""
    depth = len(lines[number]) - len(lines[number].lstrip())
    after = next((s for s in lines[number + 1 :] if s.strip() and len(s) - len(s.lstrip()) <= depth), "")
    return after.strip() == "else:"


def cotangents(case, jitted=False):
    """Values and cotangents of a program for cotangents of its outputs that are all different."""
    function, args = load(case), case.args()
    kinds = tuple(nb.typeof(a) for a in args)
    made = adjoint(function, kinds, case.argnums, out_argnums=case.out_argnums, seeded=True, with_value=True)
    result = function(*case.args()) if not case.out_argnums else None
    outputs = (
        [args[k] for k in case.out_argnums] if case.out_argnums else result if isinstance(result, tuple) else (result,)
    )
    seeds = [np.cos(1.0 + np.arange(np.size(o))).reshape(np.shape(o)) if np.ndim(o) else 0.7 for o in outputs]
    run = nb.njit(error_model="numpy")(made.function) if jitted else plain(made.function)
    with limited(20.0):
        return run(*case.args(), *seeds)


def compare(case, jitted=False):
    """Compare a random program with and without marks, whose short loops are written out then, and with several schedules."""
    schedules = [mark(case, options)[0] for options in ("memory=10**6", "snapshots=1", "snapshots=2")]
    schedules += [mark(case, options, nested=True)[0] for options in ("memory=10**6", "snapshots=2")]
    if not mark(case, "", nested=True)[1]:
        return Comparison("unmarked")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            expected = cotangents(case, jitted)
        except Exception as error:
            return Comparison("unsuitable", repr(error))
        try:
            found = [cotangents(marked, jitted) for marked in schedules]
        except UnsupportedError as error:
            return Comparison("refused", f"{error.what}: {error.reason}")
        except ValueError as error:
            if "changes its shape" in str(error):  # which only shows when running
                return Comparison("refused", str(error))
            raise
    same = all(
        np.array_equal(a, b, equal_nan=True) for other in found[1:] for a, b in zip(found[0], other, strict=True)
    )
    near = all(np.allclose(a, b, 1e-11, 1e-11, equal_nan=True) for a, b in zip(found[0], expected, strict=True))
    return Comparison("same") if same and near else Comparison("other", f"{found}\n{expected}\n{schedules[1].text()}")
