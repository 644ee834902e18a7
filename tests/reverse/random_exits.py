"""Random programs of numbers that branches, `break` and `continue` leave in loops: `python -m tests.reverse.random_exits 0 2000`.

Numbers and an index are given in one way through an iteration and read in another, or in a later iteration; complex steps tell what
is right. Plain Python runs the adjoints, with numbers in all memory that is not filled that show up in a result.
"""

import sys

import numpy as np

from tests.reverse import random_shapes
from tests.reverse.rollouts import made

NAMES = ("u", "v", "w")
SIMPLE = (
    "{a} = np.sin({a} * x[m] + {b})",
    "{a} = {b} * x[k % 3]",
    "{a} *= 0.5 + {b}",
    "{a}, {b} = {b}, {a} * x[m]",
    "total += {a} * {b} * x[m]",
    "total = total * np.cos({a} * {a})",
    "m = k % 3",
    "m = (m + 1) % 3",
)
CONDITIONS = (
    "k % 2 == {n}",
    "k > {n}",
    "m == {n}",
    "np.real({a}) > 0.5",
    "np.real({a}) < np.real({b}) < 1.0",
    "k == n - {n}",
)
INNER = (
    ("for i in range({times}):", "    {a} = np.sin({a} * x[(i + k) % 3])"),
    ("for i in range({times}):", "    m = (i + k) % 3"),
    ("for m in range({times}):", "    pass"),
    ("for m in range({times}):", "    {a} = {a} * x[m] + {b}"),
)


class Writer(random_shapes.Writer):
    """Lines of one program."""

    def condition(self) -> str:
        """Mostly one that is asked in two steps, which makes more than one way to where it leads."""
        texts = self.random.choices(CONDITIONS, k=self.random.choice((1, 2, 2)))
        parts = (text.format(a=self.name(), b=self.name(), n=self.random.randint(0, 2)) for text in texts)
        return self.random.choice((" and ", " or ")).join(parts)

    def simple(self, kind: float) -> list[str]:
        """See `random_shapes.Writer`."""
        a, b = self.random.sample(NAMES, 2)
        return [self.random.choice(SIMPLE).format(a=a, b=b)] if kind < 0.4 else self.inner(a, b)

    def block(self, depth: int, in_loop: bool) -> list[str]:
        """Often one that may be left at its start, and at its end reads what a loop in it has given."""
        lines = super().block(depth, in_loop)
        if in_loop and self.random.random() < 0.5:
            a, b = self.random.sample(NAMES, 2)
            way = self.random.choice(("break", "continue", "continue"))
            inner = self.inner(a, b)
            lines = [
                f"if {self.condition()}:",
                f"    {way}",
                *(line[4:] for line in lines),
                *inner,
                f"total += {a} * {a} * x[m]",
            ]
            lines = ["    " + line for line in lines]
        return lines

    def inner(self, a: str, b: str) -> list[str]:
        """A loop that gives a number or the index."""
        times = self.random.choice(("2", "3", "k % 3 + 1"))
        return [line.format(times=times, a=a, b=b) for line in self.random.choice(INNER)]

    def program(self) -> str:
        body = ["u, v, w = x[0] * 0.9, np.cos(x[1]), x[2] * x[0]", "total, k, m = 0.0 * x[0], 0, 0"]
        for _ in range(self.random.randint(1, 2)):
            body += self.statement(1, False)
        body += [*self.loop(1), "return total + u * v + w * w * x[m]"]
        return "\n".join(["def program(x, n):", *("    " + line for line in body)]) + "\n"


def program(seed: int):
    """A function `f(x, n)`, and its source."""
    source = Writer(seed).program()
    return made(source, "program", f"<random exits {seed}>", {"np": np}), source


def check(seed: int) -> str:
    """See `random_shapes.check`."""
    return random_shapes.check(seed, program)


if __name__ == "__main__":
    random_shapes.main(int(sys.argv[1]), int(sys.argv[2]), check)
