"""Arrays whose rows begin where inner loops begin: contents, shapes and places."""

import numba as nb
import numpy as np
import pytest

from dualad.workspace.placed import LEADS, placed
from dualad.workspace.record import PAGE

FUNCTIONS = np.empty, np.zeros, np.empty_like, np.zeros_like, np.copy


def made(lead):
    empty, zeros, empty_like, zeros_like, copy = (placed(function, lead) for function in FUNCTIONS)

    @nb.njit
    def arrays(x, n):
        return empty((n, 3)), zeros(n), zeros((n, n), np.complex64), empty_like(x), zeros_like(x), copy(x)

    return arrays


@pytest.mark.parametrize("lead", [0, 1, LEADS - 1])
def test_where_they_begin(lead):
    function = made(lead)
    for x in (np.arange(7.0), np.arange(12.0).reshape(3, 4), np.ones((80, 90)), np.zeros((0, 2))):
        for n in (1, 60):
            *others, zeros, copied = function(x, n)
            for array in (*others, zeros, copied):
                assert array.flags.c_contiguous
                assert array.flags.writeable
                assert not array.size or (array.ctypes.data + lead * array.itemsize) % 64 == 0
            assert [array.shape for array in (*others, zeros, copied)] == [(n, 3), (n,), (n, n), *[x.shape] * 3]
            assert not any(array.any() for array in (others[1], others[2], zeros))
            np.testing.assert_array_equal(copied, x)
            assert others[2].dtype == np.complex64


def test_large_ones_begin_at_different_places_of_a_page():
    *_, second, third = made(0)(np.zeros((64, 64)), 2)
    assert (second.ctypes.data - third.ctypes.data) % PAGE


def test_rows_in_any_order_and_numbers_of_any_kind():
    function = made(1)
    x = np.arange(12, dtype=np.int32).reshape(3, 4)
    np.testing.assert_array_equal(function(x.T, 2)[5], x.T)
    np.testing.assert_array_equal(function(x[::-1, ::2], 2)[5], x[::-1, ::2])


def test_the_same_in_plain_python():
    x = np.arange(3.0)
    for function in FUNCTIONS[2:]:
        np.testing.assert_array_equal(placed(function, 2)(x).shape, function(x).shape)
    assert placed(np.zeros, 3)(4, np.int8).dtype == np.int8
    assert placed(np.ones, 3) is None
    assert placed(np.zeros, LEADS) is None


def test_a_copy_shares_nothing():
    x = np.ones(5000)
    copied = made(1)(x, 1)[-1]
    copied[:] = 2.0
    assert x.sum() == 5000
