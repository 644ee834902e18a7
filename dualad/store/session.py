"""One loop and its folder: when a state goes to disk, and how far the loop has come.

Blocks are grouped in at most `UNITS` units, and the table of H-Revolve with two levels (`checkpoint.two_level`) says between
which of them states are stored on disk; what lies between two of these is reversed from memory. What a write, a read
and a block cost is measured at the start of the forward sweep. The state at the loop's entry is always on disk.

A run goes on from what was written last of two records:

- *forward*: all that the loop has changed before a block, now and then, and at its end
- *reverse*: the cotangents, now and then, when the next state is read from disk

and from any states on disk that are whole. States beyond the last record that are missing are come to again.
"""

from __future__ import annotations

import shutil
import time
import zlib
from typing import Any

import numpy as np

from ..checkpoint import two_level
from ..errors import StoreError
from .files import Folder
from .header import Run
from .records import Pair, Record

__all__ = ["Session"]

UNITS = 500  # at most; the table takes time and memory that grow with its square
PROBE = 0.01  # seconds that blocks are measured for, unless a unit takes longer
PAUSE = 10.0  # seconds between records at least
SHARE = 0.02  # of the time that goes into records at most
SHARE_OF_DISK = 0.5  # of the free space that is taken at most

_table: Any = None  # compiled when the first one is needed


class _Stored:
    """A state on disk."""

    def __init__(self, position: int, record: Record) -> None:
        self.position, self.record = position, record


