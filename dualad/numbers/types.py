"""The type of a number that carries derivatives, and the few facts that everything else asks of it.

One class serves every order. A number over no level is an ordinary float; each *level* adjoins `width` nilpotent
units, so one level is a dual number with `width` tangents and two levels are a hyper-dual number: value, `M` tangents,
`N` tangents and the `M x N` cross block. Levels carry a *tag*, one per nested derivative, so that an inner derivative
never mixes its tangents with those of an outer one (perturbation confusion; Siskind and Pearlmutter, 2005).
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from numba.core import types
from numba.core.typeconv import Conversion

#: Part of the type's name, hence of every symbol and cache key: change it whenever the layout in memory or in registers
#: changes, so that code kept by somebody's disk cache for another layout is never called.
LAYOUT = 2

#: Tag of a level of index sets instead of tangents (see `sets`): below those of all derivatives.
SETS = -1

#: Tag of a level of power series in one variable (see `series`), the lowest of all.
SERIES = -2

#: Tag of a level of cotangents of several outputs (see `linear`).
ROWS = -3

Level = tuple[int, int]
Subset = tuple[int, ...]


class DualType(types.Type):
    """A float or complex value with a block of derivatives for each non-empty set of levels.

    Parameters
    ----------
    value : numba float or complex type
        Type of the primal and of every derivative.
    levels : tuple of (tag, width)
        Sorted by tag; `width` is the number of directions carried at once.
    """

    #: how the layout in memory differs from that in registers
    in_memory = ""

    def __init__(self, value: types.Type, levels: tuple[Level, ...]) -> None:
        assert levels and list(levels) == sorted(levels)
        self.value, self.levels = value, levels
        described = ",".join(f"{tag}:{width}" for tag, width in levels)
        super().__init__(name=f"{self.in_memory}dual{LAYOUT}[{value};{described}]")

    @property
    def key(self):
        return self.value, self.levels

    @property
    def is_internal(self) -> bool:
        return True  # lets Numba fuse array expressions with such scalars in them

    @property
    def mangling_args(self):
        return f"{self.in_memory}dual{LAYOUT}", (self.value, *(item for level in self.levels for item in level))

    @property
    def tags(self) -> tuple[int, ...]:
        return tuple(tag for tag, _ in self.levels)

    @property
    def is_complex(self) -> bool:
        return isinstance(self.value, types.Complex)

    def subsets(self) -> Iterator[Subset]:
        """Sets of tags in memory order: the primal's empty set first."""
        for size in range(len(self.levels) + 1):
            yield from itertools.combinations(self.tags, size)

    def lanes(self, subset: Subset) -> int:
        """Width of the vectors that a block consists of: that of its last level, as directions are computed side by side.

        The coefficients of a series follow from one another, so that each is a vector by itself, of any order.
        """
        return 1 if subset in ((), (SERIES,)) else dict(self.levels)[subset[-1]]

    def vectors(self, subset: Subset) -> int:
        """Number of vectors in a block, row-major over the levels of `subset`."""
        widths = dict(self.levels)
        return math.prod(widths[tag] for tag in subset) // self.lanes(subset)

    def can_convert_from(self, typingctx, other):
        if isinstance(other, DualType):
            if not set(other.levels) <= set(self.levels):
                return None
            inner = typingctx.can_convert(other.value, self.value)
            return None if inner is None else max(inner, Conversion.safe)
        if isinstance(other, (types.Number, types.Boolean)):
            if isinstance(other, types.Complex) and not self.is_complex:
                return None
            inner = typingctx.can_convert(other, self.value)
            return None if inner is None else max(inner, Conversion.safe)
        return None

    def unify(self, typingctx, other):
        if isinstance(other, (types.Number, types.Boolean, DualType)):
            value = typingctx.unify_types(self.value, primal_type(other))
            if isinstance(value, (types.Float, types.Complex)):
                return dual_type(value, merge_levels([self, other]))
        return None


class CompactType(DualType):
    """The same number as the element of an array that holds a value and a direction for each: see `compact`."""

    in_memory = "compact_"

    def can_convert_from(self, typingctx, other):
        return None


class NotCompactError(Exception):
    """Code needs the reals of numbers side by side. No error of Numba's, which would try its own implementations next."""


class LevelsType(types.Opaque):
    """Numba type of a `Levels` constant: all of it is in the type."""

    def __init__(self, levels: tuple[Level, ...]) -> None:
        self.levels = levels
        super().__init__(name=f"levels[{','.join(f'{tag}:{width}' for tag, width in levels)}]")


