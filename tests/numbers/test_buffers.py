"""Float buffers become active where they have to; the caller's memory is as the program leaves it."""

from typing import NamedTuple

import numba as nb
import numpy as np
import pytest

import dualad as ad
from tests.compare import assert_close
from tests.oracle import differentiate
from tests.sampling import some

V = np.array([0.3, -1.2, 2.5])


@nb.njit
def fill(out, x):
    for i in range(out.size):
        out[i] = x * (i + 1)


@nb.njit
def filled(x, n):
    out = np.empty(n)
    fill(out, x)
    return out


def test_calls_share_no_memory():
    jacobian = ad.jacfwd(lambda v: v * v)
    first = jacobian(V)
    kept = first.copy()
    second = jacobian(2.0 * V)
    assert not np.shares_memory(first, second)
    assert_close(first, kept, 0.0)


def test_result_does_not_share_memory_with_the_argument():
    v = V.copy()
    value, jacobian = ad.value_and_jacobian(lambda v: v)(v)
    assert not np.shares_memory(jacobian, v)
    value[0] = 7.0
    assert v[0] == 0.3 or np.shares_memory(value, v)  # the argument itself, as f returns it, or a copy


def test_repeated_calls_agree_bit_for_bit():
    def program(x):
        a = np.empty(4)
        a[0] = x
        for i in range(1, 4):
            a[i] = a[i - 1] * x + np.sin(a[i - 1])
        return a

    jacobian = ad.jacfwd(program)
    assert jacobian(1.3).tobytes() == jacobian(1.3).tobytes()


def test_output_argument_receives_what_the_program_writes_or_stays_as_it_was():
    def program(v, out):
        out[0] = v.sum()
        out[1] = 2.0

    out = np.array([5.0, 6.0, 7.0])
    jacobian = ad.jacfwd(program, out_argnums=1)(V, out)
    assert_close(jacobian, np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), 0.0)
    assert out.tolist() in ([5.0, 6.0, 7.0], [V.sum(), 2.0, 7.0])


def test_unwritten_entries_of_an_output_argument_have_no_derivative():
    def program(v, out):
        out[1] = v[0] * out[0]

    jacobian = ad.jacfwd(program, out_argnums=1)(V, np.array([4.0, 0.0]))
    assert_close(jacobian, np.array([[0.0, 0.0, 0.0], [4.0, 0.0, 0.0]]), 0.0)


def test_output_argument_that_is_active_too():
    """d(out after)/d(out before), when `argnums` names the output argument."""

    def program(v, out):
        out[0] *= v[0]
        out[1] += v[1]

    by_v, by_out = ad.jacfwd(program, argnums=(0, 1), out_argnums=1)(V[:2].copy(), np.array([2.0, 3.0]))
    assert_close(by_v, np.array([[2.0, 0.0], [0.0, 1.0]]), 0.0)
    assert_close(by_out, np.array([[0.3, 0.0], [0.0, 1.0]]), 0.0)


@pytest.mark.parametrize(
    "out",
    [np.zeros((2, 3)), np.zeros((2, 3), order="F"), np.zeros((4, 6))[::2, ::2], np.zeros((3, 2)).T],
    ids=["C", "Fortran", "strided", "transposed"],
)
def test_output_argument_of_any_layout(out):
    def program(v, out):
        for i in range(2):
            for j in range(3):
                out[i, j] = v[i] * v[j]

    expected = np.zeros((2, 3, 3))
    for i in range(2):
        for j in range(3):
            expected[i, j, i] += V[j]
            expected[i, j, j] += V[i]
    assert_close(ad.jacfwd(program, out_argnums=1)(V, out), expected, 1e-15)


def test_helper_serves_active_and_inactive_buffers():
    """One helper, called with numbers that carry derivatives and with plain ones, in one program."""

    def program(x):
        a, b = filled(x, 3), filled(2.0, 3)
        fill(b[1:], 5.0)
        return a * b

    assert_close(ad.jacfwd(program)(1.3), np.array([2.0, 10.0, 30.0]), 1e-15)


@pytest.mark.parametrize("depth", [1, 3])
def test_buffer_passed_down_several_calls(depth):
    inner = fill
    for _ in range(depth):
        inner = _wrap(inner)

    def program(x):
        out = np.zeros(2)
        inner(out, x * x)
        return out

    assert_close(ad.jacfwd(program)(1.5), np.array([3.0, 6.0]), 1e-15)


def _wrap(inner):
    @nb.njit
    def outer(out, x):
        inner(out, x)

    return outer


def test_chain_of_copies():
    def program(x):
        a = np.zeros(2)
        b = a.copy()
        c = b + 1.0
        d = np.empty_like(c)
        d[:] = c
        a[0] = x
        b[:] = a
        d[1] = b[0] * c[0]
        return a[0] + b[0] * d[1] + c[1]

    assert_close(ad.derivative(program)(1.3), 1.0 + 2 * 1.3, 1e-15)


def test_buffer_carried_by_a_loop_and_rebound_inside():
    def program(v):
        total = np.zeros(v.size)
        for i in range(3):
            step = np.ones(v.size)
            if i:
                step = step * v
            total = total + step
        return total

    assert_close(ad.jacfwd(program)(V), 2.0 * np.eye(3), 1e-15)


