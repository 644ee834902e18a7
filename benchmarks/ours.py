"""Candidates made by dualad, and plain Numba programs, timed from compiled code or from Python."""

from benchmarks.harness import Candidate, timed, timed_calls


def compiled(derivative, loop, *arguments, expected=None) -> Candidate:
    """``derivative`` called from a compiled loop, as inside a user's own ``@njit`` code."""
    run = loop(derivative)
    run(*arguments, 1)
    return Candidate(lambda: derivative(*arguments), timed(run, *arguments), expected)


def called(function, *arguments) -> Candidate:
    """``function`` called from Python, already compiled for these arguments."""
    if hasattr(function, "prepare"):
        function.prepare(*arguments)
    return Candidate(lambda: function(*arguments), timed_calls(lambda: function(*arguments)))
