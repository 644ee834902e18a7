"""The loops of a graph, brought to a form in which each can become one `tree.Loop`.

A loop is a set of blocks that only its head is entered by. What leaves a loop first passes a block that nothing else leads
to and that lies in the loop around, so that a jump out of several loops leaves one after the other; and a value made in a
loop is handed out by parameters of these blocks.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import Any

from numba.core import types

from .dominators import Dominators
from .graph import (
    Block,
    Branch,
    Edge,
    For,
    Graph,
    Jump,
    predecessors,
    replace,
    reverse_postorder,
)
from .handout import hand_out, pass_through, share_exhausted
from .tree import Const, Op, Var

__all__ = ["LoopNest", "find_loops"]


@dataclass(eq=False)
class LoopNest:
    """A loop: its head, all its blocks, the loop around and its exits, in the order of the program."""

    head: Block
    blocks: set[Block]
    parent: LoopNest | None = None
    exits: list[Block] = field(default_factory=list)

    def leaving(self, order: list[Block]) -> list[tuple[Block, Edge]]:
        """The edges that lead out of the loop, each with its block, in the order of the program."""
        return [(b, e) for b in order if b in self.blocks for e in b.edges() if e.target not in self.blocks]


def find_loops(graph: Graph) -> list[LoopNest]:
    """The loops of a graph, inner ones first, with exits of their own. Changes the graph."""
    order = reverse_postorder(graph.entry)
    tree = Dominators(order)
    loops = _natural(order, tree)
    for block in order:
        if isinstance(block.end, For) and all(loop.head is not block for loop in loops):
            _run_once(graph, block, block.end)
    for loop in loops:
        _take_in(loop, graph, tree, loops)
    heads = {loop.head for loop in loops}
    for loop in loops:
        _give_exits(loop, graph, heads)
    order = reverse_postorder(graph.entry)
    rank = {block: k for k, block in enumerate(order)}
    tree = Dominators(order)
    for loop in loops:
        loop.exits = sorted({edge.target for _, edge in loop.leaving(order)}, key=rank.__getitem__)
        hand_out(loop, graph, order, tree)
        share_exhausted(loop, graph, order)
    for loop in reversed(loops):
        pass_through(loop, order, heads)
    return loops


def _natural(order: list[Block], tree: Dominators) -> list[LoopNest]:
    """Loops by their ways back; inner ones first."""
    before = predecessors(order)
    found: dict[Block, set[Block]] = {}
    for block in order:
        for edge in block.edges():
            if tree.dominates(edge.target, block):
                body = found.setdefault(edge.target, {edge.target})
                work = [block]
                while work:
                    inside = work.pop()
                    if inside not in body:
                        body.add(inside)
                        work += before[inside]
    loops = sorted((LoopNest(head, body) for head, body in found.items()), key=lambda loop: len(loop.blocks))
    for k, loop in enumerate(loops):
        loop.parent = next((outer for outer in loops[k + 1 :] if loop.head in outer.blocks), None)
    return loops


def _run_once(graph: Graph, block: Block, end: For) -> None:
    """Make a branch of a loop whose first iteration always leaves it."""
    start, stop, step = end.bounds

    def add(function: Any, *args: Any) -> Var:
        kind = types.boolean if function is operator.lt else end.index.type
        made = Var("t", kind, temporary=True)
        block.ops.append(Op(function, args, made, end.where))
        return made

    if isinstance(step, Const):
        some = add(operator.lt, *((start, stop) if step.value > 0 else (stop, start)))
    else:
        way = add(operator.mul, add(operator.sub, stop, start), step)
        some = add(operator.lt, Const(0, end.index.type), way)
    block.end = Branch(some, end.body, end.done, end.where)
    replace(graph, {end.index: start})


def _take_in(loop: LoopNest, graph: Graph, tree: Dominators, loops: list[LoopNest]) -> None:
    """Count what runs before a `break`, `return` or `raise` among the blocks of the loop, as the source does."""
    leaving = loop.leaving(tree.order)
    regions = {edge.target: tree.region(edge.target) for _, edge in leaving}
    main = _main_exit(loop, leaving, regions)
    heads = {other.head for other in loops}
    for target, region in regions.items():
        belongs = target is not main and graph.exit not in region
        belongs = belongs and all(block in loop.blocks for block in tree.before[target])
        if belongs and not heads & region:
            around: LoopNest | None = loop
            while around is not None:
                around.blocks |= region
                around = around.parent


def _main_exit(loop: LoopNest, leaving: list[tuple[Block, Edge]], regions: dict[Block, set[Block]]) -> Block | None:
    """The exit after which the program goes on: of the head, or else the one with the longest rest."""
    for block, edge in leaving:
        if block is loop.head and isinstance(block.end, (For, Branch)):
            return edge.target
    return max(regions, key=lambda target: len(regions[target]), default=None)


def _give_exits(loop: LoopNest, graph: Graph, heads: set[Block]) -> None:
    """Lead the ways out of a loop to each target through one block, which lies in the loop around."""
    order = reverse_postorder(graph.entry)
    before = predecessors(order)
    ways: dict[Block, list[Edge]] = {}
    for block in order:
        if block in loop.blocks:
            for edge in block.edges():
                if edge.target not in loop.blocks:
                    ways.setdefault(edge.target, []).append(edge)
    for target, edges in ways.items():
        alone = all(block in loop.blocks for block in before[target]) and target not in heads
        if alone and (loop.parent is None or target in loop.parent.blocks):
            continue
        leave = Block([Var(p.name, p.type, p.temporary) for p in target.params] if len(edges) > 1 else [])
        onward = Edge(target, list(leave.params) if len(edges) > 1 else edges[0].args)
        leave.end = Jump(onward, loop.head.end.where)  # type: ignore[union-attr]
        if len(edges) == 1:
            edges[0].args = []
        for edge in edges:
            edge.target = leave
        around = loop.parent
        while around is not None:
            around.blocks.add(leave)
            around = around.parent
