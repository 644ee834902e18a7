"""`lift(x, levels)`: a float, array, tuple or list as numbers with zero tangents; inserted by `promotion`, never by users.

Arrays are copied, so a lift is correct only at the place where an array is born (or at the entry of a derivative
function): promotion sees to that.
"""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.core.errors import NumbaTypeError
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic, overload

from ..workspace.record import empty_record
from .types import lifted_type


@intrinsic
def lift_scalar(typingctx, x, levels):
    """A number with zero tangents over `levels` (a `Levels` constant)."""
    source = types.unliteral(x)
    target = lifted_type(source, levels.levels)

    def codegen(context, builder, sig, args):
        return context.cast(builder, args[0], sig.args[0], sig.return_type)

    return target(source, levels), codegen


@intrinsic
def lifted_dtype(typingctx, x, levels):
    """The element type of array `x` over `levels`, as a dtype."""
    dtype = types.DType(lifted_type(x.dtype, levels.levels))

    def codegen(context, builder, sig, args):
        return context.get_dummy_value()

    return dtype(x, levels), codegen


def _with_mutability(readonly: bool):
    """An intrinsic that gives the same array as writable or read-only one, for the type checker."""

    def change(typingctx, x):
        target = x.copy(readonly=readonly)
        return target(x), lambda context, builder, sig, args: impl_ret_borrowed(context, builder, target, args[0])

    return intrinsic(change)


#: A lifted copy of a constant is as read-only as the constant: a write would be lost, and Numba refuses it.
frozen = _with_mutability(True)
#: For reading only: the copy loop of `lift` is written for any array.
thawed = _with_mutability(False)


def lift(x, levels):
    """Stands in generated code; see the overload."""
    raise NotImplementedError("only inside compiled code")


@overload(lift)
def _lift(x, levels):
    if isinstance(x, types.Array):
        if not x.mutable:
            return lambda x, levels: frozen(lift(thawed(x), levels))
        if x.layout == "F":

            def array(x, levels):
                lifted = np.empty(x.T.shape, lifted_dtype(x, levels)).T
                for index in np.ndindex(x.shape):
                    lifted[index] = x[index]
                return lifted

            return array

        if x.ndim == 1:  # plain indices are faster than an iterator

            def vector(x, levels):
                lifted = empty_record(x.shape, lifted_dtype(x, levels))
                for i in range(x.size):
                    lifted[i] = x[i]
                return lifted

            return vector

        def array(x, levels):
            lifted = np.empty(x.shape, lifted_dtype(x, levels))
            for index in np.ndindex(x.shape):
                lifted[index] = x[index]
            return lifted

        return array
    if isinstance(x, (types.Number, types.Boolean)) or hasattr(x, "levels"):
        return lambda x, levels: lift_scalar(x, levels)
    if isinstance(x, types.BaseNamedTuple):
        return _member_wise(x, x.instance_class)
    if isinstance(x, types.BaseTuple):
        return _member_wise(x, None)
    if isinstance(x, types.List):
        return lambda x, levels: [lift(item, levels) for item in x]
    if lifted_type(x, levels.levels) == x:
        return lambda x, levels: x
    raise NumbaTypeError(f"{x} cannot carry derivatives")


def _member_wise(x, make):
    """An implementation that lifts each member of a tuple of known length."""
    members = "".join(f"lift(x[{i}], levels), " for i in range(len(x.types)))
    source = f"def members(x, levels):\n    return {'make' if make else ''}({members})\n"
    namespace = {"lift": lift, "make": make}
    exec(source, namespace)
    return namespace["members"]
