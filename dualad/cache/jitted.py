"""What Numba's objects consist of: jitted functions, ufuncs, intrinsics and types."""

from __future__ import annotations

from typing import Any

from numba.core import sigutils, types
from numba.core.extending import _Intrinsic
from numba.core.registry import CPUDispatcher
from numba.core.typing.templates import Signature
from numba.np.ufunc.dufunc import DUFunc
from numba.np.ufunc.gufunc import GUFunc

from .trust import Unfingerprintable

__all__ = ["JITTED", "Signature", "describe", "identity"]

#: Functions made by Numba from a Python function.
JITTED = (CPUDispatcher, DUFunc, GUFunc, _Intrinsic)

# Types whose name is made of their address.
_NAMELESS = (types.ClassType, types.ClassInstanceType, types.ClassDataType, types.DeferredType)


def describe(function: Any) -> tuple[object, ...]:
    """The Python function inside one of `JITTED`, and all that Numba was told to do with it."""
    if type(function) is CPUDispatcher:
        settings = function._compiler.pipeline_class, function.targetoptions, function.locals
        return "jit", settings, _explicit_signatures(function), function.py_func
    if isinstance(function, CPUDispatcher):
        # it may compile something else than its Python function, and must say what
        raise Unfingerprintable(f"{type(function).__qualname__} object without `__dualad_fingerprint__`")
    if isinstance(function, _Intrinsic):
        naming = function._name, function._prefer_literal, function._ctor_kwargs
        return "intrinsic", naming, function._defn
    inner, loops = function._dispatcher, function.types if function._frozen else None
    settings = inner.targetoptions, inner.locals, (function.identity, function.signature)
    return "ufunc", type(function), settings, loops, inner.py_func


def identity(type_: Any) -> object:
    """What, together with its class, makes a Numba type the type that it is, in any process.

    Numba compares types by class and `key`, but some keys hold addresses.
    """
    if isinstance(type_, types.Dispatcher):
        return type_.dispatcher
    if isinstance(type_, types.Omitted):
        return type_.value
    if isinstance(type_, types.Literal):
        return type_.literal_value
    if isinstance(type_, types.Function):
        return type_.typing_key
    key = type_.key
    if isinstance(type_, _NAMELESS) or (isinstance(key, str) and " at 0x" in key):
        raise Unfingerprintable(f"type {type_}")
    return key


def _explicit_signatures(dispatcher: Any) -> list[Signature]:
    """Signatures that a user has asked for: their return types convert results.

    Those that Numba compiled by itself when it met a call must not count: which they are depends on what the
    process has done before.
    """
    if not dispatcher._can_compile:
        return [result.signature for result in dispatcher.overloads.values()]
    compiled = (*dispatcher.stats.cache_hits, *dispatcher.stats.cache_misses)
    asked = [sigutils.normalize_signature(sig) for sig in compiled if not isinstance(sig, tuple)]
    return [returned(*arguments) for arguments, returned in asked if returned is not None]
