"""Gradients of the ADBench objectives as multiples of their C++ primals.

`C++ primal` is built with -O3 alone, as the primals were that the limits were set by; with -march=native, which lets g++ contract
a * b + c and use longer vectors, it stands beside it.
"""

from functools import cache, partial

import numpy as np

from benchmarks import adbench, adjoints, jax_adbench, native, ours, programs, references
from benchmarks.harness import Candidate, Target, Workload, timed

#: Size, and the multiple of the C++ primal that a gradient may take.
MIXTURES = (((2, 5, 1000), 1.9), ((10, 25, 1000), 1.9), ((20, 50, 10_000), 2.6))
NETWORKS = (((2, 1024), 2.3), ((4, 4096), 2.3))

data = {"gmm": cache(adbench.gmm_data), "lstm": cache(adbench.lstm_data)}


def cpp(name: str, sizes: tuple[int, ...], arguments, expected: float, machine: str = "") -> Candidate:
    """The primal. Sizes and arrays in the order of the arguments, then floats."""
    arrays = [a.copy() for a in arguments if isinstance(a, np.ndarray)]
    signature = {"gmm": "iiippppdilp", "lstm": "iiipppplp"}[name]
    entry = native.function("adbench", f"{name}_loop", signature, machine=machine)
    out = np.zeros(1)

    def run(repeats):
        return entry(*sizes, *arrays, *arguments[len(arrays) :], repeats, out)

    def result():
        run(1)
        return out[0]

    return Candidate(result, timed(run), expected=expected)


def primal(program, arguments, expected: float) -> Candidate:
    return ours.called(programs.jit(program), *arguments, expected=expected)


def mixture(size: tuple[int, int, int], limit: float) -> Workload:
    d, components, n = size
    arguments = data["gmm"](*size)
    answer = cache(lambda: references.gmm_value_and_gradient(*arguments))
    by = (0, 1, 2)

    def value() -> float:
        return answer()[0]

    return Workload(
        f"adbench/gmm/d={d},K={components},n={n}",
        "gradient of a Gaussian mixture's likelihood",
        {
            "C++ primal": lambda: cpp("gmm", size, arguments, value()),
            "C++ primal, native": lambda: cpp("gmm", size, arguments, value(), native.NATIVE),
            "Numba primal, loops": lambda: primal(adbench.gmm, arguments, value()),
            "dualad, loops": lambda: ours.gradient(adbench.gmm, by, *arguments),
            "Numba by hand, loops": lambda: ours.flattened(adjoints.gmm, *arguments),
            "Numba primal, helpers on views": lambda: primal(adbench.gmm_helpers, arguments, value()),
            "dualad, helpers on views": lambda: ours.gradient(adbench.gmm_helpers, by, *arguments),
            "Numba primal, np.dot": lambda: primal(adbench.gmm_dot, arguments, value()),
            "dualad, np.dot": lambda: ours.gradient(adbench.gmm_dot, by, *arguments),
            "Numba primal, blocks": lambda: primal(adbench.gmm_blocks, arguments, value()),
            "dualad, blocks": lambda: ours.gradient(adbench.gmm_blocks, by, *arguments),
            "Numba by hand, blocks": lambda: ours.flattened(adjoints.gmm_blocks, *arguments),
            "JAX, one product": lambda: jax_adbench.gmm(*arguments),
            "JAX, scan of blocks": lambda: jax_adbench.gmm(*arguments, block=250),
        },
        baseline="C++ primal",
        reference=lambda: answer()[1],
        targets=(
            Target("dualad, loops", "C++ primal", ratio=limit),
            Target("dualad, blocks", "JAX, one product", ratio=0.9),
            Target("dualad, blocks", "JAX, scan of blocks", ratio=0.9),
        ),
        tolerance=1e-9,
        quick=n == 1000,
    )


def network(size: tuple[int, int], limit: float) -> Workload:
    arguments = data["lstm"](*size)
    value = cache(partial(adbench.lstm, *arguments))  # the program as plain Python runs it
    return Workload(
        f"adbench/lstm/l={size[0]},c={size[1]}",
        "gradient of an LSTM language model's loss",
        {
            "C++ primal": lambda: cpp("lstm", (*size, arguments[-1].shape[1]), arguments, value()),
            "C++ primal, native": lambda: cpp(
                "lstm", (*size, arguments[-1].shape[1]), arguments, value(), native.NATIVE
            ),
            "Numba primal": lambda: primal(adbench.lstm, arguments, value()),
            "dualad": lambda: ours.gradient(adbench.lstm, (0, 1), *arguments),
            "Numba by hand": lambda: ours.flattened(adjoints.lstm, *arguments),
            "JAX scan": lambda: jax_adbench.lstm(*arguments),
        },
        baseline="C++ primal",
        reference=lambda: references.complex_step_gradient(adbench.lstm, (0, 1), *arguments),
        targets=(Target("dualad", "C++ primal", ratio=limit),),
        quick=size[0] == 2,
    )


def workloads() -> list[Workload]:
    return [*(mixture(*case) for case in MIXTURES), *(network(*case) for case in NETWORKS)]
