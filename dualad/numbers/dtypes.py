"""Comparison of element types: an array of numbers has the dtype of its values, as far as the user's program can see."""

from __future__ import annotations

import operator

from numba.core import types
from numba.extending import overload

from .types import carries_duals, plain_type


def _shown(type_: types.Type) -> types.Type | None:
    if isinstance(type_, (types.DType, types.NumberClass)):
        return plain_type(type_.dtype)
    return None


def _comparison(wanted: bool):
    def choose(a, b):
        if not any(isinstance(t, types.DType) and carries_duals(t) for t in (a, b)):
            return None
        first, second = _shown(a), _shown(b)
        if first is None or second is None:
            return None
        if (first == second) is wanted:
            return lambda a, b: True
        return lambda a, b: False

    return choose


overload(operator.eq, target="cpu")(_comparison(True))
overload(operator.ne, target="cpu")(_comparison(False))
