"""Cosine-similarity loss with an epsilon: finite derivatives everywhere, zero vectors included.

Losses on embeddings meet zero vectors: padding, dead units, the first step of a training run. The epsilon
that keeps the loss finite there has to keep its gradient and its Hessian finite too, although the norm of a
zero vector has no derivative. Checked against closed forms on both sides of the epsilon and at zero itself.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import dualad as ad

EPSILON = 1e-6


def loss(a, b):
    """One minus the cosine of the angle between a and b, with norms below EPSILON counted as EPSILON."""
    return 1.0 - np.dot(a, b) / (max(np.linalg.norm(a), EPSILON) * max(np.linalg.norm(b), EPSILON))


gradient = ad.grad(loss, argnums=(0, 1))
hessian = ad.hessian(loss)


def closed_form(a, b):
    """Gradient by a and Hessian by a: of the smooth cosine above EPSILON, of a linear function of a below."""
    size, other = np.linalg.norm(a), b / max(np.linalg.norm(b), EPSILON)
    if size <= EPSILON:
        return -other / EPSILON, np.zeros((a.size, a.size))
    unit = a / size
    cosine, mixed = unit @ other, np.outer(unit, other)
    curvature = 3 * cosine * np.outer(unit, unit) - mixed - mixed.T - cosine * np.eye(a.size)
    return (cosine * unit - other) / size, -curvature / size**2


def draw(sizes, slopes, curvatures):
    """Size of gradient and Hessian against the size of the vector."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    axes.loglog(sizes, slopes, "o", label="gradient")
    axes.loglog(sizes, curvatures, "s", label="Hessian, 0 below epsilon")
    axes.axvline(EPSILON, color="black", ls="--", lw=1, label="epsilon")
    axes.set(xlabel="norm of the vector a", ylabel="norm of the derivatives of the loss by a")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/05_cosine_similarity.png", dpi=150)
    print("picture: out/05_cosine_similarity.png")


def main(quick: bool) -> None:
    random = np.random.default_rng(5)
    direction, b = random.standard_normal((2, 4 if quick else 16))
    direction /= np.linalg.norm(direction)
    print("     |a|      loss   |gradient|    |Hessian|   error, relative")
    sizes, slopes, curvatures = np.append(np.geomspace(3.0, 3e-9, 10), 0.0), [], []
    for size in sizes:
        a = size * direction
        by_a, by_b = gradient(a, b)
        second = hessian(a, b)
        expected, curvature = closed_form(a, b)
        assert np.all(np.isfinite(by_a)) and np.all(np.isfinite(by_b)) and np.all(np.isfinite(second))
        slopes.append(np.linalg.norm(by_a))
        curvatures.append(np.linalg.norm(second))
        error = np.linalg.norm(by_a - expected) / slopes[-1]
        error = max(error, np.linalg.norm(second - curvature) / max(curvatures[-1], 1.0))
        print(f"{size:8.0e}{loss(a, b):10.5f}{slopes[-1]:13.4e}{curvatures[-1]:13.4e}{error:12.1e}")
        assert error < 1e-12

    zero = np.zeros_like(b)
    by_a, by_b = gradient(zero, zero)
    assert loss(zero, zero) == 1.0 and not np.any(by_a) and not np.any(by_b)
    # Between two zero vectors the loss is 1 - a.b / EPSILON**2, so its Hessian by a vanishes.
    assert not np.any(hessian(zero, zero))
    print("two zero vectors: loss 1, gradient and Hessian exactly zero; nowhere an infinity or a NaN")
    if find_spec("matplotlib"):
        draw(sizes, slopes, curvatures)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="shorter vectors")
    main(parser.parse_args().quick)
