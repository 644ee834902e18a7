"""Loops that the sweeps of a checkpointed loop have twice become a function, which is compiled once."""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from .code import Names
from .lines import Function, Lines
from .usage import assigned, leaves, read_first, stored

__all__ = ["share_loops"]

LEAST = 5  # lines: what is not longer compiles as soon as a call


@dataclass(frozen=True)
class _Place:
    """A loop, the names that are certainly bound before it, and those that are read behind it."""

    loop: ast.For
    bound: frozenset[str]
    live: frozenset[str]


def share_loops(lines: Lines, parameters: Iterable[str], names: Names) -> None:
    """Put loops that stand more than once in a program into functions.

    Parameters
    ----------
    lines : Lines
        All lines of the program.
    parameters : iterable of str
        Names that are bound before the first of them.
    names : Names
    """
    groups = _written_twice(lines.lines)
    if not groups:
        return
    places: dict[int, _Place] = {}
    tree = ast.parse("if True:\n" + lines.text())  # the lines are indented
    _find(tree.body, set(parameters), [], {begin for group in groups for begin, _ in group}, places)
    known = {*names.globals, *dir(builtins), *(function.name for function in lines.functions)}
    calls: list[tuple[int, int, str]] = []
    for group in groups:
        alike = [places[begin] for begin, _ in group]
        loop = alike[0].loop
        changed = sorted(name for name in stored([loop]) if any(name in place.live for place in alike))
        given = [name for name in read_first([loop], set()) if name not in known and name not in changed] + changed
        if any(isinstance(node, ast.Return) or _is_of_a_list(node) for node in ast.walk(loop)):
            continue
        if all(name in place.bound for place in alike for name in given):
            call = _function(*group[0], given, changed, lines, names)
            calls += ((begin, end, call) for begin, end in group)
    for begin, end, call in sorted(calls, reverse=True):
        indent = _indent(lines.lines[begin])
        lines.lines[begin:end], lines.origins[begin:end] = [" " * indent + call], [lines.origins[begin]]


def _written_twice(lines: list[str]) -> list[list[tuple[int, int]]]:
    """First line and end of loops that are alike, the outermost of them."""
    alike: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for begin, line in enumerate(lines):
        if not line.lstrip().startswith("for "):
            continue
        indent, end = _indent(line), begin + 1
        while end < len(lines) and _indent(lines[end]) > indent:
            end += 1
        text = [part[indent:] for part in lines[begin:end] if not part.lstrip().startswith("#")]
        if len(text) > LEAST:
            alike["\n".join(text)].append((begin, end))
    groups = [group for group in alike.values() if len(group) > 1]
    return [group for group in groups if not any(_inside(group, other) for other in groups)]


def _is_of_a_list(node: ast.AST) -> bool:
    """Whether it adds to a list, or takes from it: what the list holds is known where it is made only by that."""
    return isinstance(node, ast.Attribute) and node.attr in ("append", "pop")


def _inside(group: list[tuple[int, int]], other: list[tuple[int, int]]) -> bool:
    """Whether some loop of a group is a part of one of another."""
    return any(first < begin and end <= last for begin, end in group for first, last in other)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _find(
    body: list[ast.stmt], bound: set[str], after: list[list[ast.stmt]], wanted: set[int], places: dict[int, _Place]
) -> None:
    """Look for loops in a block.

    Parameters
    ----------
    body : list of statements
    bound : set of str
        Names that are certainly bound before it; what the block certainly binds is added.
    after : list of lists of statements
        What may run behind it, block by block from the inside.
    wanted : set of int
        First lines of the loops, counted from 0.
    places : dict of int to _Place
        Those found are added.
    """
    for position, statement in enumerate(body):
        rest = [body[position + 1 :], *after]
        if isinstance(statement, ast.For):
            if statement.lineno - 2 in wanted:  # of lines that begin with 1, and one before them
                places[statement.lineno - 2] = _Place(statement, frozenset(bound), frozenset(_live(rest)))
            else:
                _find(statement.body, bound | stored([statement.target]), [[statement], *rest], wanted, places)
        elif isinstance(statement, ast.While):
            _find(statement.body, set(bound), [[statement], *rest], wanted, places)
        elif isinstance(statement, ast.If):
            _find(statement.body, set(bound), rest, wanted, places)
            _find(statement.orelse, set(bound), rest, wanted, places)
        bound |= assigned(statement)


def _live(after: list[list[ast.stmt]]) -> set[str]:
    """Names whose values these blocks may read, which may each be left in its middle."""
    live: set[str] = set()
    set_again: set[str] = set()
    for block in after:
        inside = set(set_again)
        live.update(read_first(block, inside))
        if not leaves(block):
            set_again = inside
    return live


def _function(begin: int, end: int, given: list[str], changed: list[str], lines: Lines, names: Names) -> str:
    """Make a function of a loop; how it is called."""
    name, arguments, results = names.fresh("loop"), ", ".join(given), ", ".join(changed)
    indent = " " * _indent(lines.lines[begin])
    body = ["    " + line.removeprefix(indent) for line in lines.lines[begin:end]]
    origins = lines.origins[begin:end]
    source = [f"def {name}({arguments}):", *body]
    told = [origins[0], *origins]
    if changed:
        source.append(f"    return {results}")
        told.append(origins[-1])
    lines.functions.append(Function(name, source, told))
    return f"{results}{' = ' * bool(changed)}{name}({arguments})"
