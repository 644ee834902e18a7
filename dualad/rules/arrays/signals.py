"""Differences, integrals and interpolation along an axis."""

# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np

from .table import pullback


def _diff_a(n, y_bar, a_bar):
    """The binomial coefficients of `n` differences, by Pascal's rule."""
    weights = np.zeros(n + 1)
    weights[0] = 1.0
    for order in range(n):
        for j in range(order + 1, 0, -1):
            weights[j] = weights[j - 1] - weights[j]
        weights[0] = -weights[0]
    for row in np.ndindex(a_bar.shape[:-1]):
        for k in range(y_bar.shape[-1]):
            for j in range(n + 1):
                a_bar[row][k + j] += weights[j] * y_bar[row][k]


def _ediff1d_ary(to_begin, y_bar, ary_bar):
    start = 0 if to_begin is None else np.asarray(to_begin).size
    contribution = np.zeros(ary_bar.size, ary_bar.dtype)
    for k in range(ary_bar.size - 1):
        contribution[k + 1] += y_bar[start + k]
        contribution[k] -= y_bar[start + k]
    k = 0
    for index in np.ndindex(ary_bar.shape):
        ary_bar[index] += contribution[k]
        k += 1


def _trapezoid_samples(x, dx, y_bar, samples_bar):
    """Along the last axis, by `x` or by steps of `dx`."""
    shares = np.asarray(y_bar)
    for row in np.ndindex(samples_bar.shape[:-1]):
        for k in range(samples_bar.shape[-1] - 1):
            width = dx if x is None else x[k + 1] - x[k]
            samples_bar[row][k] += shares[row] * width / 2.0
            samples_bar[row][k + 1] += shares[row] * width / 2.0


def _trapezoid_x(samples, y_bar, x_bar):
    shares = np.asarray(y_bar)
    for row in np.ndindex(samples.shape[:-1]):
        for k in range(samples.shape[-1] - 1):
            height = (samples[row][k] + samples[row][k + 1]) / 2.0
            x_bar[k + 1] += shares[row] * height
            x_bar[k] -= shares[row] * height


def _trapezoid_dx(samples, x, y_bar):
    total = 0.0
    if x is None:
        shares = np.asarray(y_bar)
        for row in np.ndindex(samples.shape[:-1]):
            for k in range(samples.shape[-1] - 1):
                total += shares[row] * (samples[row][k] + samples[row][k + 1]) / 2.0
    return total


def _interp_x(x, xp, fp, y_bar, x_bar):
    """The slope of the piece; at a knot that of the piece on its right, outside of the knots 0."""
    last = xp.size - 1
    for index in np.ndindex(x.shape):
        if np.isnan(x[index]):
            x_bar[index] += y_bar[index]
        elif last > 0 and xp[0] <= x[index] <= xp[last]:
            j = min(np.searchsorted(xp, x[index], side="right") - 1, last - 1)
            x_bar[index] += y_bar[index] * ((fp[j + 1] - fp[j]) / (xp[j + 1] - xp[j]))


def _interp_number_x(x, xp, fp, y_bar):
    last = xp.size - 1
    if np.isnan(x):
        return y_bar
    if last > 0 and xp[0] <= x <= xp[last]:
        j = min(np.searchsorted(xp, x, side="right") - 1, last - 1)
        return y_bar * ((fp[j + 1] - fp[j]) / (xp[j + 1] - xp[j]))
    return 0.0 * y_bar


def _interp_fp(x, xp, y_bar, fp_bar):
    last = xp.size - 1
    points, shares = np.asarray(x).flatten(), np.asarray(y_bar).flatten()
    for k in range(points.size):
        if last == 0 or points[k] < xp[0]:
            fp_bar[0] += shares[k]
        elif points[k] > xp[last]:
            fp_bar[last] += shares[k]
        elif not np.isnan(points[k]):
            j = min(np.searchsorted(xp, points[k], side="right") - 1, last - 1)
            weight = (points[k] - xp[j]) / (xp[j + 1] - xp[j])
            fp_bar[j] += shares[k] * (1.0 - weight)
            fp_bar[j + 1] += shares[k] * weight


def _interp_xp(x, xp, fp, y_bar, xp_bar):
    last = xp.size - 1
    points, shares = np.asarray(x).flatten(), np.asarray(y_bar).flatten()
    for k in range(points.size):
        if last > 0 and xp[0] <= points[k] <= xp[last]:
            j = min(np.searchsorted(xp, points[k], side="right") - 1, last - 1)
            width = xp[j + 1] - xp[j]
            weight = (points[k] - xp[j]) / width
            slope = (fp[j + 1] - fp[j]) / width
            xp_bar[j] -= shares[k] * slope * (1.0 - weight)
            xp_bar[j + 1] -= shares[k] * slope * weight


def _unwrap_p(y_bar, p_bar):
    """The jumps that are taken out are constant."""
    p_bar += y_bar


pullback("diff", (np.diff,), "a n=1", a=_diff_a)
pullback("ediff1d", (np.ediff1d,), "ary to_end=None to_begin=None", ary=_ediff1d_ary)
pullback(
    "trapezoid", (np.trapezoid,), "y:samples x=None dx=1.0",
    samples=_trapezoid_samples, x=_trapezoid_x, dx=_trapezoid_dx,
)  # fmt: skip
pullback("interp", (np.interp,), "x xp fp", x=(_interp_x, _interp_number_x), xp=_interp_xp, fp=_interp_fp)
pullback("unwrap", (np.unwrap,), "p discont=None axis=-1 period=6.283185307179586", p=_unwrap_p, inactive="discont")
