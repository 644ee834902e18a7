"""Random programs: reverse mode against the program run on dual numbers by plain Python.

`python -m tests.reverse.campaign` runs as many as one likes, and makes what it finds small.
"""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reverse.campaign import FAULTS
from tests.reverse.minimise import minimise
from tests.reverse.programs import Case, generate
from tests.reverse.verdicts import Verdict, verdict_on

PLAIN = settings(
    max_examples=100,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)


def check(case, method="reverse", jitted=False):
    verdict = verdict_on(case, method, jitted)
    assert verdict.kind not in FAULTS, f"{verdict.kind}: {verdict.reason}\n{case.text()}\n{verdict.detail}"
    return verdict


@PLAIN
@given(st.randoms(use_true_random=False))
def test_adjoint_run_by_plain_python(rng):
    check(generate(rng))


@pytest.mark.parametrize("block", [pytest.param(k, marks=[pytest.mark.full] if k else []) for k in range(4)])
def test_adjoint_compiled(block):
    for seed in range(5 * block, 5 * block + 5):
        check(generate(random.Random(seed)), jitted=True)


@pytest.mark.full
@pytest.mark.parametrize("block", range(100))
def test_many_adjoints(block):
    """Ten thousand by plain Python, a thousand compiled; of those that can be judged, one in twenty may be refused."""
    verdicts = [check(generate(random.Random(seed))) for seed in range(100 * block, 100 * block + 100)]
    for seed in range(10 * block, 10 * block + 10):
        check(generate(random.Random(100_000 + seed)), jitted=True)
    judged = [v for v in verdicts if v.kind != "unsuitable"]
    assert len(judged) > 80
    assert sum(v.kind == "refused" for v in judged) <= 0.1 * len(judged)


# -- the judges themselves


def test_oracle_agrees_with_complex_steps_of_whole_programs():
    kinds = [verdict_on(generate(random.Random(seed)), "complex") for seed in range(150)]
    assert [v for v in kinds if v.kind in FAULTS] == []
    assert sum(v.kind == "right" for v in kinds) > 30


@pytest.mark.parametrize("seed", range(3))
def test_oracle_agrees_with_forward_mode(seed):
    check(generate(random.Random(seed), statements=8), "forward")


def test_most_programs_can_be_judged():
    """And they hold what adjoints have stumbled over."""
    cases = [generate(random.Random(seed)) for seed in range(300)]
    text = "\n".join(case.source for case in cases)
    for construct in (
        "while True:",
        "break",
        "continue",
        "return",
        "else:",
        "elif",
        ":=",
        "zip(",
        "enumerate(",
        "[::-1]",
        ".T",
        "+=",
        "/=",
    ):
        assert text.count(construct) > 10, construct


def test_a_wrong_derivative_is_found_and_made_small():
    """A judge that sees `x[0] *= ...` as wrong: everything else has to go."""
    lines = [
        "s = a * 2.0",
        "for i in range(3):",
        "    if s > 0.1:",
        "        x[0] *= a",
        "        s += 1.0",
        "return s",
    ]
    source = "\n    ".join(["def f(x, y, a, n):", *lines])
    case = Case(source, "(None,)", (0,))

    def verdict(case):
        return Verdict("wrong" if "x[0] *=" in case.source else "right")

    small = minimise(case, ("wrong", ""), verdict, seconds=10.0)
    assert len(small.source.splitlines()) == 2
    assert "x[0] *=" in small.source
