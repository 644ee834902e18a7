"""The node types of the rule table's expressions: immutable, and one object per expression.

Every node is interned: building the same expression twice gives the same object. So equality is identity,
hashing costs nothing however deep an expression is, and whatever reads expressions (emitters, the chain rule)
shares work by object.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

__all__ = ["Call", "Compare", "Const", "Expr", "Logic", "Name", "Select"]

_INTERNED: dict[Hashable, Any] = {}


class _Interned(type):
    """Metaclass of the nodes: calling a class with known fields returns the node that exists."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        node = super().__call__(*args, **kwargs)
        # setdefault is atomic, so two threads that build one expression at once agree on its node.
        return _INTERNED.setdefault((cls, node.key()), node)


@dataclass(frozen=True, eq=False)
class Expr(metaclass=_Interned):
    """Base class of the nodes."""

    def key(self) -> Hashable:
        """What tells this node from others of its class; its parts are interned already."""
        return self._parts()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._parts()

    def _parts(self) -> tuple[Any, ...]:
        names: tuple[str, ...] = self.__match_args__
        return tuple([getattr(self, name) for name in names])


@dataclass(frozen=True, eq=False)
class Const(Expr):
    """A real number, NaN and the infinities included."""

    value: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", float(self.value))

    def key(self) -> Hashable:
        # 0.0 == -0.0 and nan != nan, but here 0.0 and -0.0 are two constants and NaN is one.
        return "nan" if math.isnan(self.value) else (self.value, math.copysign(1.0, self.value))


@dataclass(frozen=True, eq=False)
class Name(Expr):
    """An argument of the rule, its result `r`, or one of its setup names."""

    id: str


@dataclass(frozen=True, eq=False)
class Call(Expr):
    """A primitive, arithmetic included, by the name of its rule (`sin`, `add`), applied to expressions."""

    op: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, eq=False)
class Compare(Expr):
    """A comparison: `<`, `<=`, `>`, `>=`, `==` or `!=`."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, eq=False)
class Logic(Expr):
    """`and`, `or` over two or more conditions, `not` over one."""

    op: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, eq=False)
class Select(Expr):
    """`if_true if cond else if_false`; the value that is not chosen plays no part in the result."""

    cond: Expr
    if_true: Expr
    if_false: Expr
