"""Lines of the table that are malformed, and the reading of expressions."""

import math

import pytest

from dualad.errors import DualadError, RuleError
from dualad.rules import RULE_OF, RULES, Rule, check_calls, complex_rule, rule
from dualad.rules.expressions import Call, Const, Name, parse


def unused(x):
    return x


GOOD = dict(samples=(-1, 1))

MALFORMED = {
    "two partials for one argument": (
        ("f", (unused,), "x", "1", "2"),
        GOOD,
        "f: 2 partials for the arguments `x`",
    ),
    "no partial": (("f", (unused,), "x"), GOOD, "f: 0 partials for the arguments `x`"),
    "no argument": (("f", (unused,), ""), GOOD, "at least one argument"),
    "unknown name": (
        ("f", (unused,), "x", "2 * z"),
        GOOD,
        "partial by `x`, `2 * z`, reads `z`; known are r, x",
    ),
    "later setup": (
        ("f", (unused,), "x", "a"),
        {**GOOD, "setup": {"a": "b", "b": "x"}},
        "setup `a`, `b`, reads `b`",
    ),
    "setup is an argument": (("f", (unused,), "x", "x"), {**GOOD, "setup": {"x": "1"}}, "`x` is given twice"),
    "setup is r": (("f", (unused,), "x", "r"), {**GOOD, "setup": {"r": "1"}}, "`r` is given twice"),
    "argument twice": (("f", (unused,), "x x", "1", "1"), GOOD, "`x` is given twice"),
    "a constant as argument": (("f", (unused,), "PI", "1"), GOOD, "`PI` cannot be a name"),
    "no identifier": (("f", (unused,), "x, y", "1", "1"), GOOD, "`x,` cannot be a name"),
    "bad syntax": (("f", (unused,), "x", "2 *"), GOOD, "f: partial by `x`: `2 *` is not a Python expression"),
    "bad construct": (("f", (unused,), "x", "x[0]"), GOOD, "`x[0]` has no place in an expression"),
    "bad second": (
        ("f", (unused,), "x", "x"),
        {**GOOD, "second": "y"},
        "second partial (0, 0), `y`, reads `y`",
    ),
    "second out of range": (
        ("f", (unused,), "x", "x"),
        {**GOOD, "second": {(0, 1): "1"}},
        "(0, 1) in `second`",
    ),
    "second descending": (
        ("f", (unused,), "x", "x"),
        {**GOOD, "second": {(1, 0): "1"}},
        "two ascending indices",
    ),
    "ranges": (("f", (unused,), "x y", "1", "1"), GOOD, "f: 1 range in `samples` for 2 arguments"),
    "empty range": (("f", (unused,), "x", "1"), {"samples": (1, 1)}, "(1, 1) in `samples` is not a range"),
    "endless range": (
        ("f", (unused,), "x", "1"),
        {"samples": [(0, math.inf)]},
        "is not a range (low, high) of floats",
    ),
    "edges": (
        ("f", (unused,), "x y", "1", "1"),
        {"samples": [(0, 1), (0, 1)], "edges": [1]},
        "has 1 float, not 2",
    ),
    "not callable": (("f", (3,), "x", "1"), GOOD, "f: 3 in `calls` cannot be called"),
    "taken callable": (("f", (math.sin,), "x", "1"), GOOD, "stands in the line of `sin` already"),
    "callable twice": (("f", (unused, unused), "x", "1"), GOOD, "stands in the line of `f` already"),
    "taken name": (("sin", (unused,), "x", "1"), GOOD, "sin: the table has a rule of this name already"),
}


@pytest.mark.parametrize(("args", "options", "words"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_line_is_refused_and_leaves_no_trace(args, options, words):
    names, callables = set(RULES), set(RULE_OF)
    with pytest.raises(RuleError) as caught:
        rule(*args, **options)
    assert words in str(caught.value)
    assert (names, callables) == (set(RULES), set(RULE_OF))


def test_a_rule_error_is_an_error_of_dualad():
    assert issubclass(RuleError, DualadError)


@pytest.mark.parametrize(
    ("name", "partials", "words"),
    [
        ("nothing", ("1",), "needs a rule of this name"),
        ("hypot", ("1", "1"), "with a `complex_call`"),
        ("sqrt", ("1",), "a complex rule of this name already"),
    ],
)
def test_a_malformed_complex_line_is_refused(name, partials, words):
    with pytest.raises(RuleError, match=words):
        complex_rule(name, *partials)


@pytest.mark.parametrize("made", RULES.values(), ids=RULES)
def test_the_table_calls_only_what_has_a_rule(made):
    check_calls(made)


def line(partial, **more):
    return Rule("f", (unused,), ("x",), (parse(partial),), **more)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (line("nothing(x)"), "an expression calls `nothing`, which has no rule"),
        (line("sin(x, x)"), "`sin` takes 1 argument, 2 given"),
        (line("hypot(x)"), "`hypot` takes 2 arguments, 1 given"),
        (line("abs(x)", is_complex=True), "an expression calls `abs`, which has no complex rule"),
    ],
)
def test_calls_of_unknown_functions_are_found(made, words):
    with pytest.raises(RuleError, match=words.replace("(", r"\(")):
        check_calls(made)


@pytest.mark.parametrize(
    "text",
    [
        "lambda: x",
        "x if y",
        "x @ y",
        "x // y",
        "'x'",
        "x.y",
        "x in y",
        "f(*x)",
        "f(x=1)",
        "True",
        "1j",
        "x := 1",
        "+x",
        "",
    ],
)
def test_what_is_no_expression_of_the_table(text):
    with pytest.raises(RuleError):
        parse(text)


def test_a_new_line_is_found_by_name_and_by_callable():
    added = rule("f", (unused,), "x", "3 * x * x", samples=(-1, 1), edges=[0])
    try:
        assert RULES["f"] is RULE_OF[unused] is added
        assert added.samples == ((-1.0, 1.0),) and added.edges == ((0.0,),)
        assert added.derivative(()) is Name("r")
        assert added.derivative((0, 0)) is Call("mul", (Const(6.0), Name("x")))
    finally:
        del RULES["f"], RULE_OF[unused]
