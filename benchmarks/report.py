"""What is printed and kept of the outcomes: tables and a JSON file."""

import importlib.metadata
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import llvmlite.binding
import numpy as np

from benchmarks import native, peers
from benchmarks.harness import Outcome, Unavailable, met
from benchmarks.picture import picture

LIBRARIES = ("dualad", "numba", "llvmlite", "numpy", "jax", "jaxlib", "torch", "autograd", "casadi")
WORDS = {True: "met", False: "MISSED", None: "not measured"}


def machine() -> dict[str, object]:
    """What the figures depend on, and how busy the machine was when they were begun."""
    try:
        compiler = f"{native.compiler_version()}, {' '.join((*native.FLAGS, native.NATIVE))}"
    except Unavailable as reason:
        compiler = str(reason)
    return {
        "processor": processor(),
        "llvm_cpu": llvmlite.binding.get_host_cpu_name(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": sys.version.split()[0],
        "versions": versions(),
        "compiler": compiler,
        "environment": {name: os.environ.get(name) for name in peers.ENVIRONMENT},
        "load_average": os.getloadavg() if hasattr(os, "getloadavg") else None,
        "began": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


def processor() -> str:
    """Model name of the processor, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def versions() -> dict[str, str]:
    """Installed versions of everything that is compared."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "from a folder" if name == "dualad" else "not installed"
    return found


UNITS = {"s": (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)), "B": (("MB", 1e6), ("kB", 1e3), ("B", 1.0))}


def quantity(value: float, kind: str) -> str:
    """Three digits and a unit of the kind."""
    unit, size = next((pair for pair in UNITS[kind] if value >= pair[1]), UNITS[kind][-1])
    return f"{value / size:.3g} {unit}"


def table(outcome: Outcome) -> str:
    """One line per candidate: ratio of least times and quartiles over the rounds, least and median time."""
    workload = outcome.workload
    lines = [
        f"\n{workload.name}: {workload.what}",
        f"  {'':34} {'ratio':>8} {'(quartiles)':>15} {'least':>9} {'median':>9} {'(quartiles)':>21}",
    ]
    for name in workload.candidates:
        if name in outcome.samples:
            lines.append(f"  {name:34} {row(outcome, name)}")
        elif name in outcome.skipped:
            lines.append(f"  {name:34}  skipped: {outcome.skipped[name]}")
        else:
            lines.append(f"  {name:34}  FAILED: {outcome.failed[name].strip().splitlines()[0]}")
    for target in workload.targets:
        verdict, got, asked = met(outcome, target)
        lines.append(f"  target: {target.candidate}: {got} ({asked}): {WORDS[verdict]}")
    return "\n".join(lines)


def row(outcome: Outcome, name: str) -> str:
    samples = outcome.samples[name]
    low, middle, high = np.percentile(samples, (25, 50, 75))
    if outcome.workload.baseline in outcome.samples:
        quartiles = np.percentile(outcome.ratios(name, outcome.workload.baseline), (25, 75))
        whole = outcome.ratio(name, outcome.workload.baseline)
        ratio = f"{whole:8.3g} {f'({quartiles[0]:.3g}-{quartiles[1]:.3g})':>15}"
    else:
        ratio = f"{'-':>8} {'':15}"
    least, middle, low, high = (quantity(v, outcome.workload.unit) for v in (samples.min(), middle, low, high))
    return f"{ratio} {least:>9} {middle:>9} {f'({low}-{high})':>21}"


def summary(outcomes: Sequence[Outcome]) -> str:
    """All targets under each other, then all failures."""
    lines = [f"\n{'target':58} {'measured':>20}  asked"]
    for outcome in outcomes:
        for target in outcome.workload.targets:
            verdict, got, asked = met(outcome, target)
            name = f"{outcome.workload.name}: {target.candidate}"
            lines.append(f"{name:58} {got:>20}  {asked}: {WORDS[verdict]}")
    failures = [
        f"FAILED {outcome.workload.name}: {name}: {shortened(reason)}"
        for outcome in outcomes
        for name, reason in outcome.failed.items()
    ]
    return "\n".join(lines + failures)


def shortened(message: str) -> str:
    """The beginning of a message: compilers write pages, which are kept in the JSON file."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return " / ".join(lines[:4])


def save(outcomes: Sequence[Outcome], facts: dict[str, object], folder: Path) -> None:
    """Write ``results.json`` with every sample, and ``ratios.png`` where matplotlib is installed."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"machine": facts, "workloads": [record(outcome) for outcome in outcomes]}
    (folder / "results.json").write_text(json.dumps(content, indent=1))
    print(f"\nsaved {folder / 'results.json'}")
    try:
        drawn = picture(outcomes, folder / "ratios.png")
    except ImportError:
        print("no picture: matplotlib is not installed")
    else:
        print(f"saved {folder / 'ratios.png'}" if drawn else "no picture: no workload has its baseline")


def record(outcome: Outcome) -> dict[str, object]:
    targets = []
    for target in outcome.workload.targets:
        verdict, got, asked = met(outcome, target)
        targets.append({"candidate": target.candidate, "measured": got, "asked": asked, "met": verdict})
    return {
        "name": outcome.workload.name,
        "what": outcome.workload.what,
        "unit": outcome.workload.unit,
        "baseline": outcome.workload.baseline,
        "seconds": {name: samples.tolist() for name, samples in outcome.samples.items()},
        "relative_errors": outcome.errors,
        "skipped": outcome.skipped,
        "failed": outcome.failed,
        "targets": targets,
    }
