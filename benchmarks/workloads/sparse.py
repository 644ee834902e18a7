"""Sparse Jacobians and Hessians of 10^5 inputs: their nonzeros in a few evaluations of the function, and where they are."""

import functools
import math

import numpy as np
from numba import njit

import dualad as ad
from benchmarks.harness import Candidate, Target, Workload, timed_calls

POINTS = 224  # squared and by two fields: 100 352 unknowns
LENGTH = 100_000
JACOBIAN_COLORS, HESSIAN_COLORS = 8, 5


def brusselator(y, n, dy):
    """Right-hand side of two species on a periodic grid."""
    u, v = y[: n * n].reshape((n, n)), y[n * n :].reshape((n, n))
    du, dv = dy[: n * n].reshape((n, n)), dy[n * n :].reshape((n, n))
    for i in range(n):
        for j in range(n):
            east, west, north, south = (i + 1) % n, (i - 1) % n, (j + 1) % n, (j - 1) % n
            reaction = u[i, j] * u[i, j] * v[i, j]
            spread = u[east, j] + u[west, j] + u[i, north] + u[i, south] - 4.0 * u[i, j]
            du[i, j] = 1.0 + reaction - 4.4 * u[i, j] + 0.1 * spread
            spread = v[east, j] + v[west, j] + v[i, north] + v[i, south] - 4.0 * v[i, j]
            dv[i, j] = 3.4 * u[i, j] - reaction + 0.1 * spread


@njit
def by_hand(y, n, indptr, indices, data):
    """The same Jacobian, written down entry by entry into given places."""
    size = n * n
    for k in range(2 * size):
        for at in range(indptr[k], indptr[k + 1]):
            row, place = indices[at], k % size
            if row % size != place:
                data[at] = 0.1
            elif row < size:
                data[at] = 2.0 * y[place] * y[size + place] - 4.8 if k < size else y[place] * y[place]
            else:
                data[at] = 3.4 - 2.0 * y[place] * y[size + place] if k < size else -0.4 - y[place] * y[place]


def separable_and_banded(x):
    """A sum over single elements, and one over triples of neighbours."""
    total = 0.0
    for i in range(x.size):
        total += math.sin(x[i]) + 0.5 * x[i] ** 2
    for i in range(x.size - 2):
        total += x[i] * x[i + 1] * x[i + 2]
    return total


def banded_hessian(x, indptr, indices):
    """In closed form, at the places of the nonzeros."""
    n, columns = x.size, np.repeat(np.arange(x.size), np.diff(indptr))
    padded = np.concatenate(([0.0, 0.0], x, [0.0, 0.0]))  # products with what is not there are 0
    gap = np.abs(indices - columns)
    low = np.minimum(indices, columns)
    beside = padded[low + 1] * (low >= 1) + padded[low + 4] * (low + 2 < n)
    return np.where(gap == 0, 1.0 - np.sin(x[columns]), np.where(gap == 1, beside, padded[low + 3]))


class Case:
    """A derivative at a point, with everything that its candidates share."""

    def __init__(self, function, derivative, args, colors: int, reference) -> None:
        self.primal, self.derivative, self.args = njit(function), derivative, args
        self.matrix = derivative(*args)
        self.structure = derivative.structure(*args)
        assert self.structure.forward.number == colors
        self.expected = reference(self.matrix.indptr, self.matrix.indices)
        self.primal(*args)

    def called(self, **options) -> Candidate:
        """The derivative called from Python."""
        call = lambda: self.derivative(*self.args, **options)  # noqa: E731
        return Candidate(lambda: call().data.copy(), timed_calls(call))

    def refilled(self) -> Candidate:
        """What jitted code calls."""
        fill = self.derivative.refill(*self.args)
        return self.filling(lambda data: fill(data, self.structure, *self.args))

    def filling(self, fill) -> Candidate:
        """A function that fills the nonzeros."""
        data = np.empty_like(self.expected)

        def result():
            fill(data)
            return data

        return Candidate(result, timed_calls(lambda: fill(data)))

    def found(self) -> Candidate:
        """Finding the pattern."""
        detector, inputs = self.derivative._detector, self.matrix.shape[1]
        return Candidate(lambda: self.expected, timed_calls(lambda: detector.find(self.args, inputs)))


@functools.cache
def jacobian_case() -> Case:
    y = np.random.default_rng(0).uniform(0.5, 2.0, 2 * POINTS**2)

    def reference(indptr, indices):
        data = np.empty(indices.size)
        by_hand(y, POINTS, indptr, indices, data)
        return data

    derivative = ad.jacobian(brusselator, out_argnums=2, sparsity="auto")
    return Case(brusselator, derivative, (y, POINTS, np.zeros_like(y)), JACOBIAN_COLORS, reference)


@functools.cache
def hessian_case() -> Case:
    x = np.random.default_rng(1).uniform(0.5, 2.0, LENGTH)
    derivative = ad.hessian(separable_and_banded, sparsity="auto")
    return Case(
        separable_and_banded,
        derivative,
        (x,),
        HESSIAN_COLORS,
        lambda indptr, indices: banded_hessian(x, indptr, indices),
    )


def jacobian_by_hand() -> Candidate:
    case = jacobian_case()
    y, matrix = case.args[0], case.matrix
    return case.filling(lambda data: by_hand(y, POINTS, matrix.indptr, matrix.indices, data))


def filled(name: str, what: str, case, colors: int, others: dict) -> Workload:
    """The matrix at a point whose pattern is known."""
    limit = (colors + 2) * 1.5
    return Workload(
        f"sparse/{name}",
        what,
        {
            "primal": lambda: Candidate(lambda: case().expected, timed_calls(lambda: case().primal(*case().args))),
            "dualad": lambda: case().called(),
            "dualad, out=": lambda: case().called(out=case().matrix),
            "dualad, jitted refill": lambda: case().refilled(),
            **others,
        },
        baseline="primal",
        reference=lambda: case().expected,
        targets=(Target("dualad", "primal", ratio=limit), Target("dualad, out=", "primal", ratio=limit)),
        tolerance=1e-12,
    )


def pattern(name: str, what: str, case) -> Workload:
    """Apart from the rest: it takes a hundred times as long, and leaves nothing of theirs in the cache."""
    return Workload(
        f"sparse/{name}/pattern",
        f"pattern of the {what}",
        {"detection": lambda: case().found()},
        baseline="detection",
        targets=(Target("detection", seconds=1.0),),
    )


def workloads() -> list[Workload]:
    jacobian = f"Jacobian of the Brusselator, {2 * POINTS**2} unknowns, {JACOBIAN_COLORS} colours"
    hessian = f"Hessian of a separable and banded function, {LENGTH} inputs, {HESSIAN_COLORS} colours"
    return [
        filled("brusselator", jacobian, jacobian_case, JACOBIAN_COLORS, {"by hand": jacobian_by_hand}),
        pattern("brusselator", jacobian, jacobian_case),
        filled("banded", hessian, hessian_case, HESSIAN_COLORS, {}),
        pattern("banded", hessian, hessian_case),
    ]
