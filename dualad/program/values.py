"""What names stand for while a function is translated: operands, nested tuples of them, and things that never run.

A tuple is a Python tuple of the values of its members, whatever its kind, so that no variable holds one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numba import typeof
from numba.core import types
from numba.np.numpy_support import as_dtype

from .graph import UNDEFINED
from .tree import Const, Operand

__all__ = ["Failure", "Member", "constant", "constant_of", "conversion", "flat", "parts", "shaped", "zero"]


@dataclass(frozen=True)
class Member:
    """`value.name` that is about to be called."""

    value: Any
    name: str


@dataclass(frozen=True)
class Failure:
    """An exception object on its way to `raise`."""

    kind: Any
    args: tuple[Any, ...]


def constant(value: Any, kind: Any, name: str = "") -> Any:
    """The value of a constant; one of each member for a tuple."""
    kind = types.unliteral(kind)
    if isinstance(kind, types.BaseTuple):
        return tuple(
            constant(v, k, f"{name}[{i}]" if name else "")
            for i, (v, k) in enumerate(zip(value, kind.types, strict=True))
        )
    return Const(value, kind, name)


def constant_of(kind: Any) -> Const | None:
    """The only value that a type has, for types of functions, classes, modules, literals and None."""
    value: Any
    match kind:
        case types.RecursiveCall():
            value = kind.dispatcher_type.dispatcher
        case types.Dispatcher():
            value = kind.dispatcher
        case types.Function():
            value = kind.typing_key
        case types.NumberClass():
            value = as_dtype(kind.instance_type).type
        case types.DType():
            value = as_dtype(kind.dtype)
        case types.NamedTupleClass():
            value = kind.instance_class
        case types.Module():
            value = kind.pymod
        case types.ExceptionClass():
            value = kind.exc_class
        case types.ClassType():
            value = kind.class_type if hasattr(kind, "class_type") else kind
        case types.NoneType() | types.misc.NoneType():
            value = None
        case types.Omitted():
            value = kind.value
        case types.Literal():
            value = kind.literal_value
        case types.EllipsisType():
            value = ...
        case _:
            return None
    return Const(value, typeof(value) if isinstance(kind, types.Omitted) else types.unliteral(kind))


def shaped(kind: Any, make: Callable[[Any, str], Any], name: str) -> Any:
    """A value of a type, `make(type, name)` wherever there is something to store."""
    kind = kind if isinstance(kind, types.Literal) and constant_of(kind) is None else types.unliteral(kind)
    if isinstance(kind, types.BaseTuple):
        fields = getattr(kind, "fields", None) or range(len(kind.types))
        return tuple(shaped(k, make, f"{name}_{field}") for field, k in zip(fields, kind.types, strict=True))
    known = constant_of(kind)
    return make(kind, name) if known is None else known


def flat(value: Any) -> list[Operand]:
    """The operands in a value, in order."""
    if isinstance(value, tuple):
        return [operand for part in value for operand in flat(part)]
    return [value]


def parts(value: Any, kind: Any) -> list[tuple[Operand, Any]]:
    """What there is to store in a value of a type: operands, each with the type it is stored as."""
    kind = types.unliteral(kind)
    if isinstance(kind, types.BaseTuple):
        if value is UNDEFINED:
            value = (UNDEFINED,) * len(kind.types)
        return [part for v, k in zip(value, kind.types, strict=True) for part in parts(v, k)]
    return [] if constant_of(kind) is not None else [(value, kind)]


def zero(kind: Any) -> Operand:
    """What Numba finds in a variable that no statement has assigned; nothing for arrays and other objects."""
    if isinstance(kind, types.Boolean):
        return Const(False, kind)
    if isinstance(kind, types.Number):
        return Const(_converter(kind)(0), kind)
    return UNDEFINED


def conversion(operand: Operand, kind: Any) -> Callable[..., Any] | None:
    """The function that makes an operand a number of a type; None where there is nothing to do."""
    given = operand.type
    if not isinstance(kind, (types.Number, types.Boolean)) or given == kind:
        return None
    if not isinstance(given, (types.Number, types.Boolean)):
        return None
    return _converter(kind)


def _converter(kind: Any) -> Callable[..., Any]:
    """float, int, complex and bool where a Python number has the type, else NumPy's scalar class."""
    python = {types.float64: float, types.intp: int, types.complex128: complex, types.boolean: bool}
    return python.get(kind) or as_dtype(kind).type
