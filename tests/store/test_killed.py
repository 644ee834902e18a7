"""A run that was killed is resumed, and gives the same bits."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import dualad as ad
from tests.reverse.rollouts import ROLLOUTS, variant
from tests.store.ended import killed

BY_NAME = {rollout.function.__name__: rollout for rollout in ROLLOUTS}
ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.usefixtures("records_at_every_chance"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be forked and killed"),
]


def equal(found, expected):
    return all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    "name",
    ["heat", *(pytest.param(n, marks=pytest.mark.full) for n in sorted(BY_NAME) if n not in ("heat", "two_loops"))],
)
@pytest.mark.parametrize("torn", [True, pytest.param(False, marks=pytest.mark.full)])
def test_killed_at_every_call_of_the_store(name, torn, tmp_path):
    rollout, folder = BY_NAME[name], str(tmp_path / "run")
    slopes = ad.grad(variant(rollout.function, "disk"), rollout.argnums, mode="reverse")
    in_memory = ad.grad(variant(rollout.function, "snapshots"), rollout.argnums, mode="reverse")
    for steps, stride in ((1, 2), (2, 3), (7, 5)):
        args, expected = rollout.args(steps), in_memory(*rollout.args(steps), 2)
        after, count = 1, 0
        while killed(lambda args=args: slopes(*args, (2, folder)), after, torn):
            assert equal(ad.resume(folder), expected)
            assert os.listdir(folder) == []
            after, count = after + stride, count + 1
        assert count > 3


@pytest.mark.full
def test_killed_again_and_again(tmp_path):
    rollout, folder, draw = BY_NAME["heat"], str(tmp_path / "run"), random.Random(4)
    slopes = ad.grad(variant(rollout.function, "disk"), rollout.argnums, mode="reverse")
    in_memory = ad.grad(variant(rollout.function, "snapshots"), rollout.argnums, mode="reverse")
    args, expected = rollout.args(60), in_memory(*rollout.args(60), 2)
    most = 0
    for _ in range(5):
        assert killed(lambda: slopes(*args, (2, folder)), draw.randint(20, 60))
        times = 0
        while times < 12 and killed(lambda: ad.resume(folder), draw.randint(20, 50), torn=True):
            times += 1
        if (tmp_path / "run" / "dualad.run").exists():
            assert equal(ad.resume(folder), expected)
        most = max(most, times)
    assert most > 3


def started(folder, *until):
    """A process that computes a long derivative, once one of these files is there."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.store.long_run", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not any((folder / name).exists() for name in until):
        if process.poll() is not None:
            pytest.fail(process.stderr.read())
        time.sleep(0.005)
    return process


RESUME = """
import sys
import dualad as ad
value, (by_initial, by_rate) = ad.resume(sys.argv[1])
print(value.hex(), by_initial.tobytes().hex(), by_rate.hex())
"""


def resumed(folder):
    """What another process gives for the run."""
    made = subprocess.run([sys.executable, "-c", RESUME, str(folder)], cwd=ROOT, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return made.stdout.split()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What a run that nobody ends gives."""
    process = started(tmp_path_factory.mktemp("runs") / "whole", "dualad.run")
    return process.communicate()[0].split()[1:]


@pytest.mark.parametrize("sweep", ["state", "reverse"])
def test_killed_by_the_system(sweep, whole, tmp_path):
    process = started(tmp_path, f"dualad.{sweep}-0")
    time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert resumed(tmp_path) == whole
    assert os.listdir(tmp_path) == []


def test_ended_by_the_keyboard(whole, tmp_path):
    process = started(tmp_path, "dualad.reverse-0")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert errors.strip().endswith("KeyboardInterrupt")
    assert "ignored" not in errors
    assert resumed(tmp_path) == whole
