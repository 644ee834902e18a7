"""Two ways to the gradient of a solution: differentiate the solver, or solve the adjoint equations.

Foxes and rabbits (Lotka and Volterra), foxes in the end by all initial values and parameters. The solver is a Runge-Kutta
loop, differentiated as it stands, within 50 kB. The adjoint equations, lambda' = -(df/dy)^T lambda, are solved backwards in
time, beside the animals. What theory says of the two is checked:

- as the step gets smaller, the gradient of the solution approaches what the adjoint equations say of the animals themselves,
  with the order of the method;
- they are equal to rounding if the adjoint equations are solved not by the method itself but by its symplectic partner,
  along the stages of the forward solution (J. M. Sanz-Serna, SIAM Review 58 (2016) 3-33, DOI 10.1137/151002769).
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numba import njit
from scipy.integrate import solve_ivp

import dualad as ad

TIME = 4.0
START, PARAMETERS = np.array([1.0, 0.5]), np.array([1.1, 0.4, 0.1, 0.4])
END_BARS = np.array([0.0, 1.0, 0.0, 0.0, 0.0, 0.0])  # the adjoint variables in the end
METHODS = {  # coefficients a, weights b, order
    "Euler": (np.zeros((1, 1)), np.ones(1), 1),
    "Heun": (np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([0.5, 0.5]), 2),
    "Runge-Kutta": (np.diag([0.5, 0.5, 1.0], -1), np.array([1.0, 2.0, 2.0, 1.0]) / 6.0, 4),
}


@njit
def rate(y, p, dy):
    dy[0] = p[0] * y[0] - p[1] * y[0] * y[1]
    dy[1] = p[2] * y[0] * y[1] - p[3] * y[1]


def foxes(start, p, a, b, steps):
    """Foxes in the end, by an explicit Runge-Kutta method."""
    y, stage, k, h = start.copy(), np.zeros(2), np.zeros((b.size, 2)), TIME / steps
    for _ in ad.checkpointed(range(steps), memory="50kB"):
        for i in range(b.size):
            stage[:] = y
            for j in range(i):
                stage += h * a[i, j] * k[j]
            rate(stage, p, k[i])
        for i in range(b.size):
            y += h * b[i] * k[i]
    return y[1]


gradient = ad.grad(foxes, argnums=(0, 1), mode="reverse")


def animals(y):
    a, b, c, d = PARAMETERS
    return np.array([a * y[0] - b * y[0] * y[1], c * y[0] * y[1] - d * y[1]])


def adjoint_rate(y, bars):
    """Minus the rate of the adjoint variables: of the animals, and of the parameters."""
    a, b, c, d = PARAMETERS
    by_y = np.array([[a - b * y[1], -b * y[0]], [c * y[1], c * y[0] - d]])
    by_p = np.array([[y[0], -y[0] * y[1], 0.0, 0.0], [0.0, 0.0, y[0] * y[1], -y[1]]])
    return np.concatenate([by_y.T @ bars[:2], by_p.T @ bars[:2]])


def solved_backwards():
    """Animals and adjoint variables together, from the end to the start, by a method with error control."""
    accurate = {"method": "DOP853", "rtol": 1e-13, "atol": 1e-14}
    end = solve_ivp(lambda t, y: animals(y), (0.0, TIME), START, **accurate).y[:, -1]
    start = np.concatenate([end, END_BARS])
    rates = lambda t, z: np.concatenate([animals(z[:2]), -adjoint_rate(z[:2], z[2:])])  # noqa: E731
    return solve_ivp(rates, (TIME, 0.0), start, **accurate).y[2:, -1]


def symplectic_partner(a, b, steps):
    """The adjoint equations along the stages of the forward solution, with coefficients b_j a_ji / b_i."""
    y, h, along = START, TIME / steps, []
    for _ in range(steps):
        k = np.zeros((b.size, 2))
        for i in range(b.size):
            k[i] = animals(y + h * a[i] @ k)
        along.append(y + h * a @ k)
        y = y + h * b @ k
    bars, partner = END_BARS, (b[:, None] * a / b).T
    for at in reversed(along):
        k = np.zeros((b.size, 6))
        for i in reversed(range(b.size)):
            k[i] = adjoint_rate(at[i], bars + h * partner[i] @ k)
        bars = bars + h * b @ k
    return bars


def draw(counts, errors):
    """Difference of the two gradients against the number of steps."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for (name, (_, _, order)), line in zip(METHODS.items(), errors, strict=True):
        axes.loglog(counts, line, "o-", label=f"{name}, order {order}")
    axes.set(xlabel="steps", ylabel="relative difference of the two gradients")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/07_adjoint_equations.png", dpi=150)
    print("picture: out/07_adjoint_equations.png")


def main(quick: bool) -> None:
    counts, errors, expected = [50 * 2**k for k in range(4 if quick else 5)], [], solved_backwards()
    print(f"difference of the gradients, {counts[0]} to {counts[-1]} steps; its slope; that to the symplectic partner")
    for name, (a, b, order) in METHODS.items():
        line, partner = [], 0.0
        for steps in counts:
            found = np.concatenate(gradient(START, PARAMETERS, a, b, steps))
            line.append(np.linalg.norm(found - expected) / np.linalg.norm(expected))
            partner = max(partner, np.abs(found / symplectic_partner(a, b, steps) - 1.0).max())
        slope = np.log2(line[-2] / line[-1])
        print(f"{name:13}{line[0]:9.1e} to {line[-1]:.1e}{slope:8.2f}{partner:8.0e}")
        assert abs(slope - order) < 0.2 and partner < 1e-12
        errors.append(line)
    if find_spec("matplotlib"):
        draw(counts, errors)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer steps")
    main(parser.parse_args().quick)
