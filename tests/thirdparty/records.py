"""Results of the worker processes as lines of JSON.

A row is announced before it is computed, so that after a crash of the process the row that caused it is
known, and a worker started again goes on behind it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .case import Case


def read(path: Path) -> dict[str, dict[str, Any]]:
    """The last record of each row; a row that was announced only ended its process."""
    rows: dict[str, dict[str, Any]] = {}
    if path.exists():
        for line in path.read_text().splitlines():
            record = json.loads(line)
            rows[record["key"]] = record
    return rows


class Writer:
    """Appends the records of one worker to `folder/name.jsonl`."""

    def __init__(self, folder: str, name: str, seconds_per_row: float) -> None:
        self.path = Path(folder) / f"{name}.jsonl"
        self.seconds_per_row = seconds_per_row

    def left(self, cases: list[Case], only: list[str]) -> list[Case]:
        """The rows not yet attempted, restricted to those whose name contains one of `only`."""
        attempted = read(self.path)
        return [c for c in cases if c.key not in attempted and (not only or any(o in c.key for o in only))]

    @contextlib.contextmanager
    def row(self, key: str) -> Iterator[dict[str, Any]]:
        """Record what the block puts into the dictionary, or the exception that ends it."""
        self._write({"key": key, "status": "crashed"})
        faulthandler.dump_traceback_later(self.seconds_per_row, exit=True)
        record: dict[str, Any] = {"key": key, "status": "done"}
        start = time.perf_counter()
        try:
            yield record
        except Exception as error:
            where = traceback.format_exc(limit=-4)
            record.update(status="error", error=type(error).__name__, message=str(error), traceback=where)
        faulthandler.cancel_dump_traceback_later()
        record["seconds"] = round(time.perf_counter() - start, 3)
        self._write(record)

    def _write(self, record: dict[str, Any]) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(record) + "\n")
