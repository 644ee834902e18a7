"""A hash of everything that the machine code of a function may depend on.

Numba freezes the globals, closure cells, defaults and callees of a function into its machine code, but its
own disk cache looks only at the source file of the outermost function. Here the function and everything
reachable from it is walked and written down as an unambiguous sequence of bytes:

- functions by bytecode, constants, defaults, closure cells and the globals they read (file names and line
  numbers are left out), jitted functions with their options too;
- numbers, strings, arrays, tuples, lists, dicts, enumerations, NamedTuples and Numba types by type and value;
- functions and classes of NumPy, Numba, dualad and the built-in mathematical modules by name: the key of a
  cached result contains the versions of those packages;
- objects with a method `__dualad_fingerprint__` by the values it returns (None: cannot be cached).

Anything else could change behind our back, so a function that reaches it has no fingerprint and is not
cached.
"""

from __future__ import annotations

import builtins
import functools
import hashlib
import struct
import types as python
from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

import numpy as np
from numba.core import types

from . import classes, jitted
from .reads import Chain, cell_chains, global_chains, imports, nested
from .trust import Unfingerprintable, trusted_module, trusted_name

__all__ = ["Unfingerprintable", "Walker", "fingerprint"]

_MISSING = object()


def fingerprint(function: object) -> str | None:
    """Hash everything that compiled code of a function may depend on.

    Parameters
    ----------
    function : callable
        A Python function, a jitted function, a `functools.partial`, or anything they may refer to.

    Returns
    -------
    str or None
        64 hexadecimal digits, equal in every process of one Python version as long as nothing that the
        function can reach changes; None where that cannot be known.
    """
    walker = Walker()
    try:
        walker.value(function)
        return walker.digest()
    except (Unfingerprintable, RecursionError):  # the latter for tuples nested a thousand deep
        return None


