"""Layer normalisation: a loss that cannot see shift and scale, and what that says about its derivatives.

Normalising each row takes out its mean and its size. So the loss does not change when a row is shifted or when its
deviations are stretched, and its derivatives have to know: the gradient is orthogonal to the ones vector and to the
centred row, the Hessian takes the ones vector to zero and the centred row to minus the gradient (the gradient is
homogeneous of degree -1). These laws hold to rounding, or the derivatives are wrong.
"""

import argparse

import numpy as np

import dualad as ad


def loss(x, gain, shift, target):
    """Cross entropy between the softmax of the normalised rows and target distributions."""
    total = 0.0
    scores = np.empty(x.shape[1])
    for row in range(x.shape[0]):
        mean = x[row].mean()
        variance = 0.0
        for value in x[row]:
            variance += (value - mean) ** 2
        deviation = np.sqrt(variance / x.shape[1])
        for j in range(x.shape[1]):
            scores[j] = gain[j] * (x[row, j] - mean) / deviation + shift[j]
        top = scores.max()
        exponentials = np.exp(scores - top)
        total += top + np.log(exponentials.sum()) - np.dot(target[row], scores)
    return total


gradient = ad.grad(loss, argnums=(0, 1, 2), mode="reverse")
curvature = ad.hvp(loss, mode="reverse")  # of the loss by x, times the last argument


def closed_form(x, gain, shift, target):
    """Gradients by x, gain and shift as textbooks derive them."""
    centred = x - x.mean(axis=1, keepdims=True)
    deviation = np.sqrt(np.mean(centred**2, axis=1, keepdims=True))
    unit = centred / deviation
    weights = np.exp(gain * unit + shift)
    by_scores = weights / weights.sum(axis=1, keepdims=True) - target
    by_unit = by_scores * gain
    along = np.mean(by_unit * unit, axis=1, keepdims=True)
    by_x = (by_unit - by_unit.mean(axis=1, keepdims=True) - along * unit) / deviation
    return by_x, (by_scores * unit).sum(axis=0), by_scores.sum(axis=0)


def main(quick: bool) -> None:
    random = np.random.default_rng(3)
    rows, width = (4, 8) if quick else (64, 256)
    x = random.normal(3.0, 2.0, (rows, width))
    gain, shift = 1.0 + 0.3 * random.standard_normal(width), 0.3 * random.standard_normal(width)
    target = random.dirichlet(np.ones(width), rows)
    by_x, by_gain, by_shift = gradient(x, gain, shift, target)
    for got, expected in zip((by_x, by_gain, by_shift), closed_form(x, gain, shift, target), strict=True):
        assert np.linalg.norm(got - expected) < 1e-12 * np.linalg.norm(expected)
    print(f"{rows} rows of {width}: gradients equal the closed form")

    size = np.linalg.norm(by_x, axis=1)
    centred = x - x.mean(axis=1, keepdims=True)
    with_ones = np.abs(by_x.sum(axis=1)) / (size * np.sqrt(width))
    with_row = np.abs(np.sum(by_x * centred, axis=1)) / (size * np.linalg.norm(centred, axis=1))
    print(f"cosine of the angle to the ones vector {with_ones.max():.0e}, to the centred row {with_row.max():.0e}")
    assert with_ones.max() < 1e-14 * width and with_row.max() < 1e-14 * width

    parameters = (gain, shift, target)
    shifted, stretched = curvature(x, *parameters, np.ones_like(x)), curvature(x, *parameters, centred)
    scale = np.linalg.norm(curvature(x, *parameters, random.standard_normal(x.shape)))
    print(f"Hessian times ones {np.linalg.norm(shifted) / scale:.0e} of that times a random direction")
    print(f"Hessian times centred rows plus gradient {np.linalg.norm(stretched + by_x) / np.linalg.norm(by_x):.0e}")
    assert np.linalg.norm(shifted) < 1e-12 * scale
    assert np.linalg.norm(stretched + by_x) < 1e-11 * np.linalg.norm(by_x)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rows")
    main(parser.parse_args().quick)
