"""A loop that records: its counter, and the arrays that hold its records."""

from __future__ import annotations

from typing import Any

from numba.core import types

from ..program.tree import Loop
from .code import Names
from .memory import is_container
from .needs import Record

__all__ = ["Counted"]

MOST_SINGLE = 8  # values per iteration with an array each; the most that can be written at once without delay


class Counted:
    """A loop with records: its counter, and the value of each record's array."""

    def __init__(self, loop: Loop, records: list[Record], names: Names) -> None:
        self.loop, self.records = loop, records
        self.arrays = [r for r in records if is_container(r.var)]
        self.numbers = [r for r in records if not is_container(r.var)]
        self.place = names.fresh("k") if self.numbers else ""
        floats = [r for r in self.numbers if r.var.type == types.float64]
        #: records that share one array, a row per iteration: memory is filled in one place instead of many
        self.rows = floats if len(floats) > MOST_SINGLE else []
        self.of = {r: names.fresh(f"{r.var.name}_record") for r in records if r not in self.rows}
        if self.rows:
            self.of.update(dict.fromkeys(self.rows, names.fresh("rows")))

    def entry(self, record: Record, place: str) -> str:
        """What stands for the value of one iteration."""
        column = f", {self.rows.index(record)}" if record in self.rows else ""
        return f"{self.of[record]}[{place}{column}]"

    def made(self) -> dict[str, Any]:
        """The arrays of numbers, each with the type of its entries or, for rows, their length."""
        return {self.of[r]: len(self.rows) if r in self.rows else r.var.type for r in self.numbers}
