"""How compiled code reaches a session: C functions that call Python, defined as symbols once in a process.

Each takes integers, and last the address where its result goes: one more than what the function says. The 0 that was there
before stays if Python raises. The exception is noted then for the `StoreError` that the compiled code raises
(`errors.note`). That holds too for Ctrl-C, which Python may raise before the first statement of the function that it calls.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from llvmlite import binding as llvm

from ..errors import StoreError, note
from .files import Folder
from .header import CALLERS, Call, Run, read
from .session import Session

__all__ = ["PREFIX", "define", "leave", "resuming", "sessions"]

PREFIX = "dualad_store_"
_TYPE = ctypes.c_int64

#: Sessions that are open, by their handles, with their threads; before one begins, only its folder.
sessions: dict[int, tuple[int, Session | Folder]] = {}
_handles = itertools.count(1)
_thread = threading.local()
_defined: list[Any] = []  # kept for as long as the process runs


class resuming:
    """While this is entered, the next session of this thread goes on with the run in a folder.

    Parameters
    ----------
    folder : str or path
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = os.path.realpath(folder)

    def __enter__(self) -> None:
        _thread.resumed = self.folder

    def __exit__(self, *error: Any) -> None:
        _thread.resumed = None


def leave(failed: bool) -> None:
    """Close what this thread has left open, when a call has ended with an exception.

    Parameters
    ----------
    failed : bool
        Whether the program would fail again in the same way, so that there is nothing to go on with.
    """
    for handle, (thread, session) in list(sessions.items()):
        if thread == threading.get_ident():
            del sessions[handle]
            if isinstance(session, Folder):
                session.close()
            elif failed:
                session.finish()
            else:
                session.leave()


def _open(letters: int, count: int, blocks: int, slots: int, state_bytes: int, forward_bytes: int) -> int:
    path = "".join(map(chr, (ctypes.c_uint32 * count).from_address(letters)))
    if not path:
        raise StoreError("`disk` of `checkpointed` is an empty text", "give the name of a folder")
    resumed = _is_resumed(path)
    handle, thread, folder = next(_handles), threading.get_ident(), Folder(path)
    sessions[handle] = thread, folder  # before it is locked: Ctrl-C may come at any time
    try:
        folder.take(resumed)
        begin = _gone_on if resumed else _begun
        sessions[handle] = thread, begin(folder, blocks, slots, state_bytes, forward_bytes)
    except BaseException:
        del sessions[handle]
        folder.close()
        raise
    return handle


def _is_resumed(path: str) -> bool:
    resumed = getattr(_thread, "resumed", None)
    if resumed is None or resumed != os.path.realpath(path):
        return False
    _thread.resumed = None
    return True


def _begun(folder: Folder, blocks: int, slots: int, state_bytes: int, forward_bytes: int) -> Session:
    try:
        return Session(folder, Run(_caller(), blocks, slots, state_bytes), forward_bytes, resumed=False)
    except Exception:
        folder.remove()
        raise


def _gone_on(folder: Folder, blocks: int, slots: int, state_bytes: int, forward_bytes: int) -> Session:
    run = read(folder.path)
    if run.state_bytes != state_bytes:
        raise StoreError(
            f"a state has {state_bytes} bytes, and the states in {str(folder.path)!r} have {run.state_bytes}",
            "resume with the same program and arguments, or start again in an empty folder",
        )
    return Session(folder, run, forward_bytes, resumed=True)


def _caller() -> Call:
    """The call from Python that has led here: compiled code has no frames, so it is the next one with known code."""
    frame = sys._getframe(4)  # of what has called the compiled code
    describe = CALLERS.get(frame.f_code)
    return Call() if describe is None else describe(frame.f_locals)


def _seen(handle: int, address: int, size: int) -> int:
    if size:
        _session(handle).seen(memoryview((ctypes.c_char * size).from_address(address)).cast("B"))
    return 0


def _enter(handle: int) -> int:
    _session(handle).enter()
    return 0


def _blocks(handle: int) -> int:
    return _session(handle).run.blocks


def _slots(handle: int) -> int:
    return _session(handle).run.slots


def _first(handle: int) -> int:
    return _session(handle).first


def _remaining(handle: int) -> int:
    return _session(handle).remaining


def _ask(handle: int, block: int, end: int) -> int:
    return _session(handle).ask(block, end)


def _onward(handle: int, block: int) -> int:
    return _session(handle).onward(block)


def _read(handle: int, block: int) -> int:
    return _session(handle).read(block)


def _where(handle: int) -> int:
    return _session(handle).where()


def _due(handle: int) -> int:
    return int(_session(handle).due())


def _forward_begin(handle: int, block: int, size: int) -> int:
    return _session(handle).forward_begin(block, size)


def _forward_read(handle: int) -> int:
    return _session(handle).forward_read()


def _reverse_room(handle: int, size: int) -> int:
    _session(handle).reverse_room(size)
    return 0


def _reverse_begin(handle: int, left: int, size: int) -> int:
    return _session(handle).reverse_begin(left, size)


def _reverse_read(handle: int) -> int:
    return _session(handle).reverse_read()


def _commit(handle: int) -> int:
    _session(handle).commit()
    return 0


def _finish(handle: int) -> int:
    _session(handle).finish()
    del sessions[handle]  # only now: Ctrl-C may have come before
    return 0


def _session(handle: int) -> Session:
    session = sessions[handle][1]
    assert isinstance(session, Session)
    return session


def _guarded(function: Callable[..., int]) -> Callable[..., None]:
    def call(*args: int) -> None:
        try:
            ctypes.c_int64.from_address(args[-1]).value = function(*args[:-1]) + 1
        except BaseException as error:
            note(error)

    return call


_CODE = _guarded(_commit).__code__


def _note_unraisable() -> None:
    """Note what is raised outside of `try` in a function that compiled code calls; Python would only print it."""
    before = sys.unraisablehook

    def hook(unraisable: Any) -> None:
        trace = unraisable.exc_traceback
        if trace is not None and trace.tb_frame.f_code is _CODE:
            note(unraisable.exc_value)
        else:
            before(unraisable)

    sys.unraisablehook = hook


#: Name -> function and its number of arguments.
FUNCTIONS: dict[str, tuple[Callable[..., int], int]] = {
    function.__name__[1:]: (function, function.__code__.co_argcount)
    for function in (
        _open, _seen, _enter, _blocks, _slots, _first, _remaining, _ask, _onward, _read, _where, _due,
        _forward_begin, _forward_read, _reverse_room, _reverse_begin, _reverse_read, _commit, _finish,
    )
}  # fmt: skip


def define() -> None:
    """Define the symbols, once in a process."""
    if _defined:
        return
    _note_unraisable()
    for name, (function, count) in FUNCTIONS.items():
        made = ctypes.CFUNCTYPE(None, *[_TYPE] * (count + 1))(_guarded(function))
        llvm.add_symbol(PREFIX + name, ctypes.cast(made, ctypes.c_void_p).value)
        _defined.append(made)
