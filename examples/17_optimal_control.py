"""Swinging up a pendulum with a motor too weak to lift it, and a linear problem whose best control is known.

Direct shooting: the cost of a control is what the simulation says it is, one loop over the steps in time, and its
gradient by every value of the control comes from reverse mode through that loop, within 20 kB.

- Linear dynamics, quadratic cost: one step of Newton's method finds the best control, which Riccati's recursion gives
  independently.
- Pendulum: Newton's method with exact Hessian-vector products. It ends upright and at rest; the work done by the motor is the
  energy that the pendulum has gained.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numba import njit

import dualad as ad

TORQUE = 0.4  # the strongest, in units of the weight's torque: too weak to lift the pendulum
TIME = 20.0  # in units of sqrt(length / gravity)


@njit
def swing(control, path):
    """The pendulum from hanging at rest: angle and speed after each step go to `path`; the work of the motor."""
    h, work = TIME / (path.shape[0] - 1), 0.0
    every = (path.shape[0] - 1) // control.size
    angle, speed = 0.0, 0.0
    path[0, 0], path[0, 1] = angle, speed
    for n in ad.checkpointed(range(path.shape[0] - 1), memory="20kB"):
        torque = TORQUE * np.tanh(control[n // every])
        half = speed + 0.5 * h * (torque - np.sin(angle))
        angle += h * half
        speed = half + 0.5 * h * (torque - np.sin(angle))
        work += h * torque * half
        path[n + 1, 0], path[n + 1, 1] = angle, speed
    return work


def effort(control, steps):
    """Square of how far from upright and at rest it ends, and a little of the control."""
    path = np.zeros((steps + 1, 2))
    swing(control, path)
    return 10.0 * ((path[-1, 0] - np.pi) ** 2 + path[-1, 1] ** 2) + 0.1 * np.mean(control**2)


def linear_cost(control, a, b, start):
    """Sum of the squares of states and controls."""
    x, total = start.copy(), 0.0
    for n in ad.checkpointed(range(control.shape[0]), snapshots=8):
        total += np.sum(x * x) + np.sum(control[n] ** 2)
        x = a @ x + b @ control[n]
    return total + np.sum(x * x)


def riccati(a, b, start, steps):
    """The best controls and their cost, backwards from the end."""
    p, gains = np.eye(len(a)), []
    for _ in range(steps):
        gains.append(np.linalg.solve(np.eye(b.shape[1]) + b.T @ p @ b, b.T @ p @ a))
        p = np.eye(len(a)) + a.T @ p @ (a - b @ gains[-1])
    x, controls = start, []
    for gain in reversed(gains):
        controls.append(-gain @ x)
        x = a @ x + b @ controls[-1]
    return np.array(controls), start @ p @ start


def draw(control, path):
    """Left: torque and angle over time. Right: the way through the plane of angle and speed."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    time = np.linspace(0.0, TIME, len(path))
    left.plot(time, path[:, 0] / np.pi, lw=2, label="angle / pi")
    left.step(np.linspace(0.0, TIME, control.size + 1)[:-1], TORQUE * np.tanh(control), where="post", label="torque")
    left.set(xlabel="time", yticks=(-1, 0, 1))
    left.legend(frameon=False)
    right.plot(path[:, 0] / np.pi, path[:, 1], lw=1.5)
    right.plot([0, 1], [0, 0], "ko", ms=5)
    right.set(xlabel="angle / pi", ylabel="speed")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/17_optimal_control.png", dpi=150)
    print("picture: out/17_optimal_control.png")


def main(quick: bool) -> None:
    a, b, start = np.array([[1.0, 0.1], [0.0, 1.0]]), np.array([[0.005], [0.1]]), np.array([1.0, 0.0])
    best, least = riccati(a, b, start, 100)
    _, slope, hessian = ad.value_grad_and_hessian(linear_cost)(np.zeros_like(best), a, b, start)
    found = np.linalg.solve(hessian.reshape(100, 100), -slope.ravel())
    error = np.abs(found - best.ravel()).max() / np.abs(best).max()
    print(f"linear problem: {best.size} controls equal Riccati's to {error:.0e}; cost {least:.6f}")
    assert error < 1e-11

    if find_spec("scipy") is None:
        return
    from scipy.optimize import minimize

    steps, products = 1000 if quick else 4000, ad.hvp(effort)
    found = minimize(
        ad.value_and_grad(effort, mode="reverse"),
        0.1 * np.random.default_rng(0).standard_normal(40),
        args=(steps,),
        jac=True,
        hessp=lambda control, v, steps: products(control, steps, v),
        method="trust-ncg",
        options={"maxiter": 500},
    )
    path = np.zeros((steps + 1, 2))
    work = swing(found.x, path)
    gained = 0.5 * path[-1, 1] ** 2 + 1.0 - np.cos(path[-1, 0])
    print(
        f"pendulum: {np.degrees(path[-1, 0]):.2f} degrees in the end, speed {path[-1, 1]:.1e}, after {found.nit} iterations"
    )
    print(f"the motor, at most {TORQUE} strong, did the work {work:.5f}; the pendulum gained {gained:.5f}")
    assert abs(path[-1, 0] - np.pi) < 0.01 and abs(path[-1, 1]) < 0.01
    assert abs(work - gained) < 200.0 / steps**2
    if find_spec("matplotlib"):
        draw(found.x, path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer steps in time")
    main(parser.parse_args().quick)
