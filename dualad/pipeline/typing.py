"""Type inference that asks once for the type of an operation on numbers.

For each `a * b` Numba looks through all that `*` may mean, arrays first, and again whenever it goes through the function anew:
half a millisecond each time, of which an adjoint with a hundred products spends a second. Within one function the answer stays.
"""

from __future__ import annotations

from typing import Any

from numba.core import types
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NopythonTypeInference

__all__ = ["RememberedTypes"]

_NUMBERS = types.Integer, types.Float, types.Complex, types.Boolean


class _Remembering:
    """A typing context that knows what it has answered."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._known: dict[tuple[Any, ...], Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def resolve_function_type(self, func: Any, args: tuple[Any, ...], kws: Any) -> Any:
        """The signature of a call."""
        if not isinstance(func, types.Function) or kws or not all(isinstance(a, _NUMBERS) for a in args):
            return self._context.resolve_function_type(func, args, kws)
        key = func, args
        if key not in self._known:
            found = self._context.resolve_function_type(func, args, kws)
            if found is None or not isinstance(found.return_type, _NUMBERS):
                return found
            self._known[key] = found
        return self._known[key]


@register_pass(mutates_CFG=True, analysis_only=False)
class RememberedTypes(NopythonTypeInference):
    """Numba's inference, in such a context."""

    _name = "dualad_type_inference"

    def run_pass(self, state: Any) -> bool:
        """Whether anything changed."""
        context = state.typingctx
        state.typingctx = _Remembering(context)
        try:
            return bool(super().run_pass(state))
        finally:
            state.typingctx = context
