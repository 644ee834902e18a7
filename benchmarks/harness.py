"""Check the candidates of a workload against the right answer, then time them in turns."""

import fnmatch
import gc
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

#: Rounds of candidates that start a process each time: seconds each.
MOST_PROCESSES = 7


class Unavailable(Exception):
    """A candidate that cannot run here; the message is the reason that is printed."""


@dataclass(frozen=True)
class Candidate:
    """One way to compute the answer.

    ``result()`` returns it once, for the check; ``seconds(repeats)`` computes it that many times and returns
    the time this took. ``expected`` is the right answer where it is not that of the workload. With
    ``once=True`` (a fresh process) there is one run per round, uncalibrated.
    """

    result: Callable[[], Any]
    seconds: Callable[[int], float]
    expected: Any = None
    once: bool = False


@dataclass(frozen=True)
class Target:
    """``candidate`` takes at most ``ratio`` times the time of ``against``, and ``plus``; or ``seconds``."""

    candidate: str
    against: str | None = None
    ratio: float = 0.0
    plus: float = 0.0
    seconds: float | None = None


@dataclass(frozen=True)
class Workload:
    """Candidates for one answer. ``candidates`` maps a name to a function that builds the candidate."""

    name: str
    what: str
    candidates: dict[str, Callable[[], Candidate]]
    baseline: str
    reference: Callable[[], Any] | None = None
    targets: tuple[Target, ...] = ()
    tolerance: float = 1e-10
    quick: bool = False
    #: of what is measured: "s", or "B" where `Candidate.seconds` returns bytes
    unit: str = "s"


@dataclass
class Outcome:
    """What became of a workload: samples in seconds by candidate, and why others have none."""

    workload: Workload
    samples: dict[str, np.ndarray] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def ratio(self, name: str, against: str) -> float:
        """Ratio of the least times: what else runs on the machine only ever adds to a sample."""
        return float(self.samples[name].min() / self.samples[against].min())

    def ratios(self, name: str, against: str) -> np.ndarray:
        """Ratio in each round, whose spread shows how far the machine can be trusted."""
        return self.samples[name] / self.samples[against]


def timed(run: Callable[..., Any], *args: Any) -> Callable[[int], float]:
    """``run(*args, repeats)`` repeats inside compiled code; the clock stands around it."""

    def seconds(repeats: int) -> float:
        start = time.perf_counter()
        run(*args, repeats)
        return time.perf_counter() - start

    return seconds


def timed_calls(call: Callable[[], Any]) -> Callable[[int], float]:
    """Calls from Python, the cost of the call included."""

    def seconds(repeats: int) -> float:
        start = time.perf_counter()
        for _ in range(repeats):
            call()
        return time.perf_counter() - start

    return seconds


def relative_error(result: Any, reference: Any) -> float:
    """Largest error relative to the largest entry; a wrong shape or a NaN is an infinite error."""
    result, reference = np.asarray(result, dtype=float), np.asarray(reference, dtype=float)
    if result.shape != reference.shape or not np.all(np.isfinite(result)):
        return float("inf")
    return float(np.max(np.abs(result - reference)) / np.max(np.abs(reference)))


def run_workload(workload: Workload, rounds: int, sample_seconds: float) -> Outcome:
    """Build, check and time every candidate."""
    outcome = Outcome(workload)
    reference = workload.reference() if workload.reference else None
    ready: dict[str, Candidate] = {}
    for name, build in workload.candidates.items():
        try:
            candidate = build()
            result = candidate.result()
        except Unavailable as reason:
            outcome.skipped[name] = str(reason)
            continue
        except Exception as error:  # one candidate that fails must not hide the others
            outcome.failed[name] = f"{type(error).__name__}: {error}"
            continue
        expected = reference if candidate.expected is None else candidate.expected
        if expected is not None:
            outcome.errors[name] = relative_error(result, expected)
            if not outcome.errors[name] <= workload.tolerance:
                outcome.failed[name] = f"wrong result, relative error {outcome.errors[name]:.1e}"
                continue
        ready[name] = candidate
    outcome.samples = take_turns(ready, rounds, sample_seconds)
    return outcome


def take_turns(candidates: dict[str, Candidate], rounds: int, sample_seconds: float) -> dict[str, np.ndarray]:
    """Seconds per repetition, one sample per round and candidate; another candidate opens each round."""
    if all(c.once for c in candidates.values()):
        rounds = min(rounds, MOST_PROCESSES)
    repeats = {name: 1 if c.once else calibrate(c, sample_seconds) for name, c in candidates.items()}
    samples: dict[str, list[float]] = {name: [] for name in candidates}
    names = list(candidates)
    gc.collect()
    gc.disable()
    try:
        for turn in range(rounds):
            first = turn % max(len(names), 1)
            for name in names[first:] + names[:first]:
                if not candidates[name].once:  # one that fills a sample would pay for what others left in the caches
                    candidates[name].seconds(1)
                samples[name].append(candidates[name].seconds(repeats[name]) / repeats[name])
    finally:
        gc.enable()
    return {name: np.array(values) for name, values in samples.items()}


def calibrate(candidate: Candidate, sample_seconds: float) -> int:
    """Number of repetitions that fill a sample."""
    repeats = 1
    while (spent := candidate.seconds(repeats)) < sample_seconds:
        growth = min(10.0, 1.2 * sample_seconds / max(spent, 1e-9))
        repeats = max(repeats + 1, int(repeats * growth))
    return repeats


def met(outcome: Outcome, target: Target) -> tuple[bool | None, str, str]:
    """Whether the target is met (None: not measured), what was measured, and what is asked."""
    names = [target.candidate] if target.against is None else [target.candidate, target.against]
    asked = []
    if target.against is not None:
        extra = f" + {1e6 * target.plus:g} us" if target.plus else ""
        asked.append(f"<= {target.ratio:.3g} x{extra} of {target.against}")
    if target.seconds is not None:
        asked.append(f"<= {target.seconds:g} s")
    if any(name not in outcome.samples for name in names):
        return None, "-", " or ".join(asked)
    own = float(outcome.samples[target.candidate].min())
    verdicts, got = [], []
    if target.against is not None:
        ratio = outcome.ratio(target.candidate, target.against)
        other = float(outcome.samples[target.against].min())
        verdicts.append(ratio <= target.ratio + target.plus / other)
        got.append(f"{ratio:.3g} x")
        if target.plus:
            got.append(f"{1e6 * (own - other):+.2f} us")
    if target.seconds is not None:
        verdicts.append(own <= target.seconds)
        got.append(f"{own:.3g} s")
    return any(verdicts), ", ".join(got), " or ".join(asked)


def select(workloads: Iterable[Workload], pattern: str | None, quick: bool) -> list[Workload]:
    """Workloads whose name matches a shell pattern anywhere; in quick mode the representative ones."""
    return [
        w for w in workloads if (w.quick or not quick) and (pattern is None or fnmatch.fnmatch(w.name, f"*{pattern}*"))
    ]
