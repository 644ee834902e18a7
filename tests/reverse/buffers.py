"""Steps whose arrays change places, in ways that may or may not be used. All take `(x, n, option)` and are analytic in `x`."""

import numpy as np

import dualad as ad


def two_buffers(x, n, option):
    """Their edges differ, and stay what they are."""
    u, new = x.copy(), np.zeros_like(x)
    new[0] = x[1] * x[2]
    new[-1] = x[3]
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, u.size - 1):
            new[j] = u[j] + 0.1 * u[j] * (u[j - 1] - 2.0 * u[j] * u[j] + u[j + 1])
        u, new = new, u
    return np.sum(u * u) + new[0] * new[-1]


def index_and_time(x, n, option):
    """Numbers are carried, and the index is read."""
    u, new, t = x.copy(), x.copy(), 0.1
    for i in ad.checkpointed(range(5, 5 + 3 * n, 3), snapshots=option):
        dt = 0.01 * i * u[1]
        for j in range(u.size - 2, 0, -1):
            new[j] = u[j] + dt * t * u[j - 1] * u[j + 1]
        u, new = new, u
        t = t * 1.1 + 0.01 * dt
    return np.sum(u * u) * t


def pairs_in_two_loops(x, n, option):
    u, v, new_u, new_v = x.copy(), 2.0 * x, np.empty_like(x), np.empty_like(x)
    v = v.copy()
    new_u[:] = x * x
    new_v[:] = 0.5
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size - 1):
            new_u[j] = u[j] + 0.1 * v[j] * (u[j - 1] - u[j + 1])
        for j in range(2, x.size):
            new_v[j] = v[j] * (1.0 - 0.1 * v[j - 1]) + u[j - 2]
        u, new_u = new_u, u
        v, new_v = new_v, v
    return np.sum(u * v) + np.sum(new_u * new_v)


def three_levels(x, n, option):
    """Leapfrog: of three arrays in a cycle one is written."""
    old, now, new = x.copy(), x.copy(), np.zeros_like(x)
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size - 1):
            new[j] = 2.0 * now[j] - old[j] + 0.1 * (now[j - 1] - 2.0 * now[j] * now[j] + now[j + 1])
        old, now, new = now, new, old
    return np.sum(now * old) + np.sum(new * new)


def three_levels_and_an_edge(x, n, option):
    """Another one of them is written too."""
    old, now, new = x.copy(), x.copy(), np.zeros_like(x)
    for i in ad.checkpointed(range(n), snapshots=option):
        now[0] = 0.3 * old[1] * old[1] + 0.1 * i
        for j in range(1, x.size - 1):
            new[j] = 2.0 * now[j] - old[j] + 0.1 * (now[j - 1] - 2.0 * now[j] * now[j] + now[j + 1])
        old, now, new = now, new, old
    return np.sum(now * old) + np.sum(new * new)


def edge_is_read_before(x, n, option):
    u, new = x.copy(), 0.5 * x
    new = new.copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        edge = new[0] * new[1]
        for j in range(1, x.size - 1):
            new[j] = u[j] + 0.1 * u[j] * edge * u[j - 1]
        u, new = new, u
    return np.sum(u * u)


def edge_is_read_after(x, n, option):
    u, new = x.copy(), np.zeros_like(x)
    new[0] = x[1]
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size - 1):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1]
        new[2] = new[2] * new[0] + 0.1 * new[1]
        u, new = new, u
    return np.sum(u * u)


def edges_are_filled(x, n, option):
    u, new = x.copy(), np.empty_like(x)
    for i in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size - 1):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1] * u[j + 1]
        new[0] = u[1] * u[0]
        new[x.size - 1] = u[2] + 0.1 * i
        u, new = new, u
    return np.sum(u * u)


def region_moves(x, n, option):
    """Other elements are written in each step."""
    u, new = x.copy(), 0.5 * x
    new = new.copy()
    for i in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, 2 + i % 3):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1]
        u, new = new, u
    return np.sum(u * u) + np.sum(new * u)


def region_grows(x, n, option):
    u, new, last = x.copy(), np.zeros_like(x), 2
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, last):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1]
        last = min(last + 1, x.size)
        u, new = new, u
    return np.sum(u * u) + np.sum(new * u)


def sometimes_written(x, n, option):
    u, new = x.copy(), np.zeros_like(x)
    for i in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size):
            if (i + j) % 2 == 0:
                new[j] = u[j] + 0.1 * u[j] * u[j - 1]
        u, new = new, u
    return np.sum(u * u) + np.sum(new * u)


def odd_sums(x, n, option):
    """A block of several steps, of which the reverse reads no array at all."""
    u, new, total = x.copy(), np.zeros_like(x), 0.0
    new[0] = x[4]
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size):
            new[j] = 0.5 * u[j] + 0.3 * u[j - 1]
        total += u[2]
        u, new = new, u
    return total * total + np.sum(new)


def sometimes_exchanged(x, n, option):
    u, new = x.copy(), np.zeros_like(x)
    for i in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size):
            new[j] = 0.1 * new[j] + u[j] * u[j - 1]
        if i % 3 != 1:
            u, new = new, u
    return np.sum(u * u) + np.sum(new * u)


def argument(x, n, option):
    """What the caller gave is left alone."""
    u, new = x, np.zeros_like(x)
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, 5):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1]
        u, new = new, u
    return np.sum(u * u)


