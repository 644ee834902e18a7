"""Learning to learn: weights from which a gradient step fits a new task (MAML, arXiv 1703.03400).

The loss that is minimised contains a gradient step, so its gradient is the gradient of a gradient: reverse mode through
the program that reverse mode made. For quadratic tasks the meta-gradient has a closed form. For sine waves of random
amplitude and phase a small network learns weights from which it fits a wave it never saw from ten of its points.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numba import njit

import dualad as ad


@njit
def squares(w, design, y):
    """Half the sum of squares of a linear model."""
    total = 0.0
    for i in range(design.shape[0]):
        total += 0.5 * (np.dot(design[i], w) - y[i]) ** 2
    return total


@njit
def misfit(w, x, y):
    """Mean square error of a network with one input and one hidden layer; w: rows of (w, bias, output weight)."""
    total = 0.0
    for i in range(x.size):
        output = 0.0
        for k in range(w.shape[0]):
            output += w[k, 2] * np.tanh(w[k, 0] * x[i] + w[k, 1])
        total += (output - y[i]) ** 2
    return total / x.size


def after_one_step(loss, rate):
    """The loss on new data after one gradient step on old data: what meta-learning minimises."""
    inner = ad.grad(loss, mode="reverse")

    def meta_loss(w, x, y, new_x, new_y):
        adapted = w - rate * inner(w, x, y)
        return loss(adapted, new_x, new_y)

    return meta_loss


RATE = 0.02
quadratic = after_one_step(squares, RATE)
meta = ad.value_and_grad(after_one_step(misfit, RATE), mode="reverse")
step = ad.grad(misfit, mode="reverse")


def waves(random, count, shots):
    """Points of random sine waves: x, y and as many again of each wave."""
    amplitude, phase = random.uniform(1.0, 5.0, (count, 1)), random.uniform(0.0, np.pi, (count, 1))
    x = random.uniform(-5.0, 5.0, (count, 2 * shots))
    y = amplitude * np.sin(x + phase)
    return x[:, :shots], y[:, :shots], x[:, shots:], y[:, shots:]


def error_after(w, task, steps):
    """Error on points not shown, after gradient steps on the points shown."""
    x, y, new_x, new_y = task
    for _ in range(steps):
        w = w - RATE * step(w, x, y)
    return misfit(w, new_x, new_y)


def draw(meta_trained, start, random):
    """A wave never seen: the points shown, and the network before and after its steps on them."""
    import matplotlib.pyplot as plt

    x, y = (part[0] for part in waves(random, 1, 10)[:2])
    axis = np.linspace(-5, 5, 200)
    figure, panels = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained", sharey=True)
    for axes, w, title in zip(panels, (start, meta_trained), ("random weights", "meta-learned weights"), strict=True):
        for steps in (0, 1, 10):
            adapted = w
            for _ in range(steps):
                adapted = adapted - RATE * step(adapted, x, y)
            curve = np.tanh(np.outer(axis, adapted[:, 0]) + adapted[:, 1]) @ adapted[:, 2]
            axes.plot(axis, curve, label=f"after {steps} steps")
        axes.plot(x, y, "k^", label="points shown")
        axes.set(title=title)
    panels[1].legend(frameon=False)
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/14_meta_learning.png", dpi=150)
    print("picture: out/14_meta_learning.png")


def main(quick: bool) -> None:
    random = np.random.default_rng(14)
    w, design, new_design = random.standard_normal(6), *random.standard_normal((2, 9, 6))
    y, new_y = random.standard_normal((2, 9))
    shrink = np.eye(6) - RATE * design.T @ design
    adapted = w - RATE * design.T @ (design @ w - y)
    exact = shrink @ new_design.T @ (new_design @ adapted - new_y)
    first_order = new_design.T @ (new_design @ adapted - new_y)
    print("meta-gradient of quadratic tasks, relative difference from the closed form:")
    for mode in ("reverse", "forward"):
        got = ad.grad(quadratic, mode=mode)(w, design, y, new_design, new_y)
        print(f"  {mode:8} over reverse {np.linalg.norm(got - exact) / np.linalg.norm(exact):.0e}")
        assert np.linalg.norm(got - exact) < 1e-12 * np.linalg.norm(exact)
    print(f"  without the inner derivative {np.linalg.norm(first_order - exact) / np.linalg.norm(exact):.2f}")

    units, tasks, shots = (20, 10, 10) if quick else (40, 25, 10)
    start = random.standard_normal((units, 3)) * np.array([1.0, 2.0, 0.3])
    w, mean, square = start, 0.0, 0.0
    for iteration in range(1, 1001 if quick else 10_001):  # Adam
        parts = [meta(w, *task)[1] for task in zip(*waves(random, tasks, shots), strict=True)]
        gradient = np.mean(parts, axis=0)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.99 * square + 0.01 * gradient**2
        scale = 0.01 * np.sqrt(1 - 0.99**iteration) / (1 - 0.9**iteration)
        w = w - scale * mean / (np.sqrt(square) + 1e-9)
    new_waves = list(zip(*waves(random, 200, shots), strict=True))
    print("mean square error on 200 new waves       before   1 step  10 steps")
    table = []
    for name, weights in (("random weights", start), ("meta-learned weights", w)):
        table.append([np.mean([error_after(weights, task, n) for task in new_waves]) for n in (0, 1, 10)])
        print(f"{name:38}" + "".join(f"{value:9.2f}" for value in table[-1]))
    assert table[1][2] < 0.4 * table[0][2] and table[1][2] < 0.5 * table[1][0]
    if find_spec("matplotlib"):
        draw(w, start, random)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer units, tasks and iterations")
    main(parser.parse_args().quick)
