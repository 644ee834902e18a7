"""Which arrays have equal lengths, as far as the way they are made tells.

Every length gets a key: equal keys mean equal lengths at each place of the program where both can be asked for. A key is a
whole number, a variable that arrays were made with, or an array with one of its axes.
"""

from __future__ import annotations

import operator
from functools import cached_property
from typing import Any

import numpy as np
from numba.core import types

from ..program.tree import Const, Copy, Op, Slice, Var
from .absorb import axis_of_sum, is_elementwise, is_sum
from .memory import is_array, is_full_slice
from .places import Places

__all__ = ["Shapes"]

Key = Any

_MADE = (np.zeros, np.empty, np.ones, np.full)
_LIKE = (np.zeros_like, np.empty_like, np.ones_like, np.full_like, np.copy, np.ascontiguousarray, np.asarray)
_PASSES = 4  # with more, time could grow with the square of the length of a program
_PRODUCTS = (np.dot, np.matmul, operator.matmul)


class Shapes:
    """Keys of lengths.

    Parameters
    ----------
    places : Places
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self._known: dict[Var, tuple[Key, ...]] = {}
        #: lengths of joined arrays that are assumed to be always the same
        self._assumed: dict[Var, tuple[Key, ...]] = {}

    def of(self, array: Var) -> tuple[Key, ...]:
        """The lengths of the axes of an array."""
        if array not in self._known:
            self._known[array] = self._of(array)
        return self._known[array]

    def number(self, operand: Any) -> Key:
        """What a whole number is, as a length."""
        if isinstance(operand, Const):
            return operand.value if type(operand.value) is int else object()
        if not isinstance(operand, Var) or self.places.is_joined(operand):
            return object()
        op = self._maker(operand)
        if op is None or not op.args or not isinstance(op.args[0], Var):
            return operand
        source = op.args[0]
        if op.function is operator.getitem and isinstance(op.args[1], Const):
            lengths = self._shape(source)
            return operand if lengths is None else lengths[op.args[1].value]
        if is_array(source) and source.type.ndim:
            one = op.function is getattr and op.args[1].value == "size" and source.type.ndim == 1
            if one or op.function is len:
                return self.of(source)[0]
        return operand

    def part(self, array: Var, position: Any) -> tuple[Key, ...] | None:
        """The lengths of `array[position]`; None if there is more in the position than whole numbers, slices and new axes."""
        lengths = list(self.of(array))
        found: list[Key] = []
        for part in position if isinstance(position, tuple) else (position,):
            if isinstance(part, Slice):
                length = lengths.pop(0)
                found.append(length if is_full_slice(part) else object())
            elif isinstance(part, Const) and part.value is None:
                found.append(1)
            elif isinstance(getattr(part, "type", None), types.Integer):
                lengths.pop(0)
            else:
                return None
        return (*found, *lengths)

    def _maker(self, var: Var) -> Op | None:
        made = self.places.definition.get(var, [])
        return made[0] if len(made) == 1 and isinstance(made[0], Op) else None

    def _shape(self, var: Var) -> tuple[Key, ...] | None:
        """The lengths that `a.shape` holds."""
        op = self._maker(var)
        if op is None or op.function is not getattr or op.args[1].value != "shape" or not is_array(op.args[0]):
            return None
        return self.of(op.args[0])

    @cached_property
    def steady(self) -> frozenset[Var]:
        """Joined arrays that are of one shape however often they are assigned.

        All are assumed to be, of the shape that they are given first; those that are given another one are left out, and so
        those that depend on them.
        """
        joined = {
            var: self._sources(var) for var in self.places.definition if is_array(var) and self.places.is_joined(var)
        }
        found = Shapes(self.places)
        wrong = {var for var, sources in joined.items() if not sources}
        for _ in range(_PASSES):
            found._known, found._assumed = {}, {}
            for var, sources in joined.items():
                if var not in wrong and self._may_be_steady(var, keys := found.of(sources[0])):
                    found._assumed[var] = keys
                    found._known.pop(var, None)
            left = found._assumed
            bad = {var for var, keys in left.items() if any(found.of(source) != keys for source in joined[var])}
            if not bad:
                return frozenset(left)
            wrong |= bad
        return frozenset()

    def _sources(self, var: Var) -> list[Var]:
        """What copies give a joined array; nothing where anything else assigns it."""
        found = []
        for site in self.places.definition[var]:
            source = site.sources[site.targets.index(var)] if isinstance(site, Copy) else None
            if not isinstance(source, Var) or not is_array(source):
                return []
            found.append(source)
        return found

    def _may_be_steady(self, var: Var, keys: tuple[Key, ...]) -> bool:
        """Whether lengths are the same for as long as the array is there: what they are called after is not assigned meanwhile."""
        home = self.places.home[var]
        names = [key[0] if isinstance(key, tuple) else key for key in keys]
        return all(
            type(name) is int or (isinstance(name, Var) and home.inside(self.places.home[name])) for name in names
        )

    def _of(self, array: Var) -> tuple[Key, ...]:
        if array in self._assumed:
            return self._assumed[array]
        if self.places.is_joined(array):
            return tuple(object() for _ in range(array.type.ndim))  # its lengths may change
        own = tuple((array, axis) for axis in range(array.type.ndim))
        op = self._maker(array)
        found = None if op is None or array in self.places.parameters else self._made(op)
        if found is None or len(found) != len(own):
            return own
        # a length that nobody knows is that of this array
        return tuple(mine if type(key) is object else key for key, mine in zip(found, own, strict=True))

    def _made(self, op: Op) -> tuple[Key, ...] | None:
        function, args = op.function, op.args
        if function in _MADE and args:
            return self._given(args[0])
        if not args or not is_array(args[0]):
            return self._broadcast(op) if is_elementwise(op) else None
        first = self.of(args[0])
        if is_elementwise(op):
            return self._broadcast(op)
        if function in _LIKE:
            return first
        if is_sum(op):
            axis = axis_of_sum(op)
            return () if axis is None else (*first[:axis], *first[axis + 1 :])
        if function in _PRODUCTS and len(args) == 2 and is_array(args[1]) and max(len(first), args[1].type.ndim) <= 2:
            return (*first[:-1], *self.of(args[1])[1:])
        if function is operator.getitem:
            return self.part(args[0], args[1])
        is_transposed = function is np.transpose and len(args) == 1 and not op.kwargs
        if is_transposed or (function is getattr and args[1].value == "T"):
            return first[::-1]
        if function is np.reshape and len(args) == 2:
            # a number may be -1, a length may not
            given = self._given(args[1])
            sure = [isinstance(key, tuple) or (type(key) is int and key >= 0) for key in given or ()]
            return given if all(sure) else None
        return None

    def _given(self, shape: Any) -> tuple[Key, ...] | None:
        """The lengths that an array is made with."""
        if isinstance(shape, Var) and not isinstance(shape, tuple):
            lengths = self._shape(shape)
            if lengths is not None:
                return lengths
        return tuple(self.number(part) for part in (shape if isinstance(shape, tuple) else (shape,)))

    def _broadcast(self, op: Op) -> tuple[Key, ...]:
        assert op.result is not None
        rank = op.result.type.ndim
        found: list[Key] = []
        for axis in range(rank):
            keys = {
                self.of(part)[axis - rank + part.type.ndim]
                for part in op.args
                if is_array(part) and part.type.ndim >= rank - axis
            } - {1}
            found.append(keys.pop() if len(keys) == 1 else object() if keys else 1)
        return tuple(found)
