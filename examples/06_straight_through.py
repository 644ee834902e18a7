"""A binary network learns although the derivative of its step function is zero: the straight-through estimator.

The hidden units are on or off. Their true derivative by the weights is zero, and dualad says so; training with it
leaves the hidden layer as it was drawn. `ad.straight_through(hard, soft)` computes with the step and differentiates a
sigmoid in its place. The same rule, written out with `ad.custom_vjp`, gives the same gradient, and so does a derivation
by hand. Data: points inside and outside a ring, which no straight line separates.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numba import njit

import dualad as ad

UNITS = 12


@njit
def hard(x):
    return 1.0 if x > 0.0 else 0.0


@njit
def soft(x):
    return 1.0 / (1.0 + np.exp(-3.0 * x))


step = ad.straight_through(hard, soft)


@ad.custom_vjp
def written_out(x):
    return 1.0 if x > 0.0 else 0.0


def step_forward(x):
    return (1.0 if x > 0.0 else 0.0), x


def step_backward(x, y_bar):
    s = 1.0 / (1.0 + np.exp(-3.0 * x))
    return (3.0 * s * (1.0 - s) * y_bar,)


written_out.defvjp(step_forward, step_backward)


def network(activation):
    """Mean logistic loss of a network of binary units; weights: rows of (w0, w1, bias, output weight)."""

    def loss(weights, points, inside):
        total = 0.0
        for n in range(points.shape[0]):
            score = 0.0
            for k in range(weights.shape[0]):
                drive = weights[k, 0] * points[n, 0] + weights[k, 1] * points[n, 1] + weights[k, 2]
                score += weights[k, 3] * (activation(drive) - 0.5)
            total += np.log(1.0 + np.exp(-score if inside[n] else score))
        return total / points.shape[0]

    return loss


true_gradient = ad.grad(network(hard), mode="reverse")
gradient = ad.grad(network(step), mode="reverse")


def by_hand(weights, points, inside):
    drive = points @ weights[:, :2].T + weights[:, 2]
    on, s = drive > 0, soft(drive)
    error = (1 / (1 + np.exp(-(on - 0.5) @ weights[:, 3])) - inside) / len(points)
    by_drive = error[:, None] * weights[:, 3] * 3 * s * (1 - s)
    return np.column_stack([by_drive.T @ points, by_drive.sum(axis=0), (on - 0.5).T @ error])


def correct(weights, points, inside):
    """Share of the points on the right side."""
    on = points @ weights[:, :2].T + weights[:, 2] > 0
    return np.mean(((on - 0.5) @ weights[:, 3] > 0) == inside)


def train(derivative, weights, points, inside, iterations):
    velocity = np.zeros_like(weights)
    for _ in range(iterations):
        velocity = 0.9 * velocity - 0.2 * derivative(weights, points, inside)
        weights = weights + velocity
    return weights


def draw(trained, stuck, points, inside):
    """What each network takes for the inside, behind the data."""
    import matplotlib.pyplot as plt

    axis = np.linspace(-2, 2, 300)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1)
    figure, panels = plt.subplots(1, 2, figsize=(8, 4), layout="constrained", sharey=True)
    for axes, weights, title in zip(panels, (stuck, trained), ("true derivative", "straight through"), strict=True):
        on = grid @ weights[:, :2].T + weights[:, 2] > 0
        axes.pcolormesh(axis, axis, (on - 0.5) @ weights[:, 3] > 0, cmap="Blues", vmax=3)
        axes.scatter(*points.T, c=inside, s=6, cmap="coolwarm_r")
        axes.set(title=f"{title}: {correct(weights, points, inside):.0%}", aspect="equal")
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/06_straight_through.png", dpi=150)
    print("picture: out/06_straight_through.png")


def main(quick: bool) -> None:
    random = np.random.default_rng(6)
    points = random.uniform(-2.0, 2.0, (300 if quick else 1000, 2))
    inside = np.hypot(*points.T) < 1.3
    start = random.standard_normal((UNITS, 4))
    through = gradient(start, points, inside)
    assert np.allclose(through, by_hand(start, points, inside), rtol=1e-12, atol=1e-15)
    stated = ad.grad(network(written_out), mode="reverse")(start, points, inside)
    assert np.allclose(through, stated, rtol=1e-12, atol=1e-15)
    assert np.allclose(through, ad.grad(network(step), mode="forward")(start, points, inside), rtol=1e-12, atol=1e-15)
    assert not np.any(true_gradient(start, points, inside)[:, :3])
    print("hidden weights: the true gradient is exactly zero, the straight-through one equals the derivation by hand")

    iterations = 500 if quick else 2000
    stuck = train(true_gradient, start, points, inside, iterations)
    trained = train(gradient, start, points, inside, iterations)
    before, honest, after = (correct(weights, points, inside) for weights in (start, stuck, trained))
    print(f"correct: {before:.1%} before, {honest:.1%} with the true gradient, {after:.1%} straight through")
    assert np.array_equal(stuck[:, :3], start[:, :3])
    assert after > 0.93 and after > honest + 0.05
    if find_spec("matplotlib"):
        draw(trained, stuck, points, inside)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer points and iterations")
    main(parser.parse_args().quick)
