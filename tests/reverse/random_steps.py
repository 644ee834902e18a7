"""Random programs whose steps fill buffers that change places: `python -m tests.reverse.random_steps 2000`.

They are analytic in `x`, so that complex steps tell what is right. What a step reads and fills, where from and to, and what else it
does to the buffers is random: most programs leave cotangents stale, gather or write states in place, some may not.
"""

import random
import sys
from collections import Counter

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.reverse import adjoint, backward, stale
from tests.reverse.judge import plain
from tests.reverse.rollouts import complex_steps, made, variant

SIZE = 6
START = np.linspace(0.3, 0.8, SIZE)
#: by what the source of an adjoint tells that it was taken
WAYS = {"in place": "aimed(", "gathers": " neighbours give", "sums of columns": "_sums"}


class _Writer:
    """Lines of one program."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.axes = self.random.choice((1, 1, 2, 2, 3))
        self.fields = self.random.sample("uvw", self.random.choice((1, 1, 2, 3)))
        self.indices = "ijk"[: self.axes]

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def element(self, name: str, offsets: tuple[int, ...]) -> str:
        parts = [
            f"{k} + {o}" if o > 0 else f"{k} - {-o}" if o else k for k, o in zip(self.indices, offsets, strict=True)
        ]
        return f"{name}[{', '.join(parts)}]"

    def near(self, low: list[int], high: list[int]) -> tuple[int, ...]:
        """By how much the index of each axis may be moved, where it stays so far from both edges."""
        return tuple(
            self.random.randint(-min(a, 2), min(b, 2)) if self.chance(0.6) else 0
            for a, b in zip(low, high, strict=True)
        )

    def made(self, name: str) -> list[str]:
        if self.axes == 1:
            return [f"{name} = ({self.random.uniform(0.3, 1.0):.2f} * x).copy()"]
        shape = ", ".join(["x.size"] * self.axes)
        return [f"{name} = np.zeros(({shape}), x.dtype)", f"{name} += {self.random.uniform(0.3, 1.0):.2f} * x"]

    def nest(self, fields: list[str]) -> list[str]:
        """Loops that fill the new buffers of some fields."""
        low, high = ([self.random.randint(0, 2) for _ in self.indices] for _ in range(2))
        lines = [
            "    " * depth + f"for {k} in range({a}, x.size - {b}):"
            for depth, (k, a, b) in enumerate(zip(self.indices, low, high, strict=True))
        ]
        inside = "    " * self.axes
        filled = self.near(low, high) if self.chance(0.2) else (0,) * self.axes
        for name in fields:
            here = f"here_{name}"
            moved = filled if self.chance(0.85) else self.near(low, high)
            if self.chance(0.9):
                lines.append(f"{inside}{here} = {self.element(name, moved)}")
            else:
                lines.append(f"{inside}{here} = x[i]")
        for name in fields:
            terms = [f"here_{name} * (1.0 - 0.1 * here_{self.random.choice(fields)})"]
            for _ in range(self.random.randint(0, 2)):
                factor = self.random.choice(("0.05", "rate", f"0.05 * here_{name}"))
                other = self.random.choice(fields)
                around = [self.element(other, self.near(low, high)) for _ in range(self.random.randint(1, 5))]
                terms.append(
                    f"{self.random.choice('+-')} {factor} * ({self.random.choice((' + ', ' - ')).join(around)})"
                )
            target, value = self.element(f"new_{name}", filled), " ".join(terms)
            if self.chance(0.08):
                lines += [f"{inside}if i % 2 == 0:", f"{inside}    {target} = {value}"]
            else:
                lines.append(f"{inside}{target} = {value}")
        return lines

    def aside(self) -> list[str]:
        """What a step does besides."""
        name, place = self.random.choice(self.fields), ", ".join(str(self.random.randrange(SIZE)) for _ in self.indices)
        other = ", ".join(str(self.random.randrange(SIZE)) for _ in self.indices)
        return self.random.choice(
            (
                [f"total += 0.1 * {name}[{place}] * {name}[{other}]"],
                [f"new_{name}[{place}] = 0.3 * {name}[{other}]"],
                [f"{name}[{place}] = 0.3 * {name}[{other}]"],
                [f"total += 0.1 * new_{name}[{place}]"],
                [
                    f"for m in range(x.size - {self.random.randint(0, 6)}):",
                    f"    total += 0.01 * x[m] * {name}[{place}]",
                ],
            )
        )

    def program(self) -> str:
        body = [line for name in self.fields for buffer in (name, f"new_{name}") for line in self.made(buffer)]
        body += ["total, rate = 0.0, 0.1 * x[0]", "for t in ad.checkpointed(range(n), snapshots=option):"]
        groups = [self.fields] if self.chance(0.6) else [[name] for name in self.fields]
        step = [line for group in groups for line in self.nest(group)]
        if self.chance(0.2):
            step = self.aside() + step
        if self.chance(0.2):
            step += self.aside()
        targets = [f"{name}, new_{name}" for name in self.fields]
        if self.chance(0.5):
            step += [f"{name}, new_{name} = new_{name}, {name}" for name in self.fields]
        else:
            sources = [f"new_{name}, {name}" for name in self.fields]
            step.append(f"{', '.join(targets)} = {', '.join(sources)}")
        body += ["    " + line for line in step]
        result = ["total", *(f"np.sum({name} * {name})" for name in self.fields)]
        if self.chance(0.25):
            result.append(f"np.sum(new_{self.random.choice(self.fields)})")
        body.append(f"return {' + '.join(result)}")
        return "\n    ".join(["def program(x, n, option):", *body]) + "\n"


def program(seed: int):
    """A function `f(x, n, option)`, whose source is at hand."""
    return made(_Writer(seed).program(), "program", f"<random steps {seed}>", {"np": np, "ad": ad})


def with_stale(function, kinds):
    """The adjoint of a function, and how many buffers its steps leave stale."""
    counts = []

    def noted(step, back):
        buffers = stale.stale_buffers(step, back)
        counts.append(len(buffers))
        return buffers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backward, "stale_buffers", noted)
        return adjoint(function, kinds, (0,)), sum(counts)


def check(seed: int, steps: tuple[int, ...] = (0, 1, 2, 5)) -> set[str]:
    """Compare a program's adjoints, run by plain Python, with complex steps; which ways were taken."""
    function, ways = program(seed), set()
    kinds = nb.typeof(START), nb.int64, nb.int64
    for kind in ("snapshots", "unmarked"):
        found, buffers = with_stale(variant(function, kind), kinds)
        ways.update({"stale"} if buffers else ())
        ways.update(way for way, word in WAYS.items() if word in found.source)
        for n in steps:
            expected = complex_steps(variant(function, "unmarked"), START, n, 1)
            runs = [plain(found.function)(START.copy(), n, option)[1] for option in (1, 3, 10)]
            told = f"program {seed}, {kind}, {n} steps\n{found.source}"
            np.testing.assert_allclose(runs[0], expected, rtol=1e-9, atol=1e-12, err_msg=told)
            assert all(np.array_equal(run, runs[0]) for run in runs), told
    return ways


def main(count: int) -> None:
    """Check many programs, and tell how many of them took which way."""
    ways = Counter[str]()
    for seed in range(count):
        ways.update(check(seed))
        if seed % 100 == 99:
            print(seed + 1, dict(ways), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
