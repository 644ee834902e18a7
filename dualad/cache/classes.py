"""Classes that compiled code may refer to: NamedTuples, enumerations and exceptions.

A class that other processes can import is pickled by its name. One that lives in a script or inside a
function is pickled by value, and would come back from the cache as a copy: `isinstance` fails, and Numba
takes the two for different types. The pickler knows such classes by an identifier, random unless set, so the
cache sets it to one that follows from the definition of the class: then the class of the running program is
found again.
"""

from __future__ import annotations

import sys
from collections import namedtuple
from enum import Enum
from types import FunctionType
from typing import Any

from numba.cloudpickle import cloudpickle

__all__ = ["adopt", "describe", "importable"]

# Attributes that Python gives to every class of a kind: they follow from the rest of the description.
_EVERYWHERE = {"__annotate__", "__annotate_func__", "__annotations__", "__annotations_cache__"}
_EVERYWHERE |= {"__orig_bases__", "__firstlineno__", "__static_attributes__", "__doc__"}
for _plain in (Enum("Plain", "a"), namedtuple("Plain", "a"), type("Plain", (Exception,), {})):
    _EVERYWHERE |= set(vars(_plain)) - {"a"}
_GENERATORS = {"collections", "enum", "typing"}  # modules whose functions are methods of such classes


def importable(cls: type) -> bool:
    """Whether other processes find the class under the name of its module."""
    found: object = sys.modules.get(cls.__module__)
    for part in cls.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is cls and cls.__module__ != "__main__"


def describe(cls: Any) -> tuple[object, ...] | None:
    """Everything about a class that compiled code may depend on; None for other kinds of classes."""
    described: list[object] = [cls.__module__, cls.__qualname__]
    if issubclass(cls, Enum):
        described += ["enum", [(member.name, member.value) for member in cls]]
    elif issubclass(cls, tuple) and hasattr(cls, "_fields"):
        described += ["namedtuple", cls._fields, cls._field_defaults]
    elif issubclass(cls, BaseException):
        described += ["exception"]
    else:
        return None
    if not importable(cls):
        described += [cls.__bases__, _own_contents(cls)]
    return tuple(described)


def adopt(cls: type, identifier: str) -> None:
    """Make copies of the class in pickles with this identifier come back as the class itself."""
    with cloudpickle._DYNAMIC_CLASS_TRACKER_LOCK:
        cloudpickle._DYNAMIC_CLASS_TRACKER_BY_CLASS[cls] = identifier
        cloudpickle._DYNAMIC_CLASS_TRACKER_BY_ID[identifier] = cls


def _own_contents(cls: Any) -> list[object]:
    """Methods and attributes that the user wrote into a class: they travel with it."""
    contents: list[object] = [repr(vars(cls).get("__annotations__"))]
    structure = {*getattr(cls, "_fields", ()), *getattr(cls, "__members__", ())}
    for name, value in vars(cls).items():
        functions = _functions(value)
        written = [part for part in functions if part.__globals__.get("__name__") not in _GENERATORS]
        if written and not name.startswith("__annot"):
            contents += [name, written]
        elif not (functions or name in structure or name in _EVERYWHERE):
            contents += [name, value]
    return contents


def _functions(value: Any) -> list[FunctionType]:
    """The functions that a method, a property or a class method is made of."""
    parts = [value, *(getattr(value, part, None) for part in ("__func__", "fget", "fset", "fdel"))]
    return [part for part in parts if isinstance(part, FunctionType)]