class Walker:
    """Writes values down as bytes, each object once, however they refer to each other.

    Attributes
    ----------
    local_classes : list of type
        Classes met that other processes cannot import, in the order of their appearance.
    """

    def __init__(self) -> None:
        self.local_classes: list[type] = []
        self._parts: list[bytes] = []
        # Identity of an object -> what stands for it, and the object, so that no other gets its identity.
        self._seen: dict[int, tuple[bytes, object]] = {}
        # What stands for a chain read from certain globals: the functions of a module share most of theirs.
        self._reads: dict[tuple[int, Chain], bytes] = {}
        self._pending: deque[Callable[[], None]] = deque()
        self._objects = 0

    def digest(self) -> str:
        """Follow all references still open, and hash everything written."""
        while self._pending:
            self._pending.popleft()()
        return hashlib.sha256(b"".join(self._parts)).hexdigest()

    def value(self, value: object) -> None:
        """Write down one value.

        Raises
        ------
        Unfingerprintable
            If it, or something that it refers to, is of an unknown kind.
        """
        write = _WRITERS.get(type(value))
        if write is not None:
            write(self, value)
        elif (known := self._seen.get(id(value))) is not None:
            self._parts.append(known[0])
        else:
            self._object(value)

    def values(self, values: Iterable[object]) -> None:
        for value in values:
            self.value(value)

    def _emit(self, tag: bytes, content: bytes) -> None:
        self._parts.append(b"%b%d:%b" % (tag, len(content), content))

    def _record(self, letter: bytes, *fields: object) -> None:
        """Write down an object as its fields; `letter` says how many there are, and of what object."""
        self._parts.append(letter)
        self.values(fields)

    def _refer(self, value: object, write: Callable[[Any], None]) -> None:
        """Let a number stand for `value`, and write it down later: cycles end, and the stack stays flat."""
        token = b"@%d;" % self._objects
        self._objects += 1
        self._seen[id(value)] = token, value
        self._parts.append(token)
        self._pending.append(functools.partial(write, value))

    def _object(self, value: Any) -> None:
        """Write down a value that is not one of the plain kinds."""
        refer = _REFERRED.get(type(value))
        if refer is not None:
            self._refer(value, functools.partial(refer, self))
        elif (name := trusted_name(value)) is not None:
            token = b"t%d:%b" % (len(name), name.encode())
            self._seen[id(value)] = token, value
            self._parts.append(token)
        elif isinstance(value, np.generic):
            self._numpy_scalar(value)
        elif isinstance(value, Enum):
            self._record(b"m", type(value), value.name, value.value)
        elif isinstance(value, tuple) and hasattr(value, "_fields"):
            self._record(b"n", type(value), tuple(value))
        elif isinstance(value, type):
            self._refer(value, self._class)
        elif isinstance(value, python.ModuleType):
            self._module(value)
        elif getattr(type(value), "__dualad_fingerprint__", None) is not None:
            self._refer(value, self._hook)
        elif isinstance(value, python.FunctionType):
            self._refer(value, self._function)
        elif isinstance(value, jitted.JITTED):
            self._refer(value, self._jitted)
        elif isinstance(value, types.Type):
            self._record(b"k", type(value), jitted.identity(value))
        elif isinstance(value, np.dtype):
            self._emit(b"y", repr(value).encode())
        elif isinstance(value, python.BuiltinFunctionType):  # a method: `np.add.reduce`, `tuple.__new__`
            self._record(b"o", value.__self__, value.__name__)
        elif isinstance(value, python.MethodType):
            self._record(b"p", value.__self__, value.__func__)
        else:
            raise Unfingerprintable(f"object of type {type(value).__module__}.{type(value).__qualname__}")

    # Plain values. Each starts with a letter of its own, so that 1, 1.0 and True differ.

    def _string(self, value: str) -> None:
        self._emit(b"s", value.encode("utf-8", "surrogatepass"))

    def _sequence(self, value: tuple[Any, ...] | list[Any]) -> None:
        self._parts.append(b"%b%d:" % (b"(" if type(value) is tuple else b"[", len(value)))
        self.values(value)

    def _mapping(self, value: dict[Any, Any]) -> None:
        self._parts.append(b"{%d:" % len(value))
        for item in value.items():
            self.values(item)

    def _set(self, value: set[Any] | frozenset[Any]) -> None:
        # The order of a set differs between processes, so its elements are written apart and sorted, which is
        # possible only for elements that are written in the same way wherever they stand.
        written = []
        for element in value:
            walker = Walker()
            walker.value(element)
            if walker._seen:
                raise Unfingerprintable(f"set with an element of type {type(element).__qualname__}")
            written.append(b"".join(walker._parts))
        self._parts.append(b"<%d:" % len(written) + b"".join(sorted(written)))

    def _array(self, value: np.ndarray[Any, Any]) -> None:
        if value.dtype.hasobject:
            raise Unfingerprintable("array of Python objects")
        layout = (repr(value.dtype), value.shape, value.strides, value.flags.aligned, value.flags.writeable)
        self._emit(b"a", repr(layout).encode())
        # Views that share memory with a contiguous array are hashed where they are, without a copy.
        plain = value if value.flags.c_contiguous else value.T
        hasher = hashlib.blake2b()
        if value.nbytes:
            hasher.update(np.ascontiguousarray(plain).reshape(-1).view(np.uint8).data)
        self._parts.append(hasher.digest())

    def _numpy_scalar(self, value: np.generic) -> None:
        if value.dtype.hasobject:
            raise Unfingerprintable("record with Python objects")
        self._emit(b"g", repr(value.dtype).encode())
        self._emit(b"b", value.tobytes())

    def _code(self, code: python.CodeType) -> None:
        sizes = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
        names = (code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars)
        self._emit(b"c", repr((sizes, names)).encode())
        self._emit(b"b", code.co_code)
        self._emit(b"b", code.co_exceptiontable)
        self._sequence(code.co_consts)

    # Objects that are written once and referred to.

    def _function(self, function: python.FunctionType) -> None:
        code, scope = function.__code__, function.__globals__
        # The module counts, because a cached result is loaded together with the modules of its functions, and
        # what a function wraps, because Numba takes its signature from there.
        wraps = function.__dict__.get("__wrapped__"), function.__dict__.get("__signature__")
        self._record(b"F", scope.get("__name__"), code, function.__defaults__, function.__kwdefaults__, wraps)
        known, place = self._reads, id(scope)
        for chain in _all_global_chains(code, function):
            written = known.get((place, chain))
            if written is None:
                start = len(self._parts)
                read = scope.get(chain[0], _MISSING)
                if read is _MISSING:
                    read = getattr(builtins, chain[0], _MISSING)
                self._read(read, chain, function)
                known[place, chain] = b"".join(self._parts[start:])
            else:
                self._parts.append(written)
        for variable, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            try:
                held = cell.cell_contents
            except ValueError:  # not assigned yet
                held = _MISSING
            is_module = isinstance(held, python.ModuleType)
            for chain in cell_chains(code, variable) if is_module else [(variable,)]:
                self._read(held, chain, function)

    def _read(self, value: Any, chain: Chain, function: python.FunctionType) -> None:
        """Write down what a chain of attributes leads to: through modules, up to the first other value."""
        for attribute in chain[1:]:
            if not isinstance(value, python.ModuleType):
                break  # the whole value counts, whatever is read from it
            value = getattr(value, attribute, _MISSING)
        if value is _MISSING:
            self._parts.append(b"-")
            return
        self._parts.append(b"+")
        try:
            self.value(value)
        except Unfingerprintable as problem:
            raise Unfingerprintable(f"`{'.'.join(chain)}` in `{function.__qualname__}`: {problem}") from None

    def _module(self, module: python.ModuleType) -> None:
        """A module that is itself a value: only its name is written, so its contents must not change."""
        if not trusted_module(module.__name__):
            raise Unfingerprintable(f"module {module.__name__} used other than as `{module.__name__}.attribute`")
        self._emit(b"u", module.__name__.encode())

    def _class(self, cls: type) -> None:
        description = classes.describe(cls)
        if description is None:
            raise Unfingerprintable(f"class {cls.__qualname__}")
        if not classes.importable(cls):
            self.local_classes.append(cls)
        self._record(b"C", description)

    def _hook(self, value: Any) -> None:
        described = value.__dualad_fingerprint__()
        if described is None:
            raise Unfingerprintable(f"{type(value).__qualname__} object without a fingerprint")
        self._record(b"H", type(value).__module__, type(value).__qualname__, described)

    def _jitted(self, function: Any) -> None:
        self._record(b"J", jitted.describe(function))


