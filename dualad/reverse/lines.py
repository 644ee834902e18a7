"""Lines of generated source: indentation, and the user's lines as comments above what was made of them."""

from __future__ import annotations

import linecache
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..program.locate import Location

__all__ = ["Function", "Lines"]


@dataclass(frozen=True)
class Function:
    """A function beside the generated one, which calls it.

    Parameters
    ----------
    name : str
    lines : list of str
    origins : list of (Location or None)
        As in `Lines`.
    """

    name: str
    lines: list[str]
    origins: list[Location | None]


class Lines:
    """A growing piece of source.

    Attributes
    ----------
    origins : list of (Location or None)
        For each line, the place in the user's program that it comes from.
    functions : list of Function
        What was taken out of the lines.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.functions: list[Function] = []
        self.origins: list[Location | None] = []
        self.depth = 1
        self._where: Location | None = None
        self._shown: Location | None = None

    def at(self, where: Location | None, comment: bool) -> None:
        """What follows comes from this place; with `comment`, the user's line is shown above it."""
        self._where = where
        self._comment = comment

    def add(self, text: str) -> None:
        where = self._where
        if where is not None and getattr(self, "_comment", False) and where != self._shown:
            source = linecache.getline(where.filename, where.line).strip()
            if source:
                self._append(f"# {source}")
            self._shown = where
        self._append(text)

    def _append(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)
        self.origins.append(self._where)

    def comment(self, text: str) -> None:
        self._where = None
        self._append(f"# {text}")
        self._shown = None

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """An indented block; `pass` if nothing is added."""
        self.add(head)
        before = len(self.lines)
        self.depth += 1
        yield
        if all(line.lstrip().startswith("#") for line in self.lines[before:]):
            self._append("pass")
        self.depth -= 1
        self._shown = None

    @contextmanager
    def apart(self) -> Iterator[Lines]:
        """Collects what is added, one level deeper, for `place`."""
        branch = Lines()
        branch.depth = self.depth + 1
        with self.into(branch):
            yield branch

    @contextmanager
    def into(self, branch: Lines) -> Iterator[None]:
        """What is added goes into `branch`."""
        outer = self.lines, self.origins, self.depth, self._shown
        self.lines, self.origins, self.depth, self._shown = branch.lines, branch.origins, branch.depth, None
        yield
        self.lines, self.origins, self.depth, self._shown = outer

    def place(self, head: str, branch: Lines) -> None:
        """A block with lines that were collected before."""
        self.add(head)
        self.lines += branch.lines
        self.origins += branch.origins
        self._shown = None

    def text(self) -> str:
        return "\n".join(self.lines)
