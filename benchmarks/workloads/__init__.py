"""All workloads, one file per family."""

from benchmarks.harness import Workload
from benchmarks.workloads import (
    adbench,
    calls,
    checkpoints,
    compiling,
    gradients,
    hessians,
    memory,
    peers,
    reverse,
    rollouts,
    sparse,
    sparsity,
)


def all_workloads() -> list[Workload]:
    """In the order in which they run: what needs a quiet process first."""
    families = (
        gradients,
        reverse,
        adbench,
        rollouts,
        checkpoints,
        hessians,
        calls,
        sparsity,
        sparse,
        peers,
        compiling,
        memory,
    )
    return [workload for family in families for workload in family.workloads()]
