"""The value of a call: what is resolved here, what is replaced by its statements, what stays an operation."""

from __future__ import annotations

from typing import Any

import numba
from numba.core import types
from numba.core.dispatcher import Dispatcher
from numba.core.typing.templates import fold_arguments
from numba.core.utils import pysignature

from ..errors import ArgumentError, UnsupportedError
from .fence import refused_call, refused_variable
from .iterate import Range
from .linked import preaccumulated_call
from .methods import method
from .outputs import into_array, out_of
from .resolved import RESOLVED
from .tree import Const, Recursive, Var
from .values import Failure, Member, constant

__all__ = ["call"]


def call(t: Any, expr: Any, kind: Any) -> Any:
    """Value of a call expression of a type; `t` is the translator."""
    function = t.read(expr.func)
    args = tuple(t.read(v) for v in expr.args)
    if expr.vararg is not None:
        star = t.read(expr.vararg)
        args += star if isinstance(star, tuple) else tuple(star)
    kwargs = {name: t.read(v) for name, v in expr.kws}
    owner = t.kind_of(expr.func.name)
    signature = t.calls.get(expr)
    if isinstance(function, Member):
        receiver = owner.this if isinstance(owner, types.BoundFunction) else None
        return method(t, function, receiver, args, kwargs, kind)
    if not isinstance(function, Const):
        raise refused_variable(t, owner)
    value = function.value
    value = getattr(value, "primitive", value) if isinstance(owner, types.Dispatcher) else value
    value = getattr(value, "__dualad_stands_for__", value)
    if hasattr(value, "__dualad_primitive__"):
        return _primitive(t, value, args, kwargs, kind)
    refused_call(t, value, owner)
    if isinstance(owner, (types.Dispatcher, types.RecursiveCall)):
        return _dispatch(t, value, args, kwargs, signature, kind)
    if isinstance(owner, types.NamedTupleClass):
        return _named_tuple(t, owner.instance_class, args, kwargs, signature)
    if isinstance(owner, types.ExceptionClass):
        return Failure(value, args)
    if hasattr(value, "__dualad_mark__"):
        return _marked(t, value, args, kwargs)
    special = RESOLVED.get(value) if _hashable(value) else None
    if special is not None:
        found = special(t, args, kwargs, kind, signature)
        if found is not None:
            return found
    if out_of(value, args, kwargs) is not None:
        return into_array(t, owner, value, args, kwargs)
    jitable = _jitable(owner, value, signature)
    if jitable is not None:
        return _dispatch(t, jitable, args, kwargs, signature, kind)
    return t.emit(
        value, tuple(_argument(t, a) for a in args), kind, tuple((k, _argument(t, a)) for k, a in kwargs.items())
    )


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _argument(t: Any, value: Any) -> Any:
    """A value as an argument of an operation."""
    if isinstance(value, Range):
        return t.emit(range, (value.start, value.stop, value.step), types.range_state64_type)
    return value


def _primitive(t: Any, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], kind: Any) -> Any:
    """A call of a function with a rule of its own, all arguments in their places."""
    given = _in_place(function, args, kwargs)
    if function.kind == "preaccumulated":
        return preaccumulated_call(t, function, given, kind)
    return t.emit(function, given, kind)


def _marked(t: Any, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Range:
    """A range whose loop is to be checkpointed; `function.__dualad_mark__` says what its options come to."""
    given = _in_place(function, args, kwargs)
    span, *options = (Const(None, types.none) if v is None else v for v in given)
    if isinstance(span, Const) and span.value is None:
        span = Range(Const(0, types.int64), Const(2**63 - 1, types.int64), Const(1, types.int64))
    if not isinstance(span, Range):
        raise t.refuse(
            "a range that is marked in another function than the one that makes it",
            "the number of its steps is not known there",
            "write `ad.checkpointed(range(...))`",
        )
    known = [option.value if isinstance(option, Const) else option for option in options]
    try:
        mark = function.__dualad_mark__(*known)
    except ArgumentError as error:
        raise ArgumentError(f"{error}\n{t.where.show()}") from None
    mark = tuple(o if isinstance(o, Var) else Const(o, numba.typeof(o)) for o in mark)
    return Range(span.start, span.stop, span.step, mark)


def _in_place(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """All arguments of a call, each in its place."""
    folded: tuple[Any, ...] = fold_arguments(
        pysignature(getattr(function, "py_func", function)),
        args,
        kwargs,
        lambda index, parameter, value: value,
        lambda index, parameter, default: constant(default, numba.typeof(default), parameter.name),
        lambda index, parameter, values: tuple(values),
    )
    return folded


def _kind_of(kind: Any) -> Any:
    """The type of an argument that a call gives, or leaves at its default."""
    return numba.typeof(kind.value) if isinstance(kind, types.Omitted) else types.unliteral(kind)


def _dispatch(t: Any, callee: Any, args: tuple[Any, ...], kwargs: dict[str, Any], signature: Any, kind: Any) -> Any:
    """The statements of a jitted function in the place of its call."""
    if hasattr(callee, "__dualad_dispatcher__"):
        callee = callee.__dualad_dispatcher__()
    if hasattr(callee, "implementation"):  # a derivative function: what it runs is written for these types
        function = getattr(callee, "row_by_row", callee.implementation)(tuple(signature.args))
    else:
        function = implementation(callee, signature.args)
    kinds = iter(signature.args)
    folded = _in_place(callee, args, kwargs)
    values = tuple(t.convert_value(value, _kind_of(k)) for value, k in zip(folded, kinds, strict=True))
    if t.inline.local is not None and isinstance(callee, Dispatcher):
        preaccumulated = t.inline.local(callee, tuple(signature.args), kind)
        if preaccumulated is not None:
            return preaccumulated_call(t, preaccumulated, values, kind)
    if t.inline.runs(function):
        dispatcher = callee if isinstance(callee, Dispatcher) else numba.njit(error_model="numpy")(function)
        return t.emit(Recursive(dispatcher, function), tuple(_argument(t, value) for value in values), kind)
    try:
        first, last, result, result_kind = t.inline(function, tuple(signature.args), values, t.where)
    except UnsupportedError as error:
        if not hasattr(callee, "implementation"):
            raise
        # generated code has no place in the user's program: the call has
        raise t.refuse(error.what, error.reason, error.rewrite) from error
    t.splice(first, last)
    return t.convert_value(result, types.unliteral(kind)) if result_kind != types.unliteral(kind) else result


def implementation(callee: Any, kinds: tuple[Any, ...]) -> Any:
    """The Python function that a dispatcher compiles for argument types, which need not be the one it was made from."""
    compiler = getattr(callee, "_compiler", None)
    return callee if compiler is None else compiler._get_implementation(tuple(kinds), {})


def _jitable(owner: Any, value: Any, signature: Any) -> Any:
    """The function itself where Numba compiles it as it stands (`@register_jitable`), else None."""
    if not hasattr(value, "__code__"):
        return None
    for template in getattr(owner, "templates", ()):
        for found in getattr(template, "_impl_cache", {}).values():
            dispatcher = found[0] if isinstance(found, tuple) else found
            if getattr(dispatcher, "py_func", None) is value:
                return value
    return None


def _named_tuple(t: Any, cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any], signature: Any) -> Any:
    defaults = getattr(cls, "_field_defaults", {})
    given = dict(zip(cls._fields, args, strict=False)) | kwargs
    return tuple(given[f] if f in given else constant(defaults[f], numba.typeof(defaults[f]), f) for f in cls._fields)
