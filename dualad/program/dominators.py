"""Which blocks every way to a block passes.

Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm", 2001.
"""

from __future__ import annotations

from collections.abc import Iterable

from .graph import Block, predecessors

__all__ = ["Dominators", "immediate_dominators"]


def immediate_dominators(before: list[list[int]]) -> list[int]:
    """The nearest node on every way to each node, for nodes numbered in reverse postorder; node 0 has itself.

    Parameters
    ----------
    before : list
        The numbers of the nodes that lead to each node.
    """
    above = [-1] * len(before)
    above[0] = 0
    changed = True
    while changed:
        changed = False
        for k in range(1, len(before)):
            new = -1
            for p in before[k]:
                if above[p] < 0:
                    continue
                new = p if new < 0 else _meet(above, p, new)
            if above[k] != new:
                above[k] = new
                changed = True
    return above


def _meet(above: list[int], one: int, other: int) -> int:
    while one != other:
        while one > other:
            one = above[one]
        while other > one:
            other = above[other]
    return one


class Dominators:
    """Dominance among the blocks of a graph, given in reverse postorder."""

    def __init__(self, order: list[Block]) -> None:
        self.order = order
        self.before = predecessors(order)
        self._rank = {block: k for k, block in enumerate(order)}
        self._above = immediate_dominators([[self._rank[p] for p in self.before[block]] for block in order])
        self._below: list[list[int]] = [[] for _ in order]
        for k in range(1, len(order)):
            self._below[self._above[k]].append(k)
        self._first, self._last = self._intervals()

    def _intervals(self) -> tuple[list[int], list[int]]:
        """Times of entry and exit in a walk of the tree: a block dominates those whose times lie within its own."""
        first, last = [0] * len(self.order), [0] * len(self.order)
        time, stack = 0, [(0, iter(self._below[0]))]
        while stack:
            node, children = stack[-1]
            child = next(children, None)
            time += 1
            if child is None:
                last[node] = time
                stack.pop()
            else:
                first[child] = time
                stack.append((child, iter(self._below[child])))
        return first, last

    def dominates(self, block: Block, other: Block) -> bool:
        """Whether every way to `other` passes `block`."""
        one, two = self._rank[block], self._rank[other]
        return self._first[one] <= self._first[two] and self._last[two] <= self._last[one]

    def above(self, block: Block) -> Block:
        """The nearest other block that every way to a block passes."""
        return self.order[self._above[self._rank[block]]]

    def region(self, block: Block) -> set[Block]:
        """The blocks that are reached through a block only."""
        found, work = set(), [self._rank[block]]
        while work:
            k = work.pop()
            found.add(self.order[k])
            work += self._below[k]
        return found

    def frontier(self, blocks: Iterable[Block]) -> set[Block]:
        """The blocks where values made in any of `blocks` meet others."""
        joins: set[Block] = set()
        work = list(blocks)
        fronts = self._frontiers()
        while work:
            for join in fronts[self._rank[work.pop()]]:
                if self.order[join] not in joins:
                    joins.add(self.order[join])
                    work.append(self.order[join])
        return joins

    def _frontiers(self) -> list[set[int]]:
        if not hasattr(self, "_fronts"):
            self._fronts: list[set[int]] = [set() for _ in self.order]
            for k, block in enumerate(self.order):
                before = {self._rank[p] for p in self.before[block]}
                if len(before) > 1:
                    for p in before:
                        while p != self._above[k]:
                            self._fronts[p].add(k)
                            p = self._above[p]
        return self._fronts
