"""Influenza in a boarding school, 1978: an outbreak fitted with exact derivatives.

One boy of 763 fell ill; two weeks later most of the others had been through it. The SIR model below is the
program one would write anyway: a Runge-Kutta loop that fills buffers in place. Differentiated as it is, it
gives

- the fit, by Newton's method on the sum of squares with its exact gradient and Hessian,
- standard errors from that Hessian, checked by fitting simulated outbreaks,
- how many more boys a more infectious virus would have reached, checked against the final-size relation.

Data: British Medical Journal 1 (1978) 587, boys in bed on 14 days from 22 January. Published fits of this
model find a basic reproduction number R0 = beta / gamma of 3.6 to 3.8 (for example J. D. Murray, Mathematical
Biology I, section 10.2).
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numba import njit

import dualad as ad

BOYS = 763.0
IN_BED = np.array([3.0, 8, 26, 76, 225, 298, 258, 233, 189, 128, 68, 29, 14, 4])
STEPS = 10  # Runge-Kutta steps per day
RUNGE_KUTTA = ((0.0, 1 / 6), (0.5, 1 / 3), (0.5, 1 / 3), (1.0, 1 / 6))  # node and weight of each stage


@njit
def rhs(y, theta, dy):
    infected = theta[0] * y[0] * y[1] / BOYS
    dy[0] = -infected
    dy[1] = infected - theta[1] * y[1]


@njit
def outbreak(theta, days):
    """Boys susceptible and in bed after every step, shape (days * STEPS + 1, 2); one is ill on day 0."""
    course, trial, dy = np.zeros((days * STEPS + 1, 2)), np.zeros(2), np.zeros(2)
    course[0, 0], course[0, 1] = BOYS - 1.0, 1.0
    for i in range(days * STEPS):
        for j in range(2):
            course[i + 1, j] = course[i, j]
        for node, weight in RUNGE_KUTTA:
            for j in range(2):
                trial[j] = course[i, j] + node / STEPS * dy[j]
            rhs(trial, theta, dy)
            for j in range(2):
                course[i + 1, j] += weight / STEPS * dy[j]
    return course


def sum_of_squares(theta, counts):
    """Misfit of the daily counts, theta = (beta, gamma) per day."""
    course, total = outbreak(theta, counts.size), 0.0
    for day in range(counts.size):
        total += (course[(day + 1) * STEPS, 1] - counts[day]) ** 2
    return total


def ever_ill(theta):
    return BOYS - outbreak(theta, 150)[-1, 0]


misfit = ad.value_grad_and_hessian(sum_of_squares)


def fit(counts, theta, report=False):
    """Newton's method: the estimate, the misfit and its Hessian there."""
    for _ in range(50):
        value, gradient, hessian = misfit(theta, counts)
        step = np.linalg.solve(hessian, -gradient)
        if report:
            print(f"{value:14.3f}{np.linalg.norm(gradient):14.1e}{theta[0]:10.5f}{theta[1]:10.5f}")
        if np.linalg.norm(step) < 1e-8:
            return theta, value, hessian
        theta = theta + step
    raise RuntimeError("no minimum found")


def draw(theta, covariance, repeated):
    """Left: data, fit, 95 % band. Right: refitted simulations and the 95 % ellipse of the exact Hessian."""
    import matplotlib.pyplot as plt

    days, course = np.arange(14 * STEPS + 1) / STEPS, outbreak(theta, 14)[:, 1]
    slopes = ad.jacobian(outbreak)(theta, 14)[:, 1]  # of the boys in bed, by theta, at every step
    band = 1.96 * np.sqrt(np.einsum("ti,ij,tj->t", slopes, covariance, slopes))
    angle = np.linspace(0, 2 * np.pi, 200)
    ellipse = theta + 2.448 * np.stack([np.cos(angle), np.sin(angle)], 1) @ np.linalg.cholesky(covariance).T
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained", width_ratios=(3, 2))
    left.fill_between(days, course - band, course + band, alpha=0.3, lw=0, label="95 % band")
    left.plot(days, course, lw=2, label="SIR model, fitted")
    left.plot(np.arange(1, 15), IN_BED, "ko", ms=5, label="boys in bed, 1978")
    left.set(xlabel="days after the first case", ylabel="boys in bed", xlim=(0, 14.3), ylim=(0, None))
    right.plot(*repeated.T, "o", color="tab:gray", ms=3, alpha=0.4, mew=0, label="fits of repeated outbreaks")
    right.plot(*ellipse.T, "tab:blue", lw=2, label="95 %, from the exact Hessian")
    right.plot(*theta, "ko", ms=5, label="fit of the data")
    right.set(xlabel="beta, infections per boy and day", ylabel="gamma, recoveries per day", ymargin=0.2)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/08_epidemic.png", dpi=150)
    print("picture: out/08_epidemic.png")


def main(quick: bool) -> None:
    print("sum of squares  |gradient|    beta     gamma")
    theta, squares, hessian = fit(IN_BED, np.array([1.6, 0.4]), report=True)
    noise = np.sqrt(squares / (IN_BED.size - 2))
    covariance = 2 * noise**2 * np.linalg.inv(hessian)
    error = np.sqrt(np.diag(covariance))
    r0, slope = ad.value_and_grad(lambda t: t[0] / t[1])(theta)
    print(f"beta  = {theta[0]:.3f} +- {error[0]:.3f} per day")
    print(f"gamma = {theta[1]:.3f} +- {error[1]:.3f} per day")
    print(f"R0    = {r0:.2f}  +- {np.sqrt(slope @ covariance @ slope):.2f}   (published: 3.6 to 3.8)")
    assert 3.6 < r0 < 3.8

    # Standard errors say how far the estimate moves when the outbreak is repeated. So repeat it.
    random, expected = np.random.default_rng(1978), outbreak(theta, 14)[STEPS::STEPS, 1]
    repeats = range(100 if quick else 1000)
    repeated = np.array([fit(expected + noise * random.standard_normal(14), theta)[0] for _ in repeats])
    spread = np.std(repeated, axis=0)
    print(f"spread of {len(repeats)} refitted simulations: {spread[0]:.3f} and {spread[1]:.3f}")
    assert np.allclose(spread, error, rtol=0.25 if quick else 0.1)

    # Final-size relation: log(s / s0) + R0 (BOYS - s) / BOYS = 0 for the s never ill (Kermack, McKendrick).
    ill, slope = ad.value_and_grad(ever_ill)(theta)
    never = BOYS - ill
    assert abs(np.log(never / (BOYS - 1)) + r0 * ill / BOYS) < 1e-6
    by_r0 = ill / BOYS / (1 / never - r0 / BOYS)  # implicit differentiation of the relation
    assert np.allclose(slope, by_r0 * np.array([1 / theta[1], -r0 / theta[1]]), rtol=1e-5)
    print(f"{ill:.1f} boys ever ill; by beta {slope[0]:+.2f}, by gamma {slope[1]:+.2f}, as theory has it")
    if find_spec("matplotlib"):
        draw(theta, covariance, repeated)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeated outbreaks")
    main(parser.parse_args().quick)
