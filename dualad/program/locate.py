"""The user's file, line and caret, for messages."""

from __future__ import annotations

import linecache
from dataclasses import dataclass


@dataclass(frozen=True)
class Location:
    """A place in the user's program.

    Parameters
    ----------
    filename : str
    line : int
        Counted from 1; 0 where it is not known.
    column : int or None
        Counted from 0; None points to the first character of the line.
    """

    filename: str
    line: int
    column: int | None = None

    @classmethod
    def of(cls, loc) -> Location:
        """From a location of Numba's intermediate representation."""
        return cls(loc.filename, loc.line or 0, loc.col)

    @classmethod
    def of_function(cls, function) -> Location:
        """First line of a Python function."""
        code = function.__code__
        return cls(code.co_filename, code.co_firstlineno)

    def show(self) -> str:
        """File and line, the line itself, and a caret under the place.

        Examples
        --------
        >>> print(Location("model.py", 3).show())
          model.py, line 3
        """
        head = f"  {self.filename}, line {self.line}"
        text = linecache.getline(self.filename, self.line).rstrip()
        if not text.strip():
            return head
        indent = len(text) - len(text.lstrip())
        column = max(self.column or 0, indent)
        return f"{head}\n    {text.strip()}\n    {' ' * (column - indent)}^"
