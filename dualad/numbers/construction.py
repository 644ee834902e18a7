"""Functions that make arrays out of numbers: `array`, `asarray`, `linspace`, `arange` ...

Numba's own look up NumPy's name of the element type, which a number has none of; the steps are Numba's.
"""

from __future__ import annotations

import math

import numpy as np
from numba.core import types
from numba.core.errors import TypingError
from numba.core.imputils import impl_ret_new_ref
from numba.core.typing.context import BaseContext
from numba.core.typing.npydecl import parse_dtype
from numba.extending import intrinsic, overload
from numba.np import arrayobj
from numba.np.numpy_support import as_dtype

from .broadcasting import dtype_of, is_none, plain
from .entries import is_scalar
from .primals import is_dual_array
from .types import LAYOUT, DualType, carries_duals, dual_type, levels_in, lifted_type, primal_type


def _nested(context, type_) -> tuple[int, types.Type]:
    """Dimensions and element type of a nested sequence."""
    if isinstance(type_, types.Buffer):
        raise TypingError(f"{type_} not allowed in a homogeneous sequence")
    if isinstance(type_, types.BaseTuple):
        members = [_nested(context, member) for member in type_.types]
        if len({ndim for ndim, _ in members}) != 1:
            raise TypingError(f"type {type_} does not have a regular shape")
        element = context.unify_types(*(element for _, element in members))
        if element is None:
            raise TypingError(f"cannot convert {type_} to a homogeneous type")
        return members[0][0] + 1, element
    if isinstance(type_, types.Sequence):
        ndim, element = _nested(context, type_.dtype)
        return ndim + 1, element
    if not is_scalar(type_):
        raise TypingError(f"{type_} is not an element of an array")
    return 0, types.unliteral(type_)


@intrinsic
def _array_of(typingctx, sequence, dtype):
    """An array of the numbers in a nested sequence."""
    ndim, element = _nested(typingctx, sequence)
    wanted = None if is_none(dtype) else parse_dtype(dtype)
    if wanted is not None:
        element = dual_type(primal_type(wanted), levels_in([sequence]))
    if typingctx.can_convert(_nested(typingctx, sequence)[1], element) is None:
        return None
    result = types.Array(element, ndim, "C")

    def codegen(context, builder, sig, args):
        shapes = arrayobj.compute_sequence_shape(context, builder, ndim, sig.args[0], args[0])
        arrayobj.check_sequence_shape(context, builder, sig.args[0], args[0], shapes)
        made = arrayobj._empty_nd_impl(context, builder, result, shapes)
        arrayobj.assign_sequence_to_array(
            context, builder, made.data, shapes, made.strides, result, sig.args[0], args[0]
        )
        return impl_ret_new_ref(context, builder, result, made._getvalue())

    return result(sequence, dtype), codegen


def patch_array_literals() -> None:
    """Let `np.array([a, b])` be written into an array without a list in between.

    Numba's rewrite of such calls finds the element type as an attribute of NumPy, `np.float64`; the lowering
    only asks for the type of that attribute and drops it.
    """
    original = BaseContext.resolve_module_constants
    prefix = f"dual{LAYOUT}["

    def resolve_module_constants(self, module, attribute):
        if module.pymod is np and attribute.startswith(prefix):
            return types.none
        return original(self, module, attribute)

    BaseContext.resolve_module_constants = resolve_module_constants


def _is_float_dtype(dtype) -> bool:
    if is_none(dtype):
        return True
    return isinstance(primal_type(parse_dtype(dtype)), (types.Float, types.Complex))


@overload(np.array, target="cpu")
def _array(object, dtype=None):
    if not carries_duals(object) or isinstance(object, types.Array) or not _is_float_dtype(dtype):
        return None
    if isinstance(object, DualType):

        def scalar(object, dtype=None):
            return _array_of((object,), dtype).reshape(())

        return scalar
    return lambda object, dtype=None: _array_of(object, dtype)


