"""NumPy's ufuncs and operators on arrays of numbers, through Numba's own loops.

Numba finds the loop of a ufunc by NumPy's type letters, which an array of numbers has none of. So typing is done here,
from the scalar function on the element types; broadcasting, iteration order, `out=` and fusion of whole expressions
stay Numba's. The three patches of Numba in this file give its ufunc driver a kernel that calls the scalar function, and let
it take a number as a scalar operand.
"""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.core.typing import npydecl
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.np import npyimpl

from .entries import call_on_primals
from .types import DualType, carries_duals

#: operator -> ufunc that it means on arrays
BINARY = npydecl.NumpyRulesArrayOperator._op_map
UNARY = npydecl.NumpyRulesUnaryArrayOperator._op_map
IN_PLACE = npydecl.NumpyRulesInplaceArrayOperator._op_map


def _element(type_: types.Type) -> types.Type:
    return type_.dtype if isinstance(type_, types.Array) else types.unliteral(type_)


class UfuncTemplate(AbstractTemplate):
    """Types a ufunc or operator of which at least one operand is an array and one carries derivatives."""

    metadata = {"target": "cpu"}
    ufunc: np.ufunc
    in_place = False

    def generic(self, args, kws):
        args = [a.type if isinstance(a, types.Optional) else a for a in args]
        operands, outs = args[: self.ufunc.nin], args[self.ufunc.nin :]
        if kws or self.ufunc.nout != 1 or len(operands) != self.ufunc.nin or not any(map(carries_duals, operands)):
            return None
        arrays = [a for a in args if isinstance(a, types.Array)]
        if not arrays or not all(isinstance(a, (types.Array, types.Number, types.Boolean, DualType)) for a in args):
            return None
        function = self.context.resolve_value_type(self.ufunc)
        scalar = self.context.resolve_function_type(function, tuple(map(_element, operands)), {})
        if scalar is None:
            return None
        element = scalar.return_type
        if self.in_place:
            outs = operands[:1]
        if outs:
            if not isinstance(outs[0], types.Array) or not outs[0].mutable:
                return None
            if self.context.can_convert(element, outs[0].dtype) is None:
                return None
            return signature(outs[0], *args)
        if all(a.ndim == 0 for a in arrays):
            return signature(element, *args)  # as NumPy has it: a ufunc of 0-d arrays gives a scalar
        layouts = [a.layout for a in arrays]
        layout = "F" if "F" in layouts and "C" not in layouts else "C"
        return signature(types.Array(element, max(a.ndim for a in arrays), layout), *args)


def _kernel_of(ufunc: np.ufunc):
    """A kernel for Numba's ufunc loops that calls the scalar function on the elements."""

    class Kernel(npyimpl._Kernel):
        def generate(self, *args):
            wanted, given = self.outer_sig.return_type, self.outer_sig.args
            result, kind = call_on_primals(self.context, self.builder, ufunc, given, args)
            return self.context.cast(self.builder, result, kind, wanted)

    return Kernel


def _patch_ufunc_driver() -> None:
    original = npyimpl.numpy_ufunc_kernel

    def numpy_ufunc_kernel(context, builder, sig, args, ufunc, kernel_class):
        if isinstance(ufunc, np.ufunc) and any(map(carries_duals, sig.args)):
            kernel_class = _kernel_of(ufunc)
        return original(context, builder, sig, args, ufunc, kernel_class)

    npyimpl.numpy_ufunc_kernel = numpy_ufunc_kernel
    prepare = npyimpl._prepare_argument

    def _prepare_argument(ctxt, bld, inp, tyinp, where="input operand"):
        if isinstance(tyinp, DualType):
            return npyimpl._ScalarHelper(ctxt, bld, inp, tyinp)
        return prepare(ctxt, bld, inp, tyinp, where)

    npyimpl._prepare_argument = _prepare_argument


def _patch_in_place_typing() -> None:
    """Numba's template fails with an AttributeError where it should say that it has no match."""
    template = npydecl.NumpyRulesInplaceArrayOperator
    original = template.generic

    def generic(self, args, kws):
        if any(map(carries_duals, args)):
            return None
        return original(self, args, kws)

    template.generic = generic


def register_ufuncs() -> None:
    """Register every ufunc and array operator that Numba supports."""
    _patch_ufunc_driver()
    _patch_in_place_typing()
    keyed = [(ufunc, ufunc, False) for ufunc in npydecl.supported_ufuncs]
    keyed += [(op, getattr(np, name), False) for op, name in {**BINARY, **UNARY}.items()]
    keyed += [(op, getattr(np, name), True) for op, name in IN_PLACE.items()]
    for key, ufunc, in_place in dict.fromkeys(keyed):
        attributes = {"key": key, "ufunc": ufunc, "in_place": in_place}
        template = type(f"{ufunc.__name__}_on_arrays_of_duals", (UfuncTemplate,), attributes)
        infer_global(key, types.Function(template))
