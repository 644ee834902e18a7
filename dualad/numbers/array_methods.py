"""Methods and attributes of arrays of numbers that Numba resolves by element type, which it does not know.

Numba's methods are either generic already (`reshape`, `copy`, `fill`, slices ...) or found through one
attribute table. The entries of `METHODS` come before that table, for arrays of numbers only: each method is a
call of a function.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import types
from numba.core.errors import NumbaTypeError
from numba.core.imputils import builtin_registry as lowering
from numba.core.imputils import impl_ret_borrowed
from numba.core.typing.npydecl import parse_dtype
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, signature
from numba.extending import overload
from numba.np.arrayobj import array_imag_part, array_real_part
from numba.np.numpy_support import as_dtype

from .footprint import REFUSED
from .parts import imaginary, real, retyped
from .primals import primals, real_dtype, retyped_dtype, value_dtype
from .types import DualType, dual_type

#: method -> the function that does the same
METHODS: dict[str, Any] = {
    "prod": np.prod, "cumprod": np.cumprod, "mean": np.mean, "var": np.var, "std": np.std,
    "min": np.min, "max": np.max, "argmin": np.argmin, "argmax": np.argmax, "argsort": np.argsort,
}  # fmt: skip


def method(name: str):
    """Decorator: the implementation chooser of method `name`, where no NumPy function does the same."""

    def register(choose):
        def stub(*args):
            raise NotImplementedError("only inside compiled code")

        stub.__name__ = name
        overload(stub, strict=False)(choose)
        METHODS[name] = stub
        return choose

    return register


class MethodTemplate(AbstractTemplate):
    """Types a call of a method as a call of its function on the array."""

    this: types.Array
    function: Any

    def generic(self, args, kws):
        function = self.context.resolve_value_type(self.function)
        signature = function.get_call_type(self.context, (self.this, *args), kws)
        return None if signature is None else signature.as_method()


def _lower_method(function):
    def implementation(context, builder, sig, args):
        kind = context.typing_context.resolve_value_type(function)
        call = context.get_function(kind, kind.get_call_type(context.typing_context, sig.args, {}))
        context.add_linking_libs(getattr(call, "libs", ()))
        return call(builder, args)

    return implementation


@infer_getattr
class DualArrayAttributes(AttributeTemplate):
    """Comes before Numba's own table, and leaves to it what is not its business."""

    key = types.Array
    metadata = {"target": "cpu"}
    templates: dict[str, type[MethodTemplate]] = {}

    def generic_resolve(self, array, attribute):
        if not isinstance(array.dtype, DualType):
            return None
        if attribute in ("real", "imag"):
            return _part_type(array, attribute)
        if attribute in REFUSED:
            raise NumbaTypeError(REFUSED[attribute])
        if attribute in self.templates:
            return types.BoundFunction(self.templates[attribute], array)
        return None


@method("astype")
def _astype(a, dtype):
    """Rounding to integers has no derivative, so it gives a plain array."""
    target = parse_dtype(dtype)
    if isinstance(target, DualType):
        return lambda a, dtype: a.copy()
    if isinstance(target, (types.Integer, types.Boolean)) and not a.dtype.is_complex:
        return lambda a, dtype: primals(a).astype(dtype)
    if not isinstance(target, (types.Float, types.Complex)) or (a.dtype.is_complex and isinstance(target, types.Float)):
        return None
    value = as_dtype(target)
    if a.layout == "F":

        def in_fortran_order(a, dtype):
            converted = np.empty(a.T.shape, retyped_dtype(a, value)).T
            for index in np.ndindex(a.shape):
                converted[index] = retyped(a[index], value)
            return converted

        return in_fortran_order

    def in_c_order(a, dtype):
        converted = np.empty(a.shape, retyped_dtype(a, value))
        for index in np.ndindex(a.shape):
            converted[index] = retyped(a[index], value)
        return converted

    return in_c_order


@method("view")
def _view(a, dtype):
    target = parse_dtype(dtype)
    if target in (a.dtype, a.dtype.value):
        return lambda a, dtype: a
    raise NumbaTypeError(f"a view of {a.dtype.value} with derivatives as {target} would take their bytes apart")


# real and imaginary parts


def _part_type(array: types.Array, attribute: str) -> types.Array:
    """A real array is its own real part; any other part is fresh, so that it must not be written through."""
    dual = array.dtype
    if not dual.is_complex and attribute == "real":
        return array
    part = dual_type(dual.value.underlying_float, dual.levels) if dual.is_complex else dual.value
    return types.Array(part, array.ndim, "C", readonly=True)


def _real_parts(array):
    parts = np.empty(array.shape, real_dtype(array))
    for index in np.ndindex(array.shape):
        parts[index] = real(array[index])
    return parts


def _imaginary_parts(array):
    parts = np.empty(array.shape, real_dtype(array))
    for index in np.ndindex(array.shape):
        parts[index] = imaginary(array[index])
    return parts


def _zeros(array):
    return np.zeros(array.shape, value_dtype(array))


def _register_part(attribute: str, of_complex, numba_lowering) -> None:
    # Numba finds this lowering by the class of the type alone, so other arrays are handed on
    @lowering.lower_getattr(types.Array, attribute)
    def part(context, builder, typ, value):
        if not isinstance(typ.dtype, DualType):
            return numba_lowering(context, builder, typ, value)
        result = _part_type(typ, attribute)
        if result == typ:
            return impl_ret_borrowed(context, builder, typ, value)
        implementation = of_complex if typ.dtype.is_complex else _zeros
        return context.compile_internal(builder, implementation, signature(result, typ), (value,))


def register_methods() -> None:
    """Register every entry of `METHODS`, and the parts of complex arrays."""
    for name, function in METHODS.items():
        key = "array of numbers", name
        DualArrayAttributes.templates[name] = type(
            f"{name}_of_numbers", (MethodTemplate,), {"key": key, "function": staticmethod(function)}
        )
        lowering.lower(key, types.Array, types.VarArg(types.Any))(_lower_method(function))
    _register_part("real", _real_parts, array_real_part)
    _register_part("imag", _imaginary_parts, array_imag_part)
