"""Constructs that have no place in the region tree, and what to write instead."""

from __future__ import annotations

from typing import Any

from numba.core import ir, types

from ..errors import UnsupportedError
from .locate import Location
from .tree import operands

__all__ = ["carries_tangents", "refusal", "refused_call", "refused_dispatcher", "refused_store", "refused_variable"]

_GENERATOR = ("a generator", "its values are computed as they are asked for", "return an array, or write a loop")
_TRY = ("try and except", "which of its statements ran cannot be known afterwards", "test the condition with `if`")
_SET = ("a set", "its elements have no positions", "use an array or a tuple")
_DICT = ("a dict", "the places of its entries are not known when compiling", "use arrays, a tuple or a NamedTuple")
_ATTRIBUTE = (
    "an assignment to an attribute",
    "fields of objects are not followed",
    "keep the value in a variable or in an array",
)
_ANY = ("this construct", "reverse mode has no form for it", "write it with loops, branches and arrays")


def refusal(statement: Any, where: Location) -> UnsupportedError:
    """Why a statement or expression of Numba's has no operation."""
    match statement:
        case ir.Yield():
            found = _GENERATOR
        case ir.TryRaise() | ir.StaticTryRaise() | ir.DynamicTryRaise() | ir.PopBlock():
            found = _TRY
        case ir.EnterWith():
            found = ("a with block", "reverse mode cannot run it backwards", "take it out of the function")
        case ir.Expr(op="build_set"):
            found = _SET
        case ir.Expr(op="build_map") | ir.StoreMap():
            found = _DICT
        case ir.SetAttr() | ir.DelAttr():
            found = _ATTRIBUTE
        case ir.DelItem():
            found = ("del of an element", "what it removes would be lost", "copy the elements that stay")
        case _:
            found = _ANY
    return UnsupportedError(*found, where.show())


def carries_tangents(kind: Any) -> bool:
    """Whether a type is that of the numbers of forward mode, or of arrays of them."""
    kind = getattr(kind, "dtype", kind)
    return hasattr(kind, "levels") and hasattr(kind, "value")


def holds_floats(kind: Any) -> bool:
    """Whether a value of a type is made of numbers that can have derivatives."""
    if isinstance(kind, types.BaseTuple):
        return any(map(holds_floats, kind.types))
    kind = getattr(kind, "dtype", kind)
    return isinstance(kind, (types.Float, types.Complex, types.Record))


def refused_store(t: Any, target: Any, value: Any) -> None:
    """Refuse floats that are put where derivatives cannot be kept.

    Raises
    ------
    UnsupportedError
    """
    kinds = [part.type for part in operands(value) if part.type is not None]
    if not any(map(holds_floats, kinds)):
        return
    if isinstance(target.type, types.DictType):
        raise t.refuse(*_DICT)
    if isinstance(getattr(target.type, "dtype", target.type), types.Record):
        raise t.refuse(
            "a float stored in a structured array", "its fields are not followed", "use one plain array for each field"
        )
    if not isinstance(target.type, (types.Array, types.List, types.ListType)):
        raise t.refuse(f"a float stored in {target.type}", "its contents are not followed", "use an array")


def refused_call(t: Any, function: Any, kind: Any) -> None:
    """Refuse calls that cannot be followed.

    Raises
    ------
    UnsupportedError
    """
    if getattr(function, "__module__", "") == "numba.core.unsafe.eh":
        raise t.refuse(*_TRY)
    if function is next:
        raise t.refuse("next()", "where an iterator stands depends on what ran before", "index an array")
    if isinstance(kind, types.ObjModeDispatcher):
        raise t.refuse(
            "a block in object mode", "what Python runs in it is not compiled", "take it out of the function"
        )
    if isinstance(kind, types.Dispatcher):
        refused_dispatcher(function, t.where)
    if isinstance(kind, (types.FunctionType, types.UndefinedFunctionType)):
        raise refused_variable(t, kind)
    if isinstance(kind, (types.ExternalFunction, types.ExternalFunctionPointer)):
        raise t.refuse(
            "a call of a function that is not Python", "its statements are not known", "give it a rule: `ad.custom_vjp`"
        )
    if isinstance(kind, types.ClassType):
        raise t.refuse("an object of a jitclass", "fields of objects are not followed", "use a NamedTuple or arrays")


def refused_variable(t: Any, kind: Any) -> UnsupportedError:
    """The refusal of a call of something that is known only when running."""
    if isinstance(kind, types.ClassInstanceType):
        return t.refuse("a call of an object of a jitclass", "fields of objects are not followed", "call a function")
    return t.refuse(
        "a call of a function that is chosen when running",
        "its statements are not known when compiling",
        "choose between calls with `if`",
    )


def refused_dispatcher(dispatcher: Any, where: Location) -> None:
    """Refuse jitted functions whose statements do not say all that they compute.

    Raises
    ------
    UnsupportedError
    """
    if getattr(dispatcher, "locals", None):
        raise UnsupportedError(
            f"`{dispatcher.py_func.__name__}`, whose decorator declares types of variables (locals=),",
            "the conversions that they cause are not followed",
            "convert in the function, by np.float32(x) for example",
            where.show(),
        )
