"""What the planner chooses against what the clock says: ``python -m benchmarks.modes [PICTURE]``.

Every program of ``benchmarks.shapes`` in every shape, by each mode, and which of them ``mode="auto"`` plans. The *regret* of a
plan is its time over that of the fastest mode. The picture shows the chosen mode over the numbers of inputs and outputs.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

import dualad as ad
from benchmarks.shapes import FAMILIES, Family

MODES = ("forward", "reverse", "mixed")
#: Seconds that each measurement takes, at least.
SPENT = 0.03
GOOD, WORST = 1.25, 2.0


@dataclass(frozen=True)
class Row:
    """One program in one shape.

    Parameters
    ----------
    family : str
    inputs, outputs : int
    seconds : dict
        Of one call from Python, for each mode.
    planned : str
        The mode that was chosen.
    predicted : float
        Evaluations of the function that the planner expects of the chosen mode.
    """

    family: str
    inputs: int
    outputs: int
    seconds: dict[str, float]
    planned: str
    predicted: float

    @property
    def regret(self) -> float:
        """Time of the plan over that of the fastest mode."""
        return self.seconds[self.planned] / min(self.seconds.values())


def least_seconds(call: Callable[[], object]) -> float:
    """Of one call: the least of some samples, each long enough for the clock."""
    call()
    start = time.perf_counter()
    call()
    repeats = max(int(0.001 / max(time.perf_counter() - start, 1e-7)), 1)
    samples, end = [], time.perf_counter() + SPENT
    while len(samples) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(repeats):
            call()
        samples.append((time.perf_counter() - start) / repeats)
    return min(samples)


def rows(name: str, family: Family) -> list[Row]:
    """All shapes of a family; the modes have to agree."""
    operator = ad.grad if {m for _, m in family.shapes} == {1} else ad.jacobian
    planner = operator(family.program)
    modes = MODES if family.mixed else MODES[:2]  # each place that mixed mode cuts at is compiled anew
    by_mode = {mode: operator(family.program, mode=mode) for mode in modes}
    found = []
    for n, m in family.shapes:
        args = family.at(n, m)
        results = [derivative(*args) for derivative in by_mode.values()]
        for result in results[1:]:
            np.testing.assert_allclose(result, results[0], rtol=1e-8, atol=1e-10)
        plan = planner.plan(*args)
        seconds = {mode: least_seconds(partial(derivative, *args)) for mode, derivative in by_mode.items()}
        found.append(Row(name, n, m, seconds, plan.mode, plan.cost))
        times = "".join(f"{1e6 * seconds[mode]:12.1f}" if mode in seconds else f"{'-':>12}" for mode in MODES)
        row = found[-1]
        print(f"{name:14}{n:6}{m:6}{times}   {row.planned:10}{row.regret:6.2f}{' !' * (row.regret > GOOD)}", flush=True)
    return found


def summary(what: str, found: list[Row]) -> str:
    regrets = np.array([row.regret for row in found])
    return (
        f"{what}, {len(found)} programs and shapes: regret {regrets.mean():.3f} on average, {regrets.max():.2f} at most; "
        f"within {GOOD} in {np.mean(regrets <= GOOD):.1%}, within {WORST} in {np.mean(regrets <= WORST):.1%}"
    )


def picture(found: list[Row], path: Path) -> None:
    """A map for each family: the chosen mode over inputs and outputs, a cross where the other one is faster, with the regret."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = [name for name in FAMILIES if {row.outputs for row in found if row.family == name} - {1}]
    figure, panels = pyplot.subplots(2, -(-len(names) // 2), figsize=(15, 6), layout="constrained", squeeze=False)
    colors = dict(zip(MODES, ("tab:blue", "tab:orange", "tab:green"), strict=True))
    for axes, name in zip(panels.flat, names, strict=False):
        own = [row for row in found if row.family == name]
        for row in own:
            axes.plot(row.inputs, row.outputs, "s", ms=13, color=colors[row.planned])
            if row.regret > 1.01:
                axes.text(row.inputs, row.outputs, f"{row.regret:.2f}", fontsize=6, ha="center", va="center", color="w")
        axes.set(title=name, xscale="log", yscale="log", xlabel="inputs", ylabel="outputs")
        axes.margins(0.12)
    for axes in list(panels.flat)[len(names) :]:
        axes.axis("off")
    for mode, color in colors.items():
        panels.flat[0].plot([], [], "s", color=color, label=mode)
    figure.legend(loc="outside upper right", ncols=len(MODES), frameon=False)
    figure.suptitle("mode that is chosen; numbers: time over that of the faster mode", fontsize=10, x=0.3)
    figure.savefig(path, dpi=100)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.modes", description=__doc__.splitlines()[0])
    parser.add_argument("picture", nargs="?", type=Path, help="where the picture goes: .svg or .png")
    parser.add_argument("--only", metavar="FAMILY", choices=FAMILIES, help="one family of programs")
    chosen = parser.parse_args()
    print(
        f"{'program':14}{'n':>6}{'m':>6}{'forward us':>12}{'reverse us':>12}{'mixed us':>12}   {'planned':10}{'regret':>6}"
    )
    found = [row for name, family in FAMILIES.items() if chosen.only in (None, name) for row in rows(name, family)]
    for what, fitted in (
        ("families that prices were fitted to", True),
        ("families that they were not fitted to", False),
    ):
        if own := [row for row in found if FAMILIES[row.family].fitted == fitted]:
            print(summary(what, own))
    if chosen.picture:
        picture(found, chosen.picture)


if __name__ == "__main__":
    main()
