"""Gradients and Hessian-vector products of simulations in plain loops, as multiples of the programs themselves."""

from functools import cache, partial

import numpy as np

import dualad as ad
from benchmarks import adjoints, byhand, loops, native, ours, programs, references, simulations
from benchmarks.harness import Candidate, Target, Workload, timed
from benchmarks.workloads.gradients import point

#: Name, program, arguments, differentiated ones, sizes for C++, limit as a multiple of the Numba primal.
CASES = (
    ("stencil", simulations.stencil, simulations.stencil_data(), (0,), (100, 1000), 3.0),
    ("lennard_jones", simulations.lennard_jones, simulations.particles(), (0,), (200, 0), 3.0),
    ("lorenz/arrays", simulations.lorenz_arrays, simulations.lorenz_data(), (0, 1), (6, 10_000), None),
    ("lorenz/scalars", simulations.lorenz_scalars, simulations.lorenz_data(), (0, 1), (6, 10_000), None),
    ("heat", simulations.heat, simulations.heat_data(), (0, 1), (200, 1000), None),
)


def cpp(name: str, inputs: np.ndarray, sizes: tuple[int, int], expected: float) -> Candidate:
    entry = native.function("simulations", f"{name}_loop", "plllp")
    inputs, out = inputs.copy(), np.zeros(1)

    def run(repeats):
        return entry(inputs, *sizes, repeats, out)

    def result():
        run(1)
        return out[0]

    return Candidate(result, timed(run), expected=expected)


def simulation(name, program, arguments, argnums, sizes, limit) -> Workload:
    value = cache(partial(program, *arguments))  # as plain Python runs it
    inputs = np.concatenate([arguments[k].ravel() for k in argnums])
    own = getattr(adjoints, name, None)
    return Workload(
        f"reverse/{name}",
        f"gradient of {name}, {inputs.size} inputs",
        {
            "Numba primal": lambda: ours.called(programs.jit(program), *arguments, expected=value()),
            "C++ primal": lambda: cpp(name.split("/")[0], inputs, sizes, value()),
            "dualad": lambda: ours.gradient(program, argnums, *arguments),
            **({"Numba by hand": lambda: ours.flattened(own, *arguments)} if own else {}),
        },
        baseline="Numba primal",
        reference=lambda: references.complex_step_gradient(program, argnums, *arguments),
        targets=(Target("dualad", "Numba primal", ratio=limit),) if limit else (),
        tolerance=1e-8,
        quick=name in ("stencil", "lennard_jones"),
    )


def rosenbrock() -> Workload:
    """Timed within compiled code: the program takes less time than a call from Python."""
    x, program = point("rosenbrock", 1000), programs.rosenbrock
    gradient = partial(ad.grad, program, mode="reverse")

    return Workload(
        "reverse/rosenbrock",
        "gradient of rosenbrock, 1000 inputs",
        {
            "Numba primal": lambda: ours.compiled(
                programs.jit(program), loops.float_loop, x.copy(), expected=program(x)
            ),
            "C++ primal": lambda: cpp("rosenbrock", x, (1000, 0), program(x)),
            "dualad": lambda: ours.compiled(gradient(), loops.vector_loop, x.copy()),
            "Numba by hand": lambda: ours.compiled(byhand.rosenbrock_closed_form, loops.vector_loop, x.copy()),
        },
        baseline="Numba primal",
        reference=lambda: references.rosenbrock_gradient(x),
        targets=(Target("dualad", "Numba primal", ratio=3.0),),
        quick=True,
    )


def second_order(name: str, program, x: np.ndarray, hand) -> Workload:
    """`hand` is a gradient written by hand, whose complex step is the reference."""
    v = np.random.default_rng(4).standard_normal(x.shape)
    return Workload(
        f"hvp/{name}",
        f"Hessian of {name} times a vector, {x.size} inputs",
        {
            "dualad gradient": lambda: ours.gradient(program, (0,), x, expected=np.ravel(hand(x))),
            "dualad hvp": lambda: ours.flattened(ad.hvp(program), x, v),
        },
        baseline="dualad gradient",
        reference=lambda: np.ravel(hand(x + 1e-40j * v).imag / 1e-40),
        targets=(Target("dualad hvp", "dualad gradient", ratio=3.0),),
        tolerance=1e-8,
        quick=name == "lennard_jones",
    )


def hand_stencil(u):
    return adjoints.stencil(u, 1000)


_stencil = programs.jit(simulations.stencil)


def stencil_alone(u):
    return _stencil(u, 1000)


def workloads() -> list[Workload]:
    return [
        rosenbrock(),
        *(simulation(*case) for case in CASES),
        second_order("rosenbrock", programs.rosenbrock, point("rosenbrock", 1000), byhand.rosenbrock_closed_form),
        second_order("lennard_jones", simulations.lennard_jones, simulations.particles()[0], adjoints.lennard_jones),
        second_order("stencil", stencil_alone, simulations.stencil_data()[0], hand_stencil),
    ]
