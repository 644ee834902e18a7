"""Cost of one call from Python: derivatives of a function of two floats beside the function itself."""

import time
from itertools import repeat

import numpy as np

import dualad as ad
from benchmarks import programs
from benchmarks.harness import Candidate, Target, Workload

X, Y = 0.7, 1.3
VALUE = X * np.sin(Y) + Y * Y / (1.0 + X * X)
BY_X = np.sin(Y) - 2.0 * X * Y * Y / (1.0 + X * X) ** 2
BY_Y = X * np.cos(Y) + 2.0 * Y / (1.0 + X * X)


def candidate(function, *expected: float) -> Candidate:
    """``function(x, y)``; the parts of its result are expected in this order."""

    def seconds(repeats: int) -> float:
        start = time.perf_counter()
        for _ in repeat(None, repeats):
            function(X, Y)
        return time.perf_counter() - start

    return Candidate(lambda: np.hstack(flat(function(X, Y))), seconds, expected=np.array(expected))


def flat(result) -> list[float]:
    """The numbers in nested tuples."""
    return [x for part in result for x in flat(part)] if isinstance(result, tuple) else [result]


def prepared(derivative):
    derivative.prepare(X, Y)
    return derivative


def workloads() -> list[Workload]:
    f = programs.two_arguments
    plain = "plain jitted function"
    both = (0, 1)
    derivatives = {
        "derivative": lambda: candidate(prepared(ad.derivative(f)), BY_X),
        "grad, argument 1": lambda: candidate(prepared(ad.grad(f, argnums=1)), BY_Y),
        "grad, both arguments": lambda: candidate(prepared(ad.grad(f, argnums=both)), BY_X, BY_Y),
        "value_and_grad, both": lambda: candidate(prepared(ad.value_and_grad(f, argnums=both)), VALUE, BY_X, BY_Y),
    }
    return [
        Workload(
            "calls/two-arguments",
            "one call from Python of a function of two floats",
            {plain: lambda: candidate(programs.jit(f), VALUE), **derivatives},
            baseline=plain,
            targets=tuple(Target(name, plain, ratio=1.5, plus=0.5e-6) for name in derivatives),
            quick=True,
        )
    ]
