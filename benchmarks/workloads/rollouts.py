"""Jacobian of the last state of RK4 rollouts, all directions at once, as a multiple of the plain program."""

from dataclasses import replace

import numpy as np

import dualad as ad
from benchmarks import byhand, loops, native, ours, peers, programs, references
from benchmarks.harness import Candidate, Target, Workload, timed

STEPS = 10_000
LORENZ = (np.array([1.0, 1.0, 1.0, 10.0, 28.0, 8.0 / 3.0]), STEPS, 2e-4)
SIR = (np.array([762.0, 1.0, 0.0, 1.7, 0.45]), STEPS, 2e-3)


def copied(arguments):
    """The timing loops move the first input a little, so each candidate has its own."""
    return arguments[0].copy(), *arguments[1:]


def cpp(system: str, width: int, arguments, *defines: str) -> Candidate:
    """Width 0 is the plain program."""
    entry = native.function("rollouts", f"{system}_jacobian", "ipldlp", *defines)
    theta, steps, h = arguments
    theta, out = theta.copy(), np.zeros((3, theta.size) if width else 3)

    def run(repeats):
        return entry(width, theta, steps, h, repeats, out)

    def result():
        run(1)
        return out.copy()

    return Candidate(result, timed(run))


def workload(name: str, system: str, program, analytic, arguments, limit: float, extra=None) -> Workload:
    """``analytic`` is a form of ``program`` that also runs on complex numbers, for the reference."""
    inputs = arguments[0].size

    def last_state():
        """The loop as plain Python runs it."""
        return program(*arguments)

    def primal() -> Candidate:
        plain = programs.jit(program)
        return ours.compiled(plain, loops.rollout_loop, *copied(arguments), expected=last_state())

    def primal_cpp() -> Candidate:
        return replace(cpp(system, 0, arguments), expected=last_state())

    def dualad() -> Candidate:
        return ours.compiled(ad.jacfwd(program), loops.rollout_loop, *copied(arguments))

    return Workload(
        f"rollout/{name}",
        f"{STEPS} RK4 steps, {inputs} directions",
        {
            "Numba primal": primal,
            "dualad": dualad,
            "C++ primal": primal_cpp,
            "C++ dual, chunk 8": lambda: cpp(system, 8, arguments),
            "C++ dual, chunk 8, aligned": lambda: cpp(system, 8, arguments, "-DALIGNED"),
            f"C++ dual, chunk {inputs}": lambda: cpp(system, inputs, arguments),
            **(extra or {}),
            "JAX jacfwd": lambda: peers.jax_rollout_jacobian(system, *arguments),
        },
        baseline="Numba primal",
        reference=lambda: references.complex_step_jacobian(analytic)(*arguments),
        targets=(Target("dualad", "Numba primal", ratio=limit),),
        tolerance=1e-8,
        quick=True,
    )


def by_hand() -> Candidate:
    return ours.compiled(byhand.lorenz_jacobian, loops.rollout_loop, *copied(LORENZ))


def workloads() -> list[Workload]:
    return [
        workload("lorenz", "lorenz", programs.lorenz, programs.lorenz, LORENZ, 1.8, {"Numba by hand": by_hand}),
        *(
            workload(f"sir/{form}", "sir", getattr(programs, f"sir_{form}"), programs.sir_scalars, SIR, 2.0)
            for form in ("scalars", "buffers", "expressions")
        ),
    ]
