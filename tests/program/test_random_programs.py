"""Region trees of random programs compute what Python computes, exceptions included."""

import linecache
import math

import numpy as np
import pytest
from numba import types

from dualad.program import build
from tests.program.interpret import assert_same, interpret
from tests.program.randomly import program

SEEDS = [*range(30), *(pytest.param(seed, marks=pytest.mark.full) for seed in range(30, 600))]
POINTS = [np.array([0.3, -1.2, 2.0]), np.array([-0.7, 0.4, -0.1])]
KINDS = (types.Array(types.float64, 1, "C"), types.intp)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_program_computes_what_python_computes(seed):
    source = program(seed)
    filename = f"<random program {seed}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    namespace = {"math": math}
    exec(compile(source, filename, "exec"), namespace)
    tree = build(namespace["f"], KINDS)
    for n in (0, 1, 3, 5):
        for x in POINTS:
            expected, expected_x = outcome(namespace["f"], x, n)
            got, got_x = outcome(lambda x, n: interpret(tree, x, n), x, n)
            if isinstance(expected, OverflowError) or not np.all(np.isfinite(expected_x)):
                continue
            assert type(got) is type(expected), got
            assert_same(got, expected, 1e-9) if not isinstance(got, Exception) else assert_same(str(got), str(expected))
            assert_same(got_x, expected_x, 1e-9)


def outcome(function, x, n):
    """What a function returns or raises, and the array it leaves."""
    x = x.copy()
    try:
        return function(x, n), x
    except (ValueError, OverflowError, AssertionError) as error:
        if type(error) is AssertionError and error.args:
            raise  # of the interpreter
        return error, x
