"""choclo (gravity and magnetic fields of points and prisms): kernels passed as arguments."""

from __future__ import annotations

from ..case import Case, Named

POINTS = (120.0, -80.0, 40.0, 10.0, 25.0, -60.0)  # observation and source, m
PRISM = (15.0, -20.0, 70.0, -30.0, 40.0, -55.0, 25.0, -90.0, -10.0)  # observation, west ... top, m
FIRST = tuple(range(9))

CASES = [
    Case("choclo.dipole:magnetic_field", (*POINTS, 2.0, -1.0, 3.0), FIRST),
    Case("choclo.point:gravity_u", (*POINTS, 1e6), tuple(range(7))),
    Case("choclo.point:gravity_en", (*POINTS, 1e6), tuple(range(7))),
    Case("choclo.prism:gravity_pot", (*PRISM, 2670.0), tuple(range(10)), rtol=1e-8, note="24 terms that cancel"),
    Case("choclo.prism:gravity_u", (*PRISM, 2670.0), tuple(range(10)), note="passes a kernel function on"),
    Case("choclo.prism:gravity_ee", (*PRISM, 2670.0), tuple(range(10))),
    Case(
        "choclo.prism._gravity:_evaluate_kernel",
        (*PRISM, Named("choclo.prism._kernels:kernel_n")),
        FIRST,
        note="a kernel function as argument; sums into a literal 0",
    ),
    Case("choclo.prism:magnetic_field", (*PRISM, 0.5, -0.2, 1.1), tuple(range(12))),
    Case("choclo.prism:kernel_nuu", (12.0, -7.0, 21.0, 25.2), (0, 1, 2, 3)),
    Case("choclo.utils:distance_spherical", (10.0, 20.0, 6400.0, 12.0, 25.0, 6500.0), tuple(range(6))),
]
