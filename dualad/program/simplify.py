"""Removes what says nothing: joins of one value, empty blocks, results that nobody reads."""

from __future__ import annotations

import operator
from typing import Any

from .graph import UNDEFINED, Block, Branch, Edge, Fail, For, Graph, Jump, predecessors, replace, reverse_postorder
from .tree import Const, Op, Operand, Var, operands

__all__ = ["simplify"]

#: Operations that do nothing but give their result, and that the front end adds or leaves behind in numbers.
_PURE = {
    *(getattr(operator, name) for name in ("add", "sub", "mul", "neg", "lt", "le", "gt", "ge", "eq", "ne", "not_")),
    *(getattr, max, min, len, bool, float, complex),
}


def simplify(graph: Graph) -> Graph:
    """Bring a graph to its smallest form; it computes the same."""
    while _join_same(graph) | _thread(graph) | _merge(graph):
        pass
    _drop_unread(graph)
    return graph


def _join_same(graph: Graph) -> bool:
    """Replace parameters that every way gives the same operand."""
    changed = False
    again = True
    while again:
        again = False
        blocks = reverse_postorder(graph.entry)
        ways: dict[Block, list[Edge]] = {block: [] for block in blocks}
        for block in blocks:
            for edge in block.edges():
                ways[edge.target].append(edge)
        for block in blocks:
            changes: dict[Any, Operand] = {}
            for k, param in enumerate(block.params):
                given = [edge.args[k] for edge in ways[block] if edge.args[k] is not param]
                if given and all(_same(operand, given[0]) for operand in given):
                    changes[param] = given[0]
            if changes:
                kept = [k for k, param in enumerate(block.params) if param not in changes]
                block.params = [block.params[k] for k in kept]
                for edge in ways[block]:
                    edge.args = [edge.args[k] for k in kept]
                _name_after(changes)
                replace(graph, changes)
                changed = again = True
    return changed


def _name_after(changes: dict[Any, Operand]) -> None:
    """A temporary that a named variable stood for takes over the name."""
    for param, operand in changes.items():
        if isinstance(operand, Var) and operand.temporary and not param.temporary:
            operand.name, operand.temporary = param.name, False


def _same(one: Operand, other: Operand) -> bool:
    if one is other:
        return True
    if not (isinstance(one, Const) and isinstance(other, Const)) or UNDEFINED in (one, other):
        return False
    if one.type != other.type or type(one.value) is not type(other.value):
        return False
    if isinstance(one.value, (int, bool, str, float, type(None))):
        return repr(one.value) == repr(other.value)  # 0.0 is not -0.0, and nan is nan
    return one.value is other.value


def _thread(graph: Graph) -> bool:
    """Lead the ways to an empty block on to where it goes."""
    changed = False
    for block in reverse_postorder(graph.entry):
        for edge in block.edges():
            passed = set()
            while edge.target not in passed and not _is_head(block, edge):
                end = edge.target.end
                if edge.target.ops or not isinstance(end, Jump) or _reads_elsewhere(graph, edge.target):
                    break
                passed.add(edge.target)
                given: dict[Operand, Operand] = dict(zip(edge.target.params, edge.args, strict=True))
                onward = end.edge
                edge.args = [given.get(operand, operand) for operand in onward.args]
                edge.target = onward.target
                changed = True
        last = block.end
        if isinstance(last, Branch) and last.then.target is last.orelse.target:
            if all(map(_same, last.then.args, last.orelse.args)):
                block.end = Jump(last.then, last.where)
                changed = True
    return changed


def _is_head(block: Block, edge: Edge) -> bool:
    """Whether it is the way into the body of a loop, which has a block of its own."""
    return isinstance(block.end, For) and edge is block.end.body


def _reads_elsewhere(graph: Graph, block: Block) -> bool:
    """Whether other blocks read the parameters of one."""
    if not block.params:
        return False
    params = set(block.params)
    if params & set(operands(graph.result) if graph.result is not None else ()):
        return True
    return any(params & set(reads(other)) for other in reverse_postorder(graph.entry) if other is not block)


def reads(block: Block) -> list[Operand]:
    """Every operand that a block reads."""
    found = [operand for op in block.ops for operand in op_reads(op)]
    match block.end:
        case Branch(cond=cond):
            found.append(cond)
        case For(bounds=bounds, mark=mark):
            found += (*bounds, *mark)
        case Fail(args=args):
            found += operands(args)
    for edge in block.edges():
        found += edge.args
    return found


def op_reads(op: Op) -> list[Operand]:
    """Every operand that an operation reads."""
    return [*operands(op.args), *(operand for _, argument in op.kwargs for operand in operands(argument))]


def _merge(graph: Graph) -> bool:
    """Put a block behind the only one that leads to it."""
    changed = False
    blocks = reverse_postorder(graph.entry)
    before = predecessors(blocks)
    gone: set[Block] = set()
    for block in blocks:
        while block not in gone and isinstance(block.end, Jump):
            edge = block.end.edge
            after = edge.target
            if len(before[after]) != 1 or after is block or (isinstance(after.end, For) and block.ops):
                break
            replace(graph, dict(zip(after.params, edge.args, strict=True)))
            block.ops += after.ops
            block.end = after.end
            gone.add(after)
            if graph.exit is after:
                graph.exit = block
            changed = True
    return changed


def _drop_unread(graph: Graph) -> None:
    """Remove parameters and pure operations whose result is not read, from the back."""
    while True:
        blocks = reverse_postorder(graph.entry)
        read = set(operands(graph.result)) if graph.result is not None else set()
        for block in blocks:
            for op in block.ops:
                if op.result is None or not _is_pure(op):
                    read.update(op_reads(op))
            if isinstance(block.end, Branch):
                read.add(block.end.cond)
            elif isinstance(block.end, For):
                read.update(block.end.bounds, block.end.mark)
            elif isinstance(block.end, Fail):
                read.update(operands(block.end.args))
        _spread(blocks, read)
        if not _remove(graph, blocks, read):
            return


def _spread(blocks: list[Block], read: set[Operand]) -> None:
    """What a value that is read was made of is read too."""
    size = -1
    while size != len(read):
        size = len(read)
        for block in reversed(blocks):
            for edge in block.edges():
                read.update(o for p, o in zip(edge.target.params, edge.args, strict=True) if p in read)
            for op in reversed(block.ops):
                if op.result in read:
                    read.update(op_reads(op))


def _remove(graph: Graph, blocks: list[Block], read: set[Operand]) -> bool:
    changed = False
    for block in blocks:
        kept = [op for op in block.ops if op.result is None or op.result in read or not _is_pure(op)]
        changed |= len(kept) != len(block.ops)
        block.ops = kept
        for edge in block.edges():
            edge.args = [o for p, o in zip(edge.target.params, edge.args, strict=True) if p in read]
    for block in [*blocks, graph.exit]:
        params = [p for p in block.params if p in read]
        changed |= len(params) != len(block.params)
        block.params = params
    return changed


def _is_pure(op: Op) -> bool:
    if op.function is operator.getitem:
        return all(not isinstance(a, tuple) for a in op.args) and hasattr(getattr(op.args[0], "type", None), "count")
    try:
        return op.function in _PURE
    except TypeError:
        return False
