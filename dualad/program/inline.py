"""Calls of jitted functions replaced by the blocks of the function called; recursive calls stay calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .graph import Block, Branch, Edge, Fail, For, Graph, Jump, Stop, map_operands, reverse_postorder
from .locate import Location
from .tree import Const, Op, Operand, Var
from .values import flat

__all__ = ["Inliner", "LocalChoice", "clone"]

LocalChoice = Callable[[Any, tuple[Any, ...], Any], Any]


class Inliner:
    """Makes the graph of a function, and of all it calls, once for each tuple of argument types.

    Parameters
    ----------
    make : callable
        `make(function, types, inline)`: the graph of a function, whose calls are replaced by `inline`.
    local : callable, optional
        As for `passes.build`.
    """

    def __init__(self, make: Callable[..., Graph], local: LocalChoice | None = None) -> None:
        self._make, self.local = make, local
        self._graphs: dict[Any, Graph] = {}
        self._running: list[Any] = []

    def graph(self, function: Callable[..., Any], kinds: tuple[Any, ...]) -> Graph:
        """The graph of a function for argument types, with its calls replaced."""
        key = (function, kinds)
        if key not in self._graphs:
            self._running.append(function)
            try:
                self._graphs[key] = self._make(function, kinds, self)
            finally:
                self._running.pop()
        return self._graphs[key]

    def runs(self, function: Callable[..., Any]) -> bool:
        """Whether the graph of a function is being made: a call stands in the function itself."""
        return function in self._running

    def __call__(
        self, function: Callable[..., Any], kinds: tuple[Any, ...], values: tuple[Any, ...], where: Location
    ) -> tuple[Block, Block, Any, Any]:
        """The blocks of one call: the first, the last, and the result with its type."""
        graph = self.graph(function, kinds)
        given: dict[Var, Operand] = {}
        for entry, value in zip(graph.parameters, values, strict=True):
            if isinstance(entry, Const):
                continue  # known when compiling, such as a default that is left out
            for parameter, operand in zip(flat(entry), flat(value), strict=True):
                if isinstance(parameter, Var):
                    given[parameter] = operand
        first, last, result = clone(graph, given, where)
        return first, last, result, graph.result_type


def clone(graph: Graph, given: dict[Var, Operand], caller: Location) -> tuple[Block, Block, Any]:
    """A copy of a graph with new variables, and operands in the place of its parameters."""
    blocks = {block: Block() for block in [*reverse_postorder(graph.entry), graph.exit]}
    made: dict[Any, Any] = dict(given)

    def new(variable: Any) -> Any:
        if not isinstance(variable, Var):
            return variable
        if variable not in made:
            made[variable] = Var(variable.name, variable.type, variable.temporary)
        return made[variable]

    def way(edge: Edge) -> Edge:
        return Edge(blocks[edge.target], [new(operand) for operand in edge.args])

    for old, block in blocks.items():
        block.params = [new(variable) for variable in old.params]
        block.ops = [
            Op(
                op.function,
                map_operands(op.args, new),
                new(op.result),
                op.where.called_from(caller),
                tuple((name, map_operands(argument, new)) for name, argument in op.kwargs),
            )
            for op in old.ops
        ]
        match old.end:
            case Jump(edge, where):
                block.end = Jump(way(edge), where.called_from(caller))
            case Branch(cond, then, orelse, where):
                block.end = Branch(new(cond), way(then), way(orelse), where.called_from(caller))
            case For(index, bounds, body, done, where, mark):
                over, marked = map_operands(bounds, new), map_operands(mark, new)
                block.end = For(new(index), over, way(body), way(done), where.called_from(caller), marked)
            case Fail(kind, args, where):
                block.end = Fail(kind, map_operands(args, new), where.called_from(caller))
            case Stop(where):
                block.end = Stop(where.called_from(caller))
    return blocks[graph.entry], blocks[graph.exit], map_operands(graph.result, new)
