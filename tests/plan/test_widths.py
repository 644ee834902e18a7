"""Widths of sweeps on processors with either kind of register."""

import importlib

import pytest
from numba.core import config

from dualad.plan import widths


@pytest.fixture
def with_features(monkeypatch):
    """The module as it is on a processor with other features."""

    def reloaded(features):
        monkeypatch.setattr(config, "CPU_FEATURES", features)
        return importlib.reload(widths)

    yield reloaded
    monkeypatch.undo()
    importlib.reload(widths)


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ("", [1, 1, 4, 8, 8, 8, 8, 16, 16]),
        ("+avx2,+fma", [1, 1, 4, 8, 8, 8, 8, 16, 16]),
        ("+avx2,+avx512f", [1, 1, 4, 8, 16, 32, 32, 32, 32]),
        ("+avx2,-avx512f", [1, 1, 4, 8, 8, 8, 8, 16, 16]),
    ],
)
def test_as_many_directions_as_registers_hold_well(with_features, features, expected):
    module = with_features(features)
    assert [module.width_for(n) for n in (0, 1, 3, 8, 9, 24, 31, 32, 1000)] == expected
    assert module.default_width(None) == 8 == module.rows_for(None)
    assert module.default_width(20) == module.width_for(20)


def test_this_processor():
    assert widths.REGISTER in (4, 8)
    assert widths.width_for(10**6) == widths.MANY == 4 * widths.REGISTER
