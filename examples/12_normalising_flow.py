"""A normalising flow learns the density of two interleaved half moons by maximum likelihood.

Affine coupling layers map data to a normal distribution: each layer leaves one coordinate alone and stretches and shifts
the other by small networks of the first. The log-likelihood is a loop over points and layers; reverse mode gives its
gradient by all weights. Checked: the log-determinant that the layers add up against that of the dense Jacobian of the
map, and that the learned density integrates to one.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numba import njit

import dualad as ad


@njit
def coupling(weights, kept):
    """Stretch and shift, by a network of one hidden layer; weights: rows of (w, bias, to stretch, to shift)."""
    stretch, shift = 0.0, 0.0
    for k in range(weights.shape[0]):
        hidden = np.tanh(weights[k, 0] * kept + weights[k, 1])
        stretch += weights[k, 2] * hidden
        shift += weights[k, 3] * hidden
    return stretch, shift


@njit
def through(weights, point, image):
    """Map a point to `image`; the logarithm of the determinant of the map's Jacobian."""
    image[:] = point
    log_determinant = 0.0
    for layer in range(weights.shape[0]):
        kept = layer % 2
        stretch, shift = coupling(weights[layer], image[kept])
        image[1 - kept] = image[1 - kept] * np.exp(stretch) + shift
        log_determinant += stretch
    return log_determinant


def surprise(weights, points):
    """Mean negative log-likelihood."""
    total, image = 0.0, np.empty(2)
    for n in range(points.shape[0]):
        log_determinant = through(weights, points[n], image)
        total += 0.5 * (image[0] ** 2 + image[1] ** 2) + np.log(2.0 * np.pi) - log_determinant
    return total / points.shape[0]


def image_of(weights, point, image):
    through(weights, point, image)


value_and_gradient = ad.value_and_grad(surprise, mode="reverse")
jacobians = [ad.jacobian(image_of, argnums=1, out_argnums=2, mode=mode) for mode in ("forward", "reverse")]


def half_moons(random, count):
    angle = random.uniform(0.0, np.pi, count)
    upper = np.arange(count) % 2 == 0
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points[~upper] = [1.0, 0.5] - points[~upper]
    return (points - [0.5, 0.25] + 0.1 * random.standard_normal((count, 2))) * 1.5


def density(weights, points):
    values, image = np.empty(len(points)), np.empty(2)
    for n, point in enumerate(points):
        values[n] = np.exp(through(weights, point, image) - 0.5 * image @ image) / (2.0 * np.pi)
    return values


def draw(axis, values, points):
    """The learned density and the data."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 4), layout="constrained")
    axes.pcolormesh(axis, axis, values, cmap="magma", shading="gouraud")
    axes.plot(*points.T, "w.", ms=1, alpha=0.6)
    axes.set(xlim=(-3, 3), ylim=(-3, 3), aspect="equal", title="learned density, and the points it came from")
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/12_normalising_flow.png", dpi=150)
    print("picture: out/12_normalising_flow.png")


def main(quick: bool) -> None:
    random = np.random.default_rng(12)
    points, unseen = half_moons(random, 300 if quick else 2000), half_moons(random, 1000)
    weights = 0.5 * random.standard_normal((4 if quick else 8, 6 if quick else 16, 4))
    weights[:, :, 2:] *= 0.1
    first, mean, square = surprise(weights, unseen), 0.0, 0.0
    for iteration in range(1, 801 if quick else 2001):  # Adam
        _, gradient = value_and_gradient(weights, points)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.99 * square + 0.01 * gradient**2
        scale = 0.02 * np.sqrt(1 - 0.99**iteration) / (1 - 0.9**iteration)
        weights = weights - scale * mean / (np.sqrt(square) + 1e-9)
    last = surprise(weights, unseen)
    normal = 0.5 * np.linalg.slogdet(2 * np.pi * np.e * np.cov(unseen.T))[1]
    print(f"mean surprise of unseen points: {first:.3f} -> {last:.3f}; the best normal density has {normal:.3f}")
    assert last < normal - 0.3

    worst = 0.0
    for point in unseen[:50]:
        forward, reverse = (by_point(weights, point, np.empty(2)) for by_point in jacobians)
        assert np.allclose(forward, reverse, rtol=1e-12, atol=1e-12)
        worst = max(worst, abs(np.linalg.slogdet(reverse)[1] - through(weights, point, np.empty(2))))
    print(f"log-determinants: added up by the layers, and of dense Jacobians, differ by {worst:.0e} at most")
    assert worst < 1e-11

    axis = np.linspace(-6.0, 6.0, 300 if quick else 600)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    values = density(weights, grid).reshape(axis.size, -1)
    integral = values.sum() * (axis[1] - axis[0]) ** 2
    print(f"the density integrates to {integral:.5f}")
    assert abs(integral - 1.0) < 1e-2
    if find_spec("matplotlib"):
        draw(axis, values, points)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer points, layers and iterations")
    main(parser.parse_args().quick)
