"""The shape of region trees: no code twice, flags only where needed, the user's names."""

import os
import subprocess
import sys

import numba as nb
import numpy as np

from dualad.program import build
from dualad.program.show import show
from dualad.program.tree import If, Loop, Op, walk

VECTOR = nb.typeof(np.zeros(1))


def shown(function, *kinds):
    """Body of a program as text."""
    return [line[4:] for line in show(build(function, kinds)).splitlines()[1:]]


def test_loop_with_accumulator():
    def total(x):
        s = 0.0
        for i in range(x.shape[0]):
            s += x[i]
        return s

    assert shown(total, VECTOR) == [
        "t1 = getattr(x, 'shape')",
        "t2 = getitem(t1, 0)",
        "s <- 0.0",
        "for i in range(0, t2, 1):  # carries s",
        "    t3 = getitem(x, i)",
        "    s_1 = add(s, t3)",
        "    s <- s_1",
        "return s",
    ]


def test_break_needs_no_flag_where_all_ways_go_on_alike():
    def search(x, n):
        found = -1
        for i in range(n):
            if x[i] > 2.0:
                found = i
                break
        return found

    assert shown(search, VECTOR, nb.intp) == [
        "found <- -1",
        "for i in range(0, n, 1):  # may break",
        "    t1 = getitem(x, i)",
        "    t2 = gt(t1, 2.0)",
        "    if t2:",
        "        found <- i",
        "        break",
        "return found",
    ]


def test_early_return_leaves_loops_by_flags():
    def search(m, n):
        for i in range(n):
            for j in range(n):
                if m[i * n + j] > 2.0:
                    return i - j
        return n * 2

    assert shown(search, VECTOR, nb.intp) == [
        "t1 <- False",
        "for i in range(0, n, 1):  # may break",
        "    t2 <- False",
        "    for j in range(0, n, 1):  # may break",
        "        t3 = mul(i, n)",
        "        t4 = add(t3, j)",
        "        t5 = getitem(m, t4)",
        "        t6 = gt(t5, 2.0)",
        "        if t6:",
        "            t7 = sub(i, j)",
        "            t8, t2 <- t7, True",
        "            break",
        "    if t2:",
        "        t1 <- True",
        "        break",
        "if t1:",
        "    pass",
        "else:",
        "    t9 = mul(n, 2)",
        "    t8 <- t9",
        "return t8",
    ]


def test_swaps_are_one_copy():
    def swap(a, b, n):
        for _ in range(n):
            a, b = b, a
        return a

    lines = shown(swap, nb.float64, nb.float64, nb.intp)
    assert lines == [
        "b_1, a_1 <- b, a",
        "for _ in range(0, n, 1):  # carries b_1, a_1",
        "    b_1, a_1 <- a_1, b_1",
        "return a_1",
    ]


def test_no_operation_is_written_twice():
    def branches(x, a):
        for i in range(3):
            if x[i] < a:
                if x[i] < -a:
                    continue
                a = a + 1
            elif x[i] > 2 * a:
                break
            else:
                a = a * 3
            a = a - x[i]
            if a > 9:
                return a
        return a / 7

    program = build(branches, (VECTOR, nb.float64))
    lines = [(s.where.line, s.function) for s in walk(program.body) if isinstance(s, Op)]
    assert sum(function.__name__ == "truediv" for _, function in lines) == 1
    assert sum(function.__name__ == "sub" for _, function in lines) == 1
    assert sum(function.__name__ == "mul" for _, function in lines) == 2


def test_size_grows_linearly():
    def program(n):
        lines = [f"    if x[{i}] > s:\n        s += x[{i}]\n    elif s > 5:\n        return s\n" for i in range(n)]
        namespace = {}
        exec("def f(x):\n    s = 0.0\n" + "".join(lines) + "    return s\n", namespace)
        return sum(1 for _ in walk(build(namespace["f"], (VECTOR,)).body))

    small, large = program(5), program(20)
    assert large - small <= 15 * (program(6) - small) * 1.01


def test_names_are_the_users_and_unique():
    def names(x):
        list_ = x * 2
        t1 = list_ + 1
        np_ = t1 * t1
        return np_ + x * x

    text = "\n".join(shown(names, nb.float64))
    assert "list_ = mul(x, 2)" in text
    assert "np_ = mul(t1, t1)" in text


def test_text_is_the_same_in_every_process():
    """What is made of a program is found again on disk by its text."""
    script = (
        "import sys; sys.path.insert(0, '.')\n"
        "import math\nfrom numba import types\nfrom dualad.program import build\nfrom dualad.program.show import show\n"
        "from tests.program.randomly import program\n"
        "for seed in (22, 64):\n"
        "    namespace = {'math': math}\n    exec(program(seed), namespace)\n"
        "    print(show(build(namespace['f'], (types.Array(types.float64, 1, 'C'), types.intp))))\n"
    )
    command = [sys.executable, "-c", script]
    texts = {
        subprocess.run(command, capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2", "3")
    }
    assert len(texts) == 1


def test_callees_stand_in_place():
    @nb.njit
    def square(v):
        w = v * v
        return w

    def caller(x):
        w = square(x)
        return w + square(w)

    program = build(caller, (nb.float64,))
    assert not [s for s in program.body if isinstance(s, (If, Loop))]
    assert [s.function.__name__ for s in program.body] == ["mul", "mul", "add"]
