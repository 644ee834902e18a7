"""Runs that are ended: killed in a forked process when compiled code has called its store a number of times; at any line."""

import contextlib
import os
import signal
import sys
import traceback

import dualad.store
from dualad.store.session import Session

METHODS = (
    "seen", "enter", "ask", "onward", "read", "due", "forward_begin", "forward_read", "reverse_room",
    "reverse_begin", "reverse_read", "commit", "finish",
)  # fmt: skip


STORE = os.path.dirname(dualad.store.__file__)


@contextlib.contextmanager
def at_line(after, act, again):
    """While this is entered, `act` is called before line number `after` of the store's code runs; gives what is left to count.

    With `again`, a line counts each time it runs, else once for each way that leads to it through the store.
    """
    left, seen, before = [after], set(), sys.gettrace()

    def line(frame, event, _):
        place, at = [], frame
        while at is not None and at.f_code.co_filename.startswith(STORE):
            place.append((at.f_code, at.f_lineno))
            at = at.f_back
        place = tuple(place)
        if event == "line" and (again or place not in seen):
            seen.add(place)
            left[0] -= 1
            if not left[0]:
                act()
        return line

    sys.settrace(lambda frame, *_: line if frame.f_code.co_filename.startswith(STORE) else None)
    try:
        yield left
    finally:
        sys.settrace(before)


def killed(call, after, torn=False, methods=METHODS):
    """Make a call in another process, which is killed at the store's call number `after`; tells whether it came so far.

    Of all calls, those of `methods` count.

    With `torn`, what was being written is spoilt first, as if only a part of it had been written.
    """

    def counted():
        _count(after, torn, methods)
        call()

    return was_killed(counted)


def killed_at_line(call, after, again):
    """Make a call in another process, which is killed before line number `after` of the store's code; tells whether it was."""

    def traced():
        with at_line(after, lambda: os.kill(os.getpid(), signal.SIGKILL), again):
            call()

    return was_killed(traced)


def was_killed(call):
    """Make a call in another process; tells whether that process was killed instead of coming to its end."""
    child = os.fork()
    if child == 0:
        status = 3
        try:
            call()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL), f"the process ended with {status}"
    return status == signal.SIGKILL


def _count(after, torn, methods):
    left = [after]

    def counted(method):
        def call(session, *args):
            left[0] -= 1
            if left[0] <= 0:
                if torn and method.__name__ == "commit":
                    _spoil(session)
                os.kill(os.getpid(), signal.SIGKILL)
            return method(session, *args)

        return call

    for name in methods:
        setattr(Session, name, counted(getattr(Session, name)))


def _spoil(session):
    kind, what, _, _ = session._pending
    record = what if kind == "state" else kind._records[1 - kind._last]
    half = record.mapped.size // 2 + 32
    record.mapped.view[half:] = bytes(b ^ 255 for b in record.mapped.view[half:])
