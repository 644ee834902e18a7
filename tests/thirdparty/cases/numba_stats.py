"""numba-stats (densities): explicit signatures, `inline="always"`, `error_model="numpy"`, `cache=True`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case

X = np.array([-1.3, -0.2, 0.4, 1.9])
POSITIVE = np.array([0.3, 0.9, 1.7, 4.2])
UNIT = np.array([0.15, 0.35, 0.62, 0.91])
C_POINTER = "calls a C function of SciPy by its address, which has no derivative"


def normal_density(x: Any, loc: Any, scale: Any) -> Any:
    import mpmath as mp

    from ..real import Real, as_mpf

    return [Real(mp.npdf(as_mpf(item), as_mpf(loc), as_mpf(scale))) for item in x]


CASES = [
    Case(
        "numba_stats.norm:pdf",
        (X, 0.2, 1.4),
        (0, 1, 2),
        formula=normal_density,
        inside=True,
        note="the public function, for jitted code by `@overload`, which checks the types of its arguments",
    ),
    Case("numba_stats.norm:_pdf", (X, 0.2, 1.4), (0, 1, 2)),
    Case("numba_stats.norm:_cdf", (X, 0.2, 1.4), (0, 1, 2)),
    Case("numba_stats.norm:_cdf1", (0.3,), (0,), note="scalar signatures"),
    Case("numba_stats.norm:_ppf", (UNIT, 0.2, 1.4), (0, 1, 2), known=C_POINTER),
    Case("numba_stats.crystalball:_logpdf", (X, 1.1, 2.5, 0.2, 0.9), (0, 1, 2, 3, 4)),
    Case("numba_stats.crystalball:_cdf", (X, 1.1, 2.5, 0.2, 0.9), (0, 1, 2, 3, 4)),
    Case("numba_stats.crystalball_ex:_pdf", (X, 1.1, 2.5, 0.9, 1.3, 3.1, 1.2, 0.1), tuple(range(8))),
    Case(
        "numba_stats.bernstein:_density",
        (UNIT, POSITIVE, -0.1, 1.2),
        (0, 1, 2, 3),
        note="buffer refilled by slice",
    ),
    Case(
        "numba_stats.bernstein:_integral",
        (UNIT, POSITIVE, -0.1, 1.2),
        (0, 1, 2, 3),
        note="rebinds an argument",
    ),
    Case(
        "numba_stats.cmsshape:_cdf",
        (X, 0.6, 0.4, 0.1),
        (0, 1, 2, 3),
        note="helpers that change an array in place",
    ),
    Case("numba_stats.cruijff:_density", (X, 0.1, 0.2, 0.3, 0.8, 1.1), tuple(range(6))),
    Case("numba_stats.expon:_ppf", (UNIT, 0.2, 1.4), (0, 1, 2)),
    Case("numba_stats.laplace:_cdf", (X, 0.1, 1.3), (0, 1, 2)),
    Case("numba_stats.lognorm:_logpdf", (POSITIVE, 0.7, 0.1, 1.2), (0, 1, 2, 3)),
    Case("numba_stats.lognorm:_cdf", (POSITIVE, 0.7, 0.1, 1.2), (0, 1, 2, 3)),
    Case("numba_stats.novosibirsk:_pdf", (X, 0.3, 0.1, 1.2), (0, 1, 2, 3)),
    Case("numba_stats.poisson:_logpmf", (np.array([0.0, 2.0, 5.0]), 2.3), (1,), note="np.empty(n, type(mu))"),
    Case("numba_stats.qgaussian:_pdf", (X, 1.6, 0.2, 1.1), (0, 1, 2, 3)),
    Case("numba_stats.t:_logpdf", (X, 3.4, 0.2, 1.1), (0, 1, 2, 3), note="lgamma"),
    Case("numba_stats.t:_cdf", (X, 3.4, 0.2, 1.1), (0, 1, 2, 3), known=C_POINTER),
    Case("numba_stats.truncexpon:_pdf", (UNIT, 0.1, 2.0, -0.2, 1.3), (0, 1, 2, 3, 4)),
    Case("numba_stats.truncnorm:_cdf", (X, -2.0, 2.5, 0.1, 1.3), (0, 1, 2, 3, 4)),
    Case("numba_stats.tsallis:_cdf", (POSITIVE, 0.14, 0.3, 6.5), (0, 1, 2, 3)),
    Case("numba_stats.uniform:_cdf", (UNIT, 0.1, 2.1), (0, 1, 2), note="stores integers beside floats"),
    Case("numba_stats.voigt:_pdf", (X, 0.4, 0.1, 0.8), (0, 1, 2, 3), known=C_POINTER),
]
