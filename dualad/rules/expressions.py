"""Expressions of the rule table: written as Python text, kept as trees, read by calculus and by emitters.

>>> str_of(parse("0.5 / r"))
'0.5 / r'
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Mapping
from functools import cache

from ..errors import RuleError
from .nodes import Call, Compare, Const, Expr, Logic, Name, Select
from .simplify import ONE, call, compare, logic, select

__all__ = [
    "CONSTANTS",
    "Call",
    "Compare",
    "Const",
    "Expr",
    "Logic",
    "Name",
    "Select",
    "called",
    "children",
    "free_names",
    "parse",
    "rebuild",
    "str_of",
    "substitute",
]

#: Numbers that a line of the table may name.
CONSTANTS = {
    "PI": math.pi,
    "LN2": math.log(2.0),
    "LN10": math.log(10.0),
    "TWO_OVER_SQRT_PI": 2.0 / math.sqrt(math.pi),
    "INF": math.inf,
    "NAN": math.nan,
}

_BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}
_COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
# How tightly each kind of expression binds when written: a selection -1, logic 0, comparisons 1, sums 2,
# products 3.
_SYMBOLS = {"add": ("+", 2), "sub": ("-", 2), "mul": ("*", 3), "div": ("/", 3)}
_LARGEST_REPEATED = 4  # x**4 becomes x*x*x*x; beyond, a call of pow


@cache
def parse(text: str) -> Expr:
    """The tree of an expression in Python's syntax, simplified.

    Understood are numbers, names, `CONSTANTS`, `+ - * / **`, comparisons (chained ones too), `and`, `or`,
    `not`, `a if c else b`, and calls by the name of a rule. Anything else is a `RuleError`.
    """
    try:
        return _parse(ast.parse(text.strip(), mode="eval").body)
    except SyntaxError as error:
        raise RuleError(f"`{text}` is not a Python expression: {error.msg}") from None


def _parse(node: ast.expr) -> Expr:
    match node:
        case ast.Constant(value=float() | int() as number) if not isinstance(number, bool):
            return Const(number)
        case ast.Name(id=name):
            return Const(CONSTANTS[name]) if name in CONSTANTS else Name(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return call("neg", _parse(operand))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return logic("not", _parse(operand))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_parse(left), _parse(right))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return call(_BINARY[type(op)], _parse(left), _parse(right))
        case ast.Compare(left=left, ops=ops, comparators=rights) if all(type(op) in _COMPARE for op in ops):
            sides = [_parse(side) for side in (left, *rights)]
            pairs = zip(ops, sides[:-1], sides[1:], strict=True)
            return logic("and", *(compare(_COMPARE[type(op)], a, b) for op, a, b in pairs))
        case ast.BoolOp(op=op, values=values):
            return logic("and" if isinstance(op, ast.And) else "or", *map(_parse, values))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return select(_parse(test), _parse(body), _parse(orelse))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return call(name, *map(_parse, args))
    raise RuleError(f"`{ast.unparse(node)}` has no place in an expression of the rule table")


def _power(base: Expr, exponent: Expr) -> Expr:
    """`base ** exponent`: products for a small whole exponent, which are exact where a power is not."""
    if isinstance(exponent, Const) and exponent.value.is_integer() and abs(exponent.value) <= _LARGEST_REPEATED:
        product: Expr = ONE
        for _ in range(abs(int(exponent.value))):
            product = call("mul", product, base)
        return call("div", ONE, product) if exponent.value < 0 else product
    return call("pow", base, exponent)


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions that a node is made of."""
    match expr:
        case Call(_, args) | Logic(_, args):
            return args
        case Compare(_, left, right):
            return left, right
        case Select(cond, if_true, if_false):
            return cond, if_true, if_false
    return ()


def rebuild(expr: Expr, parts: Iterable[Expr]) -> Expr:
    """The same node over other parts, simplified again."""
    match expr:
        case Call(op, _):
            return call(op, *parts)
        case Logic(op, _):
            return logic(op, *parts)
        case Compare(op, _, _):
            return compare(op, *parts)
        case Select():
            return select(*parts)
    return expr


def substitute(expr: Expr, mapping: Mapping[str, Expr]) -> Expr:
    """`expr` with names replaced by expressions, all at once."""
    done: dict[Expr, Expr] = {}

    def walk(node: Expr) -> Expr:
        if node not in done:
            if isinstance(node, Name):
                done[node] = mapping.get(node.id, node)
            else:
                done[node] = rebuild(node, map(walk, children(node)))
        return done[node]

    return walk(expr)


def free_names(expr: Expr) -> frozenset[str]:
    """Every name that an expression reads."""
    return frozenset(node.id for node in _nodes(expr) if isinstance(node, Name))


def called(expr: Expr) -> frozenset[tuple[str, int]]:
    """Every primitive that an expression calls, with the number of arguments given."""
    return frozenset((node.op, len(node.args)) for node in _nodes(expr) if isinstance(node, Call))


def _nodes(expr: Expr) -> set[Expr]:
    seen: set[Expr] = set()
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting.extend(children(node))
    return seen


def str_of(expr: Expr) -> str:
    """An expression as Python text, which `parse` reads back to the same expression."""
    return _text(expr, -1)


def _number(value: float) -> str:
    if math.isfinite(value):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return "NAN" if math.isnan(value) else "INF" if value > 0 else "-INF"


def _text(expr: Expr, outer: int) -> str:
    match expr:
        case Const(value):
            text, inner = _number(value), 9
        case Name(name):
            text, inner = name, 9
        case Call(op, (left, right)) if op in _SYMBOLS:
            sign, inner = _SYMBOLS[op]
            text = f"{_text(left, inner)} {sign} {_text(right, inner + 1)}"
        case Call("neg", (operand,)):
            text, inner = f"-{_text(operand, 4)}", 2
        case Call(op, args):
            text, inner = f"{op}({', '.join(_text(arg, -1) for arg in args)})", 9
        case Compare(op, left, right):
            text, inner = f"{_text(left, 2)} {op} {_text(right, 2)}", 1
        case Logic("not", (operand,)):
            text, inner = f"not {_text(operand, 1)}", 0
        case Logic(op, args):
            text, inner = f" {op} ".join(_text(arg, 1) for arg in args), 0
        case Select(cond, if_true, if_false):
            text, inner = f"{_text(if_true, 0)} if {_text(cond, 0)} else {_text(if_false, 0)}", -1
        case _:
            raise RuleError(f"{expr!r} is no expression")
    return f"({text})" if inner < outer else text
