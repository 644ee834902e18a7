"""A multilayer perceptron trained from scratch on Fisher's irises.

Three layers, written with matrix products on a whole batch; reverse mode gives the gradient by all weights and biases at
the cost of a few evaluations, through BLAS like the network itself. Checked against back-propagation derived by hand, and
by the flowers that were held out.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

import dualad as ad

SPECIES = ("setosa", "versicolor", "virginica")


class Layers(NamedTuple):
    """Weights and biases."""

    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray
    w3: np.ndarray
    b3: np.ndarray


def loss(p, flowers, species, decay):
    """Mean cross entropy, and weight decay."""
    first = np.tanh(flowers @ p.w1 + p.b1)
    second = np.tanh(first @ p.w2 + p.b2)
    scores = second @ p.w3 + p.b3
    total = 0.0
    for i in range(scores.shape[0]):
        top = scores[i].max()
        total += top + np.log(np.sum(np.exp(scores[i] - top))) - scores[i, species[i]]
    squares = np.sum(p.w1**2) + np.sum(p.w2**2) + np.sum(p.w3**2)
    return total / scores.shape[0] + 0.5 * decay * squares


value_and_gradient = ad.value_and_grad(loss, mode="reverse")


def by_hand(p, flowers, species, decay):
    """Back-propagation, derived on paper."""
    first = np.tanh(flowers @ p.w1 + p.b1)
    second = np.tanh(first @ p.w2 + p.b2)
    scores = second @ p.w3 + p.b3
    share = np.exp(scores - scores.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    share[np.arange(len(species)), species] -= 1
    d3 = share / len(species)
    d2 = (d3 @ p.w3.T) * (1 - second**2)
    d1 = (d2 @ p.w2.T) * (1 - first**2)
    w1, w2, w3 = flowers.T @ d1 + decay * p.w1, first.T @ d2 + decay * p.w2, second.T @ d3 + decay * p.w3
    return Layers(w1, d1.sum(axis=0), w2, d2.sum(axis=0), w3, d3.sum(axis=0))


def guess(p, flowers):
    scores = np.tanh(np.tanh(flowers @ p.w1 + p.b1) @ p.w2 + p.b2) @ p.w3 + p.b3
    return scores.argmax(axis=1)


def load():
    """Flowers with measurements of mean 0 and size 1, and their species as numbers."""
    table = np.loadtxt(Path(__file__).parent / "data" / "iris.csv", delimiter=",")
    flowers = table[:, :4]
    return (flowers - flowers.mean(axis=0)) / flowers.std(axis=0), table[:, 4].astype(np.int64)


def draw(losses, p, flowers, species, held_out):
    """Left: training. Right: what is guessed for all flowers; held-out ones have a black edge, wrong ones a cross."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    left.semilogy(losses)
    left.set(xlabel="iteration", ylabel="loss")
    edges = np.where(held_out, "black", "none")
    guesses = guess(p, flowers)
    for k, name in enumerate(SPECIES):
        those = guesses == k
        right.scatter(*flowers[those, 2:].T, s=30, edgecolors=edges[those], label=name)
    right.plot(*flowers[guesses != species, 2:].T, "kx", ms=8, label="wrong")
    right.set(xlabel="petal length, standardised", ylabel="petal width, standardised")
    right.legend(frameon=False)
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/18_deep_network.png", dpi=150)
    print("picture: out/18_deep_network.png")


def main(quick: bool) -> None:
    random, (flowers, species) = np.random.default_rng(18), load()
    held_out = np.zeros(150, bool)
    held_out[random.permutation(150)[:50]] = True
    train, test = (flowers[~held_out], species[~held_out]), (flowers[held_out], species[held_out])
    shapes = Layers((4, 16), (16,), (16, 16), (16,), (16, 3), (3,))
    p = Layers(*(random.standard_normal(shape) / np.sqrt(shape[0]) for shape in shapes))
    _, gradient = value_and_gradient(p, *train, 1e-3)
    for name, got, expected in zip(Layers._fields, gradient, by_hand(p, *train, 1e-3), strict=True):
        error = np.linalg.norm(got - expected) / np.linalg.norm(expected)
        print(f"{name}: {got.size:4} weights, relative difference from back-propagation by hand {error:.0e}")
        assert error < 1e-12

    losses, velocity = [], [0.0] * len(p)
    for _ in range(300 if quick else 2000):
        value, gradient = value_and_gradient(p, *train, 1e-3)
        losses.append(value)
        velocity = [0.9 * v - 0.05 * g for v, g in zip(velocity, gradient, strict=True)]
        p = Layers(*(w + v for w, v in zip(p, velocity, strict=True)))
    right = [np.mean(guess(p, some) == kind) for some, kind in (train, test)]
    print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f}; right: {right[0]:.0%} of 100 seen, {right[1]:.0%} of 50 held out")
    assert right[0] > 0.95 and right[1] > 0.9
    if find_spec("matplotlib"):
        draw(losses, p, flowers, species, held_out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer iterations")
    main(parser.parse_args().quick)
