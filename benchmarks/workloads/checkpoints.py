"""Gradients of long rollouts within a given memory, as multiples of the program itself and of schedules by hand."""

from functools import cache

import numpy as np

import dualad as ad
from benchmarks import ours, programs, references, schedules, simulations, within
from benchmarks.harness import Candidate, Target, Workload

STEPS = 1_000_000
LORENZ = (*simulations.lorenz_data(STEPS)[:3], 1e-5)
MB = 10**6

#: What is allowed, in words and bytes; limit as a multiple of the primal; by hand: steps in a block, and snapshots.
LORENZ_BUDGETS = (
    ("everything kept", 100 * MB, 3.0, STEPS, 1),
    ("64 kB", 64_000, 3.6, 1334, 1333),
    ("4 kB", 4_000, 6.0, 64, 64),
)
#: The same for a reaction on 64 x 64 points, where blocks by hand are of one step.
GRID_BUDGETS = (("4 MB", 4 * MB, 4.5, 60), ("1 MB", MB, 6.8, 15))


def by_hand(function, *arguments) -> Candidate:
    return ours.flattened(function, *arguments)


def lorenz() -> Workload:
    plain = programs.jit(simulations.lorenz_scalars)

    def forward():
        return ours.flattened(ad.grad(simulations.lorenz_scalars, (0, 1), mode="forward"), *LORENZ).result()

    candidates = {
        "Numba primal": lambda: ours.called(plain, *LORENZ, expected=plain(*LORENZ)),
        "marked, no derivative": lambda: ours.called(programs.jit(within.lorenz), *LORENZ, 1, expected=plain(*LORENZ)),
        "dualad, unmarked": lambda: ours.gradient(simulations.lorenz_scalars, (0, 1), *LORENZ),
    }
    targets = [Target("marked, no derivative", "Numba primal", ratio=1.1)]
    for name, memory, limit, block, snapshots in LORENZ_BUDGETS:
        candidates[f"dualad, {name}"] = lambda m=memory: ours.gradient(within.lorenz, (0, 1), *LORENZ, m)
        candidates[f"by hand, {name}"] = lambda b=block, s=snapshots: by_hand(schedules.lorenz, *LORENZ, b, s)
        targets.append(Target(f"dualad, {name}", "Numba primal", ratio=limit))
        targets.append(Target(f"dualad, {name}", f"by hand, {name}", ratio=1.15))
    return Workload(
        "checkpointed/lorenz",
        f"gradient of {STEPS} RK4 steps, 6 inputs, within a memory",
        candidates,
        baseline="Numba primal",
        reference=forward,
        targets=tuple(targets),
        tolerance=1e-8,
    )


def lorenz_hvp() -> Workload:
    vectors = np.array([1.0, -0.5, 0.25]), np.array([0.5, 1.0, -1.0])
    plain = programs.jit(simulations.lorenz_scalars)
    forward = ad.hvp(simulations.lorenz_scalars, (0, 1), mode="forward")
    product = ad.hvp(within.lorenz, (0, 1), mode="reverse")

    def reference():
        return np.concatenate(forward(*LORENZ, vectors))

    return Workload(
        "checkpointed/lorenz/hvp",
        f"Hessian times vector of {STEPS} RK4 steps, 6 inputs, within a memory",
        {
            "Numba primal": lambda: ours.called(plain, *LORENZ, expected=plain(*LORENZ)),
            "everything kept": lambda: ours.flattened(product, *LORENZ, 100 * MB, vectors),
            "blocks": lambda: ours.flattened(product, *LORENZ, 64_000, vectors),
        },
        baseline="Numba primal",
        reference=reference,
        targets=(
            Target("everything kept", "Numba primal", ratio=7.0),
            Target("blocks", "Numba primal", ratio=9.5),
        ),
        tolerance=1e-8,
    )


def brusselator() -> Workload:
    data = within.brusselator_data()
    plain = programs.jit(within.brusselator)
    value = cache(lambda: plain(*data, 1))

    def small() -> float:
        """Largest error of the gradient by hand for a small grid, by complex steps."""
        few = within.brusselator_data(20, 6)
        found = ours.flattened(schedules.brusselator, *few, 3).result()
        right = references.complex_step_gradient(within.brusselator, (0, 1), *few, 1)
        return float(np.max(np.abs(found[: right.size] - right)) / np.max(np.abs(right)))

    def reference():
        if small() > 1e-12:
            raise AssertionError("the gradient by hand is wrong")
        return ours.flattened(schedules.brusselator, *data, 60).result()

    candidates = {
        "Numba primal": lambda: ours.called(plain, *data, 1, expected=value()),
        "by hand, no derivative": lambda: ours.called(schedules.brusselator_alone, *data, expected=value()),
    }
    targets = [Target("Numba primal", "by hand, no derivative", ratio=1.1)]
    for name, memory, limit, snapshots in GRID_BUDGETS:
        candidates[f"dualad, {name}"] = lambda m=memory: ours.gradient(within.brusselator, (0, 1, 2, 3, 4), *data, m)
        candidates[f"by hand, {name}"] = lambda s=snapshots: by_hand(schedules.brusselator, *data, s)
        targets.append(Target(f"dualad, {name}", "Numba primal", ratio=limit))
        targets.append(Target(f"dualad, {name}", f"by hand, {name}", ratio=1.15))
    return Workload(
        "checkpointed/brusselator",
        "gradient of 2000 Euler steps on 64 x 64 points, 8195 inputs, within a memory",
        candidates,
        baseline="Numba primal",
        reference=reference,
        targets=tuple(targets),
        tolerance=1e-10,
    )


def workloads() -> list[Workload]:
    return [lorenz(), lorenz_hvp(), brusselator()]
