"""All workloads, one file per family."""

from benchmarks.harness import Workload
from benchmarks.workloads import calls, compiling, gradients, hessians, peers, rollouts


def all_workloads() -> list[Workload]:
    """In the order in which they run: what needs a quiet process first."""
    families = (gradients, rollouts, hessians, calls, peers, compiling)
    return [workload for family in families for workload in family.workloads()]
