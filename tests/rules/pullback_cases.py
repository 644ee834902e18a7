"""Calls to test the pullbacks with, each with a way to differentiate it that knows nothing of them.

`step` says how: "complex" for functions that are analytic as NumPy (or `plain`) computes them, "long" for central
differences in extended precision, exact up to rounding for piecewise linear functions, "float" for those that NumPy computes
in double precision only.
"""

from dataclasses import dataclass, field

import numpy as np

RNG = np.random.default_rng(3)


@dataclass(eq=False)
class Case:
    call: object
    args: tuple
    plain: object = None
    step: str = "complex"
    name: str = ""  # of the entry, where the callable does not say it
    kwargs: dict = field(default_factory=dict)

    @property
    def label(self):
        shown = ",".join(str(np.shape(x)) if isinstance(x, np.ndarray) else repr(x)[:12] for x in self.args)
        return f"{self.name or self.call.__name__}({shown})"


def some(*shape):
    """Distinct floats, none of them 0."""
    return RNG.permutation(np.arange(int(np.prod(shape))) + 1.0).reshape(shape) / 7 + RNG.uniform(0, 0.1, shape)


def positive(n):
    a = some(n, n) / n
    return a @ a.T + n * np.eye(n)


def analytic_norm(x, ord=None):
    size = np.sqrt(x * x)
    if ord is None or (x.ndim == 1 and ord == 2):
        return np.sqrt(np.sum(x * x))
    if x.ndim == 1:
        return {np.inf: lambda: extreme(size, 1), -np.inf: lambda: extreme(size, -1)}.get(
            ord, lambda: np.sum(size**ord) ** (1 / ord)
        )()
    return extreme(np.sum(size, 1 if abs(ord) == np.inf else 0), 1 if ord > 0 else -1)


def extreme(x, sign):
    return x[np.argmax(sign * x.real)]


def lower_cholesky(a):
    """Analytic, and of the lower triangle alone."""
    factor = np.zeros_like(a)
    for i in range(len(a)):
        for j in range(i + 1):
            rest = a[i, j] - np.sum(factor[i, :j] * factor[j, :j])
            factor[i, j] = np.sqrt(rest) if i == j else rest / factor[j, j]
    return factor


def numba_sort(a):
    return np.sort(a, kind="stable")


def spread(a):
    return np.mean((a - np.mean(a)) ** 2)


with_nan = some(6)
with_nan[[1, 4]] = np.nan
mask = np.array([True, False, True, True])
A, B = some(3, 4), some(4, 2)
square = some(3, 3) + 3 * np.eye(3)

