"""Arrays that reverse iterations make again instead of recording them: only where nothing has changed meanwhile."""

import numpy as np
import pytest

import dualad as ad
from tests.sampling import some


def distances(points, centres):
    """Made again: nobody writes what it is made of."""
    total = 0.0
    for k in range(centres.shape[0]):
        apart = points - centres[k]
        total += np.sum(np.sin(apart) * apart)
    return total


def written_afterwards(points, centres):
    """The array is changed between where it is made and where it is used."""
    total = 0.0
    for k in range(centres.shape[0]):
        apart = points - centres[k]
        apart[0, 0] = 0.3 * centres[k, 0]
        total += np.sum(np.sin(apart))
    return total


def written_through_a_view(points, centres):
    total = 0.0
    for k in range(centres.shape[0]):
        apart = points - centres[k]
        row = apart[1]
        row *= 2.0 + centres[k, 1]
        total += np.sum(np.exp(apart))
    return total


def source_overwritten(points, centres):
    """What it is made of has other elements in the next iteration."""
    work = points * 1.0
    total = 0.0
    for k in range(centres.shape[0]):
        apart = work - centres[k]
        total += np.sum(apart * apart * apart)
        work[0, :] = apart[0, :] * 0.5
    return total


def source_overwritten_after_the_loop(points, centres):
    work = points * 1.0
    total = 0.0
    for k in range(centres.shape[0]):
        apart = work - centres[k]
        total += np.sum(np.cos(apart))
    work[:, :] = 2.0
    return total + np.sum(work)


def in_a_branch(points, centres):
    total = 0.0
    for k in range(centres.shape[0]):
        if k % 2 == 0:
            apart = points - centres[k]
        else:
            apart = points * centres[k]
        for _ in range(2):
            total += np.sum(np.sin(apart))
    return total


def of_a_recorded_array(points, centres):
    """Made of an array of the same iteration."""
    total = 0.0
    for k in range(centres.shape[0]):
        curved = np.tanh(points * centres[k])
        apart = curved - 0.5
        total += np.sum(apart * curved * apart)
    return total


def nested(points, centres):
    total = 0.0
    for k in range(centres.shape[0]):
        apart = (points - centres[k]) * 2.0
        for i in range(points.shape[0]):
            scaled = apart * points[i, 0]
            total += np.sum(np.sin(scaled) * scaled)
    return total


def only_its_shape(points, centres):
    total = 0.0
    for k in range(centres.shape[0]):
        apart = points - centres[k]
        for i in range(apart.shape[0]):
            total += np.sin(points[i, 0] * centres[k, 1]) * apart[i, 1]
    return total


PROGRAMS = [
    distances,
    written_afterwards,
    written_through_a_view,
    source_overwritten,
    source_overwritten_after_the_loop,
    in_a_branch,
    of_a_recorded_array,
    nested,
    only_its_shape,
]


@pytest.mark.parametrize("program", some(PROGRAMS, 3))
def test_reverse_agrees_with_complex_step(program):
    random = np.random.default_rng(3)
    arguments = random.normal(size=(3, 2)), random.normal(size=(4, 2))
    found = ad.grad(program, argnums=(0, 1), mode="reverse")(*arguments)
    for which, cotangent in enumerate(found):
        for place in np.ndindex(cotangent.shape):
            moved = [a.astype(complex) for a in arguments]
            moved[which][place] += 1e-30j
            assert cotangent[place] == pytest.approx(program(*moved).imag / 1e-30, rel=1e-12, abs=1e-14)


def last_of_them(points, centres):
    """The array of the last iteration is an output."""
    total = 0.0
    apart = points * 1.0
    for k in range(centres.shape[0]):
        apart = points - centres[k]
        total += np.sum(np.sin(apart) * apart)
    return apart * total


def test_outputs_are_those_of_the_program():
    random = np.random.default_rng(3)
    arguments = random.normal(size=(3, 2)), random.normal(size=(4, 2))
    y_bar = random.normal(size=(3, 2))
    y, found = ad.vjp(last_of_them)(arguments, y_bar)
    np.testing.assert_allclose(y, last_of_them(*arguments), rtol=1e-14)
    for which, cotangent in enumerate(found):
        for place in np.ndindex(cotangent.shape):
            moved = [a.astype(complex) for a in arguments]
            moved[which][place] += 1e-30j
            expected = np.sum(y_bar * last_of_them(*moved).imag / 1e-30)
            assert cotangent[place] == pytest.approx(expected, rel=1e-12, abs=1e-13)


def test_an_array_of_one_pass_is_not_recorded():
    random = np.random.default_rng(3)
    arguments = random.normal(size=(3, 2)), random.normal(size=(4, 2))
    source = ad.grad(distances, argnums=(0, 1), mode="reverse").source(*arguments)
    assert "apart_record" not in source
    again = source[source.index("# reverse sweep") :]
    assert any(line.strip().startswith("apart = points - ") for line in again.splitlines())
