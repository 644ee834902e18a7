"""Random programs whose names mean arrays of changing lengths: `python -m tests.reverse.random_shapes 0 2000`.

Analytic in `x`, so that complex steps tell what is right. Plain Python runs the adjoints: it does not read beyond the end of an
array.
"""

import random
import sys
from collections.abc import Callable
from typing import Any

import numba as nb
import numpy as np

from dualad.errors import UnsupportedError
from dualad.reverse import adjoint
from tests.reverse.judge import plain
from tests.reverse.rollouts import complex_steps, made

START = np.array([0.4, 0.7, 0.9])
NAMES = ("u", "v", "w")
#: What a name is given; `{a}` and `{b}` are names.
VALUES = (
    "{a} * 0.9",
    "{a}[1:] * {b}[0]",
    "{a}[:-1] + 0.1 * {b}[-1]",
    "{a}[::-1] * {b}[0]",
    "np.append({a}, {b}[0] * {a}[-1])",
    "np.concatenate(({a}, {b}[:1]))",
    "np.concatenate(({b}[:2], {a}[1:]))",
    "{a}.copy()",
    "np.zeros(k % 3 + 1, x.dtype) + {a}[0]",
    "{a}",
)
MOST = 9  # elements


class Writer:
    """Lines of one program."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.loops = 0

    def name(self) -> str:
        return self.random.choice(NAMES)

    def condition(self) -> str:
        choices = (
            "k % 2 == {n}",
            "{a}.size > {m}",
            "k > {n}",
            "np.real({a}[0]) > 0.5",
            "{a}.size == {b}.size",
            "k == n - {n}",
        )
        text = self.random.choice(choices)
        return text.format(a=self.name(), b=self.name(), n=self.random.randint(0, 2), m=self.random.randint(1, 4))

    def given(self) -> str:
        text = self.random.choice(VALUES)
        return text.format(a=self.name(), b=self.name())

    def statement(self, depth: int, in_loop: bool) -> list[str]:
        kind = self.random.random()
        if kind < 0.62:
            return self.simple(kind)
        if kind < 0.72 and in_loop:
            return [f"if {self.condition()}:", f"    {self.random.choice(('break', 'continue'))}"]
        if kind < 0.88 and depth < 4:
            lines = [f"if {self.condition()}:", *self.block(depth + 1, in_loop)]
            if self.random.random() < 0.5:
                lines += ["else:", *self.block(depth + 1, in_loop)]
            return lines
        if depth < 3 and self.loops < 3:
            return self.loop(depth)
        return ["total = total * 0.9"]

    def simple(self, kind: float) -> list[str]:
        """A statement that no other stands in; `kind` is less than 0.62."""
        if kind < 0.35:
            name = self.name()
            return [
                f"{name} = {self.given()}",
                f"if {name}.size == 0 or {name}.size > {MOST}:",
                f"    {name} = x * 0.5",
            ]
        if kind < 0.45:
            one, other = self.random.sample(NAMES, 2)
            return [f"{one}, {other} = {other}, {one}"]
        if kind < 0.55:
            return [f"total += {self.name()}[-1] * {self.name()}[0]"]
        return [f"{self.name()}[0] = 0.7 * {self.name()}[-1] * {self.name()}[0]"]

    def loop(self, depth: int) -> list[str]:
        self.loops += 1
        j = f"j{self.loops}"
        if self.random.random() < 0.5:
            head = [f"for {j} in range({self.random.choice(('n', 'k', '2'))}):"]
            return head + [f"    k = k + {j} + 1", *self.block(depth + 1, True)]
        lines = [f"{j} = 0", f"while {j} < {self.random.choice(('n', '2', '3'))}:", f"    {j} += 1", "    k += 1"]
        return lines + self.block(depth + 1, True)

    def block(self, depth: int, in_loop: bool) -> list[str]:
        count = self.random.randint(1, 4)
        lines = [line for _ in range(count) for line in self.statement(depth, in_loop)]
        if in_loop and self.random.random() < 0.1:
            lines += [self.random.choice(("break", "continue"))]
        return ["    " + line for line in lines]

    def program(self) -> str:
        body = ["u, v, w = x.copy(), np.cos(x[:2]), x[1:] * x[0]", "total, k = 0.0 * x[0], 0"]
        for _ in range(self.random.randint(1, 2)):
            body += self.statement(1, False)
        body += self.loop(1)
        body.append("return total + np.sum(u * u) + np.sum(v) * v[0] + np.sum(w * w * w)")
        return "\n".join(["def program(x, n):", *("    " + line for line in body)]) + "\n"


def program(seed: int):
    """A function `f(x, n)`, and its source."""
    source = Writer(seed).program()
    return made(source, "program", f"<random shapes {seed}>", {"np": np}), source


def check(seed: int, program: Callable[[int], Any] = program) -> str:
    """Compare a program's adjoint with complex steps: "right", or why it is not compared."""
    function, source = program(seed)
    try:
        nb.njit(function).compile((nb.typeof(START), nb.int64))
    except Exception:
        return "not compiled"
    try:
        found = adjoint(function, (nb.typeof(START), nb.int64), (0,))
    except UnsupportedError as error:
        return f"refused: {error.args[0].splitlines()[0] if error.args else error}"[:90]
    for n in range(5):
        try:
            expected = complex_steps(function, START, n)
        except (IndexError, ValueError):
            return "fails"
        if np.max(np.abs(expected)) > 1e6:
            continue
        try:
            slopes = plain(found.function)(START.copy(), n)[1]
        except Exception as error:
            raise AssertionError(f"program {seed}, n = {n}: {error!r}\n{source}\n{found.source}") from error
        np.testing.assert_allclose(
            slopes, expected, rtol=1e-8, atol=1e-10, err_msg=f"program {seed}, n = {n}\n{source}\n{found.source}"
        )
    return "right"


def main(first: int, count: int, check: Callable[[int], str] = check) -> None:
    """Check many programs and tell what became of them."""
    found: dict[str, int] = {}
    for seed in range(first, first + count):
        try:
            what = check(seed)
        except AssertionError as error:
            what = "WRONG"
            print(error, flush=True)
        found[what] = found.get(what, 0) + 1
    for what, times in sorted(found.items(), key=lambda item: -item[1]):
        print(times, what)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
