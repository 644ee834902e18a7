"""Agreement with the `checkpoint-schedules` package, from whose actions plain steps, writes and reads are counted."""

from collections import Counter
from importlib import import_module

import pytest

from dualad.checkpoint import binomial, mixed
from tests.checkpoint.counted import binomial_counts, mixed_counts, two_level_counts

package = pytest.importorskip("checkpoint_schedules")


def counted(schedule):
    """Plain steps, recorded steps, and writes to and reads from disk of one of the package's schedules."""
    found, disk = Counter(), package.StorageType.DISK
    for action in schedule:
        if isinstance(action, package.Forward):
            found["recorded" if action.write_adj_deps else "plain"] += action.n1 - action.n0
            found["writes"] += action.storage == disk and action.write_ics
        elif isinstance(action, (package.Copy, package.Move)):
            found["reads"] += action.from_storage == disk
        elif isinstance(action, package.EndReverse):
            return found
    raise AssertionError("the schedule does not end")


def test_binomial_agrees_with_revolve():
    for snapshots in range(1, 9):
        for steps in range(1, 41):
            found = counted(package.Revolve(steps, snapshots))
            counts = binomial_counts(steps, snapshots)
            assert (counts.plain, counts.recorded) == (found["plain"], found["recorded"])


def test_binomial_agrees_with_multistage():
    for snapshots in (1, 2, 3, 5, 10, 20):
        for steps in (*range(2, 60), 100, 200, 500):
            found = counted(package.MultistageCheckpointSchedule(steps, snapshots, 0))
            assert binomial.plain_steps(steps, snapshots) == found["plain"]


def test_mixed_agrees_with_maddison():
    for slots in range(1, 13):
        for steps in range(2, 60):
            found = counted(package.MixedCheckpointSchedule(steps, slots))
            counts = mixed_counts(steps, slots)
            assert (counts.plain, counts.recorded) == (found["plain"], found["recorded"])


def test_mixed_agrees_with_maddison_for_longer_rollouts():
    table = package.mixed.mixed_steps_tabulation(400, 30)
    for slots in range(1, 31):
        for steps in range(slots + 1, 401):
            assert mixed.plain_steps(steps, slots) == table[steps, slots, 2] - steps


@pytest.mark.parametrize(("write", "read"), [(2, 2), (5, 1), (0.5, 0.25), (1.5, 3)])
def test_two_levels_agree_with_h_revolve(write, read):
    for memory in (1, 2, 3):
        for disk in (1, 2, 4):
            for steps in (*range(2, 30, 3), 50):
                found = counted(package.HRevolve(steps, memory, disk, wd=write, rd=read))
                _, time = two_level_counts(steps, memory, disk, write, read)
                assert found["plain"] + write * found["writes"] + read * found["reads"] == pytest.approx(time)


# With different costs, version 1.0.4 takes one for the other: `DiskRevolve` passes (wd, rd) on as (rd, wd).
@pytest.mark.parametrize("cost", [0.5, 2, 3])
def test_enough_disk_agrees_with_disk_revolve(cost):
    for memory in (1, 2, 3, 5):
        for steps in (*range(2, 30, 2), 50):
            found = counted(package.DiskRevolve(steps, memory, wd=cost, rd=cost))
            _, time = two_level_counts(steps, memory, steps, cost, cost)
            assert found["plain"] + cost * (found["writes"] + found["reads"]) == pytest.approx(time)


@pytest.mark.parametrize(("write", "read"), [(5, 1), (1.5, 3), (0.3, 0.1), (10, 0)])
def test_enough_disk_agrees_with_the_table_of_disk_revolve(write, read):
    tabulate = import_module("checkpoint_schedules.hrevolve_sequences.disk_revolve").get_opt_inf_table
    for memory in (1, 2, 3, 5):
        times = tabulate(59, memory, 1, 1, read, write, one_read_disk=False)  # each step reversed at a cost of 1
        for steps in range(2, 61):
            assert two_level_counts(steps, memory, steps, write, read)[1] == pytest.approx(times[steps - 1] - steps)
