"""Teaches Numba everything about numbers, once, when the first derivative is compiled: importing dualad stays cheap."""

from __future__ import annotations

_done = False


def ensure() -> None:
    """Register all rules, conversions and array functions, unless that is done."""
    global _done
    if _done:
        return
    _done = True
    from . import conversion, dtypes, lift, named_tuples, operations, partials, parts, singular, ufuncs

    operations.register_rules()
    conversion.register_conversions()
    named_tuples.register_named_tuples()
    ufuncs.register_ufuncs()
    partials.register_helpers()
    from . import (
        array_methods,
        construction,
        footprint,
        inactive,
        norms,
        products,
        reductions,
        rows,
        selection,
        signals,
        sorting,
        without_nan,
    )

    singular.register_strong_product()
    construction.patch_array_literals()
    footprint.register_footprint()
    inactive.register_inactive()
    array_methods.register_methods()
    _ = dtypes, lift, parts, construction, norms, products, reductions, rows, selection, signals, sorting, without_nan


def is_done() -> bool:
    """Whether `ensure` has run."""
    return _done
