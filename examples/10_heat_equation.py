"""A rod that is heated at one end: how its temperature depends on that end, and what it says of the rod's material.

The explicit scheme on two buffers that change places, over thousands of steps, differentiated in reverse mode within the
memory that its loop is allowed.

- The temperature in the middle by the temperature of the end and by the conductivity, against the Fourier series.
- The inverse problem: the conductivity of each piece of the rod from thermometers that were read now and then, by the
  gradient of their misfit. The true rod is known here, and is found again.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numba import njit

import dualad as ad


def temperature(end, conductivity, points, steps, time):
    """In the middle of a rod of length 1 that was at 0; the other end stays at 0."""
    u, new = np.zeros(points), np.zeros(points)
    ratio = conductivity * time / steps * (points - 1) ** 2
    u[0] = new[0] = end
    for _ in ad.checkpointed(range(steps), memory="200kB"):
        for i in range(1, points - 1):
            new[i] = u[i] + ratio * (u[i - 1] - 2.0 * u[i] + u[i + 1])
        u, new = new, u
    return u[points // 2]


def by_fourier(end, conductivity, points, steps, time):
    """Slopes of the same by the sine series of the scheme: each sine is multiplied by a factor in each step."""
    n = np.arange(1, points - 1)
    x, ratio = np.arange(points) / (points - 1), conductivity * time / steps * (points - 1) ** 2
    sines = np.sin(np.pi * np.outer(x, n))
    weights = 2.0 / (points - 1) * (sines.T @ (x - 1.0)) * sines[points // 2]  # of what is missing from a straight line
    damping = 4.0 * np.sin(0.5 * np.pi * n / (points - 1)) ** 2
    factor = 1.0 - ratio * damping
    by_end = 1.0 - x[points // 2] + np.sum(weights * factor**steps)
    return by_end, end * np.sum(weights * steps * factor ** (steps - 1) * -damping) * ratio / conductivity


def by_series(time, terms=50):
    """Slope by the end for the heat equation itself, conductivity 1."""
    n = np.arange(1, terms)
    return 0.5 - np.sum(2.0 / (np.pi * n) * np.sin(0.5 * np.pi * n) * np.exp(-((np.pi * n) ** 2) * time))


@njit
def readings(conductivity, steps, every, out):
    """Thermometers along a rod whose ends are heated in turn, read every so many steps; the rest of the rod is at 0."""
    u, new = np.zeros(conductivity.size + 1), np.zeros(conductivity.size + 1)
    for step in ad.checkpointed(range(steps), memory="1MB"):
        new[0] = 1.0 + np.sin(0.004 * step)
        new[-1] = 1.0 - np.cos(0.0025 * step)
        for i in range(1, u.size - 1):
            new[i] = u[i] + conductivity[i] * (u[i + 1] - u[i]) - conductivity[i - 1] * (u[i] - u[i - 1])
        u, new = new, u
        if step % every == 0:
            for k in range(out.shape[1]):
                out[step // every, k] = u[(k + 1) * (u.size - 1) // (out.shape[1] + 1)]


def misfit(logarithms, steps, every, read):
    found = np.zeros_like(read)
    readings(np.exp(logarithms), steps, every, found)
    return np.sum((found - read) ** 2)


def draw(truth, found, read, every):
    """Left: conductivity, true and found. Right: what the thermometers read."""
    import matplotlib.pyplot as plt

    x = (np.arange(truth.size) + 0.5) / truth.size
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    left.step(x, truth, where="mid", lw=3, alpha=0.4, label="true")
    left.plot(x, found, "ko", ms=4, label="from the readings")
    left.set(xlabel="place along the rod", ylabel="conductivity", ylim=(0, None))
    left.legend(frameon=False)
    for k, line in enumerate(read.T):
        right.plot(np.arange(len(line)) * every, line, color=plt.cm.viridis(k / read.shape[1]))
    right.set(xlabel="step", ylabel="temperature at the thermometers")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/10_heat_equation.png", dpi=150)
    print("picture: out/10_heat_equation.png")


def main(quick: bool) -> None:
    slopes = ad.grad(temperature, argnums=(0, 1), mode="reverse")
    rod = (1.5, 0.7, 41, 2000, 0.1)
    for name, found, expected in zip(("end", "conductivity"), slopes(*rod), by_fourier(*rod), strict=True):
        print(f"temperature in the middle by the {name:12} {found:.6f}, by the sine series {expected:.6f}")
        assert np.isclose(found, expected, rtol=1e-11)
    errors = [slopes(1.0, 1.0, points, (points - 1) ** 2, 0.1)[0] - by_series(0.1) for points in (21, 41, 81)]
    print(f"by the heat equation itself: {errors[0]:.1e} away, {errors[1] / errors[2]:.2f} times less on half the grid")
    assert 3.9 < errors[1] / errors[2] < 4.1

    pieces, steps, every = 20, 4000, 100
    truth = 0.15 + 0.25 * np.exp(-(((np.arange(pieces) - 7.0) / 2.3) ** 2))
    read = np.zeros((steps // every, 5))
    readings(truth, steps, every, read)
    if find_spec("scipy") is None:
        return
    from scipy.optimize import minimize

    found = minimize(
        ad.value_and_grad(misfit, mode="reverse"),
        np.full(pieces, np.log(0.2)),
        args=(steps, every, read),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 120 if quick else 2000, "ftol": 0.0, "gtol": 1e-13, "maxcor": 30},
    )
    error = np.abs(np.exp(found.x) / truth - 1.0).max()
    print(f"{pieces} conductivities from {read.size} readings: right to {error:.1e} after {found.nfev} gradients")
    assert error < (0.05 if quick else 1e-7)
    if find_spec("matplotlib"):
        draw(truth, np.exp(found.x), read, every)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer iterations")
    main(parser.parse_args().quick)
