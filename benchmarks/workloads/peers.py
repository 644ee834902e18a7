"""Gradient and Hessian of Rosenbrock beside the other libraries, all called from Python."""

from functools import partial

import dualad as ad
from benchmarks import byhand, loops, ours, peers, programs, references
from benchmarks.harness import Candidate, Target, Workload
from benchmarks.workloads.gradients import point

LIBRARIES = ("JAX jit", "PyTorch", "autograd", "CasADi", "CasADi, own buffers")


def workload(operator: str, n: int) -> Workload:
    x = point("rosenbrock", n)
    gradient = operator == "grad"
    answer = references.rosenbrock_gradient if gradient else references.rosenbrock_hessian
    ours_inside = loops.vector_loop if gradient else loops.matrix_loop

    def derivative():
        return ad.grad(programs.rosenbrock) if gradient else ad.hessian(programs.rosenbrock)

    def closed_form() -> Candidate:
        byhand.rosenbrock_closed_form(x)
        return ours.called(byhand.rosenbrock_closed_form, x)

    return Workload(
        f"peers/{'gradient' if gradient else 'hessian'}/n={n}",
        f"{'gradient' if gradient else 'Hessian'} of rosenbrock, n = {n}, called from Python",
        {
            "dualad": lambda: ours.called(derivative(), x),
            "JAX jit": lambda: peers.jax_rosenbrock(operator, x),
            "PyTorch": lambda: peers.torch_rosenbrock(operator, x),
            "autograd": lambda: peers.autograd_rosenbrock(operator, x),
            "CasADi": lambda: peers.casadi_rosenbrock(operator, x, buffered=False),
            "CasADi, own buffers": lambda: peers.casadi_rosenbrock(operator, x, buffered=True),
            **({"Numba by hand, reverse": closed_form} if gradient else {}),
            "dualad, loop inside": lambda: ours.compiled(derivative(), ours_inside, x.copy()),
            "JAX jit, loop inside": lambda: peers.jax_rosenbrock(operator, x, loop=True),
        },
        baseline="dualad",
        reference=partial(answer, x),
        targets=tuple(Target("dualad", name, ratio=1.0) for name in LIBRARIES),
        quick=n == 100 and gradient,
    )


def workloads() -> list[Workload]:
    return [workload("grad", 100), workload("hessian", 10), workload("hessian", 32), workload("hessian", 100)]
