"""Adjoints of the rollouts in `within` and their schedules written by hand in Numba: no more states than are asked for."""

import numpy as np

from benchmarks.programs import jit, lorenz_rate


@jit
def _advance(left, free):
    """Steps to the next snapshot, with so many left and that many slots, the one here included (Griewank, Walther)."""
    if free == 1:
        return left - 1
    repeats, most, before, fewer = 0, 1, 0, 0  # most = C(free + repeats, free), fewer the same for one slot less
    while most < left:
        repeats += 1
        before, fewer = most, most * free // (free + repeats - 1)
        most = most * (free + repeats) // repeats
    return min(before, left - fewer)


@jit
def _lorenz_step(x, y, z, s, r, b, h):
    a0, a1, a2 = lorenz_rate(x, y, z, s, r, b)
    b0, b1, b2 = lorenz_rate(x + 0.5 * h * a0, y + 0.5 * h * a1, z + 0.5 * h * a2, s, r, b)
    c0, c1, c2 = lorenz_rate(x + 0.5 * h * b0, y + 0.5 * h * b1, z + 0.5 * h * b2, s, r, b)
    d0, d1, d2 = lorenz_rate(x + h * c0, y + h * c1, z + h * c2, s, r, b)
    x += h / 6.0 * (a0 + 2.0 * (b0 + c0) + d0)
    y += h / 6.0 * (a1 + 2.0 * (b1 + c1) + d1)
    z += h / 6.0 * (a2 + 2.0 * (b2 + c2) + d2)
    return x, y, z


@jit
def _lorenz_pull(x, y, z, s, r, b, f0, f1, f2):
    """Cotangents of the state, for those of its rate."""
    return (r - z) * f1 - s * f0 + y * f2, s * f0 - f1 + x * f2, -x * f1 - b * f2


@jit
def _lorenz_back(x, y, z, s, r, b, h, xb, yb, zb, sb, rb, bb):
    g, w = 0.5 * h, h / 6.0
    a0, a1, a2 = lorenz_rate(x, y, z, s, r, b)
    x1, y1, z1 = x + g * a0, y + g * a1, z + g * a2
    b0, b1, b2 = lorenz_rate(x1, y1, z1, s, r, b)
    x2, y2, z2 = x + g * b0, y + g * b1, z + g * b2
    c0, c1, c2 = lorenz_rate(x2, y2, z2, s, r, b)
    x3, y3, z3 = x + h * c0, y + h * c1, z + h * c2
    d0, d1, d2 = w * xb, w * yb, w * zb
    p0, p1, p2 = _lorenz_pull(x3, y3, z3, s, r, b, d0, d1, d2)
    c0, c1, c2 = 2.0 * d0 + h * p0, 2.0 * d1 + h * p1, 2.0 * d2 + h * p2
    q0, q1, q2 = _lorenz_pull(x2, y2, z2, s, r, b, c0, c1, c2)
    b0, b1, b2 = 2.0 * d0 + g * q0, 2.0 * d1 + g * q1, 2.0 * d2 + g * q2
    t0, t1, t2 = _lorenz_pull(x1, y1, z1, s, r, b, b0, b1, b2)
    a0, a1, a2 = d0 + g * t0, d1 + g * t1, d2 + g * t2
    e0, e1, e2 = _lorenz_pull(x, y, z, s, r, b, a0, a1, a2)
    sb += a0 * (y - x) + b0 * (y1 - x1) + c0 * (y2 - x2) + d0 * (y3 - x3)
    rb += a1 * x + b1 * x1 + c1 * x2 + d1 * x3
    bb -= a2 * z + b2 * z1 + c2 * z2 + d2 * z3
    return xb + e0 + t0 + q0 + p0, yb + e1 + t1 + q1 + p1, zb + e2 + t2 + q2 + p2, sb, rb, bb


