"""A folder of entries that many processes read and write at once.

An entry is written to a temporary file and renamed, so readers see all of it or nothing. It starts with a
checksum: what is cut short, damaged or no entry at all is the same as absent. The folder is kept below a size
by removing the entries that were used longest ago. No failure of the file system reaches the caller: a cache
may always be empty.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from pathlib import Path

from numba.misc.appdirs import AppDirs

__all__ = ["Store", "cache_folder"]

_MAGIC = b"dualad cache entry 1\n"
_SUFFIX = ".entry"
_TEMPORARY = ".writing"
_DEFAULT_MEBIBYTES = 512.0
_HOUR = 3600.0


def cache_folder() -> Path | None:
    """The folder named by DUALAD_CACHE_DIR, else the user's own; None if DUALAD_CACHE is 0."""
    if os.environ.get("DUALAD_CACHE", "").strip() == "0":
        return None
    chosen = os.environ.get("DUALAD_CACHE_DIR")
    return Path(chosen or AppDirs(appname="dualad", appauthor=False).user_cache_dir)


def _limit() -> float:
    """Largest total size of the entries in bytes: DUALAD_CACHE_SIZE in MiB."""
    try:
        return float(os.environ["DUALAD_CACHE_SIZE"]) * 2**20
    except (KeyError, ValueError):
        return _DEFAULT_MEBIBYTES * 2**20


class Store:
    """Entries of one folder by name.

    Parameters
    ----------
    folder : Path
        Made when the first entry is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> bytes | None:
        """Contents of an entry, which counts as used now; None if there is no sound one."""
        path = self._path(name)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        start = len(_MAGIC) + hashlib.blake2b().digest_size
        content = data[start:]
        if data[:start] != _MAGIC + hashlib.blake2b(content).digest():
            return None
        with contextlib.suppress(OSError):  # the folder may be read-only
            os.utime(path)
        return content

    def write(self, name: str, content: bytes) -> bool:
        """Add or replace an entry, and make room for it; tells whether it was written."""
        data = _MAGIC + hashlib.blake2b(content).digest() + content
        limit = _limit()
        if len(data) > limit:
            return False
        temporary = None
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(suffix=_TEMPORARY, dir=self.folder)
            with open(handle, "wb") as file:
                file.write(data)
            os.replace(temporary, self._path(name))
        except OSError:
            if temporary is not None:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
            return False
        self._evict(limit)
        return True

    def remove(self, name: str) -> None:
        """Remove an entry if it is there."""
        with contextlib.suppress(OSError):
            self._path(name).unlink()

    def _path(self, name: str) -> Path:
        return self.folder / (name + _SUFFIX)

    def _evict(self, limit: float) -> None:
        """Remove what was used longest ago, to a tenth below the limit, so that this happens rarely."""
        entries, total = [], 0
        with contextlib.suppress(OSError), os.scandir(self.folder) as found:
            for item in found:
                with contextlib.suppress(OSError):  # another process may remove it meanwhile
                    status = item.stat()
                    if item.name.endswith(_TEMPORARY) and status.st_mtime < time.time() - _HOUR:
                        os.unlink(item.path)  # its writer was killed
                    elif item.name.endswith(_SUFFIX):
                        entries.append((status.st_mtime_ns, status.st_size, item.path))
                        total += status.st_size
        if total <= limit:
            return
        for _, size, path in sorted(entries):
            if total <= 0.9 * limit:
                break
            with contextlib.suppress(OSError):
                os.unlink(path)
            total -= size
