"""Compiled functions as bytes: taken apart in the process that compiled them, put together in another one.

What Numba itself does for `cache=True`, with four differences:

- argument types are not stored but given again when loading, so functions and NamedTuples that are arguments
  keep their identity;
- what a result needs from outside is checked before it is linked, because the linker ends the process when it
  misses a symbol; that check is also what allows to load without Numba's registries, whose set-up takes
  longest;
- symbols are unique across processes. Numba numbers the functions that it compiles from 1 in each process, so
  two functions of the same name and argument types, such as two lambdas, get the same symbol in two
  processes, and the linker may take one for the other;
- results that would not work in another process are refused.
"""

from __future__ import annotations

import copy
import io
import itertools
import os
import pickle
from typing import Any

from llvmlite import binding as llvm
from numba.core.bytecode import FunctionIdentity
from numba.core.compiler import CompileResult
from numba.core.environment import Environment, _rebuild_env, lookup_environment
from numba.core.runtime import rtsys
from numba.core.serialize import NumbaPickler

from .symbols import define

__all__ = ["NotPortable", "bare", "dump", "load", "outside", "share"]

_ENVIRONMENT = "_ZN08NumbaEnv"
_RECURSION = ".numba.unresolved$"


class NotPortable(Exception):
    """A compiled function works only in the process that compiled it, or does not fit this one."""


def _number_functions() -> None:
    """Start the numbers of compiled functions at a place that no other process shares."""
    FunctionIdentity._unique_ids = itertools.count(int.from_bytes(os.urandom(8), "little"))


_number_functions()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_number_functions)


class _Pickler(NumbaPickler):
    """Leaves out the argument types, and the globals of the functions inside."""

    def __init__(self, file: io.BytesIO, arguments: tuple[Any, ...]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._positions = {id(argument): i for i, argument in enumerate(arguments)}

    def persistent_id(self, value: Any) -> int | None:
        return self._positions.get(id(value))

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, Environment):
            # Compiled code uses only the constants of its environment, so this module's globals do for all of
            # them: those of generated code cannot be found again, and those of a script must not be made by
            # running it.
            return _rebuild_env, (__name__, value.consts, value.env_name)
        return super().reducer_override(value)


class _Unpickler(pickle.Unpickler):
    """Puts the argument types back."""

    def __init__(self, file: io.BytesIO, arguments: tuple[Any, ...]) -> None:
        super().__init__(file)
        self._arguments = arguments

    def persistent_load(self, position: int) -> Any:
        return self._arguments[position]


def dump(result: Any, arguments: tuple[Any, ...]) -> bytes:
    """Take a compile result apart.

    Parameters
    ----------
    result : numba CompileResult
    arguments : tuple of numba types
        The types it was compiled for.

    Raises
    ------
    NotPortable
        If it cannot work in another process.
    """
    _refuse_unportable(result)
    module = result.library._final_module
    named = [lookup_environment(s.name) for s in module.global_variables if s.name.startswith(_ENVIRONMENT)]
    parts = (
        result.library.serialize_using_object_code(),
        bare(result).fndesc,
        result.environment,
        result.signature,
        False,  # object mode
        (),  # lifted loops
        "",  # types of all variables as text for people: long, and slow to make
        result.reload_init,
        [environment for environment in named if environment is not None],
    )
    file = io.BytesIO()
    try:
        _Pickler(file, arguments).dump((outside(result.library), parts))
    except Exception as problem:  # whatever the pickling of a stranger's object may raise
        raise NotPortable(f"it cannot be pickled: {problem}") from problem
    return file.getvalue()


def outside(library: Any) -> list[str]:
    """Names of what the code in a library takes from outside."""
    if hasattr(library, "dualad_outside"):
        found: list[str] = library.dualad_outside  # of code that was loaded
        return found
    symbols = [*library._final_module.functions, *library._final_module.global_variables]
    return [s.name for s in symbols if s.is_declaration and not s.name.startswith("llvm.")]


def load(content: bytes, arguments: tuple[Any, ...], context: Any) -> Any:
    """Put a compile result together.

    Parameters
    ----------
    content : bytes
        Made by `dump`.
    arguments : tuple of numba types
        Equal to those given to `dump`.
    context : numba target context
        Where the code is linked.

    Returns
    -------
    numba CompileResult

    Raises
    ------
    NotPortable
        If it does not fit this process.
    """
    try:
        symbols, parts = _Unpickler(io.BytesIO(content), arguments).load()
        for initialize in parts[7]:  # such as starting threads, which defines symbols
            initialize()
        _define(symbols, context)
        result = CompileResult._rebuild(context, *parts)
        result.library.dualad_outside = symbols
    except NotPortable:
        raise
    except Exception as problem:  # whatever unpickling may raise when modules have changed
        raise NotPortable(f"it cannot be put together: {problem}") from problem
    if tuple(result.signature.args) != arguments:
        raise NotPortable("it was compiled for other arguments")
    return result


def bare(result: Any) -> Any:
    """A compile result without what only the compiler and people need: types of all variables, timings."""
    descriptor = copy.copy(result.fndesc)
    descriptor.typemap = descriptor.calltypes = descriptor.global_dict = None
    return result._replace(fndesc=descriptor, type_annotation="", metadata=None)


def share(result: Any, context: Any) -> Any:
    """The same code with an entry point of its own: dispatchers withdraw theirs when they are deleted."""
    entry_point = context.get_executable(result.library, result.fndesc, result.environment)
    return result._replace(entry_point=entry_point)


def _refuse_unportable(result: Any) -> None:
    if result.objectmode or result.lifted:
        raise NotPortable("it runs Python code")
    if result.library.has_dynamic_globals:
        raise NotPortable("it contains the address of a large array or of a C function")
    for variable in result.library._final_module.global_variables:
        if variable.name.startswith(_RECURSION):
            raise NotPortable("it contains functions that call each other")


def _define(symbols: list[str], context: Any) -> None:
    """Make sure that all these symbols exist, at the least cost."""
    engine = context.codegen()._engine
    define("\n".join(symbols).encode())
    for prepare in (lambda: None, lambda: rtsys.initialize(context), context.refresh):
        prepare()
        lacking = [s for s in symbols if not (llvm.address_of_symbol(s) or engine.is_symbol_defined(s))]
        if not lacking:
            return
    raise NotPortable(f"symbols are missing: {', '.join(lacking)}")
