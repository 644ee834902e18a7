"""The disk cache of compiled derivative functions.

`DiskCache` stands where Numba's own cache does, in the attribute `_cache` of a dispatcher. A result is found
again under the hash of everything it depends on, so nothing is ever invalidated: what has changed has another
name. Numba's cache cannot serve here: it ties results to one source file, does not see that a callee was
edited, and gives up on generated code and closures.

Environment variables, read at each use:

- DUALAD_CACHE=0 switches the cache off
- DUALAD_CACHE_DIR is its folder instead of the user's own cache folder
- DUALAD_CACHE_SIZE is the size in MiB beyond which the results used longest ago are removed, 512 unless set
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core import config, sigutils

from . import classes, compiled
from .extensions import foreign_extensions
from .fingerprint import Walker
from .numba_files import watch_numba_files
from .store import Store, cache_folder
from .trust import Unfingerprintable

__all__ = ["DiskCache", "versions"]

# Settings of Numba that only say what it prints and where it keeps things; all others are part of the key.
_WITHOUT_EFFECT = (
    "CUDA_",
    "DUMP_",
    "CACHE_",
    "THREADING_",
    "NUMBA_DEFAULT_NUM",
    "NUMBA_NUM",
    "COLOR_",
    "SHOW_HELP",
)


def _hash_of_sources(root: Path) -> str | None:
    """Hash of all source files in a folder; None if there are none, as in an archive."""
    hasher = hashlib.blake2b()
    files = sorted(root.rglob("*.py"))
    for file in files:
        content = file.read_bytes()
        hasher.update(f"{file.relative_to(root)} {len(content)}\n".encode() + content)
    return hasher.hexdigest() if files else None


watch_numba_files()

# Taken when this module is imported, with the rest of dualad: files may be edited while the process runs.
_SOURCES = _hash_of_sources(Path(__file__).resolve().parents[1])

# Results that this process has linked already, by key. Numba never unloads code, so a derivative that is made
# anew in every turn of a loop must not be linked again each time.
_linked: dict[str, Any] = {}


class DiskCache:
    """Disk cache of one dispatcher: `dispatcher._cache = DiskCache(...)`.

    Parameters
    ----------
    subject : object
        What the dispatcher's code is made from, usually the user's function; anything that `fingerprint`
        knows.
    options : object
        Everything else that it depends on besides the argument types: numbers, strings, tuples of them,
        functions.

    Attributes
    ----------
    hits, misses, saves : int
        Results loaded, results not found, results written.
    problem : str
        Why the last result was not cached, if it was not.
    """

    def __init__(self, subject: object, options: object = ()) -> None:
        self.subject, self.options = subject, options
        self.hits = self.misses = self.saves = 0
        self.problem = ""
        self._enabled = True
        self._used: set[str] = set()
        self._asked: dict[Any, str] = {}

    @property
    def cache_path(self) -> str | None:
        """Folder of the cache, or None if it is switched off."""
        folder = cache_folder()
        return None if folder is None else str(folder)

    def enable(self) -> None:
        """Load and save from now on."""
        self._enabled = True

    def disable(self) -> None:
        """Neither load nor save from now on."""
        self._enabled = False

    def flush(self) -> None:
        """Remove the results that this object has loaded or saved."""
        store = self._store()
        while self._used and store is not None:
            key = self._used.pop()
            _linked.pop(key, None)
            store.remove(key)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Find the result of an earlier compilation.

        Parameters
        ----------
        sig : tuple of numba types, or signature
        target_context : numba target context

        Returns
        -------
        numba CompileResult or None
            None if it has to be compiled.
        """
        store = self._store()
        key = None if store is None else self.key(sig, target_context)
        if store is None or key is None:
            return None
        self._asked[sig] = key
        result = self._find(store, key, tuple(sigutils.normalize_signature(sig)[0]), target_context)
        if result is None:
            self.misses += 1
            return None
        self.hits += 1
        self._asked.pop(sig)
        self._used.add(key)
        _linked[key] = result
        return result

    def _find(self, store: Store, key: str, arguments: tuple[Any, ...], target_context: Any) -> Any:
        linked = _linked.get(key)
        # types of equal description are not the same if they belong to a class that has been defined again
        if linked is not None and tuple(linked.signature.args) == arguments:
            return compiled.share(linked, target_context)
        content = store.read(key)
        try:
            return None if content is None else compiled.load(content, arguments, target_context)
        except compiled.NotPortable as problem:
            self.problem = str(problem)
            return None

    def save_overload(self, sig: Any, cres: Any) -> None:
        """Keep a result for other processes, if it can work there.

        Parameters
        ----------
        sig : tuple of numba types, or signature
        cres : numba CompileResult
        """
        store = self._store()
        asked = self._asked.pop(sig, None)
        key = None if store is None else self.key(sig, cres.target_context)
        if store is None or key is None:
            return
        if asked not in (key, None):
            self.problem = "something that it depends on was changed while it was compiled"
            return
        try:
            content = compiled.dump(cres, tuple(sigutils.normalize_signature(sig)[0]))
        except compiled.NotPortable as problem:
            self.problem = str(problem)
            return
        _linked[key] = compiled.bare(cres)
        if store.write(key, content):
            self.saves += 1
            self._used.add(key)

    def key(self, sig: Any, target_context: Any) -> str | None:
        """Name of the result for these argument types, or None if it cannot be cached.

        Parameters
        ----------
        sig : tuple of numba types, or signature
        target_context : numba target context

        Returns
        -------
        str or None
            64 hexadecimal digits.
        """
        if _SOURCES is None:
            return None
        walker = Walker()
        try:
            walker.values((self.subject, self.options, *sigutils.normalize_signature(sig)))
            walker.values((_environment(target_context), foreign_extensions()))
            key = walker.digest()
            for cls in walker.local_classes:
                identity = Walker()
                identity.value(cls)
                classes.adopt(cls, f"dualad-{identity.digest()}")
        except (Unfingerprintable, RecursionError) as problem:
            self.problem = str(problem)
            return None
        return key

    def _store(self) -> Store | None:
        folder = cache_folder() if self._enabled else None
        return None if folder is None else Store(folder)


def versions(target_context: Any) -> dict[str, str]:
    """Of everything outside of a program that its results depend on, by names for people."""
    return {
        "dualad": _SOURCES or "unknown",
        "Numba": numba.__version__,
        "llvmlite": llvmlite.__version__,
        "NumPy": np.__version__,
        "Python": sys.version,
        "the processor": repr(target_context.codegen().magic_tuple()),
    }


def _environment(target_context: Any) -> tuple[object, ...]:
    """Everything outside of functions that decides what machine code they become."""
    versions = _SOURCES, numba.__version__, np.__version__, llvmlite.__version__, sys.version
    settings = [
        (name, repr(value))
        for name, value in sorted(vars(config).items())
        if name.isupper() and not name.startswith(_WITHOUT_EFFECT)
    ]
    return versions, target_context.codegen().magic_tuple(), settings
