"""Programs after failures that users of other source-to-source tools reported, with gradients in closed form.

Each was silently wrong there, or crashed: Warp (github.com/NVIDIA/warp) and Taichi (github.com/taichi-dev/taichi), by issue.
"""

import math

import numpy as np

from tests.scenarios.corpus import scenario

V3 = np.array([0.3, -1.2, 2.5])
V4 = np.array([0.5, -1.0, 2.0, 0.75])
M33 = np.array([[0.0, -2.0, 0.5], [1.5, 0.0, -0.25], [0.0, 3.0, 1.0]])


def _power_reference(x, n):
    return n * x ** (n - 1)


@scenario(1.1, 20, reference=_power_reference, full=True)
def warp_174_variable_overwritten_in_a_loop(x, n):
    y = 1.0
    for _ in range(n):
        y = y * x
    return y


@scenario(0.7, 4, reference=lambda x, n: _iterated_sine(x, n), full=True)
def warp_174_nonlinear_overwrite(x, n):
    for _ in range(n):
        x = math.sin(x)
    return x


def _iterated_sine(x, n):
    slope = 1.0
    for _ in range(n):
        slope, x = slope * math.cos(x), math.sin(x)
    return slope


@scenario(
    V4,
    np.array([0, 1, 3, 6]),
    np.array([2, 0, 1, 3, 2, 0]),
    reference=lambda q, s, a: _chain_reference(q, s, a),
    full=True,
)
def warp_1293_nested_dynamic_loops(q, starts, joints):
    # the outer variable is carried through an inner loop whose bounds are data
    angle, out = 0.1, 0.0
    for body in range(starts.size - 1):
        for k in range(starts[body], starts[body + 1]):
            angle = angle + q[joints[k]] * (k + 1)
        out = out + angle * angle
    return out


def _chain_reference(q, starts, joints):
    gradient, weight, angle = np.zeros(4), np.zeros(4), 0.1
    for body in range(3):
        for k in range(starts[body], starts[body + 1]):
            angle += q[joints[k]] * (k + 1)
            weight[joints[k]] += k + 1
        gradient += 2 * angle * weight
    return gradient


@scenario(V3, reference=lambda v: np.array([1.0, 1.0, 1.0]), full=True)
def warp_1294_array_read_and_written(v):
    for i in range(v.size):
        v[i] = v[i] + 1.0
    return v.sum()


@scenario(V3, reference=lambda v: 24.0 * v**7 / 3.0, full=True)
def warp_1294_array_reused(v):
    # each pass reads what the pass before left in the same memory
    work = v.copy()
    for _ in range(3):
        for i in range(work.size):
            work[i] = work[i] * work[i]
    return work.sum()


@scenario(V3, 2.0, 3, argnums=(0, 1), reference=lambda x, s, n: (2 * s * s * x, 2 * s * (x @ x + 5.0)), full=True)
def warp_1694_value_from_before_the_loop(x, s, n):
    b = s * s  # defined before, used only behind the loop; the accumulator does not start at zero
    total = 5.0
    for i in range(n):
        total += x[i] * x[i]
    return total * b


@scenario(1.5, 5, reference=lambda x, n: 2.0 * n * (n * x + 5.0), full=True)
def warp_1694_nonlinear_function_of_the_accumulator(x, n):
    total = 5.0
    for _ in range(n):
        total += x
    return total * total


@scenario(np.array([0.5, -0.25]), 4, reference=lambda x, n: np.array([n, 2.0 * n]), full=True)
def warp_1697_component_read_modified_written(x, n):
    m = np.zeros((2, 2))
    for _ in range(n):
        m[0, 0] = m[0, 0] + x[0]
        m[0, 0] = m[0, 0] + x[1]
        m[0, 0] = m[0, 0] + x[1]
    return m[0, 0]


@scenario(np.array([0.5, -0.25]), 3, reference=lambda x, n: np.array([0.0, -1.5 * 2.0**n]), full=True)
def warp_1697_write_after_write(x, n):
    v = np.zeros(2)
    v[1] = x[1]
    for _ in range(n):
        v[0] = x[0]  # lost
        v[0] = -v[1]
        v[1] = v[1] - v[0]
    return v[0] - v[1]


@scenario(np.array([0.8, -0.4]), M33, reference=lambda x, c: np.array([2.0 * 12.0, 1.0 * -2.0]), full=True)
def warp_1552_continue_and_the_largest_so_far(x, c):
    out = 0.0
    for k in range(x.size):
        best = -1e20
        for p in range(3):
            for q in range(3):
                if c[p, q] == 0.0:
                    continue
                v = x[k] * c[p, q] * (p + q + 1 if k == 0 else p + 1)
                if v <= best:
                    continue
                best = v
        out += best * (2.0 - k)
    return out


@scenario(0.5, 3, 4, reference=lambda x, n, m: n * (1.0 + 2.0 * m * x) + 3.0 * x * x * n, full=True)
def taichi_3912_statements_between_loops(x, n, m):
    total = 0.0
    for _ in range(n):
        total += x
        for _ in range(m):
            total += x * x
        cube = x * x * x
        total += cube
        for j in range(m):
            if j > 1:
                break
    return total


@scenario(V4, 4, reference=lambda x, n: _triangle_reference(x, n), full=True)
def taichi_7771_loops_bounded_by_outer_indices(x, n):
    loss = 0.0
    for i in range(n):
        part = 0.0
        for j in range(i):
            for k in range(j):
                part += x[j] * x[k]
        loss += part
    return loss


def _triangle_reference(x, n):
    gradient = np.zeros(n)
    for j in range(n):
        for k in range(j):
            gradient[j] += (n - 1 - j) * x[k]
            gradient[k] += (n - 1 - j) * x[j]
    return gradient


@scenario(0.3, 10, 500, reference=lambda x, n, m: n * m * (m + 1) * x / 1e3, full=True)
def taichi_8027_long_inner_loop(x, n, m):
    total = 0.0
    for _ in range(n):
        weight, inner = 0.0, 0.0
        for _ in range(m):
            weight += x
            inner += weight * x / 1e3
        total += inner
    return total


@scenario(
    np.zeros(5),
    np.array([1.0, 2.0, 3.0]),
    argnums=(0, 1),
    reference=lambda x, y: (np.ones(5), np.full(3, 5.0)),
    full=True,
)
def taichi_8356_sums_into_elements(x, y):
    for i in range(x.size):
        for j in range(y.size):
            x[i] += y[j]
    return x.sum()


@scenario(
    np.zeros(5),
    np.array([1.0, 2.0, 3.0]),
    argnums=(0, 1),
    reference=lambda x, y: (np.ones(5), np.full(3, 5.0)),
    full=True,
)
def taichi_8356_sums_into_a_local(x, y):
    for i in range(x.size):
        a = 0.0
        for j in range(y.size):
            a += y[j]
        x[i] += a
    return x.sum()