@jit
def lorenz(y0, parameters, steps, h, block, snapshots):
    """Snapshots before some of the blocks, and all states within the block that is reversed."""
    s, r, b = parameters[0], parameters[1], parameters[2]
    blocks = -(-steps // block)
    store, starts, record = np.empty((snapshots, 3)), np.empty(snapshots, np.int64), np.empty((block, 3))
    store[0, 0], store[0, 1], store[0, 2], starts[0], height = y0[0], y0[1], y0[2], 0, 1
    xb, yb, zb, sb, rb, bb = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for last in range(blocks - 1, -1, -1):
        at = starts[height - 1]
        x, y, z = store[height - 1, 0], store[height - 1, 1], store[height - 1, 2]
        while at < last:
            ahead = _advance(last + 1 - at, snapshots - height + 1)
            for _ in range(ahead * block):
                x, y, z = _lorenz_step(x, y, z, s, r, b, h)
            at += ahead
            if height < snapshots:
                store[height, 0], store[height, 1], store[height, 2], starts[height] = x, y, z, at
                height += 1
        count = min(block, steps - last * block)
        for k in range(count):
            record[k, 0], record[k, 1], record[k, 2] = x, y, z
            x, y, z = _lorenz_step(x, y, z, s, r, b, h)
        if last == blocks - 1:
            xb, yb, zb = 2.0 * x, 2.0 * y, 2.0 * z
        for back in range(np.uint64(count)):
            k = np.uint64(count) - np.uint64(1) - back
            x, y, z = record[k, 0], record[k, 1], record[k, 2]
            xb, yb, zb, sb, rb, bb = _lorenz_back(x, y, z, s, r, b, h, xb, yb, zb, sb, rb, bb)
        if starts[height - 1] == last:
            height -= 1
    return np.array([xb, yb, zb, sb, rb, bb])


@jit
def _brusselator_step(u, v, new_u, new_v, a, b, spread, h):
    last, one = np.uint64(u.shape[0] - 1), np.uint64(1)
    for i in range(one, last):
        for j in range(one, last):
            uuv = u[i, j] * u[i, j] * v[i, j]
            around_u = u[i - one, j] + u[i + one, j] + u[i, j - one] + u[i, j + one] - 4.0 * u[i, j]
            around_v = v[i - one, j] + v[i + one, j] + v[i, j - one] + v[i, j + one] - 4.0 * v[i, j]
            new_u[i, j] = u[i, j] + h * (a + uuv - (b + 1.0) * u[i, j] + spread * around_u)
            new_v[i, j] = v[i, j] + h * (b * u[i, j] - uuv + spread * around_v)


@jit
def brusselator_alone(u0, v0, a, b, spread, steps, h):
    """The program itself, without a mark, with indices that are never negative."""
    u, v, new_u, new_v = u0.copy(), v0.copy(), u0.copy(), v0.copy()
    for _ in range(steps):
        _brusselator_step(u, v, new_u, new_v, a, b, spread, h)
        u, new_u = new_u, u
        v, new_v = new_v, v
    total = 0.0
    for i in range(np.uint64(u.shape[0])):
        for j in range(np.uint64(u.shape[1])):
            total += u[i, j] * v[i, j]
    return total


@jit
def _brusselator_back(u, v, u_bar, v_bar, old_u_bar, old_v_bar, edge_u, edge_v, sums, b, spread, h):
    """Gathers from the neighbours; the bars of the edge are kept apart, and zero in the arrays that are gathered from."""
    last, one = np.uint64(u.shape[0] - 1), np.uint64(1)
    for i in range(one, last):
        for j in range(one, last):
            f, g = u_bar[i, j], v_bar[i, j]
            both, uu = 2.0 * u[i, j] * v[i, j] * (f - g), u[i, j] * u[i, j]
            around_f = u_bar[i - one, j] + u_bar[i + one, j] + u_bar[i, j - one] + u_bar[i, j + one] - 4.0 * f
            around_g = v_bar[i - one, j] + v_bar[i + one, j] + v_bar[i, j - one] + v_bar[i, j + one] - 4.0 * g
            old_u_bar[i, j] = f + h * (both - (b + 1.0) * f + b * g + spread * around_f)
            old_v_bar[i, j] = g + h * (uu * (f - g) + spread * around_g)
            around_u = u[i - one, j] + u[i + one, j] + u[i, j - one] + u[i, j + one] - 4.0 * u[i, j]
            around_v = v[i - one, j] + v[i + one, j] + v[i, j - one] + v[i, j + one] - 4.0 * v[i, j]
            sums[0, j] += f
            sums[1, j] += u[i, j] * (g - f)
            sums[2, j] += f * around_u + g * around_v
    for i in range(one, last):
        for j in (np.uint64(0), last):
            k = one if j == np.uint64(0) else last - one
            edge_u[i, j] += h * spread * u_bar[i, k]
            edge_v[i, j] += h * spread * v_bar[i, k]
            edge_u[j, i] += h * spread * u_bar[k, i]
            edge_v[j, i] += h * spread * v_bar[k, i]


@jit
def brusselator(u0, v0, a, b, spread, steps, h, snapshots):
    """The adjoint of a step needs its state and nothing else: every step is a block of its own, without a record."""
    n = u0.shape[0]
    store, starts, height = np.empty((snapshots, 2, n, n)), np.empty(snapshots, np.int64), 1
    store[0, 0], store[0, 1], starts[0] = u0, v0, 0
    u, v, new_u, new_v = u0.copy(), v0.copy(), u0.copy(), v0.copy()
    u_bar, v_bar, old_u_bar, old_v_bar = np.zeros((n, n)), np.zeros((n, n)), np.zeros((n, n)), np.zeros((n, n))
    edge_u, edge_v, sums = np.zeros((n, n)), np.zeros((n, n)), np.zeros((3, n))
    for last in range(steps - 1, -1, -1):
        at = starts[height - 1]
        if at < last:
            u[:], v[:] = store[height - 1, 0], store[height - 1, 1]
        while at < last:
            ahead = _advance(last + 1 - at, snapshots - height + 1)
            for _ in range(ahead):
                _brusselator_step(u, v, new_u, new_v, a, b, spread, h)
                u, new_u = new_u, u
                v, new_v = new_v, v
            at += ahead
            if height < snapshots:
                store[height, 0], store[height, 1], starts[height] = u, v, at
                height += 1
        if starts[height - 1] == last:
            height -= 1
            here_u, here_v = store[height, 0], store[height, 1]
        else:
            here_u, here_v = u, v
        if last == steps - 1:
            _brusselator_step(here_u, here_v, new_u, new_v, a, b, spread, h)
            u_bar[1:-1, 1:-1], v_bar[1:-1, 1:-1] = new_v[1:-1, 1:-1], new_u[1:-1, 1:-1]
            for k in (0, n - 1):
                edge_u[k], edge_v[k], edge_u[:, k], edge_v[:, k] = v0[k], u0[k], v0[:, k], u0[:, k]
        _brusselator_back(here_u, here_v, u_bar, v_bar, old_u_bar, old_v_bar, edge_u, edge_v, sums, b, spread, h)
        u_bar, old_u_bar = old_u_bar, u_bar
        v_bar, old_v_bar = old_v_bar, v_bar
    return u_bar + edge_u, v_bar + edge_v, h * sums[0].sum(), h * sums[1].sum(), h * sums[2].sum()
