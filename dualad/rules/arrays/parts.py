"""Conjugates, parts and angles of complex arrays: maps that are linear over the reals only."""

# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np

from .table import pullback


def _conj_x(y_bar, x_bar):
    x_bar += np.conj(y_bar)


def _imag_val(y_bar, val_bar):
    """With the sign that complex cotangents have: `z_bar` is the derivative by the real part minus i times the other."""
    val_bar -= 1j * y_bar


def _angle_z(z, deg, y_bar, z_bar):
    """0 where `z` is."""
    unit = 180.0 / np.pi if deg else 1.0
    for index in np.ndindex(z.shape):
        if z[index] != 0.0:
            z_bar[index] += unit * y_bar[index] * (-1j / z[index])


pullback("conj", (np.conj,), "x", x=_conj_x)
pullback("imag", (np.imag,), "val", val=_imag_val)
pullback("angle", (np.angle,), "z deg=False", z=_angle_z)
