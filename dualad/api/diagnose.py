"""Turns Numba's typing errors into errors of dualad: what, where, why, what to do.

Numba's message names internal types; a user wants to know whether the function itself is at fault or a construct that
numbers with derivatives cannot go through.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numba
from numba import typeof
from numba.core.errors import NumbaError

from ..errors import ArgumentError, CompilationError, DualadError, UnsupportedError
from ..numbers.types import in_words
from ..program.locate import Location
from .target import Target

#: Lines of these packages are never what the user has to look at.
_LIBRARIES = (str(Path(numba.__file__).parent), str(Path(__file__).parent.parent))


def explain(
    error: NumbaError, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any], reverse: bool = False
) -> DualadError:
    """The error to raise instead of `error`, which compiling a derivative of `target` for `args` gave.

    `reverse` says that the derivative is made of a generated adjoint.
    """
    args = args[target.before :]
    if target.operator in ("jvp", "second_jvp", "vjp") and args and isinstance(args[0], tuple):
        args = args[0]  # the function's own arguments are the primals
    if target.operator in ("hvp", "gauss_newton", "taylor"):
        args = args[:-1]  # behind them stands the vector
    where = _place(error, target)
    # rows carry no derivatives: what cannot be compiled is the function
    problem = error if target.operator == "vmap" else _primal_problem(target, args, kwargs)
    if problem is not None:
        return CompilationError(
            f"Numba cannot compile `{target.name}` itself for these arguments, derivatives aside\n"
            f"{where}\n  Numba says: {_sentence(problem)}\n"
            f"  instead: make `numba.njit({target.name})(...)` work first"
        )
    if reverse:
        return UnsupportedError(
            f"`{target.name}` in reverse mode",
            f"Numba cannot compile the adjoint that was generated for it: {_sentence(error)}",
            "use forward mode (`mode='forward'`, `jacfwd`, `jvp`), or give the function a rule of its own",
            where,
        )
    return UnsupportedError(
        f"`{target.name}`",
        f"Numba has no implementation of this on numbers that carry derivatives: {_sentence(error)}",
        "use an operation listed as differentiable in docs/limits.md, or give the function a rule of its own",
        where,
    )


def unmatched(target: Target, message: str) -> ArgumentError:
    """For calls with a wrong number of arguments or unknown keywords."""
    return ArgumentError(f"{target.operator}({target.name}): {message}; the function takes {target.signature}")


def _primal_problem(target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Exception | None:
    """Numba's error for the undifferentiated function, or None where it compiles."""
    original = target.twin.original
    if original is None:
        return None
    try:
        kinds = tuple(typeof(a) for a in args)
        given = {k: typeof(v) for k, v in kwargs.items()}
        original.get_call_template(kinds, given)
    except DualadError:
        return None
    except (NumbaError, ValueError, TypeError) as problem:
        return problem
    return None


def _place(error: Exception, target: Target) -> str:
    """The innermost line of the user's code that Numba's message speaks of."""
    places = re.findall(r"During: typing of [^\n]*? at ([^\n]+?) \((\d+)\)", str(error))
    if not places:
        places = re.findall(r'File "([^"]+)", line (\d+)', str(error))
    for filename, line in places:
        if any(part in filename for part in _LIBRARIES):
            continue
        if not filename.startswith("<") or "ipython" in filename or filename == "<stdin>":
            return Location(filename, int(line)).show()
    return Location.of_function(target.twin.py_func).show()


def _sentence(error: Exception) -> str:
    """The first telling line of a Numba message."""
    skip = ("Failed in", "During:", ">>>", "There are", "- Of which")
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in str(error).splitlines()]
    telling = [line for line in lines if line and not line.startswith(skip)]
    signature = next((line[4:] for line in lines if line.startswith(">>> ")), "")
    text = telling[0] if telling else "no further words"
    text = f"{text} {signature}".strip()
    return in_words(text)
