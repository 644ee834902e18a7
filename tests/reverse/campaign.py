"""Many random programs through reverse mode: `python -m tests.reverse.campaign --programs 10000 --jitted 1000`.

Prints how many were right, refused (by reason), wrong and crashed. Faults are made small and written to a folder, one
file per root cause as far as the verdict tells them apart, so that a second run shows what is left.
"""

import argparse
import collections
import concurrent.futures
import multiprocessing
import pathlib
import random
import time

from tests.reverse.minimise import minimise
from tests.reverse.programs import generate
from tests.reverse.verdicts import verdict_on

#: That a worker runs.
PROGRAMS = 300
FAULTS = ("wrong", "wrong value", "crashed")


def run(seed, jitted, method):
    """Seed and verdict of one program."""
    return seed, verdict_on(generate(random.Random(seed)), method, jitted)


def campaign(seeds, jitted=False, method="reverse", workers=1):
    """Verdicts of many programs, as they come.

    Workers are replaced after some programs: everything that Numba compiles stays in memory. All at once, since a pool
    that replaces its workers one by one may wait for itself for ever (`max_tasks_per_child`, CPython issue 115634).
    """
    if workers == 1:
        yield from (run(seed, jitted, method) for seed in seeds)
        return
    context = multiprocessing.get_context("spawn")
    for first in range(0, len(seeds), PROGRAMS * workers):
        some = seeds[first : first + PROGRAMS * workers]
        with concurrent.futures.ProcessPoolExecutor(workers, context) as pool:
            yield from pool.map(run, some, [jitted] * len(some), [method] * len(some))


def report(verdicts, folder, per_group, jitted, method, label):
    """Print the counts; make the first few faults of each group small and write them to the folder."""
    counts, refusals, faults = collections.Counter(), collections.Counter(), collections.defaultdict(list)
    started, last = time.monotonic(), time.monotonic()
    for seed, verdict in verdicts:
        counts[verdict.kind] += 1
        if verdict.kind == "refused":
            refusals[verdict.reason] += 1
        if verdict.kind in FAULTS:
            faults[verdict.group].append((seed, verdict))
            print(f"seed {seed}: {verdict.kind} {verdict.reason}", flush=True)
            if len(faults[verdict.group]) <= per_group:
                write_small(seed, verdict, folder, jitted, method)
        if time.monotonic() - last > 60:
            last = time.monotonic()
            print(f"  {sum(counts.values())} programs, {last - started:.0f} s: {dict(counts)}", flush=True)
    judged = sum(counts.values()) - counts["unsuitable"]
    print(f"{label}: {judged} programs judged in {time.monotonic() - started:.0f} s, {counts['unsuitable']} unsuitable")
    for kind in ("right", "refused", *FAULTS):
        print(f"  {kind:12} {counts[kind]:6}  {100 * counts[kind] / max(judged, 1):.2f} %")
    for reason, count in refusals.most_common():
        print(f"    refused {count:5} x  {reason}")
    for group, found in sorted(faults.items(), key=lambda item: -len(item[1])):
        print(f"    {len(found):5} x  {group[0]}: {group[1]}  (seeds {[seed for seed, _ in found[:8]]})", flush=True)
    return sum(len(found) for found in faults.values())


def write_small(seed, verdict, folder, jitted, method):
    """Minimise one fault, print it, and write it to the folder."""
    small = minimise(generate(random.Random(seed)), verdict.group, lambda case: verdict_on(case, method, jitted))
    detail = verdict_on(small, method, jitted).detail
    text = f'"""{verdict.kind} {verdict.reason} (seed {seed}).\n\n{detail}\n"""\n\n{small.text()}'
    print(text, flush=True)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{seed:05}{'_jitted' if jitted else ''}.py").write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=int, default=1000, help="how many adjoints plain Python runs")
    parser.add_argument("--jitted", type=int, default=0, help="how many adjoints are compiled")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--method", default="reverse", choices=["reverse", "forward", "complex"])
    parser.add_argument("--folder", type=pathlib.Path, help="where faults are written")
    parser.add_argument("--per-group", type=int, default=3, help="how many faults with one symptom are made small")
    options = parser.parse_args()
    faults = 0
    for count, jitted, label in ((options.programs, False, "by plain Python"), (options.jitted, True, "compiled")):
        if count:
            seeds = range(options.seed, options.seed + count)
            verdicts = campaign(seeds, jitted, options.method, options.workers)
            faults += report(verdicts, options.folder, options.per_group, jitted, options.method, label)
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()
