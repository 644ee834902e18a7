"""Region trees of the corpus compute what Python computes."""

import functools

import numpy as np
import pytest

from dualad.errors import UnsupportedError
from dualad.program import build
from tests.program.interpret import assert_same, interpret, type_of
from tests.sampling import some
from tests.scenarios import SCENARIOS
from tests.scenarios.attacks import ATTACKS

NOT_IN_PYTHON = {
    "overload_that_asks_for_the_type",  # exists in jitted code only
    "typed_list_of_arrays_argument",  # NumPy compares the lists of arrays elementwise
}


def plain(s):
    """The Python function of a scenario and its arguments, bound ones included."""
    function, bound = s.function, ()
    if isinstance(function, functools.partial):
        function, bound = function.func, function.args
    return getattr(function, "py_func", function), lambda: (*bound, *s.args())


def runnable(programs):
    return [s for s in programs if s.name not in NOT_IN_PYTHON and not getattr(s.function, "keywords", None)]


@pytest.mark.parametrize("s", some(runnable(SCENARIOS), 2))
def test_scenario_computes_what_python_computes(s):
    compare(s)


@pytest.mark.parametrize("s", some(runnable(ATTACKS), 2))
def test_attack_computes_what_python_computes_or_is_refused(s):
    try:
        compare(s)
    except UnsupportedError as error:
        assert error.where, "a refusal names its place"


def compare(s):
    """Assert that the tree returns and writes what the function does."""
    function, args = plain(s)
    tree = build(function, tuple(map(type_of, args())))
    given, expected_given = args(), args()
    expected = function(*expected_given)
    assert_same(interpret(tree, *given), expected, 1e-11)
    for got, want in zip(given, expected_given, strict=True):
        if isinstance(want, np.ndarray):
            assert_same(got, want, 1e-11)
