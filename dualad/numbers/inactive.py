"""NumPy functions whose result depends on the primals alone, and has no derivative: booleans, integers,
rounded floats.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import types
from numba.extending import overload

from .broadcasting import plain
from .types import carries_duals

#: function -> the parameters that Numba knows; a `*` is before those that are no numbers
OF_PRIMALS = {
    np.searchsorted: "a, v, *, side='left'",
    np.digitize: "x, bins, *, right=False",
    np.isclose: "a, b, rtol=1e-05, atol=1e-08, *, equal_nan=False",
    np.allclose: "a, b, rtol=1e-05, atol=1e-08, *, equal_nan=False",
    np.array_equal: "a1, a2",
    np.count_nonzero: "a, *, axis=None",
    np.nonzero: "a",
    np.flatnonzero: "a",
    np.argwhere: "a",
    np.argpartition: "a, *, kth",
    np.isin: "element, test_elements, *, assume_unique=False, invert=False",
    np.round: "a, *, decimals=0",
    np.around: "a, *, decimals=0",
    np.all: "a",
    np.any: "a",
}


def _register(function, parameters: str) -> None:
    numbers, _, rest = parameters.partition("*, ")
    names = [p.split("=")[0].strip() for p in numbers.split(",") if p.strip()]
    others = [p.split("=")[0].strip() for p in rest.split(",") if p.strip()]
    head = parameters.replace("*, ", "")
    call = ", ".join([f"plain({name})" for name in names] + others)
    source = (
        f"def choose({head}):\n"
        f"    if any(map(is_active, ({', '.join(names)},))):\n"
        f"        return lambda {head}: function({call})\n"
    )
    namespace: dict[str, Any] = {"function": function, "plain": plain, "is_active": _is_active}
    exec(source, namespace)
    overload(function, target="cpu")(namespace["choose"])


def _is_active(type_) -> bool:
    return isinstance(type_, types.Type) and carries_duals(type_)


def register_inactive() -> None:
    """Register every function of `OF_PRIMALS`."""
    for function, parameters in OF_PRIMALS.items():
        _register(function, parameters)
