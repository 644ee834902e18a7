"""Between Numba's values and entries of a field; and calls of Numba's own functions on primals.

A Numba complex number is a struct, an entry of the complex field a pair of LLVM values; real numbers are the same in both.
"""

from __future__ import annotations

import re
from functools import cache

from llvmlite import ir
from numba.core import types
from numba.core.errors import NumbaError

from .field import ComplexField, RealField, with_bits_in
from .model import real_llvm
from .types import SETS, DualType, primal_type


def field_of(value: types.Type):
    """The field that derivatives of a float or complex value live in."""
    return ComplexField if isinstance(value, types.Complex) else RealField


def to_entry(context, builder, value: types.Type, number):
    """LLVM value of a Numba float or complex as an entry of a field."""
    if isinstance(value, types.Complex):
        parts = context.make_complex(builder, value, value=number)
        return parts.real, parts.imag
    return number


def from_entry(context, builder, value: types.Type, entry):
    """Inverse of `to_entry`."""
    if isinstance(value, types.Complex):
        parts = context.make_complex(builder, value)
        parts.real, parts.imag = entry
        return parts._getvalue()
    return entry


def convert(context, builder, source: types.Type, target: types.Type, coefficients):
    """Coefficients over the value type `source` as coefficients over `target` (wider float, or complex)."""
    if source == target:
        return coefficients
    wanted = real_llvm(target)

    def real(entry, subset):
        if SETS in subset:
            return with_bits_in(builder, entry, wanted)
        kind = ir.VectorType(wanted, entry.type.count) if isinstance(entry.type, ir.VectorType) else wanted
        if entry.type == kind:
            return entry
        return builder.fpext(entry, kind) if wanted == ir.DoubleType() else builder.fptrunc(entry, kind)

    def entry(vector, subset):
        if isinstance(source, types.Complex):
            return tuple(real(part, subset) for part in vector)
        vector = real(vector, subset)
        return (vector, ir.Constant(vector.type, None)) if isinstance(target, types.Complex) else vector

    return {subset: [entry(vector, subset) for vector in vectors] for subset, vectors in coefficients.items()}


def is_scalar(type_: types.Type) -> bool:
    return isinstance(type_, (DualType, types.Number, types.Boolean))


def scalar_signature(typing_context, key, arguments):
    """Numba's signature of the same call on the primals, or None where Numba has none."""
    function = typing_context.resolve_value_type(key)
    try:
        return typing_context.resolve_function_type(function, tuple(map(primal_type, arguments)), {})
    except NumbaError:
        return None


def call_on_primals(context, builder, function, given, arguments):
    """Call a function that Numba supports on LLVM values of the types `given`; gives the result and its type.

    A literal argument stays literal, so that the call takes the path that it takes in the user's own function.
    """
    function_type = context.typing_context.resolve_value_type(function)
    primal = function_type.get_call_type(context.typing_context, tuple(given), {})
    if len(primal.args) != len(arguments):  # defaults are filled in: let Numba lower the call as it stands
        call = _caller(function, len(arguments))
        return context.compile_internal(builder, call, primal.return_type(*given), arguments), primal.return_type
    cast = [
        argument if isinstance(wanted, types.Literal) else context.cast(builder, argument, kind, wanted)
        for argument, kind, wanted in zip(arguments, given, primal.args, strict=True)
    ]
    return context.get_function(function_type, primal)(builder, cast), primal.return_type


@cache
def _caller(function, count: int):
    names = ", ".join(f"a{i}" for i in range(count))
    namespace = {"function": function}
    # Numba keeps what it compiled by the code alone, in which the global `function` does not show: the name tells
    called = re.sub(r"\W", "_", f"call_{getattr(function, '__module__', '')}_{function.__name__}")
    exec(f"def {called}({names}):\n    return function({names})\n", namespace)
    return namespace[called]
