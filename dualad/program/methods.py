"""Methods, as the NumPy functions of the same meaning where there is one."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numba.core import types

from .tree import Const, Method, Slice
from .values import Member

__all__ = ["method"]

#: Methods of arrays that are functions of the array and the same arguments.
_FUNCTIONS = {
    "all": np.all,
    "any": np.any,
    "argmax": np.argmax,
    "argmin": np.argmin,
    "argsort": np.argsort,
    "clip": np.clip,
    "conj": np.conj,
    "conjugate": np.conjugate,
    "copy": np.copy,
    "cumprod": np.cumprod,
    "cumsum": np.cumsum,
    "diagonal": np.diagonal,
    "dot": np.dot,
    "max": np.max,
    "mean": np.mean,
    "min": np.min,
    "nonzero": np.nonzero,
    "prod": np.prod,
    "ravel": np.ravel,
    "repeat": np.repeat,
    "std": np.std,
    "sum": np.sum,
    "take": np.take,
    "trace": np.trace,
    "var": np.var,
}


def method(t: Any, member: Member, owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any], kind: Any) -> Any:
    """`member(*args, **kwargs)`, where `owner` is the type of the object."""
    value, name = member.value, member.name
    owner = types.unliteral(owner)
    if isinstance(value, tuple):
        return _of_tuple(t, value, name, args)
    if isinstance(owner, types.Array):
        special = _SPECIAL.get(name)
        if special is not None:
            return special(t, value, args, kwargs, kind)
        if name in _FUNCTIONS:
            return t.emit(_FUNCTIONS[name], (value, *args), kind, kwargs.items())
    if isinstance(owner, types.Number) and name in ("conjugate", "conj"):
        return t.emit(np.conj, (value,), kind) if isinstance(owner, types.Complex) else value
    if isinstance(owner, (types.DictType, types.Set)):
        raise t.refuse(f"{owner.name.split('[')[0]}.{name}", "its elements have no positions", "use arrays")
    return t.emit(Method(name), (value, *args), kind, kwargs.items())


def _of_tuple(t: Any, value: tuple[Any, ...], name: str, args: tuple[Any, ...]) -> Any:
    return t.emit(Method(name), (value, *args), types.intp)


def _gathered(args: tuple[Any, ...]) -> Any:
    """`(n, m)` of a method that takes `n, m` or `(n, m)`."""
    return args[0] if len(args) == 1 else tuple(args)


def _reshape(t, value, args, kwargs, kind):
    return t.emit(np.reshape, (value, _gathered(args)), kind, kwargs.items())


def _transpose(t, value, args, kwargs, kind):
    return t.emit(np.transpose, (value, _gathered(args)) if args else (value,), kind)


def _flatten(t, value, args, kwargs, kind):
    return t.emit(np.copy, (t.emit(np.ravel, (value,), kind),), kind)


def _fill(t, value, args, kwargs, kind):
    none = Const(None, types.none)
    index = Slice(none, none, none) if value.type.ndim else ()
    return t.emit(operator.setitem, (value, index, args[0]), types.none)


def _sort(t, value, args, kwargs, kind):
    none = Const(None, types.none)
    ordered = t.emit(np.sort, (value,), value.type.copy(layout="C"))
    return t.emit(operator.setitem, (value, Slice(none, none, none), ordered), types.none)


def _astype(t, value, args, kwargs, kind):
    """A copy, where the kind of number stays."""
    if kind.dtype != value.type.dtype:
        return t.emit(Method("astype"), (value, *args), kind, kwargs.items())
    return t.emit(np.copy, (value,), kind)


def _item(t, value, args, kwargs, kind):
    if value.type.ndim or args:
        return t.emit(Method("item"), (value, *args), kind)
    return t.emit(operator.getitem, (value, ()), kind)


_SPECIAL = {
    "astype": _astype,
    "item": _item,
    "sort": _sort,
    "reshape": _reshape,
    "transpose": _transpose,
    "flatten": _flatten,
    "fill": _fill,
}
