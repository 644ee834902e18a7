"""What a checkpointed loop tells: the step that failed, where its state ceased to be finite, how far it has come."""

import math
import os
import signal
import subprocess
import sys
import threading
import warnings

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.api.progress import EVERY, FORWARD, INTERRUPTED, Bar
from dualad.errors import NotFiniteWarning

START = np.array([0.4, 0.5, 0.6])


def fails_at(y, n, bad):
    for i in ad.checkpointed(range(3, n), snapshots=2):
        if i == bad:
            raise ValueError("too large")
        y = math.sin(y) * 1.5
    return y


def notes(derivative, *args):
    with pytest.raises(Exception) as found:  # noqa: PT011
        derivative(*args)
    return getattr(found.value, "__notes__", [])


# -- steps that fail


@pytest.mark.parametrize("bad", [3, 7, 12])
def test_the_step_that_fails_is_in_a_note(bad):
    slope = ad.grad(fails_at, mode="reverse")
    (note,) = notes(slope, 0.5, 13, bad)
    assert note.startswith(f"in step {bad - 3} of the checkpointed loop at test_watching.py, line ")
    assert slope(0.5, 13, 99) != 0.0


@pytest.mark.full
def test_a_step_that_fails_inside_of_numpy():
    def inverts(x, n):
        a = np.eye(2) * x
        for _ in ad.checkpointed(range(n), memory="1MB"):
            a = np.linalg.inv(a) * 0.5
            a[0, 0] -= 1.0
        return np.sum(a)

    (note,) = notes(ad.grad(inverts, mode="reverse"), 0.5, 5)
    assert "in step 1 of the checkpointed loop" in note


def test_loops_in_loops_are_all_named():
    def nested(y, n):
        for k in ad.checkpointed(range(4), snapshots=1):
            for i in ad.checkpointed(range(n), snapshots=1):
                if k == 2 and i == 3:
                    raise ValueError("too large")
                y = math.sin(y) * 1.5
        return y

    (note,) = notes(ad.grad(nested, mode="reverse"), 0.5, 6)
    inner, outer = note.split(", step")
    assert inner.startswith("in step 3 of")
    assert outer.startswith(" 2 of")


def test_what_fails_elsewhere_has_no_note():
    def after(y, n):
        for _ in ad.checkpointed(range(n), snapshots=1):
            y = math.sin(y)
        if n > 2:
            raise ValueError("after the loop")
        return y

    def without(y, n):
        if n > 2:
            raise ValueError("no loop")
        return y * y

    failing = ad.grad(fails_at, mode="reverse")

    @nb.njit
    def jitted(y):
        return failing(y, 9, 5)

    assert notes(ad.grad(after, mode="reverse"), 0.5, 5) == []
    assert notes(jitted, 0.5) == []  # and what it leaves must not go to the next one
    assert notes(ad.grad(without, mode="reverse"), 0.5, 5) == []


def test_threads_have_words_of_their_own():
    slope = ad.grad(fails_at, mode="reverse").prepare(0.5, 9, 5)
    found = {}

    def run(k):
        found[k] = notes(slope, 0.5, 400, 3 + k)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [k for k, note in found.items() if note]  # two of them may have shared a row
    assert len(told) >= 4
    assert all(f"in step {k} of" in found[k][0] for k in told)


