"""Float buffers that come to hold active values: made here, made elsewhere, passed down, swapped, aliased."""

import numba as nb
import numpy as np

from tests.scenarios.corpus import Made, scenario

V3 = np.array([0.3, -1.2, 2.5])
V6 = np.array([0.3, -1.2, 2.5, 0.75, -0.4, 1.1])
M23 = np.array([[0.3, -1.2, 2.5], [0.75, -0.4, 1.1]])
OUT = np.zeros(3)


@scenario(V3, full=True)
def zeros_filled(v):
    out = np.zeros(3)
    for i in range(3):
        out[i] = v[i] * v[0]
    return out


@scenario(V3, second_order=True)
def empty_matrix_filled(v):
    n = v.size
    out = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            out[i, j] = v[i] * v[j] if i < j else 1.0
    return out.sum()


@scenario(1.3)
def every_creation_function(x):
    a = np.zeros(2)
    b = np.ones(2, dtype=np.float64)
    c = np.full(2, 3.0)
    d = np.empty_like(a)
    e = np.ones_like(a)
    f = np.full_like(a, 7.0)
    g = np.zeros((1, 2), np.float64)
    h = a.copy()
    for i in range(2):
        a[i] = x
        b[i] *= x
        c[i] += x
        d[i] = x * i
        e[i] -= x
        f[i] /= x
        g[0, i] = x + i
        h[i] = x * x
    return a + b + c + d + e + f + g[0] + h


@scenario(1.3, full=True)
def array_literal_written(x):
    a = np.array([1.0, 2.0, 3.0])
    a[1] = x
    return a * a[1]


@scenario(1.3)
def array_literal_of_active(x):
    return np.array([x, 2.0, x * x]), np.array([[1.0, x], [x, 0.0]])


@scenario(1.3)
def linspace_and_arange_written(x):
    a = np.linspace(0.0, 1.0, 3)
    b = np.arange(3) * 1.0
    c = np.arange(0.0, 3.0)
    a[0] = x
    b[1] += x
    c *= x
    return a + b + c


@nb.njit
def _make(n):
    return np.zeros(n)


@scenario(1.3, full=True)
def buffer_made_by_helper(x):
    a = _make(3)
    a[1] = x * x
    return a


@nb.njit
def _same(a):
    return a


@nb.njit
def _tail(a):
    return a[1:]


@scenario(1.3)
def helper_returns_its_argument(x):
    a = np.zeros(3)
    b = _same(a)
    b[0] = x
    c = _tail(a)
    c[1] = x * x
    return a


@scenario(V3)
def buffer_swaps(v):
    old = v.copy()
    new = np.zeros(3)
    for _ in range(3):
        for i in range(3):
            new[i] = old[i] + 0.1 * old[i - 1] * old[i]
        old, new = new, old
    return old


@scenario(V6, second_order=True, full=True)
def heat_equation(u0):
    u = u0.copy()
    for _ in range(4):
        v = np.zeros_like(u)
        for i in range(1, len(u) - 1):
            v[i] = u[i] + 0.2 * (u[i - 1] - 2 * u[i] + u[i + 1])
        u = v
    return (u * u).sum()


@scenario(0.1, V6, argnums=(0, 1))
def heat_equation_by_slices(k, u):
    u = u.copy()
    for _ in range(3):
        u[1:-1] += k * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    return u


@nb.njit
def _lorenz(t, y, dy, p):
    dy[0] = p[0] * (y[1] - y[0])
    dy[1] = y[0] * (p[1] - y[2]) - y[1]
    dy[2] = y[0] * y[1] - p[2] * y[2]


@nb.njit
def _rk4(rhs, y, h, steps, p):
    n = y.size
    k1, k2, k3, k4 = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for step in range(steps):
        t = step * h
        rhs(t, y, k1, p)
        rhs(t + h / 2, y + h / 2 * k1, k2, p)
        rhs(t + h / 2, y + h / 2 * k2, k3, p)
        rhs(t + h, y + h * k3, k4, p)
        y += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


@scenario(np.array([1.0, 1.5, 20.0]), np.array([10.0, 28.0, 8 / 3]), argnums=(0, 1))
def lorenz_rk4_in_place(y0, p):
    y = y0.copy()
    _rk4(_lorenz, y, 0.01, 5, p)
    return y


@scenario(V3, V3 * 0.0, out_argnums=1, full=True)
def output_argument(v, out):
    for i in range(3):
        out[i] = v[i] * v[i - 1]


@scenario(0.5, V3, V3 * 0.0, argnums=(0, 1), out_argnums=2)
def right_hand_side(t, y, dy):
    dy[0] = y[1]
    dy[1] = -y[0] * t
    dy[2] = y[2] ** 2


