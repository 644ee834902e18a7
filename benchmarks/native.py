"""Compile a C++ source of ``cpp/`` with g++ and load it; builds are kept in the user's cache folder."""

import ctypes
import functools
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np

from benchmarks.harness import Unavailable

SOURCES = Path(__file__).parent / "cpp"
FLAGS = ("-std=c++17", "-O3", "-fPIC", "-shared")
NATIVE = "-march=native"  # g++ then contracts a * b + c besides, which changes results; Numba does not


def compiler() -> str:
    """Path of g++; another compiler would be another anchor."""
    path = shutil.which("g++")
    if path is None:
        raise Unavailable("no g++ on this machine")
    return path


def output(*command: str) -> str:
    """What a command prints; an error with its messages if it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


@functools.cache
def compiler_version() -> str:
    """First line of ``g++ --version``."""
    return output(compiler(), "--version").splitlines()[0]


@functools.cache
def target_options() -> str:
    """What ``-march=native`` means here: part of the key, for a cache folder may be shared by machines."""
    return output(compiler(), NATIVE, "-Q", "--help=target")


@functools.cache
def library(name: str, *options: str) -> ctypes.CDLL:
    """Build ``cpp/<name>.cpp`` if there is no up-to-date build, and load it."""
    headers = [path.read_text() for path in sorted(SOURCES.glob("*.hpp"))]
    source = SOURCES / f"{name}.cpp"
    key = "\0".join([source.read_text(), *headers, *FLAGS, *options, compiler_version(), target_options()])
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "dualad-benchmarks"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    built = folder / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.so"
    if not built.exists():
        partial = built.with_suffix(f".{os.getpid()}")
        output(compiler(), *FLAGS, *options, str(source), "-o", str(partial))
        partial.replace(built)  # in one step, so that no other process loads half a file
    return ctypes.CDLL(str(built))


def function(source: str, name: str, signature: str, *defines: str, machine: str = NATIVE):
    """C function that returns a double. ``signature`` has a letter per argument: i, l, d, or p for array."""
    entry = getattr(library(source, *[option for option in (machine, *defines) if option]), name)
    kinds = {"i": ctypes.c_int, "l": ctypes.c_long, "d": ctypes.c_double}
    array = np.ctypeslib.ndpointer(dtype=np.float64, flags="C_CONTIGUOUS")
    entry.argtypes = [array if letter == "p" else kinds[letter] for letter in signature]
    entry.restype = ctypes.c_double
    return entry
