"""Molecular dynamics of argon: forces, and a vibration, from nothing but the energy.

The energy is a double loop over pairs in a periodic box, with a cutoff made smooth enough for dynamics. Its gradient by
all positions costs about as much as the energy, however many atoms there are, and is called from inside the compiled
velocity-Verlet loop. Checked: the pair forces derived on paper, conservation of momentum and energy, and the frequency of
a vibrating pair against the exact curvature of the potential. Lengths in sigma, energies in epsilon, mass 1.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numba import njit

import dualad as ad

CUTOFF = 2.5
# Value and slope of the potential at the cutoff are taken off, so that the force goes to zero without a jump.
VALUE = 4.0 * (CUTOFF**-12 - CUTOFF**-6)
SLOPE = -24.0 * (2.0 * CUTOFF**-13 - CUTOFF**-7)


def energy(positions, box):
    """Lennard-Jones energy of all pairs nearer than the cutoff, each with the nearest image of the other."""
    total = 0.0
    for i in range(positions.shape[0]):
        for j in range(i):
            square = 0.0
            for a in range(3):
                separation = positions[i, a] - positions[j, a]
                square += (separation - box * np.round(separation / box)) ** 2
            if square > CUTOFF**2:
                continue
            r = np.sqrt(square)
            total += 4.0 * (r**-12 - r**-6) - VALUE - SLOPE * (r - CUTOFF)
    return total


value_and_slope = ad.value_and_grad(energy, mode="reverse")


def forces_on_paper(positions, box):
    separation = positions[:, None] - positions
    separation -= box * np.round(separation / box)
    r = np.linalg.norm(separation, axis=2)
    np.fill_diagonal(r, np.inf)
    slope = np.where(r < CUTOFF, -24.0 * (2.0 * r**-13 - r**-7) - SLOPE, 0.0)
    return -np.sum((slope / r)[:, :, None] * separation, axis=1)


@njit
def simulate(positions, velocities, box, steps, h):
    """Velocity Verlet, in place; potential and kinetic energy after every step."""
    course = np.empty((steps, 2))
    slope = value_and_slope(positions, box)[1]
    for step in range(steps):
        velocities -= 0.5 * h * slope
        positions += h * velocities
        course[step, 0], slope = value_and_slope(positions, box)
        velocities -= 0.5 * h * slope
        course[step, 1] = 0.5 * np.sum(velocities**2)
    return course


def distance_at_rest():
    """Distance at which the force between two atoms vanishes, by Newton's method."""
    r = 2 ** (1 / 6)
    for _ in range(20):
        r -= (-24.0 * (2.0 * r**-13 - r**-7) - SLOPE) / (4.0 * (156.0 * r**-14 - 42.0 * r**-8))
    return r


def draw(course, h):
    """Energies over time."""
    import matplotlib.pyplot as plt

    time, change = h * np.arange(1, len(course) + 1), course - course[0]
    figure, axes = plt.subplots(figsize=(7, 3.4), layout="constrained")
    for label, values in (("potential", change[:, 0]), ("kinetic", change[:, 1]), ("total", change.sum(axis=1))):
        axes.plot(time, values, lw=1, label=label)
    axes.set(xlabel="time", ylabel="energy since the first step")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/09_molecular_dynamics.png", dpi=150)
    print("picture: out/09_molecular_dynamics.png")


def main(quick: bool) -> None:
    random, side = np.random.default_rng(9), 4 if quick else 6
    box = 1.15 * side
    lattice = np.stack(np.meshgrid(*[np.arange(side)] * 3), axis=-1).reshape(-1, 3)
    positions = box / side * lattice + random.uniform(-0.05, 0.05, (side**3, 3))
    forces, expected = -value_and_slope(positions, box)[1], forces_on_paper(positions, box)
    error = np.abs(forces - expected).max() / np.abs(expected).max()
    total = np.abs(forces.sum(axis=0)).max()
    print(f"{side**3} atoms: forces equal the pair forces derived on paper to {error:.0e}, and add up to {total:.0e}")
    assert error < 1e-12 and total < 1e-12 * np.abs(forces).sum()

    velocities = random.standard_normal(positions.shape)
    velocities -= velocities.mean(axis=0)
    h, steps, drift = 0.002, 500 if quick else 5000, []
    for k in (1, 2):  # Verlet errs in energy with the square of the step
        v = velocities.copy()
        course = simulate(positions.copy(), v, box, k * steps, h / k)
        assert np.abs(v.sum(axis=0)).max() < 1e-10 * np.abs(v).sum()
        drift.append(np.std(course.sum(axis=1)))
    print(f"energy varies by {drift[0]:.1e}, {drift[0] / drift[1]:.2f} times less at half the step (4 expected)")
    assert 3.0 < drift[0] / drift[1] < 5.0

    r = distance_at_rest()
    pair = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, r]])
    curvature = 4.0 * (156.0 * r**-14 - 42.0 * r**-8)
    squares = np.linalg.eigvalsh(ad.hessian(energy)(pair, 50.0).reshape(6, 6))
    print(f"frequency of a pair {np.sqrt(squares[-1]):.10f}, from its potential {np.sqrt(2 * curvature):.10f}")
    assert np.isclose(squares[-1], 2 * curvature, rtol=1e-12)
    assert np.abs(squares[:5]).max() < 1e-10  # three translations, two rotations
    if find_spec("matplotlib"):
        draw(course, h / 2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer atoms and steps")
    main(parser.parse_args().quick)
