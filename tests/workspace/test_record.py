"""Memory of records: arrays like any other, whose memory serves the next one."""

import resource
import threading

import numba as nb
import numpy as np
import pytest

from dualad.workspace.allocator import LARGEST
from dualad.workspace.record import PAGE, empty_record


@nb.njit
def filled(n):
    a, b, c = empty_record(n), empty_record((n, 3)), empty_record(n, np.int64)
    d = empty_record(n, np.bool_)
    for i in range(n):
        a[i], c[i], d[i] = i, -i, i % 2 == 0
        for j in range(3):
            b[i, j] = 10 * i + j
    return a, b, c, d


@pytest.mark.parametrize("n", [0, 1, 1000, 100_000, 1_500_000])
def test_arrays_do_not_share_memory(n):
    a, b, c, d = filled(n)
    assert np.array_equal(a, np.arange(n, dtype=float))
    assert np.array_equal(b, 10.0 * np.arange(n)[:, None] + np.arange(3))
    assert np.array_equal(c, -np.arange(n))
    assert np.array_equal(d, np.arange(n) % 2 == 0)
    assert (a.dtype, b.dtype, c.dtype, d.dtype) == (float, float, np.int64, bool)
    assert b.flags.c_contiguous
    assert all(array.ctypes.data % 64 == 0 for array in (a, b, c, d) if n)


def test_the_same_in_plain_python():
    assert empty_record((4, 2)).shape == (4, 2)
    assert empty_record(3, np.int64).dtype == np.int64


@nb.njit
def place(n):
    return empty_record(n).ctypes.data


def test_memory_serves_again():
    n = 50_000  # large enough to be kept
    first = place(n)
    assert abs(place(n) - first) < PAGE
    assert abs(place(n - 100) - first) < PAGE
    assert abs(place(n // 8) - first) > PAGE, "not where it would waste most of the block"


@nb.njit
def touched(n):
    a = empty_record(n)
    for i in range(0, n, 512):
        a[i] = 1.0
    return a[0]


def test_no_memory_is_lost():
    sizes = [20_000, 200_000, 1_000_000, LARGEST // 8 + 10]

    def grown(rounds):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for k in range(rounds):
            for n in sizes:
                touched(n + 7000 * (k % 13))
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    grown(30)
    assert grown(300) < 40_000  # KiB; one round alone fills as much


@nb.njit(nogil=True)
def own_number(n, number):
    a = empty_record(n)
    for i in range(n):
        a[i] = number
    for i in range(n):
        if a[i] != number:
            return False
    return True


def test_threads_get_memory_of_their_own():
    own_number(10, 1.0)
    wrong = []

    def work(number):
        for k in range(300):
            if not own_number(9_000 + 37 * k, number):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(float(t),)) for t in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
