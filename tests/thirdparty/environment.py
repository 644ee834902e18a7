"""The virtual environment of the run: the packages at fixed versions, beside the library under test."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

# What the packages need, and numba at the version that the library is tested on.
BASE = (
    "numba==0.68.1",
    "numpy==2.4.6",
    "scipy==1.17.1",
    "mpmath==1.4.1",
    "packaging",
    "scikit-learn==1.9.1",
    "joblib",
)
# Installed without their dependencies: several of them demand an older numba than they work with.
PACKAGES = (
    "hapsira==0.18.0",
    "numba-stats==1.14.0",
    "quantecon==0.11.4",
    "interpolation==2.2.7",
    "pynndescent==0.7.0",
    "choclo==0.3.2",
    "stumpy==1.14.1",
)


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "dualad-thirdparty"


def python_of(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def prepare(root: Path) -> Path:
    """Make the environment, once per set of versions, and install the library from the checkout at `root`.

    Returns
    -------
    Path
        Its Python.
    """
    name = hashlib.sha256(" ".join((sys.version, *BASE, *PACKAGES)).encode()).hexdigest()[:12]
    folder = cache_folder() / name
    python, complete = python_of(folder), folder / "complete"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not complete.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([*pip, *BASE], check=True)
        subprocess.run([*pip, "--no-deps", *PACKAGES], check=True)
        complete.touch()
    subprocess.run([*pip, "--no-deps", "--force-reinstall", str(root)], check=True)
    return python
