"""Every example runs, holds its own assertions, and stays short enough to be read at a sitting."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
LONGEST = 80  # lines of code


def lines_of_code(path: Path) -> int:
    """Number of lines that hold code; docstrings and the picture (`draw`) do not count."""
    text = path.read_text(encoding="utf-8")
    apart = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node) is not None:
            apart.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
        if isinstance(node, ast.FunctionDef) and node.name == "draw":
            apart.update(range(node.lineno, node.end_lineno + 1))
    lines = enumerate(map(str.strip, text.splitlines()), start=1)
    return sum(1 for number, line in lines if line and line[0] != "#" and number not in apart)


#: The others take as long to compile as two to five of these.
SHORT = ["02", "05", "08_epidemic", "09_molecular_dynamics", "17_gauss_newton"]


@pytest.mark.parametrize(
    "path",
    [pytest.param(p, id=p.stem, marks=[] if p.stem.startswith(tuple(SHORT)) else [pytest.mark.full]) for p in EXAMPLES],
)
def test_example_runs(path, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"}
    command = [sys.executable, str(path), "--quick"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip(), "an example says what it found"
    written = [p.relative_to(tmp_path).parts[0] for p in tmp_path.rglob("*") if p.is_file()]
    assert set(written) <= {"out"}, "an example writes into out/ only"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_short(path):
    assert lines_of_code(path) < LONGEST


def test_there_are_examples():
    assert EXAMPLES
