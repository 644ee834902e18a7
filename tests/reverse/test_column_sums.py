"""Numbers that nests of loops add to: the same bits with every schedule, and nests as functions of their own."""

import math
import re

import numba as nb
import numpy as np
import pytest
from numba import njit

import dualad as ad
from dualad.reverse import adjoint
from dualad.reverse.apart import restrict
from tests.compare import assert_close
from tests.reverse.judge import compiled
from tests.reverse.rollouts import variant
from tests.sampling import some


def weighted(x, a, b, steps, option):
    """Sums in a branch, in the outer loop, from a later column on; two nests, one with three loops."""
    u, new = x.copy(), x.copy()
    for _ in ad.checkpointed(range(steps), snapshots=option):
        for i in range(1, u.shape[0] - 1):
            scale = 0.1 * a * math.cos(u[i, 0])
            for j in range(2, u.shape[1] - 1):
                change = a * (u[i, j - 1] - 2.0 * u[i, j] + u[i, j + 1]) + b * u[i, j] ** 2
                if u[i, j] > 0.5:
                    change -= b * u[i - 1, j] * u[i + 1, j]
                new[i, j] = u[i, j] + 0.05 * change + scale * u[i, j]
        u, new = new, u
        for k in range(2):
            for i in range(u.shape[0]):
                for j in range(u.shape[1]):
                    u[i, j] = u[i, j] - 0.01 * (k + 1) * b * u[i, j] * a
    return np.sum(u * u) + a


def rows_of_other_lengths(x, a, b, steps, option):
    """A triangle, columns that end where the step says, and none at all."""
    u = x.copy()
    for step in ad.checkpointed(range(steps), snapshots=option):
        for i in range(u.shape[0]):
            for j in range(min(i, u.shape[1])):
                u[i, j] += 0.1 * a * u[i, j] * b
        for i in range(u.shape[0]):
            for j in range(step % (u.shape[1] + 1)):
                u[i, j] -= 0.1 * b * u[i, j]
        for i in range(u.shape[0]):
            for j in range(3, 2):
                u[i, j] += a * u[i, j]
    return np.sum(np.sin(u)) * b


def nests_in_a_nest(x, a, b, steps, option):
    """A stencil that is gathered in an inner nest, numbers that are summed in the outer one."""
    u, w = x.copy(), np.zeros((2, *x.shape))
    for _ in ad.checkpointed(range(steps), snapshots=option):
        for k in range(2):
            for i in range(1, u.shape[0] - 1):
                for j in range(1, u.shape[1] - 1):
                    w[k, i, j] = a * (u[i, j - 1] + u[i, j + 1] + u[i - 1, j] - b * u[i + 1, j])
        for i in range(u.shape[0]):
            for j in range(u.shape[1]):
                u[i, j] += 0.1 * w[0, i, j] - 0.05 * w[1, i, j]
    return np.sum(u * u) + a


def along_a_line(x, a, b, steps, option):
    """Single loops, and expressions."""
    u = x[0].copy()
    for _ in ad.checkpointed(range(steps), snapshots=option):
        for i in range(u.size):
            u[i] += 0.1 * a * math.sin(u[i]) + b * 0.01
        u[:] = u - 0.1 * b * u * u
    return np.sum(u) + a * b


PROGRAMS = [weighted, rows_of_other_lengths, nests_in_a_nest, along_a_line]
X = np.random.default_rng(5).uniform(0.2, 1.2, (6, 21))


