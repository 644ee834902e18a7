"""Exact derivatives lead SciPy's solvers from the published starting points to the published minima.

Jacobians and Hessians are compared with the complex step, taken by the same Python function on complex numbers: NumPy
evaluates it, no part of dualad does.
"""

from functools import cache

import numpy as np
import pytest
from numba import njit
from scipy.optimize import least_squares, minimize

import dualad as ad
from tests.compare import assert_close
from tests.mgh import PROBLEMS

#: first and second order in every run of the tests; the others when everything is run
QUICK = {1, 8, 11, 15, 18, 20, 31}
QUICK_SECOND = {15}

#: SciPy's methods that take Hessian-vector products, and the problems at which they stop short of a minimum that is nearly
#: flat along a direction. A test below shows that they do so without our derivatives too.
STOP_SHORT = {
    "trust-ncg": ["10_meyer_3"],
    "trust-krylov": [
        "3_powell_badly_scaled_2",
        "10_meyer_3",
        "11_gulf_3",
        "13_powell_singular_4",
        "20_watson_12",
        "22_extended_powell_singular_20",
        "23_penalty_1_4",
        "23_penalty_1_10",
    ],
    "Newton-CG": [
        "3_powell_badly_scaled_2",
        "10_meyer_3",
        "11_gulf_3",
        "13_powell_singular_4",
        "17_osborne_1_5",
        "20_watson_12",
        "22_extended_powell_singular_20",
        "23_penalty_1_4",
        "24_penalty_2_4",
    ],
}
#: of those, where the last digits of the derivatives decide
UNDECIDED = {("trust-krylov", "10_meyer_3"), ("trust-krylov", "11_gulf_3"), ("Newton-CG", "17_osborne_1_5")}


def problems(quick):
    return [pytest.param(p, id=str(p), marks=[] if p.number in quick else [pytest.mark.full]) for p in PROBLEMS]


def complex_step(residual, x):
    """Jacobian, exact to rounding (Squire and Trapp, SIAM Review 40 (1998) 110-112)."""
    return np.stack([residual(x + 1e-40j * unit).imag / 1e-40 for unit in np.eye(x.size)], axis=1)


def gradient_by_complex_step(residual, x):
    """Of the sum of squares."""
    return 2.0 * complex_step(residual, x).T @ residual(x)


def product_by_differences(residual, x, direction):
    """Of the Hessian with a direction: differences, of sixth order, of the gradient by the complex step."""
    size = np.linalg.norm(direction)
    step = 2.0**-13  # at round starting points a power of two adds no rounding
    h = step * np.linalg.norm(x[direction != 0.0]) / size or step / size
    total = np.zeros(x.size)
    for offset, weight in ((1, 45.0), (2, -9.0), (3, 1.0)):
        for sign in (1, -1):
            total += sign * weight / (60.0 * h) * gradient_by_complex_step(residual, x + sign * offset * h * direction)
    return total


def hessian_by_differences(residual, x):
    return np.stack([product_by_differences(residual, x, unit) for unit in np.eye(x.size)])


@cache
def jacobian(residual):
    return ad.jacobian(residual)


@cache
def second_order(residual):
    """Value with gradient, Hessian, and Hessian times vector of the sum of squares."""
    compiled = njit(residual)

    def sum_of_squares(x):
        r = compiled(x)
        return np.dot(r, r)

    return ad.value_and_grad(sum_of_squares, mode="reverse"), ad.hessian(sum_of_squares), ad.hvp(sum_of_squares)


def is_published(value, problem):
    """Whether the sum of squares is a published one, to the six digits that were printed, cut or rounded; below 1e-13 for zero."""
    return any(abs(value - m) < 8e-6 * m if m else value < 1e-13 for m in (problem.minimum, *problem.others))


def minimised(problem, method, **derivatives):
    options = {"xtol": 1e-14} if method == "Newton-CG" else {"gtol": 1e-12, "max_trust_radius": 1e6}
    with np.errstate(all="ignore"):
        return minimize(x0=problem.start, method=method, options={"maxiter": 1000} | options, **derivatives)


@pytest.mark.parametrize("problem", problems(QUICK))
def test_jacobian_leads_least_squares_to_the_minimum(problem):
    jac = jacobian(problem.residual)
    found = least_squares(
        problem.residual, problem.start, jac, method="lm", ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=1000
    )
    assert found.success
    assert is_published(2.0 * found.cost, problem)
    if problem.solution:
        np.testing.assert_allclose(found.x, problem.solution, rtol=1e-6)
    for x in (problem.start, found.x):
        assert_close(jac(x), complex_step(problem.residual, x), 1e-14)


@pytest.mark.parametrize("problem", problems(QUICK_SECOND))
def test_second_derivatives_lead_newton_methods_to_the_minimum(problem):
    value_and_gradient, hessian, product = second_order(problem.residual)
    start = problem.start
    value, gradient = value_and_gradient(start)
    assert value == pytest.approx(np.sum(problem.residual(start) ** 2), rel=1e-14)
    assert_close(gradient, gradient_by_complex_step(problem.residual, start), 1e-12)
    expected = hessian_by_differences(problem.residual, start)
    assert_close(hessian(start), expected, 1e-8)
    vector = np.cos(np.arange(start.size))
    assert_close(product(start, vector), hessian(start) @ vector, 1e-12)

    found = minimised(problem, "trust-exact", fun=value_and_gradient, jac=True, hess=hessian)
    assert is_published(found.fun, problem)
    curvatures = np.linalg.eigvalsh(hessian_by_differences(problem.residual, found.x))
    assert curvatures[0] > -1e-8 * curvatures[-1], "a minimum"
    for method, short in STOP_SHORT.items():
        if str(problem) not in short:
            found = minimised(problem, method, fun=value_and_gradient, jac=True, hessp=product)
            assert is_published(found.fun, problem), method


@pytest.mark.full
@pytest.mark.parametrize(
    ("method", "name"), sorted({(m, name) for m in STOP_SHORT for name in STOP_SHORT[m]} - UNDECIDED)
)
def test_where_a_method_stops_short_it_does_so_without_our_derivatives(method, name):
    (problem,) = (p for p in PROBLEMS if str(p) == name)
    residual = problem.residual
    found = minimised(
        problem,
        method,
        fun=lambda x: np.sum(residual(x) ** 2),
        jac=lambda x: gradient_by_complex_step(residual, x),
        hessp=lambda x, v: product_by_differences(residual, x, v),
    )
    assert not is_published(found.fun, problem)


def test_a_wrong_minimum_is_found():
    by_number = {problem.number: problem for problem in PROBLEMS}
    assert not is_published(1.00001 * by_number[6].minimum, by_number[6])
    assert not is_published(1e-12, by_number[1])
