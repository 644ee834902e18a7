"""Which names statements of generated source read and assign."""

from __future__ import annotations

import ast
from collections.abc import Iterable

__all__ = ["assigned", "leaves", "read_first", "stored"]


def assigned(statement: ast.stmt) -> set[str]:
    """Names that a statement assigns in any case."""
    if isinstance(statement, ast.If):
        ways = (set().union(*map(assigned, way)) for way in (statement.body, statement.orelse))
        return set.intersection(*ways)
    return set() if hasattr(statement, "body") else stored([statement])


def leaves(statements: Iterable[ast.AST]) -> bool:
    """Whether there is a way out of the middle of them."""
    nodes = (node for statement in statements for node in ast.walk(statement))
    return any(isinstance(node, (ast.Break, ast.Continue, ast.Return)) for node in nodes)


def stored(statements: Iterable[ast.AST]) -> set[str]:
    """Names that statements assign."""
    nodes = (node for statement in statements for node in ast.walk(statement))
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def read_first(statements: Iterable[ast.stmt], known: set[str]) -> list[str]:
    """Names whose values from before statements need, in order; what they assign in any case is put into `known`."""
    found: dict[str, None] = {}

    def loads(node: ast.AST) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and part.id not in known:
                found[part.id] = None

    for statement in statements:
        if isinstance(statement, ast.For):
            loads(statement.iter)
            found.update(dict.fromkeys(read_first(statement.body, known | stored([statement.target]))))
            found.update(dict.fromkeys(read_first(statement.orelse, set(known))))
        elif isinstance(statement, ast.If):
            loads(statement.test)
            ways = set(known), set(known)
            for way, inside in zip(ways, (statement.body, statement.orelse), strict=True):
                found.update(dict.fromkeys(read_first(inside, way)))
            known |= ways[0] & ways[1]
        elif hasattr(statement, "body"):  # a loop with a condition: it may not run
            loads(statement)
        else:
            loads(statement)
            if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
                if statement.target.id not in known:
                    found[statement.target.id] = None
            known |= stored([statement])
    return list(found)
