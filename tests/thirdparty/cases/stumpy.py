"""stumpy (time series): `parallel=True` and sets of fastmath flags."""

from __future__ import annotations

import numpy as np

from ..case import Case

SERIES = np.array([0.3, 1.2, -0.7, 2.1, 0.9, -1.4, 0.2, 1.7, -0.3])
QUERY = np.array([0.8, -0.4, 1.1])
MEANS = np.array([0.27, 0.87, 0.77, 0.53])
DEVIATIONS = np.array([0.78, 1.2, 1.15, 1.44])
PROFILE = (3, np.array([1.1, 0.2, 2.3, -0.4]), 0.5, 0.65, MEANS, DEVIATIONS, False, np.zeros(4, np.bool_))

CASES = [
    Case("stumpy.core:_sliding_dot_product", (QUERY, SERIES), (0, 1), note="np.dot of slices"),
    Case("stumpy.core:_p_norm_distance_profile", (QUERY, SERIES, 3.0), (0, 1, 2)),
    Case("stumpy.core:_rolling_nanstd_1d", (SERIES, 3), (0,), note="parallel=True, np.nanstd"),
    Case("stumpy.core:_welford_nanvar", (SERIES, 3, np.ones(7, np.bool_)), (0,), note="np.nanmean, np.nanvar"),
    Case("stumpy.core:_calculate_squared_distance_profile", PROFILE, (1, 2, 3, 4, 5), note="Greek names"),
    Case(
        "stumpy.core:_mass",
        (QUERY, SERIES[:6], *PROFILE[1:]),
        (2, 3, 4, 5, 6),
        note="four dispatchers deep, square root of an array",
    ),
]
