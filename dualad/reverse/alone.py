"""A function that LLVM leaves as it is: `stands_alone()` in its body keeps it from becoming a part of those that call it."""

from __future__ import annotations

from typing import Any

from numba.core import types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

__all__ = ["stands_alone"]


def stands_alone() -> None:
    """Do nothing; compiled code of the function that calls it is not copied into other functions."""


@infer_global(stands_alone)
class _StandsAlone(AbstractTemplate):
    def generic(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        return signature(types.none)


@lower_builtin(stands_alone)
def _stands_alone(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    builder.function.attributes.add("noinline")
    return context.get_dummy_value()
