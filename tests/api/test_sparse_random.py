"""Random programs through index sets: no entry of a Jacobian is ever missing, at the point of the pattern or at another one."""

import random

import numpy as np
import pytest
from numba import njit

import dualad as ad
from tests.oracle import leaves
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


def as_numba_has_it(case, function):
    """The outputs by Numba, which are not always those of plain Python.

    Where it makes calls of an inner function part of the program, `line *= ...` in a loop over rows leaves the rows as they are
    (0.68).
    """
    args = case.args()
    result = njit(function)(*args)
    return np.concatenate([np.ravel(v) for v in ([args[k] for k in case.out_argnums] or leaves(result))])


def as_matrix(blocks, columns):
    """Blocks of a Jacobian, those of one output behind each other, as one matrix."""
    rows = [blocks[k : k + len(columns)] for k in range(0, len(blocks), len(columns))]
    return np.concatenate(
        [np.concatenate([np.reshape(b, (-1, n)) for b, n in zip(row, columns, strict=True)], axis=1) for row in rows]
    )


def judged(seed):
    """What became of a program: "right", or why there is nothing to compare."""
    case = generate(random.Random(seed))
    try:
        reference = judge.by_numbers(case)
    except judge.Unsuitable:
        return "unsuitable"
    function, outs = load(case), case.out_argnums or None
    if not np.allclose(as_numba_has_it(case, function), np.concatenate([np.ravel(v) for v in reference.values])):
        return "unsuitable"
    columns = [np.size(case.args()[i]) for i in case.argnums]
    jacobian = ad.jacobian(function, case.argnums, out_argnums=outs, sparsity="auto")
    found = jacobian(*case.args()).toarray()
    expected = as_matrix([block for row in reference.blocks for block in row], columns)
    scale = max(np.max(np.abs(expected), initial=0.0), 1.0)
    assert np.all(np.abs(found - expected) <= TOLERANCE * scale), case.source
    dense = ad.jacfwd(function, case.argnums, out_argnums=outs)
    for k in range(3):
        try:
            blocks = leaves(dense(*moved(case, 100 * seed + k)))
        except (ValueError, ZeroDivisionError, IndexError):
            continue
        expected, found = as_matrix(blocks, columns), jacobian(*moved(case, 100 * seed + k)).toarray()
        near = np.abs(found - expected) <= TOLERANCE * np.abs(expected)
        assert np.all(near | (found == expected) | (np.isnan(found) & np.isnan(expected))), case.source
    return "right"


@pytest.mark.parametrize("seed", [pytest.param(k, marks=[pytest.mark.full] * (k > 0)) for k in range(100)])
def test_random_program(seed):
    if judged(seed) == "unsuitable":
        pytest.skip("nothing to compare")
