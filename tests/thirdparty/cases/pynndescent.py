"""pynndescent (nearest neighbours): distances with `fastmath=True`, float32 locals, parallel helpers."""

from __future__ import annotations

import numpy as np

from ..case import Case

X = np.array([0.3, 1.2, 0.7, 2.1, 0.4])
Y = np.array([0.8, 0.5, 1.9, 1.1, 0.2])
X32, Y32 = X.astype(np.float32), Y.astype(np.float32)
WEIGHTS = np.array([1.1, 0.7, 2.0, 1.3, 0.4])
INVERSE = (np.eye(5) + 0.1 * np.add.outer(WEIGHTS, WEIGHTS)).astype(np.float32)
COST = abs(np.subtract.outer(np.arange(5.0), np.arange(5.0)))
SINGLE = 2e-5  # relative error of float32 sums
D = "pynndescent.distances"

CASES = [
    Case(f"{D}:euclidean", (X, Y), (0, 1)),
    Case(
        f"{D}:squared_euclidean",
        (X32, Y32),
        (0, 1),
        rtol=SINGLE,
        step=0.05,
        note="float32, locals={...}, cache=True",
    ),
    Case(f"{D}:standardised_euclidean", (X, Y, WEIGHTS), (0, 1, 2)),
    Case(f"{D}:minkowski", (X, Y, 3.0), (0, 1, 2)),
    Case(f"{D}:weighted_minkowski", (X, Y, WEIGHTS, 3), (0, 1, 2), note="integer power"),
    Case(f"{D}:mahalanobis", (X32, Y32, INVERSE), (0, 1), rtol=SINGLE, step=0.05, note="float32 buffer"),
    Case(f"{D}:canberra", (X, Y), (0, 1)),
    Case(f"{D}:bray_curtis", (X, Y), (0, 1), note="float(...) of an active value"),
    Case(f"{D}:cosine", (X, Y), (0, 1)),
    Case(
        f"{D}:alternative_cosine",
        (X32, Y32),
        (0, 1),
        rtol=10 * SINGLE,
        step=0.05,
        note="np.float32(...) of an active value",
    ),
    Case(f"{D}:haversine", (X[:2], Y[:2]), (0, 1), note="builtin min"),
    Case(f"{D}:correlation", (X, Y), (0, 1)),
    Case(
        f"{D}:hellinger",
        (X, Y),
        (0, 1),
        rtol=10 * SINGLE,
        step=0.05,
        note="float64 arguments, float32 locals",
    ),
    Case(f"{D}:jensen_shannon_divergence", (X, Y), (0, 1)),
    Case(f"{D}:symmetric_kl_divergence", (X, Y), (0, 1), note="cache=True"),
    Case(f"{D}:wasserstein_1d", (X, Y, 2), (0, 1), note="cumulates a fresh array in place"),
    Case(f"{D}:circular_kantorovich", (X, Y, 2), (0, 1), note="np.median"),
    Case(f"{D}:tsss", (X, Y), (0, 1)),
    Case(f"{D}:true_angular", (X, Y), (0, 1)),
    Case(
        f"{D}:sinkhorn",
        (X, Y, COST, 1.0),
        (0, 1, 2, 3),
        rtol=1e-6,
        note="boolean masks, parallel=True helpers, matrix products",
    ),
    Case(
        "pynndescent.sparse:sparse_cosine",
        (np.array([0, 2, 3], np.int32), X32[:3], np.array([1, 2, 3], np.int32), Y32[:3]),
        (1, 3),
        rtol=10 * SINGLE,
        step=0.05,
        note="float32, inline='always' helpers",
    ),
]
