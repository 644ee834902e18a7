"""The values that loops hand out to what is behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .dominators import Dominators
from .graph import Block, For, Graph, Jump, change_reads, map_operands, replace
from .simplify import reads
from .tree import Operand, Var, operands
from .values import zero

if TYPE_CHECKING:
    from .loops import LoopNest

__all__ = ["hand_out", "pass_through", "share_exhausted"]


def hand_out(loop: LoopNest, graph: Graph, order: list[Block], tree: Dominators) -> None:
    """Make the exits hand out the values of a loop that are read behind it."""
    made: dict[Any, Block] = {p: block for block in loop.blocks if block is not loop.head for p in block.params}
    for block in loop.blocks:
        made.update((op.result, block) for op in block.ops if op.result is not None)
        if isinstance(block.end, For):
            made[block.end.index] = block
    outside = [block for block in order if block not in loop.blocks]
    wanted: list[Any] = [operand for block in outside for operand in reads(block) if operand in made]
    if graph.exit not in loop.blocks and graph.result is not None:
        wanted += [operand for operand in operands(graph.result) if operand in made]
    rank = {block: k for k, block in enumerate(order)}
    for variable in sorted(dict.fromkeys(wanted), key=lambda v: rank[made[v]]):
        _Exported(variable, loop, graph, outside, tree, made[variable]).rewrite()


class _Exported:
    """One variable of a loop, under its names behind the loop."""

    def __init__(self, variable: Var, loop: LoopNest, graph: Graph, outside: list[Block], tree: Dominators, at: Block):
        self.variable, self.loop, self.graph, self.outside, self.tree = variable, loop, graph, outside, tree
        self.exits = [block for block in loop.exits if tree.dominates(at, block)]
        self.joins = tree.frontier(self.exits) - loop.blocks
        self.names: dict[Block, Operand] = {}

    def at_start(self, block: Block) -> Operand:
        """The variable's value where a block starts."""
        passed = []
        while block not in self.names:
            if block in self.exits or block in self.joins:
                made = Var(self.variable.name, self.variable.type, self.variable.temporary)
                self.names[block] = made
                block.params.append(made)
                for before in self.tree.before[block]:
                    for edge in before.edges():
                        if edge.target is block and len(edge.args) < len(block.params):
                            edge.args.append(self.variable if block in self.exits else self.at_start(before))
                break
            passed.append(block)
            if block in self.loop.blocks or block is self.graph.entry:
                return zero(self.variable.type)  # on a way that cannot be taken
            block = self.tree.above(block)
        for other in passed:
            self.names[other] = self.names[block]
        return self.names[block]

    def _renamed(self, name: Operand) -> Callable[[Operand], Operand]:
        return lambda operand: name if operand is self.variable else operand

    def rewrite(self) -> None:
        """Read it under its names behind the loop."""
        for block in self.outside:
            if self.variable in reads(block):
                name = self.at_start(block)
                change_reads(block, self._renamed(name))
        if self.graph.result is not None and self.variable in set(operands(self.graph.result)):
            name = self.at_start(self.graph.exit)
            self.graph.result = map_operands(self.graph.result, self._renamed(name))


def share_exhausted(loop: LoopNest, graph: Graph, order: list[Block]) -> None:
    """Let a carried variable take the value that a `break` hands out in its place.

    Where an exit hands out a carried variable when the loop is exhausted and another value at a `break`, and the carried
    variable is read nowhere else behind the loop, both are one variable.
    """
    end = loop.head.end
    if not isinstance(end, For):
        return
    leave, given = end.done.target, end.done.args
    if not set(given) & set(loop.head.params):
        return
    behind: dict[Operand, int] = dict.fromkeys(loop.head.params, 0)
    for block in order:
        found = (
            reads(block) if block not in loop.blocks else [o for e in block.edges() if e is end.done for o in e.args]
        )
        for operand in found:
            if operand in behind:
                behind[operand] += 1
    for operand in operands(graph.result) if graph.result is not None else ():
        if operand in behind:
            behind[operand] += 1
    changes: dict[Any, Operand] = {}
    for k, operand in enumerate(given):
        if isinstance(operand, Var) and behind.get(operand) == 1 and leave.params[k].type == operand.type:
            changes[leave.params[k]] = operand
            leave.params[k] = operand
    if changes:
        replace(graph, changes)


def pass_through(loop: LoopNest, order: list[Block], heads: set[Block]) -> None:
    """Let the exits of a loop that only lead on assign what they lead to."""
    for leave in loop.exits:
        if leave.ops or not isinstance(leave.end, Jump) or leave.end.edge.target in heads:
            continue
        onward = leave.end.edge
        elsewhere = (
            {operand for block in order if block is not leave for operand in reads(block)} if leave.params else set()
        )
        for k, param in enumerate(leave.params):
            if param not in loop.head.params and param not in elsewhere and onward.args.count(param) == 1:
                place = onward.args.index(param)
                leave.params[k] = onward.args[place] = onward.target.params[place]
