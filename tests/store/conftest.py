"""What tests of runs that are ended share."""

import itertools
from types import SimpleNamespace

import pytest

from dualad.store import session


@pytest.fixture
def records_at_every_chance(monkeypatch):
    """Records are written as often as can be, and the schedule does not depend on the clock."""
    monkeypatch.setattr(session, "PAUSE", 0.0)
    monkeypatch.setattr(session, "SHARE", 1e9)
    # what is measured decides the schedule: the same in each run
    monkeypatch.setattr(session, "time", SimpleNamespace(perf_counter=itertools.count(0.0, 1e-3).__next__))
