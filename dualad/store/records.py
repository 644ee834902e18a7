"""Bytes in a file that are whole or not there: a header with a checksum, whose mark is written last.

A process may be killed between any two writes. What it wrote before stays, as the memory of a mapped file is the system's.
So the mark of a record is taken away before its bytes change, and put back when everything else stands.
"""

from __future__ import annotations

import struct
import zlib

from ..errors import StoreError
from .files import Folder, Mapped

__all__ = ["Pair", "Record"]

_MARK = b"dualad\x00\x01"
_FIELDS = struct.Struct("<16sqQII")  # run, position, size, checksum, unused
_START = 64  # bytes before the contents
_LARGEST = 2**30  # bytes that are checked at once


class Record:
    """One record in a file of its own.

    Parameters
    ----------
    mapped : Mapped
    run : bytes
        16 bytes that tell the run from others.
    """

    def __init__(self, mapped: Mapped, run: bytes) -> None:
        self.mapped, self.run = mapped, run

    @staticmethod
    def size(content: int) -> int:
        """Bytes of a file for a record of that many."""
        return _START + content

    @property
    def room(self) -> int:
        """Bytes that the record may hold."""
        return self.mapped.size - _START

    @property
    def address(self) -> int:
        """Where the contents begin."""
        return self.mapped.address + _START

    def begin(self) -> int:
        """Before the contents change; tells where they begin."""
        self.mapped.view[: len(_MARK)] = bytes(len(_MARK))
        return self.address

    def commit(self, position: int, size: int) -> None:
        """The first `size` bytes are whole, and belong to a position."""
        fields = _FIELDS.pack(self.run, position, size, self._sum(size), 0)
        view, first = self.mapped.view, len(_MARK)
        view[first : first + _FIELDS.size] = fields
        # also the header is covered, whose bytes a disk may lose as well
        view[_START - 4 : _START] = struct.pack("<I", zlib.crc32(fields))
        view[:first] = _MARK

    def position(self) -> int | None:
        """Of the contents; None if they are not whole.

        Raises
        ------
        StoreError
            If the file is of another run or its header damaged.
        """
        view, first = self.mapped.view, len(_MARK)
        mark = bytes(view[:first])
        if mark == bytes(first):
            return None
        fields = bytes(view[first : first + _FIELDS.size])
        (checksum,) = struct.unpack("<I", view[_START - 4 : _START])
        if mark != _MARK or checksum != zlib.crc32(fields):
            raise self._damaged("its first bytes are not what was written")
        run, position, size, _, _ = _FIELDS.unpack(fields)
        if run != self.run:
            raise self._damaged("it belongs to another run")
        if size > self.room:
            raise self._damaged("it was cut")
        return int(position)

    def check(self) -> int:
        """Where the contents begin, once they are found to be what was written.

        Raises
        ------
        StoreError
            If they are not.
        """
        if self.position() is None:
            raise self._damaged("it is not whole")
        _, _, size, checksum, _ = _FIELDS.unpack_from(self.mapped.view, len(_MARK))
        if checksum != self._sum(size):
            raise self._damaged("its checksum is not that of its contents")
        return self.address

    def _sum(self, size: int) -> int:
        found = 0
        for start in range(0, size, _LARGEST):
            found = zlib.crc32(self.mapped.view[_START + start : _START + min(size, start + _LARGEST)], found)
        return found

    def _damaged(self, how: str) -> StoreError:
        return StoreError(f"the file {str(self.mapped.path)!r} is damaged: {how}", "start again in an empty folder")


class Pair:
    """Two files that are written in turn, so that one record is always whole once one was.

    Parameters
    ----------
    folder : Folder
    name : str
        Of the files, without their numbers.
    run : bytes
    """

    def __init__(self, folder: Folder, name: str, run: bytes) -> None:
        self.folder, self.name, self.run = folder, name, run
        self._records: list[Record | None] = [None, None]
        self._last = 1

    def reopen(self, better: str) -> Record | None:
        """The record that was written last, checked; None if there is none.

        Parameters
        ----------
        better : str
            Whether positions have become "larger" or "smaller".
        """
        found = []
        for k in range(2):
            mapped = self.folder.open(f"{self.name}-{k}")
            if mapped is not None:
                if mapped.size < _START:
                    raise StoreError(f"the file {str(mapped.path)!r} was cut", "start again in an empty folder")
                record = self._records[k] = Record(mapped, self.run)
                position = record.position()
                if position is not None:
                    found.append((position if better == "larger" else -position, k))
        if not found:
            return None
        self._last = max(found)[1]
        last = self._records[self._last]
        assert last is not None
        last.check()
        return last

    def reserve(self, size: int) -> None:
        """Make room in both files.

        Raises
        ------
        StoreError
            If the disk is full.
        """
        for k in ((1 - self._last), self._last):
            known = self._records[k]
            if known is None:
                self._records[k] = Record(self.folder.create(f"{self.name}-{k}", Record.size(size)), self.run)

    def begin(self, size: int) -> Record:
        """The file that holds the older record, or none, with room for `size` bytes."""
        k = 1 - self._last
        record = self._records[k]
        if record is not None and record.room < size:
            self._records[k] = None
            self.folder.drop(record.mapped)
            record = None
        if record is None:
            record = self._records[k] = Record(self.folder.create(f"{self.name}-{k}", Record.size(size)), self.run)
        record.begin()
        return record

    def commit(self, position: int, size: int) -> None:
        """What was begun is whole."""
        self._last = 1 - self._last
        record = self._records[self._last]
        assert record is not None
        record.commit(position, size)
