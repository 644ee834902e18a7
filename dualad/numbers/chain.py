"""The chain rule for numbers over any set of levels: all that differs between Dual, HyperDual and higher orders.

Let `e` be the unit of the last level, so that an argument is `x_i = a_i + b_i e` with `a_i`, `b_i` over the levels below.
Then

    f(x) = f(a) + e * sum_i  (d_i f)(a) * b_i,

where `(d_i f)(a)` is again a function of a number over the levels below, with partials of its own. Recursion ends at no
level, where a partial is a plain float, or at a level of power series, whose chain rule is in `series`. So one level needs
first partials, two levels need second ones (and give the cross block `sum_i d_i f * b_i[ab] + sum_ij d_ij f * a_i x b_j`),
and nothing here knows how many there are.
A level of index sets is lowest; its part of a product is a set and sums are unions.
Reference: Griewank and Walther, Evaluating Derivatives (2008), ch. 13; Fike and Alonso, AIAA 2011-886.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .model import Coefficients
from .types import SERIES, SETS, Subset

#: A partial as emitted: a Python number where it is known when compiling, else an LLVM scalar of the field.
Scalar = Any


class Chain:
    """Applies one rule to arguments given as coefficients.

    Parameters
    ----------
    builder : llvmlite IRBuilder
    field : RealField or ComplexField
    widths : dict of tag -> width
    partial : callable
        `partial(indices)` gives the partial derivative by the arguments `indices`, at the primals; a Python 0 where it
        vanishes identically.
    strong_zero : bool
        Whether seed times partial is 0 when either is exactly 0, whatever the other one is (CONVENTIONS).
    series : callable, optional
        `series(indices)` gives the coefficients of that partial along the variable of a level of series.
    """

    def __init__(
        self,
        builder,
        field,
        widths,
        partial: Callable[[tuple[int, ...]], Scalar],
        strong_zero: bool,
        series: Callable[[tuple[int, ...]], list | None] | None = None,
    ) -> None:
        self.builder, self.field, self.widths = builder, field, widths
        self.partial, self.strong_zero, self.series = partial, strong_zero, series
        self._splats: dict = {}
        self._applied: dict = {}

    def apply(self, arguments: Sequence[Coefficients], tags: tuple[int, ...], indices=()) -> Coefficients:
        """Coefficients of the derivative of f by the arguments `indices`, over the levels `tags`."""
        key = tags, indices
        if key not in self._applied:
            self._applied[key] = self._apply(arguments, tags, indices)
        return self._applied[key]

    def _apply(self, arguments, tags, indices):
        if not tags:
            partial = self.partial(indices)
            return {} if _is_constant(partial) and partial == 0 else {(): [partial]}
        if tags == (SERIES,):
            assert self.series is not None
            coefficients = self.series(indices)
            known = self.apply(arguments, (), indices)
            return known if coefficients is None else {**known, tags: coefficients}
        below, last = tags[:-1], tags[-1]
        result = dict(self.apply(arguments, below, indices))
        for i, argument in enumerate(arguments):
            seeds = {s: vectors for s, vectors in argument.items() if last in s}
            if not seeds:
                continue
            # canonical order of differentiation: partials commute, so each mixed one is emitted once
            partial = self.apply(arguments, below, tuple(sorted((*indices, i))))
            for (a, scalars), (b, vectors) in itertools.product(partial.items(), seeds.items()):
                if set(a) <= set(tags) and set(a) & set(b) <= {SERIES} and set(b) <= set(tags):
                    self._add_product(result, a, scalars, b, vectors)
        return result

    def _add_product(self, result, a: Subset, scalars, b: Subset, vectors) -> None:
        """Add the outer product of block `a` of a partial and block `b` of a seed, which holds the last tag."""
        both = tuple(sorted({*a, *b}))
        total = result.setdefault(both, [None] * len(self._units(both[:-1])))
        for position, units in enumerate(self._units(both[:-1])):
            for of_a, of_b in _splits(a, b, dict(zip(both[:-1], units, strict=True))):
                factor = self._scalar(scalars, a, [of_a[tag] for tag in a])
                vector = vectors[self._position(b[:-1], [of_b[tag] for tag in b[:-1]])]
                if factor is None or vector is None:
                    continue
                if SETS in both:
                    term = self._of_set(a, factor, vector, self.widths[both[-1]])
                    add = self.field.union
                else:
                    term = self._scaled(factor, vector, self.widths[both[-1]])
                    add = self.field.add
                total[position] = term if total[position] is None else add(self.builder, total[position], term)

    def _of_set(self, a: Subset, factor, vector, width):
        """The set of a product: that of the factor which has one, whatever the other one is."""
        found = self._splat(factor, width) if SETS in a else vector
        return self.field.union(self.builder, found, found)

    def _scaled(self, factor, vector, width):
        """`factor * vector`, without a multiplication where the factor is 1 or -1."""
        if _is_constant(factor):
            if factor == 1:
                return vector
            if factor == -1:
                return self.field.neg(self.builder, vector)
            return self.field.mul(self.builder, self.field.constant(vector, factor), vector)
        spread = self._splat(factor, width)
        product = self.field.mul(self.builder, spread, vector)
        if not self.strong_zero or self.field.is_ordinary(factor):
            return product
        for side in (spread, vector):
            product = self.field.zero_where(self.builder, self.field.is_zero(self.builder, side), product)
        return product

    def _scalar(self, blocks, subset: Subset, units):
        """The entry of a block at the given units, as a scalar."""
        if not subset:
            return blocks[0]
        if subset == (SERIES,):
            return blocks[units[0]]
        vector = blocks[self._position(subset[:-1], units[:-1])]
        if vector is None:
            return None
        key = id(vector), units[-1]
        if key not in self._splats:
            self._splats[key] = vector, self.field.lane(self.builder, vector, units[-1])
        return self._splats[key][1]

    def _splat(self, factor, width):
        key = id(factor), -width
        if key not in self._splats:
            self._splats[key] = factor, self.field.splat(self.builder, factor, width)
        return self._splats[key][1]

    def _units(self, subset: Subset) -> list[tuple[int, ...]]:
        return list(itertools.product(*(range(self.widths[tag]) for tag in subset)))

    def _position(self, subset: Subset, units) -> int:
        position = 0
        for tag, unit in zip(subset, units, strict=True):
            position = position * self.widths[tag] + unit
        return position


def _is_constant(value: Scalar) -> bool:
    return isinstance(value, (int, float, complex))


def _splits(a: Subset, b: Subset, units: dict[int, int]) -> Iterator[tuple[dict[int, int], dict[int, int]]]:
    """Units of two factors whose product has the given units: all ways to split the order where both are series."""
    if SERIES not in a or SERIES not in b:
        yield units, units
        return
    last = units[SERIES]  # unit u stands for order u + 1
    for unit in range(last):
        yield {**units, SERIES: unit}, {**units, SERIES: last - 1 - unit}
