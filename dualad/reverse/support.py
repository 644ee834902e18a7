"""Functions that generated adjoints call. Plain Python, compiled with the adjoint."""

from __future__ import annotations

from ..pipeline.linked import kernel
from ..workspace.record import empty_record

__all__ = ["added", "added_into", "choose", "clamp", "grown", "grown_rows", "inserted_at", "trips"]


def added(cotangent, contribution):  # type: ignore[no-untyped-def]
    """A sum with what a rule gives, which may be None for nothing."""
    if contribution is None:
        return cotangent
    return cotangent + contribution


def added_into(shadow, contribution):  # type: ignore[no-untyped-def]
    """Like `added`, for arrays, in place."""
    if contribution is not None:
        shadow += contribution


def clamp(x, low, high):  # type: ignore[no-untyped-def]
    """`np.clip` of numbers."""
    return min(max(x, low), high)


def choose(condition, if_true, if_false):  # type: ignore[no-untyped-def]
    """`np.where` of numbers."""
    return if_true if condition else if_false


@kernel
def _room(present, size, times):  # type: ignore[no-untyped-def]
    """Entries to make room for where `size` are wanted; the first time, for so `times` as many if that is not too much."""
    if present == 0 and times > 1:
        return max(size, min(size * times, 2**22), 64)
    return max(size, 2 * present, 64)


def grown(record, size, times):  # type: ignore[no-untyped-def]
    """A copy of a record with room for at least `size` entries."""
    larger = empty_record(_room(record.size, size, times), record.dtype)
    for k in range(record.size):  # an assignment of slices would compile slowly
        larger[k] = record[k]
    return larger


def grown_rows(record, size, times):  # type: ignore[no-untyped-def]
    """The same for a record of rows."""
    larger = empty_record((_room(record.shape[0], size, times), record.shape[1]), record.dtype)
    for k in range(record.shape[0]):
        for column in range(record.shape[1]):
            larger[k, column] = record[k, column]
    return larger


def trips(start, stop, step):  # type: ignore[no-untyped-def]
    """Number of iterations of a loop over a range."""
    return len(range(start, stop, step))


def inserted_at(place, size):  # type: ignore[no-untyped-def]
    """Where `insert(place, ...)` puts an element into a list of a size."""
    return max(place + size, 0) if place < 0 else min(place, size)


def along_absolute(weight, z):  # type: ignore[no-untyped-def]
    """Cotangent of `z` by that of `abs(z)`; 0 at 0."""
    size = abs(z)
    if size == 0.0:
        return z * 0.0
    return weight * (z.conjugate() / size)


def along_argument(weight, z):  # type: ignore[no-untyped-def]
    """Cotangent of `z` by that of its argument, the imaginary part of its logarithm; 0 at 0."""
    if z == 0.0:
        return z * 0.0
    return weight * (-1j / z)
