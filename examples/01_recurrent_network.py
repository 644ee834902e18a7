"""A recurrent network learns to repeat what it heard a few steps ago: back-propagation through time.

The loss is one loop over the sequence in which the hidden state is overwritten at every step, as one would write
the simulation. Its gradient by all weights, at the cost of a few evaluations, is checked against back-propagation
through time derived by hand, and then trains the network.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

import dualad as ad

DELAY = 4


class Cell(NamedTuple):
    """Weights of inputs, of the last hidden state, and of the output, with their biases."""

    read: np.ndarray
    recur: np.ndarray
    bias: np.ndarray
    write: np.ndarray
    offset: np.ndarray


def loss(cell, inputs, targets):
    """Mean square error of the outputs, after every step of the sequence."""
    hidden, fresh = np.zeros(cell.bias.size), np.zeros(cell.bias.size)
    total = 0.0
    for t in range(inputs.shape[0]):
        for i in range(hidden.size):
            drive = cell.bias[i]
            for j in range(inputs.shape[1]):
                drive += cell.read[i, j] * inputs[t, j]
            for j in range(hidden.size):
                drive += cell.recur[i, j] * hidden[j]
            fresh[i] = np.tanh(drive)
        hidden[:] = fresh
        for k in range(targets.shape[1]):
            output = cell.offset[k]
            for j in range(hidden.size):
                output += cell.write[k, j] * hidden[j]
            total += (output - targets[t, k]) ** 2
    return total / targets.size


value_and_gradient = ad.value_and_grad(loss, mode="reverse")


def by_hand(cell, inputs, targets):
    """Back-propagation through time, derived on paper, with whole arrays."""
    hidden = np.zeros((inputs.shape[0] + 1, cell.bias.size))
    for t, heard in enumerate(inputs):
        hidden[t + 1] = np.tanh(cell.read @ heard + cell.recur @ hidden[t] + cell.bias)
    error = 2 * (hidden[1:] @ cell.write.T + cell.offset - targets) / targets.size
    drive = np.zeros((inputs.shape[0] + 1, cell.bias.size))  # derivative by what enters tanh; zero after the end
    for t in reversed(range(inputs.shape[0])):
        drive[t] = (error[t] @ cell.write + drive[t + 1] @ cell.recur) * (1 - hidden[t + 1] ** 2)
    drive = drive[:-1]
    return Cell(drive.T @ inputs, drive.T @ hidden[:-1], drive.sum(0), error.T @ hidden[1:], error.sum(0))


def draw(losses, cell, inputs, targets):
    """Left: the loss in training. Right: what the network says beside what it heard."""
    import matplotlib.pyplot as plt

    hidden, outputs = np.zeros(cell.bias.size), []
    for heard in inputs:
        hidden = np.tanh(cell.read @ heard + cell.recur @ hidden + cell.bias)
        outputs.append(cell.write @ hidden + cell.offset)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained", width_ratios=(1, 2))
    left.semilogy(losses)
    left.set(xlabel="iteration", ylabel="mean square error")
    right.plot(inputs[:60], ".-", color="tab:gray", lw=0.5, label="heard")
    right.plot(targets[:60], "k-", lw=1, label=f"heard {DELAY} steps before")
    right.plot(outputs[:60], "o", ms=4, label="network")
    right.set(xlabel="step")
    right.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.15))
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/01_recurrent_network.png", dpi=150)
    print("picture: out/01_recurrent_network.png")


def main(quick: bool) -> None:
    random, units = np.random.default_rng(1), 8 if quick else 24
    inputs = random.uniform(-1.0, 1.0, (100 if quick else 400, 1))
    targets = np.concatenate([np.zeros((DELAY, 1)), inputs[:-DELAY]])
    shapes = Cell((units, 1), (units, units), (units,), (1, units), (1,))
    cell = Cell(*(0.3 * random.standard_normal(shape) for shape in shapes))

    _, gradient = value_and_gradient(cell, inputs, targets)
    for name, got, expected in zip(Cell._fields, gradient, by_hand(cell, inputs, targets), strict=True):
        error = np.linalg.norm(got - expected) / np.linalg.norm(expected)
        print(f"{name:7}{got.size:5} weights, relative difference from the derivation by hand {error:.0e}")
        assert error < 1e-12

    losses, moments = [], [(0.0, 0.0)] * len(cell)
    for iteration in range(1, 301 if quick else 1501):  # Adam
        value, gradient = value_and_gradient(cell, inputs, targets)
        losses.append(value)
        moments = [(0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g) for (m, v), g in zip(moments, gradient, strict=True)]
        scale = 0.01 * np.sqrt(1 - 0.99**iteration) / (1 - 0.9**iteration)
        steps = [scale * m / (np.sqrt(v) + 1e-9) for m, v in moments]
        cell = Cell(*(w - step for w, step in zip(cell, steps, strict=True)))
    print(f"mean square error {losses[0]:.3f} -> {losses[-1]:.2g}; {np.var(targets):.3f} for a silent network")
    assert losses[-1] < (0.3 if quick else 0.05) * np.var(targets)
    if find_spec("matplotlib"):
        draw(losses, cell, inputs, targets)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer units, steps and iterations")
    main(parser.parse_args().quick)