def test_code_from_the_disk_cache_tells_too(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import math, dualad as ad\n"
        "def f(y, n):\n"
        "    for i in ad.checkpointed(range(n), snapshots=2):\n"
        "        if i == 4:\n"
        "            raise ValueError('too large')\n"
        "        y = math.sin(y)\n"
        "    return y\n"
        "try:\n"
        "    ad.grad(f, mode='reverse')(0.5, 9)\n"
        "except ValueError as error:\n"
        "    print(error.__notes__[0])\n"
    )
    environment = os.environ | {"DUALAD_CACHE_DIR": str(tmp_path / "cache")}
    lines = [
        subprocess.run([sys.executable, program], env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert lines[0] == lines[1]
    assert lines[0].startswith("in step 4 of the checkpointed loop at program.py, line 3")


# -- states that are not finite


def squares(y, n):
    for _ in ad.checkpointed(range(n), snapshots=3):
        y = 2.0 * y * y
    return y


def test_numbers_that_overflow_are_told_by_step():
    """2 y^2 from 2 is 2^(2^(k+1) - 1) after k steps: too large after ten, of which the last is step 9."""
    slope = ad.grad(squares, mode="reverse")
    with pytest.warns(NotFiniteWarning, match=r"test_watching.py, line \d+ is not finite after step 9 "):
        slope(2.0, 30)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        slope(2.0, 9)
        slope(0.3, 30)


def test_arrays_are_told_by_stored_states():
    def explodes(x, n, snapshots):
        u = x.copy()
        for i in ad.checkpointed(range(n), snapshots=snapshots):
            for k in range(u.size):
                u[k] = 1.1 * math.sin(u[k] + 0.1 * u[k - 1])
            if i == 17:
                u[1] = np.inf
        return np.sum(u * u)

    slope = ad.grad(explodes, mode="reverse")
    with pytest.warns(NotFiniteWarning, match="after step 17 "):
        slope(START.copy(), 40, 40)
    with pytest.warns(NotFiniteWarning) as found:
        slope(START.copy(), 40, 3)
    words = str(found[0].message).split()
    if "one" in words:
        first, last = (int(words[words.index("steps") + k]) for k in (1, 3))
        assert first <= 17 <= last
    else:
        assert "after step 17 " in str(found[0].message)


def test_work_arrays_that_hold_anything_are_no_alarm():
    def works(x, n):
        u, new, best = x.copy(), np.empty(3), np.inf
        for i in ad.checkpointed(range(n), snapshots=2):
            for k in range(3):
                if i > 0 or k > 0:
                    new[k] = math.sin(u[k]) + 0.1 * u[k - 1]
            new[0] = math.sin(u[1])
            best = min(best, u[0])
            u, new = new, u
        return u[0] * u[1] * best

    for _ in range(3):  # memory that was given back holds numbers that are not
        rubbish = np.full(3, np.nan)
        del rubbish
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert np.isfinite(ad.grad(works, mode="reverse")(START.copy(), 6)).all()


def test_nothing_is_told_of_other_programs():
    with pytest.warns(NotFiniteWarning):
        ad.grad(squares, mode="reverse")(2.0, 30)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ad.grad(lambda x: x * x, mode="reverse")(3.0) == 6.0


# -- progress


def slow(y, n):
    for _ in ad.checkpointed(range(n), memory="10kB", progress=True):
        y = y + 1e-7 * math.sin(y)
    return y


def test_the_line_on_standard_error(capsys):
    silent = ad.grad(lambda y, n: slow_without(y, n), mode="reverse")
    expected = silent(0.5, 10**5)
    assert capsys.readouterr().err == ""
    slope = ad.grad(slow, mode="reverse")
    assert slope(0.5, 10**5) == expected
    slope(0.5, 10**8)
    lines = capsys.readouterr().err.split("\r")
    assert any("test_watching.py, line" in line and "forward sweep" in line and "left" in line for line in lines)
    assert lines[-1].strip().endswith("reverse sweep 100 %, 0:00 left")


@nb.njit
def slow_without(y, n):
    for _ in range(n):
        y = y + 1e-7 * math.sin(y)
    return y


def test_keyboard_stops_a_loop_that_shows_its_progress():
    slope = ad.grad(slow, mode="reverse").prepare(0.5, 10)
    handler = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(KeyboardInterrupt):
            slope(0.5, 10**10)
    finally:
        signal.signal(signal.SIGALRM, handler)
    assert slope(0.5, 1000) == ad.grad(slow_without, mode="reverse")(0.5, 1000)


def test_threads_of_a_parallel_loop_do_not_wait_for_python():
    slope = ad.grad(slow, mode="reverse")

    @nb.njit(parallel=True)
    def several(y):
        for k in nb.prange(y.size):
            y[k] = slope(y[k], 1000)
        return y

    one = ad.grad(slow_without, mode="reverse")(0.5, 1000)
    np.testing.assert_array_equal(several(np.full(8, 0.5)), np.full(8, one))


@pytest.mark.full
def test_an_endless_loop_shows_steps(capsys):
    def endless(y, n):
        for i in ad.checkpointed(memory="10kB", progress=True):
            if i == n:
                break
            y = y + 1e-7 * math.sin(y)
        return y

    assert ad.grad(endless, mode="reverse")(0.5, 5 * 10**7) == ad.grad(slow_without, mode="reverse")(0.5, 5 * 10**7)
    assert "forward sweep" in (told := capsys.readouterr().err)
    assert " steps" in told


def test_bar(monkeypatch, capsys):
    clock = [0.0]
    monkeypatch.setattr("dualad.api.progress.time.monotonic", lambda: clock[0])
    bar = Bar()
    assert bar.shown("f.py, line 1", FORWARD, 1, 1000) == 2
    clock[0] = 1.0
    ahead = bar.shown("f.py, line 1", FORWARD, 250, 1000)
    assert ahead == 250 + int(250 * EVERY)
    assert "forward sweep  25 %, 0:03 left" in capsys.readouterr().err
    clock[0] = 4.0
    bar.shown("f.py, line 1", FORWARD + 1, 999, 1000)
    clock[0] = 8.0
    assert bar.shown("f.py, line 1", FORWARD + 1, 500, 1000) == 500 - int(500 / 4.0 * EVERY)
    assert "reverse sweep  50 %, 0:04 left" in capsys.readouterr().err

    def pressed():
        raise KeyboardInterrupt

    monkeypatch.setattr("dualad.api.progress.time.monotonic", pressed)
    assert bar.shown("f.py, line 1", FORWARD, 1, 1000) == INTERRUPTED


def test_an_interrupt_of_the_users_own_is_not_one_from_the_keyboard():
    def interrupts(y, n):
        for i in ad.checkpointed(range(n)):
            if i == 2:
                raise InterruptedError("of my own")
            y = math.sin(y)
        return y

    with pytest.raises(InterruptedError, match="of my own"):
        ad.grad(interrupts, mode="reverse")(0.5, 5)
