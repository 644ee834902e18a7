"""QuantEcon.py (economics): functions as arguments, work in place, `cache=True`, NamedTuples."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case, Named

KEPLER, KEPLER_PRIME = (Named(f"hapsira.core.angles:_kepler_equation{end}") for end in ("", "_prime"))
ANOMALY = (1.1, 0.3)  # mean anomaly, eccentricity
FLIGHT_PATH = Named("hapsira.core.angles:fp_angle")
SIMPLEX = (np.array([3.0, 5.0]), np.array([[1.0, 0.1], [0.2, 2.0], [3.0, 2.0]]), np.array([4.0, 12.0, 18.0]))
CHAIN = np.array([[0.4, 0.6, 0.0], [0.2, 0.5, 0.3], [0.25, 0.15, 0.6]])
GRID = np.linspace(-1.8, 1.8, 5)


def kepler_root(function: Any, a: Any, b: Any, args: Any) -> Any:
    """The eccentric anomaly, found by `mpmath`."""
    import mpmath as mp

    from ..real import Real, as_mpf

    mean, ecc = (as_mpf(x) for x in args)
    return Real(mp.findroot(lambda e: e - ecc * mp.sin(e) - mean, 1.3, tol=1e-45))


def steepest_flight(function: Any, a: Any, b: Any, args: Any) -> Any:
    """Where the flight path angle is largest, cos(nu) = -ecc, and its value there."""
    import mpmath as mp

    from ..real import Real, as_mpf

    ecc = as_mpf(args[0])
    return Real(mp.acos(-ecc)), Real(mp.asin(ecc))


def root(result: Any) -> Any:
    return result.root


def first_two(result: Any) -> Any:
    return result[0], result[1]


def solution(result: Any) -> Any:
    return result.z


def optimum(result: Any) -> Any:
    return result.x, result.lambd, result.fun


CASES = [
    Case(
        "quantecon.optimize:newton",
        (KEPLER, 1.0, KEPLER_PRIME, ANOMALY),
        (3,),
        also=("hapsira",),
        take=root,
        note="functions of another package as arguments, f(x, *args)",
    ),
    Case(
        "quantecon.optimize:newton_secant",
        (KEPLER, 1.0, ANOMALY),
        (2,),
        rtol=1e-6,
        also=("hapsira",),
        take=root,
        note="function as argument",
    ),
    Case(
        "quantecon.optimize:brentq",
        (KEPLER, 0.0, 3.0, ANOMALY),
        (3,),
        formula=kepler_root,
        take=root,
        rtol=1e-6,
        note="function as argument",
    ),
    Case(
        "quantecon.optimize:bisect",
        (KEPLER, 0.0, 3.0, ANOMALY),
        (3,),
        formula=kepler_root,
        take=root,
        rtol=1e-6,
        known="bisection: the iterates do not depend on the parameters, the root does",
    ),
    Case(
        "quantecon.optimize:brent_max",
        (FLIGHT_PATH, 1.0, 3.0, (0.3,)),
        (3,),
        formula=steepest_flight,
        take=first_two,
        rtol=1e-5,
        note="function as argument; its own tolerance is 1e-5",
    ),
    Case(
        "quantecon:lorenz_curve",
        (np.array([2.0, 0.5, 3.5, 1.2]),),
        (0,),
        note="np.sort, np.cumsum into a slice",
    ),
    Case(
        "quantecon:gini_coefficient",
        (np.array([2.0, 0.5, 3.5, 1.2]),),
        (0,),
        note="parallel=True, += in prange",
    ),
    Case(
        "quantecon._lss:simulate_linear_model",
        (
            np.array([[0.9, 0.1], [-0.2, 0.7]]),
            np.array([1.0, -0.5]),
            np.array([[0.1, 0.2, -0.1], [0.0, 0.3, 0.2]]),
            4,
        ),
        (0, 1, 2),
    ),
    Case(
        "quantecon.markov.gth_solve:_gth_solve_jit",
        (CHAIN, np.zeros(3)),
        (0,),
        out=(1,),
        note="elimination in its first argument, result in its second",
    ),
    Case(
        "quantecon.markov.approximation:_fill_tauchen",
        (GRID, np.zeros((5, 5)), 5, 0.7, 0.4, 0.45),
        (0, 3, 4, 5),
        out=(1,),
    ),
    Case(
        "quantecon.quad:_qnwlege1",
        (5, 0.3, 2.1),
        (1, 2),
        note="array of indices on the left, a vectorized function",
    ),
    Case(
        "quantecon.quad:_qnwgamma1",
        (4, 2.3, 1.4),
        (1, 2),
        note="Newton's method per node, a vectorized lgamma",
    ),
    Case(
        "quantecon.quad:_qnwbeta1",
        (4, 2.3, 1.4),
        (1, 2),
        note="integers that become floats, negative indices",
    ),
    Case("quantecon.quad:_qnwsimp1", (5, 0.3, 2.1), (1, 2), note="linspace, kron"),
    Case(
        "quantecon.optimize:lcp_lemke",
        (np.array([[1.0, 0.2, 0.0], [0.3, 2.0, 0.1], [0.1, 0.4, 1.5]]), np.array([-8.0, -5.0, 2.0])),
        (0, 1),
        take=solution,
        note="cache=True, optional arguments, NamedTuple as default and as result",
    ),
    Case(
        "quantecon.optimize:linprog_simplex",
        SIMPLEX,
        (0, 1, 2),
        take=optimum,
        note="cache=True, optional arguments, tableau in place",
    ),
    Case(
        "quantecon.optimize.pivoting:_pivoting",
        (np.array([[2.0, 1.0, 3.0], [1.0, 4.0, -1.0]]), 1, 1),
        (0,),
        note="changes its argument in place and returns it",
    ),
]
