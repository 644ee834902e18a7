"""At which hour would keeping distance have spared most boys? The outbreak of 1978 by its transmission rate at each hour.

The model of 08_epidemic.py with a transmission rate of its own for every hour: 3600 inputs, one output. One reverse sweep
gives all slopes, through 36 000 Runge-Kutta steps within the 200 kB that the loop is allowed.

Checked against theory: s + i - log(s) BOYS / R0 does not change with time (Kermack and McKendrick). Its value gives the
number that is never ill, and a transmission rate raised for a moment shifts it by i / R0: so an hour's slope has a closed
form, and is in proportion to the boys who are ill then.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numba import njit

import dualad as ad

BOYS = 763.0
BETA, GAMMA = 1.6692, 0.4434  # per day; fitted in 08_epidemic.py
DAYS = 150


@njit
def rates(s, i, beta):
    return -beta * s * i / BOYS, beta * s * i / BOYS - GAMMA * i


@njit
def step(s, i, beta, h):
    """One Runge-Kutta step of the boys not ill yet and of those who are."""
    s1, i1 = rates(s, i, beta)
    s2, i2 = rates(s + 0.5 * h * s1, i + 0.5 * h * i1, beta)
    s3, i3 = rates(s + 0.5 * h * s2, i + 0.5 * h * i2, beta)
    s4, i4 = rates(s + h * s3, i + h * i3, beta)
    return s + h / 6.0 * (s1 + 2.0 * s2 + 2.0 * s3 + s4), i + h / 6.0 * (i1 + 2.0 * i2 + 2.0 * i3 + i4)


def ever_ill(betas, steps):
    """Boys that were ill in the end, with a number of steps for each entry of `betas`."""
    s, i = BOYS - 1.0, 1.0
    h = DAYS / (steps * betas.size)
    for n in ad.checkpointed(range(steps * betas.size), memory="200kB"):
        s, i = step(s, i, betas[n // steps], h)
    return BOYS - s


value_and_slopes = ad.value_and_grad(ever_ill, mode="reverse")


@njit
def ill_at_steps(hours, steps):
    course = np.empty(hours * steps + 1)
    s, course[0] = BOYS - 1.0, 1.0
    for n in range(hours * steps):
        s, course[n + 1] = step(s, course[n], BETA, DAYS / (hours * steps))
    return course


def draw(spared):
    """Boys spared by a tenth less transmission during each hour."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 3.4), layout="constrained")
    axes.fill_between(np.arange(spared.size) / 24, spared, lw=0, alpha=0.4)
    axes.set(xlabel="days after the first case", xlim=(0, 20), ylim=(0, None))
    axes.set_ylabel("boys spared by a tenth less\ntransmission in that hour")
    axes.spines[["top", "right"]].set_visible(False)
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/08_epidemic_by_hour.png", dpi=150)
    print("picture: out/08_epidemic_by_hour.png")


def main(quick: bool) -> None:
    hours, steps = DAYS * 24, 2 if quick else 10  # Simpson's rule below asks for an even number
    ill, slopes = value_and_slopes(np.full(hours, BETA), steps)
    course = ill_at_steps(hours, steps)
    hour = course[:-1].reshape(hours, steps) @ np.array([1.0, *[4.0, 2.0] * (steps // 2)][:steps])
    hour = (hour + course[steps::steps]) / (72.0 * steps)  # the integral of those ill, hour by hour, in days
    by_theory = hour / (BOYS / (BOYS - ill) - BETA / GAMMA)
    error = np.abs(slopes - by_theory).max() / by_theory.max()
    print(f"{ill:.1f} boys ever ill; {hours} slopes by {hours * steps} steps, as theory has them to {error:.0e}")
    assert error < (1e-7 if quick else 1e-10)
    best, spared = int(np.argmax(slopes)), 0.1 * BETA * slopes
    print(f"a tenth less transmission spares {spared[best]:.4f} boys in the best hour, that of day {best / 24:.1f}")
    print(f"and {spared[: 5 * 24].sum():.2f} in the first five days, {spared.sum():.2f} in all")
    assert abs(best - 24 * DAYS * np.argmax(course) / (course.size - 1)) <= 1.0
    if find_spec("matplotlib"):
        draw(spared)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer steps")
    main(parser.parse_args().quick)
