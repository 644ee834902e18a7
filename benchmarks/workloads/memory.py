"""Peak memory of gradients, each in a fresh process: what one call adds to the compiled program that waits."""

import sys

from benchmarks import adjoints
from benchmarks.harness import Candidate, Unavailable, Workload
from benchmarks.workloads.compiling import process

PROGRAMS = ("gmm", "gmm_dot", "lstm", "stencil", "lennard_jones", "lorenz_arrays", "lorenz_scalars", "heat")
PROGRAMS = (*PROGRAMS, "lorenz_within", "brusselator")


def taken(what: str, program: str) -> Candidate:
    if sys.platform != "linux":
        raise Unavailable("the peak of the memory can be reset on Linux only")

    def peak(_: int = 1) -> float:
        return max(process(what, program), 1.0)  # a call that stays within what the process holds already takes 0

    return Candidate(peak, peak, once=True)


def workload(program: str) -> Workload:
    hand = {"Numba by hand": lambda: taken("memory-hand", program)} if hasattr(adjoints, program) else {}
    return Workload(
        f"memory/{program}",
        f"peak memory of {program} and of its gradient",
        {
            "program": lambda: taken("memory-plain", program),
            "dualad": lambda: taken("memory-reverse", program),
            **hand,
        },
        baseline="program",
        unit="B",
        quick=program == "stencil",
    )


def workloads() -> list[Workload]:
    return [workload(program) for program in PROGRAMS]
