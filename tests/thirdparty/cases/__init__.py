"""The rows of the run, one file per package."""

from __future__ import annotations

from ..case import Case
from . import choclo, hapsira, interpolation, numba_stats, pynndescent, quantecon, stumpy
from .special import SPECIAL

CASES: list[Case] = [
    case
    for module in (hapsira, numba_stats, quantecon, interpolation, pynndescent, choclo, stumpy)
    for case in module.CASES
]

__all__ = ["CASES", "SPECIAL"]
