"""Control flow as a graph of blocks: what a program is before it has the shape of branches and loops.

Values that join control flow are parameters of blocks, given by each edge that leads there, so that an edge is also the
place where a `tree.Copy` will stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .locate import Location
from .tree import Const, Op, Operand, Slice, Var

__all__ = [
    "UNDEFINED",
    "Block",
    "Branch",
    "Edge",
    "End",
    "Fail",
    "For",
    "Graph",
    "Jump",
    "Stop",
    "map_operands",
    "predecessors",
    "replace",
    "reverse_postorder",
]

#: What a variable is on a way that does not assign it.
UNDEFINED = Const(None, None, "undefined")


@dataclass(eq=False)
class Edge:
    """A way to `target`, with one operand for each of its parameters."""

    target: Block
    args: list[Operand] = field(default_factory=list)


@dataclass(eq=False)
class Jump:
    """Goes on with one block."""

    edge: Edge
    where: Location

    def edges(self) -> list[Edge]:
        """The ways out."""
        return [self.edge]


@dataclass(eq=False)
class Branch:
    """Goes one way or the other."""

    cond: Operand
    then: Edge
    orelse: Edge
    where: Location

    def edges(self) -> list[Edge]:
        """The ways out."""
        return [self.then, self.orelse]


@dataclass(eq=False)
class For:
    """Head of a loop over `range(*bounds)`: defines `index` and takes `body`, or takes `done` when exhausted.

    `mark` is that of `tree.Loop`.
    """

    index: Var
    bounds: tuple[Operand, Operand, Operand]
    body: Edge
    done: Edge
    where: Location
    mark: tuple[Operand, ...] = ()

    def edges(self) -> list[Edge]:
        """The ways out."""
        return [self.body, self.done]


@dataclass(eq=False)
class Fail:
    """Raises an exception."""

    kind: Any
    args: tuple[Any, ...]
    where: Location

    def edges(self) -> list[Edge]:
        """None."""
        return []


@dataclass(eq=False)
class Stop:
    """The end of the function, in its last block, whose parameters are the parts of the result."""

    where: Location

    def edges(self) -> list[Edge]:
        """None."""
        return []


End = Jump | Branch | For | Fail | Stop


@dataclass(eq=False)
class Block:
    """Operations that run one after another, and what follows them."""

    params: list[Var] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)
    end: End | None = None

    def edges(self) -> list[Edge]:
        """The ways out."""
        return [] if self.end is None else self.end.edges()


@dataclass(eq=False)
class Graph:
    """A function for given argument types.

    Parameters
    ----------
    name, filename : str
    parameters : list
        As in `tree.Program`.
    entry, exit : Block
        Every return is an edge to `exit`.
    result : operand or nested tuple of operands
        Of parameters of `exit` and constants.
    result_type : numba type
    """

    name: str
    filename: str
    parameters: list[Any]
    entry: Block
    exit: Block
    result: Any = None
    result_type: Any = None


def map_operands(argument: Any, change: Callable[[Operand], Any]) -> Any:
    """An argument of an operation with each operand replaced by what `change` makes of it."""
    if isinstance(argument, tuple):
        return tuple(map_operands(part, change) for part in argument)
    if isinstance(argument, Slice):
        return Slice(change(argument.start), change(argument.stop), change(argument.step))
    return change(argument)


def reverse_postorder(entry: Block) -> list[Block]:
    """Every block that can be reached, each before those it leads to, except for the ways back of loops."""
    seen, order = {entry}, []
    stack: list[tuple[Block, Iterator[Edge]]] = [(entry, iter(entry.edges()[::-1]))]
    while stack:
        block, edges = stack[-1]
        for edge in edges:
            if edge.target not in seen:
                seen.add(edge.target)
                stack.append((edge.target, iter(edge.target.edges()[::-1])))
                break
        else:
            order.append(block)
            stack.pop()
    return order[::-1]


def predecessors(blocks: list[Block]) -> dict[Block, list[Block]]:
    """The blocks that lead to each block, one entry per edge."""
    found: dict[Block, list[Block]] = {block: [] for block in blocks}
    for block in blocks:
        for edge in block.edges():
            found[edge.target].append(block)
    return found


def replace(graph: Graph, changes: dict[Any, Any]) -> None:
    """Put operands in the place of variables, wherever they are read."""
    if not changes:
        return

    def change(operand: Operand) -> Operand:
        while operand in changes:
            operand = changes[operand]
        return operand

    for block in reverse_postorder(graph.entry):
        change_reads(block, change)
    graph.result = map_operands(graph.result, change)


def change_reads(block: Block, change: Callable[[Operand], Operand]) -> None:
    """Replace every operand that a block reads, those of its edges included."""
    for op in block.ops:
        op.args = map_operands(op.args, change)
        op.kwargs = tuple((name, map_operands(argument, change)) for name, argument in op.kwargs)
    end = block.end
    if isinstance(end, Branch):
        end.cond = change(end.cond)
    elif isinstance(end, For):
        end.bounds = map_operands(end.bounds, change)
        end.mark = map_operands(end.mark, change)
    elif isinstance(end, Fail):
        end.args = map_operands(end.args, change)
    for edge in block.edges():
        edge.args = [change(operand) for operand in edge.args]
