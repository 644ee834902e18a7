"""hapsira (astrodynamics): plain `@njit` functions that call each other, three and four levels deep."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case

EARTH = 398600.4418  # gravitational parameter, km^3/s^2
RADIUS = 6378.1366  # equatorial radius, km
R0 = np.array([1131.340, -2282.343, 6672.423])  # a low orbit, km
V0 = np.array([-5.64305, 4.30333, 2.42879])  # km/s
STATE = np.concatenate([R0, V0])
ORBIT = (EARTH, 11067.79, 0.28285, 1.5283, 3.9633, 0.9207, 1.6165)  # k, p, ecc, inc, raan, argp, nu
ALL7 = tuple(range(7))
MOMENT = np.linspace(0.5, 2.0, 93)


def lambert(*args: Any) -> Any:
    """Lambert's problem by Newton's method on Vallado's variable, written out here: only the root counts."""
    import mpmath as mp

    from ..real import Real, as_mpf

    k, tof = as_mpf(args[0]), as_mpf(args[3])
    r0, r = ([as_mpf(x) for x in vector] for vector in args[1:3])
    n0, n = (mp.sqrt(sum(x * x for x in vector)) for vector in (r0, r))
    a = mp.sqrt(n * n0 * (1 + sum(x * y for x, y in zip(r0, r, strict=True)) / (n * n0)))

    def y_of(psi: Any) -> Any:
        root = mp.sqrt(psi)
        c2, c3 = (1 - mp.cos(root)) / psi, (root - mp.sin(root)) / root**3
        return n0 + n + a * (psi * c3 - 1) / mp.sqrt(c2), c2, c3

    def time_error(psi: Any) -> Any:
        y, c2, c3 = y_of(psi)
        return (mp.sqrt(y / c2) ** 3 * c3 + a * mp.sqrt(y)) / mp.sqrt(k) - tof

    y = y_of(mp.findroot(time_error, (1.5, 1.6), tol=1e-45))[0]
    f, g, g_dot = 1 - y / n0, a * mp.sqrt(y / k), 1 - y / n
    v0 = [(x - f * x0) / g for x0, x in zip(r0, r, strict=True)]
    v = [(g_dot * x - x0) / g for x0, x in zip(r0, r, strict=True)]
    return [Real(x) for x in v0], [Real(x) for x in v]


TRANSFER = (EARTH, np.array([5000.0, 10000.0, 2100.0]), np.array([-14600.0, 2500.0, 7000.0]), 3600.0)
ANGLES, ELEMENTS, THRUST = "hapsira.core.angles", "hapsira.core.elements", "hapsira.core.thrust"
PROPAGATION = "hapsira.core.propagation"

