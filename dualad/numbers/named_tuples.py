"""NamedTuples whose members come to carry derivatives: `Point(total, 1.0)` where `total` starts as a literal.

Numba infers types in rounds, so that a NamedTuple may first be seen with a float where a number belongs. It unifies plain
tuples member by member; here it learns to do so for two NamedTuples of one class.
"""

from __future__ import annotations

from numba.core import cgutils, types
from numba.core.imputils import builtin_registry as lowering
from numba.core.imputils import impl_ret_borrowed

from .types import carries_duals


def register_named_tuples() -> None:
    """Patch Numba; without effect on NamedTuples that carry no derivatives."""
    types.BaseNamedTuple.unify = _unify
    lowering.lower_cast(types.BaseNamedTuple, types.BaseNamedTuple)(_cast)


def _unify(self, typingctx, other):
    if not isinstance(other, types.BaseNamedTuple) or self.instance_class is not other.instance_class:
        return None
    if not (carries_duals(self) or carries_duals(other)):
        return None
    members = [typingctx.unify_pairs(mine, theirs) for mine, theirs in zip(self.types, other.types, strict=True)]
    return None if None in members else types.BaseTuple.from_types(members, self.instance_class)


def _cast(context, builder, fromty, toty, val):
    members = cgutils.unpack_tuple(builder, val, len(fromty))
    cast = [
        context.cast(builder, member, source, target)
        for member, source, target in zip(members, fromty.types, toty.types, strict=True)
    ]
    return impl_ret_borrowed(context, builder, toty, context.make_tuple(builder, toty, cast))