@dataclass(frozen=True)
class Levels:
    """Levels as a constant that generated code hands to `lift`, `seed` and their relatives."""

    levels: tuple[Level, ...]

    @property
    def _numba_type_(self) -> LevelsType:
        return LevelsType(self.levels)


def dual_type(value: types.Type, levels: tuple[Level, ...]) -> types.Type:
    """The number over `levels`: the plain value type where there is none."""
    return DualType(value, levels) if levels else value


def primal_type(type_: types.Type) -> types.Type:
    """Type of the primal of a number; other types are returned as they are."""
    return type_.value if isinstance(type_, DualType) else type_


def merge_levels(given) -> tuple[Level, ...]:
    """Union of the levels of several scalar types, sorted by tag."""
    widths: dict[int, int] = {}
    for type_ in given:
        if isinstance(type_, DualType):
            for tag, width in type_.levels:
                # one derivative seeds one width, so two widths under a tag mean that two derivatives share it
                assert widths.setdefault(tag, width) == width, "one tag with two widths"
    return tuple(sorted(widths.items()))


def element_types(type_: types.Type) -> Iterator[types.Type]:
    """All scalar types inside `type_`: of array elements, of members of tuples, of items of lists, of optionals."""
    if isinstance(type_, types.Array):
        yield from element_types(type_.dtype)
    elif isinstance(type_, types.BaseTuple):
        for member in type_.types:
            yield from element_types(member)
    elif isinstance(type_, (types.List, types.ListType, types.Set)):
        yield from element_types(type_.dtype)
    elif isinstance(type_, types.DictType):
        yield from element_types(type_.key_type)
        yield from element_types(type_.value_type)
    elif isinstance(type_, types.Optional):
        yield from element_types(type_.type)
    elif isinstance(type_, types.StarArgTuple | types.StarArgUniTuple):
        for member in type_.types:
            yield from element_types(member)
    elif isinstance(type_, types.DType):
        yield from element_types(type_.dtype)
    else:
        yield type_


def levels_in(given) -> tuple[Level, ...]:
    """Union of the levels of every number inside the types of `given`."""
    return merge_levels(itertools.chain.from_iterable(element_types(type_) for type_ in given))


def carries_duals(type_: types.Type) -> bool:
    """Whether any number inside `type_` carries derivatives."""
    return any(isinstance(inner, DualType) for inner in element_types(type_))


def lifted_type(type_: types.Type, levels: tuple[Level, ...]) -> types.Type:
    """`type_` with every float or complex inside it carrying `levels`; what cannot is left as it is."""
    if isinstance(type_, CompactType) and set(levels) <= set(type_.levels):
        return type_
    if isinstance(type_, DualType):
        return dual_type(type_.value, tuple(sorted(set(type_.levels) | set(levels))))
    if isinstance(type_, (types.Float, types.Complex)):
        return dual_type(type_, levels)
    if isinstance(type_, types.Array):
        layout = type_.layout if type_.layout in "CF" else "A"
        return types.Array(lifted_type(type_.dtype, levels), type_.ndim, layout, readonly=not type_.mutable)
    if isinstance(type_, types.BaseTuple):
        members = [lifted_type(member, levels) for member in type_.types]
        return types.BaseTuple.from_types(members, getattr(type_, "instance_class", None))
    if isinstance(type_, types.List):
        return types.List(lifted_type(type_.dtype, levels), reflected=False)
    return type_


def plain_type(type_: types.Type) -> types.Type:
    """`type_` as it is without any derivatives: what the user's function would see."""
    type_ = types.unliteral(type_)
    if isinstance(type_, DualType):
        return type_.value
    if isinstance(type_, types.Array) and isinstance(type_.dtype, DualType):
        return type_.copy(dtype=type_.dtype.value)
    if isinstance(type_, types.BaseTuple) and carries_duals(type_):
        return types.BaseTuple.from_types(list(map(plain_type, type_.types)), getattr(type_, "instance_class", None))
    if isinstance(type_, types.List) and carries_duals(type_):
        return types.List(plain_type(type_.dtype), reflected=False)
    return type_


def without_level(type_: types.Type, tag: int) -> types.Type:
    """Type of one derivative, by a direction of a level, of a number of type `type_`; and of its primal."""
    if not isinstance(type_, DualType):
        return type_
    return dual_type(type_.value, tuple(level for level in type_.levels if level[0] != tag))


def in_words(text: str) -> str:
    """A message of Numba's without the internal names of these types."""
    return re.sub(r"(?:compact_)?dual\d+\[([a-z0-9]+);[-0-9:,]+\]", r"\1 with derivatives", text)
