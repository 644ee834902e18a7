"""The line on standard error that shows how far a checkpointed loop has come; compiled code calls `Bar.shown` from time to time."""

from __future__ import annotations

import sys
import time

from ..workspace.watch import ENDLESS, on_call_back

__all__ = ["BAR", "Bar"]

FORWARD = 1  # the number of the sweep, as compiled code gives it
EVERY = 0.1  # seconds between two lines
PATIENCE = 0.5  # seconds before the first one: no guess of the time that is left is worth reading then
INTERRUPTED = -1  # one less than 0, which compiled code takes for an interrupt


class Bar:
    """One line that is written over again."""

    def __init__(self) -> None:
        self._sweep, self._first, self._since, self._before = 0, 0, 0.0, 0
        self._open = False

    def shown(self, text: str, sweep: int, done: int, total: int) -> int:
        """Show a number of steps: those that are done, or in the reverse sweep those that are left.

        Returns
        -------
        int
            At which number to be called again; `INTERRUPTED` where the user pressed Ctrl-C.
        """
        try:
            return self._show(text, sweep, done, total)
        except KeyboardInterrupt:
            return INTERRUPTED
        except Exception:  # of the stream: what is computed goes on without a line
            return 0 if sweep != FORWARD else ENDLESS

    def _show(self, text: str, sweep: int, done: int, total: int) -> int:
        now = time.monotonic()
        forward = sweep == FORWARD
        started = sweep != self._sweep or (done > self._before if not forward else done < self._before)
        if started:
            self._sweep, self._first, self._since = sweep, done - 1 if forward else done + 1, now
        self._before = done
        steps = done - self._first if forward else self._first - done
        whole = total if forward else self._first
        rate = steps / max(now - self._since, 1e-6)
        if now - self._since > PATIENCE:
            self._write(f"{text}: {'forward' if forward else 'reverse'} sweep {self._told(steps, whole, rate)}")
        if not forward and done == 0:
            self.close()
        ahead = max(int(rate * EVERY), 1) if not started else max(steps, 1)
        return done + ahead if forward else max(done - ahead, 0)

    @staticmethod
    def _told(steps: int, whole: int, rate: float) -> str:
        if whole >= ENDLESS:
            return f"{steps} steps"
        left = round(max(whole - steps, 0) / max(rate, 1e-9))
        return f"{100 * steps // max(whole, 1):3d} %, {left // 60}:{left % 60:02d} left"

    def _write(self, line: str) -> None:
        sys.stderr.write(f"\r{line:<70}")
        sys.stderr.flush()
        self._open = True

    def close(self) -> None:
        """End the line, if there is one."""
        if self._open:
            self._open = False
            sys.stderr.write("\n")
            sys.stderr.flush()


BAR = Bar()
on_call_back(BAR.shown)