@scenario(V3, V3 * 0.0, np.zeros((2, 3)), out_argnums=(1, 2))
def two_output_arguments(v, a, b):
    a[:] = v * v
    b[0] = a
    b[1] = 1.0


@scenario(V3, V3 + 1.0, out_argnums=1, argnums=0)
def output_argument_read_first(v, out):
    for i in range(3):
        out[i] = out[i] * v[i] + out[i - 1]


@scenario(V3, V3 + 1.0, argnums=0)
def inactive_argument_overwritten(v, work):
    for i in range(3):
        work[i] = work[i] * v[i]
    return work.sum() * v[0]


@scenario(1.3, Made(lambda: V6.copy()[::2]), full=True)
def inactive_strided_argument_overwritten(x, work):
    work[1] = x
    return work * x


@scenario(V3, full=True)
def active_argument_overwritten(v):
    for i in range(3):
        v[i] = v[i] * v[i - 1]
    return v.sum()


@scenario(V3)
def active_argument_overwritten_by_constants(v):
    s = v.sum()
    v[:] = 1.0
    return s * v[0] + v.sum()


@scenario(1.3)
def inactive_array_becomes_active_half_way(x):
    a = np.ones(4)
    s = 0.0
    for i in range(4):
        s += a[i - 1]
        if i == 2:
            a[:] = x
        s *= a[0]
    return s


@scenario(1.3, 3)
def rebinding_by_branch(x, n):
    if n > 2:
        a = np.zeros(2)
    else:
        a = np.ones(2)
    a[1] = x
    b = a if n > 5 else a[::-1]
    b[0] += x * x
    return a


@scenario(V3, full=True)
def growing_array(v):
    a = np.zeros(1)
    for i in range(3):
        bigger = np.zeros(a.size + 1)
        bigger[: a.size] = a
        bigger[a.size] = v[i] * a.sum() + v[i]
        a = bigger
    return a


@scenario(V3, full=True)
def buffer_in_tuple_and_closure(v):
    pair = (np.zeros(3), np.ones(2))

    def put(i):
        pair[0][i] = v[i] * 2.0

    for i in range(3):
        put(i)
    pair[1][0] = v[0]
    return pair[0] * pair[1][0]


@nb.njit
def _shift(state, amount):
    values, count = state
    values[count] = amount
    return values, count + 1


@scenario(1.3)
def buffer_carried_in_tuple_through_helper(x):
    state = (np.zeros(4), 0)
    for i in range(4):
        state = _shift(state, x**i)
    return state[0]


@scenario(V3, V3, argnums=0, name="same_values_active_and_inactive", full=True)
def _product_sum(a, b):
    return (a * b).sum()


@scenario(V3)
def same_array_passed_twice_to_helper(v):
    a = v.copy()
    _accumulate(a, a)
    return a


@nb.njit
def _accumulate(target, source):
    for i in range(target.size):
        target[i] += source[-1 - i] * source[i]


@scenario(1.3, full=True)
def work_array_reused_with_other_meaning(x):
    work = np.zeros(3)
    work[0] = 2.0
    s = work[0] * x
    work[0] = x
    s += work[0] ** 2
    work[:] = 0.0
    return s + work.sum()


@scenario(M23, full=True)
def output_of_row_operations(m):
    out = np.zeros((2, 2))
    for i in range(2):
        row = out[i]
        row[0] = m[i].sum()
        row[1] = m[i, 0] * row[0]
    return out


@scenario(V3, full=True)
def circular_buffer(v):
    ring = np.zeros(2)
    s = 0.0
    for i in range(6):
        s += ring[i % 2] * v[i % 3]
        ring[i % 2] = v[i % 3] + 0.5 * s
    return s


@scenario(1.3)
def integer_and_boolean_buffers_stay_inactive(x):
    count = np.zeros(3, dtype=np.int64)
    seen = np.zeros(3, dtype=np.bool_)
    s = 0.0
    for i in range(6):
        k = int(x * i) % 3
        count[k] += 1
        seen[k] = x > 1.0
        s += x * count[k]
    return s if seen[0] else 0.0


@scenario(V3)
def numbers_that_begin_as_constants(v):
    """Arrays and tuples of numbers that carry derivatives only once the loop has come round."""
    x, y, both = 1.0, 0.0, (2.0, v.size * 0.5)
    total = 0.0
    for k in range(3):
        here = np.array([x, y])
        x, y = x + v[k] * y, y - v[0] * x
        total += here.sum() * np.array(both)[1]
        both = (both[0] * v[1], both[1] + x)
    return np.array([x, y, total]), np.full(2, both[0])


@scenario(V3, full=True)
def constant_on_one_way(v):
    x = 2.0
    if v[0] > 0.0:
        x = v[1] * 3.0
    return np.full(2, x) * v[2]
