"""Random programs through index sets: no entry of a Jacobian is ever missing, at the point of the pattern or at another one."""

import random

import numpy as np
import pytest

import dualad as ad
from tests.reverse import judge
from tests.reverse.programs import generate, load

TOLERANCE = 1e-9


def moved(case, seed):
    """Arguments of the case with other floats, which may take other branches."""
    rng = np.random.default_rng(seed)
    args = list(case.args())
    for i in case.argnums:
        args[i] = args[i] + rng.uniform(-1.5, 1.5, np.shape(args[i]))
        args[i] = float(args[i]) if np.ndim(args[i]) == 0 else args[i]
    return args


def judged(seed):
    """What became of a program: "right", or why there is nothing to compare."""
    case = generate(random.Random(seed))
    try:
        reference = judge.by_numbers(case)
    except judge.Unsuitable:
        return "unsuitable"
    function, outs = load(case), case.out_argnums or None
    jacobian = ad.jacobian(function, case.argnums, out_argnums=outs, sparsity="auto")
    try:
        found = jacobian(*case.args()).toarray()
    except ad.errors.DualadError as error:
        return f"refused: {error}"
    args = case.args()
    expected = np.block(
        [
            [np.reshape(block, (np.size(v), np.size(args[i]))) for block, i in zip(row, case.argnums, strict=True)]
            for v, row in zip(reference.values, reference.blocks, strict=True)
        ]
    )
    scale = max(np.max(np.abs(expected), initial=0.0), 1.0)
    assert np.all(np.abs(found - expected) <= TOLERANCE * scale), case.source
    dense = ad.jacfwd(function, case.argnums, out_argnums=outs)
    for k in range(3):
        there = moved(case, 100 * seed + k)
        try:
            blocks = dense(*there)
        except (ValueError, ZeroDivisionError, IndexError):
            continue
        if outs is None or len(outs) == 1:
            blocks = (blocks,) if not isinstance(blocks[0], tuple) else blocks
        columns = sum(np.size(there[i]) for i in case.argnums)
        flat = np.concatenate(
            [
                np.concatenate([_rows(b, there[i]) for b, i in zip(row, case.argnums, strict=True)], axis=1)
                for row in blocks
            ]
        )
        assert flat.shape[1] == columns
        sparse = jacobian(*moved(case, 100 * seed + k)).toarray()
        alike = (
            (sparse == flat) | (np.abs(sparse - flat) <= TOLERANCE * np.abs(flat)) | (np.isnan(sparse) & np.isnan(flat))
        )
        assert np.all(alike), case.source
    return "right"


def _rows(block, argument):
    return np.reshape(block, (-1, np.size(argument)))


@pytest.mark.parametrize("seed", [pytest.param(k, marks=[pytest.mark.full] * (k > 0)) for k in range(100)])
def test_random_program(seed):
    if judged(seed) == "unsuitable":
        pytest.skip("nothing to compare")