def _all_global_chains(code: python.CodeType, function: python.FunctionType) -> dict[Chain, None]:
    """Chains read by the code of a function and of all functions written inside it."""
    if imports(code):
        raise Unfingerprintable(f"import inside `{function.__qualname__}`")
    chains = global_chains(code)
    for inner in nested(code):
        chains.update(_all_global_chains(inner, function))
    return chains


def _fixed(letter: bytes) -> Callable[[Walker, Any], None]:
    return lambda walker, value: walker._parts.append(letter)


_WRITERS: dict[type, Callable[[Walker, Any], None]] = {
    type(None): _fixed(b"N"),
    type(Ellipsis): _fixed(b"E"),
    bool: lambda walker, value: walker._parts.append(b"1" if value else b"0"),
    int: lambda walker, value: walker._parts.append(b"i%x;" % value),
    float: lambda walker, value: walker._parts.append(b"f" + struct.pack("<d", value)),
    complex: lambda walker, value: walker._parts.append(b"z" + struct.pack("<dd", value.real, value.imag)),
    str: Walker._string,
    bytes: lambda walker, value: walker._emit(b"b", value),
    tuple: Walker._sequence,
    set: Walker._set,
    frozenset: Walker._set,
    slice: lambda walker, value: walker._record(b"l", value.start, value.stop, value.step),
    python.CodeType: Walker._code,
    functools.partial: lambda walker, value: walker._record(b"q", value.func, value.args, value.keywords),
    jitted.Signature: lambda walker, value: walker._record(b"r", value.return_type, value.args),
}

# Plain values that may be large, be shared, or contain themselves.
_REFERRED: dict[type, Callable[[Walker, Any], None]] = {
    list: Walker._sequence,
    dict: Walker._mapping,
    np.ndarray: Walker._array,
}
