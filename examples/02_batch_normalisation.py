"""Batch normalisation: every output depends on every sample of the batch, and so must its derivative.

Each feature is shifted and scaled by the mean and the deviation that it has over the batch. A sample moves both, so the
Jacobian is full along the batch: whoever takes mean and deviation for constants, sample by sample, is wrong. The exact
one, by forward and by reverse mode of the same loops, equals the closed form, and a loss through it cannot see that the
whole batch is shifted.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import dualad as ad

EPSILON = 1e-5  # added to the variance


def normalise(x, gain, shift):
    """Outputs of a batch, whose rows are samples."""
    samples, features = x.shape
    y = np.empty((samples, features))
    for j in range(features):
        mean = 0.0
        for i in range(samples):
            mean += x[i, j] / samples
        variance = 0.0
        for i in range(samples):
            variance += (x[i, j] - mean) ** 2 / samples
        deviation = np.sqrt(variance + EPSILON)
        for i in range(samples):
            y[i, j] = gain[j] * (x[i, j] - mean) / deviation + shift[j]
    return y


def closed_form(x, gain, whole_batch=True):
    """d y[i, j] / d x[k, l] on paper; without the whole batch, as if mean and deviation were constants."""
    samples, features = x.shape
    deviation = np.sqrt(x.var(axis=0) + EPSILON)
    unit = (x - x.mean(axis=0)) / deviation
    along = np.repeat(np.eye(samples)[:, :, None], features, axis=2)  # by i, k and the feature
    if whole_batch:
        along -= (1.0 + unit[:, None, :] * unit[None, :, :]) / samples
    return np.einsum("ikj,j,jl->ijkl", along, gain / deviation, np.eye(features))


def draw(exact, naive):
    """Both Jacobians as matrices: feature after feature, and in each of them sample after sample."""
    import matplotlib.pyplot as plt

    size, limit = exact.shape[0] * exact.shape[1], 0.5 * np.abs(naive).max()
    figure, panels = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
    for axes, jacobian, title in zip(panels, (exact, naive), ("exact", "sample by sample: wrong"), strict=True):
        matrix = jacobian.transpose(1, 0, 3, 2).reshape(size, size)
        image = axes.imshow(matrix, cmap="RdBu_r", vmin=-limit, vmax=limit)
        axes.set(title=title, xlabel="input", ylabel="output", xticks=[], yticks=[])
    figure.colorbar(image, ax=panels, shrink=0.8, extend="both")
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/02_batch_normalisation.png", dpi=150)
    print("picture: out/02_batch_normalisation.png")


def main(quick: bool) -> None:
    random = np.random.default_rng(2)
    samples, features = (5, 3) if quick else (10, 4)
    x = random.normal(3.0, 2.0, (samples, features))
    gain, shift = random.uniform(0.5, 1.5, features), random.standard_normal(features)

    exact, naive = closed_form(x, gain), closed_form(x, gain, whole_batch=False)
    size = np.linalg.norm(exact)
    print(f"{samples} samples of {features} features: difference from the closed form, relative")
    for mode in ("forward", "reverse"):
        jacobian = ad.jacobian(normalise, mode=mode)(x, gain, shift)
        error = np.linalg.norm(jacobian - exact) / size
        print(f"  Jacobian by {mode} mode           {error:.0e}")
        assert error < 1e-14
    print(f"  sample by sample                  {np.linalg.norm(naive - exact) / size:.2f}")

    weights = random.standard_normal((samples, features))  # of a loss that is linear in the outputs
    slopes = [np.abs(np.einsum("ij,ijkl->l", weights, matrix)).max() for matrix in (jacobian, naive)]
    print("slope of a loss along a shift of the whole batch, largest:")
    print(f"  exact {slopes[0]:.0e}, sample by sample {slopes[1]:.2f}")
    assert slopes[0] < 1e-13 < 1e-2 < slopes[1]
    if find_spec("matplotlib"):
        draw(exact, naive)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a smaller batch")
    main(parser.parse_args().quick)
