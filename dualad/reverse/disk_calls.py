"""What adjoints of loops with states on disk call when they run: the session of the loop, and bytes in its files.

Values stand one after the other, each from a multiple of 16 bytes on: a number; an array as its shape and its elements in
C order.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numba import njit
from numba.core import cgutils, types
from numba.extending import intrinsic, overload, register_jitable
from numba.np import numpy_support
from numba.np.unsafe.ndarray import to_fixed_tuple

from ..errors import StoreError
from ..store.callbacks import FUNCTIONS, PREFIX, define
from ..workspace.watch import holds_lock

__all__ = [
    "NUMBER", "asked", "begun_forward", "begun_reverse", "bytes_of_array", "committed", "entered", "finished", "first_block",
    "fits", "forward_record", "is_due", "is_same", "onward", "opened", "planned", "put", "read_state", "remaining",
    "reserved", "reverse_record", "seen", "taken", "taken_into", "where",
]  # fmt: skip

_NOT_HELD = "`disk` of `checkpointed` in a `prange`, or in a function with `nogil=True`: files need Python's lock"
_OTHER_SHAPE = "an array in the folder of a checkpointed loop has another shape than the program's"
NUMBER = 16  # bytes of a number in a file: as many as the largest takes, so that all stand aligned


define()


def _function(name: str) -> Any:
    """The C function of a name."""
    count = FUNCTIONS[name][1]
    return types.ExternalFunction(PREFIX + name, types.void(*[types.int64] * (count + 1)))


(
    _open, _seen, _enter, _blocks, _slots, _first, _remaining, _ask, _onward, _read, _where, _due,
    _forward_begin, _forward_read, _reverse_room, _reverse_begin, _reverse_read, _commit, _finish,
) = map(_function, FUNCTIONS)  # fmt: skip


@register_jitable
def _checked(function, *args):  # type: ignore[no-untyped-def]
    """What a C function says."""
    found = np.zeros(1, np.int64)
    function(*args, found.ctypes.data)
    if found[0] <= 0:
        raise StoreError()
    return found[0] - 1


# the session


@njit(cache=True)
def _letters(path):  # type: ignore[no-untyped-def]
    found = np.empty(len(path), np.uint32)
    for k in range(len(path)):
        found[k] = ord(path[k])
    return found


@register_jitable
def opened(path, blocks, slots, state_bytes, forward_bytes):  # type: ignore[no-untyped-def]
    """The session of a loop, for its folder: a number."""
    if holds_lock() == 0:
        raise StoreError(_NOT_HELD)
    letters = _letters(path)
    return _checked(_open, letters.ctypes.data, letters.size, blocks, slots, state_bytes, forward_bytes)


@register_jitable
def planned(session):  # type: ignore[no-untyped-def]
    """In how many blocks the loop is cut, and how many states are kept in memory."""
    return _checked(_blocks, session), _checked(_slots, session)


@register_jitable
def entered(session):  # type: ignore[no-untyped-def]
    """All that the loop finds was `seen`."""
    _checked(_enter, session)


@register_jitable
def first_block(session):  # type: ignore[no-untyped-def]
    """The block that the forward sweep begins with: beyond the last one where a run is resumed that had ended it."""
    return _checked(_first, session)


@register_jitable
def remaining(session):  # type: ignore[no-untyped-def]
    """How many blocks are to be reversed."""
    return _checked(_remaining, session)


@register_jitable
def asked(session, block, end):  # type: ignore[no-untyped-def]
    """Where the state before a block goes; 0 if it is not stored on disk."""
    return _checked(_ask, session, block, end)


@register_jitable
def onward(session, block):  # type: ignore[no-untyped-def]
    """After `asked`: before which block to ask next; this one if what follows is stored in memory."""
    return _checked(_onward, session, block)


@register_jitable
def read_state(session, block):  # type: ignore[no-untyped-def]
    """Where the last state begins that is on disk, of those not after a block."""
    return _checked(_read, session, block)


@register_jitable
def where(session):  # type: ignore[no-untyped-def]
    """The block whose state was read."""
    return _checked(_where, session)


@register_jitable
def is_due(session):  # type: ignore[no-untyped-def]
    """Whether it is time to write down how far the sweep has come."""
    return _checked(_due, session) > 0


@register_jitable
def begun_forward(session, block, size):  # type: ignore[no-untyped-def]
    """Where a record of the forward sweep goes."""
    return _checked(_forward_begin, session, block, size)


@register_jitable
def forward_record(session):  # type: ignore[no-untyped-def]
    """Where the record of the forward sweep is that the run goes on from."""
    return _checked(_forward_read, session)


@register_jitable
def reserved(session, size):  # type: ignore[no-untyped-def]
    """Make room for records of the reverse sweep."""
    _checked(_reverse_room, session, size)


@register_jitable
def begun_reverse(session, left, size):  # type: ignore[no-untyped-def]
    """Where a record of the reverse sweep goes."""
    return _checked(_reverse_begin, session, left, size)


@register_jitable
def reverse_record(session):  # type: ignore[no-untyped-def]
    """Where the record of the reverse sweep is that the run goes on from."""
    return _checked(_reverse_read, session)


@register_jitable
def committed(session):  # type: ignore[no-untyped-def]
    """What was begun is written."""
    _checked(_commit, session)


@register_jitable
def finished(session):  # type: ignore[no-untyped-def]
    """The derivative is computed."""
    if session > 0:
        _checked(_finish, session)


# values in files


@intrinsic
def _pointer(typingctx, address):  # type: ignore[no-untyped-def]
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), build


@register_jitable
def bytes_of_array(array):  # type: ignore[no-untyped-def]
    """Room that an array takes in a file."""
    return -(-(8 * array.ndim + array.size * array.itemsize) // NUMBER) * NUMBER


def put(address: int, value: Any) -> int:
    """Write a number or an array; tells where the next value goes."""
    raise NotImplementedError("compiled code only")


@overload(put)
def _put(address, value):  # type: ignore[no-untyped-def]
    if isinstance(value, types.Array):
        kind = numpy_support.as_dtype(value.dtype)

        def put_array(address, value):  # type: ignore[no-untyped-def]
            shape = nb.carray(_pointer(address), (value.ndim,), np.int64)
            for axis in range(value.ndim):
                shape[axis] = value.shape[axis]
            there, here = nb.carray(_pointer(address + 8 * value.ndim), (value.size,), kind), value.flat
            for k in range(value.size):
                there[k] = here[k]
            return address + bytes_of_array(value)

        return put_array
    kind = numpy_support.as_dtype(value)

    def put_number(address, value):  # type: ignore[no-untyped-def]
        nb.carray(_pointer(address), (1,), kind)[0] = value
        return address + NUMBER

    return put_number


def taken(address: int, like: Any) -> Any:
    """A number, or a new array, of the type of `like`, that was written there; where the next one is besides."""
    raise NotImplementedError("compiled code only")


@overload(taken)
def _taken(address, like):  # type: ignore[no-untyped-def]
    if isinstance(like, types.Array):
        kind, ndim = numpy_support.as_dtype(like.dtype), like.ndim

        def take_array(address, like):  # type: ignore[no-untyped-def]
            found = np.empty(to_fixed_tuple(nb.carray(_pointer(address), (ndim,), np.int64), ndim), kind)
            there, here = nb.carray(_pointer(address + 8 * ndim), (found.size,), kind), found.flat
            for k in range(found.size):
                here[k] = there[k]
            return found, address + bytes_of_array(found)

        return take_array
    kind = numpy_support.as_dtype(like)

    def take_number(address, like):  # type: ignore[no-untyped-def]
        return nb.carray(_pointer(address), (1,), kind)[0], address + NUMBER

    return take_number


def taken_into(array: Any, address: int) -> int:
    """Give an array the elements that were written there; tells where the next value is."""
    raise NotImplementedError("compiled code only")


@overload(taken_into)
def _taken_into(array, address):  # type: ignore[no-untyped-def]
    kind, ndim = numpy_support.as_dtype(array.dtype), array.ndim

    def take_into(array, address):  # type: ignore[no-untyped-def]
        lengths = nb.carray(_pointer(address), (ndim,), np.int64)
        for axis in range(ndim):
            if lengths[axis] != array.shape[axis]:
                raise StoreError(_OTHER_SHAPE)
        there, here = nb.carray(_pointer(address + 8 * ndim), (array.size,), kind), array.flat
        for k in range(array.size):
            here[k] = there[k]
        return address + bytes_of_array(array)

    return take_into


def fits(size: int, room: int) -> None:
    """Refuse a state that takes other room than the first one."""
    raise NotImplementedError("compiled code only")


@overload(fits)
def _fits(size, room):  # type: ignore[no-untyped-def]
    def check(size, room):  # type: ignore[no-untyped-def]
        if size != room:
            raise ValueError("an array changes its shape in a checkpointed loop: its states cannot be stored")

    return check


def seen(session: int, value: Any) -> None:
    """Take a value into the checksum of what the loop finds."""
    raise NotImplementedError("compiled code only")


@overload(seen)
def _seen_value(session, value):  # type: ignore[no-untyped-def]
    if isinstance(value, types.Array):
        contiguous = value.layout == "C"

        def see_array(session, value):  # type: ignore[no-untyped-def]
            whole = value if contiguous else value.copy()
            _checked(_seen, session, whole.ctypes.data, whole.nbytes)

        return see_array
    kind = numpy_support.as_dtype(value)

    def see_number(session, value):  # type: ignore[no-untyped-def]
        whole = np.empty(1, kind)
        whole[0] = value
        _checked(_seen, session, whole.ctypes.data, whole.nbytes)

    return see_number


@register_jitable
def is_same(one, other):  # type: ignore[no-untyped-def]
    """Whether two arrays are the same memory."""
    return one.ctypes.data == other.ctypes.data and one.shape == other.shape and one.strides == other.strides
