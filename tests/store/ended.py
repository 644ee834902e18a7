"""Runs that are killed: in a forked process, when compiled code has called its store a number of times."""

import os
import signal
import traceback

from dualad.store.session import Session

METHODS = (
    "seen", "enter", "ask", "onward", "read", "due", "forward_begin", "forward_read", "reverse_room",
    "reverse_begin", "reverse_read", "commit", "finish",
)  # fmt: skip


def killed(call, after, torn=False, methods=METHODS):
    """Make a call in another process, which is killed at the store's call number `after`; tells whether it came so far.

    Of all calls, those of `methods` count.

    With `torn`, what was being written is spoilt first, as if only a part of it had been written.
    """
    child = os.fork()
    if child == 0:
        status = 3
        try:
            _count(after, torn, methods)
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
