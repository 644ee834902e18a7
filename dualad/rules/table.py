"""The rule table: one line per scalar primitive, the same for dual numbers, second order and reverse mode.

A line states the name, the callables that mean it, the arguments, one partial per argument as an expression,
and where to test it:

    rule("sin", (math.sin, np.sin), "x", "cos(x)", second="-r", samples=(-4, 4), edges=[0])

In the expressions, the arguments go by their names, the result of the primal call is `r`, setup names stand
for what the setup says, and functions are called by the names of their rules. The primal itself is never
computed by an expression.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import RuleError
from .calculus import RULES, differentiate
from .expressions import Expr, Name, called
from .lines import Second, Setup, plural, read_edges, read_line, read_samples

__all__ = ["RULES", "RULE_OF", "Rule", "check_calls", "complex_rule", "rule"]

#: Every rule by the callables that mean it.
RULE_OF: dict[Callable[..., Any], Rule] = {}
#: The complex forms by name, those of `complex_rule` and those made on demand.
_COMPLEX: dict[str, Rule] = {}


@dataclass(frozen=True, eq=False)
class Rule:
    """Derivatives of one scalar primitive.

    Attributes
    ----------
    name : str
        Name in the table; expressions call the primitive by it.
    calls : tuple of callables
        Every callable with this meaning that Numba supports. The first one computes the primitive inside
        expressions. In-place operators are not listed: on numbers they are their plain operators.
    arguments : tuple of str
        Names of the arguments in the expressions.
    partials : tuple of Expr
        First partials, one per argument.
    setup : tuple of (str, Expr)
        Shared sub-expressions, each in terms of arguments, `r` and earlier setup names.
    second : mapping of (int, int) to Expr
        Second partials that are stated, where derived ones would cancel or cost more; the indices ascend.
    samples : tuple of (float, float)
        The range of each argument to test in.
    edges : tuple of tuples of float
        Points to test besides: kinks, ends of the domain, places where formulas tend to lose digits.
    strong_zero : bool
        Whether seed times partial is 0 as soon as one of them is exactly 0: for partials that can be
        infinite.
    complex_call : callable or None
        Computes the primitive for complex arguments, if it is holomorphic and Numba has it.
    is_complex : bool
        Whether the expressions are meant for complex arguments.
    """

    name: str
    calls: tuple[Callable[..., Any], ...]
    arguments: tuple[str, ...]
    partials: tuple[Expr, ...]
    setup: tuple[tuple[str, Expr], ...] = ()
    second: Mapping[tuple[int, int], Expr] = field(default_factory=dict)
    samples: tuple[tuple[float, float], ...] = ()
    edges: tuple[tuple[float, ...], ...] = ()
    strong_zero: bool = False
    complex_call: Callable[..., Any] | None = None
    is_complex: bool = False
    _derivatives: dict[tuple[int, ...], Expr] = field(default_factory=dict, repr=False)

    def derivative(self, indices: tuple[int, ...]) -> Expr:
        """The partial by the arguments `indices`, in any order; `()` gives the result itself."""
        indices = tuple(sorted(indices))
        if indices not in self._derivatives:
            self._derivatives[indices] = self._derivative(indices)
        return self._derivatives[indices]

    def _derivative(self, indices: tuple[int, ...]) -> Expr:
        match indices:
            case ():
                return Name("r")
            case (index,):
                return self.partials[index]
            case (first, second) if (first, second) in self.second:
                return self.second[first, second]
        return differentiate(self.derivative(indices[:-1]), self, indices[-1])

    @property
    def holomorphic(self) -> bool:
        """Whether the primitive takes complex arguments; its derivatives are then those of `complex_form`."""
        return self.complex_call is not None

    @property
    def complex_form(self) -> Rule | None:
        """The rule for complex arguments: these expressions, unless `complex_rule` states others."""
        if self.complex_call is None:
            return None
        if self.name not in _COMPLEX:
            same = dataclasses.replace(self, calls=(self.complex_call,), is_complex=True, _derivatives={})
            _COMPLEX.setdefault(self.name, same)
        return _COMPLEX[self.name]

    @property
    def complex_partials(self) -> tuple[Expr, ...] | None:
        """First partials for complex arguments where `complex_rule` states them, else None."""
        form = self.complex_form
        return None if form is None or form.partials is self.partials else form.partials


def rule(
    name: str,
    calls: Iterable[Callable[..., Any]],
    arguments: str,
    *partials: str,
    setup: Setup = (),
    second: Second = (),
    samples: tuple[float, float] | Sequence[tuple[float, float]],
    edges: Iterable[float | tuple[float, ...]] = (),
    strong_zero: bool = False,
    complex_call: Callable[..., Any] | None = None,
) -> Rule:
    """Add a line to the table; see `Rule` for the parameters.

    `arguments` is a text such as `"x"` or `"x y"`, expressions are texts too, `setup` and `second` dicts of
    texts. For one argument, `second` may be the text itself, `samples` one range, and edge points plain
    floats.

    Raises
    ------
    RuleError
        If the line is malformed, or if its name or one of its callables has a rule already.
    """
    line = read_line(name, arguments, partials, setup, second)
    count = len(line.arguments)
    made = Rule(
        name,
        tuple(calls),
        *line,
        read_samples(name, samples, count),
        read_edges(name, edges, count),
        strong_zero,
        complex_call,
    )
    if name in RULES:
        raise RuleError(f"{name}: the table has a rule of this name already")
    for position, function in enumerate(made.calls):
        if not callable(function):
            raise RuleError(f"{name}: {function!r} in `calls` cannot be called")
        if function in RULE_OF or function in made.calls[:position]:
            owner = RULE_OF.get(function, made).name
            raise RuleError(f"{name}: {function!r} stands in the line of `{owner}` already")
    RULES[name] = made
    RULE_OF.update((function, made) for function in made.calls)
    return made


def complex_rule(name: str, *partials: str, setup: Setup = (), second: Second = ()) -> Rule:
    """State the partials for complex arguments of a primitive whose real expressions do not hold there.

    Raises
    ------
    RuleError
        If the primitive has no rule with a `complex_call`, has a complex rule already, or the line is
        malformed.
    """
    real = RULES.get(name)
    if real is None or real.complex_call is None:
        raise RuleError(f"{name}: a complex rule needs a rule of this name with a `complex_call`")
    if name in _COMPLEX:
        raise RuleError(f"{name}: the table has a complex rule of this name already")
    line = read_line(name, " ".join(real.arguments), partials, setup, second)
    _COMPLEX[name] = Rule(
        name,
        (real.complex_call,),
        *line,
        real.samples,
        real.edges,
        real.strong_zero,
        real.complex_call,
        is_complex=True,
    )
    return _COMPLEX[name]


def check_calls(line: Rule) -> None:
    """Raise `RuleError` if a rule calls what has no rule, or with a wrong number of arguments.

    Lines may call later ones, so this can be asked only when all of them are read.
    """
    expressions = [*line.partials, *(definition for _, definition in line.setup), *line.second.values()]
    for op, count in sorted(set().union(*map(called, expressions))):
        target = RULES.get(op)
        if target is None or (line.is_complex and not target.holomorphic):
            kind = "complex rule" if line.is_complex and target is not None else "rule"
            raise RuleError(f"{line.name}: an expression calls `{op}`, which has no {kind}")
        if count != len(target.arguments):
            raise RuleError(f"{line.name}: `{op}` takes {plural(len(target.arguments), 'argument')}, {count} given")
