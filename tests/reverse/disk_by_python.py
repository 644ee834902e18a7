"""What adjoints with states on disk call (`dualad.reverse.disk_calls`), in plain Python: a second writing of the same bytes."""

import ctypes

import numpy as np

from dualad.reverse import disk_calls as compiled
from dualad.store import callbacks
from tests.reverse.judge import spaces

WIDTH = 16


def _at(address, count, kind):
    kind = np.dtype(kind)
    if not count:
        return np.empty(0, kind)
    return np.frombuffer((ctypes.c_char * (count * kind.itemsize)).from_address(address), kind)


def bytes_of_array(array):
    size = 8 * array.ndim + array.nbytes
    return size + -size % WIDTH


def put(address, value):
    if isinstance(value, np.ndarray):
        _at(address, value.ndim, np.int64)[:] = value.shape
        _at(address + 8 * value.ndim, value.size, value.dtype)[:] = value.ravel()
        return address + bytes_of_array(value)
    _at(address, 1, np.asarray(value).dtype)[0] = value
    return address + WIDTH


def taken(address, like):
    if isinstance(like, np.ndarray):
        shape = tuple(int(n) for n in _at(address, like.ndim, np.int64))
        found = _at(address + 8 * like.ndim, int(np.prod(shape)), like.dtype).copy().reshape(shape)
        return found, address + bytes_of_array(found)
    found = _at(address, 1, np.asarray(like).dtype)[0]
    return type(like)(found), address + WIDTH


def taken_into(array, address):
    found, address = taken(address, array)
    assert found.shape == array.shape
    array[...] = found
    return address


def seen(session, value):
    whole = np.ascontiguousarray(value)
    callbacks._seen(session, whole.ctypes.data, whole.nbytes)


def opened(path, *numbers):
    letters = np.array([ord(c) for c in path], np.uint32)
    return callbacks._open(letters.ctypes.data, letters.size, *numbers)


def fits(size, room):
    if size != room:
        raise ValueError("an array changes its shape")


def is_same(one, other):
    here, there = one.__array_interface__, other.__array_interface__
    return here["data"] == there["data"] and one.shape == other.shape and one.strides == other.strides


FUNCTIONS = {
    compiled.bytes_of_array: bytes_of_array,
    compiled.put: put,
    compiled.taken: taken,
    compiled.taken_into: taken_into,
    compiled.seen: seen,
    compiled.opened: opened,
    compiled.fits: fits,
    compiled.is_same: is_same,
    compiled.planned: lambda session: (callbacks._blocks(session), callbacks._slots(session)),
    compiled.entered: callbacks._enter,
    compiled.first_block: callbacks._first,
    compiled.remaining: callbacks._remaining,
    compiled.asked: callbacks._ask,
    compiled.onward: callbacks._onward,
    compiled.read_state: callbacks._read,
    compiled.where: callbacks._where,
    compiled.is_due: lambda session: bool(callbacks._due(session)),
    compiled.begun_forward: callbacks._forward_begin,
    compiled.forward_record: callbacks._forward_read,
    compiled.reserved: callbacks._reverse_room,
    compiled.begun_reverse: callbacks._reverse_begin,
    compiled.reverse_record: callbacks._reverse_read,
    compiled.committed: callbacks._commit,
    compiled.finished: lambda session: callbacks._finish(session) if session else None,
}


def by_python(function):
    """An adjoint that plain Python runs (`judge.plain`), with the functions above."""
    for space in spaces(function):
        for name, value in list(space.items()):
            if callable(value) and getattr(value, "__module__", "") == compiled.__name__ and value in FUNCTIONS:
                space[name] = FUNCTIONS[value]
    return function
