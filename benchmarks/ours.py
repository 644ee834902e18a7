"""Candidates made by dualad, and plain Numba programs, timed from compiled code or from Python."""

import numpy as np

import dualad as ad
from benchmarks.harness import Candidate, timed, timed_calls


def compiled(derivative, loop, *arguments, expected=None) -> Candidate:
    """``derivative`` called from a compiled loop, as inside a user's own ``@njit`` code."""
    run = loop(derivative)
    run(*arguments, 1)
    return Candidate(lambda: derivative(*arguments), timed(run, *arguments), expected)


def called(function, *arguments, expected=None) -> Candidate:
    """``function`` called from Python, already compiled for these arguments."""
    if hasattr(function, "prepare"):
        function.prepare(*arguments)
    return Candidate(lambda: function(*arguments), timed_calls(lambda: function(*arguments)), expected)


def flattened(function, *arguments, expected=None) -> Candidate:
    """Like `called`, for an array or a tuple of arrays as result, whose entries are checked in a row."""
    candidate = called(function, *arguments)

    def result():
        parts = function(*arguments)
        return np.concatenate([np.ravel(part) for part in (parts if isinstance(parts, tuple) else (parts,))])

    return Candidate(result, candidate.seconds, expected)


def gradient(program, argnums, *arguments, expected=None) -> Candidate:
    """Gradient by reverse mode, called from Python."""
    return flattened(ad.grad(program, argnums=argnums, mode="reverse"), *arguments, expected=expected)
