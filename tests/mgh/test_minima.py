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
QUICK = {1, 6, 7, 8, 10, 11, 15, 16, 18, 20, 24, 27, 31, 35}
QUICK_SECOND = {15}

#: What SciPy's methods with Hessian-vector products take: all problems but some whose Hessians are singular or have condition
#: numbers beyond 1e9. There they stop short of the minimum, each at the limits of its own subproblem or line search.
BY_PRODUCTS = {
    "trust-ncg": {10},
    "trust-krylov": {3, 11, 13, 20, 22, 23, 24},
    "Newton-CG": {3, 10, 11, 13, 17, 20, 22, 23, 24},
}


def problems(quick):
    return [pytest.param(p, id=str(p), marks=[] if p.number in quick else [pytest.mark.full]) for p in PROBLEMS]


def complex_step(residual, x):
    """Jacobian, exact to rounding (Squire and Trapp, SIAM Review 40 (1998) 110-112)."""
    return np.stack([residual(x + 1e-40j * unit).imag / 1e-40 for unit in np.eye(x.size)], axis=1)


def hessian_by_differences(residual, x):
    """Of the sum of squares: central differences, of sixth order, of the gradient by the complex step."""
    columns = []
    for k, unit in enumerate(np.eye(x.size)):
        h = 1e-3 * abs(x[k]) or 1e-3
        column = np.zeros(x.size)
        for offset, weight in ((1, 45.0), (2, -9.0), (3, 1.0)):
            for sign in (1, -1):
                at = x + sign * offset * h * unit
                column += sign * weight / (60.0 * h) * 2.0 * complex_step(residual, at).T @ residual(at)
        columns.append(column)
    return np.stack(columns)


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


def assert_published(value, problem):
    """The sum of squares is a published one, to the six digits that were printed, cut or rounded; or below 1e-13 for zero."""
    known = [problem.minimum, *problem.others]
    assert any(abs(value - m) < 8e-6 * m if m else value < 1e-13 for m in known), f"{value} for {known}"


@pytest.mark.parametrize("problem", problems(QUICK))
def test_jacobian_leads_least_squares_to_the_minimum(problem):
    jac = jacobian(problem.residual)
    found = least_squares(
        problem.residual, problem.start, jac, method="lm", ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=1000
    )
    assert found.success
    assert_published(2.0 * found.cost, problem)
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
    assert_close(gradient, 2.0 * complex_step(problem.residual, start).T @ problem.residual(start), 1e-12)
    expected = hessian_by_differences(problem.residual, start)
    assert_close(hessian(start), expected, 1e-8)
    vector = np.cos(np.arange(start.size))
    assert_close(product(start, vector), hessian(start) @ vector, 1e-12)

    methods = {"trust-exact": {"hess": hessian}}
    methods |= {name: {"hessp": product} for name, short in BY_PRODUCTS.items() if problem.number not in short}
    for method, second in methods.items():
        options = {"xtol": 1e-14} if method == "Newton-CG" else {"gtol": 1e-12, "max_trust_radius": 1e6}
        with np.errstate(over="ignore", invalid="ignore"):
            found = minimize(
                value_and_gradient, start, jac=True, method=method, options={"maxiter": 1000} | options, **second
            )
        assert_published(found.fun, problem)
        if method == "trust-exact":
            curvatures = np.linalg.eigvalsh(hessian_by_differences(problem.residual, found.x))
            assert curvatures[0] > -1e-8 * curvatures[-1], "a minimum"


def test_a_wrong_minimum_is_found():
    with pytest.raises(AssertionError):
        assert_published(1.00001 * PROBLEMS[5].minimum, PROBLEMS[5])
    with pytest.raises(AssertionError):
        assert_published(1e-12, PROBLEMS[0])
