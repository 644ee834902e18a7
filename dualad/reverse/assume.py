"""`assume(condition)`: tells the compiler what is true, so that it need not ask."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

from .code import Names

__all__ = ["assume", "assumption"]


def assume(condition: bool) -> None:
    """Do nothing; compiled code may rely on the condition, which must be true."""


def assumption(name: str, names: Names) -> str:
    """The line of generated source that tells the compiler that a subscript is not negative."""
    return f"{names.of(assume)}({name} >= 0)"


@infer_global(assume)
class _Assume(AbstractTemplate):
    def generic(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        return signature(types.none, types.boolean) if args == (types.boolean,) and not kws else None


@lower_builtin(assume, types.boolean)
def _assume(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    kind = ir.FunctionType(ir.VoidType(), [ir.IntType(1)])
    builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.assume"), args)
    return context.get_dummy_value()
