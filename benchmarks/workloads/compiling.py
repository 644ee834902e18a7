"""Times to import, to compile and to load from disk, each in a fresh process."""

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.harness import Candidate, Target, Workload

ROOT = Path(__file__).resolve().parents[2]


def process(what: str, program: str = "", folder: str | None = None) -> float:
    """Run ``benchmarks.fresh`` in a new interpreter; ``folder`` keeps compiled code, by default a new one."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="dualad-benchmark-") as fresh:
            return process(what, program, fresh)
    environment = os.environ | {"NUMBA_CACHE_DIR": folder, "DUALAD_CACHE_DIR": folder}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    command = [sys.executable, "-m", "benchmarks.fresh", what, program]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:])} failed:\n{done.stderr[-2000:]}")
    return float(done.stdout.split()[-1])


def fresh(what: str, program: str = "") -> Candidate:
    """Nothing on disk before."""
    return Candidate(lambda: process(what, program), lambda _: process(what, program), once=True)


def loaded(what: str, program: str) -> Candidate:
    """An earlier process has left the compiled code on disk."""
    folder = tempfile.TemporaryDirectory(prefix="dualad-benchmark-")

    def seconds(_: int, _keep=folder) -> float:
        return process(what, program, folder.name)

    return Candidate(lambda: process(what, program, folder.name), seconds, once=True)


def imports() -> Workload:
    return Workload(
        "startup/import",
        "import in a fresh process; dualad after numba",
        {"numba": lambda: fresh("import-numba"), "dualad": lambda: fresh("import")},
        baseline="numba",
        targets=(Target("dualad", seconds=0.15),),
        quick=True,
    )


def compilation(program: str) -> Workload:
    return Workload(
        f"startup/{program}",
        f"{program}: from the function to its first result, in a fresh process",
        {
            "function": lambda: fresh("plain", program),
            "derivative": lambda: fresh("derivative", program),
            "function, second in its process": lambda: fresh("plain-warm", program),
            "derivative, second in its process": lambda: fresh("derivative-warm", program),
            "function, from disk": lambda: loaded("plain-cached", program),
            "derivative, from disk": lambda: loaded("derivative-cached", program),
        },
        baseline="function",
        targets=(
            Target("derivative", "function", ratio=2.5, seconds=1.5),
            Target("derivative, from disk", seconds=0.1),
        ),
    )


def reverse(program: str) -> Workload:
    return Workload(
        f"startup/adjoint/{program}",
        f"{program}: from the function to its first gradient by reverse mode, in a fresh process",
        {
            "function": lambda: fresh("plain", program),
            "gradient": lambda: fresh("reverse", program),
            "gradient, second in its process": lambda: fresh("reverse-warm", program),
            "function, from disk": lambda: loaded("plain-cached", program),
            "gradient, from disk": lambda: loaded("reverse-cached", program),
        },
        baseline="function",
        targets=(Target("gradient", "function", ratio=4.0), Target("gradient, from disk", seconds=0.15)),
        quick=program == "heat",
    )


def marked(program: str) -> Workload:
    """A loop within a memory: its steps stand in the adjoint several times."""
    found = reverse(program)
    return replace(found, targets=(Target("gradient", seconds=6.0), Target("gradient, from disk", seconds=0.15)))


def growth(kind: str, sizes: tuple[int, ...]) -> Workload:
    """From one size to the next, no steeper than a straight line through the origin; the rest is noise."""
    first, *rest = sizes
    return Workload(
        f"startup/growth/{kind}",
        f"gradients of programs with more and more {kind}, in a process that has made one before",
        {f"gradient, {size} {kind}": (lambda size=size: fresh("reverse-warm", f"{kind}-{size}")) for size in sizes}
        | {f"function, {size} {kind}": (lambda size=size: fresh("plain-warm", f"{kind}-{size}")) for size in sizes},
        baseline=f"gradient, {first} {kind}",
        targets=tuple(
            Target(f"gradient, {size} {kind}", f"gradient, {first} {kind}", ratio=1.2 * size / first) for size in rest
        ),
    )


def workloads() -> list[Workload]:
    return [
        imports(),
        compilation("two_arguments"),
        compilation("rosenbrock"),
        *(reverse(name) for name in ("rosenbrock", "lennard_jones", "heat", "lorenz_arrays", "lstm", "gmm")),
        *(marked(name) for name in ("lorenz_within", "brusselator")),
        growth("lines", (20, 40, 80, 160)),
        growth("calls", (3, 6, 12, 24)),
    ]
