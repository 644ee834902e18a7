"""The value of each kind of expression of Numba's representation."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numba.core import ir, types
from numba.np.numpy_support import as_dtype

from .calls import call
from .graph import UNDEFINED
from .indices import static_index
from .iterate import Indices, More, Range, Step, as_sequence, element, getiter, iternext
from .resolved import shape_of
from .tree import Const, Slice, operands
from .values import Member, constant, constant_of

__all__ = ["evaluate"]


def evaluate(t: Any, expr: ir.Expr, kind: Any) -> Any:
    """Value of an expression of a type; `t` is the translator."""
    handler = _HANDLERS.get(expr.op)
    if handler is None:
        from .fence import refusal

        raise refusal(expr, t.where)
    if isinstance(kind, types.Literal) and expr.op in {"call", "getattr", "binop", "unary"}:
        return Const(kind.literal_value, types.unliteral(kind))
    return handler(t, expr, kind)


def _binop(t, expr, kind):
    left, right = t.read(expr.lhs), t.read(expr.rhs)
    if expr.fn is operator.add and isinstance(left, tuple) and isinstance(right, tuple):
        return left + right
    if expr.fn in (operator.is_, operator.is_not) and isinstance(kind, types.Boolean):
        known = _identity(left, right)
        if known is not None:
            return Const(known == (expr.fn is operator.is_), types.boolean)
    return t.emit(expr.fn, (left, right), kind)


def _identity(left: Any, right: Any) -> bool | None:
    """Whether two values are one object, where that is known: what is not None has another type."""
    nones = [isinstance(v, Const) and v.value is None for v in (left, right)]
    others = [v for v in (left, right) if not (isinstance(v, Const) and v.value is None)]
    if all(nones):
        return True
    if any(nones) and not any(isinstance(getattr(v, "type", None), types.Optional) for v in others):
        return False
    return None


def _inplace_binop(t, expr, kind):
    left, right = t.read(expr.lhs), t.read(expr.rhs)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return left + right
    if isinstance(t.kind_of(expr.lhs.name), (types.Array, types.List, types.ListType)):
        t.emit(expr.fn, (left, right), types.none)
        return left
    return t.emit(expr.immutable_fn, (left, right), kind)


def _unary(t, expr, kind):
    value = t.read(expr.value)
    if isinstance(value, Const) and isinstance(value.value, (bool, int, float, complex)):
        return constant(expr.fn(value.value), kind)
    return t.emit(expr.fn, (value,), kind)


def _getitem(t, expr, kind):
    value, index = t.read(expr.value), t.read(expr.index)
    return _item(t, value, index, kind)


def _static_getitem(t, expr, kind):
    value = t.read(expr.value)
    if isinstance(value, tuple):
        if isinstance(expr.index, (int, slice)):
            return value[expr.index]
        return value[t.kind_of(expr.value.name).fields.index(expr.index)]
    index = t.read(expr.index_var) if expr.index_var is not None else static_index(expr.index)
    return _item(t, value, index, kind)


def _item(t, value, index, kind):
    if isinstance(value, Indices):
        return value.at(t, index)
    if isinstance(value, tuple):
        if isinstance(index, Slice):
            return value[slice(*(part.value for part in operands(index) if isinstance(part, Const)))]
        return element(t, value, index, kind)
    if isinstance(kind, types.Array) and isinstance(getattr(value.type, "dtype", None), types.Record):
        if not isinstance(kind.dtype, types.Record):
            raise t.refuse(
                "a field of a structured array taken as an array",
                "what is stored in it is not followed",
                "read the field of one element, or use one plain array for each field",
            )
    return t.emit(operator.getitem, (value, index), kind)


def _typed_getitem(t, expr, kind):
    """An item of a tuple of several types, under a test that it is of this type."""
    value, index = t.read(expr.value), t.read(expr.index)
    members = t.kind_of(expr.value.name).types
    places = [k for k, member in enumerate(members) if types.unliteral(member) == types.unliteral(expr.dtype)]
    if isinstance(index, Const) or len(places) == 1:
        return value[index.value if isinstance(index, Const) else places[0]]
    if len(places) < len(members):
        order = tuple(Const(places.index(k) if k in places else 0, types.intp) for k in range(len(members)))
        index = t.emit(operator.getitem, (order, index), types.intp)
    return element(t, tuple(value[k] for k in places), index, kind, inside=True)


def _getattr(t, expr, kind):
    value, name = t.read(expr.value), expr.attr
    owner = types.unliteral(t.kind_of(expr.value.name))
    if isinstance(kind, types.BoundFunction):
        return Member(value, name)
    if isinstance(owner, types.Module):
        return constant(getattr(value.value, name), kind, f"{value.name}.{name}" if value.name else name)
    if isinstance(value, tuple) and hasattr(owner, "fields"):
        return value[owner.fields.index(name)]
    if isinstance(value, tuple) and name == "count":
        return Const(len(value), types.intp)
    if isinstance(owner, types.Array):
        return _array_attribute(t, value, owner, name, kind)
    if isinstance(owner, (types.Number, types.Boolean)) and name == "real" and not isinstance(owner, types.Complex):
        return value
    known = constant_of(kind)
    if known is not None:
        return known
    if (
        isinstance(value, Const)
        and not isinstance(kind, types.BoundFunction)
        and _plain(getattr(value.value, name, None))
    ):
        return constant(getattr(value.value, name), kind, name)
    return t.emit(getattr, (value, Const(name, types.unicode_type)), kind)


def _plain(value: Any) -> bool:
    return isinstance(value, (bool, int, float, complex, str))


def _array_attribute(t, value, owner, name, kind):
    if name == "T":
        return value if owner.ndim < 2 else t.emit(np.transpose, (value,), kind)
    if name in ("ndim", "itemsize"):
        known = {"ndim": owner.ndim, "itemsize": as_dtype(owner.dtype).itemsize}
        return Const(known[name], types.intp)
    if name == "dtype":
        return Const(as_dtype(owner.dtype), kind)
    if name == "flat":
        return Indices(shape_of(t, value), value, flat=True)
    if name in ("real", "imag"):
        return t.emit(getattr(np, name), (value,), kind)
    return t.emit(getattr, (value, Const(name, types.unicode_type)), kind)


def _cast(t, expr, kind):
    return t.convert_value(t.read(expr.value), types.unliteral(kind))


def _build_tuple(t, expr, kind):
    return tuple(t.read(item) for item in expr.items)


def _build_list(t, expr, kind):
    from .tree import build_list

    return t.emit(build_list, tuple(t.read(item) for item in expr.items), kind)


def _exhaust_iter(t, expr, kind):
    value = t.read(expr.value)
    if isinstance(value, tuple):
        return value
    sequence = as_sequence(t, value, types.unliteral(t.kind_of(expr.value.name)))
    return tuple(sequence.at(t, Const(i, types.intp)) for i in range(expr.count))


def _getiter(t, expr, kind):
    return getiter(t, t.read(expr.value), types.unliteral(t.kind_of(expr.value.name)))


def _pair_first(t, expr, kind):
    step: Step = t.read(expr.value)
    sequence = step.iterator.sequence
    return step.index if isinstance(sequence, Range) else sequence.at(t, step.index)


def _pair_second(t, expr, kind):
    step: Step = t.read(expr.value)
    return More(step.index, step.iterator.bounds, getattr(step.iterator.sequence, "mark", ()))


_HANDLERS = {
    "binop": _binop,
    "inplace_binop": _inplace_binop,
    "unary": _unary,
    "call": call,
    "getitem": _getitem,
    "static_getitem": _static_getitem,
    "typed_getitem": _typed_getitem,
    "getattr": _getattr,
    "cast": _cast,
    "build_tuple": _build_tuple,
    "build_list": _build_list,
    "exhaust_iter": _exhaust_iter,
    "getiter": _getiter,
    "iternext": lambda t, expr, kind: iternext(t, t.read(expr.value), kind),
    "pair_first": _pair_first,
    "pair_second": _pair_second,
    "undef": lambda t, expr, kind: UNDEFINED,
}
