"""What programs and packages have taught Numba: `@overload`, `@intrinsic`, typing and lowering of their own.

Such code ends up in machine code although no function refers to it, so it is part of the key of every cached
result. Numba's own and dualad's are covered by their versions; most processes have no other.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sys
from types import FunctionType
from typing import Any

from numba.core import imputils
from numba.core.typing import templates

from .fingerprint import Walker
from .trust import Unfingerprintable, trusted_module

__all__ = ["foreign_extensions"]

# Registries only grow, so of each list only the entries behind those already looked at are new.
_LISTS: list[list[Any]] = [
    templates.builtin_registry.functions,
    templates.builtin_registry.attributes,
    imputils.builtin_registry.functions,
    imputils.builtin_registry.getattrs,
    imputils.builtin_registry.setattrs,
    imputils.builtin_registry.casts,
    imputils.builtin_registry.constants,
]
_looked_at = [0] * len(_LISTS)
_foreign: list[tuple[Any, list[Any]]] = []


def foreign_extensions() -> list[str]:
    """One hash for each registration that is neither Numba's nor dualad's, in order.

    Raises
    ------
    Unfingerprintable
        If one depends on things that cannot be followed, and comes from no file either.
    """
    for i, registered in enumerate(_LISTS):
        for entry in registered[_looked_at[i] :]:
            # a template class, or a tuple that starts with the function that generates code
            entry = entry[0] if isinstance(entry, tuple) else entry
            authors = [part for part in _definitions(entry) if _is_foreign(part)]
            if authors:
                _foreign.append((entry, authors))
        _looked_at[i] = len(registered)
    return [_hash(entry, authors) for entry, authors in _foreign]


def _definitions(entry: Any) -> list[Any]:
    """The functions that a registration consists of, one in the closure of a wrapper by Numba included."""
    kept = (vars(entry).get(name) for name in ("_overload_func", "_definition_func"))
    own = next((definition for definition in kept if definition is not None), entry)
    own = getattr(own, "__func__", own)
    held = [cell.cell_contents for cell in getattr(own, "__closure__", None) or ()]
    return [own, *(part for part in held if isinstance(part, FunctionType))]


def _is_foreign(part: Any) -> bool:
    module = getattr(part, "__module__", None)
    return module is not None and module != "abc" and not trusted_module(module)


def _hash(entry: Any, authors: list[Any]) -> str:
    walker = Walker()
    try:
        walker.values((authors, getattr(entry, "_jit_options", None), getattr(entry, "prefer_literal", None)))
        return walker.digest()
    except Unfingerprintable:
        # Code that runs while compiling uses far more of Python than compiled functions do. What cannot be
        # followed is taken to depend on its own file.
        path = getattr(sys.modules.get(authors[0].__module__), "__file__", None)
        try:
            status = os.stat(path or "")
        except OSError:
            raise Unfingerprintable(f"extension of Numba by {authors[0].__module__}") from None
        return _file_hash(path or "", status.st_mtime_ns, status.st_size)


@functools.cache
def _file_hash(path: str, changed: int, size: int) -> str:
    """Hash of a file; when it was changed and its size say when to read it again."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
