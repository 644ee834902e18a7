"""`@njit(cache=True)` functions that call derivative functions, loaded by Numba in a new process."""

import os
import subprocess
import sys

import pytest

from tests.sampling import some

PROGRAM = """
import math, os, sys
import numba as nb, numpy as np
import dualad as ad

def loop(x):
    s, y = 0.0, 1.0
    for i in {over}:
        y = y * math.sin(x[i])
        s += y
    return s

slope = ad.grad(loop, mode="reverse")

@nb.njit(cache=True)
def user(x):
    return slope(x).sum()

print(user(np.arange(5.0) + 1.0), sum(user.stats.cache_hits.values()))
"""


@pytest.mark.parametrize(
    "over",
    some(
        [
            "ad.checkpointed(range(x.size), snapshots=2)",
            "range(x.size)",
            "ad.checkpointed(range(x.size), progress=True)",
        ],
        3,
    ),
)
def test_loaded_by_numba_in_a_new_process(tmp_path, over):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(over=over))
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "numba"), "DUALAD_CACHE": "0"}
    found = [
        subprocess.run(
            [sys.executable, program], env=environment, capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert [hits for _, hits in found] == ["0", "1"]
    assert found[0][0] == found[1][0]


NEST = """
import sys
import numba as nb, numpy as np
import dualad as ad

def plate(u, steps):
    u, w = u.copy(), u.copy()
    for _ in ad.checkpointed(range(steps), snapshots=2):
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                w[i, j] = 0.5 * u[i, j] * u[i, j] + 0.1 * (u[i - 1, j] + u[i + 1, j]) * u[i, j - 1]
        u, w = w, u
    return np.sum(u * u)

slope = ad.grad(plate, mode="reverse")

@nb.njit(cache=True)
def user(u):
    return slope(u, 5).sum()

print(user(np.linspace(0.1, 0.9, 30).reshape(5, 6)), sum(user.stats.cache_hits.values()))
"""


def test_functions_beside_an_adjoint_are_found_in_a_new_process(tmp_path):
    """Numba looks up the module of each function whose code it loads."""
    program = tmp_path / "program.py"
    program.write_text(NEST)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "numba"), "DUALAD_CACHE": "0"}
    found = [
        subprocess.run(
            [sys.executable, program], env=environment, capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert [hits for _, hits in found] == ["0", "1"]
    assert found[0][0] == found[1][0]
