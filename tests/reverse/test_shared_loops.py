"""Loops that are written twice become functions, unless what they need or leave behind cannot be handed over."""

import re
import textwrap

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.checkpoint import binomial
from dualad.pipeline.extrema import larger, smaller
from dualad.pipeline.linked import kernel
from dualad.reverse import adjoint
from dualad.reverse.code import Names
from dualad.reverse.lines import Lines
from dualad.reverse.shared_loops import share_loops

LOOP = """
for i in range(n):
    # a comment does not matter
    t = a[i] * s
    u = t + s
    s = np.sin(u)
    last = t
    b[i] += s
"""
OTHER = LOOP.replace("    # a comment does not matter\n", "")


def program(*parts):
    """Lines of a function of `a, b, n, s`."""
    lines = Lines()
    parts = (textwrap.dedent(part).strip() if part.startswith("\n") else part for part in parts)
    for line in "\n".join(parts).split("\n"):
        lines.add(line)
    return lines


def run(lines):
    space = {"np": np}
    text = "def f(a, b, n, s):\n" + lines.text() + "\n" + "\n".join("\n".join(f.lines) for f in lines.functions)
    exec(text, space)
    b = np.arange(5.0)
    return space["f"](np.linspace(0.1, 0.5, 5), b, 5, 0.3), b.tolist()


def shared(*parts):
    """Whether loops were shared; what the function gives is the same then."""
    before, after = program(*parts), program(*parts)
    share_loops(after, ["a", "b", "n", "s"], Names(re.findall(r"\w+", before.text())))
    assert len(after.lines) == len(after.origins)
    assert run(before) == run(after)
    return bool(after.functions)


def test_what_is_read_behind_is_given_back():
    assert shared(LOOP, "s = s * 2.0", OTHER, "return s")


def test_what_the_next_iteration_reads_is_given_back():
    assert shared(
        "for k in range(3):", textwrap.indent(LOOP.strip(), "    "), "    c = s", OTHER, "last = 0.0", "return s, last"
    )


def test_a_name_that_a_loop_alone_makes_and_that_is_read_behind():
    """It is bound only where the loop runs: a call could not be given it."""
    assert not shared(LOOP, OTHER, "return last")
    assert shared("last = 0.0", LOOP, OTHER, "return last")


def test_a_way_out_before_a_name_is_set_again():
    way_out = """
    for k in range(2):
        if k == 1:
            break
        last = 0.5
    """
    assert shared("last = 0.0", LOOP, way_out, OTHER, way_out, "return s, last")


def test_a_loop_with_a_condition_may_not_run():
    again = """
    while s > 2.0:
        last = s
        s = s - 1.0
    """
    assert shared("last = 0.0", LOOP, again, "r = last", OTHER, "return r, last, s")


def test_names_set_on_one_way_only():
    loop = LOOP.replace("a[i] * s", "w * s if n > 9 else s")
    assert not shared("if n > 9:", "    w = 1.0", loop, loop, "return s")
    assert shared("if n > 9:", "    w = 1.0", "else:", "    w = 2.0", loop, loop, "return s")


def test_lists_and_returns_stay_where_they_are():
    lists = LOOP.replace("last = t", "last.append(t)")
    assert not shared("last = []", lists, lists, "return last")
    leaves = LOOP.replace("last = t", "if s > 9.0:\n        return s")
    assert not shared(leaves, leaves, "return s")


def test_short_loops_and_single_ones_stay():
    short = "for i in range(n):\n    s = s + a[i]"
    assert not shared(short, short, "return s")
    assert not shared(LOOP, LOOP.replace("sin", "cos"), "return s")


def test_the_outermost_are_shared():
    outer = "for k in range(2):\n" + textwrap.indent(LOOP.strip(), "    ")
    lines = program(outer, "s = s * 0.5", outer, "return s")
    share_loops(lines, ["a", "b", "n", "s"], Names([]))
    assert [f.lines[1].strip() for f in lines.functions] == ["for k in range(2):"]
    assert shared(outer, "s = s * 0.5", outer, "return s")


def rollout(x, steps):
    u, v = x[0], x[1]
    for _ in ad.checkpointed(range(steps), snapshots=2):
        a = np.sin(u) * v
        b = np.cos(v) + a
        u = u + 0.1 * a * b
        v = v - 0.1 * a
    return u * v


def failing(x, steps):
    u = x[0]
    for step in ad.checkpointed(range(steps), snapshots=2):
        a = u * x[1]
        b = np.sin(a)
        c = b * u
        if step == 5:
            raise ValueError("step five")
        u = u + 0.1 * c
    return u


def test_the_steps_of_a_rollout_are_written_once():
    kinds = nb.typeof(np.zeros(2)), nb.int64
    forward = adjoint(rollout, kinds, (0,)).source
    assert forward.count("v_1 = v_2") == 2  # without records, and with
    x = np.array([0.4, 0.7])
    found = ad.grad(rollout, mode="reverse")(x, 9)
    np.testing.assert_allclose(found, ad.grad(rollout, mode="forward")(x, 9), rtol=1e-13)
    v = np.array([0.3, -1.1])
    twice = ad.hvp(rollout)(x, 9, v)
    np.testing.assert_allclose(twice, ad.hessian(rollout, mode="forward")(x, 9) @ v, rtol=1e-11)


def test_an_exception_in_a_shared_step():
    with pytest.raises(ValueError, match="step five") as caught:
        ad.grad(failing, mode="reverse")(np.array([0.4, 0.7]), 9)
    assert any("step 5" in note for note in caught.value.__notes__)


def test_kernels_in_jitted_code():
    """They have no code of their own, whoever calls them, and are compiled once for all constants."""

    @kernel
    def checked(a, b):
        if a < b:
            raise ValueError("too small")
        return larger(a - b, smaller(b, 3))

    @nb.njit
    def user(n):
        return checked(n, 2) + checked(n, 1) + binomial.advance(n, 3)

    assert user(10) == checked(10, 2) + checked(10, 1) + binomial.advance(10, 3)
    assert len(checked.signatures) == 1
    with pytest.raises(ValueError, match="too small"):
        user(1)
