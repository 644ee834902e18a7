"""Every exception of dualad, and how its message is worded.

A message answers four questions, in this order: what happened, where (file, line, caret), why, and what to do.
"""

from __future__ import annotations

import threading

__all__ = [
    "ArgumentError",
    "BudgetError",
    "CompilationError",
    "DualadError",
    "OutputError",
    "RuleError",
    "ScheduleError",
    "SparsityError",
    "StoreError",
    "UnsupportedError",
]


class DualadError(Exception):
    """Base class of every exception that dualad raises on purpose.

    Examples
    --------
    >>> import dualad as ad
    >>> issubclass(ad.errors.UnsupportedError, ad.errors.DualadError)
    True
    """


class ArgumentError(DualadError, TypeError):
    """An argument of an operator or of a derivative function is not what it has to be.

    The message names the argument, says what came and what was expected, and which operator to use instead.
    """


class OutputError(DualadError, TypeError):
    """The differentiated function returns something the operator cannot differentiate.

    Raised by `grad` for an output that is not one real float, for example; the message names the operator to use.
    """


class BudgetError(DualadError, ValueError):
    """The memory allowed for a checkpointed loop is too small for any schedule.

    Parameters
    ----------
    budget : int
        The bytes allowed.
    needed : int
        The bytes that the schedule with the smallest store needs.

    Attributes
    ----------
    budget, needed : int
        The same numbers.
    """

    def __init__(self, budget: int, needed: int) -> None:
        self.budget, self.needed = budget, needed
        super().__init__(
            f"{budget} bytes are too few for the snapshots of a checkpointed loop\n"
            f"  why:     the smallest store that can do takes {needed}: one state and the record of one step, or all records\n"
            f"  instead: allow at least {needed} bytes; more of them save repeated steps"
        )


class NotFiniteWarning(RuntimeWarning):
    """The state of a checkpointed loop became infinite or NaN in the course of a derivative; the message says in which step.

    Where the state is made of numbers, the step is exact. Of arrays it is known between which stored states it happened: a
    smaller `memory` or `snapshots` stores more of them in the reverse sweep and narrows it down.
    """


class CompilationError(DualadError):
    """Numba cannot compile the function itself, with or without derivatives.

    The message carries Numba's own first sentence and the line of the user's code it points to.
    """


class RuleError(DualadError, ValueError):
    """A line of the rule table, or a rule given by a user, is malformed."""


class ScheduleError(DualadError, RuntimeError):
    """A checkpointing schedule is not valid: it uses what is not there, or does not reverse every step once.

    No schedule of dualad does; the message says what an action of a schedule written elsewhere does wrong.
    """


class SparsityError(DualadError, ValueError):
    """A sparsity pattern lacks an entry of the derivative that may be nonzero.

    Parameters
    ----------
    what : str
        Which pattern.
    advice : str
        What to do.
    """

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(f"{what}\n  instead: {advice}")


class StoreError(DualadError, RuntimeError):
    """The folder of a checkpointed loop cannot be used, or what is in it is not what a run has left there.

    Nothing that is not the run's own is changed or removed, whatever the error.

    Parameters
    ----------
    what : str, optional
        What is wrong with which file. Compiled code, which raises this without knowing, gives nothing: the message is then
        the one that was noted for this thread.
    advice : str
        What to do.
    """

    def __init__(self, what: str = "", advice: str = "") -> None:
        noted = None if what else last_noted()
        if isinstance(noted, StoreError):
            super().__init__(*noted.args)
            return
        self.__cause__ = noted
        what = what or (f"the folder of a checkpointed loop could not be used: {noted!r}")
        super().__init__(f"{what}\n  instead: {advice}" if advice else what)


_noted = threading.local()


def note(error: BaseException | None) -> None:
    """Keep an error for the exception that compiled code in this thread is about to raise; None to forget it."""
    _noted.error = error


def last_noted() -> BaseException | None:
    """The error that was kept: Numba makes an exception more than once."""
    return getattr(_noted, "error", None)


class UnsupportedError(DualadError, NotImplementedError):
    """A construct that cannot be differentiated correctly, found when the derivative is compiled.

    Parameters
    ----------
    what : str
        The construct, as the user wrote it or would name it.
    reason : str
        Why no correct derivative exists or can be computed.
    rewrite : str
        What to write instead.
    where : str, optional
        File, line, the source line and a caret, as made by `dualad.program.locate.Location.show`.

    Attributes
    ----------
    what, reason, rewrite, where : str
        The four parts of the message.
    """

    def __init__(self, what: str, reason: str, rewrite: str, where: str = "") -> None:
        self.what, self.reason, self.rewrite, self.where = what, reason, rewrite, where
        place = f"\n{where}" if where else ""
        super().__init__(f"{what} cannot be differentiated{place}\n  why:     {reason}\n  instead: {rewrite}")
