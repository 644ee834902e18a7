"""The table of pullbacks: what an entry may look like, and how the arguments of a call find their names."""

import inspect

import numba
import numpy as np
import pytest

from dualad.errors import RuleError
from dualad.rules.arrays import FRESH, INACTIVE, INDEXED, MAYBE_VIEWS, PULLBACK_OF, PULLBACKS, VIEWS, pullback
from tests.rules.pullback_cases import CASES
from tests.rules.pullback_oracle import entry_of


def test_every_pullback_is_tested():
    """By a case, or among the joins, scatters, overwriting and complex calls of the tests."""
    elsewhere = {
        "concatenate", "stack", "hstack", "vstack", "dstack", "column_stack", "fill", "fill_diagonal", "sort_in_place",
        "conj", "imag", "angle", *(entry.name for pair in INDEXED.values() for entry in pair),
    }  # fmt: skip
    same_function = {"astype": "copy", "flatten": "ravel", "reshape": "ravel"}
    tested = {entry_of(case).name for case in CASES} | elsewhere
    for name, other in same_function.items():
        assert PULLBACKS[name].parts["a"][0].function is PULLBACKS[other].parts["a"][0].function
    assert PULLBACKS.keys() - tested == same_function.keys()


def test_arguments_find_their_names():
    line = PULLBACK_OF[np.sum]
    assert line.bind(("v",)) == {"a": "v", "axis": None, "dtype": None}
    assert line.bind(("v",), {"axis": 1}) == line.bind(("v",), [("axis", 1)]) == line.bind(("v", 1))
    assert PULLBACK_OF[np.trapezoid].bind((), {"y": "v", "dx": 2})["samples"] == "v"


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), (("v", 0, None, 1), {}), (("v",), {"out": 1}), (("v",), {"a": 1})]
)
def test_a_call_that_does_not_fit(args, kwargs):
    with pytest.raises(RuleError, match="sum: "):
        PULLBACK_OF[np.sum].bind(args, kwargs)


def reads_unknown(z, y_bar, a_bar):
    pass


def two_arrays(y_bar, a_bar):
    pass


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: pullback("new", (), "a", a=reads_unknown), "reads_unknown has the parameter `z`"),
        (lambda: pullback("new", (), "a", b=two_arrays), "`b` is not among the arguments"),
        (lambda: pullback("new", (), "a b", b=two_arrays), "has the parameter `a_bar`"),
        (lambda: pullback("new", (), "a", a=(two_arrays, two_arrays)), "two functions for `a`"),
        (lambda: pullback("new", (np.sum,), "a", a=two_arrays), "has the pullback `sum` already"),
        (lambda: pullback("sum", (), "a", a=two_arrays), "of this name already"),
        (lambda: pullback("new", (), "y", y=two_arrays), "`y` in `y` cannot be the name"),
        (lambda: pullback("new", (), "a a"), "`a` in `a a` cannot be the name"),
        (lambda: pullback("new", (), "a axis=b"), "the default `b`"),
        (lambda: pullback("new", (), "a", inactive="c"), "`c` is not among the arguments"),
    ],
)
def test_a_malformed_entry(make, message):
    names = set(PULLBACKS)
    with pytest.raises(RuleError, match=message):
        make()
    assert set(PULLBACKS) == names


def test_defaults_are_those_of_numpy():
    for call, entry in PULLBACK_OF.items():
        check_arguments(call, entry.arguments)
    for call, arguments in VIEWS.items():
        check_arguments(call, arguments)


def check_arguments(call, arguments):
    if inspect.ismethoddescriptor(call):  # its first argument has another name
        return
    try:
        theirs = inspect.signature(call).parameters
    except ValueError:  # NumPy does not say
        return
    if "args" in theirs or "arys" in theirs or "x1" in theirs:
        return
    for argument in arguments:
        if argument.keyword not in theirs:
            assert (call, argument.keyword) == (np.arange, "start"), call  # NumPy has it by position only
        elif theirs[argument.keyword].default not in (inspect.Parameter.empty, np._NoValue):
            assert theirs[argument.keyword].default == argument.default or (call, argument.keyword) == (
                np.arange,
                "step",
            )


def test_the_lists_do_not_overlap():
    assert not FRESH & INACTIVE
    assert not (FRESH | INACTIVE) & (PULLBACK_OF.keys() | VIEWS.keys())
    assert MAYBE_VIEWS <= PULLBACK_OF.keys()


VIEW_CALLS = [
    (np.transpose, ()), (np.swapaxes, (0, 1)), (np.moveaxis, (0, 1)), (np.expand_dims, (1,)), (np.reshape, ((4, 3),)),
    (np.atleast_3d, ()), (np.flip, ()), (np.fliplr, ()), (np.flipud, ()), (np.rot90, (3,)), (np.real, ()),
]  # fmt: skip


@pytest.mark.full
@pytest.mark.parametrize(("call", "rest"), VIEW_CALLS)
def test_views_share_memory(call, rest):
    a = np.arange(12.0).reshape(3, 4)
    compiled = numba.njit(lambda a: call(a, *rest))
    assert np.shares_memory(compiled(a), a)
