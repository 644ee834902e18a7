"""``python -m benchmarks``: run the workloads, print tables, save the figures.

The exit status is 1 if a candidate failed or gave a wrong result.
"""

import argparse
import sys
from pathlib import Path

from benchmarks import peers

peers.set_environment()  # before the libraries that read it are imported

from benchmarks import report  # noqa: E402
from benchmarks.harness import run_workload, select  # noqa: E402
from benchmarks.workloads import all_workloads  # noqa: E402

#: Seconds: shorter than a time slice, so that some samples are undisturbed on a busy machine too.
SAMPLE = 0.001


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n")[0])
    parser.add_argument("--only", metavar="PATTERN", help="only the workloads named so, e.g. 'ackley/n=100'")
    parser.add_argument("--quick", action="store_true", help="representative workloads, fewer samples")
    parser.add_argument("--list", action="store_true", help="print the workloads' names and stop")
    parser.add_argument("--out", metavar="FOLDER", type=Path, default=Path("out/benchmarks"), help="for files")
    parser.add_argument("--rounds", type=int, help="samples per candidate (61; 21 with --quick)")
    return parser.parse_args(arguments)


def main() -> int:
    chosen = options()
    workloads = select(all_workloads(), chosen.only, chosen.quick)
    if chosen.list:
        for workload in workloads:
            print(f"{workload.name:34} {workload.what}")
        return 0
    if not workloads:
        print(f"no workload matches {chosen.only!r}", file=sys.stderr)
        return 2
    facts = report.machine()
    for name, value in facts.items():
        print(f"{name:13} {value}")
    rounds = chosen.rounds or (21 if chosen.quick else 61)
    outcomes = []
    for workload in workloads:
        outcomes.append(run_workload(workload, rounds, SAMPLE))
        print(report.table(outcomes[-1]), flush=True)
    print(report.summary(outcomes))
    report.save(outcomes, facts, chosen.out)
    return int(any(outcome.failed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