@overload(np.asarray, target="cpu")
def _asarray(a, dtype=None):
    """The array itself wherever the plain program gets it itself, so that both are names of one memory."""
    if isinstance(a, DualType) and _is_float_dtype(dtype):
        return lambda a, dtype=None: np.array(a, dtype)
    if not is_dual_array(a) or is_none(dtype):
        return None
    same = primal_type(parse_dtype(dtype)) == a.dtype.value
    return (lambda a, dtype=None: a) if same else (lambda a, dtype=None: a.astype(dtype))


@overload(np.finfo, target="cpu")
def _finfo(dtype):
    kind = getattr(dtype, "dtype", dtype)
    if not isinstance(kind, DualType):
        return None
    limits = as_dtype(kind.value)
    return lambda dtype: np.finfo(limits)


# ranges


@overload(np.linspace, target="cpu")
def _linspace(start, stop, num=50):
    if (not carries_duals(start) and not carries_duals(stop)) or not (is_scalar(start) and is_scalar(stop)):
        return None
    is_complex = any(isinstance(primal_type(x), types.Complex) for x in (start, stop))
    dtype = dtype_of(lifted_type(types.complex128 if is_complex else types.float64, levels_in((start, stop))))

    def linspace(start, stop, num=50):
        arr = np.empty(num, dtype())
        first, last = start * 1.0, stop * 1.0
        if num == 0:
            return arr
        div = num - 1
        if div > 0:
            delta = last - first
            step = np.divide(delta, div)
            for i in range(num):
                arr[i] = first + (i * step)
        else:
            arr[0] = first
        if num > 1:
            arr[-1] = last
        return arr

    return linspace


@overload(np.logspace, target="cpu")
def _logspace(start, stop, num=50):
    if not (carries_duals(start) or carries_duals(stop)):
        return None
    return lambda start, stop, num=50: np.power(10.0, np.linspace(start, stop, num))


@overload(np.geomspace, target="cpu")
def _geomspace(start, stop, num=50):
    if not (carries_duals(start) or carries_duals(stop)):
        return None
    if any(isinstance(primal_type(x), types.Complex) for x in (start, stop)):
        return None

    def geomspace(start, stop, num=50):
        if start == 0 or stop == 0:
            raise ValueError("Geometric sequence cannot include zero")
        out_sign = -1 if start < 0 and stop < 0 else 1
        first, last = out_sign * start, out_sign * stop
        result = np.logspace(np.log10(first), np.log10(last), num)
        if num > 0:
            result[0] = first
            if num > 1:
                result[-1] = last
        return out_sign * result

    return geomspace


@overload(np.arange, target="cpu")
def _arange(start, /, stop=None, step=None, dtype=None):
    given = [x for x in (start, stop, step) if not is_none(x)]
    if not any(map(carries_duals, given)) or not all(map(is_scalar, given)) or not is_none(dtype):
        return None
    if any(isinstance(primal_type(x), types.Complex) for x in given):
        return None
    element = dtype_of(dual_type(types.float64, levels_in(given)))
    no_stop, no_step = is_none(stop), is_none(step)

    def arange(start, /, stop=None, step=None, dtype=None):
        _step = 1 if no_step else step
        _start, _stop = (0, start) if no_stop else (start, stop)
        if _step == 0:
            raise ValueError("Maximum allowed size exceeded")
        nitems = max(math.ceil(plain((_stop - _start) / _step)), 0)
        arr = np.empty(nitems, element())
        for i in range(nitems):
            arr[i] = _start + (i * _step)
        return arr

    return arange


# numbers put into arrays


@overload(np.insert, target="cpu")
def _insert(arr, obj, values, axis=None):
    if not isinstance(values, DualType) or not is_none(axis):
        return None
    return lambda arr, obj, values, axis=None: np.insert(arr, obj, np.array((values,)))


@overload(np.fill_diagonal, target="cpu")
def _fill_diagonal(a, val, wrap=False):
    if not is_dual_array(a) or not is_scalar(val):
        return None
    return lambda a, val, wrap=False: np.fill_diagonal(a, np.array((val,)), wrap)
