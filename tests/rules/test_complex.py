"""The complex forms of the holomorphic rules."""

import random

import numpy as np
import pytest

from dualad.rules import RULES, check_calls
from dualad.rules.evaluate import COMPLEX, partial_at
from tests.rules import oracle
from tests.rules.compare import close, multi_indices

HOLOMORPHIC = {name: rule for name, rule in RULES.items() if rule.holomorphic}
every_form = pytest.mark.parametrize("form", [r.complex_form for r in HOLOMORPHIC.values()], ids=HOLOMORPHIC)

#: Points on the branch cuts, approached from either side by the sign of a zero.
ON_CUTS = {
    "log": [-2.0], "log2": [-2.0], "log10": [-2.0], "log1p": [-3.0], "sqrt": [-2.0],
    "asin": [2.0, -3.0], "acos": [2.0, -3.0], "atanh": [2.0, -3.0], "acosh": [0.5, -0.5, -2.0],
    "asinh": [2.0j, -3.0j], "atan": [2.0j, -3.0j],
}  # fmt: skip


def sampled(form, count=12):
    draw = random.Random(form.name)
    for _ in range(count):
        yield tuple(complex(draw.uniform(-2, 2), draw.uniform(-2, 2)) for _ in form.arguments)


def primal(form, point):
    with np.errstate(all="ignore"):
        return COMPLEX[form.name](*map(np.complex128, point))


def test_cmath_and_arithmetic_are_holomorphic():
    cmath = "acos acosh asin asinh atan atanh cos cosh exp log log10 sin sinh sqrt tan tanh"
    arithmetic = "add sub mul div neg pos pow"
    assert {*cmath.split(), *arithmetic.split()} <= HOLOMORPHIC.keys()


@every_form
def test_partials_against_mpmath(form):
    for point in sampled(form):
        for indices in multi_indices(form, (1, 2)):
            got, want = (
                partial_at(form, indices, point, primal(form, point)),
                oracle.derivative(form, indices, point),
            )
            assert close(got, want, 1e-13), (point, indices, got, want)


@every_form
def test_third_partials_against_mpmath(form):
    """Reached by nested derivatives: calls inside expressions take their complex forms too."""
    for point in sampled(form, 3):
        for indices in multi_indices(form, (3,)):
            got, want = (
                partial_at(form, indices, point, primal(form, point)),
                oracle.derivative(form, indices, point),
            )
            assert close(got, want, 1e-11), (point, indices, got, want)


@every_form
def test_no_complex_form_calls_what_is_not_holomorphic(form):
    check_calls(form)


@pytest.mark.parametrize(("name", "point"), [(name, p) for name, points in ON_CUTS.items() for p in points])
@pytest.mark.parametrize("side", [0.0, -0.0])
def test_on_a_branch_cut_the_slope_is_that_of_the_side_of_the_primal(name, point, side):
    """Along the cut the primal is smooth: its difference there has the sign that the slope must have."""
    form = RULES[name].complex_form
    along = 1j if isinstance(point, complex) else 1.0
    z = complex(side, point.imag) if isinstance(point, complex) else complex(point, side)
    h = 1e-5

    def moved(step):
        # Adding a complex number would lose the sign of a zero.
        there = complex(side, z.imag + step) if along == 1j else complex(z.real + step, side)
        return primal(form, (there,))

    result = primal(form, (z,))
    first, second = (partial_at(form, (0,) * k, (z,), result) for k in (1, 2))
    assert abs(first - (moved(h) - moved(-h)) / (2 * h * along)) < 1e-8 * abs(first)
    assert abs(second - (moved(h) - 2 * result + moved(-h)) / (h * along) ** 2) < 1e-4 * abs(second)


@pytest.mark.parametrize("name", ["asin", "acos", "acosh"])
@pytest.mark.parametrize("offset", [1e-3j, 1e-10j, -1e-12, 1e-14 + 1e-14j])
def test_next_to_a_branch_point_the_slope_keeps_its_digits(name, offset):
    form = RULES[name].complex_form
    for z in (1 + offset, -1 - offset):
        got = partial_at(form, (0,), (z,), primal(form, (z,)))
        assert close(got, oracle.derivative(form, (0,), (z,)), 1e-13)


@pytest.mark.parametrize("name", ["asin", "acos", "acosh"])
def test_at_a_branch_point_the_slope_is_infinite(name):
    form = RULES[name].complex_form
    for z in (1.0 + 0.0j, -1.0 + 0.0j):
        assert np.isinf(partial_at(form, (0,), (z,), primal(form, (z,))))


def test_where_real_and_complex_forms_differ():
    """Only where the real expressions compare, take abs, or call what is not holomorphic."""
    assert {name for name, rule in HOLOMORPHIC.items() if rule.complex_partials is not None} == {
        "acos", "acosh", "asin", "asinh", "atanh", "log", "log10", "log1p", "log2", "pow", "sqrt",
        "tan", "tanh",
    }  # fmt: skip
