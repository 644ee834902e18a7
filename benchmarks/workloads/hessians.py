"""Hessians by blocks of directions against one pair of directions at a time."""

import numpy as np

import dualad as ad
from benchmarks import loops, native, ours, programs, references
from benchmarks.harness import Candidate, Target, Workload, timed
from benchmarks.workloads.gradients import point

ONE = "dualad, chunk (1, 1)"


def cpp(name: str, n: int, rows: int, columns: int) -> Candidate:
    entry = native.function("hessians", f"{name}_hessian", "iipllp")
    x, out = point(name, n), np.zeros((n, n))

    def run(repeats):
        return entry(rows, columns, x, n, repeats, out)

    def result():
        run(1)
        return out.copy()

    return Candidate(result, timed(run))


def workload(name: str, n: int) -> Workload:
    program = getattr(programs, name)

    def dualad(**options) -> Candidate:
        return ours.compiled(ad.hessian(program, **options), loops.matrix_loop, point(name, n))

    return Workload(
        f"hessian/{name}/n={n}",
        f"Hessian of {name}, n = {n}",
        {
            ONE: lambda: dualad(chunk=(1, 1)),
            "dualad": dualad,
            "dualad, chunk (2, 4)": lambda: dualad(chunk=(2, 4)),
            "dualad, chunk (2, 8)": lambda: dualad(chunk=(2, 8)),
            "dualad, chunk (4, 8)": lambda: dualad(chunk=(4, 8)),
            "dualad, chunk (8, 8)": lambda: dualad(chunk=(8, 8)),
            "C++ hyper-dual (1, 1)": lambda: cpp(name, n, 1, 1),
            "C++ hyper-dual (2, 8)": lambda: cpp(name, n, 2, 8),
            "C++ hyper-dual (4, 8)": lambda: cpp(name, n, 4, 8),
        },
        baseline=ONE,
        reference=lambda: getattr(references, f"{name}_hessian")(point(name, n)),
        targets=(
            Target("dualad", ONE, ratio=1 / 3),
            Target("dualad", "C++ hyper-dual (1, 1)", ratio=1 / 3),
        ),
        quick=name == "rosenbrock",
    )


def workloads() -> list[Workload]:
    return [workload(name, 32) for name in ("rosenbrock", "ackley")]
