"""Truncated power series: numbers that know their Taylor coefficients along one variable `t`.

A level with the tag `SERIES` and the width K adjoins one `t` with `t**(K + 1) = 0`; its block holds the coefficients of
`t ... t**K`, the primal is that of 1. It is the lowest level, so that all others are numbers over series.

The result of a rule, `r = f(x_1 ... x_m)` with partials `p_i`, satisfies `r' = sum_i p_i x_i'`, hence

    r[k] = 1/k  sum_i  sum_{j = 1 ... k}  j x_i[j] p_i[k - j].

The partials are series themselves. The rule table gives them as expressions; what an expression calls has a rule of its own,
so that the same recurrence serves it, with coefficients up to one order less. Products and quotients are convolved. Every
expression is expanded once: sin needs cos, and cos needs that same sin; gamma needs digamma, and digamma a polygamma function
more for each order.
Reference: Griewank and Walther, Evaluating Derivatives (2008), section 13.2, propositions 13.1 and 13.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..rules.calculus import partial_of
from ..rules.expressions import Call, Const, Expr, Name, Select
from ..rules.simplify import ONE, ZERO, call
from .orders import expand

#: Operations of the ring of series: computed by themselves, not by their partials.
_RING = ("mul", "div")


@dataclass
class Recurrence:
    """How the coefficients of one expression follow from those of others.

    Parameters
    ----------
    op : {"mul", "div", "select", "rule"}
    operands : tuple of Expr
        Of a product, a quotient, or the two branches of a selection.
    by : Expr, optional
        What a coefficient is multiplied with or selected by, at the primals: the reciprocal of a divisor; a condition.
    linear : list of (Expr, Expr)
        Arguments of a rule with partials that are constant along `t`.
    curved : list of (Expr, Expr)
        Arguments of a rule with partials that are not.
    order : int
        Up to which order coefficients are needed.
    """

    op: str
    operands: tuple[Expr, ...] = ()
    by: Expr | None = None
    linear: list[tuple[Expr, Expr]] = field(default_factory=list)
    curved: list[tuple[Expr, Expr]] = field(default_factory=list)
    order: int = -1


class Series:
    """Expands the result and the partials of one call.

    Parameters
    ----------
    partials : Partials
        Of the call; gives the value of every expression at the primals.
    names : tuple of str
        The arguments in the expressions of the rule.
    arguments : sequence of list or None
        For each argument its coefficients of order 1 ... order; None for one that is constant along `t`.
    order : int
    """

    def __init__(self, partials, names, arguments, order: int) -> None:
        self.partials, self.rule, self.order = partials, partials.rule, order
        self.given = {Name(name): blocks for name, blocks in zip(names, arguments, strict=True) if blocks is not None}
        self.active = [i for i, blocks in enumerate(arguments) if blocks is not None]
        self._setup = {Name(name): definition for name, definition in self.rule.setup}
        self._names: tuple[Expr, ...] = tuple(map(Name, names))
        self._itself = Call(self.rule.name, self._names)
        self._varies: dict[Expr, bool] = {}
        self._stated = self._slopes_of_partials()

    def __call__(self, indices: tuple[int, ...]) -> list | None:
        """Coefficients of order 1 ... `order` of the partial by the arguments `indices`; None where all of them vanish."""
        wanted = self._resolved(self.rule.derivative(indices))
        if not self.varies(wanted):
            return None
        if wanted in self.given:
            return self.given[wanted]
        steps: dict[Expr, Recurrence] = {}
        self._require(wanted, self.order, steps)
        return expand(self.partials, self.given, _sorted(steps), wanted, self.order, self.rule.strong_zero)

    def _resolved(self, expression: Expr) -> Expr:
        """The expression that setup names stand for, and `r` for the call itself."""
        while expression in self._setup and expression not in self._stated:
            expression = self._setup[expression]
        return Name("r") if expression is self._itself else expression

    def _slopes_of_partials(self) -> dict[Expr, list[tuple[int, Expr]]]:
        """First partials that the rule gives the slopes of, by all arguments that vary: they are accurate to every order."""
        found = {}
        for k in self.active:
            partial = self.rule.derivative((k,))
            pairs = [(min(k, i), max(k, i)) for i in self.active]
            if not isinstance(partial, Const) and all(pair in self.rule.second for pair in pairs):
                found[partial] = [(i, self.rule.second[pair]) for i, pair in zip(self.active, pairs, strict=True)]
        return found

    def varies(self, expression: Expr) -> bool:
        """Whether an expression depends on `t` at all."""
        expression = self._resolved(expression)
        if expression not in self._varies:
            self._varies[expression] = self._depends(expression)
        return self._varies[expression]

    def _depends(self, expression: Expr) -> bool:
        if expression in self._stated:
            return any(slope is not ZERO for _, slope in self._stated[expression])
        match expression:
            case Name("r"):
                return any(self.rule.derivative((i,)) is not ZERO for i in self.active)
            case Name():
                return expression in self.given
            case Select(_, if_true, if_false):
                return self.varies(if_true) or self.varies(if_false)
            case Call("add" | "sub" | "mul" | "div", operands):
                return any(map(self.varies, operands))
            case Call(_, operands):
                return any(
                    self.varies(operand) and partial_of(expression, k, self.rule) is not ZERO
                    for k, operand in enumerate(operands)
                )
        return False

    def _require(self, expression: Expr, order: int, steps: dict[Expr, Recurrence]) -> None:
        """Note that an expression is needed up to an order, and all that this takes."""
        self.partials.emit(expression)  # here, so that the value is there wherever it is used later
        if not self.varies(expression) or expression in self.given:
            return
        if expression in steps and order <= steps[expression].order:
            return
        known = expression in steps and steps[expression].order > 0
        step = steps[expression] if known else self._recurrence(expression) if order else Recurrence("rule")
        steps[expression], step.order = step, order
        if step.by is not None:
            self.partials.emit(step.by)
        for operand in step.operands:
            self._require(operand, order, steps)
        for argument, partial in step.linear:
            self._require(argument, order, steps)
            self.partials.emit(partial)
        for argument, partial in step.curved:
            self._require(argument, order, steps)
            self._require(partial, order - 1, steps)

    def _recurrence(self, expression: Expr) -> Recurrence:
        if expression is Name("r") and self.rule.name in _RING:
            expression = self._itself
        if expression in self._stated:
            slopes = [(self._names[i], slope) for i, slope in self._stated[expression]]
            return self._by_rule(slopes)
        match expression:
            case Name("r"):
                return self._by_rule([(self._names[i], self.rule.derivative((i,))) for i in self.active])
            case Select(condition, if_true, if_false):
                return Recurrence("select", tuple(map(self._resolved, (if_true, if_false))), condition)
            case Call("mul", (left, right)):
                return self._product(self._resolved(left), self._resolved(right))
            case Call("div", (left, right)):
                operands = self._resolved(left), self._resolved(right)
                return Recurrence("div", operands, call("div", ONE, right))
            case Call(_, operands):
                slopes = [(operand, partial_of(expression, k, self.rule)) for k, operand in enumerate(operands)]
                return self._by_rule(slopes)
        raise AssertionError(f"{expression!r} has no coefficients")

    def _product(self, left: Expr, right: Expr) -> Recurrence:
        if self.varies(left) and self.varies(right):
            return Recurrence("mul", (left, right))
        varying, constant = (left, right) if self.varies(left) else (right, left)
        return self._by_rule([(varying, constant)])

    def _by_rule(self, slopes) -> Recurrence:
        """The recurrence by arguments and partials."""
        step = Recurrence("rule")
        for argument, partial in slopes:
            argument, partial = self._resolved(argument), self._resolved(partial)
            if self.varies(argument) and partial is not ZERO:
                (step.curved if self.varies(partial) else step.linear).append((argument, partial))
        return step


def _sorted(steps: dict[Expr, Recurrence]) -> list[tuple[Expr, Recurrence]]:
    """The recurrences, each behind those that it needs at the same order."""
    done: dict[Expr, Recurrence] = {}

    def visit(expression: Expr) -> None:
        if expression in done or expression not in steps:
            return
        step = steps[expression]
        for before in (*step.operands, *(argument for argument, _ in (*step.linear, *step.curved))):
            visit(before)
        done[expression] = step

    for expression in steps:
        visit(expression)
    return list(done.items())
