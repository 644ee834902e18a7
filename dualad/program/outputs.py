"""Calls that write their result into an array, as the call without it and a store."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numba.core import types
from numba.core.registry import cpu_target
from numba.np.ufunc.dufunc import DUFunc

from .tree import Const, Slice, Var

__all__ = ["into_array", "out_of"]

#: {function: place of `out` among its positional arguments}
_PLACES = {np.clip: 3, np.dot: 2, np.matmul: 2, np.take: 3}


def out_of(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Var | None:
    """The array that a call writes its result into, if it does."""
    found = kwargs.get("out")
    if found is None:
        place = function.nin if isinstance(function, (np.ufunc, DUFunc)) else _place(function)
        found = args[place] if place is not None and len(args) > place else None
    if isinstance(found, tuple) and len(found) == 1:
        found = found[0]
    return found if isinstance(found, Var) and isinstance(found.type, types.Array) else None


def _place(function: Any) -> int | None:
    try:
        return _PLACES.get(function)
    except TypeError:
        return None


def into_array(t: Any, owner: Any, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Var:
    """`out[:] = function(...)`; the value is `out`, as that of the call is."""
    out = out_of(function, args, kwargs)
    assert out is not None
    kept = args if "out" in kwargs else args[:-1]
    named = {name: arg for name, arg in kwargs.items() if name != "out"}
    kinds = {name: _kind(arg) for name, arg in named.items()}
    signature = cpu_target.typing_context.resolve_function_type(owner, tuple(map(_kind, kept)), kinds)
    result = t.emit(function, kept, signature.return_type, named.items())
    none = Const(None, types.none)
    index = Slice(none, none, none) if out.type.ndim else ()
    t.emit(operator.setitem, (out, index, result), types.none)
    return out


def _kind(arg: Any) -> Any:
    return types.Tuple(tuple(map(_kind, arg))) if isinstance(arg, tuple) else arg.type
