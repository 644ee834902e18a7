"""Scalars and arrays inside nested types: flattening of tuples and NamedTuples, by type, into source expressions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from numba.core import types

from .types import primal_type


@dataclass(frozen=True)
class Leaf:
    """One scalar or array inside an argument or result.

    Parameters
    ----------
    path : str
        Source expression that reads it, such as `p[1][0]`.
    type : numba type
        Scalar or array type.
    """

    path: str
    type: types.Type

    @property
    def is_array(self) -> bool:
        return isinstance(self.type, types.Array)

    @property
    def size(self) -> str:
        """Source expression of its number of elements."""
        return f"{self.path}.size" if self.is_array else "1"

    @property
    def element(self) -> types.Type:
        """Type of the value of one element."""
        return primal_type(self.type.dtype if self.is_array else self.type)


def leaves(path: str, type_: types.Type) -> Iterator[Leaf]:
    """Scalars and arrays inside `type_`, whatever their kind."""
    type_ = types.unliteral(type_)
    if isinstance(type_, types.Omitted):
        from numba import typeof

        type_ = typeof(type_.value)
    if isinstance(type_, types.BaseTuple):
        for i, member in enumerate(type_.types):
            yield from leaves(f"{path}[{i}]", member)
    else:
        yield Leaf(path, type_)


def rebuild(type_: types.Type, parts: Iterator[str], constants: dict[str, object]) -> str:
    """Source expression of a value shaped like `type_` made of the given leaf expressions, in order.

    Classes of NamedTuples are added to `constants` under the name the expression uses.
    """
    if isinstance(type_, types.BaseTuple):
        members = ", ".join([rebuild(member, parts, constants) for member in type_.types])
        if isinstance(type_, types.BaseNamedTuple):
            name = f"make_{type_.instance_class.__name__}"
            while constants.setdefault(name, type_.instance_class) is not type_.instance_class:
                name += "_"
            return f"{name}({members})"
        return f"({members},)" if type_.types else "()"
    return next(parts)
