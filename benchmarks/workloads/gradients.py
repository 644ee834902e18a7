"""Gradients by chunks against a C++ dual class of the same width.

The functions are those of the ForwardDiff paper, arXiv 1607.07892.
"""

from functools import partial

import numpy as np

import dualad as ad
from benchmarks import byhand, loops, native, ours, programs, references
from benchmarks.harness import Candidate, Target, Workload, timed


def point(name: str, n: int) -> np.ndarray:
    """Fixed input. The logit saturates, so its input has norm one whatever the size."""
    x = np.random.default_rng(n).uniform(-1.0, 1.0, n)
    return x / np.linalg.norm(x) if name == "logit" else x


def cpp(name: str, n: int, width: int, *defines: str, keep: bool = False) -> Candidate:
    entry = native.function("gradients", f"{name}_gradient", "ipllip", *defines)
    x, out = point(name, n), np.zeros(n)

    def run(repeats):
        return entry(width, x, n, repeats, keep, out)

    def result():
        run(1)
        return out.copy()

    return Candidate(result, timed(run))


def workload(name: str, n: int, width: int) -> Workload:
    program = getattr(programs, name)
    at = partial(point, name, n)
    return Workload(
        f"gradient/{name}/n={n}/chunk={width}",
        f"gradient of {name}, n = {n}, {width} directions at once",
        {
            "dualad": lambda: ours.compiled(ad.grad(program, chunk=width), loops.vector_loop, at()),
            "C++ dual": lambda: cpp(name, n, width),
            "C++ dual, aligned": lambda: cpp(name, n, width, "-DALIGNED"),
            "C++ dual, workspace kept": lambda: cpp(name, n, width, keep=True),
            "C++ dual, aligned, workspace kept": lambda: cpp(name, n, width, "-DALIGNED", keep=True),
            "Numba by hand": lambda: ours.compiled(getattr(byhand, f"{name}_gradient")(width), loops.vector_loop, at()),
        },
        baseline="C++ dual",
        reference=lambda: getattr(references, f"{name}_gradient")(at()),
        targets=(
            Target("dualad", "C++ dual", ratio=1.1),
            Target("dualad", "C++ dual, aligned", ratio=1.1),
        ),
        quick=n == 100 and width == 8,
    )


def workloads() -> list[Workload]:
    return [
        workload(name, n, width)
        for name in ("rosenbrock", "ackley", "logit")
        for n in (10, 100, 1000)
        for width in (4, 8, 16)
    ]
