"""Derivative functions across processes: found again, and never stale."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import sys
import numpy as np
import dualad as ad
import model
gradient = ad.grad(model.loss)
print(float(gradient(np.array([1.0, 2.0]))[0]))
hessian = ad.hessian(model.loss)
print(float(hessian(np.array([1.0, 2.0]))[0, 0]))
caches = [d._cache for f in (gradient, hessian) for d in f._dispatchers.values()]
print(sum(c.hits for c in caches), sum(c.misses for c in caches))
"""

MODEL = """
import numba
FACTOR = {factor}
@numba.njit
def inner(x):
    return FACTOR * x * {body}
@numba.njit
def loss(x):
    s = 0.0
    for i in range(x.size):
        s += inner(x[i])
    return s
"""

REVERSE_PROGRAM = """
import sys, time
import numpy as np
import dualad as ad
import model
x, v = np.array([1.0, 2.0]), np.array([1.0, 0.0])
gradient, product, pull = ad.grad(model.loss, mode="reverse"), ad.hvp(model.loss, mode="reverse"), ad.vjp(model.loss)
hessian = ad.hessian(model.loss, mode="reverse")
print(float(gradient(x)[0]))
print(float(product(x, v)[0]))
assert hessian(x)[0, 0] == product(x, v)[0]
caches = [d._cache for f in (gradient, product, hessian) for d in f._dispatchers.values()]
print(sum(c.hits for c in caches), sum(c.misses for c in caches))
print([m for m in ("dualad.reverse.compile", "dualad.program.passes") if m in sys.modules])
"""

RECORDS_MODEL = """
import numpy as np
def loss(x):
    s = {factor} * x[0]
    for k in range(10):
        s = np.sin(s) * x[1] / {body}
    return s
"""

RULE_MODEL = """
import dualad as ad
@ad.custom_vjp
def inner(x):
    return x * x
def fwd(x):
    return x * x, x
def bwd(x, y_bar):
    return ({factor} * x * y_bar,)
inner.defvjp(fwd, bwd)
def loss(x):
    return inner(x[0]) * x[1] / {body}
"""


def run(folder, factor, body, program=PROGRAM, model=MODEL):
    (folder / "model.py").write_text(model.format(factor=factor, body=body))
    environment = dict(
        os.environ, DUALAD_CACHE_DIR=str(folder / "cache"), PYTHONPATH=os.pathsep.join([str(folder), os.getcwd()])
    )
    environment.pop("DUALAD_CACHE", None)
    done = subprocess.run(
        [sys.executable, "-B", "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    slope, curvature, counts, *more = done.stdout.split("\n")
    if counts.endswith(" 0"):  # nothing was compiled, so the generator of adjoints need not be read
        assert more[:1] in ([""], ["[]"])
    return float(slope), float(curvature), tuple(map(int, counts.split()))


def test_a_second_process_compiles_nothing_and_an_edited_callee_is_compiled_anew(tmp_path):
    assert run(tmp_path, 1.0, "x") == (2.0, 2.0, (0, 2))
    assert run(tmp_path, 1.0, "x") == (2.0, 2.0, (2, 0))
    assert run(tmp_path, 3.0, "x") == (6.0, 6.0, (0, 2))  # a global of a callee
    assert run(tmp_path, 1.0, "x * x") == (3.0, 6.0, (0, 2))  # the code of a callee


@pytest.mark.full
def test_adjoints_are_found_again(tmp_path):
    assert run(tmp_path, 1.0, "x", REVERSE_PROGRAM) == (2.0, 2.0, (0, 3))
    assert run(tmp_path, 1.0, "x", REVERSE_PROGRAM) == (2.0, 2.0, (3, 0))
    assert run(tmp_path, 3.0, "x", REVERSE_PROGRAM) == (6.0, 6.0, (0, 3))


def test_a_changed_rule_is_compiled_anew(tmp_path):
    assert run(tmp_path, 2.0, "x[1]", REVERSE_PROGRAM, RULE_MODEL) == (2.0, 2.0, (0, 3))
    assert run(tmp_path, 2.0, "x[1]", REVERSE_PROGRAM, RULE_MODEL) == (2.0, 2.0, (3, 0))
    assert run(tmp_path, 5.0, "x[1]", REVERSE_PROGRAM, RULE_MODEL) == (5.0, 5.0, (0, 3))  # only `bwd` changed


def test_records_have_their_memory_in_another_process(tmp_path):
    first = run(tmp_path, 1.0, "1.5", REVERSE_PROGRAM, RECORDS_MODEL)
    assert first[2] == (0, 3)
    assert run(tmp_path, 1.0, "1.5", REVERSE_PROGRAM, RECORDS_MODEL) == (*first[:2], (3, 0))
