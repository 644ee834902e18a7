"""What generated source tells the compiler, and what it keeps from it.

`assume(condition)` tells what is true, so that the compiler need not ask. `hidden(number)` is the number, with nothing told of
where it comes from: whether arrays overlap, LLVM asks once for all iterations of the loop around, and its question takes for
granted that addresses grow there; inside a loop that counts down, the vector code for the inner loop is never entered.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

from .code import Names

__all__ = ["assume", "assumption", "hidden"]


def assume(condition: bool) -> None:
    """Do nothing; compiled code may rely on the condition, which must be true."""


def hidden(number: int) -> int:
    """The number."""
    return number


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


@infer_global(hidden)
class _Hidden(AbstractTemplate):
    def generic(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        return signature(types.int64, types.int64) if len(args) == 1 and not kws else None


@lower_builtin(hidden, types.int64)
def _hidden(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    kind = ir.FunctionType(ir.IntType(64), [ir.IntType(64)])
    return builder.asm(kind, "", "=r,0", args, False)  # no instruction: a value goes in and comes out
