"""Differentiates already jitted functions of published packages, and compares with independent references.

    python tests/thirdparty/run.py [--out FOLDER] [--only PART ...] [--python PYTHON]

Makes a virtual environment with the packages at fixed versions in the user's cache folder (once), installs
the library into it from this checkout, runs three workers there (references on fifty digits, the functions
as Numba compiles them, the library) and prints a table. The records and `report.json` are left in FOLDER.
With `--python` the environment of that Python is used as it is, and the library is taken from the checkout.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ATTEMPTS = 20  # how often a worker is started again behind a row that ended its process


def work(python: Path, worker: str, folder: Path, only: list[str], environment: dict[str, str]) -> None:
    """Run one worker over the rows, again after each row that ends its process."""
    command = [str(python), "-W", "ignore", "-m", f"{HERE.name}.{worker}", str(folder), *only]
    for _ in range(ATTEMPTS):
        if subprocess.run(command, cwd=folder, env=environment, check=False).returncode == 0:
            return
    raise RuntimeError(f"the worker {worker} ended {ATTEMPTS} times: {' '.join(command)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="folder for records and report; a temporary one without it")
    parser.add_argument("--only", nargs="*", default=[], help="rows whose name contains one of these")
    parser.add_argument("--python", type=Path, help="use this Python's environment, which has everything installed")
    options = parser.parse_args()
    folder = (options.out or Path(tempfile.mkdtemp(prefix="thirdparty-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.jsonl"):
        old.unlink()
    sys.path.insert(0, str(HERE.parent))
    path = [str(HERE.parent)]
    if options.python:
        python = options.python.absolute()
        path.append(str(ROOT))
    else:
        from thirdparty.environment import prepare

        python = prepare(ROOT)
    # a cache of its own: what an earlier checkout compiled is no part of this run
    common = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path),
        "NUMBA_CACHE_DIR": str(folder / "numba-cache"),
    }
    work(python, "exact", folder, options.only, common)
    work(python, "compiled", folder, options.only, common)
    work(python, "library", folder, options.only, common)
    return subprocess.run([str(python), "-m", f"{HERE.name}.report", str(folder)], env=common, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
