"""`.real` and `.imag` of arrays of complex numbers are copies: a write that would show in a view is refused."""

import numpy as np
import pytest

import dualad as ad
from dualad.errors import UnsupportedError


def written_before(x):
    z = np.zeros(2, np.complex128)
    z[0] = 3 * x * (1 + 2j)
    return z.real[0] + z.imag[0]


def written_after(x):
    z = np.zeros(2) * (1 + 1j) * x
    r = z.real
    z[0] = 3 * x
    return r[0]


def written_in_the_next_iteration(x):
    s = 0.0
    z = np.zeros(2, np.complex128)
    for _ in range(3):
        s += z.imag[0]
        z[0] = z[0] + x * 1j
    return s


def argument_written_after(z):
    r = z.real
    z[0] = 3 * z[1]
    return r[0]


def another_array_written(x):
    z = np.ones(2) * (1 + 1j) * x
    w = z.copy()
    r = z.real
    w[0] = 0.0
    return r[0] + w[1].real


def test_parts_taken_after_the_last_write_are_right():
    assert ad.derivative(written_before)(2.0) == 9.0
    assert ad.derivative(another_array_written)(2.0) == 2.0


@pytest.mark.parametrize("function", [written_after, written_in_the_next_iteration])
def test_a_later_write_is_refused(function):
    with pytest.raises(UnsupportedError, match="write to an array after"):
        ad.derivative(function)(2.0)


def test_a_later_write_to_an_argument_is_refused():
    with pytest.raises(UnsupportedError, match="write to an array after"):
        ad.jvp(argument_written_after)((np.ones(2) * 1j,), (np.ones(2) * 1j,))
