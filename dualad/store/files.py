"""A folder that belongs to one run: locked, with files whose space is reserved, and never anybody else's.

Space is reserved before a file is mapped into memory, so that a full disk is an error there and no signal later.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import io
import mmap
import os
import re
from pathlib import Path

from ..errors import StoreError

__all__ = ["HEADER", "Folder", "Mapped"]

LOCK, HEADER = "dualad.lock", "dualad.run"
_NEW = HEADER + ".new"
_MADE = "dualad.made"  # a file that has not its size yet, or no name
_DATA = re.compile(r"dualad\.(state|forward|reverse)-\d+")
_NO_SPACE = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_NOT_OFFERED = {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}
_PIECE = 2**20


class Mapped:
    """A file in memory.

    Parameters
    ----------
    path : Path
    size : int
        Its size in bytes, at least 1.

    Attributes
    ----------
    address : int
        Of the first byte.
    view : memoryview
        All bytes.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size = path, size
        with open(path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), size)
        self._held = ctypes.c_char.from_buffer(self._map)
        self.address = ctypes.addressof(self._held)
        self.view = memoryview(self._map)

    def close(self) -> None:
        """Give the memory back; the file stays."""
        self.view.release()
        del self._held
        self._map.close()


class Folder:
    """A folder while this process works in it, from `take` to `remove` or `close`.

    Parameters
    ----------
    path : str or path
        Made if it is not there.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).absolute()
        self._mapped: list[Mapped] = []
        self._lock: io.FileIO | None = None

    def take(self, resumed: bool = False) -> None:
        """Lock the folder.

        Parameters
        ----------
        resumed : bool
            Whether a run is there that is to be gone on with; else there must be nothing.

        Raises
        ------
        StoreError
            If the folder cannot be used.
        """
        try:
            if not resumed:
                self.path.mkdir(parents=True, exist_ok=True)
            self._check(resumed)
            self._lock = self._locked()
            self._check(resumed)
        except OSError as problem:
            self.close()
            raise self._unusable(problem) from None
        except BaseException:
            self.close()
            raise

    def _unusable(self, problem: OSError) -> StoreError:
        return StoreError(
            f"the folder {str(self.path)!r} cannot be used: {problem.strerror or problem}",
            "give a folder that can be made or written into, or one that holds a run",
        )

    def _check(self, resumed: bool) -> None:
        """Refuse a folder with anything in it that does not belong there."""
        names = sorted(os.listdir(self.path))
        if resumed:
            if HEADER not in names:
                raise StoreError(
                    f"the folder {str(self.path)!r} holds no run of a checkpointed loop",
                    "give the folder that was `disk=` of a loop whose derivative was ended before it was finished",
                )
            return
        if HEADER in names:
            raise StoreError(
                f"the folder {str(self.path)!r} holds a run that is not finished",
                "go on with it by `ad.resume(folder)`, delete the folder, or give another one",
            )
        others = [name for name in names if name not in (LOCK, _NEW)]
        if others:
            raise StoreError(
                f"the folder {str(self.path)!r} is not empty: {', '.join(map(repr, others[:3]))}",
                "give a folder that is empty or not there, so that nothing of yours can be overwritten",
            )

    def _locked(self) -> io.FileIO:
        """Take the lock; the system gives it back when the process ends, however that happens."""
        path = self.path / LOCK
        while True:
            file = io.FileIO(
                path, "r+", opener=_private
            )  # at its start: that byte is locked where files are locked by bytes
            try:
                _lock(file.fileno())
                # another process may have finished and removed the file in between
                if os.path.exists(path) and os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
                    file.truncate(0)
                    file.write(b"%d\n" % os.getpid())
                    return file
            except BlockingIOError:
                owner = file.read(32).decode(errors="replace").strip()
                file.close()
                raise StoreError(
                    f"the folder {str(self.path)!r} is in use by process {owner}",
                    "give each derivative that is computed at the same time a folder of its own",
                ) from None
            except BaseException:
                file.close()
                raise
            file.close()

    def create(self, name: str, size: int) -> Mapped:
        """A file of a size, with space on the disk for all of it; one of that name is replaced.

        It has its name only when it has its size, so that no run that is ended in between leaves one that looks cut.

        Raises
        ------
        StoreError
            If the disk is full.
        """
        assert _DATA.fullmatch(name)
        path, made = self.path / name, self.path / _MADE
        try:
            with open(made, "wb", buffering=0, opener=_private) as file:
                _reserve(file.fileno(), size)
            os.replace(made, path)
            return self._kept(Mapped(path, size))
        except OSError as problem:
            with contextlib.suppress(OSError):
                made.unlink()
            if problem.errno in _NO_SPACE:
                raise StoreError(
                    f"there is no room for {size} bytes in the folder {str(self.path)!r}",
                    "free some space, or give a folder on another disk",
                ) from None
            raise self._unusable(problem) from None

    def open(self, name: str, size: int | None = None) -> Mapped | None:
        """A file that is there; None if it is not.

        Raises
        ------
        StoreError
            If it is of another size, or cannot be read.
        """
        path = self.path / name
        try:
            found = path.stat().st_size
            if size not in (None, found) or found == 0:
                raise StoreError(
                    f"the file {str(path)!r} has {found} bytes instead of {size or 'some'}: it was cut or replaced",
                    "start again in an empty folder",
                )
            return self._kept(Mapped(path, found))
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise self._unusable(problem) from None

    def _kept(self, mapped: Mapped) -> Mapped:
        self._mapped.append(mapped)
        return mapped

    def drop(self, mapped: Mapped) -> None:
        """Close and remove one file."""
        self._mapped.remove(mapped)
        mapped.close()
        with contextlib.suppress(OSError):
            mapped.path.unlink()

    def write_header(self, content: bytes) -> None:
        """Write the file that makes the folder hold a run, as a whole."""
        new = self.path / _NEW
        try:
            with open(new, "wb", opener=_private) as file:
                file.write(content)
            os.replace(new, self.path / HEADER)
        except OSError as problem:
            if problem.errno in _NO_SPACE:
                raise StoreError(
                    f"there is no room for the call itself in the folder {str(self.path)!r}", "free some space"
                ) from None
            raise self._unusable(problem) from None

    def close(self) -> None:
        """Leave the folder as it is, for a run that goes on with it."""
        self._unmap()
        if self._lock is not None:
            self._lock.close()

    def _unmap(self) -> None:
        while self._mapped:
            self._mapped.pop().close()

    def remove(self) -> None:
        """Remove the files of the run, and nothing else."""
        self._unmap()
        try:
            names = os.listdir(self.path)
        except OSError:
            names = []
        own = [name for name in names if _DATA.fullmatch(name)] + [_MADE, _NEW, HEADER, LOCK]
        for name in own:  # the header after the data, so that what is left of an end that is cut short is a run
            with contextlib.suppress(OSError):
                (self.path / name).unlink()
        self.close()


def _private(path: str, flags: int) -> int:
    """Open a file, made if it is not there, that nobody else may read."""
    return os.open(path, flags | os.O_CREAT, 0o600)


def _lock(descriptor: int) -> None:
    """Lock a file, or raise BlockingIOError."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError as problem:
            raise BlockingIOError from problem
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _reserve(descriptor: int, size: int) -> None:
    """Give a file its size, with space on the disk for all of it."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(descriptor, 0, size)
            return
        except OSError as problem:
            if problem.errno not in _NOT_OFFERED:
                raise
    zeros = bytes(min(size, _PIECE))
    left = size
    while left:
        left -= os.write(descriptor, zeros[: min(left, _PIECE)])
