"""Balancing a pendulum on its head by the Gauss-Newton method, whose matrix J^T J is never formed.

The cost of a control is a sum of squares: of the angles and speeds that the simulation goes through, and of the torques
themselves. So Newton's matrix is, but for the curvature of the residuals, J^T J, and conjugate gradients want only its
products: J v comes from forward mode and J^T w from reverse mode through the same loop over the steps in time.

- Linear pendulum: the residuals have no curvature, one step finds the best control, and Riccati's recursion knows it.
- Pendulum: the better it is balanced already, the nearer are its control and its cost to those of the linear one. Over
  the square of the angle at the start, the cost differs from Riccati's by the square of that angle.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import dualad as ad

TIME = 4.0  # in units of sqrt(length / gravity)


def residuals(control, start, linear):
    """Angles from upright, speeds and torques, whose squares are to be small together; at rest at the start."""
    h, r = TIME / control.size, np.empty((control.size, 3))
    angle, speed = start, 0.0
    for n in range(control.size):
        speed += h * ((angle if linear else np.sin(angle)) + control[n])
        angle += h * speed
        r[n, 0], r[n, 1], r[n, 2] = np.sqrt(h) * angle, np.sqrt(h) * speed, np.sqrt(h) * control[n]
    return r.ravel()


at = ad.linearize(residuals)


def gauss_newton_step(r, pushforward, pullback):
    """Conjugate gradients for J^T J step = -J^T r; every turn takes one product with J and one with its transpose."""
    residual = -pullback(r)[0]
    step, direction, turns = np.zeros_like(residual), residual.copy(), 0
    enough = 1e-13 * np.linalg.norm(residual)
    while np.linalg.norm(residual) > enough and turns < 2 * residual.size:
        along = pushforward(direction, 0.0, None)
        length = (residual @ residual) / (along @ along)
        step += length * direction
        smaller = residual - length * pullback(along)[0]
        direction = smaller + (smaller @ smaller) / (residual @ residual) * direction
        residual, turns = smaller, turns + 1
    return step, turns


def balance(control, start):
    """The best control of the pendulum, its cost, and the number of Gauss-Newton steps."""
    steps, size = 0, np.inf
    while size > 1e-7 * np.linalg.norm(control):
        r, *products = at(control, start, False)
        step, _ = gauss_newton_step(r, *products)
        length = 1.0
        while length > 1e-9 and np.sum(residuals(control + length * step, start, False) ** 2) > r @ r:
            length /= 2.0
        control = control + length * step
        steps, size = steps + 1, np.linalg.norm(step)
    return control, r @ r, steps


def riccati(start, steps):
    """The best control of the linear pendulum and its cost, backwards from the end."""
    h = TIME / steps
    a, b = np.array([[1.0 + h * h, h], [h, 1.0]]), np.array([h * h, h])
    p, gains = np.zeros((2, 2)), []
    for _ in range(steps):
        s = p + h * np.eye(2)  # the cost of a state and of all that follows
        gains.append(b @ s @ a / (h + b @ s @ b))
        p = a.T @ s @ (a - np.outer(b, gains[-1]))
    x, control = np.array([start, 0.0]), []
    for gain in reversed(gains):
        control.append(-gain @ x)
        x = a @ x + b * control[-1]
    return np.array(control), start * p[0, 0] * start


def draw(solutions, steps):
    """Torque and angle over time from several angles, over the angle at the start."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    time = TIME / steps * np.arange(1, steps + 1)
    for start, control in solutions:
        left.plot(
            time,
            residuals(control, start, False)[::3] / start / np.sqrt(TIME / steps),
            label=f"from {np.degrees(start):.0f} degrees",
        )
        right.plot(time, control / start)
    left.plot(time, residuals(riccati(1.0, steps)[0], 1.0, True)[::3] / np.sqrt(TIME / steps), "k--", label="linear")
    right.plot(time, riccati(1.0, steps)[0], "k--")
    left.set(xlabel="time", ylabel="angle / angle at the start")
    right.set(xlabel="time", ylabel="torque / angle at the start")
    left.legend(frameon=False)
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/17_gauss_newton.png", dpi=150)
    print("picture: out/17_gauss_newton.png")


def main(quick: bool) -> None:
    steps = 50 if quick else 400
    best, least = riccati(1.0, steps)
    found, turns = gauss_newton_step(*at(np.zeros(steps), 1.0, True))
    error = np.abs(found - best).max() / np.abs(best).max()
    cost = np.sum(residuals(found, 1.0, True) ** 2)
    print(f"linear pendulum: {steps} torques equal Riccati's to {error:.0e} after {turns} products with J^T J")
    assert error < 1e-9 and abs(cost - least) < 1e-12 * least

    print("pendulum: degrees  steps  cost / angle^2  less than Riccati's by")
    control, last, gaps, solutions = np.zeros(steps), 1.0, [], []
    for start in (0.125, 0.25, 0.5, 1.0, 2.0):
        control, cost, count = balance(control * start / last, start)
        last = start
        gaps.append(least - cost / start**2)
        solutions.append((start, control))
        print(f"{np.degrees(start):17.1f}  {count:5}  {cost / start**2:14.6f}  {gaps[-1]:22.1e}")
    order = np.log2(gaps[1] / gaps[0])
    print(f"order of the difference in the angle: {order:.3f}")
    assert abs(order - 2.0) < 0.05
    if find_spec("matplotlib"):
        draw(solutions, steps)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer steps in time")
    main(parser.parse_args().quick)
