"""The picture of a run: times as multiples of those of the baselines."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.harness import Outcome


def picture(outcomes: Sequence[Outcome], path: Path) -> bool:
    """One panel per family, one row per workload, one point per candidate.

    Returns
    -------
    bool
        False if nothing can be drawn, for want of baselines.

    Raises
    ------
    ImportError
        Without matplotlib.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    families: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.workload.baseline in outcome.samples:
            families.setdefault(outcome.workload.name.split("/")[0], []).append(outcome)
    if not families:
        return False
    heights = [max(len(members), 6) for members in families.values()]
    figure, panels = pyplot.subplots(
        len(families),
        figsize=(11, 1 + 0.3 * sum(heights)),
        height_ratios=heights,
        squeeze=False,
        layout="constrained",
    )
    for axes, (family, members) in zip(panels[:, 0], families.items(), strict=True):
        panel(axes, family, members)
    figure.savefig(path, dpi=100)
    pyplot.close(figure)
    return True


def panel(axes, family: str, members: Sequence[Outcome]) -> None:
    """Points at the ratios of least times, lines between the quartiles over the rounds."""
    names = list(dict.fromkeys(name for outcome in members for name in outcome.samples))
    for k, name in enumerate(names):
        colour, marker = f"C{k % 10}", "D" if name == "dualad" else "o"
        for height, outcome in enumerate(members):
            if name in outcome.samples:
                ratio = outcome.ratio(name, outcome.workload.baseline)
                low, high = np.percentile(outcome.ratios(name, outcome.workload.baseline), (25, 75))
                axes.hlines(height, low, high, color=colour, lw=1, alpha=0.5)
                axes.plot(ratio, height, marker, ms=5, color=colour, label=name)
    known = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    axes.legend(known.values(), known.keys(), fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes.axvline(1.0, color="black", lw=0.5)
    axes.set_xscale("log")
    axes.set_yticks(range(len(members)), [outcome.workload.name for outcome in members], fontsize=7)
    axes.invert_yaxis()
    axes.margins(y=0.5 / len(members))
    axes.grid(axis="x", lw=0.3)
    baselines = ", ".join(dict.fromkeys(outcome.workload.baseline for outcome in members))
    axes.set_title(f"{family}: time over that of {baselines}", fontsize=9)
