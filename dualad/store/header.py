"""The first file of a folder: which run it holds, of which program and versions, and the call that is to be made again."""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

from ..errors import StoreError
from .files import HEADER

__all__ = ["CALLERS", "Call", "Run", "read"]

FORMAT = 1
_MARK = b"dualad run of a checkpointed loop\n"
_SIZES = struct.Struct("<IQQ")  # format, bytes of the description, bytes of the call


@dataclass(frozen=True)
class Call:
    """A call from Python that can be made again.

    Parameters
    ----------
    content : bytes
        The pickled function and its arguments; nothing if it cannot be made again.
    program : str
        Hash of all code that it depends on.
    versions : dict of str -> str
        Of everything else that its result depends on.
    why_not : str
        Why it cannot be made again, if it cannot.
    """

    content: bytes = b""
    program: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    why_not: str = "it was not called from Python, but by jitted code"


#: Functions that take calls from Python, by their code: each tells, from its local variables, what it was called with.
CALLERS: dict[CodeType, Callable[[dict[str, Any]], Call]] = {}


@dataclass
class Run:
    """What a folder says of its run.

    Parameters
    ----------
    call : Call
    blocks, slots : int
        In how many blocks the loop is cut, and how many states are kept in memory.
    state_bytes : int
        Of one stored state.
    entry : int, optional
        Checksum of what the loop found when it began; None if nothing is stored yet, or nothing any more.
    mark : bytes
        16 bytes that no other run has.
    """

    call: Call
    blocks: int
    slots: int
    state_bytes: int
    entry: int | None = None
    mark: bytes = field(default_factory=lambda: os.urandom(16))

    def content(self) -> bytes:
        """All of it for the file."""
        described = {
            "blocks": self.blocks,
            "slots": self.slots,
            "state_bytes": self.state_bytes,
            "entry": self.entry,
            "mark": self.mark.hex(),
            "call": {name: value for name, value in asdict(self.call).items() if name != "content"},
        }
        text = json.dumps(described).encode()
        found = _MARK + _SIZES.pack(FORMAT, len(text), len(self.call.content)) + text + self.call.content
        return found + struct.pack("<I", zlib.crc32(found))


def read(folder: str | os.PathLike[str]) -> Run:
    """What a folder says of its run.

    Raises
    ------
    StoreError
        If it holds none, or one of another version of this format, or the file is damaged.
    """
    path = Path(folder).absolute() / HEADER
    try:
        found = path.read_bytes()
    except OSError as problem:
        raise StoreError(
            f"the folder {str(path.parent)!r} holds no run of a checkpointed loop: {problem.strerror}",
            "give the folder that was `disk=` of a loop whose derivative was ended before it was finished",
        ) from None
    start = len(_MARK) + _SIZES.size
    if found[: len(_MARK)] != _MARK or len(found) < start:
        raise StoreError(f"the file {str(path)!r} is none of dualad's", "give the folder of a run")
    version, described, call = _SIZES.unpack_from(found, len(_MARK))
    if version != FORMAT:
        raise StoreError(
            f"the file {str(path)!r} has format {version}, and this version of dualad reads format {FORMAT}",
            "resume with the version of dualad that began the run, or start again in an empty folder",
        )
    if len(found) != start + described + call + 4 or found[-4:] != struct.pack("<I", zlib.crc32(found[:-4])):
        raise StoreError(f"the file {str(path)!r} is damaged or was cut", "start again in an empty folder")
    known = json.loads(found[start : start + described])
    of_call = known.pop("call")
    content = found[start + described : -4]
    return Run(Call(content, **of_call), **{**known, "mark": bytes.fromhex(known["mark"])})
