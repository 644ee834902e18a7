"""Helpers of array functions that mix numbers with plain values, arrays with scalars."""

from __future__ import annotations

from numba.core import cgutils, types
from numba.extending import intrinsic, overload
from numba.np import npyimpl

from .entries import call_on_primals, is_scalar
from .parts import of_primal
from .primals import is_dual_array, primals
from .types import DualType, dual_type, levels_in, primal_type


@intrinsic
def joint_dtype(typingctx, like, given):
    """Elements of the plain array `like` over the levels of everything in the tuple `given`, as a dtype."""
    dtype = types.DType(dual_type(like.dtype, levels_in([given])))
    return dtype(like, given), lambda context, builder, sig, args: context.get_dummy_value()


def dtype_of(element: types.Type):
    """An intrinsic without arguments that gives a type as a dtype."""

    @intrinsic
    def dtype(typingctx):
        return types.DType(element)(), lambda context, builder, sig, args: context.get_dummy_value()

    return dtype


def is_none(type_) -> bool:
    """Whether an argument is left at None, or given as None."""
    return type_ is None or isinstance(type_, types.NoneType) or getattr(type_, "value", 0) is None


def value_type(type_: types.Type) -> types.Type:
    """Type of the primal of a scalar, or of the elements of an array."""
    return primal_type(types.unliteral(getattr(type_, "dtype", type_)))


def is_mixable(type_) -> bool:
    """Whether `plain` and `elementwise` know what to do with it."""
    return is_scalar(type_) or isinstance(type_, types.Array)


def plain(x):
    """What the user's own function has in place of `x`: its primal, or primals."""
    raise NotImplementedError("only inside compiled code")


@overload(plain)
def _plain(x):
    if isinstance(x, DualType):
        return lambda x: of_primal(x)
    return (lambda x: primals(x)) if is_dual_array(x) else (lambda x: x)


class _Loop:
    """What Numba's ufunc driver asks of a ufunc."""

    __name__ = "a function of elements"
    nout = 1

    def __init__(self, nin: int) -> None:
        self.nin = nin


def elementwise(function, element: types.Type, layout: str):
    """An intrinsic that applies a function to the elements of a tuple of arrays and scalars, broadcast.

    Parameters
    ----------
    function : callable
        Registered by `register_jitable`.
    element : numba type
        Elements of the result.
    layout : "C" or "F"
        Layout of the result; at least one operand is an array.
    """

    class Kernel(npyimpl._Kernel):
        def generate(self, *args):
            result, kind = call_on_primals(self.context, self.builder, function, self.outer_sig.args, args)
            return self.context.cast(self.builder, result, kind, element)

    @intrinsic
    def loop(typingctx, operands):
        ndim = max(x.ndim for x in operands.types if isinstance(x, types.Array))
        result = types.Array(element, ndim, layout if ndim else "C")

        def codegen(context, builder, sig, args):
            given = cgutils.unpack_tuple(builder, args[0])
            kinds = tuple(map(types.unliteral, operands.types))
            return npyimpl.numpy_ufunc_kernel(context, builder, result(*kinds), given, _Loop(len(kinds)), Kernel)

        return result(operands), codegen

    return loop
