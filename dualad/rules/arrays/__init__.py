"""The reverse rules of NumPy calls that are not elementwise; `table` says what an entry looks like."""

from . import (
    convolution,
    extremes,
    filling,
    joining,
    linalg,
    matrices,
    parts,
    products,
    rearranging,
    reductions,
    signals,
    without_nan,
)
from .arguments import REQUIRED, Argument
from .indexing import INDEXED
from .table import PULLBACK_OF, PULLBACKS, Part, Pullback, pullback
from .views import ATTRIBUTE_VIEWS, FRESH, INACTIVE, MAYBE_VIEWS, VIEWS

__all__ = [
    "ATTRIBUTE_VIEWS",
    "FRESH",
    "INACTIVE",
    "INDEXED",
    "MAYBE_VIEWS",
    "PULLBACKS",
    "PULLBACK_OF",
    "REQUIRED",
    "VIEWS",
    "Argument",
    "Part",
    "Pullback",
    "convolution",
    "extremes",
    "filling",
    "joining",
    "linalg",
    "matrices",
    "parts",
    "products",
    "pullback",
    "rearranging",
    "reductions",
    "signals",
    "without_nan",
]
