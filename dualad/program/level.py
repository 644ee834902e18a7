"""The blocks of one loop with its inner loops counted as one block each: a graph without ways back."""

from __future__ import annotations

from typing import Any

from .dominators import immediate_dominators
from .graph import Block, Fail, For, Stop
from .loops import LoopNest

__all__ = ["BREAK", "ON", "Level"]

#: Ends of ways: on to the next iteration (or to the end of the program), and out of the loop.
ON, BREAK = "go on", "break"


class Level:
    """The blocks of one loop, or of the program outside of loops.

    Parameters
    ----------
    loop : LoopNest or None
    root : Block
        Where it starts.
    loops : list
        All loops of the program.
    order : list of Block
        Reverse postorder of the program.
    """

    def __init__(self, loop: LoopNest | None, root: Block, loops: list[LoopNest], order: list[Block]) -> None:
        self.loop, self.root, self.loops, self.order = loop, root, loops, order
        self.inner = {other.head: other for other in loops if other.parent is loop}
        hidden = {block for other in self.inner.values() for block in other.blocks if block is not other.head}
        inside = [b for b in order if (loop is None or b in loop.blocks) and b not in hidden]
        inside = [b for b in inside if b is root or self.end_of(b) is b]
        if isinstance(root.end, For) and loop is not None and root is loop.head:
            self.nodes = [b for b in inside if b is not root]
            self.nodes.remove(root.end.body.target)
            self.nodes.insert(0, root.end.body.target)
        else:
            self.nodes = inside
        self._relate()

    def _relate(self) -> None:
        """Who follows whom, and behind which block each one is written."""
        rank = {node: k for k, node in enumerate(self.nodes)}
        before: list[list[int]] = [[] for _ in self.nodes]
        for k, node in enumerate(self.nodes):
            for target in self._targets(node):
                if target in rank:
                    before[rank[target]].append(k)
        above = immediate_dominators(before)
        self.alone = {node for k, node in enumerate(self.nodes) if len(before[k]) <= 1}
        self.joins: dict[Block, list[Block]] = {node: [] for node in self.nodes}
        for k, node in enumerate(self.nodes):
            if k and node not in self.alone:
                self.joins[self.nodes[above[k]]].append(node)
        self.core: dict[Block, set[Any]] = {}
        self.outs: dict[Block, set[Any]] = {}
        for node in reversed(self.nodes):
            found: set[Any] = set()
            for target in self._targets(node):
                found |= self.outs[target] if target in self.alone else {target}
            self.core[node] = set(found)
            for join in self.joins[node]:
                found |= self.outs[join]
            self.outs[node] = found - set(self.joins[node])

    def _targets(self, node: Block) -> list[Any]:
        """What a block, or a whole inner loop, leads to: blocks of this level and ends of ways."""
        if node in self.inner:
            return [self.end_of(target) for target in self.inner[node].exits]
        if isinstance(node.end, Fail):
            return [node.end]
        return [self.end_of(edge.target) for edge in node.edges()]

    def end_of(self, target: Block) -> Any:
        """What a way to a block is at this level: the block itself, or an end."""
        if self.loop is None:
            return ON if isinstance(target.end, Stop) and not target.ops else target
        if target is self.loop.head:
            return ON
        return target if target in self.loop.blocks else BREAK
