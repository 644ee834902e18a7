"""Make a program that shows a fault small: try to remove and simplify parts of its syntax tree, keep what still shows it."""

import ast
import copy
import time
from dataclasses import replace


def minimise(case, group, verdict, seconds=60.0):
    """The smallest case found whose verdict has the group of the given one.

    Parameters
    ----------
    case : Case
    group : tuple
        `Verdict.group` that has to stay.
    verdict : callable
        From a case to its `Verdict`.
    seconds : float
        When to stop trying.
    """
    end = time.monotonic() + seconds

    def shows_it(source):
        try:
            return verdict(replace(case, source=source)).group == group
        except Exception:  # a program that the judge cannot even load
            return False

    smaller = True
    while smaller and time.monotonic() < end:
        smaller = False
        count = len(list(_edits(ast.parse(case.source))))
        k = 0
        while k < count and time.monotonic() < end:
            tree = ast.parse(case.source)
            edits = list(_edits(tree))
            if k >= len(edits):
                break
            edits[k]()
            source = _written(tree)
            if source is not None and len(source) < len(case.source) and shows_it(source):
                case, smaller = replace(case, source=source), True
            else:
                k += 1
    return case


def _written(tree):
    try:
        source = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
        compile(source, "<candidate>", "exec")
    except (SyntaxError, ValueError, AttributeError):
        return None
    return source


def _edits(tree):
    """Functions that each make one change to the tree: large removals first."""
    for node in ast.walk(tree):
        for name in ("body", "orelse"):
            block = getattr(node, name, None)
            if not isinstance(block, list):
                continue
            for size in (4, 2, 1):
                for start in range(0, len(block), size):
                    yield lambda b=block, s=start, n=size: _remove(b, s, n)
            for position, statement in enumerate(block):
                for inner in ("body", "orelse"):
                    if isinstance(statement, ast.If | ast.For | ast.While) and getattr(statement, inner):
                        yield lambda b=block, p=position, i=inner: b.__setitem__(slice(p, p + 1), getattr(b[p], i))
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr) and not (isinstance(node, ast.Call) and name == "func"):
                for simpler in _simpler(value):
                    yield lambda n=node, f=name, s=simpler: setattr(n, f, s)
            elif isinstance(value, list):
                for position, part in enumerate(value):
                    if isinstance(part, ast.expr):
                        for simpler in _simpler(part):
                            yield lambda v=value, p=position, s=simpler: v.__setitem__(p, s)


def _remove(block, start, count):
    del block[start : start + count]
    if not block:
        block.append(ast.Pass())


def _simpler(expression):
    """Parts of an expression that might stand for it, and short constants."""
    if isinstance(expression, ast.Constant | ast.Slice):
        return
    if isinstance(expression, ast.Name):
        if isinstance(expression.ctx, ast.Load):
            yield ast.Constant(1.5)
        return
    yield ast.Constant(1.5)
    yield ast.Constant(1)
    for child in ast.iter_child_nodes(expression):
        if isinstance(child, ast.expr) and not isinstance(child, ast.Slice):
            yield copy.deepcopy(child)
