"""Derivative functions across processes: found again, and never stale."""

import os
import subprocess
import sys

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


def run(folder, factor, body):
    (folder / "model.py").write_text(MODEL.format(factor=factor, body=body))
    environment = dict(
        os.environ, DUALAD_CACHE_DIR=str(folder / "cache"), PYTHONPATH=os.pathsep.join([str(folder), os.getcwd()])
    )
    environment.pop("DUALAD_CACHE", None)
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    slope, curvature, counts = done.stdout.split("\n")[:3]
    return float(slope), float(curvature), tuple(map(int, counts.split()))


def test_a_second_process_compiles_nothing_and_an_edited_callee_is_compiled_anew(tmp_path):
    assert run(tmp_path, 1.0, "x") == (2.0, 2.0, (0, 2))
    assert run(tmp_path, 1.0, "x") == (2.0, 2.0, (2, 0))
    assert run(tmp_path, 3.0, "x") == (6.0, 6.0, (0, 2))  # a global of a callee
    assert run(tmp_path, 1.0, "x * x") == (3.0, 6.0, (0, 2))  # the code of a callee
