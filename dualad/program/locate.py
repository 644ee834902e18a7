"""The user's file, line and caret, for messages."""

from __future__ import annotations

import linecache
from dataclasses import dataclass, field, replace


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
    caller : Location or None
        In a function that was called: where.
    """

    filename: str
    line: int
    column: int | None = None
    caller: Location | None = field(default=None, compare=False)

    @classmethod
    def of(cls, loc) -> Location:
        """From a location of Numba's intermediate representation."""
        return cls(loc.filename, loc.line or 0, loc.col)

    @classmethod
    def of_function(cls, function) -> Location:
        """First line of a Python function."""
        code = function.__code__
        return cls(code.co_filename, code.co_firstlineno)

    def called_from(self, caller: Location) -> Location:
        """The same place, reached by a call."""
        return replace(self, caller=caller if self.caller is None else self.caller.called_from(caller))

    def within(self, filename: str) -> Location | None:
        """The innermost place in a file among this one and those of the calls that lead to it."""
        if self.filename == filename:
            return self
        return self.caller.within(filename) if self.caller is not None else None

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
