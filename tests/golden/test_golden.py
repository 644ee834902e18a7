"""The text of ten adjoints. `python -m tests.golden.test_golden` writes them anew, for a person to read the difference."""

import subprocess
import sys
from pathlib import Path

import pytest
from numba.core import types

from dualad.reverse import adjoint
from tests.golden.programs import PROGRAMS

FOLDER = Path(__file__).parent


def generated(function):
    given = PROGRAMS[function]
    active = tuple(i for i, type_ in enumerate(given) if not isinstance(type_, types.Integer))
    return adjoint(function, given, active)


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_adjoint_reads_as_it_did(function):
    expected = (FOLDER / f"{function.__name__}.txt").read_text(encoding="utf-8")
    assert generated(function).source == expected


def test_names_do_not_depend_on_the_session():
    """An interactive session keeps its last result as `_` among the builtins."""
    program = "import builtins; builtins._ = 1; from tests.golden import programs, test_golden as t; "
    program += "print(t.generated(programs.euler).source, end='')"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == (FOLDER / "euler.txt").read_text(encoding="utf-8")


if __name__ == "__main__":
    for program in PROGRAMS:
        (FOLDER / f"{program.__name__}.txt").write_text(generated(program).source, encoding="utf-8")
