"""Causal attention: what a position says does not depend on what comes after it, and the derivative knows it exactly.

A head of attention as two loops over the sequence: a position looks at itself and at those before it, weighs them by a
softmax of scores, and says the mean of their values. The block d out[t] / d in[s] of the Jacobian is zero, to the bit, for
every s > t; the blocks below the diagonal equal those derived on paper, in which the softmax's own Jacobian stands.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numba import njit

import dualad as ad


@njit
def softmax(scores):
    """Positive weights that add up to one; no score is too large."""
    exponentials = np.exp(scores - scores.max())
    return exponentials / exponentials.sum()


def attention(x, query, key, value):
    """Outputs of one causal head for a sequence, a row for each position."""
    queries, keys, values = x @ query, x @ key, x @ value
    out = np.zeros(values.shape)
    for t in range(x.shape[0]):
        scores = np.zeros(t + 1)
        for s in range(t + 1):
            for i in range(keys.shape[1]):
                scores[s] += queries[t, i] * keys[s, i] / np.sqrt(keys.shape[1])
        weights = softmax(scores)
        for s in range(t + 1):
            for i in range(values.shape[1]):
                out[t, i] += weights[s] * values[s, i]
    return out


def closed_form(x, query, key, value):
    """d out[t, i] / d x[s, j], and the weights, on paper."""
    scale = 1.0 / np.sqrt(query.shape[1])
    queries, keys, values = x @ query, x @ key, x @ value
    weights, jacobian = np.zeros((len(x), len(x))), np.zeros((len(x), value.shape[1], *x.shape))
    for t in range(len(x)):
        p = np.exp(scale * keys[: t + 1] @ queries[t])
        p /= p.sum()
        by_scores = values[: t + 1].T @ (np.diag(p) - np.outer(p, p))
        weights[t, : t + 1] = p
        jacobian[t, :, : t + 1] = p[:, None] * value.T[:, None, :] + scale * np.einsum(
            "is,j->isj", by_scores, key @ queries[t]
        )
        jacobian[t, :, t] += scale * by_scores @ keys[: t + 1] @ query.T
    return jacobian, weights


def draw(weights, blocks):
    """Left: whom a position looks at. Right: on whom what it says depends; white is zero."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    for axes, matrix, title in zip(panels, (weights, blocks), ("weight", "size of d out / d in"), strict=True):
        image = axes.imshow(np.where(matrix == 0.0, np.nan, np.log10(matrix + 1e-300)), cmap="viridis", vmin=-3)
        axes.set(title=f"{title}, decimal logarithm", xlabel="position s", ylabel="position t")
        figure.colorbar(image, ax=axes, shrink=0.8)
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/04_attention.png", dpi=150)
    print("picture: out/04_attention.png")


def main(quick: bool) -> None:
    random = np.random.default_rng(4)
    length, width = (6, 4) if quick else (20, 16)
    x = random.standard_normal((length, width))
    head = tuple(1.2 * random.standard_normal((3, width, width)) / np.sqrt(width))  # query, key, value

    expected, weights = closed_form(x, *head)
    print(f"{length} positions of {width} numbers: difference from the closed form, blocks above the diagonal not zero")
    for mode in ("forward", "reverse"):
        jacobian = ad.jacobian(attention, mode=mode)(x, *head)
        blocks = np.sqrt(np.sum(jacobian**2, axis=(1, 3)))  # by t and s
        error = np.linalg.norm(jacobian - expected) / np.linalg.norm(expected)
        print(f"  {mode} mode {error:.0e}, {np.count_nonzero(np.triu(blocks, 1))} of {length * (length - 1) // 2}")
        assert error < 1e-13
        assert not np.triu(blocks, 1).any() and np.all(blocks[np.tril_indices(length)] > 0.0)

    p = softmax(1e4 * x[0])  # scores so large that their exponentials overflow
    assert np.allclose(ad.jacobian(softmax)(1e4 * x[0]), np.diag(p) - np.outer(p, p), rtol=0.0, atol=1e-16)
    if find_spec("matplotlib"):
        draw(weights, blocks)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a shorter sequence of shorter rows")
    main(parser.parse_args().quick)