CASES = [
    *(Case(f, (some(*s),)) for f in (np.sum, np.mean, np.prod) for s in [(5,), (2, 3), (2, 3, 2), (0,), (1, 3)]
      if f is not np.mean or s != (0,)),
    *(Case(np.sum, (some(2, 3, 4), axis)) for axis in (0, 1, 2, -1)),
    *(Case(np.sum, (some(2, 1, 3, 2), axis)) for axis in (1, 3)),
    Case(np.sum, (some(4), 0)),
    Case(np.sum, (some(2, 1), 1)),
    *(Case(np.sum, (some(2, 3, 4), axis), name="sum_axes") for axis in [(0, 1), (2, 0), (-1,), (0, 1, 2), ()]),
    *(Case(f, (some(*s),)) for f in (np.cumsum, np.cumprod) for s in [(5,), (2, 3), (0,), (1,)]),
    Case(np.var, (some(5),), plain=spread),
    Case(np.var, (some(2, 3),), plain=spread),
    Case(np.std, (some(5),), plain=lambda a: np.sqrt(spread(a))),
    Case(np.average, (some(2, 3),)),
    Case(np.average, (some(5), None, some(5))),
    # extremes
    *(Case(f, (some(*s),), step="long") for f in (np.max, np.min, np.ptp, np.median) for s in [(5,), (2, 3)]),
    *(Case(f, (with_nan,), step="long") for f in (np.nanmax, np.nanmin, np.nanmedian)),
    Case(np.median, (some(4),), step="long"),
    Case(np.nanmedian, (some(4),), step="long"),
    Case(np.nanmedian, (np.append(some(3), np.nan),), step="long"),
    *(Case(np.sort, (some(*s),), step="long") for s in [(5,), (2, 3), (2, 2, 3), (0,)]),
    Case(np.partition, (some(3), 1), step="long"),
    Case(np.unique, (np.array([3.0, 1.0, 2.0]),), step="long"),
    *(Case(f, (some(5), q), step="long") for f, top in ((np.percentile, 100), (np.quantile, 1))
      for q in (0.3 * top, 0.999 * top, np.array([0.1, 0.85]) * top)),
    Case(np.percentile, (some(2, 3), 65.0), step="long"),
    # products
    *(Case(f, (a, b)) for f in (np.dot, np.matmul)
      for a, b in ((some(4), some(4)), (A, some(4)), (some(4), B), (A, B), (A[:0], B), (A[:, :0], B[:0]), (A[:1], B))),
    Case(np.vdot, (some(4), some(4)), plain=np.dot),
    *(Case(np.outer, pair) for pair in ((some(3), some(2)), (some(2, 2), some(3)), (2.5, some(3)), (some(3), 2.5))),
    *(Case(np.kron, pair) for pair in ((some(2, 3), some(3, 2)), (some(3), some(2)), (some(3), some(2, 2)))),
    Case(np.cross, (some(3), some(3))),
    Case(np.cross, (some(4, 3), some(4, 3))),
    Case(np.cross, (some(3), some(4, 3))),
    Case(np.cross, (some(2, 4, 3), some(3))),
    *(Case(np.trace, (A, k)) for k in (0, 2, -1)),
    # joining
    Case(np.append, (some(2, 2), some(3))),
    Case(np.append, (some(2, 2), some(3, 2), 0)),
    Case(np.append, (some(2, 1), some(2, 2), 1)),
    Case(np.append, (some(3), some(2), 0)),
    Case(np.append, (some(3), 2.5)),
    Case(np.append, (2.5, some(3))),
    # rearranging
    Case(np.copy, (some(2, 3),)),
    Case(np.array, (some(2, 3),)),
    Case(np.ravel, (some(2, 3),)),
    Case(np.asarray, (some(2, 3),)),
    Case(np.asarray, (2.5,)),
    Case(np.broadcast_to, (some(1, 3), (2, 4, 3))),
    Case(np.broadcast_to, (some(3), (3,))),
    Case(np.broadcast_to, (2.5, (2, 3))),
    Case(np.take, (some(4), np.array([1, 1, -1]))),
    Case(np.take, (some(2, 3), np.array([[5, 1], [1, 0]]))),
    Case(np.take, (some(2, 3), np.array([2, 0, 2]), 1)),
    Case(np.take, (some(4), 2)),
    Case(np.take_along_axis, (some(2, 3), np.array([[0, 0, 2], [2, 1, 1]]), 1)),
    Case(np.take_along_axis, (some(2, 3), np.array([0, 0, 5]), None)),
    Case(np.repeat, (some(2, 2), 3)),
    Case(np.repeat, (some(3), np.array([0, 2, 1]))),
    Case(np.repeat, (2.5, 3)),
    Case(np.resize, (some(3), (2, 4))),
    Case(np.resize, (some(2, 3), 2)),
    Case(np.roll, (some(2, 3), 4)),
    Case(np.delete, (some(5), 1)),
    Case(np.delete, (some(2, 3), np.array([1, 4]))),
    Case(np.insert, (some(4), 2, some(3))),
    Case(np.insert, (some(4), np.array([1, 3]), some(2))),
    Case(np.insert, (some(4), np.array([1, 3]), 2.5)),
    Case(np.insert, (some(4), -1, 2.5)),
    Case(np.extract, (mask, some(4))),
    # matrices
    *(Case(np.diag, (some(*s), k)) for s in [(3,), (3, 4)] for k in (0, 1, -2)),
    Case(np.diagflat, (some(2, 2), -1)),
    *(Case(f, (some(*s), k)) for f in (np.tril, np.triu) for s, k in [((3, 4), 0), ((3, 3), -1), ((2, 3, 2), 1)]),
    Case(np.tril, (some(3), 0)),
    Case(np.triu, (some(3), 1)),
    Case(np.vander, (some(4),)),
    Case(np.vander, (some(4), 3, True)),
    # filling
    Case(np.full, ((2, 3), 2.5)),
    Case(np.full, ((0,), 2.5)),
    Case(np.full_like, (some(3), 2.5), step="long"),
    *(Case(np.linspace, (0.5, 2.5, n)) for n in (5, 1, 0, 2)),
    Case(np.arange, (0.5, 3.1, 0.7), step="long"),
    Case(np.arange, (0.5, 3.1), step="long"),
    Case(np.arange, (3.5,), step="long"),
    Case(np.logspace, (0.5, 1.5, 4), step="long"),
    Case(np.geomspace, (0.5, 2.5, 4), step="long"),
    Case(np.geomspace, (-0.5, -2.5, 4), step="long"),
    # signals
    *(Case(np.diff, (some(*s), n)) for s, n in [((5,), 1), ((5,), 3), ((2, 4), 2), ((1,), 1), ((3,), 0)]),
    Case(np.ediff1d, (some(2, 3),)),
    Case(np.ediff1d, (some(4), None, np.array([1.0, 2.0]))),
    Case(np.trapezoid, (some(5),)),
    Case(np.trapezoid, (some(2, 4), None, 0.3)),
    Case(np.trapezoid, (some(2, 4), np.array([0.0, 0.5, 0.7, 2.0]))),
    *(Case(np.interp, (x, np.array([0.0, 0.5, 1.5, 2.0]), some(4)), step="float")
      for x in (0.7, -1.0, 3.0, np.array([0.2, 1.9, 5.0, -1.0, 0.6]), np.array([[0.1, 1.1]]))),
    Case(np.unwrap, (np.array([0.1, 4.0, 8.5]),), step="float"),
    *(Case(f, (some(n), some(m), mode), step="long") for f in (np.convolve, np.correlate)
      for n, m in ((5, 3), (3, 4), (4, 4), (2, 5)) for mode in ("full", "same", "valid")),
    Case(np.bincount, (np.array([0, 2, 2, 1]), some(4)), step="float"),
    # linear algebra
    Case(np.linalg.solve, (square, some(3))),
    Case(np.linalg.solve, (square, some(3, 2))),
    Case(np.linalg.inv, (square,)),
    Case(np.linalg.det, (square,)),
    Case(np.linalg.det, (square[:1, :1],)),
    Case(np.linalg.slogdet, (square,), plain=lambda a: (np.sign(np.linalg.det(a).real), np.log(np.linalg.det(a)))),
    Case(np.linalg.slogdet, (-square,), plain=lambda a: (np.sign(np.linalg.det(a).real), np.log(-np.linalg.det(a)))),
    Case(np.linalg.cholesky, (positive(3),), plain=lower_cholesky),
    *(Case(np.linalg.matrix_power, (square / 4, n)) for n in (0, 1, 2, 5, -1, -3)),
    *(Case(np.linalg.norm, (some(5) - 0.4, *o), plain=analytic_norm) for o in [(), (1,), (2,), (3.5,), (np.inf,), (-np.inf,)]),
    *(Case(np.linalg.norm, (some(3, 2) - 0.4, *o), plain=analytic_norm) for o in [(), (1,), (-1,), (np.inf,), (-np.inf,)]),
    # without nan
    *(Case(f, (with_nan,), step="long")
      for f in (np.nansum, np.nanmean, np.nanprod, np.nancumsum, np.nancumprod, np.nanvar, np.nanstd)),
    Case(np.nansum, (some(2, 3),)),
    Case(np.nanvar, (with_nan, None, None, None, 1), step="long"),
]  # fmt: skip
