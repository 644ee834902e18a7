"""What a code object reads from outside itself: global names and the attributes taken from them.

Numba freezes globals when it compiles, and modules are the one kind of global whose attributes it looks up,
so a chain `name.attribute.attribute` says exactly which values end up in the machine code. Only bytecode
tells it reliably: names alone would confuse `array.sum` with a global called `sum`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dis import opmap
from itertools import compress
from types import CodeType

Chain = tuple[str, ...]

_LOAD_GLOBAL, _LOAD_DEREF = opmap["LOAD_GLOBAL"], opmap["LOAD_DEREF"]
_IMPORT_NAME, _EXTENDED_ARG = opmap["IMPORT_NAME"], opmap["EXTENDED_ARG"]
# Instructions that load an attribute, with the number of flag bits below the index in their operand. Before
# Python 3.12 attributes that are called have an instruction of their own.
_LOAD_ATTR = opmap["LOAD_ATTR"]
_ATTRIBUTES = {_LOAD_ATTR: 1} if sys.version_info >= (3, 12) else {_LOAD_ATTR: 0, opmap["LOAD_METHOD"]: 0}


def global_chains(code: CodeType) -> dict[Chain, None]:
    """Chains that `code` itself, not code nested in it, reads from its globals, in order of appearance."""
    return _chains(code, _LOAD_GLOBAL, code.co_names, flags=1)


def cell_chains(code: CodeType, variable: str) -> dict[Chain, None]:
    """Chains that `code` and the functions defined in it read from its free variable `variable`."""
    borrowed = [name for name in code.co_cellvars if name not in code.co_varnames]
    slots = (*code.co_varnames, *borrowed, *code.co_freevars)
    chains = {chain: None for chain in _chains(code, _LOAD_DEREF, slots, flags=0) if chain[0] == variable}
    for inner in nested(code):
        if variable in inner.co_freevars:
            chains.update(cell_chains(inner, variable))
    return chains


def nested(code: CodeType) -> Iterator[CodeType]:
    """Code objects of the functions, lambdas and comprehensions written directly inside `code`."""
    return (constant for constant in code.co_consts if isinstance(constant, CodeType))


def imports(code: CodeType) -> bool:
    """Whether `code` has an import statement, which makes what it reads unknowable from here."""
    return _IMPORT_NAME in code.co_code[::2]


def _chains(code: CodeType, load: int, names: Sequence[str], flags: int) -> dict[Chain, None]:
    """Chains that start with `load`, an instruction whose operand indexes `names` above `flags` low bits."""
    # Instructions are pairs of bytes, with zeros behind some of them that the interpreter uses as caches.
    pairs, attributes = code.co_code, code.co_names
    operations = pairs[::2].translate(None, b"\0")
    operands = bytes(compress(pairs[1::2], pairs[::2]))

    def index(at: int) -> int:
        """Operand of an instruction; what does not fit into a byte stands in EXTENDED_ARG before it."""
        value, shift = operands[at], 8
        while operations[at - 1] == _EXTENDED_ARG:
            at -= 1
            value |= operands[at] << shift
            shift += 8
        return value

    chains: dict[Chain, None] = {}
    at = operations.find(load)
    while at >= 0:
        chain: Chain = (names[index(at) >> flags],)
        at += 1
        while (operation := operations[at]) in _ATTRIBUTES or operation == _EXTENDED_ARG:
            if operation != _EXTENDED_ARG:
                chain += (attributes[index(at) >> _ATTRIBUTES[operation]],)
            at += 1
        chains[chain] = None
        at = operations.find(load, at)
    return chains