class Session:
    """The store of one loop while it runs.

    Parameters
    ----------
    folder : Folder
    run : Run
    forward_bytes : int
        Of a record of the forward sweep, at most, as far as known.
    resumed : bool
        Whether the folder holds the run already.
    """

    def __init__(self, folder: Folder, run: Run, forward_bytes: int, resumed: bool) -> None:
        self.folder, self.run = folder, run
        self.units_of = max(1, -(-run.blocks // UNITS))  # blocks in a unit
        self.stack: list[_Stored] = []
        self.free: list[Record] = []
        self.peak = 0  # states on disk at most
        self.splits: Any = None
        self.slots = 1
        self._files = 0
        self._left = 0
        self._began = -1
        self._clock = self._saved = time.perf_counter()
        self._cost_of_save = 0.0
        self._write = self._read = 0.0
        self._pending: Any = None
        self._entry = 0
        self._forward = Pair(folder, "dualad.forward", run.mark)
        self._reverse = Pair(folder, "dualad.reverse", run.mark)
        self._from_forward: tuple[int, Record] | None = None
        self._from_reverse: tuple[int, Record] | None = None
        if resumed and run.entry is not None:
            self._reopen()
        else:  # what is there besides is left of a start or an end that was cut short
            self.folder.write_header(run.content())
            self._forward.reserve(forward_bytes)
            self.free.append(self._new_slot())

    # the loop's entry

    def seen(self, view: memoryview) -> None:
        """Take bytes into the checksum of what the loop finds at its entry."""
        self._entry = zlib.crc32(view, self._entry)

    def enter(self) -> None:
        """All was seen: the run begins, or is compared with the one that was begun.

        Raises
        ------
        StoreError
            If it differs.
        """
        if self.run.entry is None:
            self.run.entry = self._entry
            self.folder.write_header(self.run.content())
        elif self._entry != self.run.entry:
            raise StoreError(
                "the checkpointed loop began with other values than when the run was started",
                "what runs before the loop must give the same each time; else start again in an empty folder",
            )

    def _reopen(self) -> None:
        record = self._reverse.reopen("smaller")
        if record is not None:
            self._from_reverse = _position(record), record
        record = self._forward.reopen("larger")
        if record is not None:
            self._from_forward = _position(record), record
        size = Record.size(self.run.state_bytes)
        found = []
        while (mapped := self.folder.open(f"dualad.state-{self._files}", size)) is not None:
            self._files += 1
            record = Record(mapped, self.run.mark)
            position = record.position()
            if position is None:
                self.free.append(record)
            else:
                found.append(_Stored(position, record))
        self.stack = sorted(found, key=lambda stored: stored.position)
        if not self.first and not self.stack:
            self.free = self.free or [self._new_slot()]
        elif not self.stack or self.stack[0].position:
            raise StoreError(
                f"the folder {str(self.folder.path)!r} lacks the state at the loop's entry",
                "start again in an empty folder",
            )
        last = self._from_reverse[0] - 1 if self._from_reverse else self.run.blocks if self.complete else self.first
        self._pop(last)
        self._write = self._read = 0.0

    @property
    def first(self) -> int:
        """The block that the forward sweep begins with."""
        return self._from_forward[0] if self._from_forward else 0

    @property
    def complete(self) -> bool:
        """Whether the forward sweep was at its end when the run was ended."""
        return self._from_forward is not None and self._from_forward[0] == self.run.blocks

    @property
    def remaining(self) -> int:
        """How many blocks are to be reversed."""
        return self._from_reverse[0] if self._from_reverse else self.run.blocks

    # states

    def ask(self, block: int, end: int) -> int:
        """Where the state before a block is to be written; 0 if it is not.

        Parameters
        ----------
        block, end : int
            The block, and the one behind the last that is to be reversed.
        """
        stored = bool(self.stack) and self.stack[-1].position == block
        if not self.stack:
            return self._begin_state(block)
        if self.splits is None and not self._measured(block):
            return 0
        free = self.slots - len(self.stack) + stored
        length = -(-(end - block) // self.units_of)
        self._left = 0
        if free > 0:
            self._left = int(self.splits[int(stored), min(free, self.splits.shape[1] - 1), length])
        return self._begin_state(block) if self._left and not stored else 0

    def onward(self, block: int) -> int:
        """After `ask` and what it asked for: where to ask next; `block` itself if what follows is stored in memory."""
        if self.splits is not None:
            return block + self._left * self.units_of
        if self._began < 0:
            self._began, self._clock = block, time.perf_counter()
        done = block - self._began
        return self._began + min(max(2 * done, 1), self.units_of)

    def _begin_state(self, block: int) -> int:
        record = self.free.pop() if self.free else self._new_slot()
        self._pending = "state", record, block, time.perf_counter()
        return record.begin()

    def _new_slot(self) -> Record:
        mapped = self.folder.create(f"dualad.state-{self._files}", Record.size(self.run.state_bytes))
        self._files += 1
        return Record(mapped, self.run.mark)

    def read(self, block: int) -> int:
        """Where the last state before a block, or of it, begins."""
        self._pop(block)
        began = time.perf_counter()
        address = self.stack[-1].record.check()
        self._read = max(self._read, 2.0 * (time.perf_counter() - began))  # it is copied besides
        self._began = -1
        return address

    def where(self) -> int:
        """Position of the state that was read."""
        return self.stack[-1].position

    def _pop(self, block: int) -> None:
        while len(self.stack) > 1 and self.stack[-1].position > block:
            self.free.append(self.stack.pop().record)

    def _measured(self, block: int) -> bool:
        """Whether it is known now what a block costs; then the schedule is made."""
        if self._began < 0 or block <= self._began:
            return False
        elapsed = time.perf_counter() - self._clock
        if elapsed < PROBE and block - self._began < self.units_of:
            return False
        self._schedule(elapsed / (block - self._began) * self.units_of)
        return True

    def _schedule(self, unit: float) -> None:
        """Find how many states on disk are worth it, and make room for them."""
        units = -(-self.run.blocks // self.units_of)
        size = Record.size(self.run.state_bytes)
        room = int(SHARE_OF_DISK * shutil.disk_usage(self.folder.path).free) // size
        most = max(1, min(units, self._files + room))
        write, read = ((cost or self._read) / max(unit, 1e-12) for cost in (self._write, self._read))
        self.splits, least = _tabulate(units, self.run.slots, 1, write, read, self.units_of)
        slots, poor = 1, 0
        while slots < most and poor < 2:
            slots = min(2 * slots, most)
            splits, found = _tabulate(units, self.run.slots, slots, write, read, self.units_of)
            poor = poor + 1 if found > 0.99 * least else 0
            if found < least:
                self.splits, least = splits, found
        self.slots = self.splits.shape[1] - 1
        try:
            while self._files < self.slots:
                self.free.append(self._new_slot())
        except StoreError:
            self.slots = max(1, self._files)  # fewer will do

    # records

    def due(self) -> bool:
        """Whether it is time for a record."""
        return time.perf_counter() - self._saved >= max(PAUSE, self._cost_of_save / SHARE)

    def forward_begin(self, block: int, size: int) -> int:
        """Where a record of the forward sweep before a block goes."""
        return self._begin_record(self._forward, block, size)

    def reverse_begin(self, left: int, size: int) -> int:
        """Where a record of the reverse sweep goes, with so many blocks left."""
        return self._begin_record(self._reverse, left, size)

    def _begin_record(self, pair: Pair, position: int, size: int) -> int:
        began = time.perf_counter()
        record = pair.begin(size)
        self._pending = pair, size, position, began
        return record.address

    def reverse_room(self, size: int) -> None:
        """Before the reverse sweep: make room for its records."""
        self._reverse.reserve(size)

    def forward_read(self) -> int:
        """Where the record of the forward sweep begins that the run goes on from."""
        assert self._from_forward is not None
        return self._from_forward[1].address

    def reverse_read(self) -> int:
        """Where the record of the reverse sweep begins that the run goes on from."""
        assert self._from_reverse is not None
        return self._from_reverse[1].address

    def commit(self) -> None:
        """What was begun is written."""
        kind, what, position, began = self._pending
        if kind == "state":
            what.commit(position, self.run.state_bytes)
            self.stack.append(_Stored(position, what))
            self.peak = max(self.peak, len(self.stack))
            if position == 0:
                self._read = self._time_of_read(what)
            self._write = max(self._write, time.perf_counter() - began - self._read * (position == 0))
        else:
            kind.commit(position, what)
            self._saved = time.perf_counter()
            self._cost_of_save = self._saved - began

    def _time_of_read(self, record: Record) -> float:
        began = time.perf_counter()
        record.check()
        size = min(self.run.state_bytes, 2**24)  # a part is copied to see what the whole takes
        checked = time.perf_counter()
        bytes(record.mapped.view[:size])
        copied = (time.perf_counter() - checked) * self.run.state_bytes / max(size, 1)
        return checked - began + copied

    # the end

    def finish(self) -> None:
        """The derivative is computed: nothing stays."""
        self.run.entry = None
        self.folder.write_header(self.run.content())
        self.folder.remove()

    def leave(self) -> None:
        """The call has ended before: the run stays, to be gone on with."""
        self.folder.close()


def _position(record: Record) -> int:
    position = record.position()
    assert position is not None
    return position


def _tabulate(units: int, memory: int, disk: int, write: float, read: float, blocks: int) -> tuple[Any, float]:
    global _table
    if _table is None:
        from numba import njit

        _table = njit(cache=True)(two_level.tabulate.py_func)
    if memory < 1:  # everything is kept in memory: states on disk are for a run that is killed
        return np.zeros((2, disk + 1, units + 1), np.int64), 0.0
    splits, least = _table(units, memory, disk, write, read, blocks)
    return splits, float(least)
