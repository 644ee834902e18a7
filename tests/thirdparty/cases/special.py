"""C functions that packages call by address or through `numba.vectorize`, for the run on fifty digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp


def student_cdf(df: Any, t: Any) -> Any:
    tail = mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2
    return 1 - tail if t > 0 else tail


def voigt(x: Any, sigma: Any, gamma: Any) -> Any:
    """Real part of the Faddeeva function."""
    z = (x + 1j * gamma) / (sigma * mp.sqrt(2))
    return (mp.exp(-z * z) * mp.erfc(-1j * z)).real / (sigma * mp.sqrt(2 * mp.pi))


SPECIAL: dict[str, Callable[..., Any]] = {
    "numba_stats.norm:_ndtri": lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1),
    "numba_stats.gamma:_xlogy": lambda x, y: x * mp.log(y),
    "numba_stats.t:_stdtr": student_cdf,
    "numba_stats.voigt:_voigt": voigt,
    "quantecon.quad:gammaln": mp.loggamma,
    "quantecon.quad:fix": lambda x: mp.sign(x) * mp.floor(abs(x)),
}
