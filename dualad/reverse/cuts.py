"""Where a program can be cut in two at its top level, and its parts as functions of their own.

A cut is between two statements. What flows across it and carries derivatives has to be known values, numbers and arrays of
floats: then the Jacobian is the product of those of the parts. The parts take all arguments of the function, so that what
does not carry derivatives need not flow; of the arguments that do, a later part may ask for the shape alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba.core import types

from ..program.census import census, spread
from ..program.tree import Const, Loop, Op, Operand, Program, Raise, Statement, Var, operands, walk
from .compile import plain, prepared
from .live import is_random
from .memory import Memory, is_array, is_container
from .places import Places, reads, writes
from .recursion import refuse_effects
from .rewrite import fresh_name, names_of

__all__ = ["Cut", "Part", "Parts"]

_MADE = {np.empty, np.zeros, np.ones, np.full, np.empty_like, np.zeros_like, np.ones_like}


@dataclass(frozen=True)
class Cut:
    """A place where a program can be cut.

    Parameters
    ----------
    position : int
        Before which statement of the top level.
    crossing : tuple of Var
        The values that carry derivatives across it.
    again : tuple of Op
        What is done again behind it: shapes, and arrays that are only filled there.
    """

    position: int
    crossing: tuple[Var, ...]
    again: tuple[Op, ...]


@dataclass(frozen=True)
class Part:
    """The statements between two cuts as a function.

    Parameters
    ----------
    function : callable
        `function(*args, *crossing)` takes all arguments and what crosses the first cut; it gives a flat tuple: what crosses the
        second cut, or the function's result.
    inputs, outputs : tuple of numba types
        Types of what crosses the first cut, and of what the function gives.
    """

    function: Callable[..., Any]
    inputs: tuple[types.Type, ...]
    outputs: tuple[types.Type, ...]


class Parts:
    """A function and the places where it can be cut.

    Parameters
    ----------
    function : callable
        Python function or dispatcher.
    arg_types : tuple of numba types
        Types of all arguments.
    argnums : tuple of int
        Arguments to differentiate by.

    Attributes
    ----------
    cuts : list of Cut
        In the order of the program; none where it cannot be cut.
    end : int
        The position behind the last statement.
    result_type : numba type
        Of the whole function.

    Raises
    ------
    UnsupportedError, numba.core.errors.NumbaError
        If the function has no region tree.
    """

    def __init__(self, function: Callable[..., Any], arg_types: tuple[Any, ...], argnums: tuple[int, ...]) -> None:
        self.function, self.arg_types, self.argnums = function, arg_types, argnums
        program = self._program()
        inputs = self._inputs(program)
        self.cuts = list(_cuts(program, inputs))
        self.end, self.result_type = len(program.body), program.result_type
        active = spread(program.body, inputs)
        self._operations = [census([statement], active) for statement in program.body]

    def _program(self) -> Program:
        """The program anew: to write a part of it changes the statements."""
        program = prepared(self.function, self.arg_types)
        refuse_effects(program)
        return program

    def _inputs(self, program: Program) -> list[Operand]:
        return [part for i in self.argnums for part in operands(program.parameters[i])]

    def part(self, start: int, stop: int) -> Part:
        """The statements between two cuts.

        Parameters
        ----------
        start, stop : int
            Positions of cuts, or 0 and `end`.

        Returns
        -------
        Part
        """
        program = self._program()
        cuts = {cut.position: cut for cut in _cuts(program, self._inputs(program))}
        body, given = program.body, tuple[Var, ...]()
        if stop != self.end:
            body, program.result = body[:stop], cuts[stop].crossing
        if start != 0:
            body, given = [*cuts[start].again, *body[start:]], cuts[start].crossing
        program.body = body
        program.parameters = [*program.parameters, *given]
        program.name = f"{program.name}_part" if program.name.isidentifier() else "part"
        outputs = tuple(part.type for part in operands(program.result))
        return Part(plain(program), tuple(var.type for var in given), outputs)

    def sizes(self) -> Callable[..., Any]:
        """A function of all arguments that gives how many floats cross each cut, in the order of the cuts.

        It returns a tuple with a number for each array that crosses, cut by cut; `crossed` puts them together.
        """
        program = self._program()
        cuts = list(_cuts(program, self._inputs(program)))
        taken, found = names_of(program), list[Var]()
        for cut in reversed(cuts):
            arrays = [var for var in cut.crossing if is_array(var)]
            sizes = [Var(fresh_name("size", taken), types.int64) for _ in arrays]
            where = program.body[cut.position - 1].where
            program.body[cut.position : cut.position] = [
                Op(getattr, (var, Const("size", types.unicode_type)), size, where)
                for var, size in zip(arrays, sizes, strict=True)
            ]
            found[:0] = sizes
        program.result = tuple(found)
        return plain(program)

    def crossed(self, sizes: tuple[int, ...]) -> list[int]:
        """How many floats cross each cut, from what `sizes` gave."""
        given = iter(sizes)
        return [sum(next(given) if is_array(var) else 1 for var in cut.crossing) for cut in self.cuts]

    def operations(self, start: int, stop: int) -> dict[str, float]:
        """Operations by kind between two positions, as `program.census` counts them."""
        total: dict[str, float] = {}
        for operations in self._operations[start:stop]:
            for kind, count in operations.items():
                total[kind] = total.get(kind, 0.0) + count
        return total


def _cuts(program: Program, inputs: list[Operand]) -> Iterator[Cut]:
    """All places where a program can be cut with less flowing across it than all inputs."""
    statements = list(walk(program.body))
    if any(_is_done_once(statement) for statement in statements):
        return
    places = Places(program)
    memory = Memory(places)
    if any(memory.is_written(var) for var in places.parameters if is_container(var)):
        return  # a later part would find what the caller gave
    shapes_only = {var for var in inputs if isinstance(var, Var)}
    for position in range(1, len(program.body)):
        before, behind = program.body[:position], program.body[position:]
        active = spread(before, inputs)
        read = [var for statement in walk(behind) for var in _reads(statement, shapes_only)]
        read += [var for var in operands(program.result) if isinstance(var, Var)]
        here = {var for statement in walk(before) for var in writes(statement)}
        crossing = list(dict.fromkeys(var for var in read if var in here or var in shapes_only))
        flowing = [var for var in crossing if var in active]
        if not flowing or shapes_only & set(flowing):
            continue
        again = _again([var for var in crossing if var not in active], before, places, memory)
        if again is None or not _are_apart(flowing, behind, memory, places):
            continue
        yield Cut(position, tuple(flowing), tuple(again))


def _is_done_once(statement: Statement) -> bool:
    """What parts of a program must not be done twice, or apart from the rest."""
    if isinstance(statement, Loop):
        return bool(statement.mark)
    return isinstance(statement, Raise) or (
        isinstance(statement, Op) and (is_random(statement) or statement.function is print)
    )


def _reads(statement: Statement, shapes_only: set[Var]) -> list[Var]:
    """Variables that a statement reads, without arguments that it asks for their shape."""
    asks = isinstance(statement, Op) and statement.function is getattr
    return [part for part in reads(statement) if isinstance(part, Var) and not (asks and part in shapes_only)]


def _again(needed: list[Var], before: list[Statement], places: Places, memory: Memory) -> list[Op] | None:
    """The operations before a cut that make what is needed behind it, from arguments; None where others take part."""
    found: set[Op] = set()
    waiting = [var for var in needed if var not in places.parameters]
    inside = set(walk(before))
    while waiting:
        var = waiting.pop()
        definitions = places.definition[var]
        op = definitions[0]
        if len(definitions) > 1 or not isinstance(op, Op) or op not in before:
            return None
        if is_container(var) and any(
            store in inside and memory.roots[var] & memory.roots[through] for store, through in memory.stores
        ):
            return None  # it has been filled
        if is_container(var) and memory.is_written(var) and op.function not in _MADE:
            return None
        if op in found:
            continue
        found.add(op)
        waiting += [part for part in reads(op) if isinstance(part, Var) and part not in places.parameters]
    return [op for op in before if op in found]  # type: ignore[misc]


def _are_apart(flowing: list[Var], behind: list[Statement], memory: Memory, places: Places) -> bool:
    """Whether values are doubles and arrays of them, none of which shares memory or is assigned behind the cut."""
    assigned = {var for statement in walk(behind) for var in writes(statement)}
    roots: set[Any] = set()
    for var in flowing:
        element = var.type.dtype if is_array(var) else var.type
        if element != types.float64 or var in assigned:
            return False
        if is_array(var):
            own = memory.roots[var]
            if own & roots or any(root in places.parameters for root in own):
                return False
            roots |= own
    return True
