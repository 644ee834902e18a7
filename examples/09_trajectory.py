"""How atoms depend on where they began: slopes of a trajectory by its start.

Seven argon atoms, bound by the Lennard-Jones potential in a plane, move by velocity Verlet. All positions and
velocities in the end are differentiated by all of those at the start, in reverse mode through the loop over the steps.

Checked by what mechanics says of these slopes: Verlet's map is symplectic, so M^T O M = O whatever the atoms do; energy
is kept up to the square of the step, so its slope in the end is that at the start, which is known on paper. And two starts
that differ a little part as the slopes say. Lengths in sigma, energies in epsilon, mass 1.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numba import njit

import dualad as ad


@njit
def forces(x, out):
    """Forces of all pairs; the potential energy."""
    out[:] = 0.0
    energy = 0.0
    for i in range(x.shape[0]):
        for j in range(i):
            dx, dy = x[i, 0] - x[j, 0], x[i, 1] - x[j, 1]
            sixth = 1.0 / (dx * dx + dy * dy) ** 3
            energy += 4.0 * sixth * (sixth - 1.0)
            push = 24.0 * sixth * (2.0 * sixth - 1.0) / (dx * dx + dy * dy)
            out[i, 0] += push * dx
            out[i, 1] += push * dy
            out[j, 0] -= push * dx
            out[j, 1] -= push * dy
    return energy


@njit
def moved(start, steps, h):
    """Positions and velocities, shape (2, atoms, 2), after a number of steps."""
    state = start.copy()
    x, v = state[0], state[1]
    f = np.zeros_like(x)
    forces(x, f)
    for _ in ad.checkpointed(range(steps), memory="100kB"):
        for i in range(x.shape[0]):
            for a in range(2):
                v[i, a] += 0.5 * h * f[i, a]
                x[i, a] += h * v[i, a]
        forces(x, f)
        for i in range(x.shape[0]):
            for a in range(2):
                v[i, a] += 0.5 * h * f[i, a]
    return state


@njit
def energy(state):
    return forces(state[0], np.zeros_like(state[0])) + 0.5 * np.sum(state[1] ** 2)


def energy_at_the_end(start, steps, h):
    return energy(moved(start, steps, h))


def hexagon():
    """One atom in the middle and six around it, with velocities that do not move them all."""
    angles = np.arange(6) * np.pi / 3.0
    x = np.concatenate([np.zeros((1, 2)), 1.12 * np.stack([np.cos(angles), np.sin(angles)], 1)])
    v = 0.3 * np.random.default_rng(9).standard_normal(x.shape)
    return np.array([x, v - v.mean(axis=0)])


def draw(times, growth, parted):
    """Growth of a small difference between two starts."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 3.4), layout="constrained")
    axes.semilogy(times, growth, lw=2, label="largest, by the slopes")
    axes.semilogy(times, parted, "o", ms=4, label="two starts, 1e-9 apart in that direction")
    axes.set(xlabel="time", ylabel="growth of a difference")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/09_trajectory.png", dpi=150)
    print("picture: out/09_trajectory.png")


def main(quick: bool) -> None:
    start, h, steps = hexagon(), 0.005, 500
    slopes, size = ad.jacobian(moved, mode="reverse"), start.size

    m = slopes(start, steps, h).reshape(size, size)
    o = np.kron([[0, 1], [-1, 0]], np.eye(size // 2))
    error = np.abs(m.T @ o @ m - o).max()
    print(f"{size} x {size} slopes through {steps} steps, at most {np.abs(m).max():.0f}: symplectic to {error:.0e}")
    assert error < 1e-12 * np.linalg.norm(m) ** 2

    out = np.zeros_like(start[0])
    forces(start[0], out)
    on_paper, gradient = np.array([-out, start[1]]), ad.grad(energy_at_the_end, mode="reverse")
    away = [np.abs(gradient(start, k * steps, h / k) - on_paper).max() for k in (2, 4)]
    print(
        f"slope of the energy in the end: {away[0]:.1e} from that at the start, {away[0] / away[1]:.2f} times less at half the step"
    )
    assert 3.5 < away[0] / away[1] < 4.5

    times, growth, parted = np.arange(100, 1001 if quick else 2501, 100), [], []
    for count in times:
        _, values, directions = np.linalg.svd(slopes(start, count, h).reshape(size, size))
        other = moved(start + 1e-9 * directions[0].reshape(start.shape), count, h)
        growth.append(values[0])
        parted.append(np.linalg.norm(other - moved(start, count, h)) / 1e-9)
    print(
        f"a small difference grows {growth[-1]:.3g} times by time {h * times[-1]:g}; two such starts part {parted[-1]:.3g} times"
    )
    assert np.allclose(growth, parted, rtol=1e-2)
    if find_spec("matplotlib"):
        draw(h * times, growth, parted)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a shorter trajectory")
    main(parser.parse_args().quick)
