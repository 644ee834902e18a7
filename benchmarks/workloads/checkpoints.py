"""Gradient of a long rollout within a given memory, as a multiple of the program itself."""

import dualad as ad
from benchmarks import ours, programs, simulations
from benchmarks.harness import Target, Workload

STEPS = 1_000_000
LORENZ = (*simulations.lorenz_data(STEPS)[:3], 1e-5)

#: Name, memory, limit as a multiple of the Numba primal.
BUDGETS = (("everything kept", "100MB", 3.0), ("64 kB", "64kB", 3.6), ("4 kB", "4kB", 6.0))


def lorenz(y0, parameters, steps, h, memory):
    """`simulations.lorenz_scalars` with its loop marked."""
    x, y, z = y0[0], y0[1], y0[2]
    s, r, b = parameters[0], parameters[1], parameters[2]
    for _ in ad.checkpointed(range(steps), memory=memory):
        a0, a1, a2 = simulations.lorenz_rate(x, y, z, s, r, b)
        b0, b1, b2 = simulations.lorenz_rate(x + 0.5 * h * a0, y + 0.5 * h * a1, z + 0.5 * h * a2, s, r, b)
        c0, c1, c2 = simulations.lorenz_rate(x + 0.5 * h * b0, y + 0.5 * h * b1, z + 0.5 * h * b2, s, r, b)
        d0, d1, d2 = simulations.lorenz_rate(x + h * c0, y + h * c1, z + h * c2, s, r, b)
        x += h / 6.0 * (a0 + 2.0 * (b0 + c0) + d0)
        y += h / 6.0 * (a1 + 2.0 * (b1 + c1) + d1)
        z += h / 6.0 * (a2 + 2.0 * (b2 + c2) + d2)
    return x * x + y * y + z * z


def bytes_of(memory: str) -> int:
    return int(memory[:-2]) * {"kB": 10**3, "MB": 10**6}[memory[-2:]]


def workloads() -> list[Workload]:
    plain = programs.jit(simulations.lorenz_scalars)

    def marked(memory):
        return lambda: ours.gradient(lorenz, (0, 1), *LORENZ, bytes_of(memory))

    def forward():
        return ours.flattened(ad.grad(simulations.lorenz_scalars, (0, 1), mode="forward"), *LORENZ).result()

    return [
        Workload(
            "checkpointed/lorenz",
            f"gradient of {STEPS} RK4 steps, 6 inputs, within a memory",
            {
                "Numba primal": lambda: ours.called(plain, *LORENZ, expected=plain(*LORENZ)),
                "marked, no derivative": lambda: ours.called(
                    programs.jit(lorenz), *LORENZ, 1000, expected=plain(*LORENZ)
                ),
                "dualad, unmarked": lambda: ours.gradient(simulations.lorenz_scalars, (0, 1), *LORENZ),
                **{f"dualad, {name}": marked(memory) for name, memory, _ in BUDGETS},
            },
            baseline="Numba primal",
            reference=forward,
            targets=tuple(Target(f"dualad, {name}", "Numba primal", ratio=limit) for name, _, limit in BUDGETS),
            tolerance=1e-8,
        )
    ]
