"""Sums of elementwise expressions, which are reversed without an array of equal cotangents."""

import numpy as np
import pytest

import dualad as ad
from tests.sampling import some


def of_all(x, w):
    return np.sum(np.sin(x) * x) * w[0, 0]


def by_rows(x, w):
    rows = np.sum(x * x * w[0, 0], axis=1)
    return np.sum(np.sin(rows) * rows)


def by_columns(x, w):
    return np.sum(np.exp(np.sum((x - 0.5) ** 2, 0)) * w[0, 1])


def by_the_last_axis(x, w):
    cube = np.empty((2, x.shape[0], x.shape[1]))
    cube[0] = x
    cube[1] = w[0, 0] * x
    return np.sum(np.sin((cube * cube).sum(axis=-1)) * 2.0)


def by_the_middle_axis(x, w):
    cube = np.empty((2, x.shape[0], x.shape[1]))
    cube[0] = x
    cube[1] = w[0, 1] * x
    return np.sum(np.exp(-np.sum(cube * cube, axis=1)))


def of_one_array_twice(x, w):
    return (x + x * w[0, 0]).sum() * np.sum(w * w)


def by_a_number_alone(x, w):
    """Nothing flows into the array, whose elements are not read either."""
    constant = np.ones((3, 4))
    return np.sum(constant + w[0, 0] * w[0, 1]) * x[0, 0]


def in_a_loop(x, w):
    total = 0.0
    scale = w[0, 0]
    for i in range(x.shape[0]):
        total += scale * np.sum(np.tanh(x[i] * scale))
        scale = scale * 0.9 + 0.1 * np.sum(x[i] + total)
    return total


def overwritten_afterwards(x, w):
    work = x * w[0, 0]
    total = 0.0
    for _ in range(3):
        total += np.sum(work * work * work)
        work[0] = np.sin(work[1]) * w[0, 1]
    return total


def weight_that_is_used_again(x, w):
    """The cotangent of the sum is that of a number that the expression holds too."""
    a = w[0, 0] * w[0, 1]
    s = np.sum(x * a)
    return s + a


def broadcast(x, w):
    """Of two arrays: the shape is not that of one of them."""
    return np.sum(x * w) + np.sum(np.sum(x - w, axis=0) ** 2)


def of_nothing(x, w):
    return np.sum(x[2:1] * w[0, 0]) + np.sum(x)


PROGRAMS = [
    of_all,
    by_rows,
    by_columns,
    by_the_last_axis,
    by_the_middle_axis,
    of_one_array_twice,
    by_a_number_alone,
    in_a_loop,
    overwritten_afterwards,
    weight_that_is_used_again,
    broadcast,
    of_nothing,
]


def complex_step(program, arguments, which, place):
    moved = [a.astype(complex) for a in arguments]
    moved[which][place] += 1e-30j
    if program in (by_the_last_axis, by_the_middle_axis):  # their work array holds floats
        step = 1e-6
        ends = []
        for sign in (1, -1):
            moved = [a.copy() for a in arguments]
            moved[which][place] += sign * step
            ends.append(program(*moved))
        return (ends[0] - ends[1]) / (2 * step), 1e-8
    return program(*moved).imag / 1e-30, 1e-12


@pytest.mark.parametrize("program", some(PROGRAMS, 3))
def test_gradient(program):
    random = np.random.default_rng(5)
    arguments = random.uniform(0.2, 0.9, size=(3, 2)), random.uniform(0.2, 0.9, size=(1, 2))
    found = ad.grad(program, argnums=(0, 1), mode="reverse")(*arguments)
    for which, cotangent in enumerate(found):
        for place in np.ndindex(cotangent.shape):
            expected, tolerance = complex_step(program, arguments, which, place)
            assert cotangent[place] == pytest.approx(expected, rel=tolerance, abs=tolerance)


@pytest.mark.parametrize("program", some([by_rows, in_a_loop, weight_that_is_used_again], 3))
def test_forward_over_reverse(program):
    random = np.random.default_rng(5)
    x, w = random.uniform(0.2, 0.9, size=(3, 2)), random.uniform(0.2, 0.9, size=(1, 2))
    along = random.normal(size=x.shape)
    found = ad.hvp(program, mode="reverse")(x, w, along)
    gradient = ad.grad(program, mode="forward")
    step = 1e-5
    expected = (gradient(x + step * along, w) - gradient(x - step * along, w)) / (2 * step)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)


def test_no_array_of_equal_cotangents():
    source = ad.grad(by_rows, argnums=(0, 1), mode="reverse").source(np.ones((3, 2)), np.ones((1, 2)))
    assert "_sum_a" not in source
