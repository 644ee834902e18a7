"""Differentiation of the table's expressions by the table itself.

Arithmetic is in the table like everything else, so the chain rule below is the only rule of calculus written
here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import RuleError
from .expressions import Call, Const, Expr, Name, Select, free_names, str_of, substitute
from .simplify import call, select

if TYPE_CHECKING:
    from .table import Rule

__all__ = ["RULES", "differentiate", "inlined", "needs", "partial_of"]

#: Every rule by its name: what the chain rule knows of the functions named in expressions. Filled by
#: `table.rule`.
RULES: dict[str, Rule] = {}


def differentiate(expr: Expr, rule: Rule, index: int) -> Expr:
    """Total derivative of an expression of `rule` by its argument `index`.

    The result `r` depends on the arguments by the rule's own partials, a setup name by its definition. Where
    `expr` is a first partial whose derivative the rule states in `second`, the statement is taken: so a rule
    that closes on itself (`p` is the slope of tanh, and the slope of `p` is `-2 * r * p`) stays accurate to
    every order.
    """
    stated = {
        partial: rule.second[pair]
        for k, partial in enumerate(rule.partials)
        if not isinstance(partial, Const) and (pair := (min(k, index), max(k, index))) in rule.second
    }
    setup = dict(rule.setup)
    done: dict[Expr, Expr] = {}

    def slope(node: Expr) -> Expr:
        if node not in done:
            done[node] = stated[node] if node in stated else derive(node)
        return done[node]

    def derive(node: Expr) -> Expr:
        match node:
            case Const():
                return Const(0.0)
            case Name("r"):
                return rule.partials[index]
            case Name(name) if name in setup:
                return slope(setup[name])
            case Name(name):
                return Const(float(name == rule.arguments[index]))
            case Select(cond, if_true, if_false):
                return select(cond, slope(if_true), slope(if_false))
            case Call(_, args):
                total: Expr = Const(0.0)
                for k, arg in enumerate(args):
                    if (inner := slope(arg)) is not Const(0.0):
                        total = call("add", total, call("mul", partial_of(node, k, rule), inner))
                return total
        raise RuleError(f"{rule.name}: the condition `{str_of(node)}` has no derivative")

    return slope(expr)


def partial_of(node: Call, index: int, rule: Rule) -> Expr:
    """Partial of a call inside an expression of `rule`: the partial of the call's own rule, at its arguments."""
    inner = RULES.get(node.op)
    if inner is not None and rule.is_complex:
        inner = inner.complex_form
    if inner is None:
        kind = "complex rule" if rule.is_complex else "rule"
        raise RuleError(f"{rule.name}: an expression calls `{node.op}`, which has no {kind}")
    at = {"r": node, **dict(zip(inner.arguments, node.args, strict=True))}
    return substitute(inlined(inner.partials[index], inner), at)


def inlined(expr: Expr, rule: Rule) -> Expr:
    """`expr` with the setup names of its rule replaced by their definitions."""
    for name, definition in reversed(rule.setup):
        expr = substitute(expr, {name: definition})
    return expr


def needs(expr: Expr, rule: Rule | None = None) -> frozenset[str]:
    """What an expression reads of arguments, result `r` and setup names: what reverse mode must have at hand.

    With `rule` given, setup names count as what their definitions read.
    """
    return free_names(expr if rule is None else inlined(expr, rule))
