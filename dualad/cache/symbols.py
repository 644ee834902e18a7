"""What compiled adjoints take from outside: which part of dualad defines which symbols, found by their names."""

from __future__ import annotations

__all__ = ["PREFIX", "define"]

PREFIX = b"dualad_"


def define(code: bytes) -> None:
    """Define the symbols that are named in machine code, or in a text of names."""
    if b"dualad_record_" in code:
        from ..workspace import allocator

        allocator.define()
    if b"dualad_watch_" in code:
        from ..workspace import watch

        watch.define()
    if b"dualad_reveal_" in code:
        from ..workspace import reveal

        reveal.define()
    if b"dualad_store_" in code:
        from ..store import callbacks

        callbacks.define()
