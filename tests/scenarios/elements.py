"""Arrays element by element and view by view: reads, writes, masks, fancy indices, iteration, layouts."""

import numpy as np

from tests.scenarios.corpus import Made, scenario

V3 = np.array([0.3, -1.2, 2.5])
V6 = np.array([0.3, -1.2, 2.5, 0.75, -0.4, 1.1])
M23 = np.array([[0.3, -1.2, 2.5], [0.75, -0.4, 1.1]])
T222 = np.linspace(-1.0, 2.0, 8).reshape(2, 2, 2)


@scenario(V6, full=True)
def element_reads(v):
    return v[0] * v[-1] + v[2] ** 2 - v[len(v) - 3]


@scenario(V6)
def slice_reads(v):
    return v[1:4].sum() * v[::2].sum() + v[::-1][0] * v[-2:][1] + v[:0].sum()


@scenario(M23)
def row_and_column_reads(m):
    return m[0] * m[1], m[:, 1].sum() * m[1, -1], m[1, 1:] * m[0, ::2]


@scenario(T222, full=True)
def ellipsis_and_newaxis_reads(t):
    return t[..., 0].sum() * t[1, ...].sum(), t[0, :, None, 1], t[0][1][0]


@scenario(V6)
def views_kept_across_writes(v):
    a = v.copy()
    head = a[:3]
    odd = a[1::2]
    a[1] = a[0] * a[2]
    head[0] = 2.0 * odd[0]
    odd[1] = 5.0
    return a


@scenario(M23, full=True)
def view_of_view(m):
    a = m.copy()
    row = a[1]
    part = row[1:]
    part[0] = row[2] * a[0, 0]
    row[2] += part[0]
    return a


@scenario(V6, full=True)
def element_writes(v):
    a = v.copy()
    a[0] = v[1] * v[2]
    a[-1] = 1.0
    a[2] += a[0]
    a[3] *= a[2]
    a[4] -= 2.0
    a[5] /= v[0]
    return a


@scenario(V6)
def slice_writes(v):
    a = np.zeros(6)
    a[1:3] = v[:2]
    a[3:] = v[0]
    a[::2] += v[3:] * v[3:]
    a[:2] = 4.0
    return a


@scenario(M23, full=True)
def row_and_column_writes(m):
    a = np.zeros((3, 3))
    a[0] = m[1]
    a[:, 2] = m[0]
    a[1:, :2] = m[:, :2] * m[:, 1:]
    a[1, 1] = a[0, 0]
    return a


@scenario(V6)
def whole_array_assignments(v):
    a = np.empty_like(v)
    a[:] = v
    b = np.empty(6)
    b[:] = 2.0
    b[...] = a * b
    a += b
    a *= v
    a -= 1.0
    a /= 2.0
    a **= 2
    return a


@scenario(V6)
def boolean_masks(v):
    a = v.copy()
    picked = v[v > 0.0]
    a[v < 0.0] = 0.0
    a[v > 1.0] = v[v > 1.0] * 2.0
    return a * picked.sum()


@scenario(V6)
def fancy_index_read(v):
    order = np.array([4, 0, 0, 2])
    return v[order] * v[order + 1]


@scenario(V6)
def fancy_index_write(v):
    a = np.zeros(6)
    where = np.array([5, 1, 3])
    a[where] = v[:3]
    a[np.array([0, 2])] = v[4]
    return a


@scenario(V6, np.array([3, 1, 3, 0]))
def gather_and_scatter_by_loop(v, index):
    a = np.zeros(4)
    for i in index:
        a[i] += v[i] * v[i + 1]
    return a


@scenario(V3)
def iteration_over_array(v):
    s = 0.0
    for x in v:
        s += x * x * s + x
    return s


@scenario(M23, full=True)
def iteration_over_rows(m):
    s = 0.0
    for row in m:
        s += row[0] * row.sum()
    return s


@scenario(V3, V3[::-1].copy(), argnums=(0, 1))
def enumerate_and_zip(a, b):
    s = 0.0
    for i, x in enumerate(a):
        s += i * x
    for x, y in zip(a, b):
        s += x * y
    return s


@scenario(M23)
def ndindex_and_ndenumerate(m):
    a = np.empty(m.shape)
    for i in np.ndindex(m.shape):
        a[i] = m[i] * (i[0] + 1)
    s = 0.0
    for (i, j), x in np.ndenumerate(a):
        s += x * x * j
    return s


@scenario(M23)
def flat_iteration(m):
    s = 1.0
    for x in m.flat:
        s *= x + 2.0
    a = np.zeros_like(m)
    for i in range(m.size):
        a.flat[i] = m.flat[i] * s
    return a


@scenario(V3, full=True)
def negative_and_computed_indices(v):
    n = len(v)
    a = np.zeros(n)
    for i in range(n):
        a[(i + 1) % n] = v[i] - v[i - 1]
        a[-i] += v[~i]
    return a


@scenario(T222, full=True)
def three_dimensions(t):
    a = np.zeros((2, 2))
    for i in range(2):
        for j in range(2):
            a[i, j] = t[i, :, j].sum() * t[j, i, 0]
    return a


@scenario(Made(lambda: V6.copy()[::2]))
def strided_argument(v):
    w = v * 2.0
    w[0] = v[1] * v[2]
    return w.sum() * v[0]


@scenario(Made(lambda: V6.copy()[::-2]), full=True)
def negatively_strided_argument(v):
    return v[0] * v[1:] + v[2]


@scenario(Made(lambda: M23.copy().T))
def transposed_argument(m):
    return m[0] * m[2], m[:, 1].sum() * m[1, 1]


@scenario(np.asfortranarray(M23), full=True)
def fortran_argument(m):
    a = m.copy()
    a[0] *= m[1]
    return a


@scenario(Made(lambda: T222.copy()[:, 1, ::-1]))
def slice_of_cube_argument(m):
    return m * m[0, 0]


@scenario(np.zeros(0), full=True)
def empty_array_argument(v):
    s = 1.0
    for x in v:
        s += x
    return s


@scenario(np.array([[0.5, -1.0, 2.0]]), full=True)
def axis_of_size_one(m):
    return m * m[:, :1] + m[0]


@scenario(np.array(0.75))
def zero_dimensional_array(a):
    return a[()] * 2.0 + a.item() * a[()]


@scenario(V3, 1.5, argnums=(0, 1), second_order=True, full=True)
def array_and_scalar(v, x):
    s = 0.0
    for i in range(v.size):
        s += v[i] ** 2 * x**i
    return s


@scenario(np.array([0.4, -0.7, 1.9, 0.2]), second_order=True)
def rosenbrock(x):
    s = 0.0
    for i in range(x.size - 1):
        s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


@scenario(np.array([0.4, -0.7, 1.9, 0.2, 1.2, -0.3, 0.8, 1.7, 0.05, -1.1, 0.6]), second_order=True)
def more_inputs_than_a_chunk(x):
    s = 0.0
    for i in range(x.size):
        s += np.sin(x[i] * x[i - 1]) * (i + 1)
    return s


@scenario(V3, name="array_returned_unchanged", full=True)
def _identity(v):
    return v


@scenario(V3)
def view_returned(v):
    return v[1:]
