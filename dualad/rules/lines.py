"""Reading a line of the rule table: texts become expressions, what is malformed is refused with a reason."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import RuleError
from .expressions import CONSTANTS, Expr, free_names, parse

__all__ = ["Line", "Second", "Setup", "plural", "read_edges", "read_line", "read_samples"]

Setup = Mapping[str, str] | Iterable[tuple[str, str]]
#: For one argument the text alone will do.
Second = str | Mapping[tuple[int, int], str] | Iterable[tuple[tuple[int, int], str]]


class Line(NamedTuple):
    """The expressions of a line."""

    arguments: tuple[str, ...]
    partials: tuple[Expr, ...]
    setup: tuple[tuple[str, Expr], ...]
    second: dict[tuple[int, int], Expr]


def read_line(name: str, arguments: str, partials: Sequence[str], setup: Setup, second: Second) -> Line:
    """The expressions of the line `name`; each may read the arguments, `r` and earlier setup names."""
    names = tuple(arguments.split())
    if not names:
        raise RuleError(f"{name}: a rule needs at least one argument")
    if len(partials) != len(names):
        raise RuleError(
            f"{name}: {plural(len(partials), 'partial')} for the arguments `{arguments}`; give one for each"
        )
    known = ["r"]
    for new in names:
        _declare(name, known, new)

    def read(what: str, text: str) -> Expr:
        try:
            expr = parse(text)
        except RuleError as error:
            raise RuleError(f"{name}: {what}: {error}") from None
        if unknown := sorted(free_names(expr) - set(known)):
            raise RuleError(f"{name}: {what}, `{text}`, reads `{unknown[0]}`; known are {', '.join(sorted(known))}")
        return expr

    definitions = []
    for new, text in dict(setup).items():
        definitions.append((new, read(f"setup `{new}`", text)))
        _declare(name, known, new)
    firsts = tuple(read(f"partial by `{arg}`", text) for arg, text in zip(names, partials, strict=True))
    seconds = {}
    stated: dict[tuple[int, int], str] = {(0, 0): second} if isinstance(second, str) else dict(second)
    for pair, text in stated.items():
        if not (isinstance(pair, tuple) and len(pair) == 2 and 0 <= pair[0] <= pair[1] < len(names)):
            raise RuleError(f"{name}: {pair!r} in `second` should be two ascending indices below {len(names)}")
        seconds[pair] = read(f"second partial {pair}", text)
    return Line(names, firsts, tuple(definitions), seconds)


def _declare(line: str, known: list[str], new: str) -> None:
    if not new.isidentifier() or new in CONSTANTS:
        raise RuleError(f"{line}: `{new}` cannot be a name in expressions")
    if new in known:
        raise RuleError(f"{line}: the name `{new}` is given twice")
    known.append(new)


def read_samples(
    name: str, samples: tuple[float, float] | Sequence[tuple[float, float]], count: int
) -> tuple[tuple[float, float], ...]:
    """One range of floats per argument; for one argument the range itself will do."""
    alone = len(samples) == 2 and isinstance(samples[0], (int, float))
    ranges: tuple[Any, ...] = (samples,) if alone else tuple(samples)
    if len(ranges) != count:
        raise RuleError(f"{name}: {plural(len(ranges), 'range')} in `samples` for {plural(count, 'argument')}")
    checked = []
    for given in ranges:
        try:
            low, high = (float(bound) for bound in given)
        except (TypeError, ValueError):
            low = high = math.nan
        if not (-math.inf < low < high < math.inf):
            raise RuleError(f"{name}: {given!r} in `samples` is not a range (low, high) of floats")
        checked.append((low, high))
    return tuple(checked)


def read_edges(name: str, edges: Iterable[float | tuple[float, ...]], count: int) -> tuple[tuple[float, ...], ...]:
    """Points with one float per argument; for one argument the float itself will do."""
    points = []
    for given in edges:
        point = given if isinstance(given, tuple) else (given,)
        if len(point) != count:
            raise RuleError(f"{name}: the edge point {given!r} has {plural(len(point), 'float')}, not {count}")
        points.append(tuple(float(x) for x in point))
    return tuple(points)


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
