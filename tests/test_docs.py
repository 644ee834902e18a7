"""The code of README.md and docs/ runs as printed, and prints what the page says it prints.

Blocks marked `python` of one page run in order and share a namespace, as if they were one file, example.py. A
block marked `output` right after one holds what that block prints.
"""

import contextlib
import io
import linecache
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def blocks(text: str) -> list[tuple[str, int, str]]:
    """Fenced blocks of a page: language, number of the line before the content, content."""
    return [(m[1], text.count("\n", 0, m.start(2)), m[2]) for m in FENCE.finditer(text)]


def run_page(path: Path) -> None:
    """Execute the Python blocks of a page as one file, and compare what they print with the page."""
    namespace, file, source, printed = {"__name__": "example"}, "example.py", "", None
    for language, line, content in blocks(path.read_text(encoding="utf-8")):
        if language == "python":
            # Messages that quote the reader's code find it here, under the same name on every machine.
            code = compile("\n" * source.count("\n") + content, file, "exec")
            source += content
            linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
            stream = io.StringIO()
            with contextlib.redirect_stdout(stream):
                exec(code, namespace)
            printed = stream.getvalue()
        elif language == "output":
            assert printed is not None, f"{path.name}:{line}: output without code"
            assert printed.rstrip() == content.rstrip(), f"{path.name}:{line}"
            printed = None


#: They compile as much as all the others.
LONG = {"batches", "choosing-nothing", "long-rollouts", "second-order"}


@pytest.mark.parametrize(
    "path",
    [pytest.param(p, id=str(p.relative_to(ROOT)), marks=[pytest.mark.full] if p.stem in LONG else []) for p in PAGES],
)
def test_page_runs(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_page(path)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    targets = LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8")))
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_fences_are_closed_and_known(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n```") + text.startswith("```") == 2 * len(blocks(text))
    assert {language for language, _, _ in blocks(text)} <= {"", "python", "output", "text", "bash"}


def test_wrong_output_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```python\nprint(1 + 1)\n```\n\n```output\n3\n```\n")
    with pytest.raises(AssertionError):
        run_page(page)


def test_failing_code_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```python\nx = 1\n```\nand\n```python\nassert x == 2\n```\n")
    with pytest.raises(AssertionError):
        run_page(page)


def test_example_commands_of_the_readme_exist():
    """The README's commands name files and extras of this project."""
    text = PAGES[0].read_text(encoding="utf-8")
    commands = "".join(content for language, _, content in blocks(text) if language == "bash")
    names = re.findall(r"[\w/]+\.py\b", commands)
    assert names
    assert [name for name in names if not (ROOT / name).exists()] == []