def test_buffer_that_never_holds_an_active_value_is_untouched():
    """Its values still count, and what is computed from it has no derivative."""

    def program(x):
        table = np.zeros(3)
        for i in range(3):
            table[i] = i * i
        return table.sum() * x, table[2]

    assert_close(ad.jacfwd(program)(1.3), (5.0, 0.0), 0.0)


def test_large_buffer():
    def program(x):
        a = np.empty((200, 300))
        for i in range(200):
            for j in range(300):
                a[i, j] = x * j
        return a.sum()

    assert_close(ad.derivative(program)(1.0), 200 * 300 * 299 / 2, 1e-13)


def test_zero_sized_buffer():
    def program(x):
        a = np.zeros((0, 3))
        for i in range(a.shape[0]):
            a[i, 0] = x
        return a.sum() + x

    assert_close(ad.derivative(program)(1.0), 1.0, 0.0)


def test_list_of_buffers_swapped_by_rotation():
    def program(x):
        levels = [np.zeros(2), np.ones(2), np.ones(2)]
        for _ in range(3):
            levels[0][:] = levels[1] * x
            levels[0], levels[1], levels[2] = levels[1], levels[2], levels[0]
        return levels[2]

    assert_close(ad.jacfwd(program)(1.5), np.array([2 * 1.5, 2 * 1.5]), 1e-15)


def test_tuple_of_buffers_returned_by_helper():
    @nb.njit
    def make(n):
        return np.zeros(n), np.ones(n)

    def program(x):
        a, b = make(2)
        a[0] = x
        b[1] = a[0] * x
        return a + b

    assert_close(ad.jacfwd(program)(1.5), np.array([1.0, 3.0]), 1e-15)


def test_second_order_through_buffers():
    def program(x):
        a = np.zeros(3)
        a[0] = x
        a[1] = a[0] * x
        a[2] = a[1] * a[0]
        return a[2]

    assert_close(ad.second_derivative(program)(2.0), 12.0, 1e-15)


def test_inactive_work_array_of_the_caller_is_not_corrupted():
    """Afterwards `work` holds what the program would leave there, or what it held."""

    def program(x, work):
        for i in range(work.size):
            work[i] = x * (i + 1)
        return work.sum()

    work = np.array([9.0, 8.0])
    assert_close(ad.derivative(program)(1.5, work), 3.0, 1e-15)
    assert work.tolist() in ([9.0, 8.0], [1.5, 3.0])
    assert_close(ad.derivative(program)(1.5, work), 3.0, 1e-15)


def test_read_only_argument():
    v = V.copy()
    v.flags.writeable = False
    assert_close(ad.grad(lambda v: (v * v).sum())(v), 2.0 * V, 1e-15)


def test_numba_compiled_program_with_local_buffers_called_from_jitted_code():
    gradient = ad.grad(lambda v: filled(v[0] * v[1], 3).sum())

    @nb.njit
    def descend(v):
        for _ in range(2):
            v = v - 0.01 * gradient(v)
        return v

    first = V - 0.01 * 6.0 * np.array([V[1], V[0], 0.0])
    second = first - 0.01 * 6.0 * np.array([first[1], first[0], 0.0])
    assert_close(descend(V), second, 1e-14)


def through_view(v):
    w = v[1:]
    w[0] = w[0] * v[0]
    return v.sum() * v[1]


def through_rows(v):
    m = v.reshape((2, 2))
    for row in m:
        row[0] = row[1] * row[0]
    return v[0] * v[2]


def through_tuple(v):
    held = (v, 1)
    held[0][0] = v[1] * v[2]
    return v[0] * v[3]


class Held(NamedTuple):
    data: np.ndarray


def through_namedtuple(v):
    held = Held(v)
    held.data[0] = v[1] * v[0]
    return v[0] * v[3]


def through_list(v):
    held = [v]
    held[0][0] = v[1] * v[0]
    return v[0] * v[3]


def through_helper(v):
    fill(v[2:], v[0] * v[1])
    return v[2] * v[3] * v[0]


def through_closure(v):
    def double(i):
        v[i] = 2.0 * v[i] * v[0]

    double(1)
    return v[1] * v[2]


def through_fill(v):
    s = v.sum()
    v.fill(2.0)
    return s * v[0]


def through_ufunc(v):
    s = v[0]
    np.multiply(v, v, v)
    return s * v.sum()


def through_sort(v):
    s = v[0]
    v.sort()
    return s * v[0] + v[3]


def through_conditional_alias(v):
    w = v if v[0] > 0 else np.zeros(4)
    w[0] = w[0] * v[1]
    return v[0] * v[3]


def through_in_place_operator(v):
    w = v[:2]
    w *= v[2]
    return v[0] * v[1]


def through_swap(v):
    w = v.copy()
    for _ in range(2):
        w[0] = v[0] * v[1]
        v, w = w, v
    return v[0] * w[0]


WRITERS = [f for name, f in list(globals().items()) if name.startswith("through_")]


@pytest.mark.parametrize("program", some(WRITERS, 3))
def test_argument_written_under_another_name_is_fresh_for_every_chunk(program):
    """Four chunks of one: what the first sweep writes must not be what the second one starts from."""
    v = np.array([0.7, -1.2, 2.5, 0.4])
    before = v.copy()
    after = v.copy()
    nb.njit(program)(after)
    gradient = ad.jacfwd(program, chunk=1)(v)
    assert_close(gradient, differentiate(program, (before,))[1], 1e-13)
    assert np.array_equal(v, before) or np.array_equal(v, after)