CASES = [
    Case(f"{ANGLES}:D_to_nu", (0.7,), (0,)),
    Case(f"{ANGLES}:nu_to_F", (1.2, 1.5), (0, 1)),
    Case(f"{ANGLES}:E_to_nu", (1.2, 0.3), (0, 1)),
    Case(f"{ANGLES}:M_to_E", (1.1, 0.2), (0, 1), note="Newton's method"),
    Case(f"{ANGLES}:M_to_F", (1.5, 1.3), (0, 1), note="Newton's method, keyword arguments"),
    Case(f"{ANGLES}:M_to_D", (0.8,), (0,)),
    Case(f"{ANGLES}:fp_angle", (1.2, 0.3), (0, 1)),
    Case(
        "hapsira.core.czml_utils:project_point_on_ellipsoid",
        (7000.0, 3000.0, 4000.0, 6378.0, 6378.0, 6356.0),
        (0, 1, 2, 3),
    ),
    Case("hapsira.core.earth_atmosphere.util:geometric_to_geopotential", (12.0, 6356.766), (0, 1)),
    Case(
        "hapsira.core.earth_atmosphere.jacchia:_O_and_O2_correction",
        (93, 1000.0, 90.0 + MOMENT, *(MOMENT + i for i in range(6)), np.zeros(93), np.zeros(93)),
        (3, 4, 5),
        out=(4, 5, 9, 10),
        note="writes into four arguments",
    ),
    Case(f"{ELEMENTS}:eccentricity_vector", (EARTH, R0, V0), (0, 1, 2)),
    Case(f"{ELEMENTS}:rv_pqw", (EARTH, 11067.79, 0.28285, 1.6165), (0, 1, 2, 3)),
    Case(f"{ELEMENTS}:coe2rv", ORBIT, ALL7, note="matrices filled by slice, matrix products, transpose"),
    Case(
        f"{ELEMENTS}:coe2rv_many",
        tuple(np.array([x, 1.01 * x, 0.98 * x]) for x in ORBIT),
        ALL7,
        note="parallel=True",
    ),
    Case(f"{ELEMENTS}:coe2mee", ORBIT[1:], tuple(range(6))),
    Case(f"{ELEMENTS}:mee2coe", (11067.79, 0.1, 0.2, -0.6, -0.3, 3.2), tuple(range(6))),
    Case(f"{ELEMENTS}:rv2coe", (EARTH, R0, V0), (0, 1, 2), note="a list literal as vector, cross products"),
    Case(
        "hapsira.core.events:eclipse_function",
        (EARTH, STATE, np.array([1.2e8, 7.0e7, 3.1e7]), 695700.0, RADIUS),
        (0, 1, 2, 3, 4),
    ),
    Case("hapsira.core.events:line_of_sight", (R0, np.array([-5000.0, 4000.0, 6000.0]), RADIUS), (0, 1, 2)),
    Case(
        "hapsira.core.events:elevation_function",
        (EARTH, STATE, 0.65, 1.1, RADIUS, 6356.752, 0.2),
        (1, 2, 3, 4, 5, 6),
    ),
    Case("hapsira.core.fixed:moon_rot_elements_at_epoch", (0.2, 7305.0), (0, 1)),
    Case(
        "hapsira.core.flybys:compute_flyby",
        (np.array([4.0, -32.0, 11.0]), np.array([7.0, -28.0, 9.0]), 324858.592, 6750.0, 0.6),
        (0, 1, 2, 3, 4),
    ),
    Case(
        "hapsira.core.iod:izzo",
        (*TRANSFER, 0, True, True, 35, 1e-8),
        (0, 1, 2, 3),
        note="Householder iteration",
    ),
    Case(
        "hapsira.core.iod:vallado",
        (*TRANSFER, 0, True, True, 35, 1e-8),
        (0, 1, 2, 3),
        formula=lambert,
        rtol=1e-6,
        known="bisection: the derivative of the iterate is not that of the root it approaches",
    ),
    Case("hapsira.core.iod:_tof_equation_p3", (0.3, 0.8, 1.2, 0.5, 0.4, 0.6), (0, 1, 3, 4, 5)),
    Case("hapsira._math.special:hyp2f1b", (0.35,), (0,), note="sums a series until it stops changing"),
    Case("hapsira._math.special:stumpff_c3", (0.4,), (0,), note="sums a series until it stops changing"),
    Case(
        "hapsira.core.maneuver:hohmann",
        (EARTH, (R0, V0), 35781.0),
        (0, 1, 2),
        note="tuple of arrays, f(k, *rv)",
    ),
    Case(
        "hapsira.core.maneuver:bielliptic",
        (EARTH, 90000.0, 35781.0, (R0, V0)),
        (0, 1, 2, 3),
        note="tuple of arrays",
    ),
    Case(
        "hapsira.core.maneuver:correct_pericenter",
        (EARTH, RADIUS, 1.08263e-3, 30.0, V0, 6570.0, 0.49, 0.001),
        (0, 1, 2, 3, 4, 5, 6, 7),
    ),
    Case("hapsira.core.perturbations:J2_perturbation", (0.0, STATE, EARTH, 1.08263e-3, RADIUS), (1, 2, 3, 4)),
    Case(
        "hapsira.core.perturbations:atmospheric_drag_exponential",
        (0.0, STATE, EARTH, RADIUS, 2.2, 2e-8, 60.0, 1.2e3),
        (1, 3, 4, 5, 6, 7),
    ),
    Case(f"{PROPAGATION}:func_twobody", (0.0, STATE, EARTH), (1, 2), note="unpacks an array"),
    Case(f"{PROPAGATION}:danby", (EARTH, R0, V0, 2400.0), (0, 1, 2, 3)),
    Case(f"{PROPAGATION}:farnocchia", (EARTH, R0, V0, 2400.0), (0, 1, 2, 3)),
    Case(
        f"{PROPAGATION}:gooding",
        (EARTH, R0, V0, 2400.0),
        (0, 1, 2, 3),
        note="reuses `n`, first float, as counter",
    ),
    Case(f"{PROPAGATION}:markley", (EARTH, R0, V0, 2400.0), (0, 1, 2, 3)),
    Case(f"{PROPAGATION}:mikkola", (EARTH, R0, V0, 2400.0), (0, 1, 2, 3), note="an argument that is None"),
    Case(
        f"{PROPAGATION}:pimienta",
        (EARTH, R0, V0, 2400.0),
        (0, 1, 2, 3),
        note="300 temporaries, integers beyond 2^53",
    ),
    Case(f"{PROPAGATION}:recseries", (EARTH, R0, V0, 2400.0), (0, 1, 2, 3), note="a string as argument"),
    Case(f"{PROPAGATION}:vallado", (EARTH, R0, V0, 2400.0, 60), (0, 1, 2, 3), note="while ... else"),
    Case(
        f"{PROPAGATION}.farnocchia:nu_from_delta_t",
        (1.3, 0.999, 1.0, 1.0),
        (0, 1, 2, 3),
        note="integer that becomes float",
    ),
    Case(
        "hapsira.core.sensors:ground_range_diff_at_azimuth",
        (800.0, 0.43, 0.52, 0.61, 0.87, -1.7, RADIUS),
        (0, 1, 2, 3, 4, 5, 6),
        note="Greek names",
    ),
    Case(
        "hapsira.core.spheroid_location:N",
        (RADIUS, RADIUS, 6356.8, np.array([4000.0, 3000.0, 3900.0])),
        (0, 1, 2, 3),
        note="`N /= norm(N)` in place",
    ),
    Case(
        "hapsira.core.spheroid_location:tangential_vecs",
        (np.array([0.6, 0.48, 0.64]),),
        (0,),
        note="in place on a constant array",
    ),
    Case(
        "hapsira.core.spheroid_location:cartesian_to_ellipsoidal",
        (RADIUS, 6356.8, 4000.0, 3000.0, 3900.0),
        (0, 1, 2, 3, 4),
    ),
    Case(f"{THRUST}.change_argp:extra_quantities", (EARTH, 26500.0, 0.5, 0.1, 0.4, 2.4e-7), (0, 1, 2, 3, 4, 5)),
    Case(
        f"{THRUST}.change_a_inc:extra_quantities",
        (EARTH, 7000.0, 42166.0, 0.4974, 0.0873, 3.5e-7),
        (0, 1, 2, 3, 4, 5),
    ),
    Case(
        f"{THRUST}.change_argp:change_argp",
        (0.0, STATE, EARTH),
        (1, 2),
        made_by=(EARTH, 26500.0, 0.5, 0.1, 0.4, 2.4e-7),
        note="a jitted closure that a factory returns",
    ),
    Case("hapsira.core.util:rotation_matrix", (0.7, 1), (0,), note="R[..., i, j] on shape () + (3, 3)"),
    Case(
        "hapsira.core.util:spherical_to_cartesian",
        (np.array([[1.0, 0.5, 1.2], [2.0, 1.1, -0.4]]),),
        (0,),
        note="expand_dims, stack",
    ),
]
