"""The test problems of Moré, Garbow and Hillstrom, as plain residual functions with their published minima.

J. J. Moré, B. S. Garbow, K. E. Hillstrom: Testing unconstrained optimization software, ACM Transactions on Mathematical
Software 7 (1981) 17-41, doi:10.1145/355934.355936. Numbers, names, starting points and minima are those of section 3.
The residuals are written so that Python evaluates them on complex numbers too: an independent derivative.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import sized, small


@dataclass(frozen=True)
class Problem:
    """A row of the table.

    Attributes
    ----------
    number : int
        In the paper.
    residual : callable
        `residual(x)` returns a float64 array; its sum of squares is minimised.
    start : array
        The standard starting point.
    minimum : float
        Published least sum of squares, to six digits.
    others : tuple of float
        Sums of squares of other minima, and of limits at infinity, that are known.
    solution : tuple of float
        Where the least sum of squares is, to eleven digits, of problems that the NIST has certified (Statistical Reference
        Datasets, nonlinear regression: MGH10, MGH09 and MGH17).
    """

    number: int
    residual: Callable[[np.ndarray], np.ndarray]
    start: np.ndarray
    minimum: float
    others: tuple[float, ...] = ()
    solution: tuple[float, ...] = ()

    def __str__(self) -> str:
        return f"{self.number}_{self.residual.__name__}_{self.start.size}"


def _problem(number, residual, start, minimum, *others, solution=()):
    return Problem(number, residual, np.array(start, float), minimum, others, solution)


def _ramp(n):
    """1, 2, ..., n."""
    return np.arange(1.0, n + 1.0)


def _parabola(n):
    t = _ramp(n) / (n + 1)
    return t * (t - 1.0)


# fmt: off
PROBLEMS = (
    _problem(1, small.rosenbrock, (-1.2, 1), 0.0),
    _problem(2, small.freudenstein_roth, (0.5, -2), 0.0, 48.9842),
    _problem(3, small.powell_badly_scaled, (0, 1), 0.0),
    _problem(4, small.brown_badly_scaled, (1, 1), 0.0),
    _problem(5, small.beale, (1, 1), 0.0),
    _problem(6, small.jennrich_sampson, (0.3, 0.4), 124.362),
    _problem(7, small.helical_valley, (-1, 0, 0), 0.0),
    _problem(8, small.bard, (1, 1, 1), 8.21487e-3, 17.4286),
    _problem(9, small.gaussian, (0.4, 1, 0), 1.12793e-8),
    _problem(10, small.meyer, (0.02, 4000, 250), 87.9458,
             solution=(5.6096364710e-03, 6.1813463463e+03, 3.4522363462e+02)),
    _problem(11, small.gulf, (5, 2.5, 0.15), 0.0),
    _problem(12, small.box, (0, 10, 20), 0.0),
    _problem(13, small.powell_singular, (3, -1, 0, 1), 0.0),
    _problem(14, small.wood, (-3, -1, -3, -1), 0.0),
    _problem(15, small.kowalik_osborne, (0.25, 0.39, 0.415, 0.39), 3.07505e-4, 1.02734e-3,
             solution=(1.9280693458e-01, 1.9128232873e-01, 1.2305650693e-01, 1.3606233068e-01)),
    _problem(16, small.brown_dennis, (25, 5, -5, -1), 85822.2),
    _problem(17, small.osborne_1, (0.5, 1.5, -1, 0.01, 0.02), 5.46489e-5,
             solution=(3.7541005211e-01, 1.9358469127e+00, -1.4646871366e+00, 1.2867534640e-02, 2.2122699662e-02)),
    _problem(18, small.biggs, (1, 2, 1, 1, 1, 1), 0.0, 5.65565e-3),
    _problem(19, small.osborne_2, (1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5), 4.01377e-2),
    _problem(20, sized.watson, np.zeros(6), 2.28767e-3),
    _problem(20, sized.watson, np.zeros(9), 1.39976e-6),
    _problem(20, sized.watson, np.zeros(12), 4.72238e-10),
    _problem(21, sized.extended_rosenbrock, [-1.2, 1] * 10, 0.0),
    _problem(22, sized.extended_powell_singular, [3, -1, 0, 1] * 5, 0.0),
    _problem(23, sized.penalty_1, _ramp(4), 2.24997e-5),
    _problem(23, sized.penalty_1, _ramp(10), 7.08765e-5),
    _problem(24, sized.penalty_2, np.full(4, 0.5), 9.37629e-6),
    _problem(24, sized.penalty_2, np.full(10, 0.5), 2.93660e-4),
    _problem(25, sized.variably_dimensioned, 1 - _ramp(10) / 10, 0.0),
    _problem(26, sized.trigonometric, np.full(10, 0.1), 0.0, 2.79506e-5),
    _problem(27, sized.brown_almost_linear, np.full(10, 0.5), 0.0, 1.0),
    _problem(28, sized.boundary_value, _parabola(10), 0.0),
    _problem(29, sized.integral_equation, _parabola(10), 0.0),
    _problem(30, sized.broyden_tridiagonal, -np.ones(10), 0.0),
    _problem(31, sized.broyden_banded, -np.ones(10), 0.0),
    _problem(32, sized.linear_full_rank, np.ones(10), 10.0),  # m - n, with m = 2 n
    _problem(33, sized.linear_rank_1, np.ones(10), 20 * 19 / (2 * 41)),  # m (m - 1) / (2 (2 m + 1))
    _problem(34, sized.linear_rank_1_with_zeros, np.ones(10), (400 + 60 - 6) / (2 * 37)),  # (m m + 3 m - 6) / (2 (2 m - 3))
    _problem(35, sized.chebyquad, _ramp(7) / 8, 0.0),
    _problem(35, sized.chebyquad, _ramp(8) / 9, 3.51687e-3),
    _problem(35, sized.chebyquad, _ramp(9) / 10, 0.0),
    _problem(35, sized.chebyquad, _ramp(10) / 11, 6.50395e-3, 4.77271e-3),  # the second is not in the paper: a lower minimum
)
# fmt: on
