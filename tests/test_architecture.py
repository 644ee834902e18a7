"""The folders of dualad are the stages of a derivative, and imports between them point one way."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "dualad"
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 500  # lines; where the models of this field lost their structure, a file had passed 1500

# What each stage may import of dualad, besides itself.
MAY_IMPORT = {
    "errors": set(),
    "workspace": set(),
    "pipeline": set(),
    "rules": {"errors"},
    "program": {"errors"},
    "numbers": {"errors", "rules", "program", "workspace", "sparsity", "pipeline"},
    "checkpoint": {"errors", "pipeline"},
    "store": {"errors", "checkpoint"},
    "sparsity": {"errors"},
    "plan": set(),
    "reverse": {"errors", "rules", "program", "workspace", "checkpoint", "store", "pipeline"},
    "custom": {"errors", "rules", "program", "numbers"},
    "cache": {"errors", "workspace", "store"},
    "api": {
        "errors",
        "rules",
        "program",
        "numbers",
        "workspace",
        "checkpoint",
        "store",
        "plan",
        "reverse",
        "custom",
        "cache",
        "sparsity",
        "pipeline",
    },
    "extend": {"errors", "rules", "program", "numbers", "api"},
    "testing": {"errors", "rules", "program", "numbers", "api"},
    "__init__": {"errors", "rules", "program", "numbers", "custom", "api", "extend", "testing"},
}
# Packages that a stage must do without: what the derivatives are does not depend on who compiles them.
MUST_NOT_IMPORT = {"errors": {"numba", "llvmlite", "numpy"}, "rules": {"numba", "llvmlite"}}
OPTIONAL_DEPENDENCIES = {"scipy", "matplotlib", "tqdm"}

FOLDERS = {"benchmarks", "docs", "dualad", "examples", "tests"}
LEFT_BY_RUNS = {"build", "dist", "out"}  # ignored by git


def imported(path: Path, package: Path = PACKAGE) -> set[str]:
    """Dotted names that a file imports, relative ones resolved, wherever in the file they stand."""
    folder = (package.name, *path.relative_to(package).parent.parts)
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = folder[: len(folder) - node.level + 1] if node.level else ()
            module = ".".join((*above, *([node.module] if node.module else ())))
            # `from dualad import rules` names a module too, so the imported name counts as one.
            names.update(f"{module}.{alias.name}" for alias in node.names)
    return names


def stage(path: Path, package: Path = PACKAGE) -> str:
    """The stage a file belongs to: its folder below the package, or its own name at the top."""
    return path.relative_to(package).with_suffix("").parts[0]


def violations(path: Path, package: Path = PACKAGE) -> list[str]:
    """Imports of a file that its stage may not make, each as `stage -> import`."""
    own = stage(path, package)
    found = []
    for name in sorted(imported(path, package)):
        top, _, rest = name.partition(".")
        target = rest.partition(".")[0]
        if top == package.name and target not in {own, *MAY_IMPORT[own]}:
            found.append(f"{own} -> {name}")
        if top in MUST_NOT_IMPORT.get(own, ()):
            found.append(f"{own} -> {name}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    assert violations(path) == []


def test_every_stage_is_listed():
    assert {stage(path) for path in FILES} <= MAY_IMPORT.keys()


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("rules/table.py", "from ..numbers import types"),
        ("rules/table.py", "from .. import numbers"),
        ("rules/table.py", "import dualad.program.locate"),
        ("rules/table.py", "from numba import njit"),
        ("numbers/deep/types.py", "from ...api.first import grad"),
        ("numbers/types.py", "def late():\n    from dualad import api"),
        ("numbers/types.py", "import dualad"),
        ("program/locate.py", "from dualad.rules.table import RULES"),
        ("errors.py", "from .rules import table"),
    ],
)
def test_a_wrong_import_is_found(tmp_path, where, line):
    path = tmp_path / "dualad" / where
    path.parent.mkdir(parents=True)
    path.write_text(line)
    assert violations(path, tmp_path / "dualad")


@pytest.mark.parametrize("line", ["from .calculus import second", "from ..errors import RuleError", "import math"])
def test_a_right_import_passes(tmp_path, line):
    path = tmp_path / "dualad" / "rules" / "table.py"
    path.parent.mkdir(parents=True)
    path.write_text(line)
    assert violations(path, tmp_path / "dualad") == []


def test_optional_dependencies_are_imported_late():
    """`import dualad` needs NumPy and Numba only: anything else is imported inside a function."""
    for path in FILES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules = [node.module]
            assert OPTIONAL_DEPENDENCIES.isdisjoint(module.partition(".")[0] for module in modules), path


def test_no_file_is_long():
    lengths = {str(p.relative_to(ROOT)): len(p.read_text(encoding="utf-8").splitlines()) for p in FILES}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_folders_of_the_project():
    found = {p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith((".", "__"))}
    assert found - LEFT_BY_RUNS == FOLDERS
