"""Memory layout of a number, and its coefficients as LLVM values.

The layout is a packed struct: the primal, then for each non-empty set of levels its vectors (`<N x double>` over the
last level of the set, a plain `double` for N = 1 and for each coefficient of a series; one for each combination of units
of the other levels). A complex number keeps real and imaginary parts apart (two entries for each one of a real number), so
that every vector is one of reals.
Value and data type are equal and nothing is padded: n numbers are `(1 + N)` reals each, side by side, which NumPy reads
as a structured dtype and BLAS as a matrix.
"""

from __future__ import annotations

import itertools

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.datamodel import register_default
from numba.core.datamodel.models import DataModel, OpaqueModel

from .field import lanes_type
from .types import DualType, LevelsType, Subset

#: Coefficients of a number: set of tags -> its vectors; the primal is `coefficients[()][0]`.
#: A set that is absent is a block of zeros known when compiling. A complex entry is a pair (real, imaginary).
Coefficients = dict[Subset, list]


def real_llvm(value: types.Type) -> ir.Type:
    """LLVM type of one real of a float or complex type."""
    base = value.underlying_float if isinstance(value, types.Complex) else value
    return ir.FloatType() if base == types.float32 else ir.DoubleType()


def field_types(dual: DualType) -> list[ir.Type]:
    """LLVM types of the struct's entries, in memory order."""
    real, parts = real_llvm(dual.value), 2 if dual.is_complex else 1
    fields: list[ir.Type] = []
    for subset in dual.subsets():
        fields += [lanes_type(real, dual.lanes(subset))] * (parts * dual.vectors(subset))
    return fields


def first_field(dual: DualType, wanted: Subset) -> int:
    """Position in the struct of the first entry of a block."""
    parts, before = 2 if dual.is_complex else 1, itertools.takewhile(lambda subset: subset != wanted, dual.subsets())
    return sum(parts * dual.vectors(subset) for subset in before)


def element_dtype(dual: DualType) -> np.dtype:
    """NumPy dtype of one number: a structured `(value, rest[...])` with the reals in memory order."""
    base = dual.value.underlying_float if dual.is_complex else dual.value
    scalar = np.dtype(str(base))
    parts = 2 if dual.is_complex else 1
    total = sum(parts * dual.vectors(s) * dual.lanes(s) for s in dual.subsets())
    return np.dtype([("value", scalar, (parts,)), ("tangents", scalar, (total - parts,))])


@register_default(DualType)
class DualModel(DataModel):
    """Numba's view of the layout: one struct as value and data, its entries as separate arguments."""

    def __init__(self, dmm, fe_type):
        super().__init__(dmm, fe_type)
        self._fields = tuple(field_types(fe_type))
        self._struct = ir.LiteralStructType(self._fields, packed=True)

    def get_value_type(self):
        return self._struct

    def get_argument_type(self):
        return self._fields

    def as_data(self, builder, value):
        return value

    from_data = as_return = from_return = as_data

    def as_argument(self, builder, value):
        return tuple(builder.extract_value(value, i) for i in range(len(self._fields)))

    def from_argument(self, builder, value):
        return _insert_all(builder, self._struct, value)


register_default(LevelsType)(OpaqueModel)


def _insert_all(builder, struct, entries):
    value = ir.Constant(struct, ir.Undefined)
    for i, entry in enumerate(entries):
        value = builder.insert_value(value, entry, i)
    return value


def unpack(builder, dual: DualType, value) -> Coefficients:
    """Coefficients of the LLVM value of a number."""
    entries = iter([builder.extract_value(value, i) for i in range(len(field_types(dual)))])
    read = (lambda: (next(entries), next(entries))) if dual.is_complex else (lambda: next(entries))
    return {subset: [read() for _ in range(dual.vectors(subset))] for subset in dual.subsets()}


def pack(builder, dual: DualType, coefficients: Coefficients):
    """LLVM value of a number; absent blocks become zeros."""
    fields = field_types(dual)
    entries: list = []
    for subset in dual.subsets():
        zero = [(None, None) if dual.is_complex else None] * dual.vectors(subset)
        for vector in coefficients.get(subset, zero):
            for part in vector if dual.is_complex else (vector,):
                entries.append(ir.Constant(fields[len(entries)], None) if part is None else part)
    return _insert_all(builder, ir.LiteralStructType(fields, packed=True), entries)
