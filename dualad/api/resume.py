"""`resume`: a derivative whose process was ended is called again, and goes on from what its checkpointed loop has on disk."""

from __future__ import annotations

import os
import pickle
import sys
import warnings
from typing import Any

from ..errors import StoreError, note
from ..store.header import Call, read

__all__ = ["described", "ended", "resume"]


def resume(folder: str | os.PathLike[str]) -> Any:
    """Go on with a derivative that was ended before it was finished: by a kill, by Ctrl-C, or with the machine.

    Parameters
    ----------
    folder : str or path
        What was `disk=` of the checkpointed loop.

    Returns
    -------
    object
        What the call would have returned, bit for bit.

    Raises
    ------
    StoreError
        If the folder holds no run, is in use, or was damaged; if the program, the processor, or a version of what computes
        the result is another one than when the run began; if the call cannot be made again.

    Notes
    -----
    Arguments and function are read from the folder by `pickle`, which can run any code: resume only what you trust. What is
    imported has to be importable, and is taken as it is now: a function that was edited is an error.

    The program runs again up to the loop and from its end on. The loop itself goes on from the last record, of which
    there is one some seconds apart or more, if the call has come so far. The derivative may be ended and resumed again,
    any number of times. When it is finished, its files are removed.

    Examples
    --------
    >>> import dualad as ad
    >>> ad.resume("no/such/folder")
    Traceback (most recent call last):
        ...
    dualad.errors.StoreError: the folder ... holds no run of a checkpointed loop: No such file or directory
      instead: give the folder that was `disk=` of a loop whose derivative was ended before it was finished
    """
    from ..store.callbacks import resuming

    call = read(folder).call
    if call.why_not:
        raise StoreError(
            f"the run in {os.fspath(folder)!r} cannot be resumed: {call.why_not}", "start again in an empty folder"
        )
    _compare(call)
    try:
        function, args, kwargs = pickle.loads(call.content)
    except Exception as problem:
        raise StoreError(
            f"the function or an argument of the run in {os.fspath(folder)!r} cannot be read: {problem!r}",
            "resume where all modules that it was made from can be imported",
        ) from problem
    if _program(function) != call.program:
        raise StoreError(
            f"`{function.__name__}`, or something that it calls or reads, has changed since the run was started",
            "restore the program as it was, or start again in an empty folder",
        )
    with resuming(folder):
        return function(*args, **kwargs)


def _compare(call: Call) -> None:
    for name, version in _versions().items():
        before = call.versions.get(name)
        if before != version:
            detail = "" if name in ("dualad", "the processor") else f" ({before} then, {version} now)"
            raise StoreError(
                f"{name} is another one than when the run was started{detail}: the result would not be the same",
                "resume with what the run was started with, or start again in an empty folder",
            )


def _versions() -> dict[str, str]:
    from numba.core.registry import cpu_target

    from ..cache.disk import versions

    return versions(cpu_target.target_context)


def _program(function: Any) -> str:
    from ..cache.fingerprint import fingerprint

    return fingerprint(function) or ""


def described(local: dict[str, Any]) -> Call:
    """The call that a derivative function is in, by its local variables, for `resume`."""
    from numba import cloudpickle

    function = local["self"]
    program = _program(function)
    why = "" if program else f"`{function.__name__}` depends on what cannot be compared with what it will be"
    content = b""
    if program:
        try:
            content = cloudpickle.dumps((function, local["args"], local["kwargs"]))
        except Exception as problem:
            why = f"the function or an argument cannot be pickled: {problem}"
    if why:
        warnings.warn(f"this call cannot be resumed if it is ended: {why}", RuntimeWarning, stacklevel=5)
    return Call(content, program, _versions(), why)


def ended(error: BaseException) -> None:
    """After an exception out of compiled code: a store that is open is closed, and its own exception raised.

    What the program itself raises, it would raise again: then nothing is left to go on with.
    """
    store = sys.modules.get("dualad.store.callbacks")
    if store is None:
        return
    noted = error.__cause__ if isinstance(error, StoreError) else None
    note(None)
    again = isinstance(error, Exception) and not isinstance(error, (StoreError, MemoryError))
    store.leave(failed=again)
    if noted is not None:
        raise noted from None
