"""Which functions and classes are known by their name, since the version of their package says the rest."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np

__all__ = ["Unfingerprintable", "trusted_module", "trusted_name"]

#: Packages whose versions are part of every key, and modules that come with Python.
_PACKAGES = {"numpy", "numba", "llvmlite", "dualad"}
_PACKAGES |= {"builtins", "math", "cmath", "operator", "_operator", "random"}


class Unfingerprintable(Exception):
    """A function reaches something whose changes cannot be seen; the message says what."""


def trusted_module(name: str) -> bool:
    """Whether the module is part of a trusted package."""
    return name.partition(".")[0] in _PACKAGES


def trusted_name(value: Any) -> str | None:
    """The name by which every process finds `value` in a trusted package, or None.

    The name must really lead to the value: `functools.wraps(np.sin)` gives any function the name of another.
    """
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if isinstance(value, ModuleType) or not isinstance(name, str):
        return None
    # older versions of NumPy do not say where a ufunc comes from
    homes = [getattr(value, "__module__", None) or ("numpy" if isinstance(value, np.ufunc) else None)]
    if getattr(value, "__self__", None) is not None:
        # `np.random.normal` and `random.random` are methods of one hidden object of their module
        name, homes = value.__name__, [*homes, "numpy.random", "random"]
    for home in homes:
        if isinstance(home, str) and trusted_module(home) and _find(home, name) is value:
            return f"{home}.{name}"
    return None


def _find(module: str, name: str) -> object:
    found: object = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found
