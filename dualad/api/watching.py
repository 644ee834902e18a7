"""What a call tells of the checkpointed loop that it ran: the step that failed, or where the state ceased to be finite."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..cache.compiled import outside
from ..errors import NotFiniteWarning
from ..workspace.watch import levels
from .progress import BAR

__all__ = ["add_step", "warn_of_lost"]


def add_step(error: BaseException, dispatcher: Any) -> None:
    """Add a note to an exception, where it came out of a step of a checkpointed loop."""
    BAR.close()
    if not any("dualad_watch_rows" in outside(found.library) for found in dispatcher.overloads.values()):
        return  # what is noted is of another call
    steps = [f"step {level.step} of the checkpointed loop at {level.text}" for level in levels() if level.step >= 0]
    if steps:
        error.add_note(f"in {', '.join(reversed(steps))} (steps count from 0)")


def warn_of_lost(result: Any) -> None:
    """Warn of a state that is not finite, where the result is not: a work array may hold anything."""
    lost = levels()
    if _is_finite(result):
        return
    for level in lost:
        if level.text and level.bad >= 0:
            since = (
                f"step {level.good}"
                if level.bad <= level.good + 1
                else f"one of the steps {level.good} to {level.bad - 1}"
            )
            warnings.warn(
                f"the state of the checkpointed loop at {level.text} is not finite after {since} (steps count from 0)",
                NotFiniteWarning,
                stacklevel=3,
            )
            return


def _is_finite(result: Any) -> bool:
    if isinstance(result, tuple):
        return all(map(_is_finite, result))
    return bool(np.all(np.isfinite(result)))
