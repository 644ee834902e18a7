"""The corpus through reverse mode: every program's adjoint, run by plain Python and compiled, and second order both ways."""

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.reverse import adjoint
from tests.compare import assert_close
from tests.oracle import evaluate, leaves
from tests.primal import active_positions
from tests.reverse.run import arguments, check_adjoint, whole
from tests.sampling import some
from tests.scenarios import SCENARIOS
from tests.scenarios.attacks import ATTACKS
from tests.scenarios.corpus import reference_of

# Programs that reverse mode refuses, with a part of its message: a refusal that is not here is a failure, and so is one
# that is here and no longer happens.
REFUSED = {
    "sorted_list": "`sorted` of a list",
    "list_of_tuples": "a list of tuples",
    "map_and_filter": "`map`",
}
# Adjoints that reverse mode does not take as programs of their own.
REFUSED_TWICE = {"recursion": "`getitem` of (Tuple"}
READ_ONLY_IN_NUMPY = {"sliding_windows"}  # views that Numba lets one write


def of_one_number(s):
    """Whether the output is one real number, so that a gradient exists."""
    value = evaluate(s.function, s.args(), s.out_argnums)
    return not isinstance(value, tuple | list) and np.ndim(value) == 0 and not isinstance(value, complex)


SCALAR_OUTPUT = [s for s in SCENARIOS if s.second_order and of_one_number(s)]


def right_or_listed(s, check, refused=REFUSED):
    """Run `check`; a refusal must be the one that the table announces."""
    announced = refused.get(s.name)
    try:
        check()
    except ad.errors.UnsupportedError as refusal:
        assert announced is not None, f"{s.name} is refused, and not listed: {refusal}"
        assert announced in str(refusal)
        return
    assert announced is None, f"{s.name} is listed as refused, and is not"


@pytest.mark.parametrize("s", some(SCENARIOS))
def test_adjoint_run_by_plain_python(s):
    right_or_listed(s, lambda: check_adjoint(s, jitted=False))


@pytest.mark.parametrize("s", some(SCENARIOS, 20))
def test_adjoint_compiled(s):
    right_or_listed(s, lambda: check_adjoint(s, jitted=True))


@pytest.mark.parametrize("s", some(ATTACKS, 2))
def test_attack_is_right_or_refused(s):
    """What may be refused in forward mode may be refused here; nothing may come out wrong."""
    try:
        check_adjoint(s, jitted=s.name in READ_ONLY_IN_NUMPY)
    except ad.errors.UnsupportedError as refusal:
        assert refusal.what and refusal.reason and refusal.rewrite


def gradient_of(s):
    """The gradient of a scenario with one number as output, as a plain function, and the types of its arguments."""
    types = tuple(nb.typeof(a) for a in arguments(s))
    made = adjoint(whole(s), types, active_positions(s), seeded=False, with_value=False)
    return made.function, types


def hessian_rows(s):
    """The Hessian in closed form, flattened as `jacobian(gradient)` is."""
    return [leaf for leaf in leaves(reference_of(s, s.args(), 2)) if leaf is not None]


@pytest.mark.parametrize("s", some(SCALAR_OUTPUT, 8))
def test_forward_over_reverse(s):
    def check():
        gradient, _ = gradient_of(s)
        hessian = ad.jacfwd(gradient, active_positions(s))(*arguments(s))
        assert_close(leaves(hessian), hessian_rows(s), max(10 * s.tolerance, 1e-11), s.name)

    right_or_listed(s, check)


@pytest.mark.parametrize("s", some(SCALAR_OUTPUT, 3))
def test_reverse_over_reverse(s):
    def check():
        gradient, types = gradient_of(s)
        positions = active_positions(s)
        made = adjoint(gradient, types, positions, seeded=True, with_value=False)
        rng = np.random.default_rng(3)
        first = gradient(*arguments(s))
        seeds = [rng.uniform(0.5, 1.5, np.shape(leaf)) if np.ndim(leaf) else rng.uniform(0.5, 1.5) for leaf in first]
        actual = list(made.function(*arguments(s), *seeds))
        rows, count = hessian_rows(s), len(first)
        expected = [
            sum(np.tensordot(w, rows[k * count + i], axes=np.ndim(w)) for k, w in enumerate(seeds))
            for i in range(count)
        ]
        assert_close(actual, expected, max(10 * s.tolerance, 1e-11), s.name)

    right_or_listed(s, check, REFUSED | REFUSED_TWICE)


def test_refusals_are_of_programs_that_exist():
    assert {*REFUSED, *REFUSED_TWICE} <= {s.name for s in SCENARIOS}