@pytest.mark.parametrize("program", some(PROGRAMS, 4, first=3))
def test_every_schedule_gives_the_same_bits(program, tmp_path):
    kinds = [("snapshots", 1), ("snapshots", 4), ("memory", 10**4), ("disk", (2, str(tmp_path)))]
    found = [
        ad.grad(variant(program, kind), (0, 1, 2), mode="reverse")(X, 0.3, 0.7, 7, option) for kind, option in kinds
    ]
    for result in found[1:]:
        assert all(np.array_equal(one, other) for one, other in zip(result, found[0], strict=True))
    plain = variant(program, "unmarked")
    assert_close(found[0], ad.grad(plain, (0, 1, 2), mode="forward")(X, 0.3, 0.7, 7, 0), 1e-12)


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (2, 5), (3, 3), (5, 2)])
def test_few_elements(shape):
    x = X[: shape[0], : shape[1]].copy()
    gradient = ad.grad(variant(rows_of_other_lengths, "snapshots"), (0, 1, 2), mode="reverse")
    expected = ad.grad(variant(rows_of_other_lengths, "unmarked"), (0, 1, 2), mode="forward")(x, 0.3, 0.7, 4, 0)
    assert_close(gradient(x, 0.3, 0.7, 4, 2), expected, 1e-12)


def test_single_precision():
    x = X.astype(np.float32)
    gradient = ad.grad(variant(rows_of_other_lengths, "snapshots"), (0, 1, 2), mode="reverse")
    found = gradient(x, np.float32(0.3), np.float32(0.7), 5, 2)
    assert found[0].dtype == np.float32
    assert_close(found, gradient(X, 0.3, 0.7, 5, 2), 1e-5)


@pytest.mark.full
def test_second_order_and_rows():
    product = ad.hvp(variant(weighted, "snapshots"), (1, 2), mode="reverse")
    expected = ad.hvp(variant(weighted, "unmarked"), (1, 2), mode="forward")(X, 0.3, 0.7, 5, 0, (1.0, -0.5))
    assert_close(product(X, 0.3, 0.7, 5, 2, (1.0, -0.5)), expected, 1e-11)


def test_a_nest_tells_of_its_own_arrays_only():
    source = ad.grad(variant(weighted, "snapshots"), (0, 1, 2), mode="reverse").source(X, 0.3, 0.7, 7, 2)
    told = [line.split('"')[1].split() for line in source.splitlines() if line.startswith("    restrict(")]
    assert len(told) == 2
    sums = {"a_bar_sums", "b_bar_sums", "a_bar_sums_2", "b_bar_sums_2"}
    assert {name for names in told for name in names if not name.endswith("_record")} == sums
    assert "plus(" not in source


def test_what_a_nest_told_is_forgotten_where_it_becomes_part_of_a_function():
    @njit
    def copied(to, y):  # `to` may be `y`
        restrict("to y")
        for i in range(1, y.size):
            to[i] = 2.0 * y[i - 1]

    def f(x):
        copied(x, x)
        return x[3]

    gradient = ad.grad(f, mode="reverse")
    assert "restrict" not in gradient.source(np.ones(4))
    assert np.array_equal(gradient(np.ones(4)), [8.0, 0.0, 0.0, 0.0])


def test_a_nest_in_a_nest_is_called_by_its_name():
    source = ad.grad(variant(nests_in_a_nest, "snapshots"), (0, 1, 2), mode="reverse").source(X, 0.3, 0.7, 7, 2)
    heads = [line for line in source.splitlines() if re.match(r"def nest(_\d+)?\(", line)]
    assert len(heads) == 2
    assert not any("nest" in head.partition("(")[2] for head in heads)


def test_the_compiler_is_told():
    kinds = (nb.float64[:, ::1], nb.float64, nb.float64, nb.int64, nb.int64)
    made = adjoint(variant(weighted, "snapshots"), kinds, (1, 2))
    compiled(made.function)(X, 0.3, 0.7, 2, 2)
    (code,) = made.function.__globals__["nest"].inspect_llvm().values()
    head = next(line for line in code.splitlines() if line.startswith("define") and "nest" in line)
    assert set(re.findall(r'noalias[^,%]*%"?arg\.(\w+)\.4', head)) == {"a_bar_sums_2", "b_bar_sums_2", "t40_record"}
