"""Published jitted functions work unmodified: at least 92 % right, and none wrong without a stated reason."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.full
def test_published_functions_are_right(tmp_path: Path) -> None:
    script = Path(__file__).with_name("run.py")
    finished = subprocess.run([sys.executable, str(script), "--out", str(tmp_path)], text=True, capture_output=True)
    assert finished.returncode == 0, finished.stderr[-4000:]
    summary = json.loads((tmp_path / "report.json").read_text())["summary"]
    assert summary["functions"] >= 60, finished.stdout
    assert summary["packages"] >= 3, finished.stdout
    assert summary["references_by_differences"] == 0, finished.stdout
    assert summary["references_in_doubt"] == 0, finished.stdout
    assert summary["wrong_without_reason"] == 0, finished.stdout
    assert summary["right_percent"] >= 92, finished.stdout
