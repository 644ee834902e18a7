"""A run that is ended before any line of the store's code leaves a folder that can be gone on with, and nothing open."""

import itertools
import os
import shutil

import numpy as np
import pytest

import dualad as ad
from dualad.store import callbacks
from tests.reverse.rollouts import ROLLOUTS, variant
from tests.store.ended import at_line, killed_at_line

HEAT = next(rollout for rollout in ROLLOUTS if rollout.function.__name__ == "heat")
ARGUMENTS = HEAT.args(7)
pytestmark = pytest.mark.usefixtures("records_at_every_chance")


@pytest.fixture(scope="module")
def slopes():
    return ad.grad(variant(HEAT.function, "disk"), HEAT.argnums, mode="reverse")


@pytest.fixture(scope="module")
def expected():
    return ad.grad(variant(HEAT.function, "snapshots"), HEAT.argnums, mode="reverse")(*ARGUMENTS, 2)


def interrupt():
    raise KeyboardInterrupt


def interrupted(call, after, again):
    """Whether a call came to line number `after` of the store, where Ctrl-C ended it."""
    with at_line(after, interrupt, again) as left:
        try:
            call()
        except KeyboardInterrupt:
            return True
    assert left[0] > 0, "Ctrl-C was lost"
    return False


#: How the run is ended, and whether a line counts each time it runs.
ENDED = [
    (interrupted, False),
    pytest.param(interrupted, True, marks=pytest.mark.full),
    pytest.param(killed_at_line, True, marks=pytest.mark.full),
]


def check_what_is_left(slopes, folder, expected):
    """The run goes on if it had begun, else it can begin; then nothing is left."""
    assert not callbacks.sessions
    begun = os.path.exists(f"{folder}/dualad.run")
    found = ad.resume(folder) if begun else slopes(*ARGUMENTS, (1, folder))
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))
    assert os.listdir(folder) == []


@pytest.mark.parametrize(("ended", "again"), ENDED)
def test_ended_before_any_line(ended, again, slopes, expected, tmp_path):
    folder = str(tmp_path / "run")
    slopes(*ARGUMENTS, (1, folder))  # compiled
    for after in itertools.count(1):
        shutil.rmtree(folder)
        if not ended(lambda: slopes(*ARGUMENTS, (1, folder)), after, again):
            break
        os.makedirs(folder, exist_ok=True)
        check_what_is_left(slopes, folder, expected)
    assert after > 100


@pytest.mark.full
@pytest.mark.parametrize(("ended", "again"), ENDED)
def test_ended_before_any_line_of_going_on(ended, again, slopes, expected, tmp_path):
    folder, kept = str(tmp_path / "run"), str(tmp_path / "kept")
    assert interrupted(lambda: slopes(*ARGUMENTS, (1, folder)), 900, again=True)
    shutil.copytree(folder, kept)
    for after in itertools.count(1):
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        if not ended(lambda: ad.resume(folder), after, again):
            break
        check_what_is_left(slopes, folder, expected)
    assert after > 100
