"""Which value a name has where it is read.

Numba's names are assigned once, but not always on every way to where they are read: a variable that a loop assigns may be
read after the loop. Where a name is not assigned on all ways, the values of the ways are joined in a parameter of the
block where they meet, and a way without assignment gives zero, as Numba does. (Braun et al., "Simple and Efficient
Construction of Static Single Assignment Form", 2013, doi:10.1007/978-3-642-37051-9_6.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .graph import UNDEFINED, Block, Edge
from .tree import Operand, Var
from .values import parts, shaped, zero

__all__ = ["Names"]


@dataclass(frozen=True)
class Join:
    """Parameters of a block that take the value of `sources[label]` on the way from each block `label`."""

    label: int
    kind: Any
    sources: dict[int, str | None]


class Names:
    """The names of one function.

    Parameters
    ----------
    predecessors : dict
        {label of a block: labels of the blocks before it}.
    dominators : dict
        {label: labels of the blocks that every way to it passes}.
    blocks : dict
        {label: block that it starts with}.
    kind_of : callable
        Type of a name.
    make : callable
        `make(type, name)`: a new variable of a type.
    """

    def __init__(
        self,
        predecessors: dict[int, list[int]],
        dominators: dict[int, set[int]],
        blocks: dict[int, Block],
        definitions: dict[str, list[int]],
        kind_of: Callable[[str], Any],
        make: Callable[[Any, str], Var],
    ) -> None:
        self._predecessors, self._dominators, self._blocks = predecessors, dominators, blocks
        self._definitions, self._kind_of, self._make = definitions, kind_of, make
        self._ends: dict[tuple[int, str], Any] = {}
        self._starts: dict[tuple[int, str], Any] = {}
        self._joins: list[Join] = []

    def define(self, label: int, name: str, value: Any) -> None:
        """A statement of block `label` assigns a name."""
        self._ends[label, name] = value

    def define_join(self, label: int, name: str, kind: Any, sources: dict[int, str | None]) -> Any:
        """A name that has at the start of a block the value of one of several names."""
        value = self._join(label, name, kind, sources)
        self.define(label, name, value)
        return value

    def read(self, label: int, name: str) -> Any:
        """The value of a name at the point that the translation of block `label` has reached."""
        places = self._definitions.get(name, ())
        if len(places) == 1 and places[0] in self._dominators[label] and (places[0], name) in self._ends:
            return self._ends[places[0], name]
        while (label, name) not in self._ends:
            if (label, name) in self._starts:
                return self._starts[label, name]
            before = self._predecessors[label]
            if not before:
                return UNDEFINED
            if len(before) > 1:
                sources: dict[int, str | None] = dict.fromkeys(before, name)
                value = self._join(label, name, self._kind_of(name), sources)
                self._starts[label, name] = value
                return value
            label = before[0]
        return self._ends[label, name]

    def _join(self, label: int, name: str, kind: Any, sources: dict[int, str | None]) -> Any:
        value = shaped(kind, self._make, name)
        self._blocks[label].params += [part for part, _ in parts(value, kind) if isinstance(part, Var)]
        self._joins.append(Join(label, kind, sources))
        return value

    def finish(
        self, ways: dict[int, list[tuple[Block, Edge]]], convert: Callable[[Block, Operand, Any], Operand]
    ) -> None:
        """Give every join its values, once all blocks are translated.

        Parameters
        ----------
        ways : dict
            {label: ways out of the block, each with the block that it starts from}.
        convert : callable
            `convert(block, operand, type)`: the operand as a number of the type, at the end of a block.
        """
        while self._joins:  # reading a name may need further joins
            join = self._joins.pop(0)
            target = self._blocks[join.label]
            for label in self._predecessors[join.label]:
                found = [(block, edge) for block, edge in ways.get(label, ()) if edge.target is target]
                if not found:
                    continue
                name = join.sources.get(label)
                value = UNDEFINED if name is None else self.read(label, name)
                for block, edge in found:
                    edge.args += [
                        zero(kind) if part is UNDEFINED else convert(block, part, kind)
                        for part, kind in parts(value, join.kind)
                    ]