def written_after(x, n, option):
    """What no step writes is written after the loop."""
    u, new = x.copy(), x.copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size - 1):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1] * u[j + 1]
        u, new = new, u
    new[0] = 7.0
    u[-1] = u[0] * u[1]
    return np.sum(u * u) + np.sum(new * new)


def back_and_forth(x, n, option):
    """Twice, so that each name means the same array again."""
    u, new = x.copy(), np.zeros_like(x)
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1]
        u, new = new, u
        for j in range(1, x.size):
            new[j] = u[j] - 0.1 * u[j] * u[j - 1]
        u, new = new, u
    return np.sum(u * u) + np.sum(new * u)


def needs_a_sum(x, n, option):
    """A loop would have to be done again."""
    u, new = x.copy(), np.zeros_like(x)
    for _ in ad.checkpointed(range(n), snapshots=option):
        total = 0.0
        for j in range(x.size):
            total += u[j]
        for j in range(1, x.size):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1] * total
        u, new = new, u
    return np.sum(u * u)


def work_array(x, n, option):
    """It is filled in part, and what is not filled is read."""
    u, slope = x.copy(), np.zeros_like(x)
    slope[0] = x[0] * 0.1
    for _ in ad.checkpointed(range(n), snapshots=option):
        for j in range(1, x.size):
            slope[j] = 0.1 * u[j] * u[j - 1]
        for j in range(x.size):
            u[j] = u[j] + slope[j] * slope[j - 1]
    return np.sum(u * u)


def slices(x, n, option):
    u, new = x.copy(), x.copy()
    for _ in ad.checkpointed(range(n), snapshots=option):
        new[1:-1] = u[1:-1] + 0.1 * u[1:-1] * (u[:-2] + u[2:])
        u, new = new, u
    return np.sum(u * u)


def negative_steps(x, n, option):
    """Of the loop itself, and of a view."""
    u, new = x.copy(), np.zeros_like(x)
    for i in ad.checkpointed(range(n, 0, -1), snapshots=option):
        turned = u[::-1]
        for j in range(1, x.size):
            new[j] = u[j] + 0.1 * i * turned[j] * u[j - 1]
        u, new = new, u
    return np.sum(u * u)


def loop_around(x, n, option):
    total = 0.0
    for i in ad.checkpointed(range(3), snapshots=2):
        u, new = x.copy(), np.zeros_like(x)
        u[0] = total
        for _ in ad.checkpointed(range(n), snapshots=option):
            for j in range(1, x.size - 1):
                new[j] = u[j] + 0.1 * u[j] * u[j - 1] * u[j + 1]
            u, new = new, u
        total += u[1] * new[0] + 0.1 * i
    return total


def ends_early(x, n, option):
    u, new = x.copy(), np.zeros_like(x)
    for i in ad.checkpointed(range(3 * n), snapshots=option):
        if i >= n:
            break
        for j in range(1, x.size):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1]
        u, new = new, u
    return np.sum(u * u)


def may_raise(x, n, option):
    u, new = x.copy(), np.zeros_like(x)
    for i in ad.checkpointed(range(n), snapshots=option):
        if u.size < i - 20:
            raise ValueError("too large")
        for j in range(1, x.size):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1]
        u, new = new, u
    return np.sum(u * u)


def last_values(x, n, option):
    """Names of a step's own are read after the loop."""
    u, new, seen, kept = x.copy(), np.zeros_like(x), 0.0, x[0]
    for i in ad.checkpointed(range(n), snapshots=option):
        kept = u[1] * seen
        seen = u[2] + i
        for j in range(1, x.size):
            new[j] = u[j] + 0.1 * u[j] * u[j - 1] * kept
        u, new = new, u
    return np.sum(u * u) * seen + kept


def grids(x, n, option):
    """With as many axes as there are loops, and a choice at each point."""
    u, new = np.zeros((4, x.size), x.dtype), np.zeros((4, x.size), x.dtype)
    for k in range(4):
        u[k] = x * (1.0 + 0.1 * k)
        new[k, 0] = 0.2 * k
    for _ in ad.checkpointed(range(n), snapshots=option):
        for k in range(1, 4):
            for j in range(1, x.size):
                if j % 2 == 0:
                    new[k, j] = u[k, j] + 0.1 * u[k, j] * u[k - 1, j - 1]
                else:
                    new[k, j] = u[k, j] - u[k, j] * u[k, j - 1]
        u, new = new, u
    return np.sum(u * u) + np.sum(new * u)


#: Each with the arrays and numbers of which a state consists.
SINGLE = {
    two_buffers: {"u"},
    index_and_time: {"u", "t"},
    pairs_in_two_loops: {"u", "v"},
    three_levels: {"now", "old"},
    three_levels_and_an_edge: {"now", "old", "new"},
    edges_are_filled: {"u"},
    region_moves: {"u", "new"},
    region_grows: {"u", "new", "last"},
    sometimes_written: {"u", "new"},
    negative_steps: {"u"},
    may_raise: {"u"},
    last_values: {"u", "seen"},
    grids: {"u", "new"},
}
#: Those whose steps are not reversed from their states alone.
OTHERS = {
    written_after: {"u", "new"},
    loop_around: {"u", "total"},
    odd_sums: set(),
    edge_is_read_before: {"u", "new"},
    edge_is_read_after: {"u", "new"},
    sometimes_exchanged: {"u", "new"},
    argument: {"u", "new"},
    back_and_forth: {"u"},
    needs_a_sum: {"u"},
    work_array: {"u"},
    slices: {"u"},
    ends_early: {"u", "new"},
}
