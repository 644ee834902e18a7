"""What a branch that leaves its loop by `break` has read by then is recorded on that way too.

Numba makes such a branch of `continue` in a `while` loop: its condition is asked again at each end of the body.
"""

import numpy as np
import pytest

import dualad as ad
from tests.reverse.programs import Case
from tests.reverse.random_exits import check
from tests.reverse.verdicts import verdict_on

POINT = "(np.array([0.44, -0.522]), np.array([0.822, 0.918]), 2)"
HEAD = """
    total = x[0] * x[1]
    count = 0
    v, w = 0.5, x[1]
    while count < 3:
        count += 1
        if x[0] < y[count % 2] < 0.28:
            continue
"""
BODIES = {
    "index": """
        for trip in range(n):
            pass
        total += np.sin(y[trip] * x[trip])
""",
    "number": """
        for trip in range(n):
            v = np.sin(v * x[trip])
        total += v * v * y[1]
""",
    "number_that_is_carried": """
        for trip in range(n):
            w = np.sin(w * x[trip] + count)
        total += w * w * y[1]
        w = w + total
""",
    "truth": """
        for trip in range(n):
            high = y[trip] * count > 1.5
        if high:
            total += np.sin(total * x[0])
        total *= y[1]
""",
    "complex_number": """
        z = 1j * x[0]
        for trip in range(n):
            z = z * z + x[trip] + count
        total += (z * z).real * y[1]
""",
    "many_numbers": """
        a = b = c = d = e = f_ = g = h = p = q = x[0]
        for trip in range(n):
            a, b, c, d, e = np.sin(q * a), np.cos(a), np.sin(b * b), np.cos(c * x[1]), np.sin(d)
            f_, g, h, p, q = np.sin(e * a), np.cos(f_), np.sin(g * b), np.cos(h * x[1]), np.sin(p * y[0])
        total += a * b * c * d * e * f_ * g * h * p * q + a * a + q * q * total
""",
    "array": """
        u = x * count
        for trip in range(n):
            u = np.sin(u * y)
        total += u[0] * u[0] * u[1]
""",
    "loop_in_a_loop": """
        inner = 0
        while inner < n:
            inner += 1
            if y[0] * inner > 1.7:
                continue
            for trip in range(n):
                v = np.sin(v * x[trip])
            total += v * v * y[1]
        total += np.sin(v * total)
""",
}


def case(name):
    return Case(
        f"import math\nimport numpy as np\n\n\ndef f(x, y, n):{HEAD}{BODIES[name]}    return total\n", POINT, (0, 1)
    )


@pytest.mark.parametrize("name", BODIES)
def test_adjoint_run_by_plain_python(name):
    verdict = verdict_on(case(name), "reverse")
    assert verdict.kind == "right", f"{verdict.reason}\n{verdict.detail}"


@pytest.mark.parametrize("name", BODIES)
def test_adjoint_compiled(name):
    verdict = verdict_on(case(name), "reverse", jitted=True)
    assert verdict.kind == "right", f"{verdict.reason}\n{verdict.detail}"


def rollout(x, y, n, snapshots):
    total, v = x[0] * x[1], 0.5
    for step in ad.checkpointed(range(n), snapshots=snapshots):
        count = 0
        while count < 3:
            count += 1
            if x[0] < y[count % 2] * step < 0.28:
                continue
            for trip in range(2):
                v = np.sin(v * x[trip] + step)
            total += v * v * y[1]
    return total


def test_in_the_steps_of_a_checkpointed_loop():
    x, y = np.array([0.44, -0.522]), np.array([0.822, 0.918])
    forward = ad.grad(rollout, (0, 1), mode="forward")(x, y, 7, 2)
    gradient = ad.grad(rollout, (0, 1), mode="reverse")
    for snapshots in (1, 2, 7):
        for found, expected in zip(gradient(x, y, 7, snapshots), forward, strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("seeds", [range(2), pytest.param(range(25), marks=pytest.mark.full)], ids=len)
def test_random_programs(seeds):
    found = [check(seed) for seed in seeds]
    assert found.count("right") > 0.8 * len(seeds)


@pytest.mark.full
@pytest.mark.parametrize("first", range(1000, 1400, 50))
def test_many_random_programs(first):
    for seed in range(first, first + 50):
        check(seed)
