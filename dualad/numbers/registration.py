"""Teaches Numba everything about numbers, once, when the first derivative is compiled: importing dualad stays cheap."""

from __future__ import annotations

_done = False


def ensure() -> None:
    """Register all rules, conversions and array functions, unless that is done."""
    global _done
    if _done:
        return
    _done = True
    from . import conversion, lift, operations, partials, parts, ufuncs

    operations.register_rules()
    conversion.register_conversions()
    ufuncs.register_ufuncs()
    partials.register_helpers()
    from . import array_methods, inactive, norms, products, reductions, selection, sorting

    inactive.register_inactive()
    array_methods.register_methods()
    _ = lift, parts, norms, products, reductions, selection, sorting


def is_done() -> bool:
    """Whether `ensure` has run."""
    return _done
