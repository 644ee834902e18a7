"""One memory under two names: views, arguments that overlap, helpers that hand back what they were given."""

import numba as nb
import numpy as np

from tests.scenarios.corpus import Made, attack

V3 = np.array([0.3, -1.2, 2.5])
V4 = np.array([0.3, -1.2, 2.5, 0.7])


@attack(1.3, V3, reference=lambda x, w: w.sum() - w[1] + 2 * x)
def store_into_view_of_inactive_argument(x, w):
    v = w[1:]
    v[0] = x
    return w.sum() * x


@attack(1.3, np.zeros((2, 2)), reference=lambda x, w: 2 * x)
def store_into_transpose_of_inactive_argument(x, w):
    w.T[1, 0] = x
    return w[0, 1] * x


@attack(1.3, np.zeros(4), reference=lambda x, w: 2 * x)
def store_into_reshaped_inactive_argument(x, w):
    m = w.reshape((2, 2))
    m[1, 0] = x
    return w[2] * x


@attack(1.3, V3, True, reference=lambda x, w, c: 0.3 + 2 * x)
def conditional_alias_of_argument(x, w, c):
    z = np.zeros(3)
    b = w if c else z
    b[1] = x
    return (w[0] + w[1]) * x


@attack(1.3, False, reference=lambda x, c: 2 * x)
def conditional_alias_of_buffers(x, c):
    a, z = np.zeros(2), np.ones(2)
    b = a if c else z
    b[1] = x
    return z[1] * x + a[1] * x


@attack(1.3, 3, reference=lambda x, n: 2 * x)
def alias_changes_in_loop(x, n):
    a, b = np.zeros(3), np.zeros(3)
    target = a
    for i in range(n):
        target[i] = x
        target = b if i == 0 else a
    return b[1] * x + a[1]


@nb.njit
def _made(n):
    return np.zeros(n)


@nb.njit
def _same(a):
    return a


@nb.njit
def _either(a, b, first):
    if first:
        return a
    return b


@nb.njit
def _both(a):
    return a, a[::-1]


@attack(1.3, reference=lambda x: 2 * x)
def helper_makes_buffer_for_caller(x):
    a = _made(2)
    a[0] = x
    return a[0] * x


@attack(1.3, np.zeros(2), reference=lambda x, w: 2 * x)
def helper_returns_inactive_argument(x, w):
    b = _same(w)
    b[0] = x
    return w[0] * x


@attack(1.3, np.zeros(2), reference=lambda x, w: 2 * x)
def helper_returns_one_of_two(x, w):
    b = _either(np.ones(2), w, False)
    b[0] = x
    return w[0] * x


@attack(1.3, reference=lambda x: 2 * x)
def helper_returns_views(x):
    a = np.zeros(3)
    b, c = _both(a)
    c[0] = x
    return b[2] * x


@attack(Made(lambda: np.array([2.0, 3.0])), kink=True, name="same_array_is_also_read", argnums=0)
def _reads_twice(v):
    w = v
    w[0] = w[1] * w[1]
    return v[0] * v[1]


@attack(1.3, np.zeros(3), out_argnums=1, reference=lambda x, out: np.array([1.0, 2 * x, 0.0]))
def output_argument_through_view(x, out):
    head = out[:2]
    head[0] = x
    head[1] = x * x
    out[2] = 4.0


@attack(1.3, Made(lambda: np.zeros(6)[::2]), out_argnums=1, reference=lambda x, out: np.array([1.0, 0.0, 2 * x]))
def strided_output_argument(x, out):
    out[0] = x
    out[2] = x * x


@attack(V3, reference=lambda v: np.eye(3)[::-1])
def reversed_view_of_buffer(v):
    a = np.zeros(3)
    b = a[::-1]
    for i in range(3):
        b[i] = v[i]
    return a


@attack(V4, reference=lambda v: np.array([0.0, 1.0, 1.0, 1.0]))
def overlapping_slices(v):
    a = v.copy()
    a[0] = 0.0
    a[:2] = a[1:3] * 0.0
    return a[2] + a[3] + v[1]


@attack(V3)
def flat_and_ravel_writes(v):
    a = np.zeros((1, 3))
    a.ravel()[:] = v
    a.flat[1] = v[0] * v[2]
    return a.sum() * a[0, 1]


@attack(V3)
def flat_write_into_active_argument(v):
    v.flat[0] = v[1] * v[0]
    return v[0] * v[2]


@attack(V3, reference=lambda v: np.array([1.0, 1.0, 0.0]))
def sliding_windows(v):
    a = v.copy()
    w = np.lib.stride_tricks.sliding_window_view(a, 2)
    return w[0].sum()


@attack(V3, reference=lambda v: np.array([3.0, 3.0, 3.0]))
def broadcast_view(v):
    return np.broadcast_to(v, (3, 3)).sum()


@attack(V3, reference=lambda v: np.array([0.0, 0.0, 2.0]))
def memory_of_a_strided_view(v):
    a = np.zeros(6)
    a[::2] = v
    b = a[1:]
    return b[3] * 2.0


@attack(V4, reference=lambda v: np.array([1.0, 0.0, 0.0, 1.0]))
def fortran_buffer(v):
    a = np.asfortranarray(np.zeros((2, 2)))
    k = 0
    for i in range(2):
        for j in range(2):
            a[i, j] = v[k]
            k += 1
    return a[0, 0] + a[1, 1]


@nb.njit
def _recursive_fill(a, x, k):
    if k < a.size:
        a[k] = x
        _recursive_fill(a, x * x, k + 1)


@attack(1.3, reference=lambda x: np.array([1.0, 2 * x, 4 * x**3]))
def recursion_writes_buffer(x):
    a = np.zeros(3)
    _recursive_fill(a, x, 0)
    return a


@nb.njit
def _recursive_buffer(x, k):
    if k == 0:
        return np.ones(2)
    a = _recursive_buffer(x, k - 1)
    a[k % 2] *= x
    return a


@attack(1.3, reference=lambda x: np.array([1.0, 2 * x]))
def recursion_returns_buffer(x):
    return _recursive_buffer(x, 3)


@attack(1.3, 5, reference=lambda x, n: 1.0)
def written_only_on_an_untaken_branch(x, n):
    a = np.ones(2)
    if n < 0:
        a[0] = x
    return a[0] * x


@nb.njit
def _swap_rows(a, i, j):
    for k in range(a.shape[1]):
        a[i, k], a[j, k] = a[j, k], a[i, k]


@attack(V4, reference=lambda v: np.array([[0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0.0]]))
def rows_swapped_by_helper(v):
    a = np.zeros((2, 2))
    a[0] = v[:2]
    a[1] = v[2:]
    _swap_rows(a, 0, 1)
    return a.ravel()
