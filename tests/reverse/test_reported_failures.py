"""Failures reported for Warp and Taichi: each program in every mode, compiled, against its closed form."""

import numpy as np
import pytest

import dualad as ad
from tests.compare import assert_close
from tests.oracle import differentiate, leaves
from tests.primal import active_positions
from tests.reverse.run import arguments, check_adjoint
from tests.reverse.test_scenarios import gradient_of
from tests.scenarios import SCENARIOS
from tests.scenarios.corpus import reference_of

REPORTED = [s for s in SCENARIOS if s.name.startswith(("warp_", "taichi_"))]
reported = pytest.mark.parametrize("s", REPORTED, ids=str)


@reported
def test_closed_form_agrees_with_the_oracle(s):
    assert_close(differentiate(s.function, s.args(), s.argnums)[1], reference_of(s, s.args()), 1e-12)


@reported
def test_reverse_mode_run_by_plain_python(s):
    check_adjoint(s, jitted=False)


@reported
def test_reverse_mode_compiled(s):
    check_adjoint(s, jitted=True)


@pytest.mark.parametrize("s", REPORTED[::4], ids=str)
def test_forward_mode(s):
    assert_close(ad.jacfwd(s.function, s.argnums)(*s.args()), reference_of(s, s.args()), 1e-12)


@pytest.mark.parametrize("s", REPORTED[1::4], ids=str)
def test_forward_over_reverse(s):
    gradient, _ = gradient_of(s)
    second = ad.jacfwd(gradient, active_positions(s))(*arguments(s))
    expected = differentiate(s.function, s.args(), s.argnums, 2)[2]
    assert_close(leaves(second), [leaf for leaf in leaves(expected) if leaf is not None], 1e-11)


def test_every_issue_is_here():
    issues = {tuple(s.name.split("_")[:2]) for s in REPORTED}
    assert issues == {("warp", n) for n in ("174", "1293", "1294", "1694", "1697", "1552")} | {
        ("taichi", n) for n in ("3912", "7771", "8027", "8356")
    }
    assert all(np.size(leaf) for s in REPORTED for leaf in leaves(tuple(s.args())))
