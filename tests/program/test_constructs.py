"""Region trees of one construct each compute what Python computes."""

import copy

import numpy as np
import pytest

from dualad.program import build
from tests.program.constructs import CONSTRUCTS
from tests.program.interpret import assert_same, interpret, type_of


@pytest.mark.parametrize(("function", "argument_lists"), [pytest.param(*c, id=c[0].__name__) for c in CONSTRUCTS])
def test_construct_computes_what_python_computes(function, argument_lists):
    for args in argument_lists:
        program = build(function, tuple(map(type_of, args)))
        given, expected_given = fresh(args), fresh(args)
        expected = function(*expected_given)
        assert_same(interpret(program, *given), expected)
        for got, want in zip(given, expected_given, strict=True):
            if isinstance(want, np.ndarray):
                assert_same(got, want)


def fresh(args):
    return [a if callable(a) else copy.deepcopy(a) for a in args]
